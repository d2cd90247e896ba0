/// What the values of a column tell of the form in which they are times.
struct TimeEvidence {
    /// The form of a value, as far as one value shows it.
    private struct Shape: Equatable {
        let mark: UInt8?
        let startsWithYear: Bool
        let separator: UInt8?
        let hasClock: Bool
        let hasSeconds: Bool
        let zone: TimeForm.ClockPart.Zone
    }

    /// Values that are dates or times, whatever their form.
    private(set) var count = 0
    private var shape: Shape?
    private var isUniform = true
    private var fractionDigits = 0
    private var mayBeDayFirst = true
    private var mayBeMonthFirst = true
    private var hasShort = false
    private var hasPadded = false

    /// Takes a value in.
    ///
    /// - Returns: whether it is a date or time.
    mutating func add(_ field: UnsafeBufferPointer<UInt8>, count: Int) -> Bool {
        guard let text = TimeText(field) else { return false }
        let dayFirst = text.date?.date(isDayFirst: true)
        let monthFirst = text.date?.date(isDayFirst: false)
        if let date = text.date {
            guard dayFirst != nil || monthFirst != nil, !date.startsWithYear || monthFirst != nil else { return false }
            mayBeDayFirst = mayBeDayFirst && dayFirst != nil
            mayBeMonthFirst = mayBeMonthFirst && monthFirst != nil
            hasShort = hasShort || date.isShort
            hasPadded = hasPadded || date.isPadded
        }
        self.count += count
        fractionDigits = max(fractionDigits, text.clock?.fractionDigits ?? 0)
        let found = Shape(
            mark: text.date?.mark, startsWithYear: text.date?.startsWithYear ?? false,
            separator: text.clock?.separator, hasClock: text.clock != nil,
            hasSeconds: text.clock?.hasSeconds ?? false, zone: text.clock?.zone ?? .none)
        isUniform = isUniform && found == shape ?? found
        shape = found
        return true
    }

    /// The form of all values; nil where they have none in common.
    ///
    /// Where every date could begin with its day as well as its month, a slash says month and a point says day.
    var form: TimeForm? {
        guard isUniform, let shape, let date = datePart(shape) else { return nil }
        let clock =
            shape.hasClock
            ? TimeForm.ClockPart(
                separator: shape.separator, hasSeconds: shape.hasSeconds, fractionDigits: fractionDigits,
                zone: shape.zone)
            : nil
        return TimeForm(date: date, clock: clock)
    }

    /// Doubly optional: nil where there is a date that has no form, and no date where there is none.
    private func datePart(_ shape: Shape) -> TimeForm.DatePart?? {
        guard let mark = shape.mark else { return .some(nil) }
        // Some values without zeros in front, and none with one.
        let isShort = hasShort && !hasPadded
        switch mark {
        case UInt8(ascii: "-"): return mayBeMonthFirst ? .yearMonthDay : nil
        case UInt8(ascii: "."):
            return mayBeDayFirst ? (isShort ? .shortDayMonthYearDotted : .dayMonthYearDotted) : nil
        default:
            if shape.startsWithYear { return mayBeMonthFirst ? .yearMonthDaySlashed : nil }
            if mayBeMonthFirst { return isShort ? .shortMonthDayYear : .monthDayYear }
            return mayBeDayFirst ? (isShort ? .shortDayMonthYear : .dayMonthYear) : nil
        }
    }
}
