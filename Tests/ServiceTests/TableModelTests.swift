import Codecs
import HTTPServer
import Jobs
import TestSupport
import Testing

/// A model of a table over the API: trained, sampled from, reported on.
@Suite struct TableModelTests {
    private struct Model: Sendable {
        let fixture: ServiceFixture
        let id: String

        var samples: String { "/v1/models/\(id)/samples" }

        static let shared = Result { try Model() }

        private init() throws {
            fixture = try ServiceFixture()
            let rows = (0..<400).map { row in
                "K-\(1_000 + row), \(["north", "south", "\"east; \"\"far\"\"\""][row % 3]), "
                    + "\(row % 7 == 0 ? "" : "\(20 + row % 50)"), \(row % 3 == 0 ? "yes" : "no"), \(row % 5).5"
            }
            let csv = "id, side, age, member, rate\n" + rows.joined(separator: "\n") + "\n"
            let dataset = try fixture.dataset(Array(csv.utf8))
            let hidden: JSON = ["hidden": [16]]
            let spec: JSON = [
                "dataset_id": .string(dataset), "seed": 7,
                "model": ["latent_dim": 4, "generator": hidden, "discriminator": hidden],
                "training": ["steps": 20, "batch_size": 40], "checkpoint": ["every_steps": 10],
            ]
            id = try #require(try fixture.trained(spec)["model_id"]?.string)
        }

        func rows(_ query: String) throws -> [JSON] {
            let reply = try fixture.get(samples + query)
            #expect(reply.status == 200, "\(reply.text)")
            return reply.json["samples"]?.array ?? []
        }
    }

    @Test func rowsComeInTheTypesOfTheUpload() throws {
        let model = try Model.shared.get()
        let reply = try model.fixture.get(model.samples + "?n=40&seed=1")
        #expect(reply.json["kind"] == "table" && reply.json["columns"] == ["id", "side", "age", "member", "rate"])
        let rows = try #require(reply.json["samples"]?.array)
        #expect(rows.count == 40)
        for row in rows {
            #expect(row.array?[0].string?.hasPrefix("K-") == true)
            #expect(row.array?[1].string != nil && row.array?[3].string != nil && row.array?[4].number != nil)
            #expect(row.array?[2].integer != nil || row.array?[2] == .null)
        }
        #expect(Set(rows.compactMap { $0.array?[0].string }).count == 40)
    }

    @Test func samplesUploadedAgainHaveTheSameSchema() throws {
        let model = try Model.shared.get()
        let reply = try model.fixture.get(model.samples + "?n=400&seed=1&format=csv")
        #expect(
            reply.text.hasPrefix("id,side,age,member,rate\n") || reply.text.hasPrefix("id, side"),
            "\(reply.text.prefix(60))")
        let again = try model.fixture.dataset(reply.bytes)
        let schema = try model.fixture.get("/v1/datasets/\(again)").json["schema"]
        let types = schema?["columns"]?.array?.map { $0["type"] }
        #expect(types == ["identifier", "categorical", "integer", "boolean", "real"])
    }

    @Test func rowsHaveWhatIsGiven() throws {
        let model = try Model.shared.get()
        #expect(
            try model.rows("?n=30&where=side:south,member:no").allSatisfy {
                $0.array?[1] == "south" && $0.array?[3] == "no"
            })
        let sides = try model.rows("?n=30&balance=side").compactMap { $0.array?[1].string }
        #expect(Dictionary(grouping: sides) { $0 }.values.allSatisfy { $0.count == 10 })
        let reply = try model.fixture.post(
            model.samples, ["like": [["age": 33, "side": "north"], ["member": "yes", "age": .null]], "seed": 2])
        let rows = try #require(reply.json["samples"]?.array)
        #expect(rows.count == 2 && rows[0].array?[2] == 33 && rows[0].array?[1] == "north")
        #expect(rows[1].array?[2] == .null && rows[1].array?[3] == "yes")
    }

    @Test(arguments: [
        ("?where=side:west", "where"), ("?where=sid:south", "where"), ("?balance=id", "balance"),
        ("?where=age:old", "where"), ("?where=side:south&balance=side", "where"),
    ])
    func whatCantBeHadIsNamed(query: String, parameter: String) throws {
        let model = try Model.shared.get()
        expectProblem(
            try model.fixture.get(model.samples + query), 422, "invalid_samples", places: [parameter])
    }

    @Test(arguments: [40, 3_000])
    func anArrayHasTheColumnsByNameAndType(count: Int) throws {
        let model = try Model.shared.get()
        let query = "?n=\(count)&seed=1&checkpoint=20"
        let reply = try model.fixture.get(model.samples + query + "&format=npy")
        let file = try RecordFile(reply.bytes)
        #expect(file.fields.map(\.name) == ["id", "side", "age", "member", "rate"])
        #expect(file.fields.map(\.type) == ["<U6", "<U15", "<f8", "<U3", "<f8"])
        let rows = try model.rows(query)
        #expect(file.rows.count == count && rows.count == count)
        for (row, expected) in zip(file.rows, rows) {
            let values = expected.array ?? []
            #expect(row[0] == .text(values[0].string ?? "") && row[1] == .text(values[1].string ?? ""))
            #expect(row[2] == .number(values[2].number ?? .nan) && row[3] == .text(values[3].string ?? ""))
            #expect(row[4] == .number(values[4].number ?? .nan))
        }
        guard case .stream(_, let length) = reply.response.body else {
            #expect(count == 40)
            return
        }
        #expect(count == 3_000 && length == reply.bytes.count)
    }

    @Test func aRowOfTooManyBytesIsRefusedAsAnArray() throws {
        let fixture = try ServiceFixture()
        let words = ["a", String(repeating: "word ", count: 3_300) + "end"]
        let csv = "word,n\n" + (0..<60).map { "\(words[$0 % 2]),\($0 % 7)\n" }.joined()
        let hidden: JSON = ["hidden": [8]]
        let job = try fixture.trained([
            "dataset_id": .string(try fixture.dataset(Array(csv.utf8))),
            "model": ["latent_dim": 4, "generator": hidden, "discriminator": hidden],
            "training": ["steps": 2, "batch_size": 10],
        ])
        let samples = "/v1/models/\(try #require(job["model_id"]?.string))/samples?n=2&seed=1"
        let reply = try fixture.get(samples + "&format=npy")
        expectProblem(reply, 422, "row_too_large")
        #expect(reply.json["detail"]?.string?.contains("66020 bytes") == true, "\(reply.text)")
        #expect(reply.json["detail"]?.string?.contains("CSV") == true)
        #expect(try fixture.get(samples + "&format=csv").status == 200)
    }

    @Test func rowsAreNoFilesOfAnArchive() throws {
        let model = try Model.shared.get()
        let reply = try model.fixture.get(model.samples + "?format=zip")
        expectProblem(reply, 422, "not_images")
        #expect(reply.json["detail"] == "Rows of a table can be had as JSON, CSV and NPY.")
    }

    @Test func aTablesWordsAreForTablesAlone() throws {
        let model = try TrainedModel.points.get()
        expectProblem(
            try model.fixture.get(model.samples + "?exclude_copies=true"), 422, "invalid_samples",
            places: ["exclude_copies"])
        expectProblem(
            try model.fixture.get(model.samples + "?where=sex"), 400, "bad_parameter", places: ["where"])
    }

    @Test func aReportSaysWhatTheRowsAreWorth() throws {
        let model = try Model.shared.get()
        let reports = "/v1/models/\(model.id)/reports"
        expectProblem(try model.fixture.post(reports, ["target": "nowhere"]), 422, "invalid_target")
        let reply = try model.fixture.post(reports, ["n": 100, "seed": 3, "target": "member"])
        #expect(reply.status == 202, "\(reply.text)")
        let id = try #require(reply.json["id"]?.string)
        #expect(model.fixture.jobs.waitForReport(id, timeout: 120))
        let report = try model.fixture.get("/v1/reports/\(id)").json
        #expect(report["state"] == "succeeded", "\(report["error"] ?? .null)")
        #expect(report["target"] == "member" && report["score"]?.number != nil)
        #expect(report["rows"]?["shapes"]?.array?.count == 4)
        #expect(report["rows"]?["efficacy"]?["models"]?.array?.isEmpty == false)
        let page = try model.fixture.get("/v1/models/\(model.id)/report?format=html")
        #expect(page.status == 200 && page.text.contains("<h2>Columns</h2>"))
    }
}
