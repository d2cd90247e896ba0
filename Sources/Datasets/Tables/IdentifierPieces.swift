import Glibc

/// Puts a structure's texts together.
struct IdentifierPieces: Sendable {
    private let structure: IdentifierForm.Structure
    private let filter: PartFilter?
    /// For each place, up to which share each of its texts or runs is the one.
    private let shares: [[Double]]
    /// The longest run of each place.
    private let longest: [Int]
    /// The last place of runs, which can grow; nil where there is none.
    private let growing: Int?

    private static let mostCapacity: UInt64 = 1 << 62

    /// What of a text is settled before its characters are.
    struct Frame {
        let growth: Int
        /// For each place the text or run that was drawn.
        var drawn: [Int]
        /// Texts that there are of it.
        var capacity: UInt64
    }

    init(_ structure: IdentifierForm.Structure, filter: PartFilter?) {
        self.structure = structure
        self.filter = filter
        shares = structure.places.map { place in
            switch place {
            case .choices(let choices): CountedDraw.shares(choices.map(\.count))
            case .runs(let runs): CountedDraw.shares(runs.map(\.count))
            case .octet: []
            }
        }
        longest = structure.places.map { place in
            guard case .runs(let runs) = place else { return 0 }
            return runs.indices.max { runs[$0].alphabets.count < runs[$1].alphabets.count } ?? 0
        }
        growing = structure.places.lastIndex { if case .runs = $0 { true } else { false } }
    }

    /// Levels by which texts can grow.
    ///
    /// Numbers of an address can't get longer: there those that were settled are let go.
    var mostGrowth: Int {
        if growing != nil { return 16 }
        return structure.places.contains(.octet) ? 1 : 0
    }

    /// Draws the texts and runs.
    func frame(growth: Int, draw: UInt64) -> Frame {
        var frame = Frame(growth: growth, drawn: [], capacity: 1)
        for (index, place) in structure.places.enumerated() {
            let chosen =
                if growth > 0, case .runs = place { longest[index] } else {
                    CountedDraw.index(at: SplitMix64.mix(draw &+ UInt64(index &+ 1)), shares[index])
                }
            frame.drawn.append(chosen)
            switch place {
            case .choices(let choices):
                if growth > 0, growing == nil, Self.isOctet(choices[chosen].text) {
                    Self.take(256, of: &frame.capacity)
                }
            case .octet: Self.take(256, of: &frame.capacity)
            case .runs(let runs):
                for alphabet in runs[chosen].alphabets { Self.take(alphabet.count, of: &frame.capacity) }
                guard index == growing else { continue }
                for _ in 0..<growth { Self.take(grown(runs[chosen]).count, of: &frame.capacity) }
            }
        }
        return frame
    }

    /// All frames of the first level, each with how large a part of the rows has it.
    ///
    /// - Returns: nil where they are more than a limit, or have more texts together.
    func frames(mostTexts: Int, mostFrames: Int) -> [(frame: Frame, weight: Double)]? {
        var frames: [(frame: Frame, weight: Double)] = [(Frame(growth: 0, drawn: [], capacity: 1), 1)]
        for place in structure.places {
            let options: [(size: Double, weight: Double)] =
                switch place {
                case .octet: [(256, 1)]
                case .choices(let choices): choices.map { (1, Double($0.count)) }
                case .runs(let runs):
                    runs.map { ($0.alphabets.reduce(1.0) { $0 * Double($1.count) }, Double($0.count)) }
                }
            let total = frames.reduce(0.0) { sum, known in
                options.reduce(sum) { $0 + Double(known.frame.capacity) * $1.size }
            }
            guard total <= Double(mostTexts), frames.count * options.count <= mostFrames else { return nil }
            frames = frames.flatMap { known in
                options.enumerated().map { option in
                    var frame = known.frame
                    frame.drawn.append(option.offset)
                    frame.capacity *= UInt64(option.element.size)
                    return (frame, known.weight * option.element.weight)
                }
            }
        }
        return frames
    }

    /// Makes a capacity so many times as large, unless it gets too large.
    ///
    /// - Returns: whether it did.
    @discardableResult
    private static func take(_ count: Int, of capacity: inout UInt64) -> Bool {
        guard capacity <= mostCapacity / UInt64(count) else { return false }
        capacity *= UInt64(count)
        return true
    }

    /// The alphabet by which a run gets longer.
    private func grown(_ run: IdentifierForm.Run) -> [UInt8] {
        let last = run.alphabets[run.alphabets.count - 1]
        return last.count > 1 ? last : CharacterClass(of: last[0]).characters
    }

    private static func isOctet(_ text: [UInt8]) -> Bool {
        Int(String(decoding: text, as: UTF8.self)).map { (0...255).contains($0) } ?? false
    }

    /// The text of an index below the frame's capacity; nil where it is forbidden.
    ///
    /// - Parameter draw: chooses the characters of which the index says nothing, as there are too many.
    func text(_ frame: Frame, index: UInt64, draw: UInt64) -> [UInt8]? {
        var characters = Characters(rest: index, draw: draw)
        var text = structure.separators[0]
        // Texts that many rows share, and where several follow one another that have no choice.
        var shared: [Range<Int>] = []
        var fixed: [Range<Int>] = []
        var isFixed = false
        var isOfFirstLevel = frame.growth > 0 && growing == nil
        for (place, drawn) in frame.drawn.enumerated() {
            let start = text.count
            switch structure.places[place] {
            case .choices(let choices):
                let choice = choices[drawn].text
                if frame.growth > 0, growing == nil, Self.isOctet(choice) {
                    let octet = characters.octet()
                    text += octet
                    isOfFirstLevel = isOfFirstLevel && choices.contains { $0.text == octet }
                    isFixed = false
                    break
                }
                text += choice
                shared.append(start..<text.count)
                if choices.count == 1 {
                    let begin = isFixed ? fixed.removeLast().lowerBound : start
                    fixed.append(begin..<text.count)
                }
                isFixed = choices.count == 1
            case .octet:
                text += characters.octet()
                isFixed = false
            case .runs(let runs):
                for alphabet in runs[drawn].alphabets { text.append(characters.next(alphabet)) }
                if place == growing {
                    for _ in 0..<frame.growth { text.append(characters.next(grown(runs[drawn]))) }
                }
                isFixed = false
            }
            text += structure.separators[place + 1]
        }
        return isOfFirstLevel || isForbidden(text, shared: shared + fixed) ? nil : text
    }

    /// The characters that a number stands for.
    private struct Characters {
        /// What is left of the number.
        var rest: UInt64
        var draw: UInt64
        private var capacity: UInt64 = 1

        init(rest: UInt64, draw: UInt64) {
            self.rest = rest
            self.draw = draw
        }

        mutating func next(_ alphabet: [UInt8]) -> UInt8 { alphabet[number(below: alphabet.count)] }

        mutating func octet() -> [UInt8] { Array(String(number(below: 256)).utf8) }

        private mutating func number(below count: Int) -> Int {
            guard IdentifierPieces.take(count, of: &capacity) else {
                draw = SplitMix64.mix(draw &+ 0x9E37_79B9_7F4A_7C15)
                return Int(draw % UInt64(count))
            }
            defer { rest /= UInt64(count) }
            return Int(rest % UInt64(count))
        }
    }

    /// Whether a text, or a part of it, is somebody's own.
    ///
    /// - Parameter shared: parts of which it is known that many rows have them.
    private func isForbidden(_ text: [UInt8], shared: [Range<Int>]) -> Bool {
        guard let filter else { return false }
        return text.withUnsafeBufferPointer { text in
            guard !filter.contains(text) else { return true }
            var parts = IdentifierParts()
            parts.cut(text)
            var isFound = false
            func look(at part: Range<Int>, _ sort: IdentifierParts.Sort) {
                guard !isFound,
                    !shared.contains(where: { $0.lowerBound <= part.lowerBound && part.upperBound <= $0.upperBound })
                else { return }
                isFound = filter.contains(text[part: part], as: sort)
            }
            parts.forEachSingle(in: text, look)
            if !isFound { parts.forEachSeries { look(at: $0, .series) } }
            return isFound
        }
    }

    // MARK: Bounds

    /// The fewest texts that a frame has.
    func leastCapacity(growth: Int) -> Double {
        structure.places.enumerated().reduce(1.0) { product, known in
            switch known.element {
            case .choices(let choices):
                return growth > 0 && growing == nil && choices.allSatisfy { Self.isOctet($0.text) }
                    ? product * 256 : product
            case .octet: return product * 256
            case .runs(let runs):
                func size(_ run: IdentifierForm.Run) -> Double { run.alphabets.reduce(1.0) { $0 * Double($1.count) } }
                guard growth > 0 else { return product * (runs.map(size).min() ?? 1) }
                let run = runs[longest[known.offset]]
                let more = known.offset == growing ? pow(Double(grown(run).count), Double(growth)) : 1
                return product * size(run) * more
            }
        }
    }

    /// Bytes of the longest text.
    func length(growth: Int) -> Int {
        structure.separators.reduce(0) { $0 + $1.count }
            + structure.places.reduce(0) { sum, place in
                switch place {
                case .choices(let choices):
                    sum + max(growth > 0 && growing == nil ? 3 : 0, choices.map(\.text.count).max() ?? 0)
                case .octet: sum + 3
                case .runs(let runs): sum + (runs.map(\.alphabets.count).max() ?? 0)
                }
            } + growth
    }
}
