import HTTPServer

/// A file as a reply, whole or a range of it (RFC 9110, section 14).
struct FileDownload {
    let path: String
    let name: String

    /// In bytes.
    let size: Int

    /// Its strong entity tag.
    let tag: String

    /// 200 with the whole file, 206 with one range of it.
    ///
    /// Throws a 416 where the range lies outside. Several ranges, and a range whose `If-Range` names another state, get
    /// the whole file, as section 14.2 allows.
    func response(to request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let headers = [
            ("Content-Type", name.hasSuffix(".json") ? "application/json" : "application/octet-stream"),
            ("Accept-Ranges", "bytes"),
            ("Content-Disposition", "attachment; filename=\"\(name)\""),
        ]
        let whole = HTTPResponse(headers: headers, body: .file(path: path, offset: 0, length: size))
        guard let header = request.headers["Range"], request.headers["If-Range"].map({ $0 == tag }) ?? true else {
            return whole
        }
        switch Self.range(header, size: size) {
        case .ignored: return whole
        case .unsatisfiable:
            throw Problem(
                416, "range_not_satisfiable", "The file has \(size) bytes; the range lies outside.",
                headers: [Problem.Header(name: "Content-Range", value: "bytes */\(size)")])
        case .bytes(let range):
            return HTTPResponse(
                status: 206,
                headers: headers + [
                    ("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
                ],
                body: .file(path: path, offset: range.lowerBound, length: range.count))
        }
    }

    private enum Selection {
        case ignored
        case unsatisfiable
        case bytes(Range<Int>)
    }

    /// Reads `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-COUNT`; what is malformed is ignored.
    private static func range(_ header: String, size: Int) -> Selection {
        guard header.hasPrefix("bytes=") else { return .ignored }
        let parts = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return .ignored }
        if parts[0].isEmpty {
            guard let count = Int(parts[1]), count >= 0 else { return .ignored }
            return count == 0 || size == 0 ? .unsatisfiable : .bytes(max(0, size - count)..<size)
        }
        guard let first = Int(parts[0]), first >= 0 else { return .ignored }
        guard !parts[1].isEmpty else { return first < size ? .bytes(first..<size) : .unsatisfiable }
        guard let last = Int(parts[1]), last >= first else { return .ignored }
        return first < size ? .bytes(first..<min(last, size - 1) + 1) : .unsatisfiable
    }
}
