import CMicroHTTPD
import Glibc

/// What the last head on a connection led to, for a client that sends the same head again, as polling does.
///
/// It holds what depends on nothing but the head. Only the connection's own thread touches it.
final class RepeatedHead {
    /// The most bytes of header fields that are remembered, which bounds the memory of idle connections.
    static let byteLimit = 2048

    /// The header fields, in the form that `cmhd_copy_fields` writes.
    private let fields: [UInt8]

    /// The request of the head; each further request gets an identifier of its own.
    let request: HTTPRequest

    /// The client's identifier for its requests.
    let requestID: String?

    let match: Router.Match
    let route: Route?
    let origin: String?

    /// The reply that the head got, while it is valid.
    private var reply: NativeReply?
    private var replyIsValid: @Sendable () -> Bool = { false }

    init(
        fields: [UInt8], request: HTTPRequest, requestID: String?, match: Router.Match, route: Route?, origin: String?
    ) {
        self.fields = fields
        self.request = request
        self.requestID = requestID
        self.match = match
        self.route = route
        self.origin = origin
    }

    func isTarget(_ target: UnsafePointer<CChar>, _ length: Int) -> Bool {
        Self.isEqual(request.target, target, length)
    }

    func isHead(_ method: UnsafePointer<CChar>, _ fields: UnsafeBufferPointer<cmhd_field>) -> Bool {
        guard let base = fields.baseAddress, Self.isEqual(request.method.rawValue, method, strlen(method)) else {
            return false
        }
        return cmhd_fields_equal(base, fields.count, self.fields, self.fields.count) == 1
    }

    /// The reply, with the identifier of another request; nil where there is none or it isn't valid any more.
    func cachedReply(_ requestID: String) -> NativeReply? {
        guard let reply else { return nil }
        // The previous request on this connection has ended, so nobody is reading the reply.
        guard replyIsValid(), reply.rename(requestID) else {
            self.reply = nil
            return nil
        }
        return reply
    }

    func keep(_ cached: CachedReply, _ native: NativeReply) {
        reply = native
        replyIsValid = cached.isValid
    }

    private static func isEqual(_ text: String, _ bytes: UnsafePointer<CChar>, _ length: Int) -> Bool {
        let isSame = text.utf8.withContiguousStorageIfAvailable { text in
            guard let start = text.baseAddress, text.count == length else { return text.count == length }
            return memcmp(start, bytes, length) == 0
        }
        return isSame ?? false
    }
}

/// A reply to all requests with the same head, for as long as it is valid.
package struct CachedReply: Sendable {
    package let response: HTTPResponse

    /// Whether it still is the right reply; once it isn't, it never is again.
    ///
    /// It must not block.
    package let isValid: @Sendable () -> Bool

    package init(_ response: HTTPResponse, isValid: @escaping @Sendable () -> Bool) {
        self.response = response
        self.isValid = isValid
    }
}
