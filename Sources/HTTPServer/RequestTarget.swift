/// A request target taken apart (RFC 9112 §3.2): first split, then decoded, so that no coded slash becomes a real one.
struct RequestTarget: Sendable {
    /// The decoded segments of the path; "/" has none, and a slash at the end leaves an empty one.
    let path: [String]
    /// Names and values in their order; a name without "=" has an empty value.
    let query: [(name: String, value: String)]
    /// The authority of an absolute target, which then counts in place of Host (RFC 9112 §3.2.2).
    let authority: String?

    /// - Throws: `HTTPProblem` with status 400 for anything but a path or an absolute http URL, for dot segments,
    ///   backslashes, control characters and what `PercentDecoding` refuses.
    init(_ raw: String) throws(HTTPProblem) {
        var rest = Substring(raw)
        var authority: String?
        if rest.utf8.first != UInt8(ascii: "/") {
            guard let scheme = rest.firstRange(ofScheme: ["http://", "https://"]) else {
                throw .badRequest("malformed_target", "The request target must be a path that begins with a slash.")
            }
            rest = rest[scheme...]
            let end = rest.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
            authority = String(rest[..<end])
            rest = rest[end...]
        }
        guard !rest.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "#") }) else {
            throw .badRequest("malformed_target", "The URL contains a backslash or a fragment.")
        }
        let question = rest.utf8.firstIndex(of: UInt8(ascii: "?"))
        path = try Self.segments(rest[..<(question ?? rest.endIndex)])
        query =
            try question.map { (index) throws(HTTPProblem) in try Self.parameters(rest[index...].dropFirst()) } ?? []
        self.authority = authority
    }

    private static func segments(_ path: Substring) throws(HTTPProblem) -> [String] {
        guard path.utf8.count > 1 else { return [] }
        var segments: [String] = []
        for part in path.dropFirst().utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            let segment = try PercentDecoding.decode(part, as: .pathSegment)
            guard segment != ".", segment != ".." else {
                throw .badRequest("malformed_target", "The path contains a dot segment.")
            }
            segments.append(segment)
        }
        return segments
    }

    private static func parameters(_ query: Substring) throws(HTTPProblem) -> [(name: String, value: String)] {
        var parameters: [(name: String, value: String)] = []
        for part in query.utf8.split(separator: UInt8(ascii: "&")) {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let name = try PercentDecoding.decode(part[..<equals], as: .query)
            let value = try PercentDecoding.decode(part[equals...].dropFirst(), as: .query)
            parameters.append((name: name, value: value))
        }
        return parameters
    }
}

extension Substring {
    /// Where the text after one of these schemes begins, compared without regard to case.
    fileprivate func firstRange(ofScheme schemes: [String]) -> Index? {
        for scheme in schemes where HTTPHeaders.areEqual(String(prefix(scheme.count)), scheme) {
            return index(startIndex, offsetBy: scheme.count)
        }
        return nil
    }
}
