import CMicroHTTPD
import Glibc

/// How a server listens and what it allows.
package struct ServerConfiguration: Sendable {
    /// An IPv4 or IPv6 address, or a name.
    package var host: String
    /// 0 for any free port; `HTTPServer.port` is then the one that was chosen.
    package var port: Int
    /// Threads that serve connections; they never block, so more threads than cores are of no use.
    package var threads: Int
    /// Connections open at once.
    ///
    /// It is lowered at the start if the process may not open that many files.
    package var connectionLimit: Int
    /// Handlers that run on the queue at once.
    package var handlerThreads: Int
    /// Requests that may wait for a handler; beyond them the answer is 503.
    package var queueLimit: Int
    /// Handlers of patient routes that run at once.
    package var patientThreads = 32
    /// Further requests of patient routes that may wait; beyond them the answer is 503.
    package var patientQueueLimit = 128

    /// Whether connections speak TLS, with the certificate that `ServerCertificate.use` has set.
    package var isSecure = false
    /// Names that the server answers to besides localhost and loopback addresses.
    ///
    /// When set, any other Host gets 421 and any foreign Origin 403; when nil, neither is looked at.
    package var allowedHosts: [String]?
    /// Decides on each request by its head, before its body is read, and by its route, where there is one.
    ///
    /// A problem that it returns is the reply. It must not block.
    package var admission: (@Sendable (HTTPRequest, Route?) -> HTTPProblem?)?

    /// How much one client may ask for; routes that run inline, such as probes, don't count.
    package var clientLimits = ClientLimits()
    /// Who a client is, for its limits; its address counts where this is nil or returns nil.
    package var identify: (@Sendable (HTTPRequest) -> String?)?

    /// Answers a GET without its handler where the reply is known, as a 304 may be.
    ///
    /// It must not block.
    package var cachedReply: (@Sendable (HTTPRequest) -> CachedReply?)?

    /// Which pages of other origins may use the server from a browser.
    package var crossOrigin = CrossOrigin(origins: [])
    /// Header fields that are added to every reply that has none of that name.
    package var headers: [(String, String)] = []

    /// The time from the opening of a connection, or the first line of a later request, to the end of the head.
    package var headDeadline: Duration = .seconds(10)
    /// The time without any byte after which a connection is closed; whole seconds.
    package var idleTimeout: Duration = .seconds(30)
    /// How long a body may arrive at any rate.
    package var bodyGrace: Duration = .seconds(15)
    /// The bytes a second at which a body must arrive after that, and at which a client must read replies that wait for
    /// it.
    package var minimumBodyRate = 1024
    /// How often the server looks for slow connections.
    package var reaperInterval: Duration = .milliseconds(500)

    /// Bytes of an unwanted body that are read and thrown away, so that the client gets the reply.
    package var discardLimit = 1 << 20
    /// Bytes of an upload that are gathered before they are written.
    package var uploadBlock = 256 << 10
    package var uploadStorage = UploadStorage.disk
    /// Bytes of each connection's memory; the head of a request must fit into it.
    package var connectionMemory = 32 << 10

    /// Receives each request once it is done, including the removal of its temporary files; nil for no log.
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

    /// As many connections as leave room for other files: each may need a second descriptor for its upload or its
    /// reply.
    var affordableConnections: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return connectionLimit }
        let files = Int(clamping: UInt64(limit.rlim_cur))
        return max(threads, min(connectionLimit, (files - 128) / 2))
    }
}
