package import Logging

/// The route table: finds the handler for a request and runs it, without any socket.
package struct Router: Sendable {
    /// What a request's method and path lead to.
    enum Match: Sendable {
        /// An index of `routes`; for HEAD it is GET's, unless HEAD has a route of its own.
        case route(Int, parameters: [String: String])
        /// OPTIONS of a path that exists; its methods are for the field Allow.
        case options(allow: String)
        case methodNotAllowed(allow: String)
        case notFound
    }

    private enum Segment: Sendable, Equatable {
        case literal(String)
        case parameter(String)
    }

    private struct Path: Sendable {
        let segments: [Segment]
        var routes: [(method: HTTPMethod, index: Int)]

        /// The value of the field Allow, such as "GET, HEAD, POST".
        var allow: String {
            var names: [String] = []
            for (method, _) in routes {
                names.append(method.rawValue)
                if method == .get { names.append(HTTPMethod.head.rawValue) }
            }
            return (names + [HTTPMethod.options.rawValue]).joined(separator: ", ")
        }
    }

    package let routes: [Route]
    /// Paths by their number of segments; where two match, the one with the earlier literal comes first.
    private let paths: [[Path]]
    private let writeProblem: ProblemWriter
    private let logger: Logger

    /// - Parameters:
    ///   - routes: each method and template at most once; a second one is a programming error.
    ///   - problem: renders the problems that the router finds and those that handlers throw.
    ///   - logger: receives the errors that clients aren't told.
    package init(routes: [Route], logger: Logger = Logger(label: "http"), problem: @escaping ProblemWriter) {
        self.routes = routes
        self.logger = logger
        writeProblem = problem
        var paths: [[Path]] = []
        for (index, route) in routes.enumerated() {
            let segments = Self.segments(of: route.template)
            while paths.count <= segments.count { paths.append([]) }
            if let place = paths[segments.count].firstIndex(where: { Self.areSame($0.segments, segments) }) {
                let there = paths[segments.count][place]
                precondition(
                    there.segments == segments && !there.routes.contains { $0.method == route.method },
                    "The route \(route.method) \(route.template) is there twice, or with another parameter's name.")
                paths[segments.count][place].routes.append((route.method, index))
            } else {
                paths[segments.count].append(Path(segments: segments, routes: [(route.method, index)]))
            }
        }
        self.paths = paths.map { $0.sorted(by: Self.isMoreSpecific) }
    }

    /// Answers a request.
    ///
    /// HEAD is GET without its body, OPTIONS lists the methods, an unknown path is 404, another method 405 with Allow.
    ///
    /// No request waits here.
    package func respond(to request: HTTPRequest) -> HTTPResponse {
        var request = request
        request.mayWait = false
        return response(of: outcome(of: request, match: match(request.method, request.path)), to: request)
    }

    /// The reply of an outcome that must not be a wait.
    func response(of outcome: Outcome, to request: HTTPRequest) -> HTTPResponse {
        if case .reply(let response) = outcome { return response }
        logger.error("a handler wants to wait where it may not", metadata: ["request_id": "\(request.requestID)"])
        return problem(.internalError, requestID: request.requestID)
    }

    /// - Parameter handler: called in place of the route's handler; nil for the route's.
    func outcome(of request: HTTPRequest, match: Match, handler: Route.Handler? = nil) -> Outcome {
        var response: HTTPResponse
        switch match {
        case .route(let index, let parameters):
            var request = request
            request.parameters = parameters
            let outcome = run(index, handler, request)
            guard case .reply(let reply) = outcome else { return outcome }
            response = reply
        case .options(let allow):
            response = HTTPResponse(status: 204, headers: [("Allow", allow)])
        case .methodNotAllowed(let allow):
            response = problem(.methodNotAllowed(request.method, allow: allow), requestID: request.requestID)
        case .notFound:
            response = problem(.notFound, requestID: request.requestID)
        }
        if request.method == .head { response.body = .omitted(length: response.body.length) }
        return .reply(response)
    }

    func route(of match: Match) -> Route? {
        guard case .route(let index, _) = match else { return nil }
        return routes[index]
    }

    func problem(_ problem: HTTPProblem, requestID: String) -> HTTPResponse {
        var response = writeProblem(problem, requestID)
        for (name, value) in problem.headers where response.header(name) == nil {
            response.headers.append((name, value))
        }
        return response
    }

    func match(_ method: HTTPMethod, _ path: [String]) -> Match {
        guard path.count < paths.count else { return .notFound }
        for candidate in paths[path.count] {
            guard let parameters = Self.parameters(candidate.segments, path) else { continue }
            let wanted = method == .head ? .get : method
            // A route of HEAD's own takes precedence over GET's.
            let found =
                candidate.routes.first { $0.method == method } ?? candidate.routes.first { $0.method == wanted }
            if let found { return .route(found.index, parameters: parameters) }
            return method == .options ? .options(allow: candidate.allow) : .methodNotAllowed(allow: candidate.allow)
        }
        return .notFound
    }

    private func run(_ index: Int, _ handler: Route.Handler?, _ request: HTTPRequest) -> Outcome {
        do {
            return try (handler ?? routes[index].handler)(request)
        } catch let error as HTTPProblem {
            return .reply(problem(error, requestID: request.requestID))
        } catch is ClientGone {
            return .reply(problem(.clientGone, requestID: request.requestID))
        } catch {
            logger.error(
                "handler failed",
                metadata: [
                    "route": "\(routes[index].method) \(routes[index].template)",
                    "request_id": "\(request.requestID)", "trace_id": "\(request.traceID ?? "-")",
                    "error": "\(String(describing: error))",
                ])
            return .reply(problem(.internalError, requestID: request.requestID))
        }
    }
}

extension Router {
    private static func segments(of template: String) -> [Segment] {
        precondition(template.hasPrefix("/"), "The template \(template) doesn't begin with a slash.")
        guard template != "/" else { return [] }
        return template.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { segment in
            if segment.hasPrefix("{"), segment.hasSuffix("}") {
                return .parameter(String(segment.dropFirst().dropLast()))
            }
            return .literal(String(segment))
        }
    }

    /// Whether two templates match the same paths, whatever their parameters are called.
    private static func areSame(_ first: [Segment], _ second: [Segment]) -> Bool {
        zip(first, second).allSatisfy { pair in
            switch pair {
            case (.literal(let one), .literal(let other)): one == other
            case (.parameter, .parameter): true
            default: false
            }
        }
    }

    private static func isMoreSpecific(_ first: Path, _ second: Path) -> Bool {
        for pair in zip(first.segments, second.segments) {
            switch pair {
            case (.literal, .parameter): return true
            case (.parameter, .literal): return false
            default: continue
            }
        }
        return false
    }

    /// The parameters if the path matches the template; an empty segment matches no parameter.
    private static func parameters(_ template: [Segment], _ path: [String]) -> [String: String]? {
        var parameters: [String: String] = [:]
        for (segment, text) in zip(template, path) {
            switch segment {
            case .literal(let literal): guard literal == text else { return nil }
            case .parameter(let name):
                guard !text.isEmpty else { return nil }
                parameters[name] = text
            }
        }
        return parameters
    }
}
