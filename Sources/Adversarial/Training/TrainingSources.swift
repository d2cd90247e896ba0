internal import Datasets
package import Torch

/// Where a trainer's real items come from.
package protocol BatchSource: AnyObject {
    /// A full batch of training items, `[count, …]`, and `int64` `[count]` classes where there are any.
    ///
    /// A pure function of its arguments.
    ///
    /// - Parameters:
    ///   - count: items in the batch.
    ///   - position: samples seen before it.
    func batch(count: Int, atSample position: Int) throws -> (items: Tensor, labels: Tensor?)

    /// Items `[count, …]` as networks see them, of those of a batch moved to any device, where a source gives them as they are stored.
    func expanded(_ items: Tensor) throws -> Tensor
}

extension BatchSource {
    package func expanded(_ items: Tensor) throws -> Tensor { items }
}

/// Where a trainer's noise comes from.
package protocol LatentSource: AnyObject {
    /// Latents of N(0, 1), `[count, dimension]`; each call gives new ones.
    func latents(count: Int, dimension: Int) throws -> Tensor

    /// Classes for a generator step, `int64` `[count]`, drawn as often as they are in the training data.
    ///
    /// - Parameters:
    ///   - count: items in the batch.
    ///   - step: the step they are for; 1 for the first.
    func classes(count: Int, step: Int) throws -> Tensor

    /// Where between a real and a generated item a penalty looks: uniform in 0..<1, `[count]`.
    func shares(count: Int) throws -> Tensor

    /// Noise of N(0, 1), of any shape such as `[batch, …]`, for what the discriminator sees.
    func noise(_ shape: Shape) throws -> Tensor

    /// All that the numbers to come depend on.
    func state() throws -> [UInt8]

    /// Goes back to a state that `state()` gave.
    func restore(_ state: [UInt8]) throws
}

/// A dataset's training items in the order that a seed gives them.
final class DatasetBatches: BatchSource {
    private let dataset: Dataset
    private let seed: UInt64
    private let isStored: Bool

    /// - Parameter isStored: whether items are given as they are stored, where that is smaller.
    init(_ dataset: Dataset, seed: UInt64, isStored: Bool) {
        self.dataset = dataset
        self.seed = seed
        self.isStored = isStored
    }

    func batch(count: Int, atSample position: Int) throws -> (items: Tensor, labels: Tensor?) {
        let batch =
            try isStored
            ? dataset.storedBatch(count: count, atSample: position, seed: seed)
            : dataset.batch(count: count, atSample: position, seed: seed)
        return (batch.items, batch.labels)
    }

    func expanded(_ items: Tensor) throws -> Tensor {
        try isStored ? dataset.manifest.schema.expanded(items) : items
    }
}

/// Noise from a job's own generator, and classes by the training items' frequencies.
final class RandomLatents: LatentSource {
    private let generator: RandomSource
    private let classRandom: Philox
    private let frequencies: ClassFrequencies

    init(seed: UInt64, classSeed: UInt64, classCounts: [Int]) throws {
        generator = try RandomSource(seed: seed)
        classRandom = Philox(seed: classSeed)
        frequencies = ClassFrequencies(counts: classCounts)
    }

    func latents(count: Int, dimension: Int) throws -> Tensor {
        try Tensor.normal([count, dimension], generator: generator)
    }

    func classes(count: Int, step: Int) throws -> Tensor {
        let first = UInt64(step) * UInt64(count)
        return try Tensor(
            (0..<UInt64(count)).map {
                Int64(frequencies.class(at: classRandom.uniform(.trainingClass, item: first + $0)))
            })
    }

    func shares(count: Int) throws -> Tensor {
        try Tensor.uniform([count], generator: generator)
    }

    func noise(_ shape: Shape) throws -> Tensor {
        try Tensor.normal(shape, generator: generator)
    }

    func state() throws -> [UInt8] { try generator.state() }

    func restore(_ state: [UInt8]) throws { try generator.restore(state) }
}

/// How often each class occurs among the training items.
package struct ClassFrequencies: Sendable {
    private let cumulated: [Double]

    package init(counts: [Int]) {
        let total = Double(max(1, counts.reduce(0, +)))
        var sum = 0
        cumulated = counts.map { count in
            sum += count
            return Double(sum) / total
        }
    }

    /// The class whose share of 0..<1 holds the number; the empty ones have none.
    package func `class`(at share: Double) -> Int {
        var low = 0
        var high = cumulated.count - 1
        while low < high {
            let middle = (low + high) / 2
            if cumulated[middle] > share { high = middle } else { low = middle + 1 }
        }
        return max(0, low)
    }
}

/// Seeds for the parts of a run, far from one another however close the runs' own seeds are.
struct RunSeeds {
    let initialisation: UInt64
    let latents: UInt64
    let classes: UInt64
    let batches: UInt64
    let evaluation: UInt64

    init(seed: UInt64) {
        let random = Philox(seed: seed)
        func part(_ number: UInt32) -> UInt64 {
            let words = random.words(at: SIMD4(number, 0, 0, UInt32.max))
            return UInt64(words.x) << 32 | UInt64(words.y)
        }
        initialisation = part(0)
        latents = part(1)
        classes = part(2)
        batches = part(3)
        evaluation = part(4)
    }
}
