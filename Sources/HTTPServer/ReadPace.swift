/// How long a client may take to send a request. libmicrohttpd has only an inactivity timeout, which any byte resets.
struct ReadLimits: Sendable {
    /// Nanoseconds from the first byte awaited to the end of the head.
    var headDeadline: UInt64
    /// Nanoseconds that a keep-alive connection may stay silent.
    var idleTimeout: UInt64
    /// Nanoseconds before the rate of a body counts.
    var bodyGrace: UInt64
    /// Bytes a second that a body must reach on average.
    var minimumBodyRate: Int
}

/// The pace at which a body comes in: each `minimumBodyRate` bytes buy a second (as Apache's RequestReadTimeout does).
struct ReadPace: Sendable {
    private let start: UInt64
    private var received = 0
    /// Nanoseconds in which the server itself didn't read.
    private var paused: UInt64 = 0
    private var pausedAt: UInt64?

    init(start: UInt64) {
        self.start = start
    }

    /// The time after which the client has been too slow.
    func deadline(_ limits: ReadLimits) -> UInt64 {
        let bought = Double(received) / Double(max(limits.minimumBodyRate, 1)) * 1e9
        return start + paused + limits.bodyGrace + UInt64(min(bought, 1e18))
    }

    mutating func receive(_ bytes: Int) {
        received += bytes
    }

    mutating func pause(at now: UInt64) {
        pausedAt = now
    }

    mutating func resume(at now: UInt64) {
        if let pausedAt { paused += now - pausedAt }
        pausedAt = nil
    }
}
