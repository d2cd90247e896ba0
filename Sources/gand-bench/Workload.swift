import Adversarial
import ArgumentParser
import Codecs
import Datasets
import Torch

/// With what a training calculates.
struct Arithmetic: ParsableArguments {
    @Option(help: "What trains: cpu, cuda:0 and so on.", transform: device)
    var device = Device.cpu

    @Option(help: "Of products' factors: fp32 or bf16.")
    var precision = Precision.fp32

    @Option(help: "What multiplies matrices on the CPU: onednn or blas.")
    var product = MatrixProduct.oneDNN

    static func device(_ name: String) throws -> Device {
        guard let device = Device(name: name), Device.all.contains(device) else {
            throw ValidationError("there is \(Device.all.map(\.description).joined(separator: ", "))")
        }
        return device
    }
}

extension Precision: ExpressibleByArgument {}
extension MatrixProduct: ExpressibleByArgument {}

/// The trainings that are measured; `docs/benchmarks.md` has the table.
///
/// A step is one discriminator and one generator update, non-saturating BCE, Adam (2e-4, 0.5, 0.999).
enum Workload: String, CaseIterable, ExpressibleByArgument {
    case ring
    case mnistMLP = "mnist-mlp"
    case dcgan32 = "dcgan-32"
    case dcgan64 = "dcgan-64"

    /// A trainer of the workload, its dataset made up and imported into a temporary folder that is gone again.
    ///
    /// What the items show doesn't matter to the time that a step takes.
    ///
    /// - Parameters:
    ///   - usesGraph: whether perceptrons too are trained with a gradient graph.
    ///   - batch: items in a batch; nil for the workload's own.
    ///   - arithmetic: with what it calculates; nil for the CPU in fp32.
    ///   - side: height and width of the pictures of a DCGAN, a power of two from 16; nil for the workload's own.
    func trainer(
        threads: Int, freshFakes: Bool, usesGraph: Bool = false, batch: Int? = nil, side: Int? = nil,
        arithmetic: Arithmetic? = nil
    ) throws -> Trainer {
        try TemporaryFolder.with { stored in
            let upload = stored + "/upload"
            try items(side: side).write(to: upload)
            let manifest = try DatasetImporter.importDataset(
                upload: upload, into: stored, kind: nil, limits: DatasetLimits(), shouldStop: { false })
            let limits = MachineLimits(memoryBytes: .max, cores: threads, threadsPerJob: threads)
            let request = request(freshFakes: freshFakes, batch: batch, side: side)
            var spec = try SpecResolver.resolve(request, dataset: manifest, machine: limits).spec
            if let arithmetic {
                (spec.device, spec.precision) = (arithmetic.device, arithmetic.precision)
                spec.matrixProduct = arithmetic.product
            }
            return try Trainer(spec: spec, dataset: Dataset(opening: stored), usesGraph: usesGraph)
        }
    }

    /// What a step draws its real items from.
    private func items(side: Int?) -> SyntheticItems {
        switch self {
        case .ring: .ring(count: 10_000)
        case .mnistMLP: .images(count: 4_000, side: 28, channels: 1)
        case .dcgan32: .images(count: 4_000, side: side ?? 32, channels: 1)
        case .dcgan64: .images(count: 1_000, side: side ?? 64, channels: 3)
        }
    }

    /// The job, as a client would send it.
    private func request(freshFakes: Bool, batch: Int?, side: Int?) -> JSON {
        [
            "dataset_id": "ds_bench", "seed": 1, "model": model(side: side),
            "training": [
                "steps": 1_000_000, "batch_size": .integer(Int64(batch ?? (self == .ring ? 256 : 64))),
                "objective": "non_saturating",
                "discriminator_steps": 1, "fresh_fakes": .boolean(freshFakes), "augmentation": "none",
                "optimizer": ["type": "adam", "learning_rate": 2e-4, "beta1": 0.5, "beta2": 0.999],
            ],
        ]
    }

    private func model(side: Int?) -> JSON {
        switch self {
        case .ring:
            [
                "architecture": "mlp", "latent_dim": 16,
                "generator": ["hidden": [128, 128], "activation": "relu"],
                "discriminator": ["hidden": [128, 128], "activation": "relu"],
            ]
        case .mnistMLP:
            [
                "architecture": "mlp", "latent_dim": 100,
                "generator": ["hidden": [256, 512], "activation": "leaky_relu"],
                "discriminator": ["hidden": [512, 256], "activation": "leaky_relu"],
            ]
        case .dcgan32, .dcgan64:
            [
                "architecture": "dcgan", "latent_dim": 100, "base_channels": 64,
                // Down to 4×4.
                "stages": .integer(Int64((side ?? (self == .dcgan32 ? 32 : 64)).trailingZeroBitCount - 2)),
            ]
        }
    }
}
