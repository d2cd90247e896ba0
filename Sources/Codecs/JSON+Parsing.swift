/// Text that is not JSON, or is nested too deeply.
package struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The sentence: what was wrong, and at which line and column.
    package let detail: String

    package var description: String { detail }
}

extension JSON {
    /// How deep arrays and objects may be nested.
    package static let maximumDepth = 64

    /// Reads one JSON value, in UTF-8, with nothing but white space around it.
    ///
    /// Strict RFC 8259: no trailing commas, no comments, no repeated names (§4 leaves their meaning open). Foundation's
    /// decoder isn't used, since on Linux it accepts the first and the last and doesn't say where a fault is.
    /// A number with neither fraction nor exponent that fits 64 bits is an `integer`, every other one a `number`; one
    /// too large for a `Double` is an error.
    ///
    /// - Throws: `JSONSyntaxError`
    package init(parsing bytes: some Collection<UInt8>) throws {
        let parsed: Result<JSON, any Error>? = bytes.withContiguousStorageIfAvailable { storage in
            Result { try JSONParser.parse(storage) }
        }
        self = try
            (parsed
            ?? Array(bytes).withUnsafeBufferPointer { storage in
                Result { try JSONParser.parse(storage) }
            }).get()
    }
}

/// One pass over the text, a value at a time.
private struct JSONParser {
    let text: UnsafeBufferPointer<UInt8>
    var position = 0
    var depth = 0

    static func parse(_ text: UnsafeBufferPointer<UInt8>) throws -> JSON {
        var parser = JSONParser(text: text)
        let value = try parser.value()
        parser.skipSpace()
        guard parser.position == text.count else { throw parser.fault("the value is followed by more text") }
        return value
    }

    private mutating func value() throws -> JSON {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try nested { try $0.object() }
        case UInt8(ascii: "["): return try nested { try $0.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
        case nil: throw fault("the text ends where a value is expected")
        default: throw fault("a value is expected here")
        }
    }

    private mutating func nested(_ body: (inout JSONParser) throws -> JSON) throws -> JSON {
        depth += 1
        defer { depth -= 1 }
        guard depth <= JSON.maximumDepth else { throw fault("more than \(JSON.maximumDepth) levels are nested") }
        position += 1
        return try body(&self)
    }

    private mutating func object() throws -> JSON {
        var members: [JSON.Member] = []
        var names: Set<String> = []
        if skip(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fault("a member's name in quotes is expected here") }
            let start = position
            let name = try string()
            guard names.insert(name).inserted else {
                throw fault("the name \"\(name)\" appears twice in one object", at: start)
            }
            guard skip(UInt8(ascii: ":")) else { throw fault("a colon is expected after the name \"\(name)\"") }
            members.append(JSON.Member(name: name, value: try value()))
        } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "}")) else { throw fault("a comma or the end of the object is expected here") }
        return .object(members)
    }

    private mutating func array() throws -> JSON {
        var values: [JSON] = []
        if skip(UInt8(ascii: "]")) { return .array([]) }
        repeat {
            values.append(try value())
        } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "]")) else { throw fault("a comma or the end of the array is expected here") }
        return .array(values)
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws -> JSON {
        let end = position + word.utf8CodeUnitCount
        guard end <= text.count,
            text[position..<end].elementsEqual(
                UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        else { throw fault("a value is expected here") }
        position = end
        return value
    }

    /// A number by the grammar of RFC 8259 §6, which is narrower than what Swift reads.
    private mutating func number() throws -> JSON {
        let start = position
        var isInteger = true
        if next == UInt8(ascii: "-") { position += 1 }
        let firstDigit = position
        guard skipDigits() else { throw fault("a digit is expected here") }
        guard text[firstDigit] != UInt8(ascii: "0") || position == firstDigit + 1 else {
            throw fault("a number has no leading zeros", at: start)
        }
        if next == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            guard skipDigits() else { throw fault("a digit is expected after the decimal point") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            guard skipDigits() else { throw fault("a digit is expected in the exponent") }
        }
        let digits = String(decoding: text[start..<position], as: UTF8.self)
        if isInteger, let integer = Int64(digits) { return .integer(integer) }
        guard let number = Double(digits), number.isFinite else {
            throw fault("the number is out of range", at: start)
        }
        return .number(number)
    }

    private mutating func string() throws -> String {
        let start = position
        position += 1
        var runStart = position
        var result = ""
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                result += try validated(runStart..<position)
                position += 1
                return result
            case UInt8(ascii: "\\"):
                result += try validated(runStart..<position)
                result.unicodeScalars.append(try escape())
                runStart = position
            case ..<0x20:
                throw fault("a control character in a string must be escaped")
            default:
                position += 1
            }
        }
        throw fault("the string has no end", at: start)
    }

    private func validated(_ range: Range<Int>) throws -> String {
        guard let string = String(validating: text[range], as: UTF8.self) else {
            throw fault("the string is not UTF-8", at: range.lowerBound)
        }
        return string
    }

    private mutating func escape() throws -> Unicode.Scalar {
        let start = position
        position += 1
        defer { position += 1 }
        switch next {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var units = [try codeUnit()]
            if UTF16.isLeadSurrogate(units[0]), position + 2 < text.count, text[position + 1] == UInt8(ascii: "\\"),
                text[position + 2] == UInt8(ascii: "u")
            {
                position += 2
                units.append(try codeUnit())
            }
            guard let scalar = String(validating: units, as: UTF16.self)?.unicodeScalars.first else {
                throw fault("the escape is half of a surrogate pair", at: start)
            }
            return scalar
        default: throw fault("no such escape", at: start)
        }
    }

    /// Four hexadecimal digits after the `u` at the position; the position ends on the last of them.
    private mutating func codeUnit() throws -> UInt16 {
        guard position + 4 < text.count,
            text[(position + 1)...(position + 4)].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: text[(position + 1)...(position + 4)], as: UTF8.self), radix: 16)
        else { throw fault("four hexadecimal digits are expected after \\u") }
        position += 4
        return unit
    }

    private var next: UInt8? { position < text.count ? text[position] : nil }

    private mutating func skipDigits() -> Bool {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position > start
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// Skips white space and then that byte, if it is there.
    private mutating func skip(_ byte: UInt8) -> Bool {
        skipSpace()
        guard next == byte else { return false }
        position += 1
        return true
    }

    private func fault(_ detail: String, at offset: Int? = nil) -> JSONSyntaxError {
        let before = text[..<min(offset ?? position, text.count)]
        let line = before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
        let column = before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
        return JSONSyntaxError(detail: "the text is not valid JSON: \(detail) (line \(line), column \(column))")
    }
}
