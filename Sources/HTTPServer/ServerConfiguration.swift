import CMicroHTTPD
import Glibc

/// How a server listens and what it allows.
package struct ServerConfiguration: Sendable {
    /// An IPv4 or IPv6 address, or a name.
    package var host: String
    /// 0 for any free port, which `HTTPServer.port` then tells.
    package var port: Int
    /// Threads that serve connections; they never block, so more than cores are of no use.
    package var threads: Int
    /// Connections open at once.
    ///
    /// Lowered at the start if the process may not open that many files.
    package var connectionLimit: Int
    /// Handlers that run at once on the queue.
    package var handlerThreads: Int
    /// Requests that may wait for a handler; beyond them the answer is 503.
    package var queueLimit: Int
    /// Handlers of patient routes that run at once.
    package var patientThreads = 32
    /// Requests of patient routes that may wait beside them; beyond them the answer is 503.
    package var patientQueueLimit = 128

    /// Whether connections speak TLS, with the certificate that `ServerCertificate.use` has set.
    package var isSecure = false
    /// Names that the server answers to besides localhost and loopback addresses.
    ///
    /// When set, any other Host gets 421 and any foreign Origin 403; when nil, neither is looked at.
    package var allowedHosts: [String]?
    /// Looks at each request's head before its body is read, and at the route it leads to, where there is one.
    ///
    /// What it returns is the answer. Must not block.
    package var admission: (@Sendable (HTTPRequest, Route?) -> HTTPProblem?)?

    /// How much one client may ask for; what runs inline, as probes do, doesn't count.
    package var clientLimits = ClientLimits()
    /// Who a client is, for its limits; where that isn't known, its address tells.
    package var identify: (@Sendable (HTTPRequest) -> String?)?

    /// Answers a GET without its handler where that takes no work, as a 304 may.
    ///
    /// Must not block.
    package var unchanged: (@Sendable (HTTPRequest) -> StandingReply?)?

    /// Which pages of other origins may use the server from a browser.
    package var crossOrigin = CrossOrigin(origins: [])
    /// Header fields of every reply that hasn't one of that name itself.
    package var headers: [(String, String)] = []

    /// From the opening of a connection, or the first line of a later request, to the end of the head.
    package var headDeadline: Duration = .seconds(10)
    /// Without any byte; whole seconds.
    package var idleTimeout: Duration = .seconds(30)
    /// How long a body may come in at any rate.
    package var bodyGrace: Duration = .seconds(15)
    /// Bytes a second that a body must reach after that, and at which a client must take replies that wait for it.
    package var minimumBodyRate = 1024
    /// How often slow connections are looked for.
    package var reaperInterval: Duration = .milliseconds(500)

    /// Bytes of a body nobody wants that are read and thrown away, so that the client gets the reply.
    package var discardLimit = 1 << 20
    /// Bytes of an upload that are gathered before they are written.
    package var uploadBlock = 256 << 10
    package var uploadStorage = UploadStorage.disk
    /// Bytes of each connection's memory; the head of a request must fit into it.
    package var connectionMemory = 32 << 10

    /// Who is told of each request once all of it is done, its temporary files included; nil for nobody.
    package var requestLog: RequestLog?

    package init(
        host: String = "127.0.0.1", port: Int = 8080, threads: Int? = nil, connectionLimit: Int = 1024,
        handlerThreads: Int? = nil, queueLimit: Int = 256, allowedHosts: [String]? = nil
    ) {
        self.host = host
        self.port = port
        let cores = Int(cmhd_usable_cores())
        self.threads = threads ?? min(4, cores)
        self.connectionLimit = connectionLimit
        self.handlerThreads = handlerThreads ?? max(4, 2 * cores)
        self.queueLimit = queueLimit
        self.allowedHosts = allowedHosts
    }

    /// Connections that leave room for other files: a connection may need a second one for its upload or its reply.
    var affordableConnections: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return connectionLimit }
        let files = Int(clamping: UInt64(limit.rlim_cur))
        return max(threads, min(connectionLimit, (files - 128) / 2))
    }
}
