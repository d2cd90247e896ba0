import Codecs

/// Entity tags (RFC 9110, section 8.8.3) and the header that compares them.
enum EntityTag {
    /// A strong tag of these parts, quotes included; equal parts give equal tags.
    static func strong(_ parts: String...) -> String {
        let digest = SHA256.hex(of: Array(parts.joined(separator: "\u{1f}").utf8))
        return "\"\(digest.prefix(24))\""
    }

    /// The tag of a record by its revision, and by what else changes its representation.
    static func revision(_ revision: Int, _ rest: String = "") -> String {
        rest.isEmpty ? "\"\(revision)\"" : "\"\(revision).\(rest)\""
    }

    /// Whether a list of tags names this revision, whatever else its tags say; `*` names any.
    static func names(revision: Int, in header: String) -> Bool {
        header.split(separator: ",").contains { part in
            var tag = part.filter { $0 != " " && $0 != "\"" }
            // What a compressed reply carries: a record's revision names its state in any form.
            if tag.hasPrefix("W/") { tag.removeFirst(2) }
            return tag == "*" || tag.split(separator: ".").first == "\(revision)"
        }
    }

    /// Whether an `If-None-Match` names `tag`, by weak comparison (RFC 9110, section 13.1.2).
    static func matches(_ header: String?, _ tag: String) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").contains { part in
            var candidate = part.drop { $0 == " " || $0 == "\t" }
            while candidate.last == " " || candidate.last == "\t" { candidate.removeLast() }
            if candidate == "*" { return true }
            if candidate.hasPrefix("W/") { candidate.removeFirst(2) }
            return candidate == tag
        }
    }
}
