@testable import HTTPServer
@testable import Service
@testable import Store

/// The readers of a request's target and header fields: what they can't read they refuse with a problem of status 4xx.
enum HeadReaders {
    static func target(_ bytes: [UInt8]) throws {
        try refusing {
            let request = try HTTPRequest(target: text(bytes))
            precondition(!request.path.contains("..") && !request.path.contains { $0.utf8.contains(0x2F) })
        }
    }

    /// Lines: the file's size, `Range` and perhaps `If-Range`.
    ///
    /// What is sent lies within the file.
    static func range(_ bytes: [UInt8]) throws {
        let lines = lines(bytes)
        guard lines.count >= 2, let size = Int(lines[0]), size >= 0 else { return }
        var headers = HTTPHeaders([(name: "Range", value: lines[1])])
        if lines.count > 2 { headers.append("If-Range", lines[2]) }
        let request = try HTTPRequest(target: "/file", headers: headers)
        let download = FileDownload(path: "/file", name: "file", size: size, tag: "\"tag\"")
        try refusing {
            let response = try download.response(to: request)
            guard case .file(_, let offset, let length) = response.body else { fatalError("no file is sent") }
            precondition(offset >= 0 && length >= 0 && offset <= size - length)
            precondition(response.status == 200 ? length == size : response.status == 206 && length > 0)
        }
    }

    /// Lines of header fields, as a client sends them.
    static func tus(_ bytes: [UInt8]) throws {
        let fields = lines(bytes).compactMap { line in
            line.firstIndex(of: ":").map { colon in
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                return (name: String(line[..<colon]), value: String(value))
            }
        }
        let headers = HTTPHeaders(fields)
        try refusing { try Tus.checkVersion(headers) }
        for name in ["Upload-Length", "Upload-Offset"] {
            try refusing {
                let count = try Tus.count(name, headers)
                precondition(count >= 0)
            }
        }
        try refusing { _ = try Tus.metadata(headers["Upload-Metadata"]) }
        try refusing { _ = try UploadChecksum(headers["Upload-Checksum"]) }
    }

    /// The body of a form with the boundary "bb"; cut anywhere it has the same parts.
    static func parts(_ bytes: [UInt8]) {
        let whole = parts(bytes, by: max(1, bytes.count))
        precondition(whole == parts(bytes, by: 1))
    }

    private static func parts(_ bytes: [UInt8], by size: Int) -> [[UInt8]]? {
        guard var reader = MultipartReader(contentType: "multipart/form-data; boundary=bb") else { return nil }
        var parts: [[UInt8]] = []
        do throws(MultipartError) {
            for start in stride(from: 0, to: bytes.count, by: size) {
                try reader.read(Array(bytes[start..<min(bytes.count, start + size)])) { event in
                    switch event {
                    case .part(let head): parts.append(Array((head.name + (head.fileName ?? "")).utf8))
                    case .bytes(let bytes): parts[parts.count - 1] += bytes
                    }
                }
            }
        } catch {
            return nil
        }
        return parts
    }

    /// Lines: a state that the list is filtered by, and the token.
    ///
    /// One that is taken is one that is given.
    static func pageToken(_ bytes: [UInt8]) throws {
        let lines = lines(bytes)
        guard lines.count == 2 else { return }
        do {
            let filter = RecordFilter(states: [lines[0]].filter { !$0.isEmpty })
            let token = try PageToken(text: lines[1], table: "job", filter: filter)
            precondition(token.text == lines[1])
        } catch let error as StoreError where error.kind == .invalidPageToken {
        }
    }

    private static func text(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    private static func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(text)
    }

    private static func refusing(_ read: () throws -> Void) throws {
        do {
            try read()
        } catch let error as HTTPProblem where (400...499).contains(error.status) {
        } catch let error as Problem where (400...499).contains(error.status) {
        }
    }
}
