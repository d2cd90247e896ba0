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
        if let truncation {
            writeTruncated(item: UInt64(item), limit: Float(truncation), into: latent)
        } else {
            for start in stride(from: 0, to: dimension, by: 4) {
                let numbers = random.normals(item: UInt64(item), block: UInt32(start / 4))
                for place in 0..<min(4, dimension - start) { latent[start + place] = numbers[place] }
            }
        }
    }

    /// Each coordinate has blocks of its own, so that how often one was redrawn changes no other.
    private func writeTruncated(item: UInt64, limit: Float, into latent: UnsafeMutableBufferPointer<Float>) {
        for coordinate in 0..<dimension {
            var number = random.normals(item: item, block: UInt32(coordinate / 4))[coordinate % 4]
            var attempt: UInt32 = 0
            while number.magnitude > limit {
                attempt += 1
                // A limit of 0.01 keeps one draw in 125: 2^12 blocks of four are never used up.
                guard attempt < 1 << 12 else {
                    number = number > 0 ? limit : -limit
                    break
                }
                let block = random.normals(item: item, block: UInt32(coordinate) << 12 | attempt | 1 << 31)
                number = firstWithin(limit, block) ?? number
            }
            latent[coordinate] = number
        }
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
