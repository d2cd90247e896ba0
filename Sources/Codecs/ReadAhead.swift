import Glibc

/// What has been read of a source and not yet been consumed, for readers of rows.
struct ReadAhead {
    /// Zeros after the bytes read, so that eight bytes can be loaded at once from any position.
    private static let slack = 8

    private var buffer = [UInt8](repeating: 0, count: 1 << 18 + slack)
    /// The part of the buffer that hasn't been consumed.
    private var range = 0..<0
    /// Whether the source has nothing after these bytes.
    private(set) var hasEnded = false

    /// Bytes that haven't been consumed.
    var count: Int { range.count }

    /// Passes the bytes that haven't been consumed, and their count; eight zeros follow them.
    @inline(__always)
    func withBytes<Result, Failure: Error>(
        _ body: (UnsafePointer<UInt8>, Int) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try buffer.withUnsafeBufferPointer { buffer throws(Failure) -> Result in
            guard let base = buffer.baseAddress else { preconditionFailure("the buffer is never empty") }
            return try body(base + range.lowerBound, range.count)
        }
    }

    @inline(__always)
    mutating func consume(_ count: Int) {
        range = (range.lowerBound + count)..<range.upperBound
    }

    /// Reads more after what is left, and grows where that fills more than half of the buffer.
    mutating func fill(from source: any ByteSource) throws {
        let count = range.count
        if count > (buffer.count - Self.slack) / 2 {
            buffer.append(contentsOf: repeatElement(0, count: buffer.count - Self.slack))
        }
        let start = range.lowerBound
        let read = try buffer.withUnsafeMutableBytes { bytes in
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
            rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]))
            let target = UnsafeMutableRawBufferPointer(rebasing: bytes[count..<(bytes.count - Self.slack)])
            let read = try source.read(into: target)
            hasEnded = read < target.count
            for place in 0..<Self.slack { bytes[count + read + place] = 0 }
            return read
        }
        range = 0..<(count + read)
    }

    /// Passes over the byte order mark of UTF-8, if the bytes begin with it.
    mutating func skipMark() {
        if buffer[range].starts(with: [0xEF, 0xBB, 0xBF]) { consume(3) }
    }

    /// Passes over a line and the break after it.
    ///
    /// - Returns: false where more must be read to know its end.
    mutating func skipLine() -> Bool {
        let end = buffer[range].firstIndex { $0 == 0x0A || $0 == 0x0D }
        guard let end else {
            if hasEnded { consume(count) }
            return hasEnded
        }
        guard end + 1 < range.upperBound || hasEnded else { return false }
        let isPair = buffer[end] == 0x0D && end + 1 < range.upperBound && buffer[end + 1] == 0x0A
        consume(end + (isPair ? 2 : 1) - range.lowerBound)
        return true
    }
}

/// The lines of text in memory.
package enum TextLines {
    /// How many line breaks there are: line feeds, or where there are none, the carriage returns of old Macs.
    package static func breaks(_ bytes: UnsafePointer<UInt8>, count: Int) -> Int {
        let feeds = occurrences(of: 0x0A, bytes, count)
        return feeds > 0 ? feeds : occurrences(of: 0x0D, bytes, count)
    }

    private static func occurrences(of byte: UInt8, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        var found = 0
        for place in 0..<count where bytes[place] == byte { found += 1 }
        return found
    }
}
