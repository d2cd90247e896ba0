import Codecs
import Store
import Testing

@Suite struct CheckpointStoreTests {
    @Test(arguments: [1, 2, 4])
    func theNewestAreKept(keep: Int) throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        for step in stride(from: 10, through: 50, by: 10) {
            try fixture.store.commit(try fixture.checkpoint(step, keep: keep), claim: job.claim)
        }
        let kept = Array([50, 40, 30, 20].prefix(keep))
        #expect(try fixture.store.checkpoints(of: job.modelID).map(\.step) == kept)
        #expect(
            try FileTree.names(in: fixture.store.folder.model(job.modelID)) == kept.reversed().map(String.init))
        #expect(try fixture.store.model(job.modelID).latestStep == 50)
        expectError(.notFound, code: "checkpoint_not_found") {
            try fixture.store.checkpoint(of: job.modelID, step: 10)
        }
        #expect(try fixture.store.events(of: job.id).count(where: { $0.kind == .checkpoint }) == 5)
    }

    /// Scores over steps of 10, each by so much above its bar, and the step that is the best after each.
    static let choices: [(scores: [Double?], noise: Double, best: [Int])] = [
        ([0.5, 0.9, 0.2, 0.3], 0, [10, 20, 20, 20]),
        ([0.5, 0.5, 0.4], 0, [10, 20, 20]),
        ([0.90, 0.86, 0.84], 0.05, [10, 20, 20]),
        // Each is within the noise of the one before it, and the last but one is not within that of the first.
        ([0.90, 0.87, 0.86, 0.84, 0.86], 0.05, [10, 20, 30, 30, 50]),
        ([0.90, 0.70, 0.92, 0.88, 0.86], 0.05, [10, 10, 30, 40, 40]),
        ([0.90, nil, 0.88, nil], 0.05, [10, 10, 30, 30]),
        ([nil, nil, 0.3], 0.05, [10, 20, 30]),
    ]

    @Test(arguments: choices)
    func theBestIsTheNewestThatCantBeToldFromTheHighest(scores: [Double?], noise: Double, best: [Int]) throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        for (place, (score, best)) in zip(scores, best).enumerated() {
            let score = score.map { CheckpointScore($0, bar: $0 - noise) }
            // Only one is kept beside the best, which may well not be the one that set the bar.
            let checkpoint = try fixture.checkpoint(10 * (place + 1), keep: 1, score: score)
            try fixture.store.commit(checkpoint, claim: job.claim)
            #expect(try fixture.store.bestCheckpoint(of: job.modelID)?.step == best)
            #expect(try fixture.store.checkpoints(of: job.modelID).count <= 2)
        }
    }

    /// Those that set the bar, and the one that reached it, are gone.
    @Test func afterARollBackTheHighestThatIsLeftIsTheBest() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        func commit(_ step: Int, _ score: Double) throws {
            try fixture.store.commit(
                fixture.checkpoint(step, score: CheckpointScore(score, bar: score - 0.05)), claim: job.claim)
        }
        for (place, score) in [0.9, 0.3, 0.4, 0.5, 0.87].enumerated() { try commit(10 * (place + 1), score) }
        #expect(try fixture.store.bestCheckpoint(of: job.modelID)?.step == 50)
        _ = try fixture.store.rollBack(to: 40, resolved: ["seed": 7], data: [:], claim: job.claim)
        #expect(try fixture.store.bestCheckpoint(of: job.modelID)?.step == 40)
        for (place, score) in [0.8, 0.6, 0.55, 0.5, 0.5].enumerated() { try commit(60 + 10 * place, score) }
        #expect(try fixture.store.bestCheckpoint(of: job.modelID)?.step == 60)
    }

    @Test func aCommitWritesTheManifestAndHowFarTheJobIs() throws {
        let fixture = try StoreFixture()
        let running = try fixture.store.move(try fixture.job(), to: .running, crashes: 2)
        let record = try fixture.store.commit(try fixture.checkpoint(30), claim: running.claim)
        let job = try fixture.store.job(running.id)
        #expect(job.step == 30 && job.samplesSeen == 300 && job.trainingSeconds == 30 && job.crashes == 0)
        #expect(job.revision > running.revision)
        let files = try fixture.store.files(of: record)
        #expect(files.map(\.name) == ["manifest.json", "weights.safetensors"])
        #expect(files.map(\.bytes).reduce(0, +) == record.bytes)
        let manifest = try fixture.store.path(ofFile: "manifest.json", in: record)
        #expect(try JSON(parsing: FileTree.bytes(ofFile: manifest)) == ["step": 30])
        for name in ["../../gand.sqlite", "", ".", "none"] {
            expectError(.notFound) { try fixture.store.path(ofFile: name, in: record) }
        }
    }

    @Test func whatACrashLeftAtItsPlaceIsReplaced() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        let place = fixture.store.folder.checkpoint(of: job.modelID, step: 10)
        try FileTree.createFolder(place)
        try DurableFile.write(Array("half".utf8), to: place + "/optimiser.safetensors")
        try fixture.store.commit(try fixture.checkpoint(10), claim: job.claim)
        #expect(try FileTree.names(in: place) == ["manifest.json", "weights.safetensors"])
    }

    @Test func aSecondCheckpointAtAStepLeavesTheFirst() throws {
        let fixture = try StoreFixture()
        let job = try fixture.runningJob()
        try fixture.store.commit(try fixture.checkpoint(10, weights: "one"), claim: job.claim)
        let second = try fixture.checkpoint(10, weights: "two")
        expectError(.conflict, code: "checkpoint_exists") { try fixture.store.commit(second, claim: job.claim) }
        let place = fixture.store.folder.checkpoint(of: job.modelID, step: 10)
        #expect(try FileTree.bytes(ofFile: place + "/weights.safetensors") == Array("one".utf8))
    }

    @Test(arguments: JobState.allCases)
    func aModelGoesUnlessItsJobIsLive(state: JobState) throws {
        let fixture = try StoreFixture()
        var job = try fixture.runningJob()
        try fixture.store.commit(try fixture.checkpoint(10), claim: job.claim)
        if state != .running { job = try fixture.store.move(try fixture.store.job(job.id), to: state) }
        if state.isLive {
            expectError(.conflict, code: "model_in_use") { try fixture.store.deleteModel(job.modelID) }
        } else {
            try fixture.store.deleteModel(job.modelID)
            expectError(.notFound) { try fixture.store.checkpoints(of: job.modelID) }
            #expect(try fixture.store.job(job.id).state == state)
        }
        #expect(FileTree.exists(fixture.store.folder.model(job.modelID)) == state.isLive)
    }
}
