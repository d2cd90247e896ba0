import Codecs

/// Rows of a table's text, one after another, whatever it is written in.
protocol RowSource: AnyObject {
    /// Whether the first row names the columns whatever it holds; else its fields tell.
    var hasNames: Bool { get }

    /// Reads the next row into `row`, whose memory is reused.
    ///
    /// - Returns: whether there was one.
    /// - Throws: `CodecError`, and what reading the upload throws.
    func next(_ row: inout CSVRow) throws -> Bool
}

/// A table that an upload holds as text.
///
/// Every reader of tables gets its rows here, and none asks what the text is written in.
struct TextTable {
    let upload: Upload
    /// How the text is written; JSON is taken as a CSV with commas and a header, which samples of it are written as.
    let dialect: DialectSniffer
    private let text: UploadText
    /// The names of an object's members; nil in a CSV.
    private let members: [[UInt8]]?

    /// Looks at a CSV's first rows, or goes through all of JSON for its names.
    ///
    /// - Throws: `DatasetError`, `CodecError`, `FileError`.
    init(_ upload: Upload) throws {
        guard case .text(let format) = upload.format else { throw DatasetError.notText }
        self.upload = upload
        text = UploadText(upload: upload, format: format)
        switch format.syntax {
        case .csv:
            members = nil
            dialect = try DialectSniffer(text.source().read(upTo: DialectSniffer.headSize))
        case .json:
            members = try Self.members(text, upload)
            dialect = DialectSniffer(delimiter: .comma, hasDecimalComma: false, hasHeader: true)
        }
    }

    private init(_ other: TextTable, _ dialect: DialectSniffer) {
        upload = other.upload
        text = other.text
        members = other.members
        self.dialect = dialect
    }

    /// The same with a decimal comma.
    var withDecimalComma: TextTable { TextTable(self, dialect.withDecimalComma) }

    /// The rows from the first on, that of the columns' names included.
    func rows() throws -> any RowSource {
        guard let members else { return try CSVRows(text.source(), dialect) }
        return JSONRows(try text.source(), members)
    }

    private static func members(_ text: UploadText, _ upload: Upload) throws -> [[UInt8]] {
        var reader = JSONRowReader(try text.source())
        var row = CSVRow()
        var count = 0
        while try reader.next(&row) {
            count += 1
            guard count <= upload.limits.maximumItems else { throw DatasetError.tooManyItems(upload.limits) }
            guard reader.names.count <= upload.limits.maximumTableColumns else {
                throw DatasetError(
                    code: "too_many_columns",
                    detail: "the first \(count) objects have \(reader.names.count) different names, and "
                        + "\(upload.limits.maximumTableColumns) columns are the most that is taken")
            }
            if count & 1023 == 0, upload.shouldStop() { throw DatasetError.stopped }
        }
        guard count == 0 || !reader.names.isEmpty else {
            throw DatasetError(code: "no_usable_item", detail: "none of the \(count) objects has a member")
        }
        return reader.names
    }
}

extension DatasetError {
    fileprivate static let notText = DatasetError(
        code: "unsupported_format", detail: "the upload is no table; send a table as CSV or JSON in UTF-8")
}

/// The rows of a CSV, without what stands above its names.
private final class CSVRows: RowSource {
    let hasNames = false
    private var reader: CSVReader
    private let mending: DialectSniffer.Mending
    /// The lines that are no part of the table, until they were passed over.
    private var skippedLines: Int
    private var isFirst = true
    private var width = 0

    init(_ source: any ByteSource, _ dialect: DialectSniffer) {
        let rows: any ByteSource =
            dialect.delimiter == .space ? ConvertedSource(source, BlankRunConversion()) : source
        reader = CSVReader(rows, delimiter: dialect.delimiter.byte)
        mending = dialect.mending
        skippedLines = dialect.skippedLines
    }

    func next(_ row: inout CSVRow) throws -> Bool {
        if skippedLines > 0 {
            try reader.skipLines(skippedLines)
            skippedLines = 0
        }
        guard try reader.next(&row) else { return false }
        if mending != .nothing { mend(&row) }
        return true
    }

    private func mend(_ row: inout CSVRow) {
        defer { isFirst = false }
        switch mending {
        case .nothing: break
        case .rowNames: if isFirst { row.insertEmptyFirst() }
        case .commentedNames: if isFirst { row.removeFirst() }
        case .trailingDelimiters:
            if isFirst { width = row.count }
            if !isFirst, row.count == width + 1, row[width].isEmpty { row.removeLast() }
        }
    }
}

/// The objects of JSON as rows, after one of their names.
private final class JSONRows: RowSource {
    let hasNames = true
    private var reader: JSONRowReader
    private var isFirst = true

    init(_ source: any ByteSource, _ members: [[UInt8]]) {
        reader = JSONRowReader(source, names: members)
    }

    func next(_ row: inout CSVRow) throws -> Bool {
        guard isFirst, !reader.names.isEmpty else { return try reader.next(&row) }
        isFirst = false
        reader.readNames(&row)
        return true
    }
}
