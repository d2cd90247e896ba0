import Adversarial
import Codecs
import Jobs
import Store
import TestSupport
import Testing

@Suite struct DataFolderCheckTests {
    @Test func damageIsFoundWhereItIs() throws {
        let fixture = try JobsFixture(trainings: EngineTrainings(), monotonic: .system)
        let dataset = try fixture.imported(SampleDatasets.pointsTable(count: 200))
        let submitted = try fixture.center.submit([
            "dataset_id": .string(dataset.id), "seed": 7,
            "model": ["latent_dim": 4, "generator": ["hidden": [8]], "discriminator": ["hidden": [8]]],
            "training": ["steps": 4, "batch_size": 16], "checkpoint": ["every_steps": 2],
        ])
        let job = try fixture.job(submitted.id, after: .succeeded)
        let sound = try DataFolderCheck.run(on: fixture.store)
        #expect(sound.findings.isEmpty, "\(sound.findings)")
        #expect(sound.datasets == 1 && sound.checkpoints == 2)

        let folder = fixture.store.folder
        try damage(folder.checkpoint(of: job.modelID, step: 2) + "/weights.safetensors")
        try damage(folder.upload(of: dataset.id))
        try FileTree.remove(folder.decoded(of: dataset.id))
        let stray = folder.model("mdl_stray")
        try FileTree.createFolder(stray)
        let check = try DataFolderCheck.run(on: fixture.store)
        #expect(check.findings.map(\.subject) == [dataset.id, "\(job.modelID) at step 2", stray], "\(check.findings)")
        #expect(check.findings.first?.detail.contains("sha256") == true)
        // Looked at, and left.
        #expect(try FileTree.names(in: stray).isEmpty)
    }

    /// Changes a byte in the middle of a file.
    private func damage(_ path: String) throws {
        var bytes = try ReadableFile.contents(of: path, limit: 1 << 24)
        bytes[bytes.count / 2] ^= 0x20
        try DurableFile.write(bytes, to: path)
    }
}
