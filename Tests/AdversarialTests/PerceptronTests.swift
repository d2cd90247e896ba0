import Adversarial
import Datasets
import Networks
import Testing
import Torch

/// Perceptrons are trained without a gradient graph, to the numbers of one.
@Suite struct PerceptronTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var dataset = DatasetManifest.points(columns: 3)
        var model = #""latent_dim":5,"generator":{"hidden":[12,10]},"discriminator":{"hidden":[10,7]}"#
        let training: String
        var batch = 48
        var threads = 1
        var product = MatrixProduct.oneDNN

        var testDescription: String { name }

        func spec() throws -> ResolvedSpec {
            let body =
                #"{"dataset_id":"ds_1","seed":3,"model":{"architecture":"mlp",\#(model)},"#
                + #""training":{"batch_size":\#(batch),"steps":100,\#(training)}}"#
            var spec = try resolve(body, dataset).spec
            spec.threads = threads
            spec.matrixProduct = product
            return spec
        }

        func trainer(usesGraph: Bool) throws -> Trainer {
            try Trainer(
                spec: spec(), dataset: dataset, batches: SyntheticItems(dataset.schema),
                latents: SeededNoise(seed: 11, classes: 1), usesGraph: usesGraph)
        }
    }

    private static let none = #""regularisation":{"r1":0,"r2":0}"#
    /// A discriminator whose units are each active for some items only.
    ///
    /// Where logits weigh alike on both sides, a unit that is active for all gets no gradient but the graph's rounding, and
    /// Adam follows that.
    private static let shallow = #""latent_dim":5,"generator":{"hidden":[12,10]},"discriminator":{"hidden":[14]}"#

    static let fused: [Case] = [
        Case(name: "minimax", training: #""objective":"minimax""#),
        Case(name: "non-saturating", training: #""objective":"non_saturating""#),
        Case(name: "least squares", training: #""objective":"least_squares""#),
        Case(name: "hinge", model: shallow, training: #""objective":"hinge""#),
        Case(
            name: "wasserstein", model: shallow,
            training: #""objective":"wasserstein","regularisation":{"r1":0.5,"r2":0.2}"#),
        Case(name: "relativistic", model: shallow, training: #""objective":"relativistic""#),
        Case(name: "relativistic without penalty", model: shallow, training: #""objective":"relativistic",\#(none)"#),
        Case(name: "R1 alone", training: #""objective":"non_saturating","regularisation":{"r1":3}"#),
        Case(name: "R2 alone", training: #""objective":"non_saturating","regularisation":{"r2":3}"#),
        Case(
            name: "both penalties", training: #""objective":"least_squares","regularisation":{"r1":0.5,"r2":2}"#,
            threads: 2),
        Case(name: "two threads", model: shallow, training: #""objective":"relativistic""#, threads: 2),
        Case(
            name: "more threads than packs", model: shallow, training: #""objective":"hinge""#, batch: 2,
            threads: 3),
        Case(
            name: "packs", model: shallow,
            training: #""objective":"relativistic","packing":4,"regularisation":{"r1":0.3,"r2":0.1}"#,
            threads: 2),
        Case(name: "an odd batch", training: #""objective":"non_saturating""#, batch: 13, threads: 2),
        Case(
            name: "shared fakes",
            training: #""objective":"non_saturating","fresh_fakes":false,"discriminator_steps":3"#, threads: 2),
        Case(name: "smoothed labels", training: #""objective":"non_saturating","label_smoothing":0.1"#),
        Case(
            name: "clipped gradients", model: shallow, training: #""objective":"hinge","gradient_clipping":0.05"#,
            threads: 2),
        Case(
            name: "an adapting ratio",
            training: #""objective":"non_saturating","balance":{"lower":0.9,"upper":0.99}"#),
        Case(
            name: "colour images", dataset: .images(height: 5, width: 4, channels: 3),
            training: #""objective":"non_saturating","augmentation":"none""#, threads: 2),
        Case(
            name: "large layers", dataset: .images(height: 28, width: 28),
            model: #""generator":{"hidden":[10,100]},"discriminator":{"hidden":[100,10]}"#,
            training: #""objective":"non_saturating","augmentation":"none""#, threads: 2),
        Case(
            name: "large layers by BLAS", dataset: .images(height: 28, width: 28),
            model: #""generator":{"hidden":[10,100]},"discriminator":{"hidden":[100,10]}"#,
            training: #""objective":"non_saturating","augmentation":"none""#, threads: 2, product: .blas),
        Case(
            name: "large batches", model: #""generator":{"hidden":[128,128]},"discriminator":{"hidden":[128,128]}"#,
            training: #""objective":"non_saturating""#, batch: 256, threads: 2),
        Case(
            name: "large batches by BLAS",
            model: #""generator":{"hidden":[128,128]},"discriminator":{"hidden":[128,128]}"#,
            training: #""objective":"non_saturating""#, batch: 256, threads: 2, product: .blas),
        Case(
            name: "large layers and batches", dataset: .images(height: 28, width: 28, perClass: 1_024),
            model: #""generator":{"hidden":[10,100]},"discriminator":{"hidden":[100,10]}"#,
            training: #""objective":"non_saturating","augmentation":"none""#, batch: 1_024, threads: 2),
        Case(
            name: "large layers with penalties", dataset: .images(height: 28, width: 28),
            model: #""generator":{"hidden":[10,100]},"discriminator":{"hidden":[100,10]}"#,
            training: #""objective":"least_squares","augmentation":"none","packing":2,"#
                + #""regularisation":{"r1":0.5,"r2":2}"#, threads: 3),
        Case(
            name: "curved activations",
            model:
                #""generator":{"hidden":[9],"activation":"tanh"},"discriminator":{"hidden":[8],"activation":"tanh"}"#,
            training: #""objective":"least_squares""#),
        Case(
            name: "ReLU",
            model: #""generator":{"hidden":[9],"activation":"relu"},"#
                + #""discriminator":{"hidden":[30],"activation":"relu"}"#,
            training: #""objective":"non_saturating","regularisation":{"r1":1,"r2":1}"#),
    ]

    @Test(arguments: fused)
    func numbersAreThoseOfTheGraph(some: Case) throws {
        let ours = try some.trainer(usesGraph: false)
        let graph = try some.trainer(usesGraph: true)
        #expect(!ours.usesGraph && graph.usesGraph)
        for _ in 0..<30 {
            let (report, expected) = (try ours.advance(), try graph.advance())
            #expect(report.samplesSeen == expected.samplesSeen)
            for (value, other) in zip(report.values, expected.values) {
                #expect(abs(value - other) <= 1e-3 * abs(other) + 1e-4)
            }
        }
        for (tensor, expected) in zip(ours.namedTensors, graph.namedTensors) {
            let difference = try relativeDifference(tensor.tensor.floats(), expected.tensor.floats())
            #expect(difference < 1e-4, "\(tensor.name)")
        }
    }

    static let withGraph: [Case] = [
        Case(
            name: "another optimiser",
            training: #""objective":"hinge","optimizer":{"type":"sgd","learning_rate":0.01,"momentum":0.9}"#),
        Case(name: "a penalty between items", training: #""objective":"wasserstein""#),
        Case(name: "instance noise", training: #""objective":"hinge","instance_noise":0.1"#),
        Case(
            name: "augmentation", dataset: .images(height: 8, width: 8),
            training: #""objective":"hinge","augmentation":"diffaugment""#),
        Case(
            name: "penalised curves", model: #""discriminator":{"hidden":[8],"activation":"tanh"}"#,
            training: #""objective":"relativistic""#),
        Case(name: "batch norm", model: #""generator_norm":"batch""#, training: #""objective":"hinge""#),
        Case(name: "spectral norm", model: #""discriminator_norm":"spectral""#, training: #""objective":"hinge""#),
        Case(name: "minibatch deviation", model: #""minibatch_std":true"#, training: #""objective":"hinge""#),
        Case(
            name: "classes", dataset: .images(height: 8, width: 8, classes: 3), model: #""conditional":true"#,
            training: #""objective":"hinge","augmentation":"none""#),
    ]

    @Test(arguments: withGraph)
    func whatPerceptronsCantDoIsLeftToTheGraph(some: Case) throws {
        #expect(try some.trainer(usesGraph: false).usesGraph)
    }

    /// The norm of the difference over the norm.
    private func relativeDifference(_ values: [Float], _ others: [Float]) -> Double {
        let difference = zip(values, others).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        let norm = others.reduce(0.0) { $0 + Double($1 * $1) }
        return (difference / max(norm, 1e-12)).squareRoot()
    }
}
