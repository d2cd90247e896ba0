internal import Datasets
internal import Networks
internal import Synchronization
internal import Torch

/// Samples of one request.
package struct SamplePart: Sendable {
    /// The whole wish.
    package var request: SampleRequest
    /// Which of its samples.
    package var range: Range<Int>

    package init(request: SampleRequest, range: Range<Int>) {
        self.request = request
        self.range = range
    }
}

/// Draws samples from a snapshot: always the averaged weights, always inference.
///
/// The generator runs in full tiles of a fixed size, each on one thread; so a sample's bytes depend on neither the range it
/// was asked for in, nor on other requests, nor on how many threads draw at once.
///
/// `@unchecked Sendable`: once made, inference only reads the network's tensors, which any number of threads may do at once;
/// what is known of tiles and of the last wish is under `tiles` and `drawing`, each a `Mutex`.
package final class Sampler: @unchecked Sendable {
    /// What is sampled from.
    package let snapshot: ModelSnapshot
    /// Samples that the generator makes at once; ranges that begin and end at multiples of it waste nothing.
    package var tileSize: Int { snapshot.tileSize }
    private let network: GeneratorNetwork
    private let frequencies: ClassFrequencies
    /// What is known of tiles so far.
    private let tiles = Mutex(Tiles())
    /// How selected samples are drawn, of the last selection.
    private let drawing = Mutex<(selection: any SampleSelection, drawing: any SelectedDrawing)?>(nil)

    private struct Tiles {
        var drawn = 0
        /// Nil until tried.
        var arePlaceless: Bool?
    }

    /// How often the generator ran, over the sampler's life.
    package var tilesDrawn: Int { tiles.withLock { $0.drawn } }

    /// Smallest truncation that is served: below it, redrawing would take forever.
    package static let truncations = 0.01...100.0

    /// Puts a snapshot's weights into a generator.
    ///
    /// - Throws: `CheckpointError` where they aren't those of its spec, and `EngineError`.
    package init(_ snapshot: ModelSnapshot) throws {
        self.snapshot = snapshot
        let plan = ArchitecturePlan(model: snapshot.spec.model, schema: snapshot.dataset.schema)
        var tensors: [String: Tensor] = [:]
        for weight in snapshot.weights {
            tensors[weight.name] = try Tensor(bytes: weight.bytes, shape: weight.shape, dtype: .float32)
        }
        network = try GeneratorNetwork(plan, tensors: tensors)
        frequencies = ClassFrequencies(
            counts: snapshot.attachment?.conditionCounts ?? snapshot.dataset.classCounts)
        // On one thread, so that samples are the same wherever they are drawn.
        try Engine.withThreads(1) { try snapshot.dataset.kind.learned.begin(network, snapshot) }
    }

    /// Draws a part of the samples that a request describes.
    ///
    /// - Parameters:
    ///   - request: the whole wish.
    ///   - range: which of its samples to draw, within `0..<request.count`.
    /// - Throws: `SampleRequestError` where the model can't serve the request, and `EngineError`.
    package func samples(_ request: SampleRequest, range: Range<Int>) throws -> SampleBlock {
        try check(request, range: range)
        if let selection = request.choice.selection {
            return try Engine.withThreads(1) {
                try drawing(of: selection).samples(request, range: range, by: self)
            }
        }
        return try Engine.withThreads(1) {
            var block = BlockBuilder(self, request, range)
            var first = range.lowerBound
            while first < range.upperBound {
                let start = first / tileSize * tileSize
                let wanted = first..<min(range.upperBound, start + tileSize)
                let output = try forward(
                    [SamplePart(request: request, range: start..<wanted.upperBound)], rows: tileSize)
                try block.append(output, rows: wanted.lowerBound - start..<wanted.upperBound - start)
                first = wanted.upperBound
            }
            return block.built
        }
    }

    /// Draws parts of several requests, which fill the generator's tiles together.
    ///
    /// Each sample has the bytes that it has alone: where a first trial shows that a row's result depends on its place in
    /// the tile, as the library may have it on some processor, each part gets tiles of its own.
    ///
    /// - Throws: `SampleRequestError` where the model can't serve one of them, and `EngineError`.
    package func samples(_ parts: [SamplePart]) throws -> [SampleBlock] {
        for part in parts { try check(part.request, range: part.range) }
        guard parts.count > 1, parts.allSatisfy({ $0.request.choice.selection == nil }), try sharesTiles() else {
            return try parts.map { try samples($0.request, range: $0.range) }
        }
        return try Engine.withThreads(1) { try samplesTogether(parts) }
    }

    private func samplesTogether(_ parts: [SamplePart]) throws -> [SampleBlock] {
        var blocks = parts.map { BlockBuilder(self, $0.request, $0.range) }
        var tile: [(part: Int, slice: SamplePart)] = []
        var room = tileSize
        func flush() throws {
            guard room < tileSize else { return }
            let output = try forward(tile.map(\.slice), rows: tileSize)
            var row = 0
            for (part, slice) in tile {
                try blocks[part].append(output, rows: row..<row + slice.range.count)
                row += slice.range.count
            }
            tile = []
            room = tileSize
        }
        for (index, part) in parts.enumerated() {
            var next = part.range.lowerBound
            while next < part.range.upperBound {
                let end = min(part.range.upperBound, next + room)
                tile.append((index, SamplePart(request: part.request, range: next..<end)))
                room -= end - next
                next = end
                if room == 0 { try flush() }
            }
        }
        try flush()
        return blocks.map(\.built)
    }

    /// Whether a row of a tile comes out the same wherever it stands, tried once: a tile forwards and backwards.
    private func sharesTiles() throws -> Bool {
        if let known = tiles.withLock({ $0.arePlaceless }) { return known }
        let request = SampleRequest(count: tileSize, seed: 1)
        let (forwards, backwards) = try Engine.withThreads(1) {
            (
                try bytes(of: forward([SamplePart(request: request, range: 0..<tileSize)], rows: tileSize)),
                try bytes(
                    of: forward(
                        (0..<tileSize).reversed().map { SamplePart(request: request, range: $0..<$0 + 1) },
                        rows: tileSize))
            )
        }
        let size = forwards.count / tileSize
        let result = (0..<tileSize).allSatisfy { row in
            let mirrored = (tileSize - 1 - row) * size
            return forwards[row * size..<(row + 1) * size] == backwards[mirrored..<mirrored + size]
        }
        tiles.withLock { $0.arePlaceless = result }
        return result
    }

    /// The elements of a contiguous tensor of any shape.
    private func bytes(of tensor: Tensor) throws -> [UInt8] {
        try tensor.withBytes { [UInt8]($0) }
    }

    /// Gathers a part's samples out of tiles.
    private struct BlockBuilder {
        private let range: Range<Int>
        private let classes: [Int]?
        /// Numbers of one that the generator puts out.
        private let size: Int
        private var decoder: any ItemDecoder

        init(_ sampler: Sampler, _ request: SampleRequest, _ range: Range<Int>) {
            self.range = range
            let snapshot = sampler.snapshot
            // Conditions that aren't the schema's classes are no more than how training was done.
            let hasClasses = snapshot.spec.model.conditioning != nil && !snapshot.dataset.schema.classes.isEmpty
            classes = hasClasses ? range.map { sampler.class(of: $0, in: request) } : nil
            size = snapshot.attachment?.outputCount ?? snapshot.dataset.schema.elementCount
            decoder = snapshot.dataset.kind.learned.decoder(snapshot, seed: request.seed, range: range)
        }

        /// - Parameters:
        ///   - output: what the generator puts out, `[tile, size]` or `[tile, …]` with as many numbers.
        ///   - rows: those of the tile that are the part's.
        mutating func append(_ output: Tensor, rows: Range<Int>) throws {
            try output.withBytes { bytes in
                let values = bytes.assumingMemoryBound(to: Float.self)
                let places = rows.lowerBound * size..<rows.upperBound * size
                decoder.append(UnsafeBufferPointer(rebasing: values[places]))
            }
        }

        var built: SampleBlock {
            SampleBlock(
                first: range.lowerBound, count: range.count, itemShape: decoder.itemShape, values: decoder.values,
                classes: classes)
        }
    }

    /// Whether the model can serve a request.
    ///
    /// - Throws: `SampleRequestError` where it can't.
    package func check(_ request: SampleRequest, range: Range<Int>) throws {
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
        try request.choice.selection?.check(request, snapshot)
        guard case .classes(let classes) = request.choice else { return }
        let count = snapshot.dataset.schema.classes.count
        guard snapshot.spec.model.conditioning != nil else {
            throw SampleRequestError(parameter: "class", detail: "the model isn't conditional, so it knows no classes")
        }
        guard !classes.isEmpty, classes.allSatisfy((0..<count).contains) else {
            throw SampleRequestError(parameter: "class", detail: "must be one or more of the \(count) classes")
        }
    }

    private func drawing(of selection: any SampleSelection) throws -> any SelectedDrawing {
        if let known = drawing.withLock({ $0 }), known.selection.isSame(as: selection) { return known.drawing }
        let made = try selection.drawing(by: self)
        drawing.withLock { $0 = (selection, made) }
        return made
    }

    /// What the generator puts out, `[items, …]`, each of a latent of its own.
    ///
    /// - Parameters:
    ///   - items: the latents' indices, a tile at most.
    ///   - conditions: of each item; nil for one that is drawn by frequency.
    func generated(
        _ items: [UInt64], seed: UInt64, conditions: [Int?], truncation: Double? = nil
    ) throws -> Tensor {
        let dimension = snapshot.spec.model.latentDimension
        let count = max(tileSize, items.count)
        let vectors = LatentVectors(seed: seed, dimension: dimension, truncation: truncation)
        let random = Philox(seed: seed)
        var latents = [Float](repeating: 0, count: count * dimension)
        latents.withUnsafeMutableBufferPointer { latents in
            for (row, item) in items.enumerated() {
                let places = row * dimension..<(row + 1) * dimension
                vectors.write(item: Int(item), into: UnsafeMutableBufferPointer(rebasing: latents[places]))
            }
        }
        var labels: Tensor?
        if snapshot.spec.model.conditioning != nil {
            let drawn = items.indices.map { row in
                Int64(conditions[row] ?? frequencies.class(at: random.uniform(.sampledClass, item: items[row])))
            }
            labels = try Tensor(drawn + [Int64](repeating: 0, count: count - drawn.count))
        }
        tiles.withLock { $0.drawn += 1 }
        let input = try Tensor(latents, shape: [count, dimension])
        return try withoutGradients { try network.forward(input, labels: labels, mode: .inference) }
    }

    /// Samples as the networks see them, `[samples, …]`, made at once on the calling thread's threads.
    func generate(_ range: Range<Int>, of request: SampleRequest) throws -> Tensor {
        try forward([SamplePart(request: request, range: range)], rows: range.count)
    }

    /// Runs the generator once.
    ///
    /// - Parameter rows: at least as many as there are samples; the others are nobody's.
    private func forward(_ slices: [SamplePart], rows: Int) throws -> Tensor {
        tiles.withLock { $0.drawn += 1 }
        let dimension = snapshot.spec.model.latentDimension
        var latents = [Float](repeating: 0, count: rows * dimension)
        latents.withUnsafeMutableBufferPointer { latents in
            var row = 0
            for slice in slices {
                let places = row * dimension..<(row + slice.range.count) * dimension
                writeLatents(
                    of: slice.range, in: slice.request, into: UnsafeMutableBufferPointer(rebasing: latents[places]))
                row += slice.range.count
            }
        }
        var labels: [Int64] = []
        if snapshot.spec.model.conditioning != nil {
            labels = slices.flatMap { slice in slice.range.map { Int64(self.class(of: $0, in: slice.request)) } }
            labels += repeatElement(0, count: rows - labels.count)
        }
        let items = try Tensor(latents, shape: [rows, dimension])
        let classes = labels.isEmpty ? nil : try Tensor(labels)
        return try withoutGradients { try network.forward(items, labels: classes, mode: .inference) }
    }

    /// The class of a sample: as balance has it, in turn from those wished for, else by the training frequencies.
    ///
    /// Without a wish, the steps of an interpolation share the class of its first seed.
    private func `class`(of sample: Int, in request: SampleRequest) -> Int {
        switch request.choice {
        case .balance(let balance): return balance.class(of: sample)
        case .classes(let classes): return classes[sample % classes.count]
        case .asTrained, .selection:
            let seed = request.interpolate?.first ?? request.seed
            let item = request.interpolate == nil ? UInt64(sample) : 0
            return frequencies.class(at: Philox(seed: seed).uniform(.sampledClass, item: item))
        }
    }

    /// `[items, dimension]`, row after row.
    private func writeLatents(
        of items: Range<Int>, in request: SampleRequest, into rows: UnsafeMutableBufferPointer<Float>
    ) {
        let dimension = snapshot.spec.model.latentDimension
        guard let ends = request.interpolate else {
            let vectors = LatentVectors(seed: request.seed, dimension: dimension, truncation: request.truncation)
            vectors.write(items: items, into: rows)
            return
        }
        let first = latent(seed: ends.first, item: 0, request)
        let second = latent(seed: ends.second, item: 0, request)
        for (row, step) in items.enumerated() {
            let share = Double(min(step, request.count - 1)) / Double(max(1, request.count - 1))
            let latent = LatentVectors.onGreatCircle(from: first, to: second, share: share)
            for place in 0..<dimension { rows[row * dimension + place] = latent[place] }
        }
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
