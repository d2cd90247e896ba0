import Codecs

/// Tells by a table's first rows how its text is written.
struct DialectSniffer {
    /// Bytes that are looked at.
    static let headSize = 1 << 18

    /// What is done to rows so that all have as many fields.
    enum Mending: Equatable {
        case nothing
        /// The rows have a name in front that the first row has none for, as R's write.table writes them.
        case rowNames
        /// Every row but that of the names has a delimiter too many at its end.
        case trailingDelimiters
        /// The names stand behind a comment's mark and a blank, as NumPy's savetxt writes them between blanks.
        case commentedNames
    }

    let delimiter: TableDialect.Delimiter
    private(set) var hasDecimalComma: Bool
    let hasHeader: Bool
    /// Lines above the names, or the first row, that are no part of the table.
    let skippedLines: Int
    let mending: Mending

    init(
        delimiter: TableDialect.Delimiter, hasDecimalComma: Bool, hasHeader: Bool, skippedLines: Int = 0,
        mending: Mending = .nothing
    ) {
        self.delimiter = delimiter
        self.hasDecimalComma = hasDecimalComma
        self.hasHeader = hasHeader
        self.skippedLines = skippedLines
        self.mending = mending
    }

    /// - Throws: `DatasetError` with code `delimiter_unknown` where something else separates the fields than what is taken.
    init(_ head: [UInt8]) throws(DatasetError) {
        let (split, mending) = try DelimiterChoice(TableHead(head)).chosen()
        let data = split.rows.dropFirst()
        let hasDecimalComma =
            split.delimiter != .comma
            && Self.counts(data, mark: UInt8(ascii: ","), groups: split.delimiter == .semicolon)
                > Self.counts(data, mark: UInt8(ascii: "."), groups: true)
        let mark = UInt8(ascii: hasDecimalComma ? "," : ".")
        self.init(
            delimiter: split.delimiter, hasDecimalComma: hasDecimalComma,
            hasHeader: mending != .nothing || split.isHeader(mark: mark), skippedLines: split.skippedLines,
            mending: mending)
    }

    /// Fields that are numbers with that decimal mark, and such in which it may as well stand between thousands, as in 1,234.
    ///
    /// - Parameter groups: whether the latter count.
    private static func counts(_ rows: ArraySlice<[[UInt8]]>, mark: UInt8, groups: Bool) -> (Int, Int) {
        var (certain, grouped) = (0, 0)
        for field in rows.joined() where field.contains(mark) {
            field.withUnsafeBufferPointer { field in
                if let number = NumberText(field.trimmed, mark: mark) {
                    if number.mayBeGrouped { grouped += groups ? 1 : 0 } else { certain += 1 }
                } else {
                    let mark = mark == UInt8(ascii: ",") ? NumberForm.Mark.comma : .point
                    let reading = DecoratedNumber(field.trimmed)?.reading(mark)
                    if let reading, reading.isCertain, reading.decimals > 0 { certain += 1 }
                }
            }
        }
        return (certain, grouped)
    }
}

extension DialectSniffer {
    /// What stands between a number's whole and its fraction.
    var mark: UInt8 { UInt8(ascii: hasDecimalComma ? "," : ".") }

    /// The same with a decimal comma.
    var withDecimalComma: DialectSniffer {
        var other = self
        other.hasDecimalComma = true
        return other
    }
}

/// What a field looks like.
enum FieldSort {
    case nothing
    case number
    case time
    case word

    init(_ field: [UInt8], mark: UInt8) {
        self = field.withUnsafeBufferPointer { field in
            let field = field.trimmed
            if field.count == 0 || NothingWords.contains(field) { return .nothing }
            if NumberText(field, mark: mark) != nil { return .number }
            if TimeForms.isTime(field) { return .time }
            // A unit may be any word, as in a header's "2019 sales".
            return DecoratedNumber(field)?.isUnmistakable == true ? .number : .word
        }
    }

    static func isNumber(_ field: [UInt8], mark: UInt8) -> Bool {
        field.withUnsafeBufferPointer { field in
            NumberText(field.trimmed, mark: mark) != nil || DecoratedNumber(field.trimmed) != nil
        }
    }
}

/// The mark with which a comment begins.
enum CommentMark {
    static func begins(_ line: some Collection<UInt8>) -> Bool {
        line.first == UInt8(ascii: "#") || line.first == UInt8(ascii: "%")
    }

    /// Whether a field is the mark and nothing else.
    static func isAlone(_ field: some Collection<UInt8>) -> Bool {
        begins(field) && field.allSatisfy { $0 == field.first }
    }
}
