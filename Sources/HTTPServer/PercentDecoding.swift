/// Percent-decoding (RFC 3986 §2.1) of one part of a request target that has already been split.
enum PercentDecoding {
    enum Part {
        /// A path segment: an encoded slash or backslash isn't allowed, since a proxy may have split the path there.
        case pathSegment
        /// A name or value of a query: "+" is a space (application/x-www-form-urlencoded).
        case query
    }

    /// - Throws: `HTTPProblem` with status 400 for an incomplete escape, a control character or bytes that aren't
    ///   UTF-8.
    static func decode(_ text: ArraySlice<UInt8>, as part: Part) throws(HTTPProblem) -> String {
        if text.allSatisfy(isPlain) { return String(decoding: text, as: UTF8.self) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text.makeIterator()
        while let byte = rest.next() {
            var decoded = byte
            if byte == UInt8(ascii: "%") {
                guard let high = rest.next().flatMap(hexadecimal), let low = rest.next().flatMap(hexadecimal) else {
                    throw .badRequest("malformed_target", "A % in the URL isn't followed by two hexadecimal digits.")
                }
                decoded = high << 4 | low
                if part == .pathSegment, decoded == UInt8(ascii: "/") || decoded == UInt8(ascii: "\\") {
                    throw .badRequest("malformed_target", "A coded slash or backslash isn't allowed in a path.")
                }
            } else if byte == UInt8(ascii: " ") {
                throw .badRequest("malformed_target", "The URL contains a blank.")
            } else if byte == UInt8(ascii: "+"), part == .query {
                decoded = UInt8(ascii: " ")
            }
            guard decoded >= 0x20, decoded != 0x7f else {
                throw .badRequest("malformed_target", "The URL contains a control character.")
            }
            bytes.append(decoded)
        }
        guard let string = String(validating: bytes, as: UTF8.self) else {
            throw .badRequest("malformed_target", "The URL isn't UTF-8.")
        }
        return string
    }

    /// Whether a byte stands for itself in every part; most targets have no others.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
