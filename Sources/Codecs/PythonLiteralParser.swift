/// Reads the one Python literal that an NPY head holds: a dictionary of a string, a boolean and a tuple.
struct PythonLiteralParser {
    private var rest: Substring

    init(_ text: String) {
        rest = text[...]
    }

    /// The items `descr`, `fortran_order` and `shape`, each exactly once.
    mutating func npyDictionary() throws(CodecError) -> (description: String, isColumnMajor: Bool, shape: [Int]) {
        var description: String?
        var isColumnMajor: Bool?
        var shape: [Int]?
        try require("{")
        while !skip("}") {
            let name = try string()
            try require(":")
            switch name {
            case "descr" where description == nil:
                guard !skip("[") else {
                    throw CodecError(
                        .unsupported,
                        "the NPY file's elements are records of named fields; arrays of numbers are read, and tables as CSV"
                    )
                }
                description = try string()
            case "fortran_order" where isColumnMajor == nil: isColumnMajor = try boolean()
            case "shape" where shape == nil: shape = try tuple()
            default: throw malformed("\"\(name)\" is unknown or appears twice")
            }
            if !skip(",") {
                try require("}")
                break
            }
        }
        guard let description, let isColumnMajor, let shape else {
            throw malformed("descr, fortran_order or shape is missing")
        }
        return (description, isColumnMajor, shape)
    }

    private mutating func string() throws(CodecError) -> String {
        skipSpace()
        guard let quote = rest.first, quote == "'" || quote == "\"" else {
            throw malformed("a string is expected here")
        }
        rest.removeFirst()
        guard let end = rest.firstIndex(of: quote) else { throw malformed("a string has no end") }
        defer { rest = rest[rest.index(after: end)...] }
        return String(rest[..<end])
    }

    private mutating func boolean() throws(CodecError) -> Bool {
        if skip("True") { return true }
        if skip("False") { return false }
        throw malformed("True or False is expected here")
    }

    private mutating func tuple() throws(CodecError) -> [Int] {
        try require("(")
        var values: [Int] = []
        while !skip(")") {
            skipSpace()
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let value = Int(digits) else { throw malformed("a dimension is expected here") }
            guard values.count < 32 else { throw malformed("it has more than 32 dimensions") }
            values.append(value)
            rest = rest.dropFirst(digits.count)
            // Python 2 wrote long integers like this.
            _ = skip("L")
            if !skip(",") {
                try require(")")
                break
            }
        }
        return values
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0 == " " || $0 == "\n" || $0 == "\t" }
    }

    private mutating func skip(_ token: String) -> Bool {
        skipSpace()
        guard rest.hasPrefix(token) else { return false }
        rest = rest.dropFirst(token.count)
        return true
    }

    private mutating func require(_ token: String) throws(CodecError) {
        guard skip(token) else { throw malformed("\"\(token)\" is expected before \"\(rest.prefix(8))\"") }
    }

    private func malformed(_ detail: String) -> CodecError {
        CodecError(.malformed, "the NPY file's head cannot be read: \(detail)")
    }
}
