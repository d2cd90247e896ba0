import Adversarial
import Glibc
import TestSupport
import Testing
import Torch

/// Figures that are counted tile by tile, against their definitions, pair by pair.
@Suite struct TiledEvaluationTests {
    /// Rows of numbers, and what figures of them are by definition.
    private struct Points {
        let rows: [[Double]]

        init(_ count: Int, columns: Int, shift: Double, seed: UInt64) {
            var random = TestRandom(seed: seed)
            rows = (0..<count).map { _ in
                // The sum of a few even numbers is near enough to a normal one.
                (0..<columns).map { _ in
                    shift + (0..<4).reduce(0) { sum, _ in sum + Double.random(in: -1...1, using: &random) }
                }
            }
        }

        var tensor: Tensor {
            get throws {
                try Tensor(rows.flatMap { $0 }.map { Float($0) }, shape: [rows.count, rows[0].count])
            }
        }

        /// As the tensor has them.
        var rounded: [[Double]] { rows.map { $0.map { Double(Float($0)) } } }
    }

    private static func squared(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }

    /// Squared radius of each row: how far its k-th nearest fellow is.
    private static func radii(_ rows: [[Double]], _ k: Int) -> [Double] {
        rows.indices.map { own in
            rows.indices.filter { $0 != own }.map { squared(rows[own], rows[$0]) }.sorted()[k - 1]
        }
    }

    private static func share<Item>(_ items: [Item], _ holds: (Item) -> Bool) -> Double {
        Double(items.count(where: holds)) / Double(items.count)
    }

    private static func neighbourhood(_ real: [[Double]], _ samples: [[Double]], _ k: Int) -> [Double] {
        let (radii, sampleRadii) = (radii(real, k), radii(samples, k))
        func balls(_ sample: [Double]) -> Int { real.indices.count { squared(sample, real[$0]) <= radii[$0] } }
        func isTold(_ own: Int, isReal: Bool) -> Bool {
            let row = isReal ? real[own] : samples[own]
            let others =
                real.indices.filter { !isReal || $0 != own }.map { (squared(row, real[$0]), true) }
                + samples.indices.filter { isReal || $0 != own }.map { (squared(row, samples[$0]), false) }
            let nearest = others.sorted { $0.0 < $1.0 }.prefix(k)
            return nearest.count { $0.1 == isReal } > k / 2
        }
        return [
            share(samples) { balls($0) > 0 },
            share(real) { item in samples.indices.contains { squared(item, samples[$0]) <= sampleRadii[$0] } },
            Double(samples.reduce(0) { $0 + balls($1) }) / Double(k * samples.count),
            share(Array(real.indices)) { item in samples.contains { squared(real[item], $0) <= radii[item] } },
            share(Array(real.indices)) { item in !samples.contains { squared(real[item], $0) <= 16 * radii[item] } },
            (share(Array(real.indices)) { isTold($0, isReal: true) }
                + share(Array(samples.indices)) { isTold($0, isReal: false) }) / 2,
        ]
    }

    /// Mean kernel within each side less twice the mean across.
    private static func discrepancy(
        _ real: [[Double]], _ samples: [[Double]], _ kernel: ([Double], [Double]) -> Double
    ) -> Double {
        func mean(_ left: [[Double]], _ right: [[Double]], isSame: Bool) -> Double {
            var sum = 0.0
            for row in left.indices {
                for column in right.indices where !(isSame && row == column) { sum += kernel(left[row], right[column]) }
            }
            return sum / Double(isSame ? left.count * (left.count - 1) : left.count * right.count)
        }
        return mean(real, real, isSame: true) + mean(samples, samples, isSame: true)
            - 2 * mean(real, samples, isSame: false)
    }

    private static func gaussian(_ real: [[Double]], _ samples: [[Double]]) -> Double {
        let pairs = real.indices.flatMap { row in (0..<row).map { squared(real[row], real[$0]) } }.sorted()
        let median = pairs[pairs.count / 2]
        return discrepancy(real, samples) { left, right in
            [median / 16, median, median * 16].reduce(0) { $0 + exp(-squared(left, right) / (2 * $1)) } / 3
        }
    }

    private static func polynomial(_ real: [[Double]], _ samples: [[Double]]) -> Double {
        discrepancy(real, samples) { left, right in
            let value = zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } / Double(left.count) + 1
            return value * value * value
        }
    }

    /// Tiles of one row, of a few, of a number that the rows aren't a multiple of, and one tile in all.
    @Test(arguments: [1, 90, 250, 1 << 21], [(61, 45, 2), (40, 83, 5)])
    func figuresAreThoseOfTheirDefinitions(tileSize: Int, sizes: (real: Int, samples: Int, columns: Int)) throws {
        let real = Points(sizes.real, columns: sizes.columns, shift: 0, seed: 1)
        let samples = Points(sizes.samples, columns: sizes.columns, shift: 0.7, seed: 2)
        var tiles = 0
        let report = try Neighbourhood(real.tensor, neighbours: 3, tileSize: tileSize) { tiles += 1 }
            .report(of: samples.tensor) { tiles += 1 }
        let figures = [
            report.precision, report.recall, report.density, report.coverage, report.missing, report.twoSampleAccuracy,
        ]
        let difference = firstDifference(
            figures, Self.neighbourhood(real.rounded, samples.rounded, 3), relative: 0, absolute: 1e-12)
        #expect(difference == nil)
        let kernels = [
            try KernelDistance.maximumMeanDiscrepancy(real.tensor, samples.tensor, tileSize: tileSize),
            try KernelDistance.polynomial(real.tensor, samples.tensor, tileSize: tileSize),
        ]
        let expected = [
            Self.gaussian(real.rounded, samples.rounded), Self.polynomial(real.rounded, samples.rounded),
        ]
        #expect(firstDifference(kernels, expected, relative: 1e-9, absolute: 1e-10) == nil)
        // Each side with itself, and across both ways.
        if tileSize == 1 { #expect(tiles == 2 * (sizes.real + sizes.samples)) }
        if tileSize == 1 << 21 { #expect(tiles == 4) }
    }

    /// The median among equal distances, and among none that differ from 0.
    @Test(arguments: [[[0.0], [1], [3], [7]], [[5], [5], [5], [5]], [[0], [0], [0], [9]]])
    func equalDistances(rows: [[Double]]) throws {
        let tensor = try Tensor(rows.flatMap { $0 }.map { Float($0) }, shape: [4, 1])
        let samples = try Tensor([0, 2, 4, 8] as [Float], shape: [4, 1])
        let found = try KernelDistance.maximumMeanDiscrepancy(tensor, samples, tileSize: 6)
        let pairs = rows.indices.flatMap { row in (0..<row).map { Self.squared(rows[row], rows[$0]) } }.sorted()
        let median = max(pairs[3], .leastNormalMagnitude)
        let expected = Self.discrepancy(rows, [[0], [2], [4], [8]]) { left, right in
            [median / 16, median, median * 16].reduce(0) { $0 + exp(-Self.squared(left, right) / (2 * $1)) } / 3
        }
        #expect(firstDifference([found], [expected], relative: 1e-9, absolute: 1e-12) == nil)
    }

    private struct Ended: Error {}

    @Test func whatATileThrowsEndsTheWork() throws {
        let points = try Points(30, columns: 2, shift: 0, seed: 1).tensor
        var tiles = 0
        func third() throws {
            tiles += 1
            if tiles == 3 { throw Ended() }
        }
        #expect(throws: Ended.self) { try Neighbourhood(points, tileSize: 60, onTile: third) }
        #expect(tiles == 3)
    }
}
