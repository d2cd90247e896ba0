internal import Glibc
internal import Torch

extension RowDrawing {
    /// Latents that are tried for a sample at most.
    private static let mostTried = 2_048

    /// Makes the cells of a sample whose turn the model makes rarely.
    ///
    /// Latents are tried one after another, and each is taken as likely as it leads to what is given, so that the row is like those
    /// that have it (rejection sampling, von Neumann 1951). Where none of so many is taken, it is the one of them that chance and
    /// its likelihood choose.
    ///
    /// - Parameters:
    ///   - round: how often the sample was drawn before, as its rows were copies.
    /// - Returns: whether the row may be had.
    func drawRare(
        _ sample: Int, round: Int, _ request: SampleRequest, by sampler: Sampler,
        _ decoder: TableDecoder, into cells: UnsafeMutablePointer<Double>
    ) throws -> Bool {
        let turn = turn(of: sample)
        // What led to it most in a trial is as good as certain.
        let rareness = turn.rareness ?? 1
        let tileSize = sampler.tileSize
        let first = round * Self.mostTried
        func withTile<Result>(
            _ tile: Int, _ body: (UnsafePointer<Float>) -> Result?
        ) throws -> Result? {
            let items = (0..<tileSize).map { Self.item(sample: sample, candidate: first + tile * tileSize + $0) }
            let made = try sampler.generated(
                items, seed: request.seed, conditions: [Int?](repeating: turn.condition, count: tileSize),
                truncation: request.truncation)
            return try made.withBytes { bytes in
                bytes.assumingMemoryBound(to: Float.self).baseAddress.flatMap(body)
            }
        }
        let width = table.layout.width
        var logarithms: [Double] = []
        for tile in 0..<max(1, Self.mostTried / tileSize) {
            let isHad = try withTile(tile) { rows -> Bool? in
                for row in 0..<tileSize {
                    let logarithm = Self.logarithm(of: turn, rows + row * width)
                    let candidate = first + logarithms.count
                    logarithms.append(logarithm)
                    // After the rounds, which choose among others.
                    let share = decoder.share(of: UInt64(sample), round: candidate + 1 << 22)
                    guard share * rareness < exp(logarithm) else { continue }
                    return make(rows + row * width, candidate: candidate, of: sample, decoder, into: cells)
                }
                return nil
            }
            if let isHad { return isHad }
        }
        let largest = logarithms.max() ?? 0
        let weights = logarithms.map { exp($0 - largest) }
        var left = decoder.share(of: UInt64(sample), round: round) * weights.reduce(0, +)
        let chosen =
            weights.firstIndex { weight in
                left -= weight
                return left < 0
            } ?? weights.count - 1
        return try withTile(chosen / tileSize) { rows in
            make(rows + chosen % tileSize * width, candidate: first + chosen, of: sample, decoder, into: cells)
        } ?? false
    }
}
