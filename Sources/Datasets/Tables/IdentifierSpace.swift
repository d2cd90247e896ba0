import Glibc

/// The texts that one structure of identifiers has.
///
/// Where they are few, those that may be had are listed, and a number has the text at its place. Else all characters that are left
/// to chance make one number below a capacity, and a number n has the text of n + a × stride, in a shuffled order, for the first a
/// of a few for which that text isn't forbidden: so no two numbers have the same. Where none is free, or n is beyond the list or
/// the stride, the same is done with texts of the next level, whose last run is longer than any at the first.
struct IdentifierSpace: Sendable {
    private let pieces: IdentifierPieces
    private let key: UInt64
    /// The first level where its texts are few.
    private let list: IdentifierList?
    private var levels: [Level] = []

    private struct Level: Sendable {
        /// Characters that its texts have beyond the longest; 0 for texts as they are.
        let growth: Int
        /// How often a text is tried at least, so that about one of 1,000 numbers finds none.
        let attempts: UInt64

        /// More often where that leaves a text for each of 131,072 numbers.
        func attempts(for capacity: UInt64) -> UInt64 { min(mostAttempts, max(attempts, capacity >> 17)) }
    }

    private static let mostAttempts: UInt64 = 256
    private static let lastAttempts: UInt64 = 16
    /// Texts by which the part of them that is free is told.
    private static let trials: UInt64 = 256

    init(_ structure: IdentifierForm.Structure, filter: PartFilter?, key: UInt64) {
        pieces = IdentifierPieces(structure, filter: filter)
        self.key = key
        list = IdentifierList(pieces, key: key)
        var isFree = false
        for growth in (list == nil ? 0 : 1)..<max(1, pieces.mostGrowth + 1) {
            // Longer ones are at least as free.
            let free = isFree ? 0.9 : freeShare(growth: growth)
            // What hardly has a text left is passed over.
            guard free > 0.02 else { continue }
            levels.append(
                Level(growth: growth, attempts: min(Self.mostAttempts, UInt64((-6.9 / log(1 - free)).rounded(.up)))))
            isFree = isFree || (growth > 0 && free >= 0.9)
        }
        // Nothing comes after the last one, whose texts are many.
        if let last = levels.last {
            levels[levels.count - 1] = Level(growth: last.growth, attempts: max(last.attempts, Self.lastAttempts))
        }
    }

    func text(of number: UInt64) -> [UInt8]? {
        if let list, let text = list.text(of: number) { return text }
        for level in levels {
            for attempt in 0..<Self.mostAttempts {
                let draw = SplitMix64.mix(key ^ SplitMix64.mix(number &+ attempt &* 0x9E37_79B9_7F4A_7C15))
                let frame = pieces.frame(growth: level.growth, draw: draw)
                let attempts = level.attempts(for: frame.capacity)
                let stride = frame.capacity / attempts
                guard attempt < attempts, number < stride else { continue }
                let index = NumberPermutation(bound: frame.capacity, key: key)[number + attempt * stride]
                if let text = pieces.text(frame, index: index, draw: draw) { return text }
            }
        }
        return nil
    }

    /// How large a part of a level's texts may be had.
    private func freeShare(growth: Int) -> Double {
        var free = 0.5
        for trial in 0..<Self.trials {
            let draw = SplitMix64.mix(key &+ trial)
            let frame = pieces.frame(growth: growth, draw: draw)
            if pieces.text(frame, index: SplitMix64.mix(draw) % frame.capacity, draw: draw) != nil { free += 1 }
        }
        return free / Double(Self.trials + 1)
    }

    /// Characters that the texts of the first `count` numbers don't exceed.
    func length(count: UInt64) -> Int {
        let enough = levels.firstIndex { level in
            let capacity = pieces.leastCapacity(growth: level.growth)
            return Double(count) * Double(level.attempts(for: UInt64(min(capacity, 0x1p62)))) < capacity
        }
        if let list, list.count >= count { return pieces.length(growth: 0) }
        // One of 1,000 numbers goes on to the next level, and one of 1,000 of these.
        let last = min((enough ?? levels.count) + 3, levels.count - 1)
        return levels.prefix(last + 1).map { pieces.length(growth: $0.growth) }.max() ?? pieces.length(growth: 0)
    }
}
