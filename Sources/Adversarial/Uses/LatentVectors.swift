internal import CSampling
internal import Glibc

/// Latent vectors of samples, each from the seed and its own index alone.
package struct LatentVectors: Sendable {
    private let random: Philox
    private let dimension: Int
    private let truncation: Double?

    /// The latents of a seed.
    ///
    /// - Parameters:
    ///   - dimension: length of each vector.
    ///   - truncation: the largest magnitude that a coordinate may have; larger ones are drawn again.
    package init(seed: UInt64, dimension: Int, truncation: Double? = nil) {
        random = Philox(seed: seed)
        self.dimension = dimension
        self.truncation = truncation
    }

    /// Writes the latent of one sample into `dimension` places.
    package func write(item: Int, into latent: UnsafeMutableBufferPointer<Float>) {
        write(items: item..<item + 1, into: latent)
    }

    /// Writes the latents of consecutive samples, `[items, dimension]`.
    package func write(items: Range<Int>, into latents: UnsafeMutableBufferPointer<Float>) {
        precondition(latents.count >= items.count * dimension, "there is no place for \(items.count) latents")
        guard let start = latents.baseAddress else { return }
        csampling_normals(random.key.x, random.key.y, UInt64(items.lowerBound), items.count, dimension, start)
        guard let truncation else { return }
        let limit = Float(truncation)
        for place in 0..<items.count * dimension where latents[place].magnitude > limit {
            latents[place] = redrawn(
                latents[place], item: UInt64(items.lowerBound + place / dimension), coordinate: place % dimension, limit
            )
        }
    }

    /// Draws a coordinate again until it is within the limit.
    ///
    /// Each coordinate has blocks of its own, so that how often one was redrawn changes no other.
    private func redrawn(_ number: Float, item: UInt64, coordinate: Int, _ limit: Float) -> Float {
        // A limit of 0.01 keeps one draw in 125: 2^12 blocks of four are never used up.
        for attempt in 1..<UInt32(1 << 12) {
            let block = random.normals(item: item, block: UInt32(coordinate) << 12 | attempt | 1 << 31)
            if let within = firstWithin(limit, block) { return within }
        }
        return number > 0 ? limit : -limit
    }

    private func firstWithin(_ limit: Float, _ numbers: SIMD4<Float>) -> Float? {
        for place in 0..<4 where numbers[place].magnitude <= limit { return numbers[place] }
        return nil
    }

    /// A point on the great circle between two vectors (Shoemake 1985), its length between theirs.
    ///
    /// - Parameter share: 0 gives the first, 1 the second.
    package static func onGreatCircle(from first: [Float], to second: [Float], share: Double) -> [Float] {
        func length(_ vector: [Float]) -> Double {
            vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        }
        let lengths = (length(first), length(second))
        let product = zip(first, second).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        let scale = lengths.0 * lengths.1
        let angle = scale > 0 ? acos(min(1, max(-1, product / scale))) : 0
        let sine = sin(angle)
        // Nearly parallel or opposite vectors have no one great circle; the straight line is its limit.
        let weights =
            sine < 1e-6 ? (1 - share, share) : (sin((1 - share) * angle) / sine, sin(share * angle) / sine)
        let target = lengths.0 + (lengths.1 - lengths.0) * share
        let point = zip(first, second).map { pair in
            weights.0 * Double(pair.0) / max(lengths.0, .leastNormalMagnitude)
                + weights.1 * Double(pair.1) / max(lengths.1, .leastNormalMagnitude)
        }
        return point.map { Float($0 * target) }
    }
}
