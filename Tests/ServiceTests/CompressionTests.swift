import Codecs
import HTTPServer
import TestSupport
import Testing

@Suite struct CompressionTests {
    private static let gzip: HTTPHeaders = ["Accept-Encoding": "br, gzip"]

    private func expanded(_ reply: Reply) throws -> [UInt8] {
        try GzipSource(MemorySource(reply.bytes)).readAll(limit: 1 << 26)
    }

    @Test func textIsCompressedForClientsThatTakeIt() throws {
        let model = try TrainedModel.points.get()
        let svg = try model.fixture.get("\(model.metrics)?format=svg", Self.gzip)
        #expect(try expanded(svg).starts(with: Array("<?xml".utf8)) && svg.header("Content-Encoding") == "gzip")
        for target in [model.metrics, "/openapi.json", "\(model.samples)?n=500&seed=1"] {
            let plain = try model.fixture.get(target)
            let compressed = try model.fixture.get(target, Self.gzip)
            #expect(plain.header("Content-Encoding") == nil)
            #expect(plain.header("Vary") == "Accept-Encoding", "\(target)")
            #expect(compressed.header("Content-Encoding") == "gzip", "\(target)")
            #expect(compressed.bytes.count < plain.bytes.count * 2 / 3, "\(target)")
            #expect(try String(decoding: expanded(compressed), as: UTF8.self) == plain.text, "\(target)")
        }
    }

    @Test func longStreamsAreCompressedAsTheyAreMade() throws {
        let model = try TrainedModel.points.get()
        let target = "\(model.samples)?n=20000&seed=1&checkpoint=20"
        let compressed = try model.fixture.get(target, Self.gzip)
        #expect(compressed.header("Content-Encoding") == "gzip")
        #expect(try expanded(compressed) == model.fixture.get(target).bytes)
    }

    @Test func aTagNamesBothFormsAndAChangeMayNameEither() throws {
        let model = try TrainedModel.points.get()
        let plain = try #require(try model.fixture.get(model.metrics).header("ETag"))
        let weak = try #require(try model.fixture.get(model.metrics, Self.gzip).header("ETag"))
        #expect(weak == "W/" + plain)
        #expect(try model.fixture.get(model.metrics, ["If-None-Match": weak]).status == 304)

        let fixture = try ServiceFixture(workers: 0)
        let spec = ServiceFixture.tinySpec(try fixture.points(), steps: 3)
        let job = "/v1/jobs/\(try fixture.post("/v1/jobs", spec).json["id"]?.string ?? "")"
        let shown = try fixture.get(job, Self.gzip)
        let tag = try #require(shown.header("ETag"))
        #expect(shown.header("Content-Encoding") == "gzip" && tag.hasPrefix("W/"))
        func rename() throws -> Int {
            try fixture.send(
                .patch, job, headers: ["If-Match": tag], body: .bytes(Array(#"{"name":"renamed"}"#.utf8))
            ).status
        }
        #expect(try rename() == 200)
        #expect(try rename() == 412)
    }

    @Test(arguments: ["/v1", "/livez"])
    func shortRepliesStayAsTheyAre(target: String) throws {
        let reply = try ServiceFixture(workers: 0).get(target, Self.gzip)
        #expect(reply.header("Content-Encoding") == nil)
        #expect(reply.json.object != nil)
    }

    @Test func picturesAndArraysStayAsTheyAre() throws {
        let model = try TrainedModel.points.get()
        for format in ["png", "npy"] {
            let reply = try model.fixture.get("\(model.samples)?n=2000&seed=1&format=\(format)", Self.gzip)
            #expect(reply.header("Content-Encoding") == nil && reply.header("Vary") == nil)
        }
    }

    @Test(arguments: [
        ("gzip", true), ("GZIP", true), ("deflate, gzip;q=0.5", true), ("*", true), ("*;q=0.1", true),
        ("gzip ; q=1", true), ("br", false), ("gzip;q=0", false), ("gzip; q=0.0, *", false), ("*;q=0", false),
        ("identity", false), ("", false), ("x-gzip2", false), ("gzip;q=lots", false),
    ])
    func theClientsWishCounts(field: String, isCompressed: Bool) throws {
        let model = try TrainedModel.points.get()
        let reply = try model.fixture.get(model.metrics, ["Accept-Encoding": field])
        #expect((reply.header("Content-Encoding") == "gzip") == isCompressed)
    }
}
