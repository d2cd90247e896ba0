import CMicroHTTPD
import Dispatch
import Logging
import Synchronization

/// One request from its first line to its end: a state machine that libmicrohttpd steps.
///
/// `@unchecked Sendable`: only the connection's own thread touches its state. Queues get copies, and hand back through
/// a `Suspension`.
final class Exchange: @unchecked Sendable {
    /// What the next step of libmicrohttpd's means.
    private enum Phase {
        /// The head is complete.
        case head
        /// The body comes and goes nowhere; then this is the answer.
        case discarding(Answer)
        case collecting
        case uploading
        /// Suspended while a piece of the upload is written.
        case writing(Suspension<HTTPProblem?>)
        /// Suspended while a handler runs.
        case handling(Suspension<NativeReply?>)
        case replied
    }

    private enum Answer {
        case handler
        case problem(HTTPProblem)
    }

    /// Not counted, since all threads would count on it at each request; the server holds it until the last one's end,
    /// and work on queues holds it for itself.
    private unowned(unsafe) let core: ServerCore
    private let connection: ConnectionReference
    private let watch: ConnectionWatch
    private let started: UInt64
    private let target: String
    /// Where the raw target was in libmicrohttpd's memory; never read from again.
    private let targetPlace: (UnsafePointer<CChar>, Int)?
    /// The head before this one on the connection, as long as this one may be it again.
    private var repeated: RepeatedHead?

    private var phase = Phase.head
    private var requestID = ""
    private var traceID: String?
    private var origin: String?
    private var method = HTTPMethod(rawValue: "")
    private var request: HTTPRequest?
    private var match = Router.Match.notFound
    private var status = 0
    /// The reply was known, or made at once on this thread.
    private var isWithoutHandler = false
    /// Under what name the client's requests are counted; nil where they aren't.
    private var limitedClient: String?

    private var pace: ReadPace
    private var received = 0
    private var discarded = 0
    private var maximum = 0
    private var collected: [UInt8] = []
    private var upload: (any BodySink)?
    /// Bytes of the body may still be under way when the reply has been sent.
    private var leavesBodyUnread = false

    init(
        core: ServerCore, connection: ConnectionReference, watch: ConnectionWatch, target: UnsafePointer<CChar>?,
        _ length: Int
    ) {
        self.core = core
        self.connection = connection
        self.watch = watch
        started = MonotonicClock.now()
        pace = ReadPace(start: started)
        if let target, let last = watch.repeated, last.isTarget(target, length) {
            repeated = last
            self.target = last.request.target
        } else {
            self.target = target.map { String(cString: $0) } ?? ""
        }
        targetPlace = target.map { ($0, length) }
        watch.requestBegan(at: started, core.limits)
        core.counters.inFlight.add()
    }

    /// libmicrohttpd's access handler.
    ///
    /// Consumes the body it is given.
    ///
    /// - Returns: false to close the connection.
    func step(
        method: UnsafePointer<CChar>, version: UnsafePointer<CChar>, body: UnsafeRawBufferPointer?
    ) -> Bool {
        if case .writing(let suspension) = phase {
            guard !suspension.isPending else { return keep(body) }
            // Without an outcome the server's end came first.
            guard let outcome = suspension.value() else { return false }
            pace.resume(at: MonotonicClock.now())
            // More is awaited again: a client that has gone meanwhile shall be noticed.
            watch.expect(by: pace.deadline(core.limits))
            phase = .uploading
            if let problem = outcome ?? overrun { fail(problem) }
        }
        if let body, !body.isEmpty { return receive(body) }
        switch phase {
        case .head: return begin(method, version)
        case .discarding(.problem(let problem)): return reply(problem: problem)
        case .discarding(.handler), .collecting, .uploading: return dispatch()
        case .handling(let suspension):
            phase = .replied
            switch suspension.value() {
            case .some(.some(let native)): return send(native)
            case .some(.none): return false
            case .none: return reply(problem: .stopping)
            }
        case .writing, .replied: return true
        }
    }

    /// libmicrohttpd's notification of the end; the last call.
    func end(_ reason: Int32) {
        let now = MonotonicClock.now()
        watch.requestEnded(at: now, core.limits)
        core.counters.inFlight.add(-1)
        if let limitedClient { core.limiter?.leave(limitedClient) }
        if leavesBodyUnread { core.reaper.linger(watch.socket) }
        var routeIndex: Int?
        if case .route(let index, _) = match { routeIndex = index }
        if status != 0 { core.counters.count(route: routeIndex, status: status, nanoseconds: now - started) }
        // What took no work isn't worth a line either: probes, and polls of what hasn't changed.
        let level = isWithoutHandler && status < 400 ? Logger.Level.debug : .info
        guard upload != nil || core.requestLog?.takes(level) == true else { return }

        let end: CompletedRequest.End =
            switch Int(reason) {
            case cmhd_completed_ok: .replied
            case cmhd_completed_shutdown: .serverStopped
            default: .brokenOff
            }
        let completed = CompletedRequest(
            level: level, requestID: requestID, traceID: traceID, method: method.rawValue, target: target,
            route: routeIndex.map { core.router.routes[$0].template }, status: status,
            receivedBytes: received, duration: .nanoseconds(Int64(clamping: now - started)), client: watch.address,
            end: end)
        guard let upload else {
            return core.complete(completed)
        }
        if status == 0 { core.counters.truncatedUploads.add() }
        var rest: [UInt8] = []
        if case .uploading = phase, upload.keepsParts { rest = collected }
        core.transferQueue.runUnbounded { [core, rest] in
            // What can't be written now will be sent again.
            if !rest.isEmpty { try? upload.write(rest) }
            upload.close()
            if core.requestLog?.takes(level) == true { core.complete(completed) }
        }
    }
}

// The head

extension Exchange {
    private func begin(_ method: UnsafePointer<CChar>, _ version: UnsafePointer<CChar>) -> Bool {
        watch.expectNothing()
        guard let targetPlace else { return false }
        let head = RequestHead.read(
            connection: connection, method: method, target: targetPlace, version: version, unless: repeated)
        guard let head else { return beginAgain() }
        repeated = nil
        self.method = head.method
        requestID = RequestIDs.accepted(head.headers["X-Request-Id"]) ?? core.ids.next()
        traceID = TraceContext.traceID(head.headers["traceparent"])
        origin = head.headers["Origin"]
        guard head.refusal == Int32(cmhd_head_accepted) else {
            // What follows can't be told apart from a body. A reply before the body ends the connection.
            leavesBodyUnread = true
            return reply(problem: HTTPProblem(head: head.refusal))
        }
        do {
            let plan = try admit(head)
            if case .discard = plan, !head.body.announcesBytes { remember(head) }
            return prepare(plan, head.body)
        } catch {
            if head.body.announcesBytes {
                leavesBodyUnread = true
                return reply(problem: error)
            }
            phase = .discarding(.problem(error))
            return true
        }
    }

    /// The head is the one before it again, so that what depends on nothing else is known.
    private func beginAgain() -> Bool {
        guard let repeated else { return false }
        method = repeated.request.method
        requestID = repeated.requestID ?? core.ids.next()
        traceID = repeated.request.traceID
        origin = repeated.origin
        match = repeated.match
        do throws(HTTPProblem) {
            if core.isRefusing.load(ordering: .relaxed) { throw .stopping }
            if let problem = core.configuration.admission?(repeated.request, repeated.route) { throw problem }
            if core.limiter != nil, let route = repeated.route { try limit(repeated.request, route) }
            phase = .discarding(.handler)
        } catch {
            phase = .discarding(.problem(error))
        }
        return true
    }

    private func remember(_ head: RequestHead) {
        guard let fields = head.fields, let request else { return }
        let requestID = RequestIDs.accepted(head.headers["X-Request-Id"])
        let last = RepeatedHead(
            fields: fields, request: request, requestID: requestID, match: match,
            route: core.router.route(of: match), origin: origin)
        watch.repeated = last
        repeated = last
    }

    /// All that can be decided before the body.
    private func admit(_ head: RequestHead) throws(HTTPProblem) -> BodyPlan {
        if core.isRefusing.load(ordering: .relaxed) { throw .stopping }
        let raw = target
        let target = try RequestTarget(raw)
        var request = HTTPRequest(
            method: head.method, raw: raw, target: target, headers: head.headers, body: .none, requestID: requestID)
        request.traceID = traceID
        self.request = request
        let isWelcome = core.configuration.crossOrigin.allows(origin)
        try core.hostCheck?.check(
            host: target.authority ?? head.headers["Host"], origin: isWelcome ? nil : origin)
        match = core.router.match(head.method, target.path)
        if let problem = core.configuration.admission?(request, core.router.route(of: match)) { throw problem }
        switch match {
        case .notFound: throw .notFound
        case .methodNotAllowed(let allow): throw .methodNotAllowed(head.method, allow: allow)
        case .options: return .discard(maximum: core.configuration.discardLimit)
        case .route(let index, _):
            try limit(request, core.router.routes[index])
            let plan = try BodyPlan(
                core.router.routes[index].body, for: head.body, discardLimit: core.configuration.discardLimit)
            if case .upload(_, let folder, _) = plan, let free = core.configuration.uploadStorage.freeBytes(folder),
                free < (head.body.length ?? 0)
            {
                throw .storageFull
            }
            return plan
        }
    }

    private func limit(_ request: HTTPRequest, _ route: Route) throws(HTTPProblem) {
        guard let limiter = core.limiter, route.execution != .inline else { return }
        let client = core.configuration.identify?(request) ?? watch.address
        try limiter.enter(client, at: MonotonicClock.now())
        limitedClient = client
    }

    private func prepare(_ plan: BodyPlan, _ head: BodyHead) -> Bool {
        switch plan {
        case .discard(let maximum):
            self.maximum = maximum
            phase = .discarding(.handler)
        case .memory(let maximum):
            self.maximum = maximum
            collected.reserveCapacity(min(maximum, head.length ?? 0))
            phase = .collecting
        case .upload(let maximum, let folder, let isForm):
            self.maximum = maximum
            let file = UploadFile(
                folder: folder, name: "upload-\(core.ids.next())", storage: core.configuration.uploadStorage,
                logger: core.logger)
            upload = isForm ? FormUpload(file, connection: connection) : file
            collected.reserveCapacity(min(core.configuration.uploadBlock, head.length ?? .max))
            phase = .uploading
        case .stream(let maximum):
            self.maximum = maximum
            guard case .route(let index, let parameters) = match, var request else { return false }
            request.parameters = parameters
            upload = core.router.routes[index].sink?(request)
            phase = .uploading
        }
        if head.announcesBytes {
            pace = ReadPace(start: MonotonicClock.now())
            watch.expect(by: pace.deadline(core.limits))
        }
        return true
    }
}

// The body

extension Exchange {
    private func receive(_ body: UnsafeRawBufferPointer) -> Bool {
        received += body.count
        core.counters.receivedBytes.add(body.count)
        pace.receive(body.count)
        watch.expect(by: pace.deadline(core.limits))
        switch phase {
        case .discarding:
            discarded += body.count
            // Up to the maximum there was a promise to read it; beyond it there is a little grace.
            return received <= maximum || discarded <= core.configuration.discardLimit
        case .collecting, .uploading:
            guard received <= maximum else {
                fail(.tooLarge(maximum: maximum))
                return true
            }
            collected.append(contentsOf: body)
            if case .uploading = phase, collected.count >= core.configuration.uploadBlock { return write() }
            return true
        case .head, .writing, .handling, .replied:
            return false
        }
    }

    /// Takes a piece of a chunked body that comes although the connection is suspended.
    ///
    /// libmicrohttpd 0.9 hands on all chunks that it has read, at most its 32 KiB, before it looks at that.
    private func keep(_ body: UnsafeRawBufferPointer?) -> Bool {
        guard let body else { return true }
        received += body.count
        core.counters.receivedBytes.add(body.count)
        pace.receive(body.count)
        collected.append(contentsOf: body)
        return true
    }

    /// What is to be said of a body that grew too large while it was being written.
    private var overrun: HTTPProblem? {
        received > maximum ? .tooLarge(maximum: maximum) : nil
    }

    /// Hands what was gathered to the disk, while the connection waits: so a client sends no faster than is written.
    private func write() -> Bool {
        guard let upload, core.transferQueue.reserve() else { return false }
        watch.expectNothing()
        pace.pause(at: MonotonicClock.now())
        guard let suspension = core.suspensions.suspend(connection, for: HTTPProblem?.self) else {
            core.transferQueue.cancelReservation()
            return false
        }
        phase = .writing(suspension)
        let bytes = collected
        collected = []
        collected.reserveCapacity(bytes.count)
        core.transferQueue.run {
            var problem: HTTPProblem?
            do throws(HTTPProblem) { try upload.write(bytes) } catch { problem = error }
            if !suspension.resume(returning: problem) { upload.close() }
        }
        return true
    }

    /// Goes on reading to no purpose: libmicrohttpd takes a reply only before a body or after it.
    private func fail(_ problem: HTTPProblem) {
        phase = .discarding(.problem(problem))
        collected = []
        if let upload {
            core.transferQueue.runUnbounded { upload.close() }
        }
    }
}

// The reply

extension Exchange {
    private func dispatch() -> Bool {
        watch.expectNothing()
        if let repeated, !core.isDraining.load(ordering: .relaxed), let native = repeated.standingReply(requestID) {
            isWithoutHandler = true
            return send(native)
        }
        guard var request = wholeRequest() else { return false }
        if case .collecting = phase {
            request.body = .bytes(collected)
            collected = []
        }
        guard let route = core.router.route(of: match), let queue = core.queue(for: route.execution) else {
            var response = core.router.response(of: core.router.outcome(of: request, match: match), to: request)
            if request.method == .options {
                let allow = response.header("Allow") ?? ""
                response.headers += core.configuration.crossOrigin.preflight(request.headers, allow: allow)
            }
            // Of a problem the reply tells the request's identifier.
            return response.status == 200 ? reply(StandingReply(response) { true }) : reply(response)
        }
        if request.method == .get || request.method == .head, let standing = core.configuration.unchanged?(request) {
            return reply(standing)
        }
        guard queue.reserve() else {
            return reply(problem: .overloaded)
        }
        // Before the handler can possibly resume it.
        guard let suspension = core.suspensions.suspend(connection, for: NativeReply?.self) else {
            queue.cancelReservation()
            return reply(problem: .stopping)
        }
        phase = .handling(suspension)
        request.isAbandoned = { [watch] in watch.isClosedByClient }
        let work = HandlerWork(
            core: core, queue: queue, connection: connection, request: request, match: match, upload: upload,
            rest: collected, started: started, suspension: suspension)
        collected = []
        queue.run { work.run() }
        return true
    }

    private func reply(problem: HTTPProblem) -> Bool {
        core.counters.reject(problem.code)
        var response = core.router.problem(problem, requestID: requestID)
        if method == .head { response.body = .omitted(length: response.body.length) }
        return reply(response)
    }

    private func wholeRequest() -> HTTPRequest? {
        if let request = request.take() { return request }
        guard var request = repeated?.request else { return nil }
        request.requestID = requestID
        return request
    }

    /// Replies, and keeps the reply for when the same head comes again.
    private func reply(_ standing: StandingReply) -> Bool {
        isWithoutHandler = true
        let native = core.nativeReply(
            standing.response, requestID: requestID, origin: origin, connection: connection)
        guard let native else { return false }
        if !core.isDraining.load(ordering: .relaxed) { repeated?.keep(standing, native) }
        return send(native)
    }

    private func reply(_ response: HTTPResponse) -> Bool {
        let native = core.nativeReply(response, requestID: requestID, origin: origin, connection: connection)
        guard let native else { return false }
        return send(native)
    }

    private func send(_ native: NativeReply) -> Bool {
        phase = .replied
        status = native.status
        return native.queue(on: connection)
    }
}
