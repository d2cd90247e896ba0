/// A request as a handler sees it: whole, decoded, and independent of any socket.
package struct HTTPRequest: Sendable {
    package var method: HTTPMethod
    /// The raw request target.
    package var target: String
    /// The decoded segments of the path.
    package var path: [String]
    /// The path's segments in place of the {names} of the route's template, by name; set by the router.
    package var parameters: [String: String]
    /// Decoded names and values of the query, in their order.
    package var query: [(name: String, value: String)]
    package var headers: HTTPHeaders
    package var body: RequestBody
    /// The client's X-Request-Id, or one made here; also in the reply and in the log.
    package var requestID: String
    /// The trace that it belongs to; nil where the client names none.
    package var traceID: String?
    /// Whether the handler may have it wait: never without a socket, and not once it has waited long enough.
    package var mayWait = false
    /// Whether the client has closed its end of the connection, so that nobody waits for the reply.
    ///
    /// Call it only while the handler runs or the reply's stream is read.
    package var isAbandoned: @Sendable () -> Bool = { false }

    /// - Parameter target: The raw request target, for example "/v1/jobs?limit=5".
    /// - Throws: `HTTPProblem` with status 400 where the target is malformed.
    package init(
        method: HTTPMethod = .get, target: String, headers: HTTPHeaders = [:], body: RequestBody = .none,
        requestID: String = "test"
    ) throws(HTTPProblem) {
        self.init(
            method: method, raw: target, target: try RequestTarget(target), headers: headers, body: body,
            requestID: requestID)
    }

    init(
        method: HTTPMethod, raw: String, target: RequestTarget, headers: HTTPHeaders, body: RequestBody,
        requestID: String
    ) {
        self.method = method
        self.target = raw
        path = target.path
        parameters = [:]
        query = target.query
        self.headers = headers
        self.body = body
        self.requestID = requestID
    }

    /// The value of the first query parameter of that name.
    package func query(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}

/// The body of a request, in the form that the route's `BodyPolicy` asks for.
package enum RequestBody: Sendable {
    case none
    case bytes([UInt8])
    /// A whole upload, written and synchronised. The file is removed once the handler has returned; a handler keeps it
    /// by renaming it.
    case file(path: String, size: Int)
    /// A file from a form, with the name that the client gave it and the form's other fields in their order.
    case form(path: String, size: Int, fileName: String, fields: [(name: String, value: String)])
    /// A whole body, which the route's sink has received.
    case taken(by: any BodySink)
}
