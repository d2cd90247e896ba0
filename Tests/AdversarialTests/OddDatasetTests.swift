import Adversarial
import Codecs
import Datasets
import TestSupport
import Testing
import Torch

/// Datasets that hardly are any: each trains, or is refused with a sentence.
@Suite struct OddDatasetTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let write: @Sendable (TemporaryFolder) throws -> String
        /// Whether there are held-out items enough to measure quality with.
        let isMeasured: Bool

        var testDescription: String { name }
    }

    private static func points(_ rows: [String]) -> @Sendable (TemporaryFolder) throws -> String {
        { try $0.write(Array(("x,y\n" + rows.joined(separator: "\n") + "\n").utf8), as: "points.csv") }
    }

    static func images(
        _ count: Int, folder name: String = "", value: @escaping @Sendable (Int) -> UInt8
    ) -> @Sendable (TemporaryFolder) throws -> String {
        { folder in
            let archive = try ZIPWriter(path: folder.file("images.zip"))
            for index in 0..<count {
                let pixels = (0..<64).map { _ in value(index) }
                let image = PixelImage(width: 8, height: 8, channels: 1, pixels: pixels)
                try archive.add(name: "\(name)\(index).png", bytes: PNG.encode(image))
            }
            try archive.finish()
            return folder.file("images.zip")
        }
    }

    static let cases = [
        Case(name: "one point", write: points(["1,2"]), isMeasured: false),
        Case(name: "equal points", write: points(Array(repeating: "1,2", count: 400)), isMeasured: false),
        Case(
            name: "points on a line", write: points((0..<400).map { "\($0),5" }), isMeasured: true),
        Case(
            name: "few points again and again", write: points((0..<400).map { "\($0 % 4),\($0 % 3)" }), isMeasured: true
        ),
        Case(name: "one image", write: images(1) { _ in 7 }, isMeasured: false),
        Case(name: "five images", write: images(5) { UInt8($0 * 40) }, isMeasured: false),
        Case(name: "images of one class", write: images(300, folder: "a/") { UInt8($0 % 250) }, isMeasured: true),
        Case(name: "images in plain colours", write: images(300) { UInt8($0 % 250) }, isMeasured: true),
    ]

    @Test(arguments: cases)
    func trains(_ each: Case) throws {
        try Engine.setThreads(1)
        let folder = try TemporaryFolder()
        let stored = try folder.makeFolder("stored")
        _ = try DatasetImporter.importDataset(
            upload: each.write(folder), into: stored, kind: nil, limits: DatasetLimits(), shouldStop: { false })
        let dataset = try Dataset(opening: stored)
        let resolution = try resolve(#"{"dataset_id":"ds_1","seed":1}"#, dataset.manifest)
        let isUniform = resolution.reasons.contains { $0.detail.contains("all items are equal") }
        #expect(isUniform == ["one point", "equal points"].contains(each.name))
        let spec = resolution.spec
        let evaluator = try QualityEvaluator.make(for: dataset)
        do {
            let trainer = try Trainer(spec: spec, dataset: dataset)
            for _ in 0..<3 { #expect(try trainer.advance().isFinite) }
            if let evaluator {
                let report = try trainer.evaluate(with: evaluator)
                #expect(try #require(report.score).isFinite)
                _ = try trainer.overfittingGap(with: evaluator)
            }
        }
        #expect((evaluator != nil) == each.isMeasured)
    }
}
