/// A row of a table's text: of a CSV, or an object of JSON.
package struct CSVRow: Sendable {
    /// The range of a field in the row's text.
    struct Span {
        var start: Int
        var end: Int
    }

    /// The line, counted from 1, on which it begins.
    package private(set) var line = 0
    /// The row's text; each field's bytes are contiguous in it, without the field's quotes.
    private var text: [UInt8] = []
    private var spans: [Span] = []

    package init() {}

    package var count: Int { spans.count }

    /// The bytes of a field.
    package subscript(_ index: Int) -> ArraySlice<UInt8> {
        text[spans[index].start..<spans[index].end]
    }

    /// A field as text; bytes that aren't UTF-8 are replaced.
    package func text(_ index: Int) -> String {
        String(decoding: self[index], as: UTF8.self)
    }

    /// Passes all fields to a closure at once, for loops over many rows.
    package func withFields<Result>(_ body: (Fields) throws -> Result) rethrows -> Result {
        try text.withUnsafeBufferPointer { text in
            try spans.withUnsafeBufferPointer { try body(Fields(text: text, spans: $0)) }
        }
    }

    /// The fields of a row, valid within the closure of `withFields`.
    package struct Fields {
        /// The whole row, delimiters and quotes included.
        package let text: UnsafeBufferPointer<UInt8>
        private let spans: UnsafeBufferPointer<Span>

        init(text: UnsafeBufferPointer<UInt8>, spans: UnsafeBufferPointer<Span>) {
            self.text = text
            self.spans = spans
        }

        package var count: Int { spans.count }

        package subscript(_ index: Int) -> UnsafeBufferPointer<UInt8> {
            let span = spans[index]
            return UnsafeBufferPointer(rebasing: text[span.start..<span.end])
        }
    }

    /// Whether it is one empty field, as an empty line is.
    var isEmpty: Bool { spans.count == 1 && spans[0].start == spans[0].end }

    mutating func begin() {
        spans.removeAll(keepingCapacity: true)
    }

    /// Adds a field, by its range in the text that `finish` sets.
    mutating func append(_ start: Int, _ end: Int) {
        spans.append(Span(start: start, end: end))
    }

    /// Sets the text of the fields.
    ///
    /// - Parameter escaped: the fields that contain doubled quotes.
    mutating func finish(_ text: UnsafeBufferPointer<UInt8>, line: Int, escaped: [Int]) {
        self.line = line
        self.text.removeAll(keepingCapacity: true)
        self.text.append(contentsOf: text)
        for index in escaped { unescape(index) }
    }

    /// Takes away the last field.
    package mutating func removeLast() {
        spans.removeLast()
    }

    /// Takes away the first field.
    package mutating func removeFirst() {
        spans.removeFirst()
    }

    /// Puts an empty field before the first.
    package mutating func insertEmptyFirst() {
        spans.insert(Span(start: 0, end: 0), at: 0)
    }

    /// Begins a row of so many empty fields, which `put` fills in any order.
    mutating func begin(line: Int, count: Int) {
        self.line = line
        text.removeAll(keepingCapacity: true)
        spans.removeAll(keepingCapacity: true)
        spans.append(contentsOf: repeatElement(Span(start: 0, end: 0), count: count))
    }

    /// Fills a field, those before it being made where they aren't there yet.
    @inline(__always)
    mutating func put<Failure: Error>(
        _ index: Int, _ write: (inout [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        while spans.count <= index { spans.append(Span(start: 0, end: 0)) }
        let start = text.count
        try write(&text)
        spans[index] = Span(start: start, end: text.count)
        // So that the end of one field and the beginning of the next make no character together.
        text.append(UInt8(ascii: ","))
    }

    private mutating func unescape(_ index: Int) {
        let span = spans[index]
        var end = span.start
        var place = span.start
        while place < span.end {
            let byte = text[place]
            text[end] = byte
            end += 1
            place += byte == UInt8(ascii: "\"") ? 2 : 1
        }
        spans[index].end = end
    }
}
