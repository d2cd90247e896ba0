import Adversarial
import Codecs
import Datasets
import Networks
import TestSupport
import Testing
import Torch

/// Specs at the edges of what may be said: each is refused with a sentence, or trains.
@Suite struct OddSpecTests {
    enum Outcome: Sendable {
        case trains
        /// At the pointer, with the words in its sentence.
        case refused(String, [String])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let dataset: OddDataset
        let members: String
        let outcome: Outcome

        var testDescription: String { "\(dataset): \(members)" }

        static func trains(_ dataset: OddDataset, _ members: String) -> Case {
            Case(dataset: dataset, members: members, outcome: .trains)
        }

        static func refused(_ dataset: OddDataset, _ members: String, at pointer: String, _ words: String...) -> Case {
            Case(dataset: dataset, members: members, outcome: .refused(pointer, words))
        }
    }

    private static let batchNorm = #""model":{"generator_norm":"batch","generator":{"hidden":[4]}}"#
    private static let mlpNorm = #""architecture":"mlp","discriminator_norm":"batch""#
    private static let unpenalised = #""objective":"hinge","regularisation":{"r1":0}"#

    static let batches: [Case] = [
        .trains(.points, #""training":{"batch_size":1}"#), .trains(.images, #""training":{"batch_size":1}"#),
        .trains(.table, #""training":{"batch_size":1}"#),
        .refused(
            .points, #"\#(batchNorm),"training":{"batch_size":1}"#, at: "/training/batch_size", "2 or more", "none"),
        .trains(.points, #"\#(batchNorm),"training":{"batch_size":2}"#),
        .refused(
            .points, #""model":{"discriminator_norm":"batch"},"training":{\#(unpenalised),"batch_size":1}"#,
            at: "/training/batch_size", "discriminator", "2 or more"),
        .refused(
            .points, #""model":{"discriminator_norm":"batch"},"training":{\#(unpenalised),"batch_size":4,"packing":4}"#,
            at: "/training/batch_size", "one pack", "8 or more"),
        .trains(
            .points, #""model":{"discriminator_norm":"batch"},"training":{\#(unpenalised),"batch_size":4,"packing":2}"#),
        .refused(.onePoint, batchNorm, at: "/model/generator_norm", "\"none\" would do"),
        .refused(
            .images, #""model":{\#(mlpNorm)},"training":{\#(unpenalised),"batch_size":1}"#, at: "/training/batch_size"),
        // Its smallest map has places enough.
        .trains(.images, #""training":{"objective":"non_saturating","batch_size":1}"#),
        .refused(
            .table, #""preset":"ctgan","training":{"batch_size":1}"#, at: "/training/batch_size", "generator", "none"),
        .trains(.table, #""preset":"ctgan","training":{"batch_size":2}"#),
        .trains(.table, #""preset":"ctgan","training":{"batch_size":25}"#),
        .refused(.points, #""training":{"batch_size":4000}"#, at: "/training/batch_size", "49 training items"),
        .trains(.fewRows, #""preset":"ctgan""#),
        .trains(.twoRows, #""preset":"ctgan""#), .trains(.twoRows, #""preset":"auto""#),
        .trains(.twoRows, #""preset":"classic""#),
        .trains(.twoPoints, #""preset":"auto""#), .trains(.onePoint, #""training":{"objective":"wasserstein"}"#),
    ]

    static let packs: [Case] = [
        .refused(.points, #""training":{"batch_size":8,"packing":16}"#, at: "/training/packing", "divide"),
        .refused(.table, #""training":{"batch_size":8,"packing":16}"#, at: "/training/packing", "divide"),
        .refused(
            .points, #""model":{"minibatch_std":true},"training":{"batch_size":8,"packing":8}"#,
            at: "/model/minibatch_std", "1 pack"),
        .refused(
            .table, #""model":{"minibatch_std":true},"training":{"batch_size":5}"#, at: "/model/minibatch_std",
            "5 items"),
        .trains(.table, #""model":{"minibatch_std":true},"training":{"batch_size":8,"packing":2}"#),
        .trains(
            .images, #""model":{"minibatch_std":true},"training":{"batch_size":8,"packing":4,"objective":"hinge"}"#),
        .trains(
            .images, #""model":{"architecture":"residual","base_channels":4},"training":{"batch_size":4,"packing":2}"#),
        .trains(
            .table,
            #""preset":"ctgan","model":{"conditional":true,"discriminator_norm":"spectral"},"#
                + #""training":{"batch_size":8,"packing":8}"#),
    ]

    static let sizes: [Case] = [
        .refused(.points, #""model":{"generator":{"hidden":[]}}"#, at: "/model/generator/hidden", "1 to 16"),
        .trains(.points, #""model":{"latent_dim":1,"generator":{"hidden":[1]},"discriminator":{"hidden":[1]}}"#),
        .trains(
            .table, #""model":{"latent_dim":1,"generator":{"hidden":[1,1]},"discriminator":{"hidden":[1,1]},"modes":1}"#
        ),
        .trains(.table, #""model":{"bins":0,"modes":64,"spikes":384,"hard":false,"skip":"none"}"#),
        .trains(.table, #""model":{"bins":128,"spikes":0}"#),
        .trains(.points, #""model":{"latent_dim":65536,"generator":{"hidden":[2]}}"#),
        .refused(.images, #""model":{"stages":3}"#, at: "/model/stages", "8", "2 times"),
        .refused(.images, #""model":{"architecture":"residual","stages":6}"#, at: "/model/stages", "8", "2 times"),
        .trains(.images, #""model":{"stages":2,"base_channels":1}"#),
        .trains(.images, #""model":{"architecture":"residual","stages":2,"base_channels":1}"#),
        .refused(.images, #""model":{"conditional":true}"#, at: "/model/conditional", "no classes"),
        .trains(.classes, #""model":{"conditional":true,"embedding_dim":1,"base_channels":4}"#),
        .refused(
            .classes, #""model":{"conditional":true},"training":{"packing":2}"#, at: "/training/packing", "conditional"),
        .refused(.numbers, #""model":{"conditional":true}"#, at: "/model/conditional", "none", "false would do"),
        .trains(.numbers, #""preset":"ctgan""#), .trains(.numbers, #""model":{"bins":0}"#),
    ]

    static let extremes: [Case] = [
        .trains(.points, #""training":{"steps":1}"#), .trains(.table, #""training":{"steps":1}"#),
        .trains(.points, #""training":{"max_seconds":0.000001}"#),
        .refused(.points, #""training":{"optimizer":{"learning_rate":50}}"#, at: "/training/optimizer/learning_rate"),
        .trains(.points, #""training":{"optimizer":{"learning_rate":10}}"#),
        .trains(.table, #""training":{"optimizer":{"learning_rate":10}}"#),
        .trains(.table, #""preset":"ctgan","training":{"optimizer":{"type":"sgd","learning_rate":10}}"#),
        .trains(.images, #""training":{"optimizer":{"learning_rate":10},"augmentation":"ada"}"#),
        .trains(.points, #""training":{"optimizer":{"beta1":0,"beta2":0}}"#),
        .refused(.points, #""training":{"optimizer":{"beta2":1}}"#, at: "/training/optimizer/beta2"),
        .trains(.points, #""training":{"optimizer":{"beta1":0.9999999999999999,"beta2":0.9999999999999999}}"#),
        .trains(.points, #""training":{"regularisation":{"r1":1000000,"r2":1000}}"#),
        .trains(.table, #""training":{"regularisation":{"gradient_penalty":1000000}}"#),
        .refused(.points, #""training":{"regularisation":{"r1":1e9}}"#, at: "/training/regularisation/r1"),
        .trains(.points, #""training":{"ema_half_life":0}"#),
        .trains(.points, #""training":{"ema_half_life":1e12,"ema_ramp_up":1e-300}"#),
        .refused(.points, #""training":{"ema_half_life":1e18}"#, at: "/training/ema_half_life"),
        .refused(.points, #""training":{"instance_noise":1000000}"#, at: "/training/instance_noise"),
        .trains(.table, #""training":{"instance_noise":10}"#), .trains(.images, #""training":{"instance_noise":10}"#),
        .refused(.points, #""training":{"gradient_clipping":0}"#, at: "/training/gradient_clipping"),
        .trains(.points, #""training":{"gradient_clipping":1e-300}"#),
        .refused(.points, #""training":{"schedule":{"until":0}}"#, at: "/training/schedule/until"),
        .trains(.points, #""training":{"schedule":{"until":1e-300,"learning_rate":0,"regularisation":0,"beta2":0}}"#),
        .refused(.points, #""training":{"balance":{"lower":0.95}}"#, at: "/training/balance/lower", "0.9"),
        .trains(.table, #""training":{"balance":{"lower":0,"upper":1,"most":100}}"#),
        .refused(.table, #""model":{"dropout":1}"#, at: "/model/dropout"),
        .trains(.table, #""model":{"dropout":0.99}"#),
        .refused(.table, #""model":{"temperature":0}"#, at: "/model/temperature"),
        .trains(.table, #""model":{"temperature":100}"#), .trains(.table, #""model":{"temperature":1e-30}"#),
        .trains(.table, #""model":{"temperature":1e-30,"hard":false}"#),
    ]

    /// What belongs to other kinds; the sentences speak of the dataset at hand.
    static let foreign: [Case] = [
        .refused(.points, #""training":{"moment_matching":1}"#, at: "/training/moment_matching", "holds points"),
        .refused(.images, #""training":{"moment_matching":1}"#, at: "/training/moment_matching", "holds images"),
        .trains(.table, #""training":{"moment_matching":1000000}"#),
        .refused(.table, #""training":{"augmentation":"ada"}"#, at: "/training/augmentation", "holds rows of a table"),
        .refused(.points, #""training":{"augmentation":"ada"}"#, at: "/training/augmentation", "holds points"),
        .refused(.table, #""model":{"architecture":"dcgan"}"#, at: "/model/architecture", "rows of a table", "tabular"),
        .refused(.table, #""model":{"architecture":"mlp"}"#, at: "/model/architecture", "rows of a table", "tabular"),
        .refused(.images, #""model":{"architecture":"tabular"}"#, at: "/model/architecture", "holds images", "dcgan"),
        .refused(.points, #""model":{"architecture":"residual"}"#, at: "/model/architecture", "holds points", "mlp"),
        .refused(.points, #""preset":"ctgan""#, at: "/preset", "holds points", "auto or classic"),
        .refused(.images, #""preset":"ctgan""#, at: "/preset", "holds images", "auto or classic"),
        .refused(.table, #""model":{"embedding_dim":4}"#, at: "/model/embedding_dim", "tabular"),
        .refused(.table, #""model":{"discriminator_norm":"batch"}"#, at: "/model/discriminator_norm", "tabular"),
        .refused(.table, #""model":{"generator_norm":"spectral"}"#, at: "/model/generator_norm", "none or batch"),
        .refused(.images, #""data":{"columns":{"a":{"type":"real"}}}"#, at: "/data/columns", "holds images"),
        .refused(.table, #""data":{"columns":{"a/b":{"type":"real"}}}"#, at: "/data/columns/a~1b", "no such column"),
        .refused(.table, #""training":{"stop_when":{"no_gain":{}}}"#, at: "/training/stop_when", "held-out"),
        .refused(
            .numbers, #""data":{"columns":{"a":{"type":"identifier"}}}"#, at: "/data/columns", "nothing to learn"),
    ]

    @Test(arguments: batches + packs + sizes + extremes + foreign)
    func isRefusedWithASentenceOrTrains(_ each: Case) throws {
        try Engine.setThreads(1)
        let folder = try TemporaryFolder()
        let dataset = try each.dataset.dataset(in: folder)
        let body = #"{"dataset_id":"ds_1","seed":1,\#(each.members)}"#
        switch each.outcome {
        case .refused(let pointer, let words):
            let error = try #require(throws: SpecError.self) { try resolve(body, dataset.manifest) }
            #expect(error.problems.map(\.pointer) == [pointer], "\(error)")
            for word in words { #expect(error.description.contains(word), "\(word) in \(error)") }
        case .trains:
            let spec = try resolve(body, dataset.manifest).spec
            #expect(try ResolvedSpec(json: JSON(parsing: spec.json.bytes)) == spec)
            let trainer = try Trainer(spec: spec, dataset: dataset)
            for _ in 0..<2 { _ = try trainer.advance() }
            let samples = try Sampler(trainer.snapshot()).samples(SampleRequest(count: 3, seed: 1), range: 0..<3)
            #expect(samples.count == 3)
            #expect(try trainer.namedTensors.allSatisfy { try $0.tensor.floats().allSatisfy(\.isFinite) })
        }
    }
}

/// Small datasets, none of which has items enough to hold some out.
enum OddDataset: String, Sendable {
    case points, onePoint, twoPoints, images, classes, table, fewRows, twoRows, numbers

    /// Imports it into a folder.
    func dataset(in folder: TemporaryFolder) throws -> Dataset {
        let stored = try folder.makeFolder("stored")
        _ = try DatasetImporter.importDataset(
            upload: folder.write(upload(), as: "upload"), into: stored, kind: kind)
        return try Dataset(opening: stored)
    }

    private var kind: DatasetKind {
        switch self {
        case .points, .onePoint, .twoPoints: .points
        case .images, .classes: .images
        case .table, .fewRows, .twoRows, .numbers: .table
        }
    }

    private func upload() throws -> [UInt8] {
        switch self {
        case .points: SampleDatasets.pointsTable(count: 49)
        case .onePoint: Array("x,y\n1,2\n".utf8)
        case .twoPoints: Array("x,y\n1,2\n3,5\n".utf8)
        case .images: try SampleDatasets.imageArchive(count: 20, classes: 1)
        case .classes: try SampleDatasets.imageArchive(count: 24, classes: 3)
        case .table: Array(TableFixture.csv(rows: 49).utf8)
        case .fewRows: Array(TableFixture.csv(rows: 7).utf8)
        case .twoRows: Array("city,age\nUlm,4\nBonn,5\n".utf8)
        case .numbers: Array((["a"] + (0..<49).map { "\(Double($0 * $0) / 7)" }).joined(separator: "\n").utf8)
        }
    }
}
