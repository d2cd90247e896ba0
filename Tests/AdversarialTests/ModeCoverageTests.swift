import Adversarial
import Datasets
import Testing

/// Modes, as PacGAN's experiments count them.
@Suite struct ModeCoverageTests {
    private static let coverage = ModeCoverage(centres: [[0, 0], [1, 0], [0, 1], [5, 5]], deviation: 0.1)

    @Test(arguments: [
        // Two modes of four, one sample between modes: log(4) - log(2).
        (samples: [0, 0, 1, 0, 0.5, 0] as [Float], modes: 2, share: 2.0 / 3, divergence: 0.693_147_180_559_945_3),
        // Just within and just beyond three deviations.
        ([0.29, 0, 0.31, 0], 1, 0.5, 1.386_294_361_119_890_6),
        ([0, 0, 1, 0, 0, 1, 5, 5], 4, 1, 0),
        ([0, 0, 0, 0, 0, 0, 5, 5], 2, 1, 0.823_959_216_501_082_3),
    ])
    func counts(samples: [Float], modes: Int, share: Double, divergence: Double) {
        let report = Self.coverage.report(of: samples)
        #expect(report.modes == modes && abs(report.highQualityShare - share) < 1e-12)
        #expect(abs(report.divergence - divergence) < 1e-12)
    }

    @Test func noGoodSampleIsInfinitelyFarFromEvenness() {
        let report = Self.coverage.report(of: [9, 9])
        #expect(report.modes == 0 && report.divergence == .infinity && report.spread.isNaN)
    }

    @Test("The same point again and again has no spread, real samples have 1")
    func spread() {
        #expect(Self.coverage.report(of: [0, 0, 0, 0, 1, 0, 1, 0]).spread == 0)
        var random = SplitMix64(seed: 1)
        let samples = (0..<40_000).flatMap { _ -> [Float] in
            // A sum of twelve uniform numbers is nearly normal, and has a standard deviation of 1.
            (0..<2).map { _ in
                Float((0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &random) } / 10)
            }
        }
        let report = Self.coverage.report(of: samples)
        #expect(abs(report.spread - 1) < 0.03 && abs(report.highQualityShare - 0.989) < 0.005)
    }

    @Test(
        "Cut at three deviations",
        arguments: [
            // By numerical integration of r^(d+1) exp(-r²/2) over r^(d-1) exp(-r²/2) from 0 to 3, by d.
            (dimension: 1, deviation: 0.986_578), (2, 0.974_396), (3, 0.958_029),
        ])
    func truncated(dimension: Int, deviation: Double) {
        #expect(abs(ModeCoverage.truncatedDeviation(dimension: dimension) - deviation) < 1e-5)
    }
}
