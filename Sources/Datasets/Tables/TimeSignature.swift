/// What a text looks like, whatever its numbers and names are: by it the forms are found of which it may be.
///
/// `0` stands for a run of digits, `m` for a month's name, `w` for a weekday's, `p` for AM or PM, `n` for the end of 3rd, `z`
/// for a zone's name, `o` for an offset, and every mark for itself; the fraction of seconds is left out, and so are blanks
/// before a blank.
struct TimeSignature {
    private(set) var bytes: [UInt8] = []
    /// Whether there is a month's name, or two digits behind a colon, or numbers of the lengths that days, months and years have.
    private(set) var looksLikeTime = false

    private static let mostBytes = 48

    /// The signature of a text; nil where it has words or marks that times don't have.
    ///
    /// - Parameter field: without blanks around it.
    init?(_ field: UnsafeBufferPointer<UInt8>) {
        guard (4...Self.mostBytes).contains(field.count) else { return nil }
        var place = 0
        var colons = 0
        var hasClock = false
        var hasName = false
        var isBehindDash = false
        var runs: [Int] = []
        bytes.reserveCapacity(field.count)
        while place < field.count {
            let byte = field[place]
            if byte &- 0x30 <= 9 {
                let start = place
                while place < field.count, field[place] &- 0x30 <= 9 { place += 1 }
                runs.append(place - start)
                bytes.append(UInt8(ascii: "0"))
                let before = start > 0 ? field[start - 1] : 0
                let isSecond = colons == 2 && before == UInt8(ascii: ":") || colons == 0 && before == UInt8(ascii: "T")
                if isSecond, Self.isFraction(field, at: place) {
                    place += 1
                    while place < field.count, field[place] &- 0x30 <= 9 { place += 1 }
                }
                continue
            }
            if byte | 0x20 >= 0x61, byte | 0x20 <= 0x7A {
                guard let (word, end) = Self.word(field, at: place, isBehindClock: hasClock || colons > 0) else {
                    return nil
                }
                if word == UInt8(ascii: "m") { hasName = true }
                if word == UInt8(ascii: "T") || word == UInt8(ascii: "p") { hasClock = true }
                if word == 0 {
                    bytes.append(contentsOf: field[place..<end])
                } else {
                    bytes.append(word)
                }
                place = end
                continue
            }
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"), hasClock || colons > 0, !isBehindDash,
                let end = Self.offsetEnd(field, at: place)
            {
                bytes.append(UInt8(ascii: "o"))
                place = end
                continue
            }
            guard Self.marks[Int(byte)] else { return nil }
            // In 10:15 2021-01-03 no dash begins an offset.
            isBehindDash = byte == UInt8(ascii: "-") && (hasClock || colons > 0)
            // One behind a year stands before the time of day, as in Apache's log.
            if byte == UInt8(ascii: ":"), runs.last != 4 { colons += 1 }
            if !(byte == 0x20 && bytes.last == 0x20) { bytes.append(byte) }
            place += 1
        }
        guard !runs.isEmpty else { return nil }
        looksLikeTime = hasName || Self.hasClock(field) || Self.hasDate(runs, bytes)
    }

    /// Marks that stand in times; those beyond ASCII are the bytes of 年, 月 and 日.
    private static let marks: [Bool] = {
        var marks = [Bool](repeating: false, count: 256)
        for byte in "-/.,: _()年月日".utf8 { marks[Int(byte)] = true }
        return marks
    }()

    private static func isFraction(_ field: UnsafeBufferPointer<UInt8>, at place: Int) -> Bool {
        place + 1 < field.count && (field[place] == UInt8(ascii: ".") || field[place] == UInt8(ascii: ","))
            && field[place + 1] &- 0x30 <= 9
    }

    /// What a run of letters stands for, 0 for itself, and where it ends; nil where it is none of a time's words.
    private static func word(
        _ field: UnsafeBufferPointer<UInt8>, at start: Int, isBehindClock: Bool
    ) -> (word: UInt8, end: Int)? {
        var end = start
        while end < field.count, field[end] | 0x20 >= 0x61, field[end] | 0x20 <= 0x7A { end += 1 }
        let letters = field[start..<end]
        let isBehindDigit = start > 0 && (field[start - 1] &- 0x30 <= 9 || field[start - 1] >= 0x80)
        if letters.count == 1 {
            // a.m.
            if field[start] | 0x20 == UInt8(ascii: "a") || field[start] | 0x20 == UInt8(ascii: "p"),
                end + 2 < field.count,
                field[end] == UInt8(ascii: "."), field[end + 1] | 0x20 == UInt8(ascii: "m"),
                field[end + 2] == UInt8(ascii: ".")
            {
                return (UInt8(ascii: "p"), end + 3)
            }
            guard isBehindDigit || field[start] == UInt8(ascii: "Z") else { return nil }
            return field[start] == UInt8(ascii: "T") || field[start] == UInt8(ascii: "Z") ? (field[start], end) : nil
        }
        if letters.count == 2 {
            let lower = [letters[start] | 0x20, letters[start + 1] | 0x20]
            if lower[1] == UInt8(ascii: "m"), lower[0] == UInt8(ascii: "a") || lower[0] == UInt8(ascii: "p") {
                return (UInt8(ascii: "p"), end)
            }
            if isBehindDigit, ["st", "nd", "rd", "th"].contains(String(decoding: lower, as: UTF8.self)) {
                return (UInt8(ascii: "n"), end)
            }
        }
        if TimeNames.month(letters) != nil { return (UInt8(ascii: "m"), end) }
        if TimeNames.weekday(letters) != nil { return (UInt8(ascii: "w"), end) }
        if isBehindClock, TimeNames.zone(letters) != nil { return (UInt8(ascii: "z"), end) }
        return letters.count == 2 && TimeForms.words.contains(String(decoding: letters, as: UTF8.self)) ? (0, end) : nil
    }

    /// Where an offset from UTC ends that stands at a place; nil where none does.
    private static func offsetEnd(_ field: UnsafeBufferPointer<UInt8>, at start: Int) -> Int? {
        var end = start + 1
        while end < field.count, field[end] &- 0x30 <= 9 || field[end] == UInt8(ascii: ":") { end += 1 }
        guard end == field.count || field[end] == 0x20 else { return nil }
        return TimeZoneText.minutes(field[start..<end]) == nil ? nil : end
    }

    /// Whether there is a time of day.
    private static func hasClock(_ field: UnsafeBufferPointer<UInt8>) -> Bool {
        for place in field.indices.dropFirst().dropLast(2) where field[place] == UInt8(ascii: ":") {
            if field[place - 1] &- 0x30 <= 9, field[place + 1] &- 0x30 <= 5, field[place + 2] &- 0x30 <= 9 {
                return true
            }
        }
        return false
    }

    /// Whether there are three numbers of which one may be a year, and the others a month and a day.
    private static func hasDate(_ runs: [Int], _ bytes: [UInt8]) -> Bool {
        guard runs.count >= 3, bytes.count >= 5, bytes[1] == bytes[3], bytes[0] == bytes[2] else { return false }
        let first = runs[0] == 4 && runs[1] <= 2 && runs[2] <= 2
        return first || runs[0] <= 2 && runs[1] <= 2 && runs[2] == 4
    }

    /// The signature of a form's texts.
    static func bytes(of parts: [TimePart]) -> [UInt8] {
        var bytes: [UInt8] = []
        for part in parts {
            switch part {
            case .literal(let byte): bytes.append(byte)
            case .monthName: bytes.append(UInt8(ascii: "m"))
            case .weekday: bytes.append(UInt8(ascii: "w"))
            case .half: bytes.append(UInt8(ascii: "p"))
            case .ordinalDay: bytes += Array("0n".utf8)
            case .offset: bytes.append(UInt8(ascii: "o"))
            case .zoneName: bytes.append(UInt8(ascii: "z"))
            case .zone(let text, _): bytes += text.bytes
            case .fraction: break
            default: if bytes.last != UInt8(ascii: "0") { bytes.append(UInt8(ascii: "0")) }
            }
        }
        return bytes
    }
}
