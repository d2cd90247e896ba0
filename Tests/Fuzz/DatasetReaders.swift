import Adversarial
import Codecs
import Datasets
import TestSupport

/// The readers of what a dataset or a job is made of.
enum DatasetReaders {
    private static let stored: String = {
        do {
            return try FuzzFolder.shared.makeFolder("stored")
        } catch {
            fatalError("no folder for datasets: \(error)")
        }
    }()

    private static let limits: DatasetLimits = {
        var limits = DatasetLimits()
        limits.maximumEntries = 100
        limits.maximumItems = 10_000
        limits.maximumItemBytes = 1 << 16
        limits.maximumItemPixels = 1 << 14
        limits.maximumExpandedBytes = 1 << 20
        limits.maximumTableColumns = 100
        return limits
    }()

    /// An upload becomes a dataset that can be opened, or is refused with a `DatasetError`; pictures also where they are scaled.
    static func upload(_ bytes: [UInt8], kind: DatasetKind?) throws {
        let path = try FuzzFolder.shared.write(bytes, as: "upload")
        guard try upload(at: path, kind, parameters: [:]) else { return }
        _ = try upload(
            at: path, kind, parameters: ["size": "8x11", "fit": bytes.count.isMultiple(of: 2) ? "pad" : "crop"])
    }

    /// - Returns: whether it has pictures.
    private static func upload(at path: String, _ kind: DatasetKind?, parameters: [String: String]) throws -> Bool {
        do {
            let manifest = try DatasetImporter.importDataset(
                upload: path, into: stored, kind: kind, parameters: parameters, limits: limits)
            let dataset = try Dataset(opening: stored)
            precondition(dataset.manifest == manifest)
            for form in dataset.identifiers.compactMap(\.self) {
                let text = IdentifierText(form)
                let made = (0..<20 as Range<UInt64>).compactMap { text.text(of: $0) }
                precondition(Set(made).count == made.count)
            }
            return manifest.kind == .images
        } catch let error as DatasetError where error.code != "manifest_unreadable" {
            return error.code.hasPrefix("size")
        }
    }

    /// A job's body, for datasets of each kind that there is.
    static func spec(_ bytes: [UInt8]) {
        guard let body = try? JSON(parsing: bytes) else { return }
        for dataset in datasets {
            do throws(SpecError) {
                _ = try SpecResolver.heading(of: body)
                let resolution = try SpecResolver.resolve(body, dataset: dataset, machine: machine)
                precondition(resolution.memoryBytes >= 0)
                _ = try SpecResolver.raise(resolution.spec, changes: body)
            } catch {}
        }
    }

    private static let machine = MachineLimits(memoryBytes: 64 << 30, cores: 2, threadsPerJob: 1)

    private static let datasets = [
        DatasetManifest(
            schema: PointSchema(columns: ["x", "y"], mean: [0, 0], standardDeviation: [1, 1]),
            itemCount: 1000, trainingCount: 1000, holdoutCount: 0),
        DatasetManifest(
            schema: ImageSchema(height: 28, width: 28, channels: 1, classes: ["a", "b"]), itemCount: 200,
            trainingCount: 200, holdoutCount: 0, classCounts: [100, 100]),
    ]
}
