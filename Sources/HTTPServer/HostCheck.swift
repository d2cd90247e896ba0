/// Keeps web pages from using a server that has no token: by DNS rebinding, which the Host shows, or by a cross-site
/// request, which the Origin shows.
package struct HostCheck: Sendable {
    /// Names that the server answers to, besides localhost and the loopback addresses.
    private let allowed: [String]

    package init(allowed: [String]) {
        self.allowed = allowed.map { Self.name(of: $0) }
    }

    /// - Parameters:
    ///   - host: the Host field, or the authority of an absolute target; nil only in HTTP/1.0, which no browser speaks.
    ///   - origin: the Origin field, which browsers send with any request that could change something.
    /// - Throws: `HTTPProblem` with 421 or 403.
    package func check(host: String?, origin: String?) throws(HTTPProblem) {
        if let host {
            let name = Self.name(of: host)
            guard name == "localhost" || Self.isLoopback(name) || allowed.contains(name) else {
                throw HTTPProblem(
                    status: 421, code: "misdirected_request", title: "Misdirected request",
                    detail: "This server doesn't answer to this Host. It can be allowed when the server is started.")
            }
        }
        if let origin {
            let lowered = origin.lowercased()
            let authority = ["http://", "https://"].first { lowered.hasPrefix($0) }.map { lowered.dropFirst($0.count) }
            guard let authority, let host, authority == host.lowercased() else {
                throw HTTPProblem(
                    status: 403, code: "foreign_origin", title: "Forbidden",
                    detail: "Requests from web pages of other origins aren't answered.")
            }
        }
    }

    /// The host without its port and without a final dot, in lower case; an IPv6 address without brackets.
    private static func name(of authority: String) -> String {
        var name = Substring(authority.lowercased())
        if name.hasPrefix("[") {
            return String(name.dropFirst().prefix { $0 != "]" })
        }
        // More than one colon is an IPv6 address without brackets, as --allowed-host may give it.
        if name.count(where: { $0 == ":" }) == 1, let colon = name.firstIndex(of: ":") { name = name[..<colon] }
        return String(name.hasSuffix(".") ? name.dropLast() : name)
    }

    /// 127.0.0.0/8 in its usual spelling, and ::1.
    private static func isLoopback(_ name: String) -> Bool {
        if name == "::1" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in (1...3).contains(part.utf8.count) && UInt8(part) != nil }
    }
}
