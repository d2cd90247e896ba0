package import HTTPServer
package import Store
import Synchronization

/// Decides who may do what, by the bearer token that a request carries (RFC 6750).
///
/// Without any token everything is allowed, to those whom the listener lets in. Once there was one, a token is required for
/// as long as the process runs, also when the last one is revoked.
package final class AccessControl: Sendable {
    private let file: TokenFile?
    private let clock: WallClock
    private let tokens = Mutex<[AccessToken]>([])

    /// - Parameter file: nil for no tokens at all.
    package init(file: TokenFile?, clock: WallClock = .system) throws {
        self.file = file
        self.clock = clock
        try reload()
    }

    /// Whether requests need a token.
    package var isRequired: Bool { required.load(ordering: .acquiring) }

    /// Never false again once it is true.
    private let required = Atomic(false)

    /// Reads the file of tokens anew; where that can't be done, those there are stay.
    ///
    /// - Returns: how many tokens there are now.
    @discardableResult
    package func reload() throws -> Int {
        let tokens = try file?.tokens() ?? []
        self.tokens.withLock { $0 = tokens }
        if !tokens.isEmpty { required.store(true, ordering: .releasing) }
        return tokens.count
    }

    /// What is wrong with a request's token; nil where it may pass.
    ///
    /// - Parameter scope: what the request needs; nil where anyone may.
    package func refusal(of headers: HTTPHeaders, needing scope: Scope?) -> HTTPProblem? {
        guard isRequired, let scope else { return nil }
        let tokens = tokens.withLock { $0 }
        guard let secret = Self.secret(headers["Authorization"]) else {
            return Self.unauthorised(
                "This server needs a token: send it as “Authorization: Bearer TOKEN”.", challenge: "")
        }
        let digest = AccessToken.digest(of: secret)
        let now = clock.now()
        // All of them are compared, whichever it is.
        let found = tokens.filter { $0.hasDigest(digest) }.first
        guard let token = found, token.isGood(at: now) else {
            return Self.unauthorised(
                "The token isn't one of this server's, or it has expired or been revoked.",
                challenge: ", error=\"invalid_token\"")
        }
        guard token.scope >= scope else {
            return HTTPProblem(
                status: 403, code: "insufficient_scope", title: "Forbidden",
                detail: "The token's scope is \(token.scope.rawValue); this needs \(scope.rawValue).",
                headers: [
                    ("WWW-Authenticate", "\(Self.realm), error=\"insufficient_scope\", scope=\"\(scope.rawValue)\"")
                ])
        }
        return nil
    }

    /// The token's id where a request carries a good one.
    package func holder(of headers: HTTPHeaders) -> String? {
        guard isRequired, let secret = Self.secret(headers["Authorization"]) else { return nil }
        let tokens = tokens.withLock { $0 }
        let digest = AccessToken.digest(of: secret)
        return tokens.filter { $0.hasDigest(digest) }.first { $0.isGood(at: clock.now()) }?.id
    }

    private static let realm = "Bearer realm=\"gand\""

    private static func unauthorised(_ detail: String, challenge: String) -> HTTPProblem {
        HTTPProblem(
            status: 401, code: "unauthorized", title: "Unauthorized", detail: detail,
            headers: [("WWW-Authenticate", realm + challenge)])
    }

    /// What stands after `Bearer`, whose case doesn't count (RFC 9110, section 11.1).
    private static func secret(_ field: String?) -> String? {
        guard let parts = field?.split(separator: " ", maxSplits: 1), parts.count == 2,
            parts[0].lowercased() == "bearer"
        else { return nil }
        return String(parts[1].drop { $0 == " " })
    }
}
