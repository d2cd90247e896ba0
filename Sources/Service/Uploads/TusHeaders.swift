import Codecs
import HTTPServer

/// The header fields of tus 1.0.0 (tus.io/protocols/resumable-upload).
enum Tus {
    static let version = "1.0.0"
    static let extensions = "creation,checksum,expiration,termination"
    static let checksumAlgorithms = "sha256,sha1"
    static let mediaType = "application/offset+octet-stream"

    /// Refuses a client that speaks another version; one that names none is taken to speak this one.
    static func checkVersion(_ headers: HTTPHeaders) throws(HTTPProblem) {
        guard let given = headers["Tus-Resumable"], given != version else { return }
        throw HTTPProblem(
            status: 412, code: "tus_version", title: "Precondition Failed",
            detail: "This server speaks tus \(version), not \(given.prefix(40)).", headers: [("Tus-Version", version)])
    }

    /// A count of bytes from a field.
    static func count(_ name: String, _ headers: HTTPHeaders) throws(HTTPProblem) -> Int {
        guard let text = headers[name] else {
            throw HTTPProblem(
                status: 400, code: "bad_upload_header", title: "Bad Request",
                detail: "The header field \(name) is required: a number of bytes.")
        }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(text) else {
            throw HTTPProblem(
                status: 400, code: "bad_upload_header", title: "Bad Request",
                detail: "The header field \(name) isn't a number of bytes.")
        }
        return value
    }

    /// Names and values of `Upload-Metadata`: pairs between commas, a name and the base 64 of its value.
    static func metadata(_ field: String?) throws(HTTPProblem) -> [String: String] {
        var values: [String: String] = [:]
        for pair in (field ?? "").split(separator: ",") {
            let words = pair.split(separator: " ")
            guard let name = words.first, words.count <= 2,
                let bytes = words.count == 2 ? Base64.bytes(of: String(words[1])) : []
            else {
                throw HTTPProblem(
                    status: 400, code: "bad_upload_header", title: "Bad Request",
                    detail: "Upload-Metadata must be names and values in base 64, as: name ZGlnaXRz,kind aW1hZ2Vz.")
            }
            values[String(name)] = String(decoding: bytes, as: UTF8.self)
        }
        return values
    }
}

/// What a part should hash to.
struct UploadChecksum: Sendable {
    enum Algorithm: String, Sendable {
        case sha256, sha1
    }

    let algorithm: Algorithm
    let digest: [UInt8]

    /// Reads `Upload-Checksum`: an algorithm and the digest in base 64; nil without the field.
    init?(_ field: String?) throws(HTTPProblem) {
        guard let field else { return nil }
        let words = field.split(separator: " ")
        guard words.count == 2, let algorithm = Algorithm(rawValue: words[0].lowercased()),
            let digest = Base64.bytes(of: String(words[1]))
        else {
            throw HTTPProblem(
                status: 400, code: "bad_upload_header", title: "Bad Request",
                detail: "Upload-Checksum must be an algorithm (\(Tus.checksumAlgorithms)) and the digest in base 64.")
        }
        self.algorithm = algorithm
        self.digest = digest
    }
}
