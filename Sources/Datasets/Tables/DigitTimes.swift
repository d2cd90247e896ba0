/// Whether numbers are dates and times that are written in digits alone.
///
/// Two kinds are. **Dates without marks**, as 20210103 or 20210103101500: all values of the column have as many digits and are
/// days that exist, of 1900 to 2100 (or the last day of 9999, as which many systems write "never"). Of other numbers of eight
/// digits one in a hundred is such by chance, so that a few rows settle it.
///
/// **Seconds or milliseconds since 1970** (`epoch`): all are whole or fractions of a second, between 1990 and 2050, and the
/// column's name has a word for times, as in `created_at`, `timestamp`, `ts`. Without such a name they have to be whole, between 2000
/// and 2040, at least 50 different ones that are not a run of numbers, a day to 25 years apart from the first to the last, and
/// neither mostly round, as amounts are, nor in a column that is named for an identifier or an amount.
struct DigitTimes {
    /// Whether all numbers so far are dates without marks.
    private(set) var isPossible = true
    private var form: TimeForm?

    private static let forms: [Int: TimeForm] = [
        8: TimeForm(format: "YYYYMMDD"), 12: TimeForm(format: "YYYYMMDDHHMM"), 14: TimeForm(format: "YYYYMMDDHHMMSS"),
    ].compactMapValues(\.self)
    /// As pandas writes whole numbers of a column in which some are missing.
    private static let pointed: [Int: TimeForm] = [
        10: TimeForm(format: "YYYYMMDD.0"), 14: TimeForm(format: "YYYYMMDDHHMM.0"),
        16: TimeForm(format: "YYYYMMDDHHMMSS.0"),
    ].compactMapValues(\.self)
    /// 1900-01-01 to 2100-12-31, and 9999-12-31.
    private static let sane = -2_208_988_800.0...4_133_894_399.0
    private static let never = 253_402_214_400.0...253_402_300_799.0

    /// Takes a number in, until one is no date.
    mutating func add(_ field: UnsafeBufferPointer<UInt8>, _ number: NumberText) {
        isPossible = false
        guard !number.hasExponent, field[0] &- 0x30 <= 9 else { return }
        guard let form = form ?? (number.hasMark ? Self.pointed : Self.forms)[field.count],
            let seconds = form.seconds(field), Self.sane.contains(seconds) || Self.never.contains(seconds)
        else { return }
        self.form = form
        isPossible = true
    }

    /// The form of all numbers; nil where they are no dates without marks.
    var dates: TimeForm? { isPossible ? form : nil }

    // MARK: Epochs

    private static let nameWords: Set<String> = [
        "timestamp", "timestamps", "ts", "time", "times", "datetime", "date", "epoch", "unix", "unixtime",
        "unixtimestamp",
        "utc", "at", "created", "updated", "modified", "mtime", "ctime", "atime", "when",
    ]
    /// What numbers of ten digits are called that are no times.
    private static let otherWords: Set<String> = [
        "id", "ids", "key", "code", "no", "nr", "number", "num", "index", "phone", "telephone", "tel", "mobile", "cell",
        "fax",
        "amount", "price", "cost", "value", "revenue", "sales", "income", "salary", "budget", "gross", "total", "sum",
        "balance", "population", "count", "views", "size", "bytes", "volume", "account", "isbn", "ean", "upc", "gdp",
    ]

    /// The words of a column's name: `createdAt`, `created_at` and `Created at` have two.
    static func words(of name: String) -> Set<String> {
        var words: Set<String> = []
        var word = ""
        for letter in name {
            if !letter.isLetter || letter.isUppercase && word.last?.isLowercase == true {
                words.insert(word.lowercased())
                word = ""
            }
            if letter.isLetter { word.append(letter) }
        }
        words.insert(word.lowercased())
        return words
    }

    /// What is known of a column of numbers.
    struct Numbers {
        let name: String
        let minimum: Double
        let maximum: Double
        let decimals: Int
        let leastDecimals: Int
        /// What stands before the decimals.
        let mark: UInt8
        let isWhole: Bool
        /// Different ones.
        let distinct: Int
        /// Whether they fill their range.
        let isGapless: Bool
        /// Those that are divisible by a thousand seconds or a hundred, of all that were looked at; nil where none were.
        let roundShare: Double?
    }

    /// The form of numbers that are seconds or milliseconds since 1970; nil where they are none.
    static func epoch(_ numbers: Numbers) -> TimeForm? {
        let words = words(of: numbers.name)
        let isNamed = !words.isDisjoint(with: nameWords)
        for (parts, format) in [(1, "EPOCH"), (1000, "EPOCHMS")] {
            let first = numbers.minimum / Double(parts), last = numbers.maximum / Double(parts)
            // 1990-01-01 to 2050-01-01, or 2000-01-01 to 2040-01-01
            let range = isNamed ? 631_152_000.0...2_524_608_000.0 : 946_684_800.0...2_208_988_800.0
            guard range.contains(first), range.contains(last), first < last else { continue }
            guard isNamed || mayBeTimes(numbers, words, seconds: last - first) else { continue }
            let mark = String(decoding: [numbers.mark], as: UTF8.self)
            if numbers.isWhole {
                if numbers.decimals == 0 { return TimeForm(format: format) }
                if numbers.decimals == 1, numbers.leastDecimals == 1 { return TimeForm(format: format + mark + "0") }
            }
            guard isNamed || numbers.isWhole, parts == 1, numbers.decimals <= 9 else { continue }
            return TimeForm(format: format + mark + String(repeating: "F", count: numbers.decimals))
        }
        return nil
    }

    /// Whether numbers in the range of times are such, though their column's name doesn't say so.
    private static func mayBeTimes(_ numbers: Numbers, _ words: Set<String>, seconds: Double) -> Bool {
        numbers.isWhole && numbers.distinct >= ColumnPlan.leastIdentifiers && !numbers.isGapless
            && (86_400...25 * 366 * 86_400).contains(seconds) && words.isDisjoint(with: otherWords)
            && !IdentifierShape.isName(numbers.name) && numbers.roundShare.map { $0 < 0.2 } ?? true
    }
}
