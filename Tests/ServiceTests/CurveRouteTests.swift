import Codecs
import HTTPServer
import TestSupport
import Testing

@Suite struct CurveRouteTests {
    private static let names = [
        "generator_loss", "discriminator_loss", "real_score", "fake_score", "discriminator_accuracy",
        "generator_gradient_norm", "discriminator_gradient_norm", "steps_per_second",
    ]

    @Test func curvesAreAsTheContractShowsThem() throws {
        let model = try TrainedModel.points.get()
        let curve = try model.fixture.get(model.metrics).json
        #expect(
            curve.object?.map(\.name).sorted() == [
                "downsampled", "job_id", "last_step", "non_finite", "reset", "revision", "series", "source_points",
                "sparse", "step",
            ])
        #expect(curve["step"]?.array?.count == TrainedModel.steps)
        #expect(Set(curve["series"]?.object?.map(\.name) ?? []) == Set(Self.names))
        #expect(curve["series"]?["generator_loss"]?.array?.allSatisfy { $0.number != nil } == true)
        #expect(curve["last_step"]?.integer == Int64(TrainedModel.steps))
        #expect(curve["downsampled"] == false && curve["reset"] == false && curve["revision"] == 0)
        #expect(curve["non_finite"] == [:])
        let score = try #require(curve["sparse"]?["quality/score"])
        #expect(score["step"]?.array?.last == .integer(Int64(TrainedModel.steps)))
        #expect(score["value"]?.array?.count == score["step"]?.array?.count)
    }

    private static let parts: [(query: String, steps: [JSON])] = [
        ("from_step=19", [19, 20]), ("to_step=2", [1, 2]), ("from_step=5&to_step=6", [5, 6]),
        ("since_step=18&revision=0", [19, 20]), ("since_step=20", []), ("to_step=1", [1]),
        ("max_points=4", [1, 10, 11, 20]),
    ]

    @Test(arguments: parts)
    func aPartIsChosenBySteps(query: String, steps: [JSON]) throws {
        let model = try TrainedModel.points.get()
        let curve = try model.fixture.get("\(model.metrics)?names=generator_loss,real_score&\(query)").json
        #expect(curve["step"]?.array == steps)
        #expect(Set(curve["series"]?.object?.map(\.name) ?? []) == ["generator_loss", "real_score"])
        #expect(curve["series"]?["real_score"]?.array?.count == steps.count)
    }

    @Test func anOlderRevisionGetsTheWholeCurveAnew() throws {
        let model = try TrainedModel.points.get()
        let curve = try model.fixture.get("\(model.metrics)?since_step=18&revision=7").json
        #expect(curve["reset"] == true)
        #expect(curve["step"]?.array?.count == TrainedModel.steps)
    }

    @Test func csvHasAHeaderAndARowAStep() throws {
        let model = try TrainedModel.points.get()
        let query = "names=generator_loss,real_score"
        let csv = try model.fixture.get("\(model.metrics)?\(query)", ["Accept": "text/csv"])
        #expect(csv.header("Content-Type") == "text/csv")
        let lines = csv.text.split(separator: "\n")
        #expect(lines.first == "step,generator_loss,real_score")
        #expect(lines.count == TrainedModel.steps + 1)
        #expect(try model.fixture.get("\(model.metrics)?\(query)&format=csv").bytes == csv.bytes)
        let json = try model.fixture.get("\(model.metrics)?\(query)").json
        let last = try #require(lines.last?.split(separator: ",").map { Double($0) })
        #expect(last[1] == json["series"]?["generator_loss"]?.array?.last?.number)
    }

    private static let faults: [(query: String, place: String)] = [
        ("max_points=1", "max_points"), ("max_points=10001", "max_points"), ("from_step=-1", "from_step"),
        ("since_step=x", "since_step"), ("from_step=", "from_step"), ("names=", "names"), ("names=1953", "names"),
        ("names=real_score,Fake", "names"), ("format=xml", "format"),
        ("step=1", "step"),
    ]

    @Test(arguments: faults)
    func aBadParameterIsNamed(query: String, place: String) throws {
        let model = try TrainedModel.points.get()
        expectProblem(try model.fixture.get("\(model.metrics)?\(query)"), 400, places: [place])
    }

    @Test func linesHoldWhatWasMeasuredAtEachStep() throws {
        let model = try TrainedModel.points.get()
        let reply = try model.fixture.get(model.metrics, ["Accept": "application/x-ndjson"])
        #expect(reply.header("Content-Type") == "application/x-ndjson")
        let lines = try reply.text.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
        let curve = try model.fixture.get(model.metrics).json
        #expect(lines.map { $0["step"] } == curve["step"]?.array)
        #expect(lines.map { $0["real_score"] } == curve["series"]?["real_score"]?.array)
        #expect(lines.allSatisfy { $0["wall_time"]?.number ?? 0 > 1e9 && $0["samples_seen"]?.integer ?? 0 > 0 })
        #expect(lines.last?["quality/score"] == curve["sparse"]?["quality/score"]?["value"]?.array?.last)
        #expect(lines.first?["quality/score"] == nil)
    }

    @Test func tensorBoardsShapeHoldsOneCurve() throws {
        let model = try TrainedModel.points.get()
        let curve = try model.fixture.get(model.metrics).json
        for (name, steps, values) in [
            ("generator_loss", curve["step"], curve["series"]?["generator_loss"]),
            ("quality/score", curve["sparse"]?["quality/score"]?["step"], curve["sparse"]?["quality/score"]?["value"]),
        ] {
            let points = try model.fixture.get("\(model.metrics)?format=tensorboard&names=\(name)").json.array ?? []
            #expect(points.map { $0.array?[1] } == steps?.array, "\(name)")
            #expect(points.map { $0.array?[2] } == values?.array, "\(name)")
            #expect(points.allSatisfy { $0.array?.count == 3 && $0.array?[0].number ?? 0 > 1e9 })
        }
        for query in ["format=tensorboard", "format=tensorboard&names=generator_loss,real_score"] {
            expectProblem(
                try model.fixture.get("\(model.metrics)?\(query)"), 422, "one_curve_only", places: ["names"])
        }
    }

    @Test func picturesHaveAPanelForEachGroupOfCurves() throws {
        let model = try TrainedModel.points.get()
        let names = "names=generator_loss,discriminator_loss,real_score,quality/score,quality/real/score"
        let png = try model.fixture.get("\(model.metrics)?format=png&\(names)")
        #expect(png.header("Content-Type") == "image/png")
        let picture = try PNG.decode(png.bytes, maximumPixels: 10_000_000)
        // Losses, scores and quality in two columns.
        #expect(picture.width == 1040 && picture.height == 480)
        let svg = try model.fixture.get("\(model.metrics)?\(names)", ["Accept": "image/svg+xml"])
        #expect(svg.header("Content-Type") == "image/svg+xml")
        let tag = try #require(svg.header("ETag"))
        #expect(tag.hasPrefix("W/"))
        #expect(try model.fixture.get("\(model.metrics)?\(names)&format=svg", ["If-None-Match": tag]).status == 304)
        #expect(svg.text.contains("width=\"1040\" height=\"480\""), "\(svg.text.prefix(300))")
        #expect(
            try PNG.decode(model.fixture.get("\(model.metrics)?format=png").bytes, maximumPixels: 10_000_000).width
                == 1040)
    }

    @Test func aCurveThatTheJobHasNotIsNamed() throws {
        let model = try TrainedModel.points.get()
        expectProblem(try model.fixture.get("\(model.metrics)?names=nope"), 422, "unknown_curve", places: ["names"])
    }

    @Test func anUnchangedCurveIs304() throws {
        let model = try TrainedModel.points.get()
        let tag = try #require(try model.fixture.get(model.metrics).header("ETag"))
        #expect(try model.fixture.get(model.metrics, ["If-None-Match": "W/\(tag)"]).status == 304)
        #expect(try model.fixture.get("\(model.metrics)?max_points=4", ["If-None-Match": tag]).status == 200)
        expectProblem(try model.fixture.get(model.metrics, ["Accept": "image/webp"]), 406)
    }
}
