import Glibc

/// Two-dimensional mixtures of Gaussians, as in the experiments of PacGAN (Lin and others 2018, section 4.1).
package enum PointExample: Sendable {
    /// Eight modes on the unit circle, σ 0.01.
    case ring
    /// Twenty-five modes, five by five from −4 to 4, σ 0.05.
    case grid

    /// The examples as CSV: a header, then `count` rows `x,y`.
    package func csv(count: Int, seed: UInt64) -> [UInt8] {
        var text = "x,y\n"
        text.reserveCapacity(24 * (count + 1))
        for index in 0..<count {
            let (x, y) = point(index, seed: seed)
            text += "\(Float(x)),\(Float(y))\n"
        }
        return Array(text.utf8)
    }

    /// The point of number `index`; all modes are equally likely.
    private func point(_ index: Int, seed: UInt64) -> (Double, Double) {
        var random = RandomStream(seed: seed, lane: UInt64(index))
        switch self {
        case .ring:
            let angle = 2 * Double.pi * Double(random.index(below: 8)) / 8
            return (
                cos(angle) + random.normal(standardDeviation: 0.01),
                sin(angle) + random.normal(standardDeviation: 0.01)
            )
        case .grid:
            let mode = random.index(below: 25)
            return (
                Double(mode % 5 * 2 - 4) + random.normal(standardDeviation: 0.05),
                Double(mode / 5 * 2 - 4) + random.normal(standardDeviation: 0.05)
            )
        }
    }
}
