import CMicroHTTPD
import Dispatch
import Logging
import Synchronization

/// Everything that the requests of one server share.
final class ServerCore: Sendable {
    let configuration: ServerConfiguration
    let limits: ReadLimits
    let requestLimits: RequestStateMachine.Limits
    let router: Router
    let logger: Logger
    let counters: ServerCounters
    let ids = RequestIDs()
    let hostCheck: HostCheck?
    let limiter: ClientLimiter?
    let suspensions = SuspensionRegistry()
    let reaper: ConnectionReaper
    /// Where handlers run.
    let handlerQueue: WorkQueue
    /// Where handlers run that may block for long.
    let patientQueue: WorkQueue
    /// Where bodies are written; bounded by the number of connections.
    let transferQueue: WorkQueue
    /// Where streams are read, which may block as patient handlers do; bounded by the number of connections.
    let streamQueue: WorkQueue
    /// Where requests are woken that have waited long enough.
    let waitQueue = DispatchQueue(label: "http.wait")
    let requestLog: RequestLogQueue?

    /// Whether replies close their connections.
    let isDraining = Atomic<Bool>(false)
    /// Whether requests are answered with 503.
    let isRefusing = Atomic<Bool>(false)

    init(configuration: ServerConfiguration, router: Router, logger: Logger) {
        self.configuration = configuration
        self.router = router
        self.logger = logger
        limits = ReadLimits(
            headDeadline: configuration.headDeadline.nanoseconds, idleTimeout: configuration.idleTimeout.nanoseconds,
            bodyGrace: configuration.bodyGrace.nanoseconds, minimumBodyRate: configuration.minimumBodyRate)
        requestLimits = RequestStateMachine.Limits(
            read: limits, discard: configuration.discardLimit, block: configuration.uploadBlock)
        let counters = ServerCounters(routes: router.routes)
        self.counters = counters
        limiter = configuration.clientLimits == ClientLimits() ? nil : ClientLimiter(configuration.clientLimits)
        requestLog = configuration.requestLog.map(RequestLogQueue.init)
        hostCheck = configuration.allowedHosts.map(HostCheck.init(allowed:))
        handlerQueue = WorkQueue(
            label: "http.handler", width: configuration.handlerThreads, limit: configuration.queueLimit)
        patientQueue = WorkQueue(
            label: "http.patient", width: configuration.patientThreads, limit: configuration.patientQueueLimit)
        transferQueue = WorkQueue(label: "http.transfer", width: configuration.handlerThreads, limit: nil)
        streamQueue = WorkQueue(label: "http.stream", width: configuration.patientThreads, limit: nil)
        reaper = ConnectionReaper(interval: configuration.reaperInterval, limits: limits) { watch, fault in
            counters.reject(fault.rawValue)
            logger.info(
                "connection ended", metadata: ["client": "\(watch.address)", "reason": "\(fault.rawValue)"])
        }
    }

    /// Where a route's handler runs; nil for one that runs inline.
    func queue(for execution: Route.Execution) -> WorkQueue? {
        switch execution {
        case .inline: nil
        case .queue: handlerQueue
        case .patient: patientQueue
        }
    }

    /// A reply in libmicrohttpd's form, with the header fields that the server adds.
    ///
    /// A reply that can't be sent is logged and becomes a 500.
    ///
    /// - Parameter origin: The request's `Origin`.
    func nativeReply(
        _ response: HTTPResponse, requestID: String, origin: String?, connection: ConnectionReference
    ) -> NativeReply? {
        var extra = configuration.crossOrigin.headers(for: origin)
        for (name, value) in configuration.headers where response.header(name) == nil { extra.append((name, value)) }
        if isDraining.load(ordering: .relaxed) { extra.append(("Connection", "close")) }
        let pump = { StreamPump($0, connection: connection, core: self) }
        do {
            return try NativeReply(response, requestID: requestID, extra: extra, stream: pump)
        } catch {
            logger.error(
                "reply failed", metadata: ["request_id": "\(requestID)", "error": "\(error.description)"])
        }
        return try? NativeReply(
            router.problem(.internalError, requestID: requestID), requestID: requestID, extra: [], stream: pump)
    }

    /// Passes a request that has ended to the log.
    func complete(_ request: CompletedRequest) {
        if requestLog?.add(request) == false { counters.droppedLogLines.add() }
    }
}
