import Adversarial
import Codecs
import Datasets
import Foundation
import TestSupport
import Testing
import Torch

/// From an upload to samples, through the stored dataset.
@Suite struct EndToEndTests {
    @Test func theAutoPresetFindsEveryModeOfARing() throws {
        let folder = try TemporaryFolder()
        let dataset = try ring(in: folder)
        let body = #"{"dataset_id":"ds_1","seed":1,"training":{"batch_size":128}}"#
        let spec = try resolve(body, dataset.manifest).spec
        let trainer = try Trainer(spec: spec, dataset: dataset)
        for _ in 0..<1000 { _ = try trainer.advance() }
        let block = try Sampler(trainer.snapshot()).samples(SampleRequest(count: 1000, seed: 1), range: 0..<1000)
        guard case .floats(let points) = block.values else {
            Issue.record("no points")
            return
        }
        var counts = [Int](repeating: 0, count: 8)
        for index in 0..<1000 {
            let (x, y) = (Double(points[2 * index]), Double(points[2 * index + 1]))
            let mode = Int((atan2(y, x) / (.pi / 4)).rounded() + 8) % 8
            let distance = hypot(x - cos(Double(mode) * .pi / 4), y - sin(Double(mode) * .pi / 4))
            if distance < 0.15 { counts[mode] += 1 }
        }
        #expect(counts.allSatisfy { $0 > 0 }, "\(counts)")
    }

    @Test func aStoredDatasetResumesBitForBit() throws {
        let folder = try TemporaryFolder()
        let dataset = try ring(in: folder, count: 300)
        let spec = try resolve(#"{"dataset_id":"ds_1","seed":1,"training":{"batch_size":100}}"#, dataset.manifest).spec
        let whole = try Trainer(spec: spec, dataset: dataset)
        let first = try Trainer(spec: spec, dataset: dataset)
        for _ in 0..<4 { _ = try first.advance() }
        _ = try writeCheckpoint(first, to: folder.makeFolder("4"))
        let second = try Trainer(spec: spec, dataset: dataset, resumingFrom: folder.file("4"))
        for _ in 0..<9 { _ = try whole.advance() }
        for _ in 4..<9 { _ = try second.advance() }
        let wholeFiles = try whole.writeCheckpoint(to: folder.makeFolder("whole")).files
        #expect(try second.writeCheckpoint(to: folder.makeFolder("resumed")).files == wholeFiles)
    }

    /// The count is the whole process', so it's taken in one where nothing else runs.
    @Test func nothingLeaks() async {
        await #expect(processExitsWith: .success) {
            let before = Engine.liveTensorCount
            for (index, model) in SmallModel.all.enumerated() {
                let trainer = try model.trainer()
                _ = try trainer.advance()
                let during = Engine.liveTensorCount
                // The first one has R1 and R2, whose graphs are differentiated twice.
                for _ in 0..<(index == 0 ? 2_000 : 20) { _ = try trainer.advance() }
                guard Engine.liveTensorCount == during else { exit(2) }
                let sampler = try Sampler(trainer.snapshot())
                _ = try sampler.samples(SampleRequest(count: 300, seed: 1), range: 0..<300)
            }
            guard Engine.liveTensorCount == before else { exit(3) }
        }
    }
}

/// A stored dataset of points near eight places on the unit circle.
func ring(in folder: TemporaryFolder, count: Int = 2000) throws -> Dataset {
    var random = TestRandom(seed: 5)
    var table = "x,y\n"
    for index in 0..<count {
        let angle = Double(index % 8) * .pi / 4
        let (x, y) = (
            Double.random(in: -0.02...0.02, using: &random), Double.random(in: -0.02...0.02, using: &random)
        )
        table += "\(cos(angle) + x),\(sin(angle) + y)\n"
    }
    let upload = try folder.write(Array(table.utf8), as: "ring.csv")
    let stored = try folder.makeFolder("ring")
    _ = try DatasetImporter.importDataset(
        upload: upload, into: stored, kind: nil, limits: DatasetLimits(), shouldStop: { false })
    return try Dataset(opening: stored)
}
