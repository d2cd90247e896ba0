extension TimeForm {
    private static let secondsPerDay = 86_400

    /// Seconds since 1970-01-01T00:00:00Z, or since midnight where there is no date.
    ///
    /// - Parameter field: text without blanks around it.
    /// - Returns: nil where the text isn't of this form, or there is no such time.
    package func seconds(_ field: UnsafeBufferPointer<UInt8>) -> Double? {
        guard let found = TimeText(field), (found.date == nil) == (date == nil) else { return nil }
        var whole = 0
        if let date, let numbers = found.date {
            guard numbers.mark == date.mark, numbers.startsWithYear == date.startsWithYear,
                let civil = numbers.date(isDayFirst: date.isDayFirst)
            else { return nil }
            whole = civil.daysSinceEpoch * Self.secondsPerDay
        }
        guard let clock else { return found.clock == nil ? Double(whole) : nil }
        guard let read = found.clock, read.separator == clock.separator, read.hasSeconds == clock.hasSeconds,
            read.zone == clock.zone, read.fractionDigits <= clock.fractionDigits
        else { return nil }
        whole += read.seconds
        if case .offset(let minutes) = clock.zone { whole -= minutes * 60 }
        guard read.fractionDigits > 0 else { return Double(whole) }
        return Double(whole) + Double(read.fraction) / NumberText.powers[read.fractionDigits]
    }

    /// Adds the text of a time, rounded to what the form shows.
    ///
    /// Years are held to 1…9999, times of day to one day. What `seconds` reads from the text is the time again.
    package func append(_ seconds: Double, to bytes: inout [UInt8]) {
        guard seconds.isFinite else { return }
        // 9999-12-31, its last minute or its last second.
        let latest = clock == nil ? 253_402_214_400.0 : clock?.hasSeconds == true ? 253_402_300_799 : 253_402_300_740
        var limited = min(max(seconds, -62_135_596_800), latest)
        if date == nil { limited = min(max(limited, 0), Double(Self.secondsPerDay) - 1e-9) }
        if case .offset(let minutes) = clock?.zone { limited += Double(minutes * 60) }
        var seconds: Int
        var fraction = 0
        if let clock, clock.hasSeconds {
            let scale = NumberText.powers[clock.fractionDigits]
            seconds = Int(limited.rounded(.down))
            fraction = Int(((limited - limited.rounded(.down)) * scale).rounded())
            if fraction == Int(scale) { (seconds, fraction) = (seconds + 1, 0) }
            if date == nil, seconds >= Self.secondsPerDay { (seconds, fraction) = (seconds - 1, Int(scale) - 1) }
        } else if clock != nil {
            seconds = Int((limited / 60).rounded()) * 60
            if date == nil { seconds = min(seconds, Self.secondsPerDay - 60) }
        } else {
            seconds = Int((limited / Double(Self.secondsPerDay)).rounded()) * Self.secondsPerDay
        }
        let days = (seconds >= 0 ? seconds : seconds - Self.secondsPerDay + 1) / Self.secondsPerDay
        if let date { append(date, CivilDate(daysSinceEpoch: days), to: &bytes) }
        if let clock { append(clock, seconds: seconds - days * Self.secondsPerDay, fraction, to: &bytes) }
    }

    private func append(_ part: DatePart, _ date: CivilDate, to bytes: inout [UInt8]) {
        let year = min(max(date.year, 1), 9999)
        let mark = part.mark
        let width = part.isShort ? 1 : 2
        if part.startsWithYear {
            bytes.appendDigits(year, width: 4)
            bytes.append(mark)
            bytes.appendDigits(date.month, width: 2)
            bytes.append(mark)
            bytes.appendDigits(date.day, width: 2)
        } else {
            bytes.appendDigits(part.startsWithMonth ? date.month : date.day, width: width)
            bytes.append(mark)
            bytes.appendDigits(part.startsWithMonth ? date.day : date.month, width: width)
            bytes.append(mark)
            bytes.appendDigits(year, width: 4)
        }
    }

    private func append(_ part: ClockPart, seconds: Int, _ fraction: Int, to bytes: inout [UInt8]) {
        if let separator = part.separator { bytes.append(separator) }
        bytes.appendDigits(seconds / 3600, width: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDigits(seconds / 60 % 60, width: 2)
        if part.hasSeconds {
            bytes.append(UInt8(ascii: ":"))
            bytes.appendDigits(seconds % 60, width: 2)
            if part.fractionDigits > 0 {
                bytes.append(UInt8(ascii: "."))
                bytes.appendDigits(fraction, width: part.fractionDigits)
            }
        }
        switch part.zone {
        case .none: break
        case .utc: bytes.append(UInt8(ascii: "Z"))
        case .offset(let minutes): Self.appendOffset(minutes, to: &bytes)
        }
    }
}

/// A date, a time of day or both, as they stand in text, before it is known which number is the month.
struct TimeText {
    /// The numbers of a date.
    struct Numbers {
        let mark: UInt8
        let startsWithYear: Bool
        let year: Int
        /// Whichever of month and day stands first.
        let first: Int
        let last: Int
        /// Whether month or day has one digit.
        let isShort: Bool
        /// Whether month or day begins with a zero.
        let isPadded: Bool

        /// The date; nil where there is no such day.
        func date(isDayFirst: Bool) -> CivilDate? {
            CivilDate(year: year, month: isDayFirst ? last : first, day: isDayFirst ? first : last)
        }
    }

    /// The numbers of a time of day.
    struct Clock {
        let separator: UInt8?
        let hasSeconds: Bool
        let seconds: Int
        let fraction: Int
        let fractionDigits: Int
        let zone: TimeForm.ClockPart.Zone
    }

    let date: Numbers?
    let clock: Clock?

    /// Reads a whole field without blanks around it.
    ///
    /// - Returns: nil where it is no date or time; whether a date exists isn't asked.
    init?(_ field: UnsafeBufferPointer<UInt8>) {
        // "1:00" to "2024-12-31T23:59:59.123456789+00:00"; a first digit rules out most words.
        guard (5...35).contains(field.count), field[0] &- 0x30 <= 9 else { return nil }
        var reader = DigitReader(field)
        guard let first = reader.number(most: 4) else { return nil }
        var date: Numbers?
        if reader.peek != UInt8(ascii: ":") {
            guard let found = Self.date(&reader, first: first) else { return nil }
            date = found
            if reader.isAtEnd {
                self.date = date
                clock = nil
                return
            }
            guard reader.peek == UInt8(ascii: "T") || reader.peek == 0x20 else { return nil }
        }
        guard let clock = Self.clock(&reader, first: date == nil ? first : nil) else { return nil }
        self.date = date
        self.clock = clock
    }

    private static func date(_ reader: inout DigitReader, first: (value: Int, digits: Int)) -> Numbers? {
        guard let mark = reader.peek, first.digits != 3 else { return nil }
        let startsWithYear = first.digits == 4
        guard
            startsWithYear
                ? mark == UInt8(ascii: "-") || mark == UInt8(ascii: "/")
                : mark == UInt8(ascii: ".") || mark == UInt8(ascii: "/")
        else { return nil }
        reader.skip()
        guard let second = reader.number(most: 2), reader.take(mark),
            let third = reader.number(most: startsWithYear ? 2 : 4)
        else { return nil }
        if startsWithYear {
            guard second.digits == 2, third.digits == 2 else { return nil }
            return Numbers(
                mark: mark, startsWithYear: true, year: first.value, first: second.value, last: third.value,
                isShort: false, isPadded: true)
        }
        guard third.digits == 4 else { return nil }
        return Numbers(
            mark: mark, startsWithYear: false, year: third.value, first: first.value, last: second.value,
            isShort: first.digits == 1 || second.digits == 1,
            isPadded: first.digits == 2 && first.value < 10 || second.digits == 2 && second.value < 10)
    }

    /// - Parameter first: the hours, where they have been read.
    private static func clock(_ reader: inout DigitReader, first: (value: Int, digits: Int)?) -> Clock? {
        var separator: UInt8?
        var given = first
        if given == nil {
            separator = reader.peek
            reader.skip()
            given = reader.number(most: 2)
        }
        guard let hours = given, hours.digits == 2, hours.value < 24, reader.take(UInt8(ascii: ":")),
            let minutes = reader.number(most: 2), minutes.digits == 2, minutes.value < 60
        else { return nil }
        var seconds = hours.value * 3600 + minutes.value * 60
        var hasSeconds = false
        var fraction = (value: 0, digits: 0)
        if reader.take(UInt8(ascii: ":")) {
            guard let read = reader.number(most: 2), read.digits == 2, read.value < 60 else { return nil }
            seconds += read.value
            hasSeconds = true
            if reader.take(UInt8(ascii: ".")) {
                guard let read = reader.number(most: 9) else { return nil }
                fraction = read
            }
        }
        var zone = TimeForm.ClockPart.Zone.none
        if !reader.isAtEnd {
            guard separator != nil, let found = TimeForm.zone(reader.rest) else { return nil }
            zone = found
        }
        return Clock(
            separator: separator, hasSeconds: hasSeconds, seconds: seconds, fraction: fraction.value,
            fractionDigits: fraction.digits, zone: zone)
    }
}

/// Reads numbers off the front of a text.
private struct DigitReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var place = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { place == bytes.count }
    var peek: UInt8? { place < bytes.count ? bytes[place] : nil }
    var rest: Slice<UnsafeBufferPointer<UInt8>> { bytes[place...] }

    mutating func skip() { place += 1 }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        place += 1
        return true
    }

    /// A number of at least one and at most so many digits.
    mutating func number(most: Int) -> (value: Int, digits: Int)? {
        var value = 0
        let start = place
        while place < bytes.count, place - start < most, bytes[place] &- 0x30 <= 9 {
            value = value * 10 + Int(bytes[place] &- 0x30)
            place += 1
        }
        return place > start ? (value, place - start) : nil
    }
}
