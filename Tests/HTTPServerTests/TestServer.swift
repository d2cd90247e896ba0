import Dispatch
import HTTPServer
import Logging
import Synchronization

/// A server on a free port with a few routes of its own, and what tests need of it.
final class TestServer {
    let server: HTTPServer
    private let completions: Completions

    /// - Parameter configure: Changes the settings before the start.
    init(_ routes: [Route], configure: (inout ServerConfiguration) -> Void = { _ in }) throws {
        let completions = Completions()
        var configuration = ServerConfiguration(port: 0, threads: 2)
        // A test that starts beside others may not come to its next line for long: only the tests of deadlines have any.
        configuration.headDeadline = .seconds(3600)
        configuration.idleTimeout = .seconds(3600)
        configuration.bodyGrace = .seconds(3600)
        configuration.requestLog = RequestLog(takes: { _ in true }, write: completions.add)
        configure(&configuration)
        self.completions = completions
        server = HTTPServer(
            configuration: configuration, router: testRouter(routes),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try server.start()
    }

    deinit {
        server.stop(graceful: .zero)
    }

    func client(receiveBuffer: Int32? = nil) throws -> RawClient {
        try RawClient(port: server.port, receiveBuffer: receiveBuffer, server: self)
    }

    /// One request on a connection of its own.
    func reply(to request: String, hasBody: Bool = true) throws -> RawClient.Reply {
        let client = try client()
        try client.send(request)
        return try client.reply(hasBody: hasBody)
    }

    /// Waits until so many requests have ended: a client has its reply before its request is counted.
    func awaitCompletions(_ count: Int) {
        for _ in 0..<count { _ = nextCompletion() }
    }

    /// Waits for the next request to have ended, all its traces included.
    func nextCompletion() -> CompletedRequest? {
        completions.next()
    }
}

/// A router whose problems are rendered as their code and detail.
func testRouter(_ routes: [Route]) -> Router {
    Router(routes: routes, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) { problem, requestID in
        HTTPResponse(
            status: problem.status, type: "application/problem+json",
            bytes: Array("\(problem.code): \(problem.detail) [\(requestID)]".utf8))
    }
}

func text(_ text: String, status: Int = 200) -> HTTPResponse {
    HTTPResponse(status: status, type: "text/plain", bytes: Array(text.utf8))
}

private final class Completions: Sendable {
    private let requests = Mutex<[CompletedRequest]>([])
    private let count = DispatchSemaphore(value: 0)

    func add(_ ended: [CompletedRequest]) {
        requests.withLock { $0 += ended }
        for _ in ended { count.signal() }
    }

    func next() -> CompletedRequest? {
        guard count.wait(timeout: .now() + 120) == .success else { return nil }
        return requests.withLock { $0.removeFirst() }
    }
}
