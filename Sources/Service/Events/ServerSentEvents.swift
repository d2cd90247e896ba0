import Codecs

/// The text of an event stream (html.spec.whatwg.org/multipage/server-sent-events.html, section 9.2).
struct ServerSentEvents {
    private(set) var bytes: [UInt8] = []

    /// An event of one line of data.
    mutating func event(_ name: String, id: Int64? = nil, data: JSON) {
        if let id { line("id: \(id)") }
        line("event: \(name)")
        // JSON has no line breaks outside of strings, and escapes them there.
        line("data: \(String(decoding: data.bytes, as: UTF8.self))")
        line("")
    }

    /// What clients pass over.
    mutating func comment() {
        line(":")
        line("")
    }

    /// How long a client waits before it connects again.
    mutating func retry(milliseconds: Int) {
        line("retry: \(milliseconds)")
        line("")
    }

    private mutating func line(_ text: String) {
        bytes += text.utf8
        bytes.append(UInt8(ascii: "\n"))
    }
}
