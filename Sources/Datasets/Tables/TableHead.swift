import Codecs

/// The first bytes of a CSV: what stands above the table, and its rows as each delimiter would have them.
struct TableHead {
    /// Rows that are looked at.
    private static let rowLimit = 500
    /// Lines that may be no part of the table.
    private static let lineLimit = 2_000

    private let bytes: [UInt8]
    /// Its first lines, without their breaks and the byte order mark.
    private let lines: [ArraySlice<UInt8>]
    /// Lines that are blank, or say what separates the fields, at its beginning.
    let firstLine: Int
    /// What the text says that separates its fields, as Excel reads it from `sep=;`.
    let namedDelimiter: UInt8?

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        lines = Self.lines(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...])
        var blank = lines.prefix(while: Self.isEmpty).count
        if blank == lines.count { blank = lines.prefix(while: Self.isBlank).count }
        namedDelimiter = blank < lines.count ? Self.delimiter(namedBy: lines[blank]) : nil
        let named = namedDelimiter == nil ? blank : blank + 1
        firstLine = named + lines.dropFirst(named).prefix(while: Self.isBlank).count
    }

    /// Lines of comments and blank ones between them, from `firstLine` on; none where nothing else follows.
    var comments: Range<Int> {
        let end = lines[firstLine...].firstIndex { !CommentMark.begins($0) && !Self.isBlank($0) } ?? firstLine
        return firstLine..<end
    }

    /// The last line that is a comment.
    var lastComment: Int? { comments.last { CommentMark.begins(lines[$0]) } }

    /// Whether one of the first lines is drawn: hyphens, and bars or crosses between them.
    var isDrawn: Bool {
        textLines.prefix(3).contains { line in
            let marks = Set(line)
            return marks.isSubset(of: Array("-+|:= ".utf8)) && line.count { $0 == UInt8(ascii: "-") } >= 3
                && !marks.isDisjoint(with: Array("+|".utf8))
        }
    }

    /// The fields of one line.
    func fields(ofLine line: Int, _ delimiter: TableDialect.Delimiter) -> [[UInt8]] {
        TableHead(Array(lines[line])).split(delimiter, skippedLines: 0).rows.first ?? []
    }

    /// Lines of the table itself, the first of them where there is no preamble.
    var textLines: ArraySlice<ArraySlice<UInt8>> { lines[min(firstLine, lines.count)...] }

    /// The rows that follow so many lines, without the last where the bytes may end within it.
    func split(_ delimiter: TableDialect.Delimiter, skippedLines: Int) -> TableSplit {
        var split = TableSplit(delimiter: delimiter, skippedLines: skippedLines)
        let source = MemorySource(bytes)
        let text: any ByteSource = delimiter == .space ? ConvertedSource(source, BlankRunConversion()) : source
        var reader = CSVReader(text, delimiter: delimiter.byte)
        var row = CSVRow()
        // What is wrong with the text, its import will say.
        guard (try? reader.skipLines(skippedLines)) != nil else { return split }
        while split.rows.count < Self.rowLimit, (try? reader.next(&row)) == true {
            split.add(row)
        }
        if bytes.count >= DialectSniffer.headSize, split.rows.count < Self.rowLimit { split.dropLast() }
        return split
    }

    private static func isBlank(_ line: ArraySlice<UInt8>) -> Bool {
        line.allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }

    /// Whether a line has nothing but delimiters, as spreadsheets write empty rows.
    private static func isEmpty(_ line: ArraySlice<UInt8>) -> Bool {
        line.allSatisfy {
            $0 == 0x20 || [.comma, .semicolon, .tab, .pipe].map(\TableDialect.Delimiter.byte).contains($0)
        }
    }

    private static func lines(_ text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = text
        while !rest.isEmpty, lines.count < lineLimit {
            let end = rest.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? rest.endIndex
            lines.append(rest[rest.startIndex..<end])
            let isPair = end + 1 < rest.endIndex && rest[end] == 0x0D && rest[end + 1] == 0x0A
            rest = rest[min(rest.endIndex, end + (isPair ? 2 : 1))...]
        }
        return lines
    }

    /// The byte that a line such as `sep=;` names, with or without quotes; it may be followed by delimiters.
    private static func delimiter(namedBy line: ArraySlice<UInt8>) -> UInt8? {
        var text = line.filter { $0 != UInt8(ascii: "\"") }
        guard String(decoding: text.prefix(4), as: UTF8.self).lowercased() == "sep=", text.count > 4 else { return nil }
        text.removeFirst(4)
        if text.starts(with: Array("\\t".utf8)) { return text.count == 2 ? 0x09 : nil }
        guard let mark = text.first, text.allSatisfy({ $0 == mark || Self.isDelimiter($0) }) else { return nil }
        return mark
    }

    private static func isDelimiter(_ byte: UInt8) -> Bool {
        TableDialect.Delimiter.allCases.contains { $0.byte == byte }
    }
}

/// The first rows of a table as one delimiter has them.
struct TableSplit {
    let delimiter: TableDialect.Delimiter
    /// Lines above the first row.
    private(set) var skippedLines: Int
    private(set) var rows: [[[UInt8]]] = []
    /// On which line each begins, counted from 1.
    private var lines: [Int] = []

    init(delimiter: TableDialect.Delimiter, skippedLines: Int) {
        self.delimiter = delimiter
        self.skippedLines = skippedLines
    }

    mutating func add(_ row: CSVRow) {
        rows.append((0..<row.count).map { Array(row[$0]) })
        lines.append(row.line)
    }

    mutating func dropLast() {
        guard rows.count > 1 else { return }
        rows.removeLast()
        lines.removeLast()
    }

    /// The same from a row on.
    func dropping(_ count: Int) -> TableSplit {
        var rest = self
        rest.rows.removeFirst(count)
        rest.lines.removeFirst(count)
        rest.skippedLines = (rest.lines.first ?? 1) - 1
        return rest
    }

    /// Fields of the first row; 0 without one.
    var width: Int { rows.first?.count ?? 0 }

    /// The share of rows that have as many fields as the first.
    var agreement: Double {
        rows.isEmpty ? 0 : Double(rows.count { $0.count == width }) / Double(rows.count)
    }

    /// Whether all rows below the first have so many fields, and there are two of them at least.
    func hasWidthBelow(_ width: Int) -> Bool {
        rows.count >= 3 && rows.dropFirst().allSatisfy { $0.count == width }
    }

    /// Whether the first row names the columns.
    ///
    /// It doesn't where all of its fields are numbers, times above times or missing; nor where it is built as the rows below: its
    /// numbers and times above such, its words above words, and there is a time, or a number and a word that comes again.
    /// Years may name columns; `39, Private` above `50, Private` doesn't.
    func isHeader(mark: UInt8) -> Bool {
        guard let first = rows.first else { return false }
        let kinds = first.map { FieldSort($0, mark: mark) }
        guard kinds.contains(.word) else { return namesTimes(kinds, mark: mark) }
        var hasTimes = false
        var recurs = false
        for (column, kind) in kinds.enumerated() {
            let below = fields(below: column)
            let found = sorts(below, mark: mark)
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

    /// Whether a first row without words names times, as Jan-21, Feb-21: above columns that hold none.
    private func namesTimes(_ kinds: [FieldSort], mark: UInt8) -> Bool {
        let times = kinds.indices.filter { kinds[$0] == .time }
        return !times.isEmpty
            && times.allSatisfy { column in
                let below = sorts(fields(below: column), mark: mark)
                return below.contains(.number) && !below.contains(.time)
            }
    }

    /// Whether the first row surely names the columns: all of it are words, each another, none of which comes again below, and
    /// a column below it has nothing but numbers or times.
    var isSurelyHeader: Bool {
        guard let first = rows.first, rows.count > 1, Set(first).count == first.count else { return false }
        let mark = UInt8(ascii: ".")
        guard first.allSatisfy({ FieldSort($0, mark: mark) == .word }) else { return false }
        return first.indices.allSatisfy { !fields(below: $0).contains(first[$0]) }
            && first.indices.contains { hasBelow(.number, $0) || hasBelow(.time, $0) }
    }

    /// Whether a column has nothing but fields of one sort below the first row.
    func hasBelow(_ sort: FieldSort, _ column: Int) -> Bool {
        let below = fields(below: column)
        return [UInt8(ascii: "."), UInt8(ascii: ",")].contains { sorts(below, mark: $0) == [sort] }
    }

    /// Whether some column has nothing but numbers of which three or more stand in each field, with blanks between them.
    var hasNumbersRunTogether: Bool {
        (0..<width).contains { column in
            rows.allSatisfy { row in
                guard column < row.count else { return false }
                let parts = row[column].split(separator: 0x20)
                return parts.count >= 3 && parts.allSatisfy { FieldSort(Array($0), mark: UInt8(ascii: ".")) == .number }
            }
        }
    }

    private func fields(below column: Int) -> [[UInt8]] {
        rows.dropFirst().compactMap { column < $0.count ? $0[column] : nil }
    }

    private func sorts(_ fields: [[UInt8]], mark: UInt8) -> Set<FieldSort> {
        Set(fields.map { FieldSort($0, mark: mark) }).subtracting([.nothing])
    }
}
