import Adversarial
import ArgumentParser
import Codecs
import Datasets
import Glibc
import Torch

/// `gand-bench table`.
struct TableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table",
        abstract: "Train on a CSV, write synthetic rows, and tell how long each part took.",
        discussion: """
            With --epochs it answers each line "run N" on standard input by N passes over the rows instead, with one line of
            JSON.
            """)

    @Argument(help: "The CSV.")
    var upload: String

    @Option(help: "Members of a job's body, as JSON.")
    var spec = "{}"

    @Option(help: "Threads of the engine.")
    var threads = Machine.cores

    @Option(help: "Rows to write.")
    var rows = 10_000

    @Option(help: "Where to.")
    var out = "synthetic.csv"

    @Option(help: "Write the training rows there too, and say how like them the synthetic ones are.")
    var real: String?

    @Flag(help: "Train pass by pass, as told.")
    var epochs = false

    func run() throws {
        try Engine.checkVersions()
        try TemporaryFolder.with { folder in
            let clock = ContinuousClock()
            var seconds: [(String, Double)] = []
            func timed<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
                let start = clock.now
                let result = try body()
                let (whole, rest) = start.duration(to: clock.now).components
                seconds.append((name + "_seconds", Double(whole) + Double(rest) / 1e18))
                return result
            }
            let manifest = try timed("import") {
                try DatasetImporter.importDataset(upload: upload, into: folder, kind: .table)
            }
            let dataset = try Dataset(opening: folder)
            let limits = MachineLimits(memoryBytes: .max, cores: threads, threadsPerJob: threads)
            let wish = try JSON(parsing: Array(spec.utf8)).object ?? []
            let request = JSON.object([JSON.Member(name: "dataset_id", value: "ds_bench")] + wish)
            let resolved = try SpecResolver.resolve(request, dataset: manifest, machine: limits).spec
            let trainer = try timed("fit") { try Trainer(spec: resolved, dataset: dataset) }
            var last: [Float] = []
            if epochs {
                let fit = seconds.reduce(0) { $0 + ($1.0 == "fit_seconds" ? $1.1 : 0) }
                // Of all rows, as others hold none back.
                let steps = max(1, manifest.itemCount / resolved.training.batchSize)
                return try Turns.serve { count in
                    for _ in 0..<count * steps { last = try trainer.advance().values }
                    return [("fitting_seconds", fit), ("peak_mebibytes", Self.peakMebibytes())]
                }
            }
            try timed("training") {
                for _ in 0..<(resolved.training.length.steps ?? 0) { last = try trainer.advance().values }
            }
            let cells = try timed("sampling") { try write(trainer.snapshot()) }
            let figures =
                try seconds
                + [
                    ("steps", Double(trainer.step)), ("rows", Double(manifest.trainingCount)),
                    ("peak_mebibytes", Self.peakMebibytes()),
                ] + zip(Synthesis.metrics.map(\.name), last).map { ($0, Double($1)) }
                + likeness(of: cells, trainer, dataset)
            print(
                String(
                    decoding: JSON.object(figures.map { JSON.Member(name: $0.0, value: .number($0.1)) }).bytes,
                    as: UTF8.self))
        }
    }

    private static func peakMebibytes() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_maxrss) / 1024
    }

    private func write(_ snapshot: ModelSnapshot) throws -> [Double] {
        let request = SampleRequest(count: rows, seed: 1)
        let block = try Sampler(snapshot).samples(request, range: 0..<rows)
        guard case .cells(let cells) = block.values, let table = snapshot.table else { return [] }
        try write(cells, of: table, to: out)
        return cells
    }

    private func write(_ cells: [Double], of table: TableEncoding, to path: String) throws {
        let text = TableText(schema: table.schema, categories: table.categories, identifiers: table.identifiers)
        var bytes: [UInt8] = []
        text.appendHeader(to: &bytes)
        text.appendCSV(cells, to: &bytes)
        try DurableFile.write(bytes, to: path)
    }

    /// What a report says of the columns and the pairs that go together, if that is asked for.
    private func likeness(of cells: [Double], _ trainer: Trainer, _ dataset: Dataset) throws -> [(String, Double)] {
        guard let real, let table = trainer.table else { return [] }
        let training = try dataset.cells(of: dataset.trainingIndices)
        try write(training, of: table, to: real)
        let columns = table.schema.columns
        let quality = TableQualityMeasure(
            columns: columns, real: TableRows(columns: columns, cells: training).values
        ).quality(of: TableRows(columns: columns, cells: cells).values, columns: columns)
        return [("quality", quality.score)] + quality.shapes.map { ("shape of " + $0.column, $0.score) }
            + quality.trends.filter { !$0.score.isNaN }.map { ("trend of \($0.first), \($0.second)", $0.score) }
    }
}
