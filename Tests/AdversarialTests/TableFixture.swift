import Adversarial
import Codecs
import Datasets
import TestSupport

/// A table of mixed types, made up: columns that depend on one another, with some values missing.
enum TableFixture {
    /// A header and so many rows.
    static func csv(rows: Int) -> String {
        var lines = ["id,city,age,grade,income,visits,member,since"]
        var random = Sequence(state: 7)
        for row in 0..<rows {
            let city = ["Berlin", "Bonn", "Köln, West", "Ulm"][min(3, random.below(7) / 2)]
            let age = 18 + random.below(60)
            let isRich = random.below(100) < (city == "Ulm" ? 80 : 20)
            let income = (isRich ? 4_000 : 1_500) + Double(random.below(100_000)) / 100
            let visits = random.below(10) < 6 ? "0" : "\(random.below(400))"
            lines.append(
                [
                    "C-\(100_000 + row)", city == "Köln, West" ? "\"\(city)\"" : city,
                    random.below(20) == 0 ? "" : "\(age)", "\(1 + random.below(5))", "\(income)", visits,
                    isRich ? "yes" : "no",
                    "20\(10 + random.below(10))-0\(1 + random.below(9))-1\(random.below(10))",
                ].joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Imports a CSV and lends what comes of it.
    static func withDataset<Result>(
        _ csv: String = csv(rows: 600), _ body: (Dataset, TableSchema) throws -> Result
    ) throws -> Result {
        let folder = try TemporaryFolder()
        try DurableFile.write(Array(csv.utf8), to: folder.file("upload"))
        _ = try DatasetImporter.importDataset(upload: folder.file("upload"), into: folder.path, kind: .table)
        let dataset = try Dataset(opening: folder.path)
        guard let schema = dataset.manifest.schema as? TableSchema else {
            throw DatasetError(code: "no_table", detail: "the fixture is no table")
        }
        return try body(dataset, schema)
    }

    /// A small model's spec.
    static func spec(
        _ dataset: Dataset, preset: String = "auto", model: String = "", training: String = "", data: String = "",
        steps: Int = 200
    ) throws -> ResolvedSpec {
        let sizes = #""latent_dim":8,"generator":{"hidden":[24,24]},"discriminator":{"hidden":[24,24]}"#
        return try resolve(
            #"{"dataset_id":"ds_1","seed":3,"preset":"\#(preset)","model":{\#(sizes)\#(model)},"#
                + #""training":{"steps":\#(steps),"batch_size":60\#(training)}\#(data)}"#, dataset.manifest
        ).spec
    }

    /// The networks of a spec.
    static func networks(_ spec: ResolvedSpec) throws -> TabularNetwork {
        guard let networks = spec.model.architecture as? TabularNetwork else {
            throw DatasetError(code: "no_table", detail: "the spec isn't of a table")
        }
        return networks
    }

    /// A generator of numbers that is the same everywhere.
    private struct Sequence {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }
}
