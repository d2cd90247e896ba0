internal import Datasets
internal import Torch

extension RowWish: SampleSelection {
    package func check(_ request: SampleRequest, _ snapshot: ModelSnapshot) throws {
        guard snapshot.table != nil, request.interpolate == nil else {
            throw SampleRequestError(
                parameter: "where", detail: "belongs to rows of a table, each with a latent of its own")
        }
    }

    package func drawing(by sampler: Sampler) throws -> any SelectedDrawing {
        guard let table = sampler.snapshot.table else {
            throw CheckpointError(detail: "the checkpoint has no code of a table")
        }
        return try RowDrawing(sampler, table, self)
    }
}

extension RowDrawing: SelectedDrawing {
    package func samples(_ request: SampleRequest, range: Range<Int>, by sampler: Sampler) throws -> SampleBlock {
        let decoder = TableDecoder(table, seed: request.seed)
        let width = table.schema.columns.count
        var cells = [Double](repeating: .nan, count: range.count * width)
        for sample in range where turn(of: sample).isRare {
            var round = 0
            while true {
                let isHad = try cells.withUnsafeMutableBufferPointer { cells in
                    guard let target = cells.baseAddress else { return false }
                    return try drawRare(
                        sample, round: round, request, by: sampler, decoder,
                        into: target + (sample - range.lowerBound) * width)
                }
                if isHad { break }
                round = try Self.round(after: round, atMost: Self.mostRareRounds)
            }
        }
        var waiting = range.filter { !turn(of: $0).isRare }.map { (sample: $0, round: 0) }[...]
        while !waiting.isEmpty {
            let some = waiting.prefix(max(1, sampler.tileSize / candidates))
            waiting = waiting.dropFirst(some.count)
            let items = some.flatMap { sample, round in
                (0..<candidates).map { Self.item(sample: sample, candidate: round * candidates + $0) }
            }
            let conditions = some.flatMap { sample, _ in
                [Int?](repeating: condition(of: sample), count: candidates)
            }
            let made = try sampler.generated(
                items, seed: request.seed, conditions: conditions, truncation: request.truncation)
            try made.withBytes { bytes in
                guard let start = bytes.assumingMemoryBound(to: Float.self).baseAddress else { return }
                for (place, (sample, round)) in some.enumerated() {
                    let row = start + place * candidates * table.layout.width
                    let isHad = cells.withUnsafeMutableBufferPointer { cells in
                        guard let target = cells.baseAddress else { return false }
                        return choose(
                            row, sample: sample, round: round, decoder,
                            into: target + (sample - range.lowerBound) * width)
                    }
                    if !isHad { waiting.append((sample, try Self.round(after: round, atMost: Self.mostRounds))) }
                }
            }
        }
        return SampleBlock(
            first: range.lowerBound, count: range.count, itemShape: [width], values: .cells(cells))
    }

    /// The next round of a sample whose row was a copy.
    private static func round(after round: Int, atMost most: Int) throws -> Int {
        guard round < most else {
            throw SampleRequestError(
                parameter: "exclude_copies",
                detail: "\(most) rows in a row that the model made are in the training set; "
                    + "a table of so few different rows has no others to give")
        }
        return round + 1
    }

    private static let mostRounds = 1_000
    /// Of rows that take as many latents as tens of others.
    private static let mostRareRounds = 100
}
