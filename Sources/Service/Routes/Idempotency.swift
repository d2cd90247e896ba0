import Codecs
package import HTTPServer
import Logging
import Store

/// `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a request that makes something makes it once, however
/// often it is sent.
extension Service {
    /// Answers a request that makes something, or gives again what it was answered before.
    func answer(_ exchange: inout Exchange, _ handler: Endpoint.Handler) throws -> Outcome {
        guard let key = try Self.key(exchange.request.headers) else {
            let response = try handler(&exchange)
            return try outcome(exchange, response)
        }
        let fingerprint = Self.fingerprint(of: exchange.request, bodyDigest: try exchange.bodyDigest())
        switch try store.begin(key: key, fingerprint: fingerprint) {
        case .first: break
        case .answered(let reply): return .reply(HTTPResponse(reply))
        case .made(let id): return .reply(try replyThatMade(id))
        case .gone(let id):
            throw Problem(
                409, "idempotency_key_spent",
                "The request with this Idempotency-Key made \(id), which isn't there any more. To make another one, send a new key."
            )
        case .underWay:
            throw Problem(
                409, "idempotency_key_in_use", "The first request with this Idempotency-Key isn't answered yet.",
                headers: [Problem.Header(name: "Retry-After", value: "1")])
        case .differentRequest:
            throw Problem(
                422, "idempotency_key_reused",
                "This Idempotency-Key came with another request before; each request needs one of its own.")
        }
        exchange.key = key
        let response: HTTPResponse
        do { response = try handler(&exchange) } catch {
            forget(key)
            throw error
        }
        return try outcome(exchange, response) { reply in try self.keep(key, reply) }
    }

    /// Makes a key's reply and keeps it; where there is none, the key is free again.
    private func keep(_ key: String, _ reply: () throws -> HTTPResponse) throws -> HTTPResponse {
        do {
            let response = try reply()
            try store.keep(KeptReply(response), key: key)
            return response
        } catch {
            forget(key)
            throw error
        }
    }

    /// Frees a key; what the client is told is why its request failed.
    private func forget(_ key: String) {
        do {
            try store.forget(key: key)
        } catch {
            logger.error("an idempotency key can't be forgotten", metadata: ["error": "\(error)"])
        }
    }

    private static func key(_ headers: HTTPHeaders) throws(Problem) -> String? {
        guard let key = headers["Idempotency-Key"] else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Problem(
                400, "bad_idempotency_key",
                "An Idempotency-Key has 1 to 255 characters of visible ASCII, without blanks.")
        }
        return key
    }

    /// What is the same of equal requests.
    package static func fingerprint(of request: HTTPRequest, bodyDigest: String) -> String {
        let query = request.query.map { "\($0.name)=\($0.value)" }
        // An upload is described by these.
        let fields = ["Upload-Length", "Upload-Metadata"].map { request.headers[$0] ?? "" }
        var form: [String] = []
        if case .form(_, _, _, let values) = request.body { form = values.map { "\($0.name)=\($0.value)" } }
        let parts = [request.method.rawValue] + request.path + query + fields + form + [bodyDigest]
        return SHA256.hex(of: JSON.array(parts.map { .string($0) }).bytes)
    }

    /// The reply to what made a record, from what that is now: the first one was lost when the process died.
    private func replyThatMade(_ id: String) throws -> HTTPResponse {
        switch id.split(separator: "_").first {
        case "ds": reply(creating: try store.dataset(id))
        case "job": try reply(creating: try store.job(id))
        case "upl": reply(creating: try store.upload(id))
        default: reply(creating: try store.report(id))
        }
    }
}

extension KeptReply {
    /// Keeps a reply that is held in memory, as those of JSON are.
    fileprivate init(_ response: HTTPResponse) {
        var bytes: [UInt8] = []
        if case .bytes(let body) = response.body { bytes = body }
        self.init(
            status: response.status, headers: response.headers.map { JSON.Member(name: $0.0, value: .string($0.1)) },
            body: bytes)
    }
}

extension HTTPResponse {
    fileprivate init(_ reply: KeptReply) {
        self.init(
            status: reply.status, headers: reply.headers.map { ($0.name, $0.value.string ?? "") },
            body: .bytes(reply.body))
    }
}
