import Codecs
import HTTPServer

/// A request on its way through a handler: its path, its query as far as it was read, its body.
struct Exchange {
    let request: HTTPRequest
    var query: QueryReader

    /// The idempotency key under which something is to be made.
    var key: String?

    private var digest: String?

    /// Set where the reply's tag changes only when the record that `{id}` names does.
    var isSettled = false

    /// Set where the client wants the record's end and this isn't it.
    var isBeforeItsEnd = false

    /// Set where the reply had better wait a moment for the dataset's file to be read.
    var awaitedImport: AwaitedImport?

    init(request: HTTPRequest, query: QueryReader) {
        self.request = request
        self.query = query
    }

    /// What stood where the route's template has `{name}`.
    func segment(_ name: String) -> String {
        request.parameters[name] ?? ""
    }

    /// The body as JSON.
    ///
    /// Throws a 400 where it is missing or no JSON.
    func json() throws -> JSON {
        guard let body = try optionalJSON() else {
            throw Problem(400, "body_required", "The request needs a JSON body.")
        }
        return body
    }

    /// The body as JSON; nil where there is none.
    func optionalJSON() throws -> JSON? {
        guard case .bytes(let bytes) = request.body, !bytes.isEmpty else { return nil }
        do {
            return try JSON(parsing: bytes)
        } catch let error as JSONSyntaxError {
            throw Problem(400, "malformed_json", "The body cannot be read: \(error.detail).")
        }
    }

    /// The body's SHA-256 in hexadecimal, taken once.
    mutating func bodyDigest() throws -> String {
        if let digest { return digest }
        let new: String
        switch request.body {
        case .none: new = SHA256.hex(of: [])
        case .bytes(let bytes): new = SHA256.hex(of: bytes)
        case .file(let path, _), .form(let path, _, _, _): new = try SHA256.hex(ofFile: path)
        // A part's digest is its checksum's matter.
        case .taken: new = ""
        }
        digest = new
        return new
    }

    /// Compares the body with what `Content-Digest` or `Repr-Digest` says of it (RFC 9530); digests other than SHA-256 are
    /// passed over, as section 2 lets a recipient do.
    ///
    /// Throws a 400 where it is another, or where the field can't be read.
    ///
    /// A form is passed over too: what is kept of it isn't its bytes.
    mutating func checkDigests() throws {
        if case .form = request.body { return }
        for name in ["Content-Digest", "Repr-Digest"] {
            for entry in request.headers.values(name).flatMap({ $0.split(separator: ",") }) {
                let pair = entry.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " && $0 != "\t" } }
                guard pair.first?.lowercased() == "sha-256" else { continue }
                guard pair.count == 2, pair[1].count == 46, pair[1].hasPrefix(":"), pair[1].hasSuffix(":") else {
                    throw Problem(
                        400, "bad_digest", "\(name) must be sha-256=:…:, with the digest's 32 bytes in base 64 between."
                    )
                }
                var expected: [UInt8] = [UInt8(ascii: ":")]
                Base64.append(try bodyDigestBytes(), to: &expected)
                guard Array(pair[1].utf8) == expected + [UInt8(ascii: ":")] else {
                    throw Problem(
                        400, "digest_mismatch", "The body's SHA-256 isn't the one that \(name) names: it was damaged.")
                }
            }
        }
    }

    private mutating func bodyDigestBytes() throws -> [UInt8] {
        let digits = try bodyDigest().utf8.map { UInt8(Character(UnicodeScalar($0)).hexDigitValue ?? 0) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// The reply of a representation with an entity tag: 304 where the client has it already.
    ///
    /// Throws what `body` throws; it isn't called for a 304.
    ///
    /// - Parameter isWeak: whether equal representations may differ in their bytes.
    func reply(
        tag: String, isWeak: Bool = false, cacheControl: String = "no-cache", _ body: () throws -> HTTPResponse
    ) rethrows -> HTTPResponse {
        let validators = [("ETag", isWeak ? "W/" + tag : tag), ("Cache-Control", cacheControl)]
        if EntityTag.matches(request.headers["If-None-Match"], tag) {
            return HTTPResponse(status: 304, headers: validators)
        }
        var response = try body()
        response.headers += validators
        return response
    }

    /// The revision that a change must find, where `If-Match` is given.
    ///
    /// Throws a 412 where that names another one than `current`.
    func revisionToMatch(_ current: Int) throws(Problem) -> Int? {
        guard let wanted = request.headers["If-Match"] else { return nil }
        guard EntityTag.names(revision: current, in: wanted) else {
            throw Problem(412, "stale", "It was changed since the state that If-Match names; read it again.")
        }
        return current
    }
}

extension HTTPResponse {
    /// A reply of JSON.
    init(status: Int = 200, _ json: JSON, headers: [(String, String)] = []) {
        self.init(status: status, type: "application/json", bytes: json.bytes, headers: headers)
    }
}
