import Adversarial
import Testing

@Suite struct ClassBalanceTests {
    private static let counts: [[Int]] = [
        [3], [5, 5], [1, 4, 2], [7, 1, 7, 1, 3], [10, 0, 4], [2, 3, 3, 3, 9, 9], [1, 1, 1, 1], [0, 1],
    ]

    @Test(arguments: counts)
    func eachSampleIsOfTheClassThatHasFewest(counts: [Int]) {
        let balance = ClassBalance(counts: counts)
        var filled = counts
        let largest = counts.max() ?? 0
        var drawn = 0
        for sample in 0..<60 {
            if drawn == 0, filled.allSatisfy({ $0 == largest || $0 == 0 }) {
                drawn = 1
                #expect(balance.deficit == sample)
            }
            let chosen = balance.class(of: sample)
            let fewest = filled.filter { $0 > 0 }.min()
            #expect(counts[chosen] > 0 && filled[chosen] == fewest, "sample \(sample)")
            filled[chosen] += 1
        }
        #expect(drawn == 1)
    }

    @Test func ofManyClassesAnySampleIsFoundAtOnce() {
        let balance = ClassBalance(counts: (0..<10_000).map { $0 + 1 })
        #expect(balance.deficit == 9_999 * 10_000 / 2)
        #expect(balance.class(of: 0) == 0)
        #expect((1...2).map { balance.class(of: $0) } == [0, 1])
        #expect((0..<10_000).map { balance.class(of: balance.deficit + $0) } == Array(0..<10_000))
    }
}
