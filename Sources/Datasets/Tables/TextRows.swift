import Codecs

/// The rows of a text in which the columns of a schema stand, wherever they do.
struct TextRows {
    /// Where in a row each column stands.
    let places: [Int]
    /// The row that `next` read.
    private(set) var row = CSVRow()
    private let upload: Upload
    private let reader: any RowSource
    /// Fields of each row.
    private let width: Int
    private var count = 0
    /// Whether `row` is the text's first and hasn't been given out.
    private var hasFirst: Bool

    /// Reads the names of the columns, where the text has them.
    ///
    /// - Parameters:
    ///   - columns: the schema's. Where the first row names all of them, they are found by these names, and others are left
    ///     out; else they stand in the schema's order.
    ///   - maximum: fields that a row may have.
    ///   - isHeader: whether the first row names columns, though not all of these.
    /// - Throws: `DatasetError` with code `no_usable_item`, `too_many_columns`, `csv_column_twice`, `missing_columns`,
    ///   `columns_differ`, `not_utf8` or `nul_byte`; `CodecError`, `FileError`.
    init(
        _ upload: Upload, _ table: TextTable, columns: [String], maximum: Int, isHeader: (CSVRow) -> Bool
    ) throws {
        self.upload = upload
        reader = try table.rows()
        guard try reader.next(&row) else {
            throw DatasetError(code: "no_usable_item", detail: "the table has no rows")
        }
        width = row.count
        guard width <= maximum else {
            throw DatasetError(
                code: "too_many_columns",
                detail: "the table has \(width) columns; \(maximum) are the most that is taken")
        }
        try RowText.check(row)
        let fields = ColumnNames.fields(of: row)
        let missing = Set(columns).subtracting(ColumnNames.filled(fields))
        if missing.isEmpty {
            let names = try ColumnNames.names(fields, count: width)
            let found = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
            places = columns.compactMap { found[$0] }
            hasFirst = false
            return
        }
        guard !reader.hasNames, !isHeader(row) else { throw Self.missing(columns.filter(missing.contains)) }
        guard width == columns.count else { throw DatasetError.columnsDiffer("the table", width, columns) }
        places = Array(columns.indices)
        hasFirst = true
    }

    /// Reads the next row that has as many fields as the first; those between that have not are problems.
    ///
    /// - Returns: whether there was one.
    /// - Throws: `DatasetError` with code `no_usable_item`, `too_many_items`, `not_utf8`, `nul_byte` or `stopped`;
    ///   `CodecError`, `FileError`.
    mutating func next(noting problems: inout ProblemList) throws -> Bool {
        while try takesFirst() || reader.next(&row) {
            if upload.shouldStop() { throw DatasetError.stopped }
            count += 1
            guard count <= upload.limits.maximumItems else { throw DatasetError.tooManyItems(upload.limits) }
            try RowText.check(row)
            if row.count == width { return true }
            problems.addRagged(row, expected: width)
        }
        guard count > 0 else {
            throw DatasetError(code: "no_usable_item", detail: "the table has a header and no rows")
        }
        return false
    }

    private mutating func takesFirst() -> Bool {
        defer { hasFirst = false }
        return hasFirst
    }

    private static func missing(_ columns: [String]) -> DatasetError {
        DatasetError(
            code: "missing_columns",
            detail: "the table's first row doesn't name the "
                + "\(columns.count == 1 ? "column" : "columns") \(DatasetError.list(columns)); "
                + "all that were learned from are needed, in any order")
    }
}

extension DatasetError {
    /// An upload without names has more or fewer columns than the schema.
    static func columnsDiffer(_ what: String, _ count: Int, _ columns: [String]) -> DatasetError {
        DatasetError(
            code: "columns_differ",
            detail: "\(what) has \(count) \(count == 1 ? "column" : "columns") where \(columns.count) were expected: "
                + list(columns))
    }

    /// The first ten names, for a sentence.
    fileprivate static func list(_ names: [String]) -> String {
        names.prefix(10).map { "\"\($0.prefix(100))\"" }.joined(separator: ", ")
            + (names.count > 10 ? " and so on" : "")
    }
}
