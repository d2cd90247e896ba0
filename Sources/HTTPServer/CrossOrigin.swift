/// Lets pages of some other origins use the server from a browser (fetch.spec.whatwg.org, section 3.2, CORS).
package struct CrossOrigin: Sendable {
    /// How long a browser may cache the reply to a preflight, in seconds; browsers have caps of their own.
    private static let memory = 7200

    private static let exposed = [
        "Location", "ETag", "Retry-After", "X-Request-Id", "Gand-Checkpoint", "Gand-Seed", "Content-Location",
        "Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Upload-Offset", "Upload-Length",
        "Upload-Metadata", "Upload-Expires",
    ]

    private let origins: [String]

    /// - Parameter origins: in the form that browsers send, such as "https://dashboard.example"; an empty list allows
    ///   none.
    package init(origins: [String]) {
        self.origins = origins.map { $0.lowercased() }
    }

    func allows(_ origin: String?) -> Bool {
        origin.map { origins.contains($0.lowercased()) } ?? false
    }

    /// Header fields of a reply to a request of this origin.
    ///
    /// There are none where no origin is allowed: replies are then the same for all.
    func headers(for origin: String?) -> [(String, String)] {
        guard !origins.isEmpty else { return [] }
        guard let origin, allows(origin) else { return [("Vary", "Origin")] }
        return [
            ("Vary", "Origin"), ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", Self.exposed.joined(separator: ", ")),
        ]
    }

    /// Header fields of the reply to a preflight, by which a browser asks whether a page may send a request.
    ///
    /// - Parameter allow: The methods of the path asked for.
    func preflight(_ headers: HTTPHeaders, allow: String) -> [(String, String)] {
        guard allows(headers["Origin"]), headers["Access-Control-Request-Method"] != nil else { return [] }
        var reply = [("Access-Control-Allow-Methods", allow), ("Access-Control-Max-Age", String(Self.memory))]
        if let wanted = headers["Access-Control-Request-Headers"] {
            reply.append(("Access-Control-Allow-Headers", wanted))
        }
        return reply
    }
}
