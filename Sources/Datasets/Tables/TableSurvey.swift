import Codecs
import Glibc

/// The first pass over a table: its columns' names, its rows, and what each column's values are.
struct TableSurvey {
    let names: [String]
    let columns: [ColumnSurvey]
    let table: TextTable
    private(set) var rowCount = 0

    /// How the text is written.
    var dialect: DialectSniffer { table.dialect }

    /// Reads the whole text.
    ///
    /// - Throws: `DatasetError` with code `no_usable_item`, `too_many_columns`, `csv_column_twice`, `csv_ragged`,
    ///   `not_utf8`, `nul_byte`, `too_many_items` or `stopped`; and what the reader throws.
    init(_ upload: Upload, _ table: TextTable) throws {
        self.table = table
        let dialect = table.dialect
        let reader = try table.rows()
        var row = CSVRow()
        guard try reader.next(&row) else {
            throw DatasetError(code: "no_usable_item", detail: "the table has no rows")
        }
        let width = row.count
        let firstLine = row.line
        guard width <= upload.limits.maximumTableColumns else {
            throw DatasetError(
                code: "too_many_columns",
                detail:
                    "the table has \(width) columns; \(upload.limits.maximumTableColumns) are the most that is taken")
        }
        try RowText.check(row)
        names = try ColumnNames.names(dialect.hasHeader ? ColumnNames.fields(of: row) : nil, count: width)
        columns = names.map { ColumnSurvey(name: $0, limit: upload.limits.maximumCategories, mark: dialect.mark) }
        if dialect.hasHeader {
            guard try reader.next(&row) else {
                throw DatasetError(code: "no_usable_item", detail: "the table has a header and no rows")
            }
        }
        let memory = DictionaryMemory(columns: columns, limit: upload.limits.maximumCategoryMemory)
        var problems = ProblemList()
        repeat {
            if rowCount & 1023 == 0, upload.shouldStop() { throw DatasetError.stopped }
            rowCount += 1
            guard rowCount <= upload.limits.maximumItems else { throw DatasetError.tooManyItems(upload.limits) }
            try RowText.check(row)
            guard row.count == width else {
                problems.addRagged(row, expected: width)
                continue
            }
            row.withFields { fields in
                for index in 0..<width { columns[index].add(fields[index]) }
                memory.note(fields.text.count)
            }
        } while try reader.next(&row)
        guard problems.count == 0 else {
            throw DatasetError(
                code: "csv_ragged", detail: problems.sentence(ragged: rowCount, below: firstLine),
                problems: problems.problems, problemCount: problems.count)
        }
    }
}

/// Holds the dictionaries of a table's columns to a limit: beyond it the largest is given up.
private final class DictionaryMemory {
    private static let pace = 1 << 20

    private let columns: [ColumnSurvey]
    private let limit: Int
    private var unseen = 0

    init(columns: [ColumnSurvey], limit: Int) {
        self.columns = columns
        self.limit = limit
    }

    /// Counts bytes of text that went into the dictionaries.
    func note(_ size: Int) {
        unseen += size + 1
        guard unseen >= Self.pace || limit < Self.pace else { return }
        unseen = 0
        var footprints = columns.map(\.dictionary.footprint)
        var total = footprints.reduce(0, +)
        while total > limit, let largest = footprints.indices.max(by: { footprints[$0] < footprints[$1] }) {
            columns[largest].release()
            let left = columns[largest].dictionary.footprint
            total -= footprints[largest] - left
            guard footprints[largest] > left else { return }
            footprints[largest] = left
        }
    }
}

/// Refuses what no text has.
enum RowText {
    static func check(_ row: CSVRow) throws(DatasetError) {
        let fault = row.withFields { fields in Self.fault(in: fields.text) }
        guard let fault else { return }
        let line = row.line + fault.lines
        if fault.byte == 0 {
            throw DatasetError(
                code: "nul_byte",
                detail: "line \(line) has a NUL byte, which no text has; the file is damaged or binary")
        }
        let hexadecimal = String(fault.byte, radix: 16, uppercase: true)
        throw DatasetError(
            code: "not_utf8",
            detail:
                "line \(line) isn't UTF-8: it has the byte 0x\(hexadecimal) where that can't stand; save the table as "
                + "UTF-8, or turn it by iconv -f LATIN1 -t UTF-8")
    }

    /// The first byte that is wrong, and the line feeds before it.
    private static func fault(in text: UnsafeBufferPointer<UInt8>) -> (byte: UInt8, lines: Int)? {
        guard let base = text.baseAddress, text.count > 0 else { return nil }
        var place: Int?
        if let found = memchr(base, 0, text.count) {
            place = UnsafeRawPointer(found) - UnsafeRawPointer(base)
        } else {
            do { _ = try UTF8Span(validating: text.span) } catch { place = error.byteOffsets.lowerBound }
        }
        guard let place else { return nil }
        return (text[place], TextLines.breaks(base, count: place))
    }
}
