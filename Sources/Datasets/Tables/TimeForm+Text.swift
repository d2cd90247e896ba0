extension TimeForm {
    /// Adds the text of a time, rounded to what the form shows.
    ///
    /// Years are held to 1…9999, or to the hundred that two digits stand for, times of day to one day. What `seconds` reads
    /// from the text is the time again.
    package func append(_ seconds: Double, to bytes: inout [UInt8]) {
        guard seconds.isFinite else { return }
        if case .epoch(let parts)? = parts.first { return appendEpoch(seconds, partsOfSecond: parts, to: &bytes) }
        var limited = min(max(seconds, earliest), latest)
        if !hasDate { limited = min(max(limited, 0), Double(Self.secondsPerDay) - 1e-9) }
        let zone = zone(at: limited)
        limited += Double((zone?.minutes ?? 0) * 60)
        let resolution = resolution
        var whole: Int
        var fraction = 0
        if resolution <= 1 {
            let scale = (1 / resolution).rounded()
            whole = Int(limited.rounded(.down))
            fraction = Int(((limited - limited.rounded(.down)) * scale).rounded())
            if fraction == Int(scale) { (whole, fraction) = (whole + 1, 0) }
            if !hasDate, whole >= Self.secondsPerDay { (whole, fraction) = (whole - 1, Int(scale) - 1) }
        } else {
            whole = Int((limited / resolution).rounded()) * Int(resolution)
            if !hasDate { whole = min(whole, Self.secondsPerDay - Int(resolution)) }
        }
        let days = (whole >= 0 ? whole : whole - Self.secondsPerDay + 1) / Self.secondsPerDay
        var date = CivilDate(daysSinceEpoch: days)
        date.year = min(max(date.year, 1), 9999)
        let clock = whole - days * Self.secondsPerDay
        for part in parts { append(part, date, clock: clock, days: days, fraction: fraction, zone, to: &bytes) }
    }

    private func append(
        _ part: TimePart, _ date: CivilDate, clock: Int, days: Int, fraction: Int, _ zone: Zone?,
        to bytes: inout [UInt8]
    ) {
        switch part {
        case .literal(let byte): bytes.append(byte)
        case .year: bytes.appendDigits(date.year, width: 4)
        case .shortYear: bytes.appendDigits(date.year % 100, width: 2)
        case .month(let padding): bytes.append(date.month, padding)
        case .day(let padding): bytes.append(date.day, padding)
        case .ordinalDay:
            bytes.appendDigits(date.day, width: 1)
            let isTeen = (11...13).contains(date.day)
            bytes.append(contentsOf: ["th", "st", "nd", "rd"][isTeen || date.day % 10 > 3 ? 0 : date.day % 10].utf8)
        case .hour(let padding): bytes.append(clock / 3600, padding)
        case .halfHour(let padding): bytes.append((clock / 3600 + 11) % 12 + 1, padding)
        case .minute: bytes.appendDigits(clock / 60 % 60, width: 2)
        case .second: bytes.appendDigits(clock % 60, width: 2)
        case .fraction(let mark, let digits):
            bytes.append(mark)
            bytes.appendDigits(fraction, width: digits)
        case .monthName(let style): TimeNames.append(TimeNames.months[date.month - 1], style, to: &bytes)
        case .weekday(let style):
            // 1970-01-01 was a Thursday.
            TimeNames.append(TimeNames.weekdays[((days + 4) % 7 + 7) % 7], style, to: &bytes)
        case .half(let style):
            let words = style.hasPoints ? ["a.m.", "p.m."] : ["am", "pm"]
            let word = words[clock < Self.secondsPerDay / 2 ? 0 : 1]
            bytes.append(contentsOf: (style.isUpper ? word.uppercased() : word).utf8)
        case .zone(let text, _): bytes.append(contentsOf: text.bytes)
        case .offset, .zoneName: bytes.append(contentsOf: (zone?.text ?? "").utf8)
        case .epoch: break
        }
    }

    private func appendEpoch(_ seconds: Double, partsOfSecond: Int, to bytes: inout [UInt8]) {
        var digits = 0
        for case .fraction(_, let given) in parts { digits = given }
        // Those of the years 1 to 9999.
        let limited = min(max(seconds, -62_135_596_800), 253_402_300_799)
        let scale = NumberText.powers[digits]
        let exact = abs(limited) * Double(partsOfSecond)
        var whole = Int(exact.rounded(digits > 0 ? .down : .toNearestOrAwayFromZero))
        var fraction = digits > 0 ? Int(((exact - Double(whole)) * scale).rounded()) : 0
        if fraction == Int(scale), digits > 0 { (whole, fraction) = (whole + 1, 0) }
        if limited < 0, whole + fraction > 0 { bytes.append(UInt8(ascii: "-")) }
        bytes.appendDigits(whole, width: 1)
        for part in parts.dropFirst() {
            switch part {
            case .fraction(let mark, _):
                bytes.append(mark)
                bytes.appendDigits(fraction, width: digits)
            case .literal(let byte): bytes.append(byte)
            default: break
            }
        }
    }

    // MARK: Limits

    /// 0001-01-01, or 1969-01-01 where years have two digits.
    private var earliest: Double { parts.contains(.shortYear) ? -31_536_000 : -62_135_596_800 }

    /// The last day, minute or second of 9999, or of 2068 where years have two digits.
    private var latest: Double {
        let lastDay = parts.contains(.shortYear) ? 3_124_137_600.0 : 253_402_214_400
        return resolution >= 86_400 ? lastDay : lastDay + 86_400 - max(1, resolution)
    }

    /// The zone of a time: its own, or what times of its month mostly have.
    private func zone(at seconds: Double) -> Zone? {
        if zones.count == 12 {
            let days = Int((seconds / Double(Self.secondsPerDay)).rounded(.down))
            return zones[CivilDate(daysSinceEpoch: days).month - 1]
        }
        // Its text is the part's.
        for case .zone(_, let minutes) in parts { return Zone(text: "", minutes: minutes) }
        return nil
    }

    /// Characters of its longest text.
    var textLength: Int {
        if parts.contains(where: \.isEpoch) {
            var text: [UInt8] = []
            append(-62_135_596_800, to: &text)
            return text.count
        }
        // Twelve months with days of two digits on each weekday, ten at night, and the longest names.
        return (0..<366).map { day in
            var text: [UInt8] = []
            append(Double(946_684_800 + day * Self.secondsPerDay + 81_000), to: &text)
            return String(decoding: text, as: UTF8.self).unicodeScalars.count
        }.max() ?? 1
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ number: Int, _ padding: TimePart.Padding) {
        if padding == .blank, number < 10 { append(0x20) }
        appendDigits(number, width: padding == .zero ? 2 : 1)
    }
}
