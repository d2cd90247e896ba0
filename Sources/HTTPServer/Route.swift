/// One line of the route table: a method and a path, the body they take, where the handler runs, and the handler.
package struct Route: Sendable {
    /// Where a handler runs.
    package enum Execution: Sendable {
        /// On the connection's thread, at once; for handlers that never block, such as a liveness probe. A reply of 200
        /// must depend on nothing but the request's head: the same head on the same connection gets it again.
        case inline
        /// On the bounded queue, while the connection is suspended.
        case queue
        /// On a second bounded queue, for handlers that may block for long: others must not wait for them.
        case patient
    }

    package typealias Handler = @Sendable (HTTPRequest) throws -> Outcome

    package let method: HTTPMethod
    /// A path whose segments may be {names}, for example "/v1/jobs/{id}".
    package let template: String
    package let body: BodyPolicy
    package let execution: Execution
    /// Makes the sink that receives the body, where that is a stream; it must not block.
    package let sink: (@Sendable (HTTPRequest) -> any BodySink)?
    /// Answers a request.
    ///
    /// An `HTTPProblem` that it throws becomes the reply; any other error is logged and becomes a 500.
    package let handler: Handler

    /// A route that always answers at once.
    package init(
        _ method: HTTPMethod, _ template: String, body: BodyPolicy = .none, execution: Execution = .queue,
        handler: @escaping @Sendable (HTTPRequest) throws -> HTTPResponse
    ) {
        self.init(method, template, body, execution, nil) { .reply(try handler($0)) }
    }

    /// A route whose handler may have the request wait; one that runs inline must not.
    ///
    /// - Parameter sink: makes the sink that receives the body, where that is a stream.
    package static func awaitable(
        _ method: HTTPMethod, _ template: String, body: BodyPolicy = .none, execution: Execution = .queue,
        sink: (@Sendable (HTTPRequest) -> any BodySink)? = nil, handler: @escaping Handler
    ) -> Route {
        Route(method, template, body, execution, sink, handler)
    }

    private init(
        _ method: HTTPMethod, _ template: String, _ body: BodyPolicy, _ execution: Execution,
        _ sink: (@Sendable (HTTPRequest) -> any BodySink)?, _ handler: @escaping Handler
    ) {
        self.sink = sink
        self.method = method
        self.template = template
        self.body = body
        self.execution = execution
        self.handler = handler
    }
}

/// The outcome of a handler.
package enum Outcome: Sendable {
    case reply(HTTPResponse)
    /// There is nothing to reply yet, and a handler is to be called again. Only where the request may wait.
    case wait(Waiting)
}

/// A request's wait for something to happen; meanwhile it holds its connection and no thread.
package struct Waiting: Sendable {
    /// How long to wait at most, counted from the first call of the route's handler; a handler is then called a last
    /// time.
    package let limit: Duration

    /// Calls its argument, from any thread and possibly at once, when the handler should be called again.
    package let listen: @Sendable (@escaping @Sendable () -> Void) -> Void

    /// Called after the wait in place of the route's handler, where that must not do its work twice; nil for the
    /// route's.
    package var handler: Route.Handler?

    package init(
        limit: Duration, listen: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void,
        handler: Route.Handler? = nil
    ) {
        self.limit = limit
        self.listen = listen
        self.handler = handler
    }
}

/// What a route does with a request's body; decided by the head alone, before a byte of the body is read.
package enum BodyPolicy: Sendable, Equatable {
    /// No body is expected. A small one is thrown away, a larger one refused.
    case none
    /// JSON, held in memory up to `maximum` bytes. The handler gets empty bytes where there is no body.
    case json(maximum: Int)
    /// Bytes of any type up to `maximum`, streamed to a new file in `folder`, which must exist; or a form of type
    /// multipart/form-data that holds such a file.
    case upload(maximum: Int, folder: String)
    /// Bytes of one media type up to `maximum`, passed to the route's sink.
    case stream(maximum: Int, type: String)
}
