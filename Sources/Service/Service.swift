import Codecs
package import HTTPServer
package import Jobs
package import Logging
package import Store
import Synchronization

/// What a service is told, beside what its parts were made with.
package struct ServiceConfiguration: Sendable {
    /// The largest dataset file taken, in bytes.
    package var maximumUploadBytes: Int

    /// Below this many free bytes in the data folder the server isn't ready.
    package var minimumFreeBytes: Int

    /// Bytes that the files of all datasets may have together; nil for as many as the disk holds.
    package var datasetQuota: Int?

    package init(
        maximumUploadBytes: Int = 8 << 30, minimumFreeBytes: Int = 256 << 20, datasetQuota: Int? = nil
    ) {
        self.datasetQuota = datasetQuota
        self.maximumUploadBytes = maximumUploadBytes
        self.minimumFreeBytes = minimumFreeBytes
    }
}

/// The REST API over a store and its jobs: resources, problems, samples, health and metrics.
///
/// It knows no sockets: its routers answer requests wherever they come from.
package final class Service: Sendable {
    let store: Store
    let jobs: JobCenter
    let configuration: ServiceConfiguration
    let logger: Logger
    let progress = ProgressViews()
    let eventPace: EventPace
    let uploadClaims = UploadClaims()
    let renderedCurves = RenderedCurves()
    private let settledTags = SettledTags()
    let access: AccessControl
    private let draining = Atomic(false)

    /// - Parameters:
    ///   - access: who may do what.
    ///   - eventPace: how often streams of events tell of what isn't an event.
    package init(
        store: Store, jobs: JobCenter, configuration: ServiceConfiguration, access: AccessControl,
        eventPace: EventPace = EventPace(), logger: Logger
    ) {
        self.access = access
        self.eventPace = eventPace
        self.store = store
        self.jobs = jobs
        self.configuration = configuration
        self.logger = logger
    }

    /// Makes `/readyz` say no and refuses new work from now on; reading goes on.
    package func beginDraining() {
        draining.store(true, ordering: .releasing)
    }

    /// Whether a request may pass, by its head: what the public listener asks before it reads a body.
    package var admission: @Sendable (HTTPRequest, Route?) -> HTTPProblem? {
        let scopes = Dictionary(
            publicRoutes.map { (Self.key($0.method, $0.template), $0.scope) }, uniquingKeysWith: { first, _ in first })
        return { [access] request, route in
            // A browser sends no token with the question whether it may send one.
            guard access.isRequired, request.method != .options else { return nil }
            // What leads nowhere is told only to those who may look.
            guard let route else { return access.refusal(of: request.headers, needing: .read) }
            return access.refusal(
                of: request.headers, needing: scopes[Self.key(route.method, route.template)] ?? .admin)
        }
    }

    private static func key(_ method: HTTPMethod, _ template: String) -> String { "\(method) \(template)" }

    /// Ends what waits for changes, events among it: to be called once no more changes come.
    package func endWaiting() {
        store.changes.close()
    }

    /// Whether the server is going down.
    package var isDraining: Bool {
        draining.load(ordering: .acquiring)
    }

    /// The public routes.
    package var router: Router {
        Router(routes: publicRoutes.map(route), logger: logger, problem: Self.render)
    }

    /// The operators' routes.
    ///
    /// - Parameter http: Figures of the public listener.
    package func operatorRouter(http: @escaping @Sendable () -> HTTPServerMetrics) -> Router {
        Router(routes: operatorRoutes(http: http).map(route), logger: logger, problem: Self.render)
    }

    /// Renders what a server or router refuses by itself.
    private static let render: ProblemWriter = { problem, requestID in
        HTTPResponse(Problem(problem), requestID: requestID)
    }

    private func route(_ entry: Endpoint) -> Route {
        .awaitable(
            entry.method, entry.template, body: entry.body, execution: entry.execution, sink: entry.sink
        ) { request in
            try self.rendered(entry, request) {
                if entry.method == .post, self.isDraining { throw Self.goingDown }
                return try self.outcome(of: request, entry)
            }
        }
    }

    /// An outcome as the client gets it: also of a handler that is called after a wait.
    private func rendered(_ entry: Endpoint, _ request: HTTPRequest, _ work: () throws -> Outcome) throws -> Outcome {
        do {
            switch try work() {
            case .reply(let response):
                return .reply(Compression.applied(to: response.speaking(entry.protocolHeader), for: request))
            case .wait(var waiting):
                guard let handler = waiting.handler else { return .wait(waiting) }
                waiting.handler = { request in try self.rendered(entry, request) { try handler(request) } }
                return .wait(waiting)
            }
        } catch {
            // What isn't for the client goes on to the router, which logs it.
            guard let problem = Problem.answering(error) else { throw error }
            return .reply(HTTPResponse(problem, requestID: request.requestID).speaking(entry.protocolHeader))
        }
    }

    private func outcome(of request: HTTPRequest, _ entry: Endpoint) throws -> Outcome {
        var exchange = Exchange(request: request, query: QueryReader(request.query, known: entry.operation.parameters))
        try exchange.checkDigests()
        if entry.isCreation { return try answer(&exchange, entry.handler) }
        guard entry.isAwaitable, request.mayWait, let limit = Preference.wait(request.headers) else {
            let response = try remembered(&exchange, entry)
            return try outcome(exchange, response)
        }
        // Before the handler reads the record, so that no change falls between.
        let bell = store.changes.bell(for: exchange.segment("id"))
        let response = try entry.handler(&exchange)
        guard response.status == 304 || exchange.isBeforeItsEnd, !bell.isClosed else { return .reply(response) }
        return .wait(Waiting(limit: limit) { bell.listen($0) })
    }

    /// The handler's reply, whose tag is kept where that may be.
    private func remembered(_ exchange: inout Exchange, _ entry: Endpoint) throws -> HTTPResponse {
        guard entry.isAwaitable, exchange.request.headers["If-None-Match"] != nil else {
            return try entry.handler(&exchange)
        }
        let bell = store.changes.bell(for: exchange.segment("id"))
        let response = try entry.handler(&exchange)
        if exchange.isSettled { settledTags.keep(response, to: exchange.request, until: bell) }
        return response
    }

    /// The reply to a poll of what is known not to have changed; nil for any other request.
    package var cachedReply: @Sendable (HTTPRequest) -> CachedReply? {
        { [settledTags] in settledTags.reply(to: $0) }
    }

    private static let goingDown = Problem(
        503, "shutting_down", "The server is going down and takes no new work. Try again shortly.",
        headers: [Problem.Header(name: "Retry-After", value: "10")])
}

/// One line of the table that dispatches: what is asked for, what it takes, what answers.
struct Endpoint: Sendable {
    typealias Handler = @Sendable (inout Exchange) throws -> HTTPResponse

    let method: HTTPMethod
    let template: String

    /// What it is for, and what it takes: other query parameters are refused.
    let operation: Operation

    let body: BodyPolicy
    let execution: Route.Execution

    /// Whether `Prefer: wait` has it wait for a change of the record that `{id}` names.
    let isAwaitable: Bool

    /// Whether it makes something, so that an `Idempotency-Key` counts.
    let isCreation: Bool

    /// What a client's token must allow, where tokens are required; nil where anyone may.
    let scope: Scope?

    /// What takes the body in, where it is a stream.
    let sink: (@Sendable (HTTPRequest) -> any BodySink)?

    /// A header field of all its replies.
    var protocolHeader: (String, String)? {
        template.hasPrefix("/v1/uploads") ? ("Tus-Resumable", Tus.version) : nil
    }
    let handler: Handler

    /// Who may.
    enum Access {
        /// By the method: `read` to look, `submit` to make and change, `admin` to remove.
        case usual
        case anyone
        case holders(of: Scope)
    }

    init(
        _ method: HTTPMethod, _ template: String, _ operation: Operation, body: BodyPolicy = .none,
        execution: Route.Execution = .queue, isAwaitable: Bool = false, isCreation: Bool = false,
        access: Access = .usual,
        sink: (@Sendable (HTTPRequest) -> any BodySink)? = nil, _ handler: @escaping Handler
    ) {
        self.sink = sink
        self.method = method
        self.template = template
        self.operation = operation
        self.body = body
        self.execution = execution
        self.isAwaitable = isAwaitable
        self.isCreation = isCreation
        scope =
            switch access {
            case .usual: Self.usualScope(of: method)
            case .anyone: nil
            case .holders(let scope): scope
            }
        self.handler = handler
    }

    private static func usualScope(of method: HTTPMethod) -> Scope {
        switch method {
        case .get, .head, .options: .read
        case .delete: .admin
        default: .submit
        }
    }
}

extension HTTPResponse {
    /// With a header field that all replies of a protocol have.
    fileprivate func speaking(_ header: (String, String)?) -> HTTPResponse {
        var response = self
        if let header { response.headers.append(header) }
        return response
    }
}
