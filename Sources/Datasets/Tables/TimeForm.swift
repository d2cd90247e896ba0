internal import Codecs

/// How dates and times of day are written: by it they are recognised, read, and written back.
///
/// It is a row of parts, which its format names: `YYYY-MM-DD`, `D.M.YYYY`, `DD-Mon-YY`, `Wkd, DD Mon YYYY HH:MM:SS +0000`,
/// `M/D/YYYY h:MM AM`, `YYYYMMDD`, `EPOCHMS`. `TimePart` has the words of a format, `TimeForms` the forms that are looked for.
///
/// Where a column's offsets from UTC differ, as they do in summer and in winter, its times are instants, and each is written
/// with the offset that times of its month mostly have.
package struct TimeForm: Sendable, Equatable {
    /// What there is to know of it, in one place, as forms are handed on with every value.
    private let layout: Layout

    /// What stands behind a time for how its clock is ahead of UTC.
    struct Zone: Sendable, Equatable {
        let text: String
        let minutes: Int
    }

    /// `Sendable`: nothing in it changes.
    private final class Layout: Sendable {
        let format: String
        let parts: [TimePart]
        let zones: [Zone]
        let isStrict: Bool
        let isOfMonths: Bool
        let isNamed: Bool
        let leastYear: Int
        let hasVaryingZone: Bool
        let isRunningOn: [Bool]
        let hasDate: Bool
        let hasClock: Bool
        let resolution: Double

        init(parts: [TimePart], zones: [Zone]) {
            self.parts = parts
            self.zones = zones
            format = String(decoding: parts.flatMap(\.word), as: UTF8.self)
            isStrict = parts.first == .year
            hasVaryingZone = parts.contains(where: \.isVaryingZone)
            isOfMonths = parts.contains(where: \.isYear) && !parts.contains(where: \.isDay)
            isNamed = parts.contains(where: \.isName)
            let isISO = parts.prefix(2) == [.year, .literal(UInt8(ascii: "-"))]
            leastYear = !isOfMonths ? 0 : isISO || isNamed ? 1_000 : 1_800
            isRunningOn = parts.indices.map { index in
                // Of an hour, too, whose neighbour stands before it.
                parts[index].isNumber
                    && (index + 1 < parts.count && parts[index + 1].isNumber || index > 0 && parts[index - 1].isNumber)
            }
            hasDate = parts.contains { $0.isYear || $0.isEpoch }
            hasClock = parts.contains { $0.isHour || $0.isEpoch }
            resolution = parts.reduce(86_400) { min($0, $1.resolution) }
        }
    }

    init(parts: [TimePart], zones: [Zone] = []) {
        layout = Layout(parts: parts, zones: zones)
    }

    package static func == (left: TimeForm, right: TimeForm) -> Bool {
        left.layout === right.layout || left.format == right.format && left.zones == right.zones
    }

    /// Such as `YYYY-MM-DD`, `DD.MM.YYYY`, `YYYY-MM-DDTHH:MM:SSZ` or `HH:MM`.
    package var format: String { layout.format }
    var parts: [TimePart] { layout.parts }
    /// The offsets or names of zones of January to December, where they differ: 12 or none.
    var zones: [Zone] { layout.zones }
    /// Whether months and days have two digits wherever they do: where the year stands first, as in ISO 8601.
    var isStrict: Bool { layout.isStrict }
    /// Whether it says a month and no day of it.
    var isOfMonths: Bool { layout.isOfMonths }
    /// Whether a month or a weekday stands there by its name.
    var isNamed: Bool { layout.isNamed }
    /// The first year that is read: a month's without a day are no codes, such as 0815-12.
    var leastYear: Int { layout.leastYear }
    var hasVaryingZone: Bool { layout.hasVaryingZone }
    /// For each part whether the next follows it as digits follow digits.
    var isRunningOn: [Bool] { layout.isRunningOn }
    package var hasDate: Bool { layout.hasDate }
    package var hasClock: Bool { layout.hasClock }
    /// Seconds of which all times so written are whole multiples.
    package var resolution: Double { layout.resolution }

    // MARK: Formats

    /// A form by its format.
    ///
    /// - Returns: nil where the format isn't one that is read.
    package init?(format: String) {
        self.init(format: format, zones: [])
    }

    init?(format: String, zones: [Zone]) {
        guard let parts = Self.parts(of: format), Self.isWhole(parts) else { return nil }
        guard zones.count == (parts.contains(where: \.isVaryingZone) ? 12 : 0) else { return nil }
        self.init(parts: parts, zones: zones)
    }

    /// The parts that a format's words name; nil where there is another word.
    static func parts(of format: String) -> [TimePart]? {
        var parts: [TimePart] = []
        var rest = format[...]
        var isBehindHour = false
        while !rest.isEmpty {
            if isBehindHour, rest.hasPrefix("MM") {
                parts.append(.minute)
                rest = rest.dropFirst(2)
                isBehindHour = false
            } else if let zone = fixedZone(rest, after: parts) {
                guard let text = TimePart.ZoneText(zone.text.utf8) else { return nil }
                parts.append(.zone(text, minutes: zone.minutes))
                rest = rest.dropFirst(zone.text.count)
            } else if let digits = fractionDigits(rest, after: parts) {
                guard digits <= 9, let mark = rest.utf8.first else { return nil }
                parts.append(.fraction(mark: mark, digits: digits))
                rest = rest.dropFirst(1 + digits)
            } else if let found = TimePart.words.first(where: { rest.hasPrefix($0.word) }) {
                parts.append(found.part)
                rest = rest.dropFirst(found.word.count)
                switch found.part {
                case .hour, .halfHour: isBehindHour = true
                default: break
                }
            } else {
                let letter = rest.removeFirst()
                guard TimeForms.literals.contains(letter) else { return nil }
                parts += letter.utf8.map(TimePart.literal)
            }
        }
        return parts
    }

    /// `.FFF` behind seconds, or behind an epoch's.
    private static func fractionDigits(_ text: Substring, after parts: [TimePart]) -> Int? {
        guard parts.last == .second || parts.last == .epoch(partsOfSecond: 1),
            text.first == "." || text.first == ","
        else { return nil }
        let digits = text.dropFirst().prefix { $0 == "F" }.count
        return digits > 0 ? digits : nil
    }

    /// A zone that is the same in all rows: behind a time of day, or between it and the year.
    private static func fixedZone(_ text: Substring, after parts: [TimePart]) -> Zone? {
        guard parts.contains(.minute) || parts.contains(where: \.isHalf) else { return nil }
        switch text.first {
        case "+", "-":
            for length in [6, 5, 3] where text.count >= length {
                let offset = text.prefix(length)
                if let minutes = TimeZoneText.minutes(Array(offset.utf8)) {
                    return Zone(text: String(offset), minutes: minutes)
                }
            }
            return nil
        default:
            guard parts.last == .literal(0x20) || parts.last == .literal(UInt8(ascii: "(")) || text.first == "Z" else {
                return nil
            }
            let letters = text.prefix { $0.isASCII && $0.isLetter }
            return TimeNames.zones[String(letters)].map { Zone(text: String(letters), minutes: $0) }
        }
    }

    /// Whether parts say a date with its year, a time of day, or both, none twice.
    private static func isWhole(_ parts: [TimePart]) -> Bool {
        if parts.contains(where: \.isEpoch) {
            return parts.first?.isEpoch == true && parts.dropFirst().allSatisfy { $0.isLiteral || $0.isFraction }
        }
        func count(_ isWanted: (TimePart) -> Bool) -> Int { parts.count(where: isWanted) }
        let years = count(\.isYear), months = count(\.isMonth), days = count(\.isDay)
        let hours = count(\.isHour), halves = count(\.isHalf), zones = count(\.isZone)
        let minutes = count { $0 == .minute }, seconds = count { $0 == .second }
        let isHalved = parts.contains { if case .halfHour = $0 { true } else { false } }
        let hasDate = years + months + days > 0, hasClock = hours > 0
        guard [years, months, days, hours, halves, minutes, seconds, zones].allSatisfy({ $0 <= 1 }),
            hasDate || hasClock, !hasDate || years == 1 && months == 1, minutes <= hours, seconds <= minutes,
            // An hour alone needs to be one of the morning or the afternoon.
            isHalved == (halves == 1), !hasClock || isHalved || minutes == 1,
            zones == 0 || hasDate && hasClock
        else { return false }
        return parts.last != .literal(UInt8(ascii: ".")) && !runsOn(parts)
    }

    /// Whether a time of day follows a date without anything between them, where the date isn't digits alone.
    private static func runsOn(_ parts: [TimePart]) -> Bool {
        guard let hour = parts.firstIndex(where: \.isHour), hour > 1 else { return false }
        return parts[hour - 1].isNumber && !parts[..<hour].allSatisfy(\.isNumber)
    }

    // MARK: JSON

    var members: [JSON.Member] {
        var members = [JSON.Member(name: "format", value: .string(format))]
        if !zones.isEmpty {
            members.append(JSON.Member(name: "zones", value: .array(zones.map { .string($0.text) })))
        }
        return members
    }

    /// Reads what `members` wrote.
    ///
    /// - Throws: `DatasetError` with code `manifest_unreadable`.
    init(json: JSON) throws {
        let zones = (json["zones"]?.array ?? []).map { text in
            text.string.flatMap { text in
                TimeZoneText.minutes(Array(text.utf8)).map { Zone(text: text, minutes: $0) }
            }
        }
        guard let format = json["format"]?.string, zones.allSatisfy({ $0 != nil }),
            let form = TimeForm(format: format, zones: zones.compactMap(\.self))
        else { throw DatasetError.unreadableManifest("a column's form of times is unknown") }
        self = form
    }
}

extension TimePart {
    var isVaryingZone: Bool {
        switch self {
        case .offset, .zoneName: true
        default: false
        }
    }

    var isZone: Bool { if case .zone = self { true } else { isVaryingZone } }
    var isHalf: Bool { if case .half = self { true } else { false } }

    var isName: Bool {
        switch self {
        case .monthName, .weekday: true
        default: false
        }
    }

    var isEpoch: Bool { if case .epoch = self { true } else { false } }
    var isLiteral: Bool { if case .literal = self { true } else { false } }
    var isFraction: Bool { if case .fraction = self { true } else { false } }
    var isYear: Bool { self == .year || self == .shortYear }

    var isMonth: Bool {
        switch self {
        case .month, .monthName: true
        default: false
        }
    }

    var isDay: Bool {
        switch self {
        case .day, .ordinalDay: true
        default: false
        }
    }

    var isHour: Bool {
        switch self {
        case .hour, .halfHour: true
        default: false
        }
    }

    /// Seconds of which what it shows are whole multiples.
    fileprivate var resolution: Double {
        switch self {
        case .hour, .halfHour: 3_600
        case .minute: 60
        case .second: 1
        case .epoch(let parts): 1 / Double(parts)
        case .fraction(_, let digits): 1 / NumberText.powers[digits]
        default: 86_400
        }
    }

    /// How it stands in a format.
    fileprivate var word: [UInt8] {
        switch self {
        case .minute: Array("MM".utf8)
        case .literal(let byte): [byte]
        case .fraction(let mark, let digits): [mark] + [UInt8](repeating: UInt8(ascii: "F"), count: digits)
        case .zone(let text, _): text.bytes
        default: Array((Self.words.first { $0.part == self }?.word ?? "").utf8)
        }
    }
}

/// What stands behind a time for its zone: `Z`, an offset or a name.
enum TimeZoneText {
    /// Minutes ahead of UTC, at most 24 hours; nil for what is no zone.
    static func minutes(_ text: some RandomAccessCollection<UInt8>) -> Int? {
        let bytes = Array(text)
        guard let first = bytes.first else { return nil }
        guard first == UInt8(ascii: "+") || first == UInt8(ascii: "-") else {
            return TimeNames.zones[String(decoding: bytes, as: UTF8.self)]
        }
        var digits = bytes.dropFirst().map { Int($0) - 0x30 }
        if bytes.count == 6, bytes[3] == UInt8(ascii: ":") { digits.remove(at: 2) }
        guard digits.count == 2 || digits.count == 4, digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        if digits.count == 2 { digits += [0, 0] }
        let minutes = (digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3]
        guard digits[2] < 6, minutes <= 24 * 60 else { return nil }
        return first == UInt8(ascii: "-") ? -minutes : minutes
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
