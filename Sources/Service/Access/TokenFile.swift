import Codecs
import Glibc
import Store

/// The file that holds the tokens, which the command line writes and the server reads.
///
/// A file and not the database, since that belongs to the server alone while it runs.
package struct TokenFile: Sendable {
    /// Why the file can't be used, as a sentence.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// How many tokens there may be, since a request is compared with all of them.
    package static let limit = 1000

    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// The tokens; none where there is no file.
    package func tokens() throws -> [AccessToken] {
        let bytes: [UInt8]
        do {
            bytes = try ReadableFile.contents(of: path, limit: 1 << 20)
        } catch let error as FileError where error.code == ENOENT {
            return []
        }
        let json: JSON
        do {
            json = try JSON(parsing: bytes)
        } catch let error as JSONSyntaxError {
            throw Failure(description: "The file of tokens \(path) can't be read: \(error.detail).")
        }
        guard let items = json["tokens"]?.array else {
            throw Failure(description: "The file of tokens \(path) has no list named tokens.")
        }
        return try items.enumerated().map { index, item in
            guard let token = AccessToken(json: item) else {
                throw Failure(
                    description: "The file of tokens \(path) can't be read: its token \(index + 1) is no token.")
            }
            return token
        }
    }

    /// Puts tokens in the place of those there are; a reader sees the old ones or the new ones.
    ///
    /// Its folder is made where it is missing: a server's first token may come before its first start.
    package func write(_ tokens: [AccessToken]) throws {
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try FileTree.createFolder(String(path[..<slash]))
        }
        let json: JSON = ["tokens": .array(tokens.map(\.json))]
        try DurableFile.write(json.bytes, to: path)
    }
}

extension AccessToken {
    fileprivate var json: JSON {
        [
            "id": .string(id), "name": .string(name), "scope": .string(scope.rawValue),
            "sha256": .string(SHA256.hexadecimal(digest)), "created_at": .string(createdAt.rfc3339),
            "created_at_microseconds": .integer(createdAt.microseconds),
            "expires_at_microseconds": expiresAt.map { .integer($0.microseconds) } ?? .null,
        ]
    }

    fileprivate init?(json: JSON) {
        guard let id = json["id"]?.string, let name = json["name"]?.string,
            let scope = json["scope"]?.string.flatMap(Scope.init), let hex = json["sha256"]?.string,
            let digest = Self.bytes(hexadecimal: hex), let created = json["created_at_microseconds"]?.integer
        else { return nil }
        self.init(
            id: id, name: name, scope: scope, digest: digest, createdAt: Timestamp(microseconds: created),
            expiresAt: json["expires_at_microseconds"]?.integer.map { Timestamp(microseconds: $0) })
    }

    private static func bytes(hexadecimal text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
