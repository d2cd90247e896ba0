import Adversarial
import Codecs
import Datasets
import Testing

/// Every fault of a spec is found, named by its pointer, and none hides another.
@Suite struct SpecErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var body: String
        var dataset = DatasetManifest.points()
        var pointers: [String]
        var words: [String] = []

        var testDescription: String { body }

        init(_ members: String, _ dataset: DatasetManifest = .points(), at pointers: String..., words: String...) {
            body = #"{"dataset_id":"ds_1""# + (members.isEmpty ? "" : ",\(members)") + "}"
            self.dataset = dataset
            self.pointers = pointers
            self.words = words
        }

        init(whole body: String, at pointers: String...) {
            self.body = body
            self.pointers = pointers
        }
    }

    static let shapes: [Case] = [
        Case(whole: "[]", at: ""),
        Case(whole: "{}", at: "/dataset_id"),
        Case(whole: #"{"dataset_id":null}"#, at: "/dataset_id"),
        Case(whole: #"{"dataset_id":7}"#, at: "/dataset_id"),
        Case(#""steps":5"#, at: "/steps", words: "unknown"),
        Case(#""a/b~c":5"#, at: "/a~1b~0c"),
        Case(#""training":[]"#, at: "/training", words: "object", "a list"),
        Case(#""model":{"latent":1,"depth":2}"#, at: "/model/depth", "/model/latent", words: "unknown", "latent_dim"),
        Case(#""checkpoint":{"every":1}"#, at: "/checkpoint/every"),
        Case(#""name":5"#, at: "/name"),
        Case(#""labels":{"team":5}"#, at: "/labels/team"),
        Case(#""labels":{"team":"a\u0000"}"#, at: "/labels/team"),
        Case(#""priority":1.5"#, at: "/priority", words: "whole number"),
        Case(#""seed":-1"#, at: "/seed"),
        Case(#""seed":1e300"#, at: "/seed"),
        Case(#""preset":"best""#, at: "/preset", words: "auto, classic", "\"best\""),
        Case(#""threads":4"#, at: "/threads", words: "unknown"),
        Case(#""training":{"planned_steps":4}"#, at: "/training/planned_steps", words: "unknown"),
    ]

    static let ranges: [Case] = [
        Case(#""training":{"steps":-1}"#, at: "/training/steps", words: "-1"),
        Case(#""training":{"steps":0}"#, at: "/training/steps"),
        Case(#""training":{"steps":"many"}"#, at: "/training/steps", words: "a string"),
        Case(#""training":{"steps":1e30}"#, at: "/training/steps"),
        Case(#""training":{"max_seconds":0}"#, at: "/training/max_seconds"),
        Case(#""training":{"batch_size":1001}"#, at: "/training/batch_size", words: "1000", "1001"),
        Case(#""training":{"batch_size":0}"#, at: "/training/batch_size"),
        Case(#""training":{"discriminator_steps":0}"#, at: "/training/discriminator_steps"),
        Case(#""training":{"ema_half_life":-1}"#, at: "/training/ema_half_life"),
        Case(#""training":{"ema_ramp_up":0}"#, at: "/training/ema_ramp_up"),
        Case(#""training":{"optimizer":{"type":"rmsprop"}}"#, at: "/training/optimizer/type", words: "adam, sgd"),
        Case(#""training":{"optimizer":{"learning_rate":0}}"#, at: "/training/optimizer/learning_rate"),
        Case(
            #""training":{"generator_optimizer":{"type":"sgd","beta1":0.5}}"#,
            at: "/training/generator_optimizer/beta1", words: "sgd"),
        Case(
            #""training":{"discriminator_optimizer":{"type":"adam","beta2":1}}"#,
            at: "/training/discriminator_optimizer/beta2"),
        Case(#""model":{"latent_dim":1000000000}"#, at: "/model/latent_dim"),
        Case(#""model":{"latent_dim":true}"#, at: "/model/latent_dim"),
        Case(#""model":{"generator":{"hidden":[]}}"#, at: "/model/generator/hidden"),
        Case(
            #""model":{"generator":{"hidden":[8,0,"x"]}}"#,
            at: "/model/generator/hidden/1", "/model/generator/hidden/2"),
        Case(#""model":{"discriminator":{"activation":"gelu"}}"#, at: "/model/discriminator/activation"),
        Case(#""checkpoint":{"every_steps":0,"keep":0}"#, at: "/checkpoint/every_steps", "/checkpoint/keep"),
    ]

    static let contradictions: [Case] = [
        Case(#""model":{"architecture":"dcgan"}"#, at: "/model/architecture", words: "points"),
        Case(#""model":{"architecture":"mlp","stages":2}"#, at: "/model/stages", words: "mlp"),
        Case(#""model":{"generator":{"hidden":[4]}}"#, .images(), at: "/model/generator", words: "dcgan"),
        Case(#""model":{"stages":5}"#, .images(), at: "/model/stages", words: "28", "3 times"),
        Case(#""model":{"conditional":true}"#, at: "/model/conditional", words: "no classes"),
        Case(#""model":{"conditional":true}"#, .images(classes: 1), at: "/model/conditional", words: "one class"),
        Case(#""model":{"embedding_dim":8}"#, at: "/model/embedding_dim"),
    ]

    /// What can't go together in training.
    static let misfits: [Case] = [
        Case(
            #""model":{"discriminator_norm":"batch"},"training":{"objective":"relativistic"}"#, .images(),
            at: "/training/objective", words: "batch norm", "non_saturating"),
        Case(
            #""model":{"discriminator_norm":"batch"},"training":{"objective":"wasserstein"}"#, .points(),
            at: "/training/objective", words: "mlp"),
        Case(
            #""model":{"architecture":"dcgan","discriminator_norm":"batch"},"training":{"regularisation":{"r1":0.1}}"#,
            .images(), at: "/training/regularisation", words: "batch norm", "\"discriminator_norm\": \"none\""),
        Case(
            #""model":{"architecture":"residual","base_channels":65536,"blocks":8},"training":{"batch_size":1000000}"#,
            .images(height: 256, width: 256, channels: 3, perClass: 1_000_000), at: "/training/batch_size",
            words: "a smaller batch_size"),
        Case(#""model":{"generator_norm":"spectral"}"#, at: "/model/generator_norm", words: "none or batch"),
        Case(
            #""model":{"discriminator_norm":"layer"}"#, at: "/model/discriminator_norm", words: "none, batch, spectral"),
        Case(
            #""model":{"architecture":"residual","discriminator_norm":"spectral"}"#, .images(),
            at: "/model/discriminator_norm", words: "must be none", "residual"),
        Case(
            #""model":{"architecture":"residual","generator_norm":"batch"}"#, .images(), at: "/model/generator_norm",
            words: "residual"),
        Case(#""model":{"architecture":"residual"}"#, at: "/model/architecture", words: "residual makes images"),
        Case(#""model":{"architecture":"dcgan","blocks":1}"#, .images(), at: "/model/blocks", words: "dcgan"),
        Case(#""model":{"architecture":"residual","blocks":9}"#, .images(), at: "/model/blocks", words: "1 to 8"),
        Case(
            #""model":{"architecture":"residual","stages":4}"#, .images(), at: "/model/stages", words: "28", "3 times"),
        Case(
            #""model":{"minibatch_std":true},"training":{"batch_size":7}"#, at: "/model/minibatch_std",
            words: "4, 3 or 2", "7 items"),
        Case(#""training":{"augmentation":"diffaugment"}"#, at: "/training/augmentation", words: "points"),
        Case(
            #""training":{"augmentation":{"type":"diffaugment","target":0.6}}"#, .images(),
            at: "/training/augmentation/target", words: "ada"),
        Case(
            #""training":{"augmentation":{"target":0.6}}"#, .images(), at: "/training/augmentation/target",
            "/training/augmentation/type", words: "is required"),
        Case(
            #""training":{"augmentation":{"type":"ada","target":2,"ramp_samples":0}}"#, .images(),
            at: "/training/augmentation/ramp_samples", "/training/augmentation/target"),
        Case(
            #""training":{"balance":{"lower":0.9,"upper":0.6}}"#, at: "/training/balance/lower", words: "below upper"),
        Case(#""training":{"balance":{"most":0}}"#, at: "/training/balance/most"),
        Case(#""training":{"balance":true}"#, at: "/training/balance"),
        Case(#""training":{"batch_size":64,"packing":3}"#, at: "/training/packing", words: "divide", "64"),
        Case(#""training":{"packing":8}"#, .points(5), at: "/training/packing", words: "5 training items"),
        Case(#""training":{"packing":2}"#, .images(classes: 3), at: "/training/packing", words: "conditional"),
        Case(#""training":{"packing":0}"#, at: "/training/packing", words: "1 to 64"),
        Case(#""training":{"regularisation":{"r1":-1}}"#, at: "/training/regularisation/r1", words: "-1"),
        Case(#""training":{"regularisation":{"r3":1}}"#, at: "/training/regularisation/r3", words: "r1, r2"),
        Case(
            #""training":{"regularisation":{"one_sided":true}}"#, at: "/training/regularisation/one_sided",
            words: "gradient_penalty"),
        Case(#""training":{"label_smoothing":0.1}"#, at: "/training/label_smoothing", words: "relativistic"),
        Case(#""training":{"label_smoothing":0.5}"#, at: "/training/label_smoothing"),
        Case(#""training":{"gradient_clipping":0}"#, at: "/training/gradient_clipping"),
        Case(#""training":{"instance_noise":-1}"#, at: "/training/instance_noise"),
        Case(#""training":{"schedule":{"until":0}}"#, at: "/training/schedule/until"),
        Case(
            #""training":{"schedule":{"learning_rate":0,"shape":"geometric"}}"#, at: "/training/schedule/shape"),
        Case(
            #""training":{"schedule":{"regularisation":1e-320,"shape":"geometric"}}"#, at: "/training/schedule/shape"),
        Case(#""evaluation":{"every_steps":0}"#, at: "/evaluation/every_steps"),
        Case(
            #""training":{"steps":1000000},"evaluation":{"every_steps":99}"#, at: "/evaluation/every_steps",
            words: "10000 times", "100 or more"),
        Case(#""health":{"missing":2,"patience":0}"#, at: "/health/missing", "/health/patience"),
        Case(#""repair":{"attempts":-1}"#, at: "/repair/attempts", words: "0 to 100"),
        Case(#""health":{"verdict":"healthy"}"#, at: "/health/verdict", words: "warm_up"),
        Case(#""training":{"schedule":{"beta2":1}}"#, at: "/training/schedule/beta2"),
    ]

    static let later: [Case] = [
        Case(#""device":"cuda""#, at: "/device", words: "cuda:0", "cpu"),
        Case(#""device":"gpu""#, at: "/device", words: "auto", "cuda:0"),
        Case(#""device":"cuda:01""#, at: "/device", words: "cuda:99"),
        Case(#""precision":"bfloat16""#, at: "/precision", words: "bf16"),
        Case(#""precision":"bf16""#, at: "/precision", words: "instructions", "fp32"),
        Case(#""data":{"holdout":0.2}"#, at: "/data/holdout", words: "tenth"),
        Case(#""data":{"columns":{"age":{"type":"integer"}}}"#, at: "/data/columns", words: "tables"),
        Case(#""data":{"rows":1}"#, at: "/data/rows", words: "unknown"),
        Case(
            #""training":{"augmentation":"flip"}"#, at: "/training/augmentation", words: "none, diffaugment, ada",
            "flip"),
        Case(
            #""training":{"stop_when":{"indistinguishable":{}}}"#, .images(), at: "/training/stop_when",
            words: "max_seconds"),
        Case(#""training":{"stop_when":{"no_gain":{}}}"#, .points(40), at: "/training/stop_when", words: "held-out"),
        Case(#""training":{"stop_when":{"loss":1}}"#, at: "/training/stop_when/loss", words: "indistinguishable"),
        Case(#""training":{"objective":"mse"}"#, at: "/training/objective", words: "one of"),
    ]

    @Test(arguments: shapes + ranges + contradictions + misfits + later)
    func problemsAreNamed(_ sample: Case) throws {
        let error = try #require(throws: SpecError.self) { try resolve(sample.body, sample.dataset) }
        #expect(error.problems.map(\.pointer).sorted() == sample.pointers.sorted())
        for word in sample.words {
            #expect(error.problems.contains { $0.detail.contains(word) }, "\(word) in \(error)")
        }
    }

    @Test func allProblemsComeAtOnce() throws {
        let error = try #require(throws: SpecError.self) {
            try resolve(
                #"""
                {"seed":"x","model":{"latent_dim":0,"conditional":1},"training":{"steps":-1,"batch_size":5000,
                 "packing":3,"optimizer":{"momentum":2}},"nonsense":1}
                """#, .points())
        }
        #expect(
            Set(error.problems.map(\.pointer)) == [
                "/dataset_id", "/seed", "/model/latent_dim", "/model/conditional", "/training/steps",
                "/training/batch_size", "/training/packing", "/training/optimizer/momentum", "/nonsense",
            ])
    }

    @Test func modelsTooLargeAreRefusedWithTheirEstimate() throws {
        let machine = MachineLimits(memoryBytes: 2 << 30, cores: 2, threadsPerJob: 1)
        let error = try #require(throws: SpecError.self) {
            try resolve(#"{"dataset_id":"d","model":{"generator":{"hidden":[1000000,1000000]}}}"#, .points(), machine)
        }
        #expect(error.problems.map(\.pointer) == ["/model"])
        #expect(error.problems[0].detail.contains("TiB"))
        #expect(error.problems[0].detail.contains("2.0 GiB"))
    }

    @Test func batchesTooLargeAreRefusedWithTheirEstimate() throws {
        let machine = MachineLimits(memoryBytes: 2 << 30, cores: 2, threadsPerJob: 1)
        let error = try #require(throws: SpecError.self) {
            try resolve(#"{"dataset_id":"d","training":{"batch_size":50000}}"#, .images(perClass: 60_000), machine)
        }
        #expect(error.problems.map(\.pointer) == ["/training/batch_size"])
    }

    @Test func theWidestSpecOverflowsNothing() throws {
        let widths = Array(repeating: "1048576", count: 16).joined(separator: ",")
        let error = try #require(throws: SpecError.self) {
            try resolve(
                #"{"dataset_id":"d","model":{"latent_dim":65536,"generator":{"hidden":[\#(widths)]},"#
                    + #""discriminator":{"hidden":[\#(widths)]}},"training":{"batch_size":1000000}}"#,
                .points(1_000_000, columns: 64))
        }
        #expect(error.problems.count == 1)
    }
}
