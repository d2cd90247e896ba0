/// How long a client may take to send a request.
///
/// libmicrohttpd itself has only an inactivity timeout, which any byte resets.
package struct ReadLimits: Sendable {
    /// Nanoseconds from when the first byte is awaited to the end of the head.
    package var headDeadline: UInt64
    /// Nanoseconds that a keep-alive connection may stay silent.
    package var idleTimeout: UInt64
    /// Nanoseconds before a body's rate matters.
    package var bodyGrace: UInt64
    /// The bytes a second that a body must reach on average.
    package var minimumBodyRate: Int

    package init(headDeadline: UInt64, idleTimeout: UInt64, bodyGrace: UInt64, minimumBodyRate: Int) {
        self.headDeadline = headDeadline
        self.idleTimeout = idleTimeout
        self.bodyGrace = bodyGrace
        self.minimumBodyRate = minimumBodyRate
    }
}

/// The pace at which a body arrives: each `minimumBodyRate` bytes buy a second, as with Apache's RequestReadTimeout.
package struct ReadPace: Sendable {
    private let start: UInt64
    private var received = 0
    /// Nanoseconds during which the server itself didn't read.
    private var paused: UInt64 = 0
    private var pausedAt: UInt64?

    package init(start: UInt64) {
        self.start = start
    }

    /// The time after which the client has been too slow.
    package func deadline(_ limits: ReadLimits) -> UInt64 {
        let bought = Double(received) / Double(max(limits.minimumBodyRate, 1)) * 1e9
        return start + paused + limits.bodyGrace + UInt64(min(bought, 1e18))
    }

    package mutating func receive(_ bytes: Int) {
        received += bytes
    }

    package mutating func pause(at now: UInt64) {
        pausedAt = now
    }

    package mutating func resume(at now: UInt64) {
        if let pausedAt { paused += now - pausedAt }
        pausedAt = nil
    }
}
