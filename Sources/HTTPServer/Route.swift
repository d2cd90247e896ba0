/// One line of the route table: what is asked for, what it takes, where it runs, and what answers.
package struct Route: Sendable {
    /// Where a handler runs.
    package enum Execution: Sendable {
        /// On the connection's thread, at once; for handlers that never wait, such as a liveness probe.
        case inline
        /// On the bounded queue, while the connection is suspended.
        case queue
    }

    package typealias Handler = @Sendable (HTTPRequest) throws -> HTTPResponse

    package let method: HTTPMethod
    /// A path whose segments may be {names}, for example "/v1/jobs/{id}".
    package let template: String
    package let body: BodyPolicy
    package let execution: Execution
    /// Throws `HTTPProblem` for what the client is told; any other error is logged and becomes a 500.
    package let handler: Handler

    package init(
        _ method: HTTPMethod, _ template: String, body: BodyPolicy = .none, execution: Execution = .queue,
        handler: @escaping Handler
    ) {
        self.method = method
        self.template = template
        self.body = body
        self.execution = execution
        self.handler = handler
    }
}

/// What a route does with a request's body; decided by the head alone, before a byte of the body is read.
package enum BodyPolicy: Sendable, Equatable {
    /// None is expected. A small one is thrown away, a larger one refused.
    case none
    /// JSON, held in memory up to `maximum` bytes. The handler gets empty bytes where there is no body.
    case json(maximum: Int)
    /// Bytes of any type up to `maximum`, streamed to a new file in `folder`, which must exist.
    case upload(maximum: Int, folder: String)
}
