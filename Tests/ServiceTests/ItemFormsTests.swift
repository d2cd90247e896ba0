import Adversarial
import Codecs
import Datasets
import HTTPServer
import TestSupport
import Testing

@testable import Service

/// What each kind's samples can be sent as, and which parameters are its own.
@Suite struct ItemFormsTests {
    /// Models of each kind.
    enum Model: String, CaseIterable, Sendable {
        case points, volume, images, rows

        func get() throws -> TrainedModel {
            switch self {
            case .points: try TrainedModel.points.get()
            case .volume: try TrainedModel.volume.get()
            case .images: try TrainedModel.images.get()
            case .rows: try TrainedModel.rows.get()
            }
        }

        func samples(_ query: String, _ headers: HTTPHeaders = [:]) throws -> Reply {
            let model = try get()
            return try model.fixture.get("\(model.samples)?\(query)", headers)
        }

        func samples(_ body: JSON) throws -> Reply {
            let model = try get()
            return try model.fixture.post(model.samples, body)
        }
    }

    // MARK: Formats

    private static let formats: [(model: Model, formats: [String], sentence: String)] = [
        (.points, ["json", "png", "npy", "csv"], "Points can be had as JSON, PNG, NPY and CSV."),
        (.volume, ["json", "npy", "csv"], "Points of 3 columns can be had as JSON, NPY and CSV."),
        (.images, ["json", "png", "npy", "zip"], "Images can be had as JSON, PNG, NPY and ZIP."),
        (.rows, ["json", "csv", "npy"], "Rows of a table can be had as JSON, CSV and NPY."),
    ]

    @Test(arguments: formats)
    func aFormatOfOtherKindsIsRefusedWithTheKindsOwn(model: Model, formats: [String], sentence: String) throws {
        let codes = ["png": "not_plottable", "csv": "not_tabular", "zip": "not_images"]
        for format in SampleFormat.allCases {
            for reply in [
                try model.samples("n=2&format=\(format.rawValue)"),
                try model.samples("n=2", ["Accept": format.mediaType]),
            ] {
                if formats.contains(format.rawValue) {
                    #expect(reply.status == 200 && reply.header("Content-Type") == format.mediaType, "\(format)")
                } else {
                    expectProblem(reply, 422, codes[format.rawValue])
                    #expect(reply.json["detail"]?.string == sentence)
                }
            }
        }
        #expect(try model.samples("n=2").header("Content-Type") == "application/json")
        let refusal = try model.samples("n=2", ["Accept": "text/html"])
        expectProblem(refusal, 406, "not_acceptable")
        let types = refusal.json["detail"]?.string?.split(separator: ", ").count
        #expect(types == formats.count, "\(refusal.text)")
        // What can't be read goes before what can't be sent.
        expectProblem(try model.samples("format=gif", ["Accept": "text/html"]), 400, places: ["format"])
    }

    // MARK: Parameters

    private static let strangers: [(model: Model, query: String, place: String, owners: String)] = [
        (.points, "where=a:b", "where", "tables"), (.points, "exclude_copies=true", "exclude_copies", "tables"),
        (.points, "balance=x", "balance", "tables and images"), (.images, "where=a:b", "where", "tables"),
        (.images, "exclude_copies=true", "exclude_copies", "tables"),
        (.points, "encoding=png_base64", "encoding", "images"), (.rows, "encoding=png_base64", "encoding", "images"),
        (.rows, "grid_columns=2&format=json", "grid_columns", "is for PNG alone"),
    ]

    @Test(arguments: strangers)
    func aParameterOfOtherKindsNamesThem(model: Model, query: String, place: String, owners: String) throws {
        let reply = try model.samples(query)
        expectProblem(reply, 422, "invalid_samples", places: [place])
        #expect(reply.json["detail"]?.string?.contains(owners) == true, "\(reply.text)")
    }

    @Test(arguments: Model.allCases)
    func whatSaysNoMoreThanLeavingItOutIsForAll(model: Model) throws {
        let plain = try model.samples("n=2&seed=1").bytes
        #expect(try model.samples("n=2&seed=1&encoding=nested&exclude_copies=false").bytes == plain)
        let body: JSON = [
            "n": 2, "seed": 1, "exclude_copies": false, "where": [:], "like": .null, "encoding": "nested",
        ]
        #expect(try model.samples(body).bytes == plain)
    }

    @Test func aParameterIsReadAlikeWhateverTheKind() throws {
        for model in Model.allCases {
            for (query, place) in [
                ("where=sex", "where"), ("where=:x", "where"), ("where=a:b,", "where"), ("encoding=jpeg", "encoding"),
                ("exclude_copies=maybe", "exclude_copies"),
            ] {
                expectProblem(try model.samples(query), 400, "bad_parameter", places: [place])
            }
        }
    }

    @Test func theModelIsPinnedBeforeTheRestIsRead() throws {
        let fixture = try TrainedModel.points.get().fixture
        let nobody = "/v1/models/mdl_01m86vwhpevjm1sx8ffbwhjkeb/samples"
        expectProblem(try fixture.get("\(nobody)?n=ten"), 404)
        expectProblem(try fixture.get("\(nobody)?checkpoint=newest"), 400, places: ["checkpoint"])
        expectProblem(try fixture.post(nobody, ["checkpoint": true]), 422, places: ["/checkpoint"])
    }

    @Test func theDescriptionHasTheParametersOfAllKindsOnce() throws {
        let document = try TrainedModel.points.get().fixture.get("/openapi.json").json
        let get = document["paths"]?["/v1/models/{id}/samples"]?["get"]?["parameters"]?.array ?? []
        let names = get.filter { $0["in"] == "query" }.compactMap { $0["name"]?.string }
        #expect(
            names == [
                "n", "seed", "format", "class", "truncation", "interpolate", "checkpoint", "grid_columns", "where",
                "balance", "exclude_copies", "encoding",
            ])
        let balance = get.first { $0["name"] == "balance" }?["description"]?.string
        #expect(balance?.contains("Of a table") == true && balance?.contains("Of images") == true)
        let body = document["components"]?["schemas"]?["SampleRequest"]?["properties"]?.object?.map(\.name) ?? []
        #expect(Set(body) == Set(names + ["like"]) && body.count == names.count + 1)
    }

    /// Kinds that share a parameter must mean the same text by it, since the query is read before the model is known.
    @Test func aSharedParameterIsOneThing() {
        for parameter in DatasetKind.allCases.flatMap({ $0.forms.parameters }) {
            let shared = SampleParameter.ofKinds.first { $0.name == parameter.name }
            #expect(shared?.query.schema == parameter.query.schema && shared?.body == parameter.body)
            #expect(shared?.format == parameter.format && shared?.usual == parameter.usual)
            #expect(!SampleParameter.common.contains { $0.name == parameter.name })
        }
    }

    // MARK: Pictures

    @Test func aReportDrawsWhatSamplesAndPreviewsDraw() throws {
        let pixels = (0..<5 * 64).map { UInt8($0 % 251) }
        let images = ImageForms(schema: ImageSchema(height: 8, width: 8, channels: 1, classes: []))
        let block = SampleBlock(count: 5, itemShape: [8, 8, 1], values: .bytes(pixels))
        let each = (0..<5).map {
            PixelImage(width: 8, height: 8, channels: 1, pixels: Array(pixels[$0 * 64..<($0 + 1) * 64]))
        }
        let sheet = try #require(images.picture(of: block, beside: nil))
        #expect(sheet == ImageGrid.compose(each))
        #expect(sheet.width == 32 && sheet.height == 22)
        let firstRow: [UInt8] = [0, 0] + pixels[..<8] + [0, 0] + pixels[64..<72]
        #expect(Array(sheet.pixels[64..<84]) == firstRow)
        let values: [Float] = [0, 0, 1, 2, -3, 0.5]
        let plane = PointForms(schema: PointSchema(columns: ["x", "y"], mean: [0, 0], standardDeviation: [1, 1]))
        let plot = try plane.picture(of: SampleBlock(count: 3, itemShape: [2], values: .floats(values)), beside: nil)
        #expect(plot == (try ScatterPlot.draw(real: [], generated: [(0, 0), (1, 2), (-3, 0.5)])))
        let line = PointForms(schema: PointSchema(columns: ["x"], mean: [0], standardDeviation: [1]))
        let onLine = SampleBlock(count: 6, itemShape: [1], values: .floats(values))
        #expect(try line.picture(of: onLine, beside: nil) == nil)
    }

    @Test func aPreviewThatCannotBeDrawnSaysSo() throws {
        let fixture = try ServiceFixture(workers: 0)
        let id = try fixture.dataset(TrainedModel.pointsInSpace)
        let reply = try fixture.get("/v1/datasets/\(id)/preview?format=png")
        expectProblem(reply, 422, "not_plottable")
        #expect(reply.json["detail"]?.string?.contains("points of 3 columns") == true)
        #expect(try fixture.get("/v1/datasets/\(id)/preview?format=json&n=3").json["items"]?.array?.count == 3)
    }
}
