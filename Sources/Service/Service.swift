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

    package init(maximumUploadBytes: Int = 8 << 30, minimumFreeBytes: Int = 256 << 20) {
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
    private let draining = Atomic(false)

    package init(store: Store, jobs: JobCenter, configuration: ServiceConfiguration, logger: Logger) {
        self.store = store
        self.jobs = jobs
        self.configuration = configuration
        self.logger = logger
    }

    /// Makes `/readyz` say no and refuses new work from now on; reading goes on.
    package func beginDraining() {
        draining.store(true, ordering: .releasing)
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
        Route(entry.method, entry.template, body: entry.body, execution: entry.execution) { request in
            do {
                if entry.method == .post, self.isDraining { throw Self.goingDown }
                var exchange = Exchange(request: request, query: QueryReader(request.query, known: entry.parameters))
                return try entry.handler(&exchange)
            } catch {
                // What isn't for the client goes on to the router, which logs it.
                guard let problem = Problem.answering(error) else { throw error }
                return HTTPResponse(problem, requestID: request.requestID)
            }
        }
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

    /// Query parameters; others are refused.
    let parameters: [String]

    let body: BodyPolicy
    let execution: Route.Execution
    let handler: Handler

    init(
        _ method: HTTPMethod, _ template: String, _ parameters: [String], body: BodyPolicy = .none,
        execution: Route.Execution = .queue, _ handler: @escaping Handler
    ) {
        self.method = method
        self.template = template
        self.parameters = parameters
        self.body = body
        self.execution = execution
        self.handler = handler
    }

    /// An endpoint without query parameters.
    init(
        _ method: HTTPMethod, _ template: String, body: BodyPolicy = .none, execution: Route.Execution = .queue,
        _ handler: @escaping Handler
    ) {
        self.init(method, template, [], body: body, execution: execution, handler)
    }
}
