import Synchronization

/// The texts that may be had of a structure that has few, in a shuffled order in which each frame comes as often as in rows.
///
/// They are listed when the first is asked for. `Sendable`: the list stands in a mutex.
final class IdentifierList: Sendable {
    private let pieces: IdentifierPieces
    private let key: UInt64
    private let frames: [Known]
    private let order = Mutex<[UInt32]?>(nil)

    private struct Known: Sendable {
        let frame: IdentifierPieces.Frame
        let weight: Double
        /// The number of its first text among those of all frames.
        let first: UInt64
    }

    private static let mostTexts = 1 << 19
    private static let mostFrames = 256

    /// - Returns: nil where there are too many.
    init?(_ pieces: IdentifierPieces, key: UInt64) {
        guard let frames = pieces.frames(mostTexts: Self.mostTexts, mostFrames: Self.mostFrames) else { return nil }
        self.pieces = pieces
        self.key = key
        var first: UInt64 = 0
        self.frames = frames.map { frame, weight in
            defer { first += frame.capacity }
            return Known(frame: frame, weight: weight, first: first)
        }
    }

    /// Texts that may be had.
    var count: UInt64 { UInt64(listed.count) }

    func text(of number: UInt64) -> [UInt8]? {
        let listed = listed
        guard number < UInt64(listed.count) else { return nil }
        let text = UInt64(listed[Int(number)])
        guard let known = frames.last(where: { $0.first <= text }) else { return nil }
        return pieces.text(known.frame, index: text - known.first, draw: key)
    }

    private var listed: [UInt32] {
        order.withLock { order in
            if let order { return order }
            let made = made()
            order = made
            return made
        }
    }

    private func made() -> [UInt32] {
        var free = frames.map { known in
            let permutation = NumberPermutation(bound: known.frame.capacity, key: key)
            return (0..<known.frame.capacity).compactMap { number -> UInt32? in
                let index = permutation[number]
                return pieces.text(known.frame, index: index, draw: key) == nil ? nil : UInt32(known.first + index)
            }
        }
        let total = free.reduce(0) { $0 + $1.count }
        var order: [UInt32] = []
        order.reserveCapacity(total)
        var shares: [Double] = []
        while order.count < total {
            if shares.isEmpty { shares = Self.shares(zip(frames, free).map { $1.isEmpty ? 0 : $0.weight }) }
            let frame = CountedDraw.index(at: SplitMix64.mix(key &+ UInt64(order.count)), shares)
            guard let text = free[frame].popLast() else {
                shares = []
                continue
            }
            order.append(text)
            if free[frame].isEmpty { shares = [] }
        }
        return order
    }

    private static func shares(_ weights: [Double]) -> [Double] {
        let total = weights.reduce(0, +)
        var sum = 0.0
        return weights.map { weight in
            sum += weight
            return sum / total
        }
    }
}
