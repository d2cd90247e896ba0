import Codecs
import Store
import Testing

@Suite struct UploadStoreTests {
    private func begin(_ store: Store, length: Int = 8, limit: Int = 9) throws -> UploadRecord? {
        try store.createUpload(
            NewUpload(
                name: "ring", requestedKind: "auto", parameters: ["size": "8x8"], metadata: "name cmluZw==",
                length: length), limit: limit)
    }

    @Test func anUploadThatIsWholeBecomesADataset() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let upload = try #require(try begin(store))
        #expect(try store.offset(of: upload) == 0)
        try DurableFile.write(Array("x,y\n1,2\n".utf8), to: store.folder.resumable(upload.id))
        #expect(try store.offset(of: upload) == 8)
        #expect(try store.finishedUploads() == [upload])
        let dataset = try store.completeUpload(upload.id, sha256: "ab")
        #expect(upload.parameters == ["size": "8x8"] && dataset.parameters == upload.parameters)
        #expect(dataset.name == "ring" && dataset.bytes == 8 && dataset.sha256 == "ab" && dataset.state == .validating)
        #expect(
            try ReadableFile.contents(of: store.folder.upload(of: dataset.id), limit: 9) == Array("x,y\n1,2\n".utf8))
        #expect(!FileTree.exists(store.folder.resumable(upload.id)))
        // Told again, it is the same.
        #expect(try store.completeUpload(upload.id, sha256: "ab") == dataset)
        let after = try store.upload(upload.id)
        #expect(after.datasetID == dataset.id)
        #expect(try store.offset(of: after) == 8)
        #expect(try store.finishedUploads().isEmpty)
        try store.deleteUpload(upload.id)
        #expect(try store.dataset(dataset.id).id == dataset.id)
        expectError(.notFound) { try store.upload(upload.id) }
    }

    @Test func onlySoManyAreUnderWay() throws {
        let fixture = try StoreFixture()
        let first = try #require(try begin(fixture.store, limit: 2))
        _ = try begin(fixture.store, limit: 2)
        #expect(try begin(fixture.store, limit: 2) == nil)
        #expect(try FileTree.names(in: fixture.path + "/data/uploads").count == 2)
        try fixture.store.deleteUpload(first.id)
        #expect(try begin(fixture.store, limit: 2) != nil)
    }

    @Test func whatIsntGoneOnWithIsForgotten() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let (old, busy) = (try #require(try begin(store)), try #require(try begin(store)))
        fixture.clock.advance(seconds: Store.uploadLifetime)
        let touched = try #require(try begin(store))
        try store.expireUploads()
        #expect(try store.upload(old.id) == old)
        fixture.clock.advance(seconds: 1)
        try store.touchUpload(touched.id)
        try store.expireUploads { $0 == busy.id }
        expectError(.notFound) { try store.upload(old.id) }
        #expect(!FileTree.exists(store.folder.resumable(old.id)))
        #expect(try store.upload(busy.id).id == busy.id)
        #expect(try store.upload(touched.id).id == touched.id)
    }

    @Test func anUploadMayGoWhileOldOnesAreForgotten() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let uploads = try (0..<2).map { _ in try #require(try begin(store)) }
        fixture.clock.advance(seconds: Store.uploadLifetime + 1)
        try store.expireUploads { id in
            // Its client deletes it just then.
            if id == uploads[0].id { try? store.deleteUpload(id) }
            return false
        }
        for upload in uploads { expectError(.notFound) { try store.upload(upload.id) } }
    }

    @Test func aPowerCutLosesNothingOfAnUpload() throws {
        let fixture = try StoreFixture()
        let upload = try #require(try begin(fixture.store))
        try DurableFile.write(Array("x,y\n".utf8), to: fixture.store.folder.resumable(upload.id))
        let store = try fixture.afterPowerCut()
        #expect(try store.removeOrphans().isEmpty)
        #expect(try store.offset(of: store.upload(upload.id)) == 4)
        // A file that no row names is one whose row wasn't written, or whose dataset has it.
        try DurableFile.write([1], to: store.folder.resumable("upl_x"))
        #expect(try store.removeOrphans() == [store.folder.resumable("upl_x")])
        try store.close()
    }
}
