import Codecs
import HTTPServer

/// A request on its way through a handler: its path, its query as far as it was read, its body.
struct Exchange {
    let request: HTTPRequest
    var query: QueryReader

    /// The idempotency key under which something is to be made.
    var key: String?

    private var digest: String?

    /// Set where the client wants the record's end and this isn't it.
    var isBeforeItsEnd = false

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
        case .file(let path, _): new = try SHA256.hex(ofFile: path)
        }
        digest = new
        return new
    }

    /// The reply of a representation with an entity tag: 304 where the client has it already.
    ///
    /// Throws what `body` throws; it isn't called for a 304.
    func reply(tag: String, cacheControl: String = "no-cache", _ body: () throws -> HTTPResponse) rethrows
        -> HTTPResponse
    {
        let validators = [("ETag", tag), ("Cache-Control", cacheControl)]
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
