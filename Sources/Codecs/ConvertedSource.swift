/// Text turned into other text, a block at a time.
package protocol TextConversion {
    /// Converts the next bytes.
    ///
    /// - Parameters:
    ///   - bytes: those that follow what was converted before.
    ///   - isLast: whether none follow.
    ///   - converted: takes what they become; some may be held back for the next call.
    mutating func convert(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, into converted: inout [UInt8]
    ) throws(CodecError)
}

/// The bytes of a source as a conversion makes them.
package final class ConvertedSource<Conversion: TextConversion>: ByteSource {
    private static var blockSize: Int { 1 << 16 }

    private let source: any ByteSource
    private var conversion: Conversion
    private var block = [UInt8](repeating: 0, count: blockSize)
    private var converted: [UInt8] = []
    /// Where in the converted bytes those begin that haven't been given out.
    private var start = 0
    private var hasEnded = false

    package init(_ source: any ByteSource, _ conversion: Conversion) {
        self.source = source
        self.conversion = conversion
    }

    package func read(into target: UnsafeMutableRawBufferPointer) throws -> Int {
        var filled = 0
        while filled < target.count {
            if start == converted.count {
                guard !hasEnded else { break }
                try convertBlock()
            }
            let piece = converted[start..<min(converted.count, start + target.count - filled)]
            UnsafeMutableRawBufferPointer(rebasing: target[filled...]).copyBytes(from: piece)
            filled += piece.count
            start += piece.count
        }
        return filled
    }

    private func convertBlock() throws {
        let count = try block.withUnsafeMutableBytes { try source.read(into: $0) }
        hasEnded = count < block.count
        converted.removeAll(keepingCapacity: true)
        start = 0
        try block.withUnsafeBufferPointer { block throws(CodecError) in
            try conversion.convert(
                UnsafeBufferPointer(rebasing: block[..<count]), isLast: hasEnded, into: &converted)
        }
    }
}

/// UTF-16 (RFC 2781) as UTF-8, without its byte order mark.
package struct UTF16Conversion: TextConversion {
    package enum ByteOrder: Sendable, Equatable {
        case little
        case big
    }

    private let order: ByteOrder
    /// The first byte of a unit whose second hasn't come.
    private var half: UInt8?
    /// The first unit of a surrogate pair whose second hasn't come.
    private var lead: UInt16?
    private var isAtStart = true
    private var line = 1

    package init(_ order: ByteOrder) {
        self.order = order
    }

    /// The order that a byte order mark tells; nil where there is none, or that of UTF-32.
    package static func order(of head: [UInt8]) -> ByteOrder? {
        if head.starts(with: [0xFF, 0xFE]), !head.starts(with: [0xFF, 0xFE, 0, 0]) { return .little }
        return head.starts(with: [0xFE, 0xFF]) ? .big : nil
    }

    package mutating func convert(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, into converted: inout [UInt8]
    ) throws(CodecError) {
        converted.reserveCapacity(bytes.count / 2 * 3 + 8)
        for byte in bytes {
            guard let first = half else {
                half = byte
                continue
            }
            half = nil
            let unit = order == .little ? UInt16(byte) << 8 | UInt16(first) : UInt16(first) << 8 | UInt16(byte)
            try add(unit, to: &converted)
        }
        guard isLast, half != nil || lead != nil else { return }
        throw CodecError(.truncated, "line \(line): the text in UTF-16 ends within a character")
    }

    private mutating func add(_ unit: UInt16, to converted: inout [UInt8]) throws(CodecError) {
        if isAtStart {
            isAtStart = false
            if unit == 0xFEFF { return }
        }
        if let lead {
            guard UTF16.isTrailSurrogate(unit) else { throw alone }
            self.lead = nil
            let scalar = 0x10000 + (UInt32(lead) - 0xD800) << 10 + (UInt32(unit) - 0xDC00)
            converted.append(UInt8(0xF0 | scalar >> 18))
            converted.append(UInt8(0x80 | scalar >> 12 & 0x3F))
            converted.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            converted.append(UInt8(0x80 | scalar & 0x3F))
        } else if unit < 0x80 {
            if unit == 0x0A { line += 1 }
            converted.append(UInt8(unit))
        } else if unit < 0x800 {
            converted.append(UInt8(0xC0 | unit >> 6))
            converted.append(UInt8(0x80 | unit & 0x3F))
        } else if UTF16.isLeadSurrogate(unit) {
            lead = unit
        } else {
            guard !UTF16.isTrailSurrogate(unit) else { throw alone }
            converted.append(UInt8(0xE0 | unit >> 12))
            converted.append(UInt8(0x80 | unit >> 6 & 0x3F))
            converted.append(UInt8(0x80 | unit & 0x3F))
        }
    }

    private var alone: CodecError {
        CodecError(
            .malformed, "line \(line) isn't UTF-16, as its byte order mark says: it has half of a surrogate pair")
    }
}

/// Text in which runs of blanks and tabs separate fields, with one blank for each run, and none at the ends of lines.
///
/// What stands in quotes stays as it is.
package struct BlankRunConversion: TextConversion {
    private var isQuoted = false
    /// Whether the last byte closed a quote: another one opens it again, as two stand for one within quotes.
    private var hasJustClosed = false
    private var isInRun = false
    private var isAtLineStart = true

    package init() {}

    package mutating func convert(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, into converted: inout [UInt8]
    ) throws(CodecError) {
        converted.reserveCapacity(bytes.count + 1)
        for byte in bytes {
            if isQuoted {
                isQuoted = byte != UInt8(ascii: "\"")
                hasJustClosed = !isQuoted
                converted.append(byte)
                continue
            }
            switch byte {
            case 0x20, 0x09: isInRun = !isAtLineStart
            case 0x0A, 0x0D:
                (isInRun, isAtLineStart) = (false, true)
                converted.append(byte)
            default:
                if byte == UInt8(ascii: "\"") { isQuoted = isInRun || isAtLineStart || hasJustClosed }
                if isInRun { converted.append(0x20) }
                (isInRun, isAtLineStart) = (false, false)
                converted.append(byte)
            }
            hasJustClosed = false
        }
    }
}
