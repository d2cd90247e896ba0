import Codecs

/// Chooses what separates a table's fields, and what stands above them.
///
/// In this order:
///
/// 1. what a first line such as `sep=;` names;
/// 2. the comma, semicolon, tab or bar with which at least half of the rows have as many fields as the first, and that more
///    than one. Above the names are passed over: comments, which begin with # or %, where they have another number of fields or
///    names surely follow them; and rows with one field filled, where names surely follow them;
/// 3. one of these with which all rows agree but the first, which lacks a name for R's row names or the delimiters at the
///    rows' ends; or all rows but some lines of a title, where what follows them surely is a row of names;
/// 4. runs of blanks, or a colon, where all rows agree and some column holds nothing but numbers;
/// 5. nothing: the table has one column. Where some other mark splits all lines evenly, the text is refused.
struct DelimiterChoice {
    typealias Choice = (split: TableSplit, mending: DialectSniffer.Mending)

    private static let usual: [TableDialect.Delimiter] = [.comma, .semicolon, .tab, .pipe]
    /// Lines that a title may have.
    private static let titleLimit = 20

    private let head: TableHead
    /// The lines above the first row, comments left out.
    private let skippedLines: Int

    init(_ head: TableHead) {
        self.head = head
        skippedLines = max(head.firstLine, head.comments.upperBound)
    }

    /// - Throws: `DatasetError` with code `delimiter_unknown`.
    func chosen() throws(DatasetError) -> Choice {
        guard !head.isDrawn else { throw DatasetError.drawnTable }
        if let byte = head.namedDelimiter { return try named(byte) }
        let splits = Self.usual.map { head.split($0, skippedLines: skippedLines) }
        let best = Self.best(of: splits)
        if let best, best.agreement >= 0.5 {
            if best.hasNumbersRunTogether, let blanks = blanks() { return blanks }
            return Self.untitled(best).map { ($0, .nothing) } ?? withComments(best)
        }
        if let mended = splits.lazy.compactMap(Self.mended).first { return mended }
        if let titled = splits.compactMap(Self.titled).max(by: { $0.width < $1.width }) { return (titled, .nothing) }
        if let blanks = blanks() { return blanks }
        if let colons = colons() { return (colons, .nothing) }
        if let best { return (withComments(best).split, .nothing) }
        try refuseUnknownMarks()
        return (head.split(.comma, skippedLines: head.firstLine), .nothing)
    }

    private func named(_ byte: UInt8) throws(DatasetError) -> Choice {
        guard let delimiter = TableDialect.Delimiter.allCases.first(where: { $0.byte == byte }) else {
            throw DatasetError.unknownDelimiter(
                "the first line says that \(DatasetError.shown([byte])) separates the fields, which isn't taken")
        }
        let split = head.split(delimiter, skippedLines: skippedLines)
        return Self.mended(split) ?? withComments(split)
    }

    /// Takes the last of the comments to the table where it may be its names: it has as many fields, or the mark more.
    private func withComments(_ split: TableSplit) -> Choice {
        guard let last = head.lastComment, !split.isSurelyHeader else { return (split, .nothing) }
        let names = head.fields(ofLine: last, split.delimiter)
        if names.count == split.width {
            var first = last
            let areWords = names.allSatisfy { FieldSort($0, mark: UInt8(ascii: ".")) == .word }
            // Rows may begin like comments too.
            while !areWords, first > head.comments.lowerBound,
                head.fields(ofLine: first - 1, split.delimiter).count == split.width
            {
                first -= 1
            }
            return (head.split(split.delimiter, skippedLines: first), .nothing)
        }
        guard names.count == split.width + 1, CommentMark.isAlone(names[0]) else { return (split, .nothing) }
        return (head.split(split.delimiter, skippedLines: last), .commentedNames)
    }

    /// The delimiter with which most rows have as many fields as the first, and that more than one.
    ///
    /// Semicolons go before commas where both do, if no row's first line has a comma or the commas stand in numbers.
    private static func best(of splits: [TableSplit]) -> TableSplit? {
        var best: TableSplit?
        for split in splits where split.width > 1 {
            let isBetter = best.map { best in
                split.agreement > best.agreement
                    || split.agreement == best.agreement && (split.delimiter == .tab || split.hasCommasInNumbersAlone)
            }
            if isBetter ?? true { best = split }
        }
        return best
    }

    /// Rows that all have one field more than the first, which are names.
    private static func mended(_ split: TableSplit) -> Choice? {
        let names = split.rows.first ?? []
        let mark = UInt8(ascii: ".")
        guard names.count >= 2, split.hasWidthBelow(names.count + 1), Set(names).count == names.count,
            names.allSatisfy({ FieldSort($0, mark: mark) == .word })
        else { return nil }
        let below = split.rows.dropFirst()
        if below.allSatisfy({ $0[names.count].isEmpty }) { return (split, .trailingDelimiters) }
        // A delimiter that is a part of some field would have a blank after it.
        let isPlain = below.allSatisfy { $0.allSatisfy { $0.first != 0x20 } }
        guard isPlain, Set(below.map { $0[0] }).count == below.count else { return nil }
        return (split, .rowNames)
    }

    /// The table below some lines of fewer fields, where what follows them surely is a row of names.
    private static func titled(_ split: TableSplit) -> TableSplit? {
        guard let width = split.rows.last?.count, width > 1 else { return nil }
        let count = (split.rows.lastIndex { $0.count != width } ?? -1) + 1
        guard (1...titleLimit).contains(count), split.rows[..<count].allSatisfy({ $0.count < width }) else {
            return nil
        }
        let table = split.dropping(count)
        return table.rows.count >= 3 && table.isSurelyHeader ? table : nil
    }

    /// The table below some rows of which one field is filled, as spreadsheets write titles.
    private static func untitled(_ split: TableSplit) -> TableSplit? {
        let count = split.rows.prefix { $0.count { !$0.isEmpty } <= 1 }.count
        guard (1...titleLimit).contains(count), split.rows.count >= count + 3 else { return nil }
        let table = split.dropping(count)
        return table.width == split.width && table.isSurelyHeader ? table : nil
    }

    /// The table whose fields runs of blanks separate, where that is sure.
    private func blanks() -> Choice? {
        let split = head.split(.space, skippedLines: skippedLines)
        if split.width > 1, split.hasWidthBelow(split.width) {
            let numbers = (0..<split.width).count { split.hasBelow(.number, $0) }
            // Two words may be one name.
            guard numbers == split.width || numbers > 0 && split.width > 2 else { return nil }
            return withComments(split)
        }
        guard let mended = Self.mended(split), mended.mending == .rowNames,
            (1...split.width).contains(where: { split.hasBelow(.number, $0) })
        else { return nil }
        return mended
    }

    /// The table whose fields colons separate, where that is sure.
    private func colons() -> TableSplit? {
        let split = head.split(.colon, skippedLines: skippedLines)
        return split.width > 1 && split.hasWidthBelow(split.width) && split.isSurelyHeader ? split : nil
    }

    /// Marks that may separate fields, and aren't taken.
    private static let unknownMarks = ["::", "||", ":", "^", "~", "!", "*", "&", "\u{1}", "\u{1F}", "¦", "§", "¬"]

    /// Refuses a text of which each line has one of these marks, and equally often.
    private func refuseUnknownMarks() throws(DatasetError) {
        // The last may be cut off.
        let lines = head.textLines.filter { !$0.isEmpty }.dropLast(head.textLines.count > 3 ? 1 : 0)
        guard lines.count >= 3, let first = lines.first, !first.contains(UInt8(ascii: "\"")) else { return }
        for mark in Self.unknownMarks.map({ Array($0.utf8) }) {
            let fields = Self.split(first, mark)
            guard fields.count > 1, lines.allSatisfy({ Self.split($0, mark).count == fields.count }) else { continue }
            // Times and addresses of machines have colons of their own.
            let isPlain =
                fields.count > 2 || fields.allSatisfy { FieldSort(Array($0), mark: UInt8(ascii: ".")) == .word }
            guard isPlain, FieldSort(Array(lines.last ?? first), mark: UInt8(ascii: ".")) != .time else { continue }
            throw DatasetError.unknownDelimiter(
                "every line has \(DatasetError.shown(mark)) \(fields.count == 2 ? "once" : "\(fields.count - 1) times"), "
                    + "which isn't taken for what separates fields")
        }
    }

    private static func split(_ line: ArraySlice<UInt8>, _ mark: [UInt8]) -> [ArraySlice<UInt8>] {
        var fields: [ArraySlice<UInt8>] = []
        var start = line.startIndex
        var place = start
        while place < line.endIndex {
            guard line[place...].starts(with: mark) else {
                place += 1
                continue
            }
            fields.append(line[start..<place])
            place += mark.count
            start = place
        }
        return fields + [line[start...]]
    }
}

extension TableSplit {
    fileprivate var hasCommasInNumbersAlone: Bool {
        let fields = rows.joined().filter { $0.contains(UInt8(ascii: ",")) }
        return fields.allSatisfy { FieldSort.isNumber($0, mark: UInt8(ascii: ",")) }
    }
}

extension DatasetError {
    fileprivate static let drawnTable = DatasetError(
        code: "unsupported_format",
        detail:
            "this is a table drawn with lines, as Markdown and databases' shells draw it; write it as CSV, as by psql --csv or "
            + "mysql --batch")

    fileprivate static func unknownDelimiter(_ what: String) -> DatasetError {
        DatasetError(
            code: "delimiter_unknown",
            detail: "\(what); write commas, semicolons, tabs or | in its place, as with pandas: "
                + "pandas.read_csv(\"FILE\", sep=\"MARK\", engine=\"python\").to_csv(\"FILE.csv\", index=False)")
    }

    /// A mark as it can be shown.
    fileprivate static func shown(_ mark: [UInt8]) -> String {
        guard mark.count == 1, mark[0] < 0x20 || mark[0] == 0x7F else {
            return "\"\(String(decoding: mark, as: UTF8.self))\""
        }
        return "the byte 0x\(String(mark[0], radix: 16, uppercase: true))"
    }
}
