/// Reads a body of parts between boundaries (multipart/form-data, RFC 7578 and RFC 2046 §5.1) as it comes, in pieces of any size.
///
/// What stands before the first boundary and after the last is passed over. Memory holds the head of one part, and of what may
/// be the beginning of a boundary.
struct MultipartReader {
    enum Event {
        /// A part begins.
        case part(PartHead)
        /// Bytes of the part.
        case bytes(ArraySlice<UInt8>)
    }

    /// The most bytes of the lines above a part's own.
    static let headLimit = 1 << 14
    /// The most bytes of a boundary; RFC 2046 has 70.
    static let boundaryLimit = 200

    private enum State {
        /// Before the first boundary, at the beginning of a line or within one.
        case preamble(isLineStart: Bool)
        /// After a boundary: the rest of its line, or the two hyphens of the last.
        case boundary
        case head
        case body
        case epilogue
    }

    private var state = State.preamble(isLineStart: true)
    /// The boundary with the two hyphens before it.
    private let opening: [UInt8]
    /// The same with the line break before it, which is no part of the body.
    private let delimiter: [UInt8]
    /// What hasn't been told apart yet.
    private var rest: [UInt8] = []

    /// - Parameter contentType: the field of the head.
    /// - Returns: nil where it names no boundary.
    init?(contentType: String?) {
        let parameters = HeaderParameters(contentType ?? "")
        guard let boundary = parameters["boundary"], (1...Self.boundaryLimit).contains(boundary.utf8.count) else {
            return nil
        }
        opening = Array("--".utf8) + boundary.utf8
        delimiter = [0x0D, 0x0A] + opening
    }

    /// Whether the last boundary has come.
    var isWhole: Bool {
        if case .epilogue = state { true } else { false }
    }

    /// Reads further bytes.
    mutating func read(
        _ bytes: [UInt8], _ take: (Event) throws(HTTPProblem) -> Void
    ) throws(MultipartError) {
        rest += bytes
        var place = 0
        while let used = try step(rest[place...], take) { place += used }
        rest.removeFirst(place)
    }

    /// Reads as far as can be told.
    ///
    /// - Returns: bytes used; nil where more are needed.
    private mutating func step(
        _ text: ArraySlice<UInt8>, _ take: (Event) throws(HTTPProblem) -> Void
    ) throws(MultipartError) -> Int? {
        switch state {
        case .preamble(let isLineStart): return skipPreamble(text, isLineStart)
        case .boundary: return endBoundary(text)
        case .head:
            guard let end = Self.headEnd(text) else {
                guard text.count <= Self.headLimit else { throw .malformed("the head of a part is too long") }
                return nil
            }
            guard end.lines.count <= Self.headLimit else { throw .malformed("the head of a part is too long") }
            try MultipartError.ofTaking { () throws(HTTPProblem) in try take(.part(PartHead(end.lines))) }
            state = .body
            return end.used
        case .body: return try readBody(text, take)
        case .epilogue: return text.isEmpty ? nil : text.count
        }
    }

    private mutating func skipPreamble(_ text: ArraySlice<UInt8>, _ isLineStart: Bool) -> Int? {
        if isLineStart {
            guard text.count >= opening.count else {
                if opening.starts(with: text) { return nil }
                state = .preamble(isLineStart: false)
                return 0
            }
            if text.starts(with: opening) {
                guard let isBoundary = Self.endsBoundary(text.dropFirst(opening.count)) else { return nil }
                state = isBoundary ? .boundary : .preamble(isLineStart: false)
                return isBoundary ? opening.count : 0
            }
        }
        guard let end = text.firstIndex(of: 0x0A) else {
            state = .preamble(isLineStart: false)
            return text.isEmpty ? nil : text.count
        }
        state = .preamble(isLineStart: true)
        return end + 1 - text.startIndex
    }

    /// After a boundary: hyphens where it is the last, else a line break, with blanks before it or not.
    private mutating func endBoundary(_ text: ArraySlice<UInt8>) -> Int? {
        if text.starts(with: [0x2D, 0x2D]) {
            state = .epilogue
            return 2
        }
        // That one follows is known.
        guard let end = text.firstIndex(of: 0x0A) else { return nil }
        state = .head
        return end + 1 - text.startIndex
    }

    /// Where the lines of a part's head end, which an empty one does.
    private static func headEnd(_ text: ArraySlice<UInt8>) -> (lines: ArraySlice<UInt8>, used: Int)? {
        var start = text.startIndex
        while let feed = text[start...].firstIndex(of: 0x0A) {
            let line = text[start..<feed]
            if line.isEmpty || line.elementsEqual([0x0D]) {
                return (text[text.startIndex..<start], feed + 1 - text.startIndex)
            }
            start = feed + 1
        }
        return nil
    }

    private mutating func readBody(
        _ text: ArraySlice<UInt8>, _ take: (Event) throws(HTTPProblem) -> Void
    ) throws(MultipartError) -> Int? {
        var place = text.startIndex
        while let start = text[place...].firstIndex(of: 0x0D) {
            let ahead = text[start...]
            if ahead.starts(with: delimiter) {
                // A line of the file may begin like the boundary, if that is short.
                guard let isBoundary = Self.endsBoundary(ahead.dropFirst(delimiter.count)) else {
                    return try give(text[text.startIndex..<start], take)
                }
                guard isBoundary else {
                    place = start + 1
                    continue
                }
                _ = try give(text[text.startIndex..<start], take)
                state = .boundary
                return start - text.startIndex + delimiter.count
            }
            if ahead.count < delimiter.count, delimiter.starts(with: ahead) {
                return try give(text[text.startIndex..<start], take)
            }
            place = start + 1
        }
        return try give(text, take)
    }

    /// Whether what follows a boundary's letters makes it one; nil where more is needed to know.
    private static func endsBoundary(_ text: ArraySlice<UInt8>) -> Bool? {
        guard let first = text.first else { return nil }
        if first == 0x2D { return text.count < 2 ? nil : text[text.startIndex + 1] == 0x2D }
        guard let end = text.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else {
            return text.count > Self.boundaryLimit ? false : nil
        }
        return end == 0x0A
    }

    /// - Returns: nil where there are none.
    private func give(
        _ bytes: ArraySlice<UInt8>, _ take: (Event) throws(HTTPProblem) -> Void
    ) throws(MultipartError) -> Int? {
        guard !bytes.isEmpty else { return nil }
        try MultipartError.ofTaking { () throws(HTTPProblem) in try take(.bytes(bytes)) }
        return bytes.count
    }
}

/// Why a body of parts can't be read further.
enum MultipartError: Error {
    /// The bytes are none: the end of a sentence.
    case malformed(String)
    /// Who takes the parts refuses one.
    case refused(HTTPProblem)

    static func ofTaking(_ take: () throws(HTTPProblem) -> Void) throws(MultipartError) {
        do throws(HTTPProblem) { try take() } catch { throw .refused(error) }
    }
}
