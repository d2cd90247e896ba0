/// The parts of an identifier by which it could be known again.
///
/// A part has 3 characters or more. It is a run of letters and digits; letters or digits alone, of a run in which they change no
/// more than twice; a piece of several runs between blanks or on either side of an `@`; or several runs with what separates
/// them, where each is common by itself.
struct IdentifierParts {
    /// A part that fewer rows have is somebody's own.
    static let fewestRows = 5
    /// A shorter run tells nobody from others.
    static let shortest = 3
    /// Of a text with more runs, parts of several runs aren't looked at: it is a sentence.
    static let mostRuns = 16

    /// Runs of letters and digits, in their order.
    private(set) var runs: [Range<Int>] = []
    /// What stands before the only `@`, where something stands on either side.
    private(set) var beforeAt: Range<Int>?
    /// What stands between blanks and `@`s, where that is several runs.
    private var pieces: [Range<Int>] = []

    /// What a part is taken for.
    ///
    /// The same text may be common as one and rare as another.
    enum Sort: UInt64 {
        case whole
        case run
        case segment
        case piece
        case series

        /// The seed of a hash in which the same text is another of each sort: seeds that differ by a bit or two are no help, as
        /// texts do, too.
        var seed: UInt64 { SplitMix64.mix(rawValue &+ 0x9E37_79B9_7F4A_7C15) }
    }

    /// Finds the runs of another text.
    mutating func cut(_ text: UnsafeBufferPointer<UInt8>) {
        runs.removeAll(keepingCapacity: true)
        pieces.removeAll(keepingCapacity: true)
        beforeAt = nil
        var start = -1
        var (ats, at) = (0, 0)
        var (piece, pieceRuns) = (0, 0)
        for place in 0...text.count {
            let byte = place < text.count ? text[place] : 0x20
            if Self.isOfRun(byte) {
                if start < 0 { start = place }
                continue
            }
            if start >= 0 {
                runs.append(start..<place)
                start = -1
            }
            if byte == UInt8(ascii: "@") {
                ats += 1
                at = place
            }
            guard byte == 0x20 || byte == UInt8(ascii: "@") else { continue }
            if runs.count - pieceRuns > 1, place - piece < text.count { pieces.append(piece..<place) }
            (piece, pieceRuns) = (place + 1, runs.count)
        }
        if ats == 1, at > 0, at + 1 < text.count { beforeAt = 0..<at }
    }

    /// Lends the parts that are no more than one run, and the pieces.
    func forEachSingle(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>, Sort) -> Void) {
        for run in runs where run.count >= Self.shortest {
            body(run, .run)
            forEachSegment(of: run, in: text) { body($0, .segment) }
        }
        for piece in pieces where piece.count >= Self.shortest { body(piece, .piece) }
    }

    /// Lends the parts of several runs, each of which is long enough to be a part.
    ///
    /// - Parameter isWanted: which runs they are to be made of.
    func forEachSeries(_ isWanted: (Range<Int>) -> Bool = { _ in true }, _ body: (Range<Int>) -> Void) {
        guard runs.count <= Self.mostRuns else { return }
        var first = 0
        while first < runs.count {
            guard runs[first].count >= Self.shortest, isWanted(runs[first]) else {
                first += 1
                continue
            }
            var end = first + 1
            while end < runs.count, runs[end].count >= Self.shortest, isWanted(runs[end]) { end += 1 }
            for start in first..<end {
                for last in start + 1..<max(start + 1, end) { body(runs[start].lowerBound..<runs[last].upperBound) }
            }
            first = end
        }
    }

    /// Lends the letters and the digits of a run in which they change no more than twice, as in K1234.
    private func forEachSegment(
        of run: Range<Int>, in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void
    ) {
        var changes = 0
        for place in run.dropFirst() where Self.isDigit(text[place]) != Self.isDigit(text[place - 1]) { changes += 1 }
        guard changes <= 2 else { return }
        var start = run.lowerBound
        for place in run.dropFirst() where Self.isDigit(text[place]) != Self.isDigit(text[place - 1]) {
            if place - start >= Self.shortest { body(start..<place) }
            start = place
        }
        if run.upperBound - start >= Self.shortest { body(start..<run.upperBound) }
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 <= 9 }

    /// Whether a byte is a digit or belongs to a letter.
    static func isOfRun(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte >= 0x80
    }
}

extension UnsafeBufferPointer<UInt8> {
    subscript(part part: Range<Int>) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: self[part]) }
}
