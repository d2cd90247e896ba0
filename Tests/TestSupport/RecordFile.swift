/// A structured NPY file, read by what numpy.lib.format says of it; it shares no code with what writes them.
package struct RecordFile: Sendable {
    package enum Value: Sendable, Equatable {
        case integer(Int64)
        case number(Double)
        case text(String)

        /// Whether both are the same, NaN being NaN.
        package static func == (left: Value, right: Value) -> Bool {
            switch (left, right) {
            case (.integer(let left), .integer(let right)): left == right
            case (.number(let left), .number(let right)): left == right || left.isNaN && right.isNaN
            case (.text(let left), .text(let right)): left == right
            default: false
            }
        }
    }

    /// Why a file is none.
    package struct Fault: Error {
        package let detail: String
    }

    package let version: UInt8
    package private(set) var fields: [(name: String, type: String)] = []
    package private(set) var rows: [[Value]] = []

    package init(_ bytes: [UInt8]) throws {
        guard bytes.count > 12, Array(bytes[..<6]) == [0x93] + Array("NUMPY".utf8), bytes[7] == 0 else {
            throw Fault(detail: "no NPY file")
        }
        version = bytes[6]
        let start = version == 1 ? 10 : 12
        let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard (start + length).isMultiple(of: 64), bytes[start + length - 1] == 0x0A else {
            throw Fault(detail: "the head isn't filled up")
        }
        let head = bytes[start..<start + length]
        guard version == 3 || head.allSatisfy({ $0 < 128 }) else { throw Fault(detail: "the head isn't ASCII") }
        var text = Array(String(decoding: head, as: UTF8.self).unicodeScalars)[...]
        try Self.require("{'descr': [", &text)
        while true {
            try Self.require("(", &text)
            let name = try Self.string(&text)
            try Self.require(", ", &text)
            fields.append((name, try Self.string(&text)))
            try Self.require(")", &text)
            guard text.first == "," else { break }
            try Self.require(", ", &text)
        }
        try Self.require("], 'fortran_order': False, 'shape': (", &text)
        let digits = String(String.UnicodeScalarView(text.prefix { $0 != "," }))
        try Self.require(digits + ",), }", &text)
        guard let count = Int(digits), text.dropLast().allSatisfy({ $0 == " " }) else { throw Fault(detail: digits) }
        try read(bytes[(start + length)...], count: count)
    }

    private mutating func read(_ data: ArraySlice<UInt8>, count: Int) throws {
        let sizes = try fields.map { field in
            switch field.type {
            case "<i8", "<f8": return 8
            default:
                guard field.type.hasPrefix("<U"), let length = Int(field.type.dropFirst(2)), length > 0 else {
                    throw Fault(detail: field.type)
                }
                return 4 * length
            }
        }
        guard data.count == count * sizes.reduce(0, +) else { throw Fault(detail: "\(data.count) bytes of data") }
        var place = data.startIndex
        for _ in 0..<count {
            rows.append(
                zip(fields, sizes).map { field, size in
                    let bytes = data[place..<place + size]
                    place += size
                    let bits = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                    switch field.type {
                    case "<i8": return .integer(Int64(bitPattern: bits))
                    case "<f8": return .number(Double(bitPattern: bits))
                    default: return .text(Self.text(Array(bytes)))
                    }
                })
        }
    }

    /// UTF-32, with zeros at the end that are no part of it.
    private static func text(_ bytes: [UInt8]) -> String {
        var scalars = stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        while scalars.last == 0 { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars.map { Unicode.Scalar($0) ?? "?" }))
    }

    private static func require(_ expected: String, _ text: inout ArraySlice<Unicode.Scalar>) throws {
        guard text.starts(with: expected.unicodeScalars) else {
            throw Fault(detail: "\(expected) should stand before \(String(String.UnicodeScalarView(text.prefix(20))))")
        }
        text = text.dropFirst(expected.unicodeScalars.count)
    }

    private static func string(_ text: inout ArraySlice<Unicode.Scalar>) throws -> String {
        try require("'", &text)
        var string = String.UnicodeScalarView()
        while let scalar = text.popFirst(), scalar != "'" {
            guard scalar == "\\" else {
                string.append(scalar)
                continue
            }
            switch text.popFirst() {
            case "n"?: string.append("\n")
            case "r"?: string.append("\r")
            case "t"?: string.append("\t")
            case "U"?:
                let digits = String(String.UnicodeScalarView(text.prefix(8)))
                text = text.dropFirst(8)
                guard let escaped = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) else {
                    throw Fault(detail: digits)
                }
                string.append(escaped)
            case let escaped?: string.append(escaped)
            case nil: throw Fault(detail: "a string has no end")
            }
        }
        return String(string)
    }
}
