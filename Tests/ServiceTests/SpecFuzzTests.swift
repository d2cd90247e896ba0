import Adversarial
import Codecs
import Datasets
import Foundation
import HTTPServer
import Jobs
import Store
import Synchronization
import TestSupport
import Testing
import Torch

/// No spec ends the daemon, and none that was taken fails by a fault of the program's own.
///
/// Specs are drawn at random from the served schema, values at its edges among them, for small datasets of every kind. What is
/// taken is trained for some steps, repaired once, resumed, sampled in every format and reported on.
///
/// `scripts/fuzz-specs` runs thousands and prints what was refused.
@Suite struct SpecFuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let count = environment["GAND_FUZZ_SPECS"].flatMap(Int.init) ?? 120
    private static let seed = environment["GAND_FUZZ_SEED"].flatMap(UInt64.init) ?? 1
    private static let parts = 8

    @Test(arguments: 0..<parts)
    func whatIsTakenRuns(part: Int) throws {
        let fixture = try ServiceFixture(memoryBytes: 1 << 30)
        let datasets = try Self.datasets.map { (name: $0.name, id: try fixture.dataset($0.bytes())) }
        let images = try SampleDatasets.imageArchive(count: 210, classes: 2, side: 8)
        let measured = (name: "measured images", id: try fixture.dataset(images))
        let schema = try #require(SpecSchema.job["properties"])
        var tally = Tally()
        for number in stride(from: part, to: Self.count, by: Self.parts) {
            var draw = SpecDraw(seed: Self.seed &* 1_000_003 &+ UInt64(number))
            // Images that can be measured take seconds each, as features are learned of them.
            let dataset = number % 60 == 59 ? measured : datasets[number % datasets.count]
            var body = draw.body(schema, dataset: dataset.id)
            var reply = try fixture.post("/v1/jobs", body)
            // Without what was refused, most of it can run: that is tried, too.
            for attempt in 0..<8 where reply.status != 202 {
                #expect(reply.status == 422 && reply.json["code"] == "invalid_spec", "\(reply.text) \(body)")
                let errors = reply.json["errors"]?.array ?? []
                if attempt == 0 { tally.refuse(errors) }
                for error in errors { body = body.without(error["pointer"]?.string ?? "") }
                body = draw.shortened(body)
                reply = try fixture.post("/v1/jobs", body)
            }
            let text = String(decoding: body.bytes, as: UTF8.self)
            guard reply.status == 202 else { continue }
            let id = try #require(reply.json["id"]?.string)
            let job = try fixture.endedJob(id)
            tally.take(job)
            #expect(
                job["state"] == "succeeded" || ["diverged", "not_finite"].contains(job["error"]?["code"]?.string),
                "\(job["error"] ?? .null) \(dataset.name) \(text)")
            try use(fixture, job, dataset.name, text)
            let deleted = try fixture.send(.delete, "/v1/jobs/\(id)?delete_model=true")
            #expect(deleted.status == 204, "\(deleted.text)")
        }
        tally.write()
    }

    /// Samples in every format, a report, and training that goes on as a repair would have it.
    private func use(_ fixture: ServiceFixture, _ job: JSON, _ dataset: String, _ text: String) throws {
        let model = try #require(job["model_id"]?.string)
        guard let checkpoint = try fixture.store.latestCheckpoint(of: model) else { return }
        for format in ["json", "npy", "csv", "png", "zip"] {
            let reply = try fixture.get("/v1/models/\(model)/samples?n=5&seed=1&format=\(format)")
            #expect([200, 422].contains(reply.status), "\(format) \(reply.text.prefix(300)) \(dataset) \(text)")
        }
        let report = try fixture.post("/v1/models/\(model)/reports", ["n": 20, "seed": 1])
        if report.status == 202, let id = report.json["id"]?.string {
            #expect(fixture.jobs.waitForReport(id, timeout: 120))
            let made = try fixture.get("/v1/reports/\(id)").json
            #expect(made["state"] == "succeeded", "\(made["error"] ?? .null) \(dataset) \(text)")
        } else {
            #expect(report.status == 422 && report.json["code"] == "too_few_items", "\(report.text) \(dataset) \(text)")
        }
        let spec = try ResolvedSpec(json: try #require(job["spec"]?["resolved"]))
        let opened = try Dataset(opening: fixture.store.folder.decoded(of: try #require(job["dataset_id"]?.string)))
        // As it is stored and read again.
        let repaired = try ResolvedSpec(json: spec.repaired().spec.json)
        let trainer = try Trainer(
            spec: repaired, dataset: opened,
            resumingFrom: fixture.store.folder.checkpoint(of: model, step: checkpoint.step))
        let step = try trainer.advance().step
        #expect(step == checkpoint.step + 1, "\(dataset) \(text)")
    }

    /// Small datasets of every kind, from one that has hardly any items to one that can be measured.
    private static let datasets: [(name: String, bytes: @Sendable () throws -> [UInt8])] = [
        ("points", { SampleDatasets.pointsTable(count: 240) }),
        ("table", { DigestTests.table }),
        ("grey images", { try SampleDatasets.imageArchive(count: 40, classes: 2, side: 8) }),
        ("two points", { Array("x,y\n1,2\n3,4\n".utf8) }),
        ("short table", { Array("name,age\nann,3\nbob,4\ncy,\n".utf8) }),
        ("one image", { try SampleDatasets.imageArchive(count: 1, classes: 1, side: 8) }),
        ("colour images", { try SampleDatasets.imageArchive(count: 20, classes: 3, side: 12, channels: 3) }),
        ("equal points", { Array(String(repeating: "1,2\n", count: 60).utf8) }),
        ("table of words", { Array(("a,b\n" + (0..<60).map { "w\($0 % 3),v\($0 % 2)\n" }.joined()).utf8) }),
        ("odd images", { try SampleDatasets.imageArchive(count: 12, classes: 2, side: 9) }),
    ]
}

extension JSON {
    /// The same without the member that a JSON pointer names; without its parent where that is all that can be said.
    fileprivate func without(_ pointer: String) -> JSON {
        let names = pointer.split(separator: "/").map(String.init)
        guard let first = names.first, let members = object else { return self }
        if first == "dataset_id" { return self }
        return .object(
            members.compactMap { member in
                guard member.name == first else { return member }
                let inner = member.value.without(names.dropFirst().joined(separator: "/"))
                guard names.count > 1, inner != member.value else { return nil }
                return JSON.Member(name: first, value: inner)
            })
    }
}

/// Draws a job's body from its schema.
private struct SpecDraw {
    private var random: TestRandom

    init(seed: UInt64) { random = TestRandom(seed: seed) }

    mutating func body(_ schema: JSON, dataset: String) -> JSON {
        let chance = [10, 25, 50][Int(random.next() % 3)] as UInt64
        var members = object(
            schema, except: ["dataset_id", "name", "labels", "device", "priority"], chance: 2 * chance)
        members.append(JSON.Member(name: "dataset_id", value: .string(dataset)))
        return shortened(.object(members))
    }

    /// The same for a few steps: what this is about is whether a training runs, not how long.
    mutating func shortened(_ body: JSON) -> JSON {
        var members = body.object ?? []
        let steps = JSON.integer(Int64(1 + random.next() % 4))
        set("training", ["steps": steps], dropping: ["max_seconds", "stop_when"], &members)
        set("evaluation", ["every_steps": 2], dropping: [], &members)
        return .object(members)
    }

    /// Sets members of a member that is an object.
    private func set(_ name: String, _ values: JSON, dropping: [String], _ members: inout [JSON.Member]) {
        let names = (values.object ?? []).map(\.name) + dropping
        let before = members.first { $0.name == name }?.value.object ?? []
        members.removeAll { $0.name == name }
        let kept = before.filter { !names.contains($0.name) }
        members.append(JSON.Member(name: name, value: .object(kept + (values.object ?? []))))
    }

    private mutating func object(_ properties: JSON, except names: [String] = [], chance: UInt64) -> [JSON.Member] {
        (properties.object ?? []).compactMap { property in
            guard !names.contains(property.name), random.next() % 100 < chance else { return nil }
            return JSON.Member(name: property.name, value: value(property.value, chance: chance / 2 + 5))
        }
    }

    private mutating func value(_ schema: JSON, chance: UInt64) -> JSON {
        if let words = schema["enum"]?.array { return pick(words) }
        if let constant = schema["const"] { return constant }
        if let options = schema["anyOf"]?.array { return value(pick(options), chance: chance) }
        let types = schema["type"]?.array?.compactMap(\.string) ?? [schema["type"]?.string ?? "null"]
        switch types.first {
        case "integer": return integer(schema)
        case "number": return number(schema)
        case "boolean": return .boolean(random.next() % 2 == 0)
        case "array":
            let most = min(3, schema["maxItems"]?.integer ?? 3)
            let count = UInt64(schema["minItems"]?.integer ?? 0) + random.next() % UInt64(most + 1)
            return .array((0..<count).map { _ in value(schema["items"] ?? .null, chance: chance) })
        case "object": return .object(object(schema["properties"] ?? .null, chance: 30))
        default: return .null
        }
    }

    private mutating func integer(_ schema: JSON) -> JSON {
        let least = schema["minimum"]?.integer ?? 0
        let most = schema["maximum"]?.integer ?? 1_000
        let near = [least, least + 1, least + 2, 4, 8, 16, 32, 60].filter { $0 >= least && $0 <= most }
        // Mostly what runs in a moment, now and then the edge, which the memory may not hold.
        return .integer(random.next() % 20 == 0 ? most : pick(near))
    }

    private mutating func number(_ schema: JSON) -> JSON {
        let least = schema["minimum"]?.number ?? schema["exclusiveMinimum"]?.number ?? 0
        let most = schema["maximum"]?.number ?? schema["exclusiveMaximum"]?.number ?? 1e9
        let isAbove = schema["exclusiveMinimum"] != nil
        let isBelow = schema["exclusiveMaximum"] != nil
        let values = [
            least, most, least + (most - least) * 1e-6, least + (most - least) * 0.3, 0.001, 0.5, 1, 50, 1_000,
        ]
        return .number(
            pick(values.filter { ($0 > least || (!isAbove && $0 == least)) && ($0 < most || (!isBelow && $0 == most)) })
        )
    }

    private mutating func pick<Element>(_ some: [Element]) -> Element {
        some[Int(random.next() % UInt64(some.count))]
    }
}

/// What became of specs, for a table.
private struct Tally {
    private var taken: [String: Int] = [:]
    private var refused: [String: Int] = [:]

    mutating func take(_ job: JSON) {
        taken[job["error"]?["code"]?.string ?? job["state"]?.string ?? "unknown", default: 0] += 1
    }

    mutating func refuse(_ errors: [JSON]) {
        taken["refused", default: 0] += 1
        for error in errors {
            let words = (error["detail"]?.string ?? "").replacing(/[0-9][0-9.]*(e[+-]?[0-9]+)?/, with: "N")
            refused["\(error["pointer"]?.string ?? ""): \(words)", default: 0] += 1
        }
    }

    /// Adds it to the file that `scripts/fuzz-specs` reads, where that asks.
    func write() {
        guard let path = ProcessInfo.processInfo.environment["GAND_FUZZ_TALLY"] else { return }
        let lines =
            taken.map { "outcome\t\($0.key)\t\($0.value)\n" } + refused.map { "refused\t\($0.key)\t\($0.value)\n" }
        guard let file = fopen(path, "a") else {
            Issue.record("\(path) can't be written")
            return
        }
        // In one piece, as other parts write beside it.
        lines.joined().withCString { _ = fwrite($0, 1, strlen($0), file) }
        fclose(file)
    }
}
