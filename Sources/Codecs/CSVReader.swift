import Glibc

/// Reads CSV (RFC 4180) a row at a time; lines may also end with LF or CR alone, and empty ones are skipped.
package struct CSVReader {
    /// The most bytes that one row may have, its quotes and delimiters included.
    package static let maximumRowSize = 1 << 20
    /// The most fields that one row may have.
    package static let maximumFields = 1 << 14

    private let source: any ByteSource
    private let delimiter: UInt8
    private let delimiters: UInt64
    private var text = ReadAhead()
    private var line = 1
    private var isAtStart = true

    package init(_ source: any ByteSource, delimiter: UInt8 = UInt8(ascii: ",")) {
        self.source = source
        self.delimiter = delimiter
        delimiters = ByteMarks.pattern(delimiter)
    }

    /// Reads the next row into `row`, whose memory is reused.
    ///
    /// - Returns: whether there was a row.
    /// - Throws: `CodecError` where a quoted field has no end or is followed by other text, or a row exceeds the
    ///   limits; and what the source throws.
    package mutating func next(_ row: inout CSVRow) throws -> Bool {
        try begin()
        repeat {
            var attempt = try scan(&row)
            while case .incomplete(let quote) = attempt {
                try checkSize(text.count, quote: quote)
                try text.fill(from: source)
                attempt = try scan(&row)
            }
            guard case .row = attempt else { return false }
        } while row.isEmpty
        return true
    }

    /// Passes over lines, whatever they hold, before the first row is read; fewer at the end.
    ///
    /// - Throws: `CodecError` where one is longer than a row may be; and what the source throws.
    package mutating func skipLines(_ count: Int) throws {
        try begin()
        for _ in 0..<count {
            while !text.skipLine() {
                try checkSize(text.count)
                try text.fill(from: source)
            }
            line += 1
        }
    }

    private mutating func begin() throws {
        guard isAtStart else { return }
        isAtStart = false
        try text.fill(from: source)
        // With which Excel and others begin UTF-8.
        text.skipMark()
    }

    private enum Attempt {
        case row
        /// The row continues beyond the buffer; with the line of the open quote, if there is one.
        case incomplete(quote: Int?)
        case end
    }

    private func checkSize(_ size: Int, quote: Int? = nil) throws(CodecError) {
        guard size > Self.maximumRowSize else { return }
        if let quote {
            throw CodecError(
                .tooLarge, "line \(quote): a quoted field has no closing quote within \(Self.maximumRowSize) bytes")
        }
        throw CodecError(.tooLarge, "line \(line) has more than \(Self.maximumRowSize) bytes")
    }

    /// Reads a row that the buffer holds completely.
    private mutating func scan(_ row: inout CSVRow) throws(CodecError) -> Attempt {
        guard text.count > 0 else { return text.hasEnded ? .end : .incomplete(quote: nil) }
        row.begin()
        var scan = RowScan(line: line)
        let outcome = try text.withBytes { base, count throws(CodecError) -> RowScan.Outcome in
            let outcome = try scan.run(
                base, end: count, isLast: text.hasEnded, delimiter: delimiter, delimiters: delimiters, row: &row)
            if case .row(let end, _) = outcome {
                try checkSize(end)
                row.finish(UnsafeBufferPointer(start: base, count: end), line: line, escaped: scan.escaped)
            }
            return outcome
        }
        switch outcome {
        case .incomplete(let quote): return .incomplete(quote: quote)
        case .row(_, let next):
            line = scan.line
            text.consume(next)
            return .row
        }
    }
}

/// Finds the fields of one row in memory.
private struct RowScan {
    /// The line of the current position.
    private(set) var line: Int
    /// The fields that contain doubled quotes.
    private(set) var escaped: [Int] = []

    init(line: Int) {
        self.line = line
    }

    enum Outcome {
        /// Where the row's text ends, and where the next row begins.
        case row(end: Int, next: Int)
        case incomplete(quote: Int?)
    }

    private static let quotes = ByteMarks.pattern(UInt8(ascii: "\""))
    private static let lineFeeds = ByteMarks.pattern(0x0A)
    private static let returns = ByteMarks.pattern(0x0D)

    /// Reads from the beginning of a row to its end.
    ///
    /// - Parameters:
    ///   - end: bytes that were read; eight zeros follow them.
    ///   - isLast: whether no bytes follow them.
    mutating func run(
        _ base: UnsafePointer<UInt8>, end: Int, isLast: Bool, delimiter: UInt8, delimiters: UInt64,
        row: inout CSVRow
    ) throws(CodecError) -> Outcome {
        let first = line
        var place = 0
        var start = 0
        scanning: while place < end {
            let word = UnsafeRawPointer(base + place).loadUnaligned(as: UInt64.self)
            var marks =
                ByteMarks.equal(word, delimiters) | ByteMarks.equal(word, Self.quotes)
                | ByteMarks.equal(word, Self.lineFeeds) | ByteMarks.equal(word, Self.returns)
            while marks != 0 {
                let at = place + marks.trailingZeroBitCount >> 3
                marks &= marks &- 1
                let byte = base[at]
                if byte == delimiter {
                    row.append(start, at)
                    guard row.count < CSVReader.maximumFields else {
                        throw CodecError(
                            .tooLarge, "line \(first) has more than \(CSVReader.maximumFields) fields")
                    }
                    start = at + 1
                } else if byte == UInt8(ascii: "\"") {
                    guard at == start else { continue }
                    let opening = line
                    guard let close = closingQuote(base, from: at + 1, end, isLast, field: row.count) else {
                        if isLast {
                            throw CodecError(.malformed, "line \(opening): a quoted field has no closing quote")
                        }
                        return .incomplete(quote: opening)
                    }
                    let next = close + 1
                    guard next == end || base[next] == delimiter || base[next] == 0x0A || base[next] == 0x0D else {
                        throw CodecError(
                            .malformed, "line \(line): a closing quote is followed by more text in its field")
                    }
                    row.append(at + 1, close)
                    if next == end { return .row(end: end, next: end) }
                    guard base[next] == delimiter else { return ended(base, at: next, end, isLast) }
                    guard row.count < CSVReader.maximumFields else {
                        throw CodecError(
                            .tooLarge, "line \(first) has more than \(CSVReader.maximumFields) fields")
                    }
                    start = next + 1
                    place = start
                    continue scanning
                } else {
                    row.append(start, at)
                    return ended(base, at: at, end, isLast)
                }
            }
            place += 8
        }
        guard isLast else { return .incomplete(quote: nil) }
        row.append(start, end)
        return .row(end: end, next: end)
    }

    /// The row's end at a line break, which may have a second byte.
    private mutating func ended(_ base: UnsafePointer<UInt8>, at: Int, _ end: Int, _ isLast: Bool) -> Outcome {
        if base[at] == 0x0D, at + 1 == end, !isLast { return .incomplete(quote: nil) }
        line += 1
        let isPair = base[at] == 0x0D && at + 1 < end && base[at + 1] == 0x0A
        return .row(end: at, next: at + (isPair ? 2 : 1))
    }

    /// The position of the quote that closes a field; nil where that isn't known yet.
    private mutating func closingQuote(
        _ base: UnsafePointer<UInt8>, from start: Int, _ end: Int, _ isLast: Bool, field: Int
    ) -> Int? {
        var place = start
        while let found = memchr(base + place, 0x22, end - place) {
            let at = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            line += TextLines.breaks(base + place, count: at - place)
            if at + 1 == end { return isLast ? at : nil }
            guard base[at + 1] == UInt8(ascii: "\"") else { return at }
            if escaped.last != field { escaped.append(field) }
            place = at + 2
        }
        return nil
    }
}

/// Finds a byte among eight at once (Warren, "Hacker's Delight", 2nd edition, section 6-1).
private enum ByteMarks {
    private static let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F

    /// The byte, repeated eight times.
    static func pattern(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// The highest bit of each byte that equals the pattern's, and no other bit.
    @inline(__always)
    static func equal(_ word: UInt64, _ pattern: UInt64) -> UInt64 {
        let difference = word ^ pattern
        return ~(((difference & low) &+ low) | difference | low)
    }
}
