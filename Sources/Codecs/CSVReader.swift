/// A row of a CSV file.
package struct CSVRow: Sendable {
    /// The line, counted from 1, on which it begins.
    package fileprivate(set) var line = 0
    /// The fields' bytes one after another, their quotes taken off.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    package init() {}

    package var count: Int { ends.count }

    /// The bytes of a field.
    package subscript(_ index: Int) -> ArraySlice<UInt8> {
        bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// A field as text; what isn't UTF-8 is replaced.
    package func text(_ index: Int) -> String {
        String(decoding: self[index], as: UTF8.self)
    }

    fileprivate mutating func begin(line: Int) {
        self.line = line
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    fileprivate mutating func append(_ byte: UInt8) { bytes.append(byte) }
    fileprivate mutating func endField() { ends.append(bytes.count) }
    fileprivate var size: Int { bytes.count }
    fileprivate var fieldSize: Int { bytes.count - (ends.last ?? 0) }
}

/// Reads CSV (RFC 4180) a row at a time; lines may also end in LF alone, and empty ones are passed over.
package struct CSVReader {
    /// The most bytes that one row may have.
    package static let maximumRowSize = 1 << 20
    /// The most fields that one row may have.
    package static let maximumFields = 1 << 14

    private let source: any ByteSource
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var range = 0..<0
    private var line = 1
    private var isAtStart = true

    package init(_ source: any ByteSource) {
        self.source = source
    }

    /// Reads the next row into `row`, whose memory is used again.
    ///
    /// - Returns: whether there was one.
    /// - Throws: `CodecError` where a quoted field has no end or is followed by other text, or a row is beyond the
    ///   limits; and what the source throws.
    package mutating func next(_ row: inout CSVRow) throws -> Bool {
        repeat {
            guard try peek() != nil else { return false }
            try readRow(&row)
        } while row.count == 1 && row.size == 0
        return true
    }

    private mutating func readRow(_ row: inout CSVRow) throws {
        row.begin(line: line)
        while let byte = try take() {
            switch byte {
            case UInt8(ascii: ","):
                row.endField()
                guard row.count < Self.maximumFields else {
                    throw CodecError(.tooLarge, "line \(row.line) has more than \(Self.maximumFields) fields")
                }
            case 0x0A:
                line += 1
                return row.endField()
            case 0x0D:
                if try peek() == 0x0A { _ = try take() }
                line += 1
                return row.endField()
            case UInt8(ascii: "\"") where row.fieldSize == 0:
                try readQuoted(&row)
            default:
                try append(byte, to: &row)
            }
        }
        row.endField()
    }

    /// The rest of a quoted field, after its first quote and up to what ends the field.
    private mutating func readQuoted(_ row: inout CSVRow) throws {
        let start = line
        while let byte = try take() {
            if byte == 0x0A { line += 1 }
            guard byte == UInt8(ascii: "\"") else {
                try append(byte, to: &row)
                continue
            }
            switch try peek() {
            case UInt8(ascii: "\""): try append(take() ?? byte, to: &row)
            case UInt8(ascii: ","), 0x0A, 0x0D, nil: return
            default:
                throw CodecError(.malformed, "line \(line): a closing quote is followed by more text in its field")
            }
        }
        throw CodecError(.malformed, "line \(start): a quoted field has no closing quote")
    }

    private func append(_ byte: UInt8, to row: inout CSVRow) throws {
        guard row.size < Self.maximumRowSize else {
            throw CodecError(.tooLarge, "line \(row.line) has more than \(Self.maximumRowSize) bytes")
        }
        row.append(byte)
    }

    private mutating func peek() throws -> UInt8? {
        if range.isEmpty {
            range = 0..<(try buffer.withUnsafeMutableBytes { try source.read(into: $0) })
            if isAtStart {
                isAtStart = false
                // The mark with which Excel and others begin UTF-8.
                if buffer[range].starts(with: [0xEF, 0xBB, 0xBF]) { range = 3..<range.upperBound }
            }
            if range.isEmpty { return nil }
        }
        return buffer[range.lowerBound]
    }

    private mutating func take() throws -> UInt8? {
        guard let byte = try peek() else { return nil }
        range = (range.lowerBound + 1)..<range.upperBound
        return byte
    }
}
