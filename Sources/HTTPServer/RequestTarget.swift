/// A request target in its parts (RFC 9112 §3.2): first split, then decoded, so that no encoded slash becomes a real
/// one.
struct RequestTarget: Sendable {
    /// The decoded segments of the path; "/" has none, and a slash at the end leaves an empty one.
    let path: [String]
    /// Names and values in their order; a name without "=" has an empty value.
    let query: [(name: String, value: String)]
    /// The authority of an absolute target, which replaces Host (RFC 9112 §3.2.2); nil without one.
    let authority: String?

    /// - Throws: `HTTPProblem` with status 400 for anything but a path or an absolute http URL, for dot segments,
    ///   backslashes, control characters and what `PercentDecoding` refuses.
    init(_ raw: String) throws(HTTPProblem) {
        var rest = Array(raw.utf8)[...]
        var authority: String?
        if rest.first != UInt8(ascii: "/") {
            guard let scheme = ["http://", "https://"].first(where: { Self.begins(rest, with: $0) }) else {
                throw .badRequest("malformed_target", "The request target must be a path that begins with a slash.")
            }
            rest = rest.dropFirst(scheme.utf8.count)
            let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
            authority = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[end...]
        }
        guard !rest.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "#") }) else {
            throw .badRequest("malformed_target", "The URL contains a backslash or a fragment.")
        }
        let question = rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        path = try Self.segments(rest[..<question])
        query = try Self.parameters(rest[question...].dropFirst())
        self.authority = authority
    }

    private static func segments(_ path: ArraySlice<UInt8>) throws(HTTPProblem) -> [String] {
        guard path.count > 1 else { return [] }
        var segments: [String] = []
        for part in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            let segment = try PercentDecoding.decode(part, as: .pathSegment)
            guard segment != ".", segment != ".." else {
                throw .badRequest("malformed_target", "The path contains a dot segment.")
            }
            segments.append(segment)
        }
        return segments
    }

    private static func parameters(_ query: ArraySlice<UInt8>) throws(HTTPProblem) -> [(name: String, value: String)] {
        guard !query.isEmpty else { return [] }
        var parameters: [(name: String, value: String)] = []
        for part in query.split(separator: UInt8(ascii: "&")) {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let name = try PercentDecoding.decode(part[..<equals], as: .query)
            let value = try PercentDecoding.decode(part[equals...].dropFirst(), as: .query)
            parameters.append((name: name, value: value))
        }
        return parameters
    }

    /// Compares without regard to the case of letters.
    private static func begins(_ text: ArraySlice<UInt8>, with scheme: String) -> Bool {
        HTTPHeaders.areEqual(String(decoding: text.prefix(scheme.utf8.count), as: UTF8.self), scheme)
    }
}
