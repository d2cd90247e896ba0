/// Reads one object of single values in memory, a member at a time.
struct JSONObjectScan {
    private let base: UnsafePointer<UInt8>
    private let end: Int
    /// Whether nothing follows the bytes.
    private let isLast: Bool
    /// Where it reads; after `object`, the first byte behind it.
    private(set) var place = 0

    init(base: UnsafePointer<UInt8>, end: Int, isLast: Bool) {
        self.base = base
        self.end = end
        self.isLast = isLast
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    /// Reads an object, which begins with the first byte.
    ///
    /// - Parameters:
    ///   - columns: finds the column of each member.
    ///   - row: takes the values.
    mutating func object(_ columns: inout JSONColumns, _ row: inout CSVRow) throws(JSONRowFault) {
        columns.beginRow()
        place = 1
        var name: [UInt8] = []
        if try nextByte() == UInt8(ascii: "}") {
            place += 1
            return
        }
        while true {
            guard try nextByte() == UInt8(ascii: "\"") else {
                throw fault("a member's name in double quotes is expected")
            }
            let start = place
            let column: Int
            if let plain = plainString() {
                column = try columns.column(plain, at: start)
            } else {
                name.removeAll(keepingCapacity: true)
                try string(into: &name)
                column = try name.withUnsafeBufferPointer { name throws(JSONRowFault) in
                    try columns.column(name, at: start)
                }
            }
            guard try nextByte() == UInt8(ascii: ":") else {
                throw fault("a colon is expected after the name \"\(JSONColumns.shown(columns.names[column]))\"")
            }
            place += 1
            let first = try nextByte()
            try row.put(column) { field throws(JSONRowFault) in
                try value(first, into: &field) { JSONColumns.shown(columns.names[column]) }
            }
            switch try nextByte() {
            case UInt8(ascii: ","): place += 1
            case UInt8(ascii: "}"):
                place += 1
                return
            default: throw fault("a comma or the end of the object is expected")
            }
        }
    }

    private mutating func value(
        _ first: UInt8, into field: inout [UInt8], _ name: () -> String
    ) throws(JSONRowFault) {
        switch first {
        case UInt8(ascii: "\""):
            if let plain = plainString() {
                field.append(contentsOf: plain)
            } else {
                try string(into: &field)
            }
        case UInt8(ascii: "0")...UInt8(ascii: "9"): try number(into: &field)
        case UInt8(ascii: "-"):
            guard place + 1 < end else { throw isLast ? fault("a digit is expected") : .incomplete }
            if base[place + 1] == UInt8(ascii: "I") {
                try word("-Infinity", into: &field)
            } else {
                try number(into: &field)
            }
        case UInt8(ascii: "t"): try word("true", into: &field)
        case UInt8(ascii: "f"): try word("false", into: &field)
        // Python writes these where there is no number.
        case UInt8(ascii: "N"): try word("NaN", into: &field)
        case UInt8(ascii: "I"): try word("Infinity", into: &field)
        case UInt8(ascii: "n"):
            var nothing: [UInt8] = []
            try word("null", into: &nothing)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            let what = first == UInt8(ascii: "{") ? "an object" : "an array"
            throw .wrong(
                .unsupported,
                "the member \"\(name())\" holds \(what), and the fields of a table are single values; flatten it first, as "
                    + "pandas.json_normalize does, or where it holds the rows, send it alone, as by jq '.[\"\(name())\"]'",
                at: place)
        default: throw fault("a value is expected after the name \"\(name())\"")
        }
    }

    private mutating func word(_ word: StaticString, into field: inout [UInt8]) throws(JSONRowFault) {
        let size = word.utf8CodeUnitCount
        let bytes = UnsafeBufferPointer(start: word.utf8Start, count: size)
        let there = UnsafeBufferPointer(start: base + place, count: min(size, end - place))
        guard bytes.starts(with: there) else { throw fault("a value is expected") }
        guard there.count == size else { throw isLast ? fault("a value is expected") : .incomplete }
        field.append(contentsOf: bytes)
        place += size
    }

    /// A number by the grammar of RFC 8259 §6, as it is written.
    private mutating func number(into field: inout [UInt8]) throws(JSONRowFault) {
        let start = place
        if base[place] == UInt8(ascii: "-") { place += 1 }
        let whole = place
        try digits()
        guard base[whole] != UInt8(ascii: "0") || place == whole + 1 else {
            throw .wrong(.malformed, "a number has no leading zeros", at: start)
        }
        if place < end, base[place] == UInt8(ascii: ".") {
            place += 1
            try digits()
        }
        if place < end, base[place] | 0x20 == UInt8(ascii: "e") {
            place += 1
            if place < end, base[place] == UInt8(ascii: "+") || base[place] == UInt8(ascii: "-") { place += 1 }
            try digits()
        }
        // It may go on.
        guard place < end || isLast else { throw .incomplete }
        field.append(contentsOf: UnsafeBufferPointer(start: base + start, count: place - start))
    }

    private mutating func digits() throws(JSONRowFault) {
        let start = place
        while place < end, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(base[place]) { place += 1 }
        guard place > start else {
            guard place < end || isLast else { throw .incomplete }
            throw fault("a digit is expected")
        }
    }

    /// A string without escapes, after which the place is; nil where it has some, or no end, and the place stays.
    private mutating func plainString() -> UnsafeBufferPointer<UInt8>? {
        var at = place + 1
        while at < end {
            let byte = base[at]
            if byte == UInt8(ascii: "\"") {
                defer { place = at + 1 }
                return UnsafeBufferPointer(start: base + place + 1, count: at - place - 1)
            }
            if byte == UInt8(ascii: "\\") || byte < 0x20 { return nil }
            at += 1
        }
        return nil
    }

    private mutating func string(into text: inout [UInt8]) throws(JSONRowFault) {
        let start = place
        place += 1
        while place < end {
            let byte = base[place]
            switch byte {
            case UInt8(ascii: "\""):
                place += 1
                return
            case UInt8(ascii: "\\"): try escape(into: &text)
            case ..<0x20: throw fault("a line break or another control character in a string must be escaped, as \\n")
            default:
                text.append(byte)
                place += 1
            }
        }
        guard isLast else { throw .incomplete }
        throw .wrong(.truncated, "a string has no closing quote", at: start)
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONRowFault) {
        guard place + 1 < end else { throw isLast ? fault("the text ends within a string") : .incomplete }
        let letter = base[place + 1]
        let plain: UInt8? =
            switch letter {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
            case UInt8(ascii: "b"): 0x08
            case UInt8(ascii: "f"): 0x0C
            case UInt8(ascii: "n"): 0x0A
            case UInt8(ascii: "r"): 0x0D
            case UInt8(ascii: "t"): 0x09
            default: nil
            }
        if let plain {
            text.append(plain)
            place += 2
            return
        }
        guard letter == UInt8(ascii: "u") else { throw fault("there is no such escape in JSON") }
        let start = place
        var units = [try codeUnit()]
        if UTF16.isLeadSurrogate(units[0]) {
            guard place + 1 < end || isLast else { throw .incomplete }
            if place + 1 < end, base[place] == UInt8(ascii: "\\"), base[place + 1] == UInt8(ascii: "u") {
                units.append(try codeUnit())
            }
        }
        guard let scalar = String(validating: units, as: UTF16.self) else {
            throw .wrong(.malformed, "an escape is half of a surrogate pair", at: start)
        }
        text.append(contentsOf: scalar.utf8)
    }

    /// The unit of an escape of `u` and four hexadecimal digits.
    private mutating func codeUnit() throws(JSONRowFault) -> UInt16 {
        guard place + 6 <= end else {
            throw isLast ? fault("four hexadecimal digits are expected after \\u") : .incomplete
        }
        var unit: UInt16 = 0
        for at in place + 2..<place + 6 {
            guard let digit = Character(Unicode.Scalar(base[at])).hexDigitValue else {
                throw fault("four hexadecimal digits are expected after \\u")
            }
            unit = unit << 4 | UInt16(digit)
        }
        place += 6
        return unit
    }

    /// Skips white space.
    ///
    /// - Returns: the byte after it.
    private mutating func nextByte() throws(JSONRowFault) -> UInt8 {
        while place < end, Self.isSpace(base[place]) { place += 1 }
        guard place < end else { throw .incomplete }
        return base[place]
    }

    private func fault(_ detail: String) -> JSONRowFault { .wrong(.malformed, detail, at: place) }
}
