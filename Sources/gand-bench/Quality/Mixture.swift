import Adversarial
import Datasets
import Glibc

/// The mixtures of Gaussians that PacGAN's experiments train on.
///
/// Lin et al. 2018, section 4.1.
enum Mixture: String {
    /// Eight modes on the unit circle.
    case ring
    /// Twenty-five modes, five by five from −4 to 4.
    case grid

    var centres: [[Double]] {
        switch self {
        case .ring:
            (0..<8).map { mode in
                let angle = Double.pi / 4 * Double(mode)
                return [cos(angle), sin(angle)]
            }
        case .grid:
            (0..<25).map { mode in
                let (column, row) = (Double(mode % 5), Double(mode / 5))
                return [2 * column - 4, 2 * row - 4]
            }
        }
    }

    var deviation: Double { self == .ring ? 0.01 : 0.05 }

    var coverage: ModeCoverage { ModeCoverage(centres: centres, deviation: deviation) }

    /// So many points as CSV; the same for the same seed.
    func csv(count: Int, seed: UInt64) -> [UInt8] {
        var random = SplitMix64(seed: seed)
        let centres = centres
        var text = "x,y\n"
        for _ in 0..<count {
            let centre = centres[Int.random(in: 0..<centres.count, using: &random)]
            // Box and Muller 1958.
            let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &random))).squareRoot() * deviation
            let angle = 2 * Double.pi * Double.random(in: 0..<1, using: &random)
            text += "\(Float(centre[0] + radius * cos(angle))),\(Float(centre[1] + radius * sin(angle)))\n"
        }
        return Array(text.utf8)
    }
}
