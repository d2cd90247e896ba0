import Adversarial
import Codecs
import Datasets
import HTTPServer
import Jobs
import Store
import TestSupport
import Testing

@testable import Service

/// Samples of images as a ZIP, and what evens out a training set's classes.
@Suite struct SampleArchiveTests {
    private struct File: Equatable {
        let name: String
        let pixels: [UInt8]

        var folder: String { name.split(separator: "/").dropLast().joined(separator: "/") }
    }

    private static func files(_ reply: Reply) throws -> [File] {
        #expect(reply.status == 200 && reply.header("Content-Type") == "application/zip", "\(reply.text)")
        let folder = try TemporaryFolder()
        try DurableFile.write(reply.bytes, to: folder.file("samples.zip"))
        let reader = try ArchiveReader(path: folder.file("samples.zip"), format: .zip)
        var files: [File] = []
        while let entry = try reader.next() {
            let image = try PNG.decode(try reader.entrySource().readAll(limit: 1 << 16), maximumPixels: 64)
            files.append(File(name: entry.name, pixels: image.pixels))
        }
        return files
    }

    /// Of each class how many training items there are.
    private static func counts(_ model: TrainedModel) throws -> [String: Int] {
        let store = model.fixture.store
        let manifest = try Dataset(opening: store.folder.decoded(of: store.model(model.id).datasetID)).manifest
        return Dictionary(uniqueKeysWithValues: zip(manifest.schema.classes, manifest.classCounts))
    }

    private static func tally(_ names: some Sequence<String>) -> [String: Int] {
        names.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    // MARK: ZIP

    @Test(arguments: [1, 40, 1500])
    func anArchiveHoldsEachImageInItsClassesFolder(count: Int) throws {
        let model = try TrainedModel.unevenImages.get()
        let query = "n=\(count)&seed=1&checkpoint=20"
        let reply = try model.fixture.get("\(model.samples)?\(query)&format=zip")
        let json = try model.fixture.get("\(model.samples)?\(query)").json
        let pixels = try model.fixture.get("\(model.samples)?\(query)&format=npy").bytes.suffix(count * 64)
        let classes = try #require(json["classes"]?.array).compactMap(\.string)
        let expected = classes.enumerated().map { index, name in
            let digits = String("\(1_000_000 + index)".dropFirst())
            let start = pixels.startIndex + index * 64
            return File(name: "\(name)/\(digits).png", pixels: Array(pixels[start..<start + 64]))
        }
        #expect(try Self.files(reply) == expected)
        #expect(reply.header("Gand-Seed") == "1" && reply.header("Gand-Checkpoint") == "20")
    }

    @Test func imagesOfNoClassStandAtTheRoot() throws {
        let model = try TrainedModel.plainImages.get()
        let files = try Self.files(model.fixture.get("\(model.samples)?n=3&seed=1", ["Accept": "application/zip"]))
        #expect(files.map(\.name) == ["000000.png", "000001.png", "000002.png"])
    }

    @Test func aHundredThousandAreMadeWhileTheyAreSent() throws {
        let model = try TrainedModel.unevenImages.get()
        let request = try HTTPRequest(target: "\(model.samples)?n=100000&seed=1&format=zip")
        guard case .stream(let stream, nil) = model.fixture.router.respond(to: request).body else {
            Issue.record("100,000 files are not streamed")
            return
        }
        for _ in 0..<4 { #expect(try #require(try stream.next()).count < 1 << 20) }
    }

    @Test func pointsAreNoFilesOfAnArchive() throws {
        let model = try TrainedModel.points.get()
        let reply = try model.fixture.get("\(model.samples)?format=zip")
        expectProblem(reply, 422, "not_images")
        #expect(reply.json["detail"] == "Points can be had as JSON, PNG, NPY and CSV.")
    }

    // MARK: Balance

    @Test func withoutANumberTheClassesBecomeEven() throws {
        let model = try TrainedModel.unevenImages.get()
        let counts = try Self.counts(model)
        #expect(Set(counts.values).count == 3, "\(counts)")
        let reply = try model.fixture.get("\(model.samples)?balance=classes&seed=4", ["Accept": "*/*"])
        let drawn = Self.tally(try Self.files(reply).map(\.folder))
        #expect(counts.merging(drawn, uniquingKeysWith: +).values.allSatisfy { $0 == counts["common"] })
        #expect(drawn["common"] == nil)
    }

    @Test func aNumberGoesToTheClassesThatHaveFewest() throws {
        let model = try TrainedModel.unevenImages.get()
        let counts = try Self.counts(model)
        let query = "balance=classes&seed=4&checkpoint=20&format=json"
        let (rare, rarest) = (try #require(counts["rare"]), try #require(counts["größer"]))
        let gap = rare - rarest
        let few = try model.fixture.get("\(model.samples)?\(query)&n=\(gap + 4)").json
        #expect(few["count"]?.integer == Int64(gap + 4))
        #expect(
            Self.tally(few["classes"]?.array?.compactMap(\.string) ?? []) == ["größer": gap + 2, "rare": 2],
            "\(counts)")
        // More than it takes: what is left goes to all in turn.
        let many = try model.fixture.get("\(model.samples)?\(query)&n=3000").json
        let filled = counts.merging(
            Self.tally(many["classes"]?.array?.compactMap(\.string) ?? []), uniquingKeysWith: +)
        #expect(filled.values.max().map { $0 - 1 } ?? 0 <= filled.values.min() ?? 0, "\(filled)")
        #expect(many["samples"]?.array.map { Array($0.prefix(gap + 4)) } == few["samples"]?.array)
    }

    @Test func whatAsksForAnotherFormGetsIt() throws {
        let model = try TrainedModel.unevenImages.get()
        let target = "\(model.samples)?balance=classes&n=3"
        for (accept, type) in [
            ("application/json", "application/json"), ("image/png, */*;q=0.1", "image/png"),
            ("application/*", "application/zip"), ("application/json;q=0.1, */*", "application/zip"),
        ] {
            let reply = try model.fixture.get(target, ["Accept": accept])
            #expect(reply.header("Content-Type") == type, "\(accept)")
        }
        #expect(try model.fixture.get("\(target)&format=npy").header("Content-Type") == "application/x-npy")
        #expect(try model.fixture.get(target).header("Content-Type") == "application/zip")
        #expect(try model.fixture.get("\(model.samples)?n=3").header("Content-Type") == "application/json")
    }

    @Test func postTakesTheSameAsJSON() throws {
        let model = try TrainedModel.unevenImages.get()
        let get = try model.fixture.get("\(model.samples)?balance=classes&seed=5&checkpoint=10")
        let post = try model.fixture.post(model.samples, ["balance": "classes", "seed": 5, "checkpoint": 10])
        #expect(post.status == 200 && post.bytes == get.bytes)
        expectProblem(
            try model.fixture.post(model.samples, ["balance": "classes", "class": "rare"]), 422, "invalid_samples",
            places: ["/balance"])
    }

    @Test func theArchiveUploadedIsADatasetOfTheSameClasses() throws {
        let model = try TrainedModel.unevenImages.get()
        for query in ["balance=classes&seed=4", "n=60&seed=1&format=zip"] {
            let reply = try model.fixture.get("\(model.samples)?\(query)")
            let names = Set(try Self.files(reply).map(\.folder))
            let id = try model.fixture.dataset(reply.bytes)
            let dataset = try model.fixture.get("/v1/datasets/\(id)").json
            #expect(dataset["kind"] == "images" && dataset["state"] == "ready" && dataset["problem_count"] == 0)
            #expect(dataset["schema"]?["classes"]?.array?.compactMap(\.string) == names.sorted())
            #expect(names.isSubset(of: Set(try Self.counts(model).keys)) && names.count >= 2)
            #expect(dataset["schema"]?["height"] == 8 && dataset["schema"]?["channels"] == 1)
        }
    }

    // MARK: Refusals

    private static let faults: [(model: Result<TrainedModel, any Error>, query: String, place: String)] = [
        (TrainedModel.unevenImages, "balance=classes&class=rare", "balance"),
        (TrainedModel.unevenImages, "balance=größer", "balance"),
        (TrainedModel.unevenImages, "balance=classes&n=0", "n"),
        (TrainedModel.unevenImages, "balance=classes&n=100001", "n"),
        (TrainedModel.unevenImages, "balance=classes&n=5000&format=png", "n"),
        (TrainedModel.unevenImages, "balance=classes&encoding=png_base64", "encoding"),
        (TrainedModel.unevenImages, "balance=classes&where=a:b", "where"),
        (TrainedModel.plainImages, "balance=classes", "balance"),
        (TrainedModel.points, "balance=classes", "balance"),
    ]

    @Test(arguments: faults.indices)
    func whatCantBeEvenedOutIsNamed(index: Int) throws {
        let fault = Self.faults[index]
        let model = try fault.model.get()
        let query = fault.query.replacing("ö", with: "%C3%B6")
        expectProblem(
            try model.fixture.get("\(model.samples)?\(query)"), 422, "invalid_samples", places: [fault.place])
    }

    private static func count(_ format: String, counts: [Int]) throws -> Int {
        let forms = ImageForms(schema: ImageSchema(height: 8, width: 8, channels: 1, classes: ["a", "b"]))
        let request = SampleRequest(count: 1, seed: 0, choice: .balance(ClassBalance(counts: counts)))
        return try forms.usualCount(of: request, as: #require(SampleFormat(rawValue: format)))
    }

    @Test func whatIsEvenOrTakesTooManyIsRefused() throws {
        #expect(try Self.count("zip", counts: [100_001, 1]) == 100_000)
        #expect(try Self.count("png", counts: [4_097, 1]) == 4_096)
        #expect { try Self.count("zip", counts: [100_002, 1]) } throws: { error in
            (error as? SampleRequestError)?.detail.contains("100001 samples") == true
        }
        #expect { try Self.count("png", counts: [4_098, 1]) } throws: { error in
            (error as? SampleRequestError)?.detail.contains("png gives 4096") == true
        }
        #expect { try Self.count("zip", counts: [7, 7]) } throws: { error in
            (error as? SampleRequestError)?.detail.contains("as many items") == true
        }
    }

    @Test func theDescriptionHasTheForm() throws {
        let document = try TrainedModel.points.get().fixture.get("/openapi.json").json
        for method in ["get", "post"] {
            let reply = document["paths"]?["/v1/models/{id}/samples"]?[method]?["responses"]?["200"]
            #expect(reply?["content"]?["application/zip"] != nil)
        }
    }
}
