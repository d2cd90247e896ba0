/// The trace that a request belongs to, by its `traceparent` (www.w3.org/TR/trace-context, section 3.2).
enum TraceContext {
    /// The trace's id, 32 hexadecimal digits; nil where the field is absent, or malformed, in which case the standard
    /// says to ignore it.
    static func traceID(_ field: String?) -> String? {
        guard let field else { return nil }
        let parts = field.split(separator: "-", omittingEmptySubsequences: false)
        // A version after 00 may have more parts.
        guard parts.count >= 4, parts[0].utf8.count == 2, parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            parts[1].utf8.count == 32, parts[2].utf8.count == 16, parts[3].utf8.count == 2,
            parts.prefix(4).allSatisfy({ $0.utf8.allSatisfy(isLowerHexadecimal) }),
            parts[1].utf8.contains(where: { $0 != UInt8(ascii: "0") }),
            parts[2].utf8.contains(where: { $0 != UInt8(ascii: "0") })
        else { return nil }
        return String(parts[1])
    }

    private static func isLowerHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
