import ArgumentParser
import Codecs
import Datasets
import Glibc

/// `gand-bench read`.
struct ReadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read",
        abstract: "Read a table as an upload of it is read, and tell how long it took and what memory.",
        discussion: """
            With --make the table is written first, by another process than the one that reads it:
            gand-bench read --make pipe table && gand-bench read table
            peers/forms_table.py writes tables whose values are written in one form or another.
            """)

    /// How a table is written.
    enum Form: String, ExpressibleByArgument, CaseIterable {
        case csv
        case pipe
        case blanks
        case jsonLines = "json-lines"
        case jsonArray = "json-array"
        case utf16 = "utf-16"
    }

    @Argument(help: "The file.")
    var path: String

    @Option(help: "Write it in this form instead: \(Form.allCases.map(\.rawValue).joined(separator: ", ")).")
    var make: Form?

    @Option(help: "Rows to write.")
    var rows = 1_000_000

    @Option(help: "Columns to write.")
    var columns = 100

    func run() throws {
        if let make { return try MadeTable(form: make, rows: rows, columns: columns).write(to: path) }
        let clock = ContinuousClock()
        let start = clock.now
        let manifest = try TemporaryFolder.with { folder in
            try DatasetImporter.importDataset(upload: path, into: folder, kind: .table)
        }
        let seconds = start.duration(to: clock.now) / .seconds(1)
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        var types: [String: Int] = [:]
        for column in (manifest.schema as? TableSchema)?.columns ?? [] { types[column.type.rawValue, default: 0] += 1 }
        let figures: JSON = [
            "rows": .integer(Int64(manifest.itemCount)), "bytes": .integer(Int64(try ReadableFile(path: path).size)),
            "types": .object(
                types.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .integer(Int64($0.value))) }),
            "seconds": .number(seconds),
            "processor_seconds": .number(
                Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                    + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6),
            "peak_mebibytes": .number(Double(usage.ru_maxrss) / 1024),
        ]
        print(String(decoding: figures.bytes, as: UTF8.self))
    }
}

/// A table of whole numbers, numbers with two decimals and words in turn, the same for the same size.
private struct MadeTable {
    let form: ReadCommand.Form
    let rows: Int
    let columns: Int

    private static let words = ["oslo", "rome", "paris", "new york"]

    func write(to path: String) throws {
        let writer = try DurableFileWriter(path: path)
        var state: UInt64 = 1
        try writer.write(encoded(opening))
        var text = ""
        for row in 0..<rows {
            for column in 0..<columns {
                // Knuth's linear congruential generator.
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                append(value(column, state >> 40), column, isFirstRow: row == 0, to: &text)
            }
            guard row % 1000 == 999 || row == rows - 1 else { continue }
            try writer.write(encoded(text))
            text.removeAll(keepingCapacity: true)
        }
        try writer.write(encoded(form == .jsonArray ? "]\n" : ""))
        try writer.commit()
    }

    private func value(_ column: Int, _ noise: UInt64) -> (text: String, isWord: Bool) {
        switch column % 4 {
        case 0: (String(noise % 1000), false)
        case 1: ("\(noise % 5000).\(noise % 90 + 10)", false)
        case 2: (Self.words[Int(noise % 4)], true)
        default: (String(noise % 7), false)
        }
    }

    private var delimiter: String {
        switch form {
        case .csv, .utf16: ","
        case .pipe: "|"
        case .blanks: "  "
        case .jsonLines, .jsonArray: ","
        }
    }

    private var opening: String {
        switch form {
        case .jsonLines: ""
        case .jsonArray: "["
        case .utf16: "\u{FEFF}" + names
        case .csv, .pipe, .blanks: names
        }
    }

    private var names: String { (0..<columns).map { "c\($0)" }.joined(separator: delimiter) + "\n" }

    private func append(
        _ value: (text: String, isWord: Bool), _ column: Int, isFirstRow: Bool, to text: inout String
    ) {
        let isLast = column == columns - 1
        switch form {
        case .jsonLines, .jsonArray:
            if column == 0 { text += form == .jsonArray && !isFirstRow ? ",{" : "{" }
            text += "\"c\(column)\":"
            text += value.isWord ? "\"\(value.text)\"" : value.text
            text += isLast ? "}\n" : ","
        case .blanks:
            text += value.isWord ? "\"\(value.text)\"" : value.text
            text += isLast ? "\n" : delimiter
        case .csv, .pipe, .utf16:
            text += value.text
            text += isLast ? "\n" : delimiter
        }
    }

    private func encoded(_ text: String) -> [UInt8] {
        guard form == .utf16 else { return Array(text.utf8) }
        return text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    }
}
