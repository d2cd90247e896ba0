/// Reads objects of JSON (RFC 8259) as the rows of a table, one after another: those of one array, or such as follow each
/// other with nothing but white space between them, as one to a line (JSON lines, jsonlines.org).
///
/// An object's members are a row's fields: strings as they are, numbers and the words true, false, NaN and Infinity as they
/// are written; null and a member that isn't there are an empty field. Members are single values: arrays and objects within an
/// object are an error. Memory holds one object.
package struct JSONRowReader {
    /// The most bytes that one object may have, and all names together.
    package static let maximumRowSize = CSVReader.maximumRowSize

    /// What may come next outside of objects.
    private enum Place {
        case start
        /// After an object that is in no array.
        case betweenLines
        /// After the array's bracket, one of its objects, and a comma.
        case arrayStart, afterItem, afterComma
        case afterArray
    }

    private let source: any ByteSource
    private var text = ReadAhead()
    private var columns: JSONColumns
    private var place = Place.start
    /// Whether the text goes on with an object.
    private var isBeforeObject = false
    private var line = 1
    private var isAtStart = true

    /// - Parameter names: in the order of the fields; where there are none, the rows' members give them as they come.
    package init(_ source: any ByteSource, names: [[UInt8]] = []) {
        self.source = source
        columns = JSONColumns(names)
    }

    /// The names of the fields, in the order in which members first appeared.
    package var names: [[UInt8]] { columns.names }

    /// Fills a row with the names.
    package func readNames(_ row: inout CSVRow) {
        row.begin(line: 1, count: names.count)
        for (index, name) in names.enumerated() { row.put(index) { $0 += name } }
    }

    /// Reads the next object into `row`, whose memory is reused.
    ///
    /// The row has a field for each of `names`, as they are afterwards.
    ///
    /// - Returns: whether there was one.
    /// - Throws: `CodecError` that names the line; and what the source throws.
    package mutating func next(_ row: inout CSVRow) throws -> Bool {
        if isAtStart {
            isAtStart = false
            try text.fill(from: source)
            text.skipMark()
        }
        while true {
            do throws(JSONRowFault) {
                if !isBeforeObject, try !advance() { return false }
                try readObject(&row)
                return true
            } catch {
                try resolve(error)
            }
        }
    }

    /// Reads more where that is all that a fault was about.
    private mutating func resolve(_ fault: JSONRowFault) throws {
        switch fault {
        case .incomplete:
            guard !text.hasEnded else {
                throw CodecError(.truncated, "line \(line): the text ends within an object that begins there")
            }
            try checkSize(text.count)
            try text.fill(from: source)
        case .tooLarge: try checkSize(.max)
        case .wrong(let kind, let detail, let place):
            let lines = text.withBytes { base, count in TextLines.breaks(base, count: min(place, count)) }
            throw CodecError(kind, "line \(line + lines): \(detail)")
        }
    }

    private func checkSize(_ size: Int) throws(CodecError) {
        guard size > Self.maximumRowSize else { return }
        throw CodecError(.tooLarge, "line \(line): an object has more than \(Self.maximumRowSize) bytes")
    }

    /// Consumes what stands between objects.
    ///
    /// - Returns: whether an object follows.
    private mutating func advance() throws(JSONRowFault) -> Bool {
        while true {
            guard let byte = skipSpace() else {
                guard text.hasEnded else { throw .incomplete }
                guard [.start, .betweenLines, .afterArray].contains(place) else {
                    throw .wrong(.truncated, "the text ends within its array", at: 0)
                }
                return false
            }
            switch (byte, place) {
            case (UInt8(ascii: "{"), .start), (UInt8(ascii: "{"), .betweenLines), (UInt8(ascii: "{"), .arrayStart),
                (UInt8(ascii: "{"), .afterComma):
                place = place == .start || place == .betweenLines ? .betweenLines : .afterItem
                isBeforeObject = true
                return true
            case (UInt8(ascii: "["), .start): place = .arrayStart
            case (UInt8(ascii: "]"), .arrayStart), (UInt8(ascii: "]"), .afterItem): place = .afterArray
            case (UInt8(ascii: ","), .afterItem): place = .afterComma
            case (_, .afterItem): throw .wrong(.malformed, "a comma or the end of the array is expected here", at: 0)
            case (_, .afterArray): throw .wrong(.malformed, "the array is followed by more text", at: 0)
            case (UInt8(ascii: "["), _):
                throw .wrong(
                    .unsupported, "an array stands where a row is expected; rows are objects, as {\"name\": \"value\"}",
                    at: 0)
            default: throw .wrong(.malformed, "an object is expected here, as {\"name\": \"value\"}", at: 0)
            }
            text.consume(1)
        }
    }

    /// Consumes white space.
    ///
    /// - Returns: the byte after it; nil where that hasn't been read.
    private mutating func skipSpace() -> UInt8? {
        let (count, lines, next) = text.withBytes { base, count in
            var end = 0
            while end < count, JSONObjectScan.isSpace(base[end]) { end += 1 }
            return (end, TextLines.breaks(base, count: end), end < count ? base[end] : nil)
        }
        text.consume(count)
        line += lines
        return next
    }

    /// Reads the object with which the text goes on.
    private mutating func readObject(_ row: inout CSVRow) throws(JSONRowFault) {
        row.begin(line: line, count: columns.names.count)
        let (size, lines) = try text.withBytes { base, count throws(JSONRowFault) -> (Int, Int) in
            var scan = JSONObjectScan(base: base, end: count, isLast: text.hasEnded)
            try scan.object(&columns, &row)
            guard scan.place <= Self.maximumRowSize else { throw .tooLarge }
            return (scan.place, TextLines.breaks(base, count: scan.place))
        }
        text.consume(size)
        line += lines
        isBeforeObject = false
    }
}

/// Why the bytes at hand are no object.
enum JSONRowFault: Error {
    /// It goes on after them.
    case incomplete
    /// It has more bytes than an object may have.
    case tooLarge
    /// With the offset of the fault.
    case wrong(CodecError.Kind, String, at: Int)
}

/// The names of the members of a table's rows, each with its column.
struct JSONColumns {
    private(set) var names: [[UInt8]]
    private var places: [[UInt8]: Int]
    /// Whether members of other names make columns.
    private let isOpen: Bool
    private var nameBytes = 0
    /// The row in which each column was last filled.
    private var lastRows: [Int]
    private var row = 0
    /// Where the next member most likely belongs, as most objects have the same order.
    private var expected = 0

    init(_ names: [[UInt8]]) {
        self.names = names
        places = Dictionary(zip(names, names.indices)) { first, _ in first }
        isOpen = names.isEmpty
        lastRows = [Int](repeating: 0, count: names.count)
    }

    mutating func beginRow() {
        row += 1
        expected = 0
    }

    /// The column of a member.
    ///
    /// - Parameter offset: where the name stands, for faults.
    mutating func column(_ name: UnsafeBufferPointer<UInt8>, at offset: Int) throws(JSONRowFault) -> Int {
        let index = try place(of: name, at: offset)
        guard lastRows[index] != row else {
            throw .wrong(.malformed, "the name \"\(Self.shown(name))\" appears twice in one object", at: offset)
        }
        lastRows[index] = row
        expected = index + 1
        return index
    }

    private mutating func place(of name: UnsafeBufferPointer<UInt8>, at offset: Int) throws(JSONRowFault) -> Int {
        if expected < names.count, names[expected].count == name.count, names[expected].elementsEqual(name) {
            return expected
        }
        let key = Array(name)
        if let found = places[key] { return found }
        guard isOpen else {
            throw .wrong(
                .malformed, "the member \"\(Self.shown(name))\" wasn't there when it was read before", at: offset)
        }
        nameBytes += name.count + 1
        guard names.count < CSVReader.maximumFields, nameBytes <= JSONRowReader.maximumRowSize else {
            throw .wrong(
                .tooLarge, "the objects have more than \(names.count) different names, which is the most allowed",
                at: offset)
        }
        places[key] = names.count
        names.append(key)
        lastRows.append(0)
        return names.count - 1
    }

    static func shown(_ name: some Collection<UInt8>) -> String {
        String(decoding: name.prefix(100), as: UTF8.self)
    }
}
