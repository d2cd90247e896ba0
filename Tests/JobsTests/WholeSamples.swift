import Adversarial
import Jobs

extension JobCenter {
    /// A part of a request as one block.
    func samples(
        from generator: SampledGenerator, _ request: SampleRequest, range: Range<Int>,
        isAbandoned: @escaping @Sendable () -> Bool = { false }
    ) throws -> SampleBlock {
        try samples(from: generator, request, range: range, isAbandoned: isAbandoned, make: { $0 }).joined()
    }
}

extension SamplingLanes {
    /// A part of a request as one block.
    func samples(
        from generator: SampledGenerator, _ request: SampleRequest, range: Range<Int>,
        isAbandoned: @escaping @Sendable () -> Bool = { false }
    ) throws -> SampleBlock {
        try samples(from: generator, request, range: range, isAbandoned: isAbandoned, make: { $0 }).joined()
    }
}

extension SamplePieces<SampleBlock> {
    /// What is left of the samples as one block.
    func joined() throws -> SampleBlock {
        var whole = SampleBlock(count: 0, itemShape: [], values: .floats([]))
        while let block = try next() {
            if whole.count == 0 { whole = block } else { whole.append(block) }
        }
        return whole
    }
}

extension SampleBlock {
    /// Adds the samples that follow in the same request.
    fileprivate mutating func append(_ next: SampleBlock) {
        count += next.count
        classes = classes.map { $0 + (next.classes ?? []) }
        switch (values, next.values) {
        case (.bytes(let pixels), .bytes(let more)): values = .bytes(pixels + more)
        case (.floats(let points), .floats(let more)): values = .floats(points + more)
        default: preconditionFailure("one sampler makes values of one kind")
        }
    }
}
