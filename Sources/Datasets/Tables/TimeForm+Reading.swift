extension TimeForm {
    static let secondsPerDay = 86_400

    /// Seconds since 1970-01-01T00:00:00Z, or since midnight where there is no date.
    ///
    /// - Parameter field: text without blanks around it.
    /// - Returns: nil where the text isn't of this form, or there is no such time.
    package func seconds(_ field: UnsafeBufferPointer<UInt8>) -> Double? {
        var reader = TimeReader(field)
        return reader.read(self, isStrict ? .strict : .lenient)
    }
}

/// What a text may differ in from the form by which it is read.
enum TimeLeniency {
    case strict
    /// Months and days may have one digit where they should have two: people leave zeros out now and then where the year doesn't
    /// stand first.
    case lenient
    /// So may hours, and all may have a blank in front: the form isn't known yet.
    case any
}

/// What a time's text shows of its form beyond what it says of the time.
struct TimeTraits {
    /// Parts, by their places, whose number has one digit; and such that have a zero or a blank in front.
    var short: UInt32 = 0
    var padded: UInt32 = 0
    var blanked: UInt32 = 0
    /// Names that are written out, and such that aren't; May is both.
    var months = NameTraits()
    var weekdays = NameTraits()
    /// Of half days.
    var half: TimePart.HalfStyle?
    var fractionDigits = 0
    var fractionMark = UInt8(ascii: ".")
    /// The zone's place in the text.
    var zone: Range<Int>?
    var day = 1
    var month = 1
    /// Whether a year is 1800 or later.
    var isModern = false

    /// Takes in what another text of the same form shows: the fraction with the most digits, the later day, and the later year.
    ///
    /// The zone and the month are each text's own and stay.
    mutating func add(_ other: TimeTraits) {
        short |= other.short
        padded |= other.padded
        blanked |= other.blanked
        months.add(other.months)
        weekdays.add(other.weekdays)
        half = other.half ?? half
        if other.fractionDigits > 0 {
            fractionDigits = max(fractionDigits, other.fractionDigits)
            fractionMark = other.fractionMark
        }
        day = max(day, other.day)
        isModern = isModern || other.isModern
    }
}

/// What names in times look like.
struct NameTraits {
    var hasLong = false
    var hasShort = false
    var hasUpper = false
    var hasLower = false
    var hasTitle = false

    mutating func add(_ other: NameTraits) {
        hasLong = hasLong || other.hasLong
        hasShort = hasShort || other.hasShort
        hasUpper = hasUpper || other.hasUpper
        hasLower = hasLower || other.hasLower
        hasTitle = hasTitle || other.hasTitle
    }

    fileprivate mutating func add(_ letters: Slice<UnsafeBufferPointer<UInt8>>) {
        let upper = letters.count { $0 & 0x20 == 0 }
        if upper == letters.count { hasUpper = true } else if upper == 0 { hasLower = true } else { hasTitle = true }
    }

    /// How all of them are written.
    var style: TimePart.NameStyle {
        TimePart.NameStyle(
            isLong: hasLong && !hasShort,
            letters: hasTitle || hasUpper == hasLower ? .title : hasUpper ? .upper : .lower)
    }
}

/// Reads a text by the parts of a form.
struct TimeReader {
    private let field: UnsafeBufferPointer<UInt8>
    private var place = 0
    private(set) var traits = TimeTraits()

    private var year = 1970
    private var hour = 0
    private var minute = 0
    private var second = 0
    private var fraction = 0
    private var epoch: Double?
    private var isAfternoon: Bool?
    private var offset = 0

    /// - Parameter field: without blanks around it.
    init(_ field: UnsafeBufferPointer<UInt8>) {
        self.field = field
    }

    /// Seconds since 1970-01-01T00:00:00Z, or since midnight where the form has no date.
    ///
    /// - Returns: nil where the text isn't of this form, or there is no such time.
    mutating func read(_ form: TimeForm, _ leniency: TimeLeniency) -> Double? {
        let (parts, isRunningOn) = (form.parts, form.isRunningOn)
        for index in parts.indices {
            guard read(parts[index], at: index, isRunningOn[index] ? .strict : leniency) else { return nil }
        }
        guard place == field.count else { return nil }
        return value(form)
    }

    private mutating func value(_ form: TimeForm) -> Double? {
        let scaled = traits.fractionDigits > 0 ? Double(fraction) / NumberText.powers[traits.fractionDigits] : 0
        if let epoch { return epoch < 0 ? epoch - scaled : epoch + scaled }
        var hour = hour
        if let isAfternoon {
            guard (1...12).contains(hour) else { return nil }
            hour = hour % 12 + (isAfternoon ? 12 : 0)
        }
        guard hour < 24, minute < 60, second < 60 else { return nil }
        var whole = hour * 3600 + minute * 60 + second
        if form.hasDate {
            guard let date = CivilDate(year: year, month: traits.month, day: traits.day),
                !form.isOfMonths || (form.leastYear...2_200).contains(year)
            else { return nil }
            traits.isModern = year >= 1_800
            whole += date.daysSinceEpoch * TimeForm.secondsPerDay
        }
        return Double(whole - offset * 60) + scaled
    }

    // MARK: Parts

    private mutating func read(_ part: TimePart, at index: Int, _ leniency: TimeLeniency) -> Bool {
        switch part {
        case .literal(let byte): return take(byte)
        case .year:
            guard let number = number(4...4) else { return false }
            year = number
        case .shortYear:
            guard let number = number(2...2) else { return false }
            // IEEE Std 1003.1, strptime, %y.
            year = number + (number < 69 ? 2000 : 1900)
        case .month(let padding):
            guard let number = number(padding, index, leniency, leniency != .strict) else { return false }
            traits.month = number
        case .day(let padding):
            guard let number = number(padding, index, leniency, leniency != .strict) else { return false }
            traits.day = number
        case .ordinalDay:
            guard let number = number(1...2), takeOrdinal() else { return false }
            traits.day = number
        case .hour(let padding), .halfHour(let padding):
            guard let number = number(padding, index, leniency, leniency == .any) else { return false }
            hour = number
        case .minute:
            guard let number = number(2...2) else { return false }
            minute = number
        case .second:
            guard let number = number(2...2) else { return false }
            second = number
        case .fraction(let mark, let digits): return takeFraction(mark, digits)
        case .epoch(let parts):
            guard let number = epochNumber() else { return false }
            epoch = number / Double(parts)
        case .monthName, .weekday, .half, .zoneName, .zone, .offset: return readWord(part)
        }
        return true
    }

    private mutating func readWord(_ part: TimePart) -> Bool {
        switch part {
        case .monthName:
            let letters = letters()
            guard let found = TimeNames.month(letters) else { return false }
            traits.month = found.number
            // May is as long as it is short.
            if found.number != 5 {
                traits.months.hasLong = found.isLong
                traits.months.hasShort = !found.isLong
            }
            traits.months.add(letters)
        case .weekday:
            let letters = letters()
            guard let found = TimeNames.weekday(letters) else { return false }
            traits.weekdays.hasLong = found.isLong
            traits.weekdays.hasShort = !found.isLong
            traits.weekdays.add(letters)
        case .half: return takeHalf()
        case .zoneName:
            let start = place
            guard let minutes = TimeNames.zone(letters()) else { return false }
            offset = minutes
            traits.zone = start..<place
        case .offset: return takeOffset()
        case .zone(let text, let minutes):
            let start = place
            guard let end = text.end(in: field, from: place) else { return false }
            place = end
            offset = minutes
            traits.zone = start..<place
        default: return false
        }
        return true
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard place < field.count, field[place] == byte else { return false }
        place += 1
        return true
    }

    private mutating func number(_ digits: ClosedRange<Int>) -> Int? {
        var value = 0
        let start = place
        while place < field.count, place - start < digits.upperBound, field[place] &- 0x30 <= 9 {
            value = value * 10 + Int(field[place] &- 0x30)
            place += 1
        }
        return place - start >= digits.lowerBound ? value : nil
    }

    /// A number of two digits, or of one where the padding or the leniency has it.
    private mutating func number(
        _ padding: TimePart.Padding, _ index: Int, _ leniency: TimeLeniency, _ mayBeShort: Bool
    ) -> Int? {
        if padding == .blank || leniency == .any, place < field.count, field[place] == 0x20 {
            place += 1
            traits.blanked |= 1 << UInt32(index & 31)
        }
        let start = place
        guard let value = number(padding == .zero && !mayBeShort ? 2...2 : 1...2) else { return nil }
        if place - start == 1 { traits.short |= 1 << UInt32(index & 31) }
        if place - start == 2, field[start] == 0x30 { traits.padded |= 1 << UInt32(index & 31) }
        return value
    }

    private mutating func letters() -> Slice<UnsafeBufferPointer<UInt8>> {
        let start = place
        while place < field.count, place - start < 9, field[place] | 0x20 >= 0x61, field[place] | 0x20 <= 0x7A {
            place += 1
        }
        return field[start..<place]
    }

    private mutating func takeOrdinal() -> Bool {
        let suffix = letters()
        return suffix.count == 2 && ["st", "nd", "rd", "th"].contains(String(decoding: suffix, as: UTF8.self))
    }

    private mutating func takeFraction(_ mark: UInt8, _ digits: Int) -> Bool {
        guard place < field.count else { return true }
        // Which of both marks it is, shows as the form is looked for.
        let found = field[place]
        guard found == mark || mark == 0 && (found == UInt8(ascii: ".") || found == UInt8(ascii: ",")) else {
            return true
        }
        place += 1
        let start = place
        guard let number = number(1...digits) else { return false }
        fraction = number
        traits.fractionDigits = place - start
        traits.fractionMark = found
        return true
    }

    private mutating func epochNumber() -> Double? {
        let isNegative = take(UInt8(ascii: "-"))
        guard let number = number(1...15) else { return nil }
        return Double(isNegative ? -number : number)
    }

    private mutating func takeHalf() -> Bool {
        guard place < field.count else { return false }
        let letter = field[place]
        guard letter | 0x20 == UInt8(ascii: "a") || letter | 0x20 == UInt8(ascii: "p") else { return false }
        place += 1
        let hasPoints = take(UInt8(ascii: "."))
        guard place < field.count, field[place] | 0x20 == UInt8(ascii: "m"), field[place] & 0x20 == letter & 0x20 else {
            return false
        }
        place += 1
        guard !hasPoints || take(UInt8(ascii: ".")) else { return false }
        isAfternoon = letter | 0x20 == UInt8(ascii: "p")
        traits.half = TimePart.HalfStyle(isUpper: letter & 0x20 == 0, hasPoints: hasPoints)
        return true
    }

    private mutating func takeOffset() -> Bool {
        let start = place
        guard place < field.count, field[place] == UInt8(ascii: "+") || field[place] == UInt8(ascii: "-") else {
            return false
        }
        place += 1
        while place < field.count, place - start < 6, field[place] &- 0x30 <= 9 || field[place] == UInt8(ascii: ":") {
            place += 1
        }
        guard let minutes = TimeZoneText.minutes(field[start..<place]) else { return false }
        offset = minutes
        traits.zone = start..<place
        return true
    }
}
