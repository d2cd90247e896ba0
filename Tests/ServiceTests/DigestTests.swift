import Adversarial
import Codecs
import Foundation
import Jobs
import Store
import Synchronization
import TestSupport
import Testing
import Torch

/// The same spec and seed give the same bytes from version to version: weights, curves, samples in every form, reports.
///
/// `Golden/digests.json` holds their SHA-256 by processor, since libraries choose their kernels by it; on one that it doesn't
/// list the test says so and is skipped, as is a case that it doesn't list for one. `GAND_DIGESTS=FILE swift test --filter DigestTests` writes those of this processor
/// into FILE, to be added where a change of numbers is meant.
@Suite struct DigestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let dataset: @Sendable () throws -> [UInt8]
        let spec: String
        /// Queries of samples, each of which is drawn in every format.
        let queries: [String]

        var testDescription: String { name }
    }

    @Test(
        .enabled(if: Digests.isKnown, "digests are not known of \(Digests.processor)"),
        arguments: cases.filter { Digests.isWriting || Digests.known?[$0.name] != nil })
    func bytesAreWhatTheyWere(some: Case) throws {
        let found = try digests(of: some)
        Digests.write(found, of: some.name)
        guard !Digests.isWriting else { return }
        let expected = try #require(Digests.known?[some.name])
        for member in found.object ?? [] {
            #expect(expected[member.name] == member.value, "\(member.name)")
        }
        #expect(expected.object?.count == found.object?.count)
    }

    private func digests(of some: Case) throws -> JSON {
        let fixture = try ServiceFixture(trainings: FixedTrainings())
        let dataset = try fixture.dataset(some.dataset())
        var members: [JSON.Member] = []
        func note(_ name: String, _ bytes: [UInt8]) {
            members.append(JSON.Member(name: name, value: .string(SHA256.hex(of: bytes))))
        }
        note("dataset", try fixture.get("/v1/datasets/\(dataset)").json["schema"]?.bytes ?? [])
        let spec = try JSON(parsing: Array(some.spec.utf8))
        let body = JSON.object(
            [JSON.Member(name: "dataset_id", value: .string(dataset)), JSON.Member(name: "seed", value: 7)]
                + (spec.object ?? []))
        let job = try fixture.trained(body)
        let (jobID, model) = (try #require(job["id"]?.string), try #require(job["model_id"]?.string))
        let resolved = try #require(job["spec"]?["resolved"])
        note("spec", Self.text(resolved.bytes, without: [dataset]))

        let record = try #require(try fixture.store.latestCheckpoint(of: model))
        let folder = fixture.store.folder.checkpoint(of: model, step: record.step)
        for file in try CheckpointManifest.read(from: folder).files {
            members.append(JSON.Member(name: file.name, value: .string(file.sha256)))
        }
        let curve = try fixture.store.curve(of: jobID, CurveRequest(names: Synthesis.metrics.map(\.name)))
        note("curve", Array(curve.series.map { "\($0.values)" }.joined(separator: "\n").utf8))
        let evaluations = try fixture.store.evaluations(of: jobID, limit: 100)
        note("quality", Array(evaluations.map { "\($0.step) \($0.figures)" }.joined(separator: "\n").utf8))
        for query in some.queries {
            for format in ["json", "npy", "csv", "png", "zip"] {
                let reply = try fixture.get("/v1/models/\(model)/samples?seed=5&\(query)&format=\(format)")
                if reply.status == 200 { note("\(query) \(format)", Self.text(reply.bytes, without: [model])) }
            }
        }
        let report = try fixture.report(of: model)
        for name in ["figures", "copies", "classes"] {
            note("report's \(name)", Array(Self.numbers(in: report[name] ?? .null).joined(separator: " ").utf8))
        }
        return .object(members)
    }

    /// All numbers of a JSON text in their order, without the words that tell of them.
    private static func numbers(in json: JSON) -> [String] {
        switch json {
        case .array(let values): values.flatMap(numbers)
        case .object(let members): members.flatMap { numbers(in: $0.value) }
        case .integer, .number, .boolean: [String(decoding: json.bytes, as: UTF8.self)]
        default: []
        }
    }

    /// Bytes without identifiers, which differ from run to run.
    private static func text(_ bytes: [UInt8], without names: [String]) -> [UInt8] {
        guard var text = String(validating: bytes, as: UTF8.self) else { return bytes }
        for name in names { text = text.replacingOccurrences(of: name, with: "ID") }
        return Array(text.utf8)
    }
}

extension ServiceFixture {
    /// Has a report made, and gives it as the API shows it.
    fileprivate func report(of model: String) throws -> JSON {
        let reply = try post("/v1/models/\(model)/reports", ["n": 60, "seed": 3])
        let id = try #require(reply.json["id"]?.string, "\(reply.text)")
        #expect(jobs.waitForReport(id, timeout: 120))
        let report = try get("/v1/reports/\(id)").json
        #expect(report["state"] == "succeeded", "\(report)")
        return report
    }
}

/// Trainings by the engine in which nothing is chosen by a trial of its speed.
private struct FixedTrainings: TrainingStarter {
    private let trainings = EngineTrainings()

    func begin(spec: ResolvedSpec, dataset: String, checkpoint: String?) throws -> any TrainingRun {
        try trainings.begin(spec: spec, dataset: dataset, checkpoint: checkpoint)
    }

    func matrixProducts(for spec: ResolvedSpec) -> [MatrixProduct] { [] }

    func didEnd() { trainings.didEnd() }
}

/// The digests that are known, and those that are to be written.
private enum Digests {
    /// Where this run's digests go; nil where they are compared.
    private static let target = ProcessInfo.processInfo.environment["GAND_DIGESTS"]
    static var isWriting: Bool { target != nil }
    static var isKnown: Bool { isWriting || known != nil }

    /// The processor's maker, family and model, and what the libraries are told to use of it.
    static let processor: String = {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let fields = ["vendor_id", "cpu family", "model"].map { name in
            text.split(separator: "\n").first { $0.hasPrefix(name + "\t") }?.split(separator: ":").last.map {
                $0.trimmingCharacters(in: .whitespaces)
            } ?? "unknown"
        }
        let told = ProcessInfo.processInfo.environment["ONEDNN_MAX_CPU_ISA"] ?? "all"
        return (fields + [Engine.cpuCapability, told]).joined(separator: " ")
    }()

    static let known: JSON? = {
        guard let path = Bundle.module.path(forResource: "digests", ofType: "json", inDirectory: "Golden"),
            let bytes = try? ReadableFile.contents(of: path, limit: 1 << 20), let all = try? JSON(parsing: bytes)
        else { return nil }
        return all[processor]
    }()

    private static let written = Mutex<[String: JSON]>([:])

    static func write(_ digests: JSON, of name: String) {
        guard let target else { return }
        written.withLock { all in
            all[name] = digests
            let members = all.sorted { $0.key < $1.key }.map { JSON.Member(name: $0.key, value: $0.value) }
            let json: JSON = .object([JSON.Member(name: processor, value: .object(members))])
            do {
                try DurableFile.write(json.bytes, to: target)
            } catch {
                Issue.record(error)
            }
        }
    }
}
