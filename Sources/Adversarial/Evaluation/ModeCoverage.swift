internal import Glibc

/// How well samples cover a mixture of equal Gaussians whose centres are known, as PacGAN's experiments count it.
///
/// Lin et al. 2018, section 4.1.
package struct ModeCoverage: Sendable {
    private let centres: [[Double]]
    private let deviation: Double

    /// A mixture.
    ///
    /// - Parameters:
    ///   - centres: of the modes, each as long as a sample; one or more.
    ///   - deviation: standard deviation of every mode along every axis.
    package init(centres: [[Double]], deviation: Double) {
        precondition(!centres.isEmpty && deviation > 0)
        self.centres = centres
        self.deviation = deviation
    }

    /// What a batch of samples amounts to.
    package struct Report: Sendable, Equatable {
        /// Modes with at least one high-quality sample.
        package var modes: Int
        /// Share of samples within three standard deviations of a centre.
        package var highQualityShare: Double
        /// Divergence of the high-quality samples' modes from evenness, KL(samples ‖ uniform), in nats; infinite where no
        /// sample is of high quality.
        package var divergence: Double
        /// Standard deviation of the high-quality samples over that of real ones cut at the same distance.
        ///
        /// Per mode and axis; the mean over the modes that have two samples or more. NaN where none has.
        package var spread: Double
    }

    /// Counts modes.
    ///
    /// - Parameter samples: one after the other, each as long as a centre.
    package func report(of samples: [Float]) -> Report {
        let dimension = centres[0].count
        let count = samples.count / dimension
        var members = [[[Double]]](repeating: [], count: centres.count)
        for sample in 0..<count {
            let place = (0..<dimension).map { Double(samples[sample * dimension + $0]) }
            let distances = centres.map { zip($0, place).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
            guard let nearest = distances.indices.min(by: { distances[$0] < distances[$1] }),
                distances[nearest] <= 9 * deviation * deviation
            else { continue }
            members[nearest].append(place)
        }
        let good = members.reduce(0) { $0 + $1.count }
        let divergence = members.reduce(0.0) { sum, mode in
            guard !mode.isEmpty else { return sum }
            let share = Double(mode.count) / Double(good)
            return sum + share * log(share * Double(centres.count))
        }
        return Report(
            modes: members.count { !$0.isEmpty }, highQualityShare: Double(good) / Double(max(1, count)),
            divergence: good == 0 ? .infinity : divergence, spread: spread(of: members))
    }

    private func spread(of members: [[[Double]]]) -> Double {
        let real = deviation * Self.truncatedDeviation(dimension: centres[0].count)
        let spreads = members.filter { $0.count > 1 }.map { mode -> Double in
            let deviations = centres[0].indices.map { axis -> Double in
                let mean = mode.reduce(0) { $0 + $1[axis] } / Double(mode.count)
                let squares = mode.reduce(0) { $0 + ($1[axis] - mean) * ($1[axis] - mean) }
                return (squares / Double(mode.count - 1)).squareRoot() / real
            }
            return deviations.reduce(0, +) / Double(deviations.count)
        }
        return spreads.isEmpty ? .nan : spreads.reduce(0, +) / Double(spreads.count)
    }

    /// Standard deviation along an axis of N(0, 1) in so many dimensions, cut at a distance of 3 from the centre.
    ///
    /// E[r²] = d · P(d + 2) / P(d), where P(d) is the chance that a χ² of d degrees is at most 9.
    package static func truncatedDeviation(dimension: Int) -> Double {
        (chiSquareShare(degrees: dimension + 2) / chiSquareShare(degrees: dimension)).squareRoot()
    }

    /// P(χ² ≤ 9): from 1 or 2 degrees upwards by the recurrence of the incomplete gamma function (DLMF 8.8.5).
    private static func chiSquareShare(degrees: Int) -> Double {
        let half = 4.5
        var order = degrees.isMultiple(of: 2) ? 1.0 : 0.5
        var share = degrees.isMultiple(of: 2) ? 1 - exp(-half) : erf(half.squareRoot())
        while order * 2 < Double(degrees) {
            share -= exp(order * log(half) - half - lgamma(order + 1))
            order += 1
        }
        return share
    }
}
