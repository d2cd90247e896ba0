import Codecs
package import Store

/// What a token allows; each allows what those before it do.
package enum Scope: String, Sendable, CaseIterable, Comparable {
    /// Look at everything, and draw samples.
    case read
    /// Also make and change things, start jobs and stop them.
    case submit
    /// Also remove things.
    case admin

    package static func < (left: Scope, right: Scope) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// A bearer token as it is stored: what it allows, and by what it is known again, which doesn't give it away.
package struct AccessToken: Sendable, Equatable {
    /// Names it to people and to `gand token revoke`.
    package var id: String
    package var name: String
    package var scope: Scope

    /// SHA-256 of the secret.
    ///
    /// The secret has 256 random bits, so that a slow hash, which protects passwords that can be guessed, adds nothing.
    package var digest: [UInt8]
    package var createdAt: Timestamp
    /// Nil where it stays good until it is revoked.
    package var expiresAt: Timestamp?

    /// Makes a token, and the secret that its holder sends: `gand_` and 64 hexadecimal digits, told only here.
    ///
    /// - Parameter lifetime: seconds; nil for no end.
    package static func make(
        name: String, scope: Scope, lifetime: Double?, now: Timestamp
    ) -> (token: AccessToken, secret: String) {
        var random = SystemRandomNumberGenerator()
        let secret = "gand_" + SHA256.hexadecimal((0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
        let id = SHA256.hexadecimal((0..<5).map { _ in UInt8.random(in: 0...255, using: &random) })
        let token = AccessToken(
            id: "tok_\(id)", name: name, scope: scope, digest: digest(of: secret), createdAt: now,
            expiresAt: lifetime.map { Timestamp(seconds: now.seconds + $0) })
        return (token, secret)
    }

    static func digest(of secret: String) -> [UInt8] {
        var hash = SHA256()
        hash.update(Array(secret.utf8))
        return hash.finalize()
    }

    /// Compares in a time that doesn't depend on where the digests differ.
    func hasDigest(_ other: [UInt8]) -> Bool {
        guard digest.count == other.count else { return false }
        return zip(digest, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    func isGood(at time: Timestamp) -> Bool {
        expiresAt.map { time < $0 } ?? true
    }
}
