/// What the values of a column tell of the form in which they are times.
struct TimeEvidence {
    /// What is known of the values that are of a form.
    fileprivate struct Candidate {
        let form: TimeForm
        var rows = 0
        /// What any of them shows; the day is the greatest.
        var traits = TimeTraits()
        /// How often each zone stands in each month.
        var zones: [String: [Int]] = [:]
    }

    private static let mostCandidates = 64
    private static let mostSignatures = 64

    /// Values that are dates or times, whatever their form.
    private(set) var count = 0
    /// The same without those that may as well be codes.
    var likelyCount: Int { count - candidates.reduce(0) { $0 + ($1.mayBeCodes ? $1.rows : 0) } }
    /// Values that look like such and are of no form that is known.
    private(set) var unknownCount = 0
    private var candidates: [Candidate] = []
    private var bySignature: [[UInt8]: [Int]] = [:]
    /// Those of the value before: mostly the next one is of the same.
    private var latest: [Int] = []

    /// Takes a value in.
    ///
    /// - Parameter field: without blanks around it.
    /// - Returns: whether it is a date or time.
    mutating func add(_ field: UnsafeBufferPointer<UInt8>, count: Int) -> Bool {
        guard field.count >= 4, field.contains(where: { $0 &- 0x30 <= 9 }) else { return false }
        if take(field, latest, count) { return true }
        guard let signature = TimeSignature(field) else { return false }
        let found = candidates(signature.bytes)
        if take(field, found, count) {
            latest = found
            return true
        }
        if signature.looksLikeTime { unknownCount += count }
        return false
    }

    private mutating func candidates(_ signature: [UInt8]) -> [Int] {
        if let known = bySignature[signature] { return known }
        guard bySignature.count < Self.mostSignatures else { return [] }
        let forms = TimeForms.forms(signature).prefix(Self.mostCandidates - candidates.count)
        let found = Array(candidates.count..<candidates.count + forms.count)
        candidates += forms.map { Candidate(form: $0) }
        bySignature[signature] = found
        return found
    }

    private mutating func take(_ field: UnsafeBufferPointer<UInt8>, _ places: [Int], _ count: Int) -> Bool {
        var isTaken = false
        for place in places {
            var reader = TimeReader(field)
            guard let seconds = reader.read(candidates[place].form, .any) else { continue }
            isTaken = true
            candidates[place].add(reader.traits, field, seconds, count)
        }
        if isTaken { self.count += count }
        return isTaken
    }

    // MARK: The form

    /// The form that most values are of, and how many they are; nil where there is none.
    var form: (form: TimeForm, rows: Int)? {
        // Of those with as many the first, since that is how the forms are ordered.
        guard let most = candidates.map(\.rows).max(), most > 0,
            let best = candidates.first(where: { $0.rows == most }), best.isPlausible, let form = best.written
        else { return nil }
        return (form, most)
    }

    /// The forms that values are of, for a sentence; commonest first.
    var formats: [String] {
        let used = candidates.filter { $0.rows > 0 }.sorted { $0.rows > $1.rows }
        var formats: [String] = []
        for candidate in used {
            guard let format = candidate.written?.format, !formats.contains(format) else { continue }
            formats.append(format)
        }
        return formats
    }
}

extension TimeEvidence.Candidate {
    fileprivate mutating func add(
        _ shown: TimeTraits, _ field: UnsafeBufferPointer<UInt8>, _ seconds: Double, _ count: Int
    ) {
        rows += count
        traits.add(shown)
        guard let zone = shown.zone, form.hasVaryingZone else { return }
        let text = String(decoding: field[zone], as: UTF8.self)
        let days = Int((seconds / Double(TimeForm.secondsPerDay)).rounded(.down))
        let month = CivilDate(daysSinceEpoch: days).month
        if zones[text] != nil || zones.count < Self.mostZones {
            zones[text, default: [Int](repeating: 0, count: 12)][month - 1] += count
        }
    }

    fileprivate static let mostZones = 64

    /// Whether they may be codes in two parts, such as 1001-01: months of which none is later than 1799.
    fileprivate var mayBeCodes: Bool { form.isOfMonths && !form.isNamed && !traits.isModern }

    /// Whether they aren't rather versions or codes: with a point or a dash, and years of two digits, some number has to have a
    /// zero in front or some day to be beyond the twelfth.
    fileprivate var isPlausible: Bool {
        guard !mayBeCodes else { return false }
        let isShortYear = form.parts.contains(.shortYear) && !form.isNamed
        let isSlashed = form.parts.contains(.literal(UInt8(ascii: "/")))
        return !isShortYear || isSlashed || traits.padded != 0 || traits.day > 12
    }

    /// The form with what its values have shown: zeros in front, names, fractions and zones.
    fileprivate var written: TimeForm? {
        // All numbers of a date are padded alike where some are and some aren't, unless the year stands first, where what is
        // padded is to be read strictly.
        let dateParts = form.parts.indices.filter { form.parts[$0].isMonth || form.parts[$0].isDay }
        let hasPadded = dateParts.contains { traits.padded & 1 << UInt32($0 & 31) != 0 }
        func padding(_ index: Int) -> TimePart.Padding {
            let bit: UInt32 = 1 << UInt32(index & 31)
            if traits.blanked & bit != 0 { return .blank }
            guard traits.short & bit != 0 else { return .zero }
            if traits.padded & bit == 0 { return .none }
            // An hour of one digit is read only where none needs two.
            return form.isStrict || form.parts[index].isHour ? .none : .zero
        }
        var parts: [TimePart] = []
        var isShort = false
        for (index, part) in form.parts.enumerated() {
            switch part {
            case .month: parts.append(.month(padding(index)))
            case .day: parts.append(.day(padding(index)))
            case .hour: parts.append(.hour(padding(index)))
            case .halfHour: parts.append(.halfHour(padding(index)))
            case .monthName: parts.append(.monthName(traits.months.style))
            case .weekday: parts.append(.weekday(traits.weekdays.style))
            case .half: parts.append(.half(traits.half ?? TimePart.HalfStyle(isUpper: true, hasPoints: false)))
            case .fraction:
                if traits.fractionDigits > 0 {
                    parts.append(.fraction(mark: traits.fractionMark, digits: traits.fractionDigits))
                }
            case .offset, .zoneName:
                if zones.count == 1, let text = zones.keys.first {
                    guard let minutes = TimeZoneText.minutes(Array(text.utf8)), let text = TimePart.ZoneText(text.utf8)
                    else {
                        return nil
                    }
                    parts.append(.zone(text, minutes: minutes))
                } else {
                    parts.append(part == .zoneName ? .zoneName : .offset(offsetStyle))
                }
            default: parts.append(part)
            }
            switch parts.last {
            case .month(.none)?, .day(.none)?: isShort = true
            default: break
            }
        }
        // A number that never had one digit nor a zero in front is written as the date's other numbers.
        if isShort, !hasPadded {
            parts = parts.map { part in
                switch part {
                case .month(.zero): .month(.none)
                case .day(.zero): .day(.none)
                default: part
                }
            }
        }
        let zones = form.hasVaryingZone && zones.count > 1 ? zonesByMonth : []
        return TimeForm(parts: parts, zones: zones)
    }

    private var offsetStyle: TimePart.OffsetStyle {
        let commonest = zones.max { $0.value.reduce(0, +) < $1.value.reduce(0, +) }?.key ?? ""
        return commonest.contains(":") ? .colon : commonest.utf8.count > 3 ? .digits : .hours
    }

    /// The zone that most times of each month have; the commonest of all where a month has no times.
    private var zonesByMonth: [TimeForm.Zone] {
        let names = zones.keys.sorted()
        func commonest(_ rows: (String) -> Int) -> String {
            names.max { rows($0) != rows($1) ? rows($0) < rows($1) : $0 > $1 } ?? "Z"
        }
        let usual = commonest { zones[$0]?.reduce(0, +) ?? 0 }
        return (0..<12).map { month in
            let known = commonest { zones[$0]?[month] ?? 0 }
            let text = zones[known]?[month] ?? 0 > 0 ? known : usual
            return TimeForm.Zone(text: text, minutes: TimeZoneText.minutes(Array(text.utf8)) ?? 0)
        }
    }
}
