/// How dates and times of day are written.
///
/// A format is a date, a time of day, or both with a `T` or a blank between them:
///
/// - dates: `YYYY-MM-DD`, `YYYY/MM/DD`, `DD.MM.YYYY`, `MM/DD/YYYY`, `DD/MM/YYYY`; the last three also without zeros in
///   front, as `D.M.YYYY`;
/// - times: `HH:MM` or `HH:MM:SS`, the latter also with a fraction, a point and one to nine `F`;
/// - after date and time, `Z` or an offset from UTC such as `+02:00`.
package struct TimeForm: Sendable, Equatable {
    /// Such as `YYYY-MM-DD`, `DD.MM.YYYY`, `YYYY-MM-DDTHH:MM:SSZ` or `HH:MM`.
    package let format: String
    let date: DatePart?
    let clock: ClockPart?

    /// The order and the marks of a date.
    enum DatePart: String, Sendable, CaseIterable {
        case yearMonthDay = "YYYY-MM-DD"
        case yearMonthDaySlashed = "YYYY/MM/DD"
        case dayMonthYearDotted = "DD.MM.YYYY"
        case shortDayMonthYearDotted = "D.M.YYYY"
        case monthDayYear = "MM/DD/YYYY"
        case shortMonthDayYear = "M/D/YYYY"
        case dayMonthYear = "DD/MM/YYYY"
        case shortDayMonthYear = "D/M/YYYY"

        var startsWithYear: Bool { self == .yearMonthDay || self == .yearMonthDaySlashed }
        var startsWithMonth: Bool { self == .monthDayYear || self == .shortMonthDayYear }
        var isDayFirst: Bool { !startsWithYear && !startsWithMonth }
        var isShort: Bool {
            self == .shortDayMonthYearDotted || self == .shortMonthDayYear || self == .shortDayMonthYear
        }
        var mark: UInt8 {
            switch self {
            case .yearMonthDay: UInt8(ascii: "-")
            case .dayMonthYearDotted, .shortDayMonthYearDotted: UInt8(ascii: ".")
            default: UInt8(ascii: "/")
            }
        }
    }

    /// What of a time of day is written.
    struct ClockPart: Sendable, Equatable {
        /// `T` or a blank; nil where no date stands before.
        var separator: UInt8?
        var hasSeconds: Bool
        /// Digits of the seconds' fraction, at most nine.
        var fractionDigits: Int
        var zone: Zone

        /// What says how the clock stands to UTC.
        enum Zone: Sendable, Equatable {
            case none
            case utc
            /// Minutes that the clock is ahead of UTC.
            case offset(Int)
        }
    }

    /// A form of its parts, of which at least one is there.
    init(date: DatePart?, clock: ClockPart?) {
        self.date = date
        self.clock = clock
        var format = date?.rawValue ?? ""
        if let clock {
            if let separator = clock.separator { format.unicodeScalars.append(Unicode.Scalar(separator)) }
            format += clock.hasSeconds ? "HH:MM:SS" : "HH:MM"
            if clock.fractionDigits > 0 { format += "." + String(repeating: "F", count: clock.fractionDigits) }
            switch clock.zone {
            case .none: break
            case .utc: format += "Z"
            case .offset(let minutes): format += Self.text(ofOffset: minutes)
            }
        }
        self.format = format
    }

    /// Seconds of which all times so written are whole multiples.
    package var resolution: Double {
        guard let clock else { return 86_400 }
        return clock.hasSeconds ? 1 / NumberText.powers[clock.fractionDigits] : 60
    }

    /// A form by its format.
    ///
    /// - Returns: nil where the format isn't one that is read.
    package init?(format: String) {
        let date = DatePart.allCases.first { format.hasPrefix($0.rawValue) }
        var rest = format.dropFirst(date?.rawValue.count ?? 0)
        guard !rest.isEmpty else {
            guard let date else { return nil }
            self.init(date: date, clock: nil)
            return
        }
        var clock = ClockPart(separator: nil, hasSeconds: false, fractionDigits: 0, zone: .none)
        if date != nil {
            let separator = rest.removeFirst()
            guard separator == "T" || separator == " " else { return nil }
            clock.separator = separator.asciiValue
        }
        guard rest.hasPrefix("HH:MM") else { return nil }
        rest = rest.dropFirst(5)
        if rest.hasPrefix(":SS") {
            clock.hasSeconds = true
            rest = rest.dropFirst(3)
            if rest.hasPrefix(".F") {
                clock.fractionDigits = rest.dropFirst().prefix { $0 == "F" }.count
                rest = rest.dropFirst(1 + clock.fractionDigits)
            }
        }
        if !rest.isEmpty {
            guard date != nil, let zone = Self.zone(Array(rest.utf8)) else { return nil }
            clock.zone = zone
        }
        guard clock.fractionDigits <= 9 else { return nil }
        self.init(date: date, clock: clock)
    }

    /// What stands after a time: `Z`, or an offset of at most 24 hours.
    static func zone(_ text: some RandomAccessCollection<UInt8>) -> ClockPart.Zone? {
        if text.count == 1, text.first == UInt8(ascii: "Z") { return .utc }
        let bytes = Array(text)
        guard bytes.count == 6, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            bytes[3] == UInt8(ascii: ":")
        else { return nil }
        let digits = [bytes[1], bytes[2], bytes[4], bytes[5]].map { Int($0) - 0x30 }
        guard digits.allSatisfy({ (0...9).contains($0) }), digits[2] < 6 else { return nil }
        let minutes = (digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3]
        guard minutes <= 24 * 60 else { return nil }
        // "-00:00" would be written as "+00:00".
        guard minutes > 0 || bytes[0] == UInt8(ascii: "+") else { return nil }
        return .offset(bytes[0] == UInt8(ascii: "-") ? -minutes : minutes)
    }

    private static func text(ofOffset minutes: Int) -> String {
        var bytes: [UInt8] = []
        appendOffset(minutes, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func appendOffset(_ minutes: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: minutes < 0 ? "-" : "+"))
        bytes.appendDigits(abs(minutes) / 60, width: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDigits(abs(minutes) % 60, width: 2)
    }
}

extension [UInt8] {
    /// Adds a number that isn't negative, with zeros in front to that many digits.
    mutating func appendDigits(_ number: Int, width: Int) {
        var divisor = 1
        for _ in 1..<Swift.max(1, width) { divisor *= 10 }
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(0x30 + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}
