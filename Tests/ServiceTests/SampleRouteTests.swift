import Codecs
import HTTPServer
import Jobs
import Store
import TestSupport
import Testing

@Suite struct SampleRouteTests {
    @Test func pointsAreAsTheContractShowsThem() throws {
        let model = try TrainedModel.points.get()
        let reply = try model.fixture.get("\(model.samples)?n=2&seed=42").json
        #expect(
            reply.object?.map(\.name).sorted() == [
                "checkpoint", "columns", "count", "kind", "model_id", "samples", "seed", "shape",
            ])
        #expect(reply["model_id"]?.string == model.id)
        #expect(reply["checkpoint"]?.integer == Int64(TrainedModel.steps))
        #expect(reply["seed"] == 42 && reply["count"] == 2 && reply["kind"] == "points")
        #expect(reply["columns"] == ["x", "y"] && reply["shape"] == [2])
        #expect(reply["samples"]?.array?.map { $0.array?.count } == [2, 2])
    }

    @Test func imagesAreNestedAsTheirShapeSaysWithTheirClasses() throws {
        let model = try TrainedModel.images.get()
        let reply = try model.fixture.get("\(model.samples)?n=3&seed=1&class=1,0").json
        #expect(reply["shape"] == [8, 8, 1])
        #expect(reply["classes"] == ["1", "0", "1"])
        let rows = try #require(reply["samples"]?.array?.first?.array)
        #expect(rows.count == 8 && rows[0].array?.count == 8 && rows[0].array?[0].array?.count == 1)
        let encoded = try model.fixture.get("\(model.samples)?n=3&seed=1&class=1,0&encoding=png_base64").json
        #expect(encoded["samples"]?.array?.first?.string?.hasPrefix("iVBORw0KGgo") == true)
    }

    @Test func picturesInBase64AreTheNestedImages() throws {
        let model = try TrainedModel.images.get()
        let query = "n=40&seed=1&checkpoint=20"
        let nested = try #require(try model.fixture.get("\(model.samples)?\(query)").json["samples"]?.array)
        let encoded = try model.fixture.get("\(model.samples)?\(query)&encoding=png_base64").json["samples"]?.array
        let texts = try #require(encoded).compactMap(\.string)
        #expect(texts.count == 40)
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        for (text, image) in zip(texts, nested) {
            let bits = text.prefix { $0 != "=" }.flatMap { digit in
                let value = digits.firstIndex(of: digit) ?? 0
                return (0..<6).map { value >> (5 - $0) & 1 }
            }
            let bytes = (0..<bits.count / 8).map { byte in
                UInt8(bits[byte * 8..<byte * 8 + 8].reduce(0) { $0 << 1 | $1 })
            }
            let pixels = image.array?.flatMap { $0.array ?? [] }.flatMap { $0.array ?? [] }.map(\.integer)
            #expect(try PNG.decode(bytes, maximumPixels: 64).pixels.map { Int64($0) } == pixels)
        }
    }

    @Test(arguments: ["json", "npy", "png", "zip"])
    func theSameSeedGivesTheSameBytesAndAnotherDoesNot(format: String) throws {
        let model = try TrainedModel.images.get()
        let target = "\(model.samples)?n=5&checkpoint=20&format=\(format)"
        let first = try model.fixture.get("\(target)&seed=3")
        #expect(first.status == 200)
        #expect(try model.fixture.get("\(target)&seed=3").bytes == first.bytes)
        #expect(try model.fixture.get("\(target)&seed=4").bytes != first.bytes)
    }

    @Test func fewerSamplesAreAPrefixOfMore() throws {
        let model = try TrainedModel.points.get()
        let four = try model.fixture.get("\(model.samples)?n=4&seed=9").json["samples"]?.array
        let eight = try model.fixture.get("\(model.samples)?n=8&seed=9").json["samples"]?.array
        #expect(four.map { $0[...] } == eight?.prefix(4))
    }

    @Test func postTakesTheSameAsJSON() throws {
        let model = try TrainedModel.images.get()
        let get = try model.fixture.get("\(model.samples)?n=3&seed=5&class=1&truncation=2&checkpoint=10")
        let post = try model.fixture.post(
            model.samples, ["n": 3, "seed": 5, "class": ["1"], "truncation": 2, "checkpoint": 10])
        #expect(post.status == 200, "\(post.text)")
        #expect(post.bytes == get.bytes)
        let walk = try model.fixture.post(model.samples, ["n": 2, "seed": 1, "interpolate": ["42", 43]])
        #expect(walk.bytes == (try model.fixture.get("\(model.samples)?n=2&seed=1&interpolate=42,43").bytes))
    }

    @Test func arraysHaveTheirShapeAndAKnownLength() throws {
        let images = try TrainedModel.images.get()
        let reply = try images.fixture.get("\(images.samples)?n=5&seed=1", ["Accept": "application/x-npy"])
        #expect(reply.header("Content-Type") == "application/x-npy")
        #expect(reply.text.contains("'shape': (5, 8, 8, 1)") && reply.text.contains("|u1"))
        let points = try TrainedModel.points.get()
        let many = try points.fixture.get("\(points.samples)?n=5000&seed=1&format=npy")
        #expect(many.bytes.count.isMultiple(of: 64))
        guard case .stream(_, let length) = many.response.body else {
            Issue.record("5,000 samples are not streamed")
            return
        }
        #expect(length == many.bytes.count)
        #expect(many.bytes.count > 5000 * 8)
    }

    @Test func csvHasTheColumnsAndARowASample() throws {
        let model = try TrainedModel.points.get()
        let lines = try model.fixture.get("\(model.samples)?n=3&format=csv").text.split(separator: "\n")
        #expect(lines.count == 4 && lines[0] == "x,y")
        let images = try TrainedModel.images.get()
        expectProblem(try images.fixture.get("\(images.samples)?format=csv"), 422, "not_tabular")
    }

    @Test func picturesAreGridsAndScatterPlots() throws {
        let images = try TrainedModel.images.get()
        let reply = try images.fixture.get("\(images.samples)?n=6&grid_columns=2&format=png")
        let grid = try PNG.decode(reply.bytes, maximumPixels: 1 << 20)
        #expect(grid.width == 2 * 10 + 2 && grid.height == 3 * 10 + 2)
        #expect(reply.header("Gand-Checkpoint") == "20")
        #expect(reply.header("Gand-Seed").flatMap(UInt64.init) != nil)
        let points = try TrainedModel.points.get()
        let plot = try PNG.decode(
            try points.fixture.get("\(points.samples)?n=100", ["Accept": "image/png"]).bytes, maximumPixels: 1 << 22)
        #expect(plot.width >= 64)
    }

    @Test(arguments: [1, 2, 7, 300])
    func theGridIsThatOfTheSamplesOneByOne(count: Int) throws {
        let model = try TrainedModel.images.get()
        let query = "n=\(count)&seed=2&checkpoint=20"
        let array = try model.fixture.get("\(model.samples)?\(query)&format=npy").bytes.suffix(count * 64)
        let images = (0..<count).map { index in
            let start = array.startIndex + index * 64
            return PixelImage(width: 8, height: 8, channels: 1, pixels: Array(array[start..<start + 64]))
        }
        for columns in [nil, 3] as [Int?] {
            let wanted = columns.map { "&grid_columns=\($0)" } ?? ""
            let reply = try model.fixture.get("\(model.samples)?\(query)&format=png\(wanted)")
            #expect(try PNG.decode(reply.bytes, maximumPixels: 1 << 24) == ImageGrid.compose(images, columns: columns))
        }
    }

    private static let faults: [(query: String, status: Int, place: String)] = [
        ("n=0", 422, "n"), ("n=-5", 422, "n"), ("n=1000000000", 422, "n"), ("n=99999999999999999999", 422, "n"),
        ("n=ten", 400, "n"), ("n=5000&format=png", 422, "n"), ("n=100001&format=zip", 422, "n"),
        ("seed=-1", 422, "seed"), ("seed=abc", 400, "seed"),
        ("seed=18446744073709551616", 422, "seed"), ("class=9", 422, "class"), ("class=,", 422, "class"),
        ("truncation=0", 422, "truncation"), ("truncation=x", 400, "truncation"),
        ("interpolate=1", 400, "interpolate"), ("interpolate=1,x", 400, "interpolate"),
        ("checkpoint=newest", 400, "checkpoint"), ("grid_columns=0&format=png", 422, "grid_columns"),
        ("grid_columns=2", 422, "grid_columns"), ("encoding=jpeg", 400, "encoding"),
        ("format=gif", 400, "format"), ("n=1&n=2", 400, "n"),
    ]

    @Test(arguments: faults)
    func aBadRequestIsNamed(query: String, status: Int, place: String) throws {
        let model = try TrainedModel.images.get()
        expectProblem(try model.fixture.get("\(model.samples)?\(query)"), status, places: [place])
    }

    private static let bodies: [(body: String, place: String)] = [
        (#"{"n":"many"}"#, "/n"), (#"{"n":0}"#, "/n"), (#"{"seed":-1}"#, "/seed"), (#"{"seed":1.5}"#, "/seed"),
        (#"{"seed":18446744073709551615}"#, "/seed"), (#"{"class":[["1"]]}"#, "/class"), (#"{"extra":1}"#, "/extra"),
        (#"{"interpolate":[1,2,3]}"#, "/interpolate"), (#"{"checkpoint":true}"#, "/checkpoint"), ("[]", ""),
    ]

    @Test(arguments: bodies)
    func aBadBodyIsNamed(body: String, place: String) throws {
        let model = try TrainedModel.images.get()
        let reply = try model.fixture.send(.post, model.samples, body: .bytes(Array(body.utf8)))
        expectProblem(reply, 422, places: [place])
    }

    @Test func anUnknownClassNamesTheKnownOnes() throws {
        let model = try TrainedModel.images.get()
        let reply = try model.fixture.get("\(model.samples)?class=9")
        expectProblem(reply, 422, "unknown_class")
        #expect(reply.json["detail"]?.string?.contains("0, 1") == true)
        let points = try TrainedModel.points.get()
        expectProblem(try points.fixture.get("\(points.samples)?class=1"), 422, "unknown_class")
    }

    @Test func whatDoesNotExistIs404AndWhatIsNotReadyIs409() throws {
        let model = try TrainedModel.points.get()
        expectProblem(try model.fixture.get("\(model.samples)?checkpoint=7"), 404, "checkpoint_not_found")
        let fixture = try ServiceFixture(workers: 0)
        let job = try fixture.post("/v1/jobs", ServiceFixture.tinySpec(try fixture.points(), steps: 3)).json
        let id = try #require(job["model_id"]?.string)
        expectProblem(try fixture.get("/v1/models/\(id)/samples"), 409, "model_not_ready")
        #expect(try fixture.get("/v1/models/\(id)").json["ready"] == false)
    }

    @Test func samplesThatAClientHasAreNotSentAgain() throws {
        let model = try TrainedModel.points.get()
        let target = "\(model.samples)?seed=1&checkpoint=20"
        let first = try model.fixture.get(target)
        #expect(first.header("Cache-Control") == "no-cache")
        let tag = try #require(first.header("ETag"))
        #expect(try model.fixture.get(target, ["If-None-Match": tag]).status == 304)
        #expect(try model.fixture.get("\(model.samples)?seed=2&checkpoint=20", ["If-None-Match": tag]).status == 200)
    }

    @Test func aCheckpointThatIsWrittenAnewHasOtherSamples() throws {
        let fixture = try ServiceFixture()
        let checkpoints: JSON = ["every_steps": 10]
        let trained = try fixture.trained(
            ServiceFixture.tinySpec(fixture.points(), steps: 20, [.init(name: "checkpoint", value: checkpoints)]))
        let model = try #require(trained["model_id"]?.string)
        func samples(_ step: Int, _ headers: HTTPHeaders = [:]) throws -> Reply {
            try fixture.get("/v1/models/\(model)/samples?seed=1&checkpoint=\(step)", headers)
        }
        let (earlier, before) = (try samples(10), try samples(20))
        let tag = try #require(before.header("ETag"))
        // No worker is to take the job.
        fixture.jobs.drain()
        try rollBackAndSave(fixture.store, job: #require(trained["id"]?.string), to: 10, anew: 20)
        let after = try samples(20, ["If-None-Match": tag])
        #expect(after.status == 200 && after.header("ETag") != tag)
        #expect(after.json["samples"] == earlier.json["samples"] && after.json["samples"] != before.json["samples"])
        #expect(before.header("Cache-Control") == "no-cache")
    }

    /// Does what a repair does, except that the new checkpoint's weights are those of the one rolled back to.
    private func rollBackAndSave(_ store: Store, job id: String, to step: Int, anew: Int) throws {
        var job = try store.job(id)
        for state in [JobState.queued, .running] {
            job = try store.apply(
                JobTransition(
                    job: id, from: job.state, epoch: job.epoch, to: state, attempt: job.attempt, crashes: 0))
        }
        try store.rollBack(to: step, resolved: job.resolved, data: [:], claim: job.claim)
        let checkpoint = try store.checkpoint(of: job.modelID, step: step)
        let folder = store.temporaryPath("checkpoint")
        try FileTree.createFolder(folder)
        for file in try store.files(of: checkpoint) where file.name != "manifest.json" {
            let bytes = try ReadableFile.contents(
                of: store.path(ofFile: file.name, in: checkpoint), limit: 1 << 20)
            try DurableFile.write(bytes, to: "\(folder)/\(file.name)")
        }
        _ = try store.commit(
            NewCheckpoint(
                step: anew, samplesSeen: 1, trainingSeconds: 1, folder: folder, manifest: checkpoint.manifest, keep: 3),
            claim: job.claim)
        _ = try store.apply(
            JobTransition(
                job: id, from: .running, epoch: job.epoch, to: .succeeded, attempt: job.attempt, crashes: 0,
                stopReason: .steps))
    }

    @Test func tenMillionSamplesAreMadeWhileTheyAreSent() throws {
        let model = try TrainedModel.points.get()
        let request = try HTTPRequest(target: "\(model.samples)?n=10000000&seed=1")
        guard case .stream(let stream, nil) = model.fixture.router.respond(to: request).body else {
            Issue.record("ten million samples are not streamed")
            return
        }
        for _ in 0..<4 {
            let piece = try #require(try stream.next())
            #expect(piece.count < 1 << 20)
        }
    }

    @Test func longRepliesEqualShortOnes() throws {
        let model = try TrainedModel.images.get()
        let long = try model.fixture.get("\(model.samples)?n=3000&seed=1&checkpoint=20")
        guard case .stream = long.response.body else {
            Issue.record("3,000 images are not streamed")
            return
        }
        let samples = try #require(long.json["samples"]?.array)
        #expect(samples.count == 3000)
        #expect(long.json["classes"]?.array?.count == 3000)
        let short = try model.fixture.get("\(model.samples)?n=16&seed=1&checkpoint=20").json
        #expect(short["samples"]?.array == Array(samples.prefix(16)))
        #expect(short["classes"]?.array == long.json["classes"]?.array.map { Array($0.prefix(16)) })
    }
}
