import CMicroHTTPD
import Glibc

/// What the last head on a connection led to, for a client that sends the same again, as one that polls does.
///
/// It holds what depends on nothing but the head. Only the connection's own thread touches it.
final class RepeatedHead {
    /// Bytes of header fields beyond which a head isn't remembered, which bounds what idle connections hold.
    static let byteLimit = 2048

    /// As `cmhd_copy_fields` writes them.
    private let fields: [UInt8]

    /// What the head says; each request's own identifier takes the place of this one's.
    let request: HTTPRequest

    /// The client's identifier for its requests.
    let requestID: String?

    let match: Router.Match
    let route: Route?
    let origin: String?

    /// The reply that the head got, for as long as it stands.
    private var reply: NativeReply?
    private var replyStands: @Sendable () -> Bool = { false }

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

    /// The reply under the identifier of another request; nil where there is none or it doesn't stand any more.
    func standingReply(_ requestID: String) -> NativeReply? {
        guard let reply else { return nil }
        // The one before it on this connection was sent, so nobody reads it now.
        guard replyStands(), reply.rename(requestID) else {
            self.reply = nil
            return nil
        }
        return reply
    }

    func keep(_ standing: StandingReply, _ native: NativeReply) {
        reply = native
        replyStands = standing.stands
    }

    private static func isEqual(_ text: String, _ bytes: UnsafePointer<CChar>, _ length: Int) -> Bool {
        let isSame = text.utf8.withContiguousStorageIfAvailable { text in
            guard let start = text.baseAddress, text.count == length else { return text.count == length }
            return memcmp(start, bytes, length) == 0
        }
        return isSame ?? false
    }
}

/// A reply to all requests with the same head.
package struct StandingReply: Sendable {
    package let response: HTTPResponse

    /// Whether it still is the reply; once it isn't, it never is again.
    ///
    /// Must not block.
    package let stands: @Sendable () -> Bool

    package init(_ response: HTTPResponse, stands: @escaping @Sendable () -> Bool) {
        self.response = response
        self.stands = stands
    }
}
