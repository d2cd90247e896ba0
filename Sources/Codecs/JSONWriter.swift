/// Writes JSON text piece by piece into one buffer; the commas come by themselves.
///
/// The caller has to pair begins and ends, and to name members.
package struct JSONWriter: Sendable {
    /// The text so far, in UTF-8.
    package private(set) var bytes: [UInt8] = []
    /// Whether the next name or value needs a comma before it.
    private var needsComma = false

    package init(reservingCapacity capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    package mutating func beginObject() { begin(UInt8(ascii: "{")) }
    package mutating func endObject() { end(UInt8(ascii: "}")) }
    package mutating func beginArray() { begin(UInt8(ascii: "[")) }
    package mutating func endArray() { end(UInt8(ascii: "]")) }

    /// Writes a member's name; its value must follow.
    package mutating func name(_ name: String) {
        separate()
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func value(_ value: String) {
        separate()
        appendQuoted(value)
    }

    package mutating func value(_ value: Int) { appendText(value.description) }
    package mutating func value(_ value: Int64) { appendText(value.description) }
    package mutating func value(_ value: Bool) { appendText(value ? "true" : "false") }
    package mutating func null() { appendText("null") }

    /// Writes the shortest text that reads back as the same `Float`; `null` where it isn't finite, which JSON can't
    /// express.
    package mutating func value(_ value: Float) { appendText(value.isFinite ? value.description : "null") }

    /// Writes the shortest text that reads back as the same `Double`; `null` where it isn't finite.
    package mutating func value(_ value: Double) { appendText(value.isFinite ? value.description : "null") }

    package mutating func value(_ value: JSON) {
        switch value {
        case .null: null()
        case .boolean(let value): self.value(value)
        case .integer(let value): self.value(value)
        case .number(let value): self.value(value)
        case .string(let value): self.value(value)
        case .array(let values):
            beginArray()
            for value in values { self.value(value) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                name(member.name)
                self.value(member.value)
            }
            endObject()
        }
    }

    /// Writes a complete value that is JSON text already.
    package mutating func raw(_ text: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: text)
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func appendText(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    /// Quotes a string, escaping what RFC 8259 §7 requires and nothing else.
    private mutating func appendQuoted(_ string: String) {
        bytes.append(UInt8(ascii: "\""))
        // As contiguous memory, which Swift's own strings have: reading a view of a string byte by byte costs several
        // times as much.
        let isWritten = string.utf8.withContiguousStorageIfAvailable { text in
            if text.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
                return false
            }
            bytes.append(contentsOf: text)
            return true
        }
        if isWritten != true {
            for byte in string.utf8 { appendEscaped(byte) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): bytes.append(contentsOf: #"\""#.utf8)
        case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
        case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
        case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
        case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
        case ..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: #"\u00"#.utf8)
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        default: bytes.append(byte)
        }
    }
}
