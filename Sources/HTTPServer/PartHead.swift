/// The lines above a part of a form that say what it is.
struct PartHead {
    /// The field of the form; empty where none is named.
    let name: String
    /// The name of a file on the client's disk; nil where the part is no file.
    let fileName: String?
    let contentType: String?
    let transferEncoding: String?

    /// - Parameter lines: names and values, which may go on in lines that begin with a blank.
    init(_ lines: ArraySlice<UInt8>) {
        var fields: [(name: Substring, value: Substring)] = []
        let text = String(decoding: lines, as: UTF8.self).replacing("\r\n", with: "\n")
        var unfolded = text.replacing("\n ", with: " ").replacing("\n\t", with: " ")
        if unfolded.hasSuffix("\n") { unfolded.removeLast() }
        for line in unfolded.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            fields.append((parts[0].trimmingSpaces(), parts[1].trimmingSpaces()))
        }
        func value(_ name: String) -> String? {
            fields.first { HTTPHeaders.areEqual(String($0.name), name) }.map { String($0.value) }
        }
        let disposition = HeaderParameters(value("Content-Disposition") ?? "")
        name = disposition["name"] ?? ""
        fileName = disposition.extended("filename") ?? disposition["filename"]
        contentType = value("Content-Type")
        transferEncoding = value("Content-Transfer-Encoding")
    }
}

/// The parameters behind a header field's value, as `form-data; name="file"; filename=a.csv` (RFC 2183, RFC 9110 §5.6.6).
struct HeaderParameters {
    private var values: [(name: String, value: String)] = []

    init(_ field: String) {
        var rest = Substring(field).drop { $0 != ";" }
        while rest.first == ";" {
            rest = rest.dropFirst()
            let end = rest.firstIndex { $0 == "=" || $0 == ";" } ?? rest.endIndex
            let name = rest[..<end].trimmingSpaces().lowercased()
            rest = rest[end...]
            guard rest.first == "=" else { continue }
            let value = Self.value(&rest)
            if self[name] == nil { values.append((name, value)) }
        }
    }

    /// The first parameter of a name in lower case.
    subscript(_ name: String) -> String? {
        values.first { $0.name == name }?.value
    }

    /// A parameter in the form that names its character set (RFC 8187), as `filename*=UTF-8''na%C3%AFf.csv`.
    func extended(_ name: String) -> String? {
        guard let value = self[name + "*"] else { return nil }
        let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Self.percentDecoded(parts[2]) else { return nil }
        switch parts[0].lowercased() {
        case "utf-8": return String(validating: bytes, as: UTF8.self)
        case "iso-8859-1": return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        default: return nil
        }
    }

    /// Takes a value and what follows it up to the next semicolon: a text in quotes, or whatever comes before that.
    private static func value(_ rest: inout Substring) -> String {
        rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
        guard rest.first == "\"" else {
            let end = rest.firstIndex(of: ";") ?? rest.endIndex
            defer { rest = rest[end...] }
            return String(rest[..<end].trimmingSpaces())
        }
        rest = rest.dropFirst()
        var value = ""
        while let character = rest.popFirst(), character != "\"" {
            // Browsers leave the backslashes of a path as they are.
            if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                value.append(next)
                rest = rest.dropFirst()
            } else {
                value.append(character)
            }
        }
        rest = rest.drop { $0 != ";" }
        return value
    }

    private static func percentDecoded(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = [rest.next(), rest.next()].compactMap { $0 }
                .compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            guard digits.count == 2 else { return nil }
            bytes.append(UInt8(digits[0] << 4 | digits[1]))
        }
        return bytes
    }
}
