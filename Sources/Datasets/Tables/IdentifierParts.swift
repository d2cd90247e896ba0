/// The parts of an identifier by which it could be known again.
///
/// A part is a run of letters and digits of 3 characters or more; in a run of a few letters and a few digits these by
/// themselves, too; the whole before the `@` of a mail address; and several runs with what separates them, where each is common
/// by itself.
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

    /// Finds the runs of another text.
    mutating func cut(_ text: UnsafeBufferPointer<UInt8>) {
        runs.removeAll(keepingCapacity: true)
        beforeAt = nil
        var start = -1
        var ats = 0
        var at = 0
        for place in 0..<text.count {
            let byte = text[place]
            if byte == UInt8(ascii: "@") {
                ats += 1
                at = place
            }
            if Self.isOfRun(byte) {
                if start < 0 { start = place }
            } else if start >= 0 {
                runs.append(start..<place)
                start = -1
            }
        }
        if start >= 0 { runs.append(start..<text.count) }
        if ats == 1, at > 0, at + 1 < text.count { beforeAt = 0..<at }
    }

    /// Lends the parts that are no more than one run, and what stands before the `@`.
    func forEachSingle(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
        for run in runs where run.count >= Self.shortest {
            body(run)
            forEachSegment(of: run, in: text, body)
        }
        if let beforeAt, beforeAt.count >= Self.shortest, runs.first != beforeAt { body(beforeAt) }
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

    /// Lends the letters and the digits of a run in which they change once or twice, as in K1234.
    private func forEachSegment(
        of run: Range<Int>, in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void
    ) {
        var changes = 0
        for place in run.dropFirst() where Self.isDigit(text[place]) != Self.isDigit(text[place - 1]) { changes += 1 }
        guard changes == 1 || changes == 2 else { return }
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
