import Glibc

/// Where durations come from; tests set their own.
package struct MonotonicClock: Sendable {
    /// Seconds since some moment, never fewer than before.
    package let seconds: @Sendable () -> Double

    package init(_ seconds: @escaping @Sendable () -> Double) {
        self.seconds = seconds
    }

    /// The system's clock that nobody sets, `clock_gettime(2)`.
    package static let system = MonotonicClock {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
