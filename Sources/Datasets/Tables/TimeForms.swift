import Synchronization

/// The forms of dates and times that are looked for in a table.
///
/// A column's form is a date, a time of day, or both with something between them, and a zone behind; or one of those that are
/// written as a whole. A line more makes another form that is recognised, read, and written back. Where values could be of
/// several, the form that more of them are of is the column's, and of those of which as many are, the one that stands first: so a
/// slash says month first and a point says day first where no day is beyond the twelfth.
///
/// Months and days may have a zero in front or not, and a blank before them; names are long or short and in any case: what the
/// column has, its form gets.
enum TimeForms {
    static let dates: [String] = [
        "YYYY-MM-DD", "YYYY/MM/DD", "YYYY.MM.DD", "YYYY年MM月DD日",
        "MM/DD/YYYY", "DD/MM/YYYY", "DD.MM.YYYY", "DD-MM-YYYY", "MM-DD-YYYY",
        "MM/DD/YY", "DD/MM/YY", "YY/MM/DD", "DD.MM.YY", "DD-MM-YY", "MM-DD-YY", "YY-MM-DD",
        "DD-Mon-YYYY", "DD Mon YYYY", "DD/Mon/YYYY", "DD.Mon.YYYY", "DD. Mon YYYY", "DDMonYYYY", "DD Mon, YYYY",
        "DD-Mon-YY", "DD Mon YY", "DDMonYY", "DD/Mon/YY",
        "Mon DD YYYY", "Mon DD, YYYY", "Mon DD,YYYY", "Mon. DD, YYYY", "Mon-DD-YYYY", "Mon/DD/YYYY", "MonDDYYYY",
        "Mon Dth, YYYY", "Mon Dth YYYY", "Dth Mon YYYY", "Dth of Mon YYYY",
        "YYYY-Mon-DD", "YYYY Mon DD", "YYYY/Mon/DD", "YYYYMonDD",
        "Wkd DD Mon YYYY", "Wkd, DD Mon YYYY", "Wkd, DD-Mon-YYYY", "Wkd, DD-Mon-YY", "Wkd Mon DD YYYY",
        "Wkd Mon DD, YYYY", "Wkd, Mon DD, YYYY", "Wkd, Mon DD YYYY", "Wkd DD/MM/YYYY", "Wkd, DD/MM/YYYY",
        "Wkd MM/DD/YYYY", "Wkd YYYY-MM-DD",
        "YYYY-MM", "YYYY/MM", "MM/YYYY", "Mon YYYY", "Mon-YYYY", "MonYYYY", "Mon-YY", "Mon, YYYY",
    ]

    /// Between a date and a time of day.
    static let separators: [String] = ["T", " ", ", ", ":", " at ", ", at ", "-", "_"]

    /// Seconds may have a fraction, behind a point or a comma.
    static let clocks: [String] = [
        "HH:MM", "HH:MM:SS", "hh:MM AM", "hh:MM:SS AM", "hh:MMAM", "hh:MM:SSAM", "hh AM", "hhAM",
    ]

    /// Behind a date with a time of day; names of zones with a blank before them.
    static let zones: [String] = ["", "Z", " Z", "±hh:mm", " ±hh:mm", " Zone", " (Zone)"]

    static let whole: [String] = [
        "Wkd Mon DD HH:MM:SS YYYY", "Wkd Mon DD HH:MM:SS Zone YYYY", "Wkd Mon DD HH:MM:SS ±hhmm YYYY",
        "Mon DD HH:MM:SS YYYY", "YYYYMMDDTHHMMSS", "YYYYMMDDTHHMMSSZ", "YYYYMMDDTHHMMSS±hhmm", "YYYYMMDDTHHMM",
        "YYYYMMDDTHHMMZ", "YYYYMMDD HHMMSS", "YYYYMMDD HHMM", "YYYYMMDD-HHMMSS", "YYYYMMDD_HHMMSS", "YYYYMMDD HH:MM:SS",
        "YYYYMMDD HH:MM", "YYYYMMDD-HH:MM:SS", "HH:MM DD/MM/YYYY", "HH:MM:SS DD/MM/YYYY", "HH:MM DD.MM.YYYY",
        "HH:MM:SS DD.MM.YYYY", "HH:MM DD Mon YYYY", "HH:MM:SS DD Mon YYYY", "hh:MM AM, DD Mon YYYY",
        "HH:MM, DD Mon YYYY",
        "YYYY-MM-DD HH.MM.SS", "YYYY-MM-DD-HH.MM.SS",
        "DD.MM.YYYY HH.MM.SS", "HH:MM MM/DD/YYYY", "HH:MM:SS MM/DD/YYYY", "HH:MM YYYY-MM-DD", "HH:MM:SS YYYY-MM-DD",
    ]

    /// Digits alone, if all of a column's values are such a time; `DigitTimes` says when they are taken for one.
    static let digits: [String] = ["YYYYMMDD", "YYYYMMDDHHMM", "YYYYMMDDHHMMSS", "EPOCH", "EPOCHMS"]

    /// What stands in formats for itself.
    static let literals: Set<Character> = [
        "-", "/", ".", ",", ":", " ", "_", "T", "年", "月", "日", "a", "t", "o", "f", "(", ")", "0",
    ]

    /// Words that stand between the parts.
    static let words: Set<String> = ["at", "of"]

    // MARK: By their signatures

    /// A form with the signature that its texts have.
    struct Pattern {
        let form: TimeForm
        fileprivate let signature: [UInt8]

        fileprivate init?(_ format: String) {
            guard let parts = TimeForm.parts(of: format) else { return nil }
            form = TimeForm(parts: parts)
            signature = TimeSignature.bytes(of: parts)
        }

        fileprivate init(_ parts: [TimePart]) {
            form = TimeForm(parts: parts)
            signature = TimeSignature.bytes(of: parts)
        }
    }

    private static let datePatterns = dates.compactMap(Pattern.init)
    private static let clockPatterns = clocks.compactMap(Pattern.init).map { Pattern($0.form.parts.withFraction) }
    private static let separatorParts = separators.map { $0.utf8.map(TimePart.literal) }
    private static let zonePatterns = zones.compactMap { zone in
        // A zone is read as such behind a time of day.
        TimeForm.parts(of: "HH:MM" + zone).map { Pattern(Array($0.dropFirst(3))) }
    }
    private static let wholePatterns = whole.compactMap { TimeForm.parts(of: $0) }.map { Pattern($0.withFraction) }

    /// What was asked for, as the same few are asked for again and again.
    private static let known = Mutex<[[UInt8]: [TimeForm]]>([:])
    private static let mostKnown = 1_000

    /// The forms of which texts with that signature may be, in their order.
    static func forms(_ signature: [UInt8]) -> [TimeForm] {
        if let found = known.withLock({ $0[signature] }) { return found }
        let found = find(signature)
        known.withLock { if $0.count < mostKnown { $0[signature] = found } }
        return found
    }

    private static func find(_ signature: [UInt8]) -> [TimeForm] {
        var found = (datePatterns + clockPatterns + wholePatterns).filter { $0.signature == signature }.map(\.form)
        for date in datePatterns where signature.starts(with: date.signature) {
            let behindDate = signature.dropFirst(date.signature.count)
            for separator in separatorParts {
                let mark = TimeSignature.bytes(of: separator)
                guard behindDate.starts(with: mark) else { continue }
                let behindMark = behindDate.dropFirst(mark.count)
                for clock in clockPatterns where behindMark.starts(with: clock.signature) {
                    let rest = behindMark.dropFirst(clock.signature.count)
                    for zone in zonePatterns where rest.elementsEqual(zone.signature) {
                        found.append(
                            TimeForm(parts: date.form.parts + separator + clock.form.parts + zone.form.parts))
                    }
                }
            }
        }
        return found
    }

    /// Whether a text is a date or a time of some form.
    static func isTime(_ field: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let signature = TimeSignature(field) else { return false }
        return forms(signature.bytes).contains {
            var reader = TimeReader(field)
            return reader.read($0, .any) != nil
        }
    }
}

extension [TimePart] {
    /// With what may stand behind seconds.
    fileprivate var withFraction: [TimePart] {
        flatMap { $0 == .second ? [$0, .fraction(mark: 0, digits: 9)] : [$0] }
    }
}
