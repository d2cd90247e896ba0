import HTTPServer
import Store
import Synchronization

/// Entity tags that are known to be current, so that a poll of what hasn't changed is answered without reading anything.
///
/// A tag is kept with a bell that was made before its record was read, and stands until that rings. Only replies whose tag
/// depends on the record alone may be kept: of a running job it doesn't, as its progress isn't written at each step.
final class SettledTags: Sendable {
    private struct Entry: Sendable {
        let tag: String
        let headers: [(String, String)]
        let bell: ChangeBell
    }

    private static let capacity = 1024

    private let entries = Mutex<[String: Entry]>([:])

    /// 304 where the client has what is current; nil where that isn't known.
    func reply(to request: HTTPRequest) -> CachedReply? {
        guard let wanted = request.headers["If-None-Match"], request.headers["Prefer"] == nil else { return nil }
        let key = Self.key(request)
        let entry = entries.withLock { entries in
            if let entry = entries[key], entry.bell.hasRung { entries[key] = nil }
            return entries[key]
        }
        guard let entry, EntityTag.matches(wanted, entry.tag) else { return nil }
        return CachedReply(HTTPResponse(status: 304, headers: entry.headers)) { [bell = entry.bell] in !bell.hasRung }
    }

    /// - Parameter bell: Made before what the reply tells was read.
    func keep(_ response: HTTPResponse, to request: HTTPRequest, until bell: ChangeBell) {
        guard [200, 304].contains(response.status), let tag = response.header("ETag") else { return }
        let headers = response.headers.filter { ["ETag", "Cache-Control"].contains($0.0) }
        let entry = Entry(tag: tag.hasPrefix("W/") ? String(tag.dropFirst(2)) : tag, headers: headers, bell: bell)
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries.removeAll() }
            entries[Self.key(request)] = entry
        }
    }

    private static func key(_ request: HTTPRequest) -> String {
        // A target has no blanks.
        request.target + " " + (request.headers["Accept"] ?? "")
    }
}
