/// A request as a handler sees it: whole, decoded, and independent of any socket.
package struct HTTPRequest: Sendable {
    package var method: HTTPMethod
    /// The raw request target.
    package var target: String
    /// The decoded segments of the path.
    package var path: [String]
    /// What stood where the route's template has {names}; set by the router.
    package var parameters: [String: String]
    /// Decoded names and values of the query, in their order.
    package var query: [(name: String, value: String)]
    package var headers: HTTPHeaders
    package var body: RequestBody
    /// The client's X-Request-Id, or one made here; also in the reply and in the log.
    package var requestID: String
    /// The trace that it belongs to, where the client said so.
    package var traceID: String?
    /// Whether the handler may have it wait: never without a socket, nor when it has waited long enough.
    package var mayWait = false
    /// Whether the client has closed its end of the connection, so that nobody waits for the reply; to be asked only while
    /// the handler runs or the reply's stream is read.
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

/// What came after the head of a request, as the route's `BodyPolicy` says.
package enum RequestBody: Sendable {
    case none
    case bytes([UInt8])
    /// A whole upload, written and synchronised. The file is removed when the handler has returned, so a handler keeps it
    /// by renaming it.
    case file(path: String, size: Int)
    /// The same out of a form, with the name that the client gave the file and the form's other fields in their order.
    case form(path: String, size: Int, fileName: String, fields: [(name: String, value: String)])
    /// A whole body, taken in by the route's sink.
    case taken(by: any BodySink)
}
