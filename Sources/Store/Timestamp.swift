import Glibc

/// A moment of wall-clock time.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since the first of January 1970, UTC, without leap seconds.
    package var microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package init(seconds: Double) {
        microseconds = Int64((seconds * 1e6).rounded())
    }

    /// Seconds since the first of January 1970, UTC.
    package var seconds: Double { Double(microseconds) / 1e6 }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The time in UTC as RFC 3339 writes it, with milliseconds: `2026-03-04T05:06:07.089Z`.
    package var rfc3339: String {
        let milliseconds = microseconds.flooring(by: 1000)
        let seconds = milliseconds.flooring(by: 1000)
        let days = seconds.flooring(by: 86_400)
        let (year, month, day) = Self.civil(fromDays: days)
        let secondOfDay = seconds - days * 86_400
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
            + "T\(padded(secondOfDay / 3600, 2)):\(padded(secondOfDay / 60 % 60, 2)):\(padded(secondOfDay % 60, 2))"
            + ".\(padded(milliseconds - seconds * 1000, 3))Z"
    }

    private func padded(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    /// The date of a day counted from 1970, in the proleptic Gregorian calendar.
    ///
    /// `civil_from_days` of Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted.flooring(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Int64 {
    /// Division that rounds towards negative infinity.
    fileprivate func flooring(by divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : (self - divisor + 1) / divisor
    }
}

/// The source of the wall-clock time; tests set their own.
package struct WallClock: Sendable {
    /// The current time.
    package let now: @Sendable () -> Timestamp

    package init(_ now: @escaping @Sendable () -> Timestamp) {
        self.now = now
    }

    /// The system's clock, `clock_gettime(2)`.
    package static let system = WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
