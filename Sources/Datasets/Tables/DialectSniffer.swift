import Codecs

/// Tells by a table's first rows how its text is written.
struct DialectSniffer {
    /// Bytes that are looked at.
    static let headSize = 1 << 18
    private static let rowLimit = 500

    let delimiter: TableDialect.Delimiter
    let hasDecimalComma: Bool
    let hasHeader: Bool

    init(delimiter: TableDialect.Delimiter, hasDecimalComma: Bool, hasHeader: Bool) {
        self.delimiter = delimiter
        self.hasDecimalComma = hasDecimalComma
        self.hasHeader = hasHeader
    }

    init(_ head: [UInt8]) {
        let splits = TableDialect.Delimiter.allCases.map { ($0, Self.rows(head, $0)) }
        let (delimiter, rows) = Self.chosen(splits)
        self.delimiter = delimiter
        let data = rows.dropFirst()
        hasDecimalComma =
            delimiter != .comma
            && Self.counts(data, mark: UInt8(ascii: ","), groups: delimiter == .semicolon)
                > Self.counts(data, mark: UInt8(ascii: "."), groups: true)
        let mark = UInt8(ascii: hasDecimalComma ? "," : ".")
        hasHeader = rows.first.map { Self.isHeader($0, above: data, mark: mark) } ?? false
    }

    /// The first rows, without the last where the bytes may end within it.
    private static func rows(_ head: [UInt8], _ delimiter: TableDialect.Delimiter) -> [[[UInt8]]] {
        var reader = CSVReader(MemorySource(head), delimiter: delimiter.byte)
        var row = CSVRow()
        var rows: [[[UInt8]]] = []
        // What is wrong with the text, its import will say.
        while rows.count < rowLimit, (try? reader.next(&row)) == true {
            rows.append((0..<row.count).map { Array(row[$0]) })
        }
        if head.count >= headSize, rows.count > 1, rows.count < rowLimit { rows.removeLast() }
        return rows
    }

    /// The delimiter with which most rows have as many fields as the first, and that more than one.
    ///
    /// Semicolons go before commas where both do, if no row's first line has a comma or the commas stand in numbers.
    private static func chosen(
        _ splits: [(TableDialect.Delimiter, [[[UInt8]]])]
    ) -> (TableDialect.Delimiter, [[[UInt8]]]) {
        var best: (split: (TableDialect.Delimiter, [[[UInt8]]]), agreement: Double)?
        for split in splits {
            guard let width = split.1.first?.count, width > 1 else { continue }
            let agreement = Double(split.1.count { $0.count == width }) / Double(split.1.count)
            let isBetter = best.map { best in
                agreement > best.agreement
                    || agreement == best.agreement && (split.0 == .tab || hasCommasInNumbersAlone(split.1))
            }
            if isBetter ?? true { best = (split, agreement) }
        }
        return best?.split ?? splits[0]
    }

    private static func hasCommasInNumbersAlone(_ rows: [[[UInt8]]]) -> Bool {
        let fields = rows.joined().filter { $0.contains(UInt8(ascii: ",")) }
        return fields.allSatisfy { isNumber($0, mark: UInt8(ascii: ",")) }
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

    private static func isNumber(_ field: [UInt8], mark: UInt8) -> Bool {
        field.withUnsafeBufferPointer { field in
            NumberText(field.trimmed, mark: mark) != nil || DecoratedNumber(field.trimmed) != nil
        }
    }

    private enum Kind {
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
    }

    /// Whether a first row without words names times, as Jan-21, Feb-21: above columns that hold none.
    private static func namesTimes(_ kinds: [Kind], above rows: ArraySlice<[[UInt8]]>, mark: UInt8) -> Bool {
        let times = kinds.indices.filter { kinds[$0] == .time }
        return !times.isEmpty
            && times.allSatisfy { column in
                let below = Set(rows.compactMap { column < $0.count ? Kind($0[column], mark: mark) : nil })
                return below.contains(.number) && !below.contains(.time)
            }
    }

    /// Whether the first row names the columns.
    ///
    /// It doesn't where all of its fields are numbers, times above times or missing; nor where it is built as the rows below: its
    /// numbers and times above such, its words above words, and there is a time, or a number and a word that comes again.
    /// Years may name columns; `39, Private` above `50, Private` doesn't.
    private static func isHeader(_ first: [[UInt8]], above rows: ArraySlice<[[UInt8]]>, mark: UInt8) -> Bool {
        let kinds = first.map { Kind($0, mark: mark) }
        guard kinds.contains(.word) else { return namesTimes(kinds, above: rows, mark: mark) }
        var hasTimes = false
        var recurs = false
        for (column, kind) in kinds.enumerated() {
            let below = rows.compactMap { column < $0.count ? $0[column] : nil }
            let found = Set(below.map { Kind($0, mark: mark) }).subtracting([.nothing])
            switch kind {
            case .nothing: break
            case .word where found.isEmpty || found.contains(.word): recurs = recurs || below.contains(first[column])
            case .number where found.isSubset(of: [.number]): break
            case .time where found == [.time]: hasTimes = true
            default: return true
            }
        }
        return !hasTimes && !(recurs && kinds.contains(.number))
    }
}

extension DialectSniffer {
    /// What stands between a number's whole and its fraction.
    var mark: UInt8 { UInt8(ascii: hasDecimalComma ? "," : ".") }

    /// The same with a decimal comma.
    var withDecimalComma: DialectSniffer {
        DialectSniffer(delimiter: delimiter, hasDecimalComma: true, hasHeader: hasHeader)
    }
}
