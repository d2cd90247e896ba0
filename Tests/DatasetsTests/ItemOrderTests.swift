import Datasets
import Testing

@Suite struct ItemOrderTests {
    @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 65, 1_000, 4_097])
    func isAPermutation(count: Int) {
        for epoch in 0..<3 {
            let order = ItemOrder(count: count, seed: 11, epoch: epoch)
            #expect(Set((0..<count).map { order[$0] }) == Set(0..<count))
        }
    }

    @Test func dependsOnSeedAndEpoch() {
        let orders = [(1, 0), (1, 1), (2, 0), (2, 1)].map { seed, epoch in
            let order = ItemOrder(count: 100, seed: UInt64(seed), epoch: epoch)
            return (0..<100).map { order[$0] }
        }
        #expect(Set(orders).count == 4)
    }

    /// Every item comes to every place equally often, and so does every pair of neighbours: χ² within 5 standard
    /// deviations of its mean.
    @Test(arguments: [3, 7, 10, 37])
    func isUniform(count: Int) {
        let epochs = 4_000
        var places = [Int](repeating: 0, count: count * count)
        var pairs = [Int](repeating: 0, count: count * count)
        for epoch in 0..<epochs {
            let order = ItemOrder(count: count, seed: 3, epoch: epoch)
            for place in 0..<count { places[place * count + order[place]] += 1 }
            pairs[order[0] * count + order[1]] += 1
        }
        let placesExpected = Double(epochs) / Double(count)
        let freedom = Double((count - 1) * (count - 1))
        let placesStatistic = places.reduce(0.0) { $0 + (Double($1) - placesExpected) * (Double($1) - placesExpected) }
        #expect(abs(placesStatistic / placesExpected - freedom) < 5 * (2 * freedom).squareRoot())
        let pairsExpected = Double(epochs) / Double(count * (count - 1))
        let pairsFreedom = Double(count * (count - 1) - 1)
        var pairsStatistic = 0.0
        for first in 0..<count {
            for second in 0..<count where first != second {
                let difference = Double(pairs[first * count + second]) - pairsExpected
                pairsStatistic += difference * difference / pairsExpected
            }
        }
        #expect(abs(pairsStatistic - pairsFreedom) < 5 * (2 * pairsFreedom).squareRoot())
    }

    /// Vigna's splitmix64.c from state 1234567.
    @Test func splitMixGivesThePublishedNumbers() {
        var random = SplitMix64(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }

    /// Pinned: a change would reorder the data of runs that are resumed.
    @Test func staysAsItIs() {
        let order = ItemOrder(count: 10, seed: 42, epoch: 1)
        #expect((0..<10).map { order[$0] } == [2, 6, 1, 3, 9, 5, 8, 7, 4, 0])
    }
}
