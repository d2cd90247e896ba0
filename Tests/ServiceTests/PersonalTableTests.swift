import Codecs
import HTTPServer
import Jobs
import TestSupport
import Testing

/// What is somebody's own in a table, over the API.
@Suite struct PersonalTableTests {
    private static let names = ["Max", "Udo", "Sven", "Yara", "Lena", "Ida", "Omar", "Kim", "Noa", "Eva"]

    /// An index under no name, names, addresses, customer numbers, and two columns to learn from.
    private static let csv: [UInt8] = {
        let rows = (0..<200).map { row in
            let name = names[row % 10], last = "\(names[row / 10 % 10].lowercased())\(["ski", "nen"][row / 100])"
            return "\(row),\(name) \(last),\(name.lowercased()).\(last)\(row)@mail.example,"
                + "\(1_000_000 + row * 37_813 % 7_654_321),\(["x", "y"][row % 2]),\(row * 7_919 % 1_009).\(row % 10)"
        }
        return Array((",name,email,customer_id,side,n\n" + rows.joined(separator: "\n") + "\n").utf8)
    }()

    private static func body(_ dataset: String, _ columns: JSON? = nil) -> JSON {
        let hidden: JSON = ["hidden": [8]]
        var members: [JSON.Member] = [
            .init(name: "dataset_id", value: .string(dataset)), .init(name: "seed", value: 3),
            .init(name: "model", value: ["latent_dim": 4, "generator": hidden, "discriminator": hidden]),
            .init(name: "training", value: ["steps": 4, "batch_size": 20]),
        ]
        if let columns { members.append(.init(name: "data", value: ["columns": columns])) }
        return .object(members)
    }

    @Test func theSchemaShowsFormsAndNobody() throws {
        let fixture = try ServiceFixture(workers: 0)
        let reply = try fixture.get("/v1/datasets/\(fixture.dataset(Self.csv))")
        let columns = reply.json["schema"]?["columns"]?.array ?? []
        #expect(
            columns.map { $0["type"] } == ["identifier", "text", "identifier", "identifier", "categorical", "real"])
        #expect(columns.prefix(4).allSatisfy { $0["commonest"] == [] })
        #expect(columns[1]["note"]?.string?.contains("personal") == true && columns[1]["kept"] == true)
        #expect(columns[2]["note"]?.string?.contains("@mail.example") == true)
        #expect(columns[3]["maximum"] == nil && columns[3]["note"]?.string?.contains("0000000") == true)
        // What shows a form is nobody's.
        for last in Self.names { #expect(!reply.text.contains("\(last.lowercased())ski"), "\(last)") }
        let preview = try fixture.get("/v1/datasets/\(reply.json["id"]?.string ?? "")/preview?n=5&format=json").json
        #expect(preview["items"]?.array?.allSatisfy { $0.array?[1] == .null && $0.array?[4] != .null } == true)
    }

    @Test func samplesHaveNoneOfTheRowsAndCountOn() throws {
        let fixture = try ServiceFixture()
        let job = try fixture.trained(Self.body(try fixture.dataset(Self.csv)))
        let samples = "/v1/models/\(try #require(job["model_id"]?.string))/samples"
        for query in ["?n=30", "?n=30&where=side:x", "?n=30&balance=side", "?n=30&exclude_copies=true"] {
            let rows = try fixture.get(samples + query + "&seed=1").json["samples"]?.array ?? []
            #expect(rows.compactMap { $0.array?[0].integer } == (200..<230).map { $0 }, "\(query)")
            for row in rows {
                #expect(row.array?[1] == .null)
                #expect(row.array?[2].string?.wholeMatch(of: /[a-z]{3,4}\.[a-z]{5,7}\d{1,3}@mail\.example/) != nil)
                #expect((1_000_000...9_999_999).contains(row.array?[3].integer ?? 0))
            }
            #expect(Set(rows.map { $0.array?[2].string ?? "" }).count == 30)
            #expect(rows == (try fixture.get(samples + query + "&seed=1").json["samples"]?.array ?? []))
        }
        let file = try fixture.get("/v1/models/\(try #require(job["model_id"]?.string))/checkpoints/4/table.json")
        #expect(file.status == 200 && !file.text.contains("Lena") && !file.text.contains("lenaski"))
        #expect(try RecordFile(fixture.get(samples + "?n=5&format=npy").bytes).fields[3].type == "<i8")
    }

    @Test func whoAsksForThemHasThem() throws {
        let fixture = try ServiceFixture()
        let dataset = try fixture.dataset(Self.csv)
        let asked: JSON = ["name": ["type": "categorical"], "email": ["type": "text"]]
        let dry = try fixture.post("/v1/jobs?dry_run=true", Self.body(dataset, asked)).json
        let warnings = (dry["warnings"]?.array ?? []).compactMap(\.string)
        #expect(warnings.count == 1 && warnings[0].contains("\"email\"") && warnings[0].contains("empty"))
        let job = try fixture.trained(Self.body(dataset, asked))
        let rows = try fixture.get("/v1/models/\(job["model_id"]?.string ?? "")/samples?n=20&seed=1").json["samples"]
        #expect(rows?.array?.allSatisfy { $0.array?[1].string?.contains(" ") == true && $0.array?[2] == .null } == true)
    }

    @Test func aDryRunWarnsOfColumnsThatWillBeEmpty() throws {
        let fixture = try ServiceFixture(workers: 0)
        let dry = try fixture.post("/v1/jobs?dry_run=true", Self.body(try fixture.dataset(Self.csv))).json
        let warnings = (dry["warnings"]?.array ?? []).compactMap(\.string)
        #expect(warnings.count == 1 && warnings[0].contains("\"name\"") && warnings[0].contains("data.columns"))
        let points = try fixture.post("/v1/jobs?dry_run=true", ["dataset_id": .string(try fixture.points())]).json
        #expect(points["warnings"] == [])
    }

    @Test func aDryRunWarnsOfClassesOfFewImages() throws {
        let fixture = try ServiceFixture(workers: 0)
        let dataset = try fixture.dataset(SampleDatasets.imageArchive(count: 12, classes: 2, side: 8))
        let dry = try fixture.post("/v1/jobs?dry_run=true", ["dataset_id": .string(dataset)]).json
        let warnings = (dry["warnings"]?.array ?? []).compactMap(\.string)
        #expect(warnings.count == 2 && warnings[0].contains("fewer than 10"), "\(warnings)")
    }

    @Test func aTableOfNothingElseIsRefusedByTheColumnsToOverride() throws {
        let fixture = try ServiceFixture(workers: 0)
        let rows = (0..<80).map { "\(Self.names[$0 % 10]) \(Self.names[$0 / 10])ski,\($0 * 7_919)@mail.example,\($0)" }
        let dataset = try fixture.dataset(Array(("name,email,row\n" + rows.joined(separator: "\n") + "\n").utf8))
        let reply = try fixture.post("/v1/jobs", Self.body(dataset))
        expectProblem(reply, 422, "invalid_spec", places: ["/data/columns"])
        #expect(
            reply.text.contains("\\\"name\\\", \\\"email\\\"") && !reply.text.contains("\\\"row\\\""), "\(reply.text)")
        let asked = try fixture.post("/v1/jobs", Self.body(dataset, ["name": ["type": "categorical"]]))
        #expect(asked.status == 202)
    }
}
