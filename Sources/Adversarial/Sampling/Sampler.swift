internal import Datasets
internal import Networks
internal import Torch

/// Draws samples from a snapshot: always the averaged weights, always inference.
///
/// The generator runs in full tiles of a fixed size, each over consecutive samples of one request, on the threads that
/// the spec fixes; so a sample's bytes depend on neither the range it was asked for in nor on other requests.
///
/// Not `Sendable`: one thread at a time.
package final class Sampler {
    /// What is sampled from.
    package let snapshot: GeneratorSnapshot
    /// Samples that the generator makes at once; ranges that begin and end at multiples of it waste nothing.
    package let tileSize: Int
    private let network: GeneratorNetwork
    private let frequencies: ClassFrequencies

    /// Smallest truncation that is served: below it, redrawing would take forever.
    package static let truncations = 0.01...100.0

    /// Puts a snapshot's weights into a generator.
    ///
    /// - Throws: `CheckpointError` where they aren't those of its spec, and `EngineError`.
    package init(_ snapshot: GeneratorSnapshot) throws {
        self.snapshot = snapshot
        let plan = ArchitecturePlan(model: snapshot.spec.model, schema: snapshot.dataset.schema)
        var tensors: [String: Tensor] = [:]
        for weight in snapshot.weights {
            tensors[weight.name] = try Tensor(bytes: weight.bytes, shape: weight.shape, dtype: .float32)
        }
        network = try GeneratorNetwork(plan, tensors: tensors)
        frequencies = ClassFrequencies(counts: snapshot.dataset.classCounts)
        tileSize = Self.tileSize(snapshot.dataset.kind)
    }

    /// Samples that a generator of a kind's items makes at once.
    static func tileSize(_ kind: DatasetKind) -> Int { kind == .images ? 32 : 256 }

    /// Draws a part of the samples that a request describes.
    ///
    /// - Parameters:
    ///   - request: the whole wish.
    ///   - range: which of its samples to draw, within `0..<request.count`.
    /// - Throws: `SampleRequestError` where the model can't serve the request, and `EngineError`.
    package func samples(_ request: SampleRequest, range: Range<Int>) throws -> SampleBlock {
        try check(request, range: range)
        try Engine.setThreads(snapshot.spec.threads)
        let classes = snapshot.spec.model.conditioning == nil ? nil : range.map { self.class(of: $0, in: request) }
        let item = ItemShape(snapshot.dataset.schema)
        var decoder = SampleDecoder(schema: snapshot.dataset.schema, capacity: range.count * item.elementCount)
        var tile = range.lowerBound / tileSize
        while tile * tileSize < range.upperBound {
            let output = try generate(tile: tile, of: request)
            let first = tile * tileSize
            let wanted = range.clamped(to: first..<first + tileSize)
            try output.withBytes { bytes in
                let values = bytes.assumingMemoryBound(to: Float.self)
                for sample in wanted {
                    let start = (sample - first) * item.elementCount
                    decoder.append(UnsafeBufferPointer(rebasing: values[start..<start + item.elementCount]))
                }
            }
            tile += 1
        }
        return SampleBlock(
            count: range.count, itemShape: decoder.itemShape, values: decoder.values, classes: classes)
    }

    private func check(_ request: SampleRequest, range: Range<Int>) throws {
        guard request.count > 0, range.lowerBound >= 0, range.upperBound <= request.count else {
            throw SampleRequestError(
                parameter: "n",
                detail: "samples \(range.lowerBound) to \(range.upperBound) of \(request.count) can't be had")
        }
        if let truncation = request.truncation, !Self.truncations.contains(truncation) {
            throw SampleRequestError(
                parameter: "truncation",
                detail: "must be from \(Self.truncations.lowerBound) to \(Self.truncations.upperBound); "
                    + "\(truncation) was given")
        }
        guard let classes = request.classes else { return }
        let count = snapshot.dataset.schema.classes.count
        guard snapshot.spec.model.conditioning != nil else {
            throw SampleRequestError(parameter: "class", detail: "the model isn't conditional, so it knows no classes")
        }
        guard !classes.isEmpty, classes.allSatisfy((0..<count).contains) else {
            throw SampleRequestError(parameter: "class", detail: "must be one or more of the \(count) classes")
        }
    }

    /// A full tile of samples as the networks see them, `[tileSize, …]`.
    func generate(tile: Int, of request: SampleRequest) throws -> Tensor {
        let items = tile * tileSize..<(tile + 1) * tileSize
        let labels =
            snapshot.spec.model.conditioning == nil
            ? nil : try Tensor(items.map { Int64(self.class(of: $0, in: request)) })
        let latents = try latents(of: items, in: request)
        return try withoutGradients { try network.forward(latents, labels: labels, mode: .inference) }
    }

    /// The class of a sample: in turn from those wished for, else by the training frequencies.
    ///
    /// Without a wish, the steps of an interpolation share the class of its first seed.
    private func `class`(of sample: Int, in request: SampleRequest) -> Int {
        if let classes = request.classes { return classes[sample % classes.count] }
        let seed = request.interpolate?.first ?? request.seed
        let item = request.interpolate == nil ? UInt64(sample) : 0
        return frequencies.class(at: Philox(seed: seed).uniform(.sampledClass, item: item))
    }

    private func latents(of items: Range<Int>, in request: SampleRequest) throws -> Tensor {
        let dimension = snapshot.spec.model.latentDimension
        let values: [Float]
        if let ends = request.interpolate {
            let first = latent(seed: ends.first, item: 0, request)
            let second = latent(seed: ends.second, item: 0, request)
            values = items.flatMap { step in
                let share = Double(min(step, request.count - 1)) / Double(max(1, request.count - 1))
                return LatentVectors.onGreatCircle(from: first, to: second, share: share)
            }
        } else {
            let vectors = LatentVectors(seed: request.seed, dimension: dimension, truncation: request.truncation)
            values = [Float](unsafeUninitializedCapacity: items.count * dimension) { buffer, count in
                for (place, item) in items.enumerated() {
                    let row = buffer[place * dimension..<(place + 1) * dimension]
                    vectors.write(item: item, into: UnsafeMutableBufferPointer(rebasing: row))
                }
                count = items.count * dimension
            }
        }
        return try Tensor(values, shape: [items.count, dimension])
    }

    private func latent(seed: UInt64, item: Int, _ request: SampleRequest) -> [Float] {
        let dimension = snapshot.spec.model.latentDimension
        let vectors = LatentVectors(seed: seed, dimension: dimension, truncation: request.truncation)
        return [Float](unsafeUninitializedCapacity: dimension) { buffer, count in
            vectors.write(item: item, into: buffer)
            count = dimension
        }
    }
}
