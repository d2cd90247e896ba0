import Codecs
import HTTPServer
import TestSupport
import Testing

/// The served OpenAPI description; that replies keep it is shown by scripts/check-api.
@Suite struct DescriptionTests {
    private let fixture: ServiceFixture
    private let document: JSON

    init() throws {
        fixture = try ServiceFixture(workers: 0)
        document = try fixture.get("/openapi.json").json
    }

    @Test func everyRouteIsDescribedOnce() throws {
        #expect(document["openapi"] == "3.1.0")
        var described: Set<String> = []
        var ids: Set<String> = []
        for path in document["paths"]?.object ?? [] {
            for operation in path.value.object ?? [] {
                described.insert("\(operation.name.uppercased()) \(path.name)")
                let id = try #require(operation.value["operationId"]?.string)
                #expect(ids.insert(id).inserted, "\(id) is there twice")
                #expect(operation.value["summary"]?.string?.isEmpty == false)
                let statuses = (operation.value["responses"]?.object ?? []).map(\.name)
                #expect(statuses.contains { $0.hasPrefix("2") }, "\(id)")
                #expect(Set(statuses).count == statuses.count, "\(id) has a status twice: \(statuses)")
                let named = path.name.split(separator: "/").filter { $0.hasPrefix("{") }.map {
                    $0.dropFirst().dropLast()
                }
                let parameters = (operation.value["parameters"]?.array ?? []).filter { $0["in"] == "path" }
                #expect(parameters.compactMap { $0["name"]?.string } == named.map(String.init), "\(id)")
            }
        }
        #expect(described == Set(fixture.router.routes.map { "\($0.method) \($0.template)" }))
    }

    @Test func everyReferenceLeadsSomewhere() {
        let components = Set((document["components"]?["schemas"]?.object ?? []).map(\.name))
        let references = Set(strings(named: "$ref", in: document))
        #expect(references == Set(components.map { "#/components/schemas/\($0)" }))
        let operations = Set(strings(named: "operationId", in: document["paths"] ?? .null))
        for link in links(in: document) {
            #expect(operations.contains(link), "\(link)")
        }
    }

    @Test func aJobsBodyIsDescribedByWhatReadsIt() throws {
        let schema = try #require(document["components"]?["schemas"]?["JobRequest"])
        #expect(schema["required"] == ["dataset_id"])
        // A member that nobody knows is answered with those that are known.
        for (pointer, body) in [
            ("", #"{"dataset_id":"x","unknown":1}"#), ("/model", #"{"dataset_id":"x","model":{"unknown":1}}"#),
            ("/training", #"{"dataset_id":"x","training":{"unknown":1}}"#),
            ("/training/optimizer", #"{"dataset_id":"x","training":{"optimizer":{"unknown":1}}}"#),
            ("/training/augmentation", #"{"dataset_id":"x","training":{"augmentation":{"type":"ada","unknown":1}}}"#),
            ("/health", #"{"dataset_id":"x","health":{"unknown":1}}"#),
        ] {
            var part = schema
            for name in pointer.split(separator: "/") {
                part = try #require(part["properties"]?[String(name)])
                part = part["anyOf"]?.array?.first { $0["type"] == "object" } ?? part
            }
            let spec = try JSON(parsing: Array(body.replacing("\"x\"", with: "\"\(try fixture.points())\"").utf8))
            let errors = try fixture.post("/v1/jobs", spec).json["errors"]?.array ?? []
            let error = try #require(errors.first { $0["pointer"]?.string == "\(pointer)/unknown" })
            let known = error["detail"]?.string?.split(separator: "known here are ").last?.split(separator: ", ") ?? []
            #expect((part["properties"]?.object ?? []).map(\.name).sorted() == known.map(String.init), "\(pointer)")
            #expect(part["additionalProperties"] == false)
        }
        let steps = schema["properties"]?["training"]?["anyOf"]?.array?.first?["properties"]?["steps"]
        #expect(steps == ["type": ["integer", "null"], "minimum": 1, "maximum": 100_000_000])
    }

    /// All strings under a name, wherever they are.
    private func strings(named name: String, in json: JSON) -> [String] {
        if let members = json.object {
            return members.flatMap { member in
                (member.name == name ? [member.value.string].compactMap { $0 } : [])
                    + strings(named: name, in: member.value)
            }
        }
        return (json.array ?? []).flatMap { strings(named: name, in: $0) }
    }

    private func links(in json: JSON) -> [String] {
        (json["paths"]?.object ?? []).flatMap { $0.value.object ?? [] }.flatMap { operation in
            (operation.value["responses"]?.object ?? []).flatMap { $0.value["links"]?.object ?? [] }
        }.compactMap { $0.value["operationId"]?.string }
    }
}
