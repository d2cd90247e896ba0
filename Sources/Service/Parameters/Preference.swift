import HTTPServer

/// What a client would rather have (RFC 7240).
enum Preference {
    /// The longest wait; a request for more gets this.
    static let longestWait = 60

    /// How long to wait for a change, from `Prefer: wait=N` in whole seconds; nil where nothing, or nothing readable, is
    /// asked for, which section 2 has ignored.
    static func wait(_ headers: HTTPHeaders) -> Duration? {
        for preference in headers.values("Prefer").flatMap({ $0.split(separator: ",") }) {
            // Parameters of a preference follow a semicolon; `wait` has none.
            let pair = preference.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, word(pair[0]).lowercased() == "wait", let seconds = Int(word(pair[1])), seconds > 0
            else { continue }
            return .seconds(min(seconds, longestWait))
        }
        return nil
    }

    /// Without blanks and quotes around it.
    private static func word(_ text: Substring) -> String {
        text.filter { $0 != " " && $0 != "\t" && $0 != "\"" }
    }
}
