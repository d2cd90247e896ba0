import ArgumentParser
import Codecs
import Datasets
import Glibc

/// `gand-bench import`.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import a CSV as a table, and tell how long it took and what memory.",
        discussion: "`peers/forms_table.py` writes tables whose values are written in one form or another.")

    @Argument(help: "The CSV.")
    var upload: String

    func run() throws {
        try TemporaryFolder.with { folder in
            let clock = ContinuousClock()
            let start = clock.now
            let manifest = try DatasetImporter.importDataset(upload: upload, into: folder, kind: .table)
            let (whole, rest) = start.duration(to: clock.now).components
            var usage = rusage()
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            var types: [String: Int] = [:]
            for column in (manifest.schema as? TableSchema)?.columns ?? [] {
                types[column.type.rawValue, default: 0] += 1
            }
            let report: JSON = [
                "rows": .integer(Int64(manifest.itemCount)),
                "types": .object(
                    types.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .integer(Int64($0.value))) }),
                "seconds": .number(Double(whole) + Double(rest) / 1e18),
                "processor_seconds": .number(
                    Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                        + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6),
                "peak_mebibytes": .number(Double(usage.ru_maxrss) / 1024),
            ]
            print(String(decoding: report.bytes, as: UTF8.self))
        }
    }
}
