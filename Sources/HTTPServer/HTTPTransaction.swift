import CMicroHTTPD
import Dispatch
import Logging
import Synchronization

/// One request and its reply on a connection of libmicrohttpd's: it passes events to `RequestStateMachine` and carries
/// out the actions that come back.
///
/// `@unchecked Sendable`: only the connection's own thread touches its state. Queues get copies, and return results
/// through a `Suspension`.
final class HTTPTransaction: @unchecked Sendable {
    /// What the connection is suspended for, or was suspended for until this call of libmicrohttpd's.
    private enum Pending {
        case nothing
        /// A block of the upload is being written.
        case write(Suspension<HTTPProblem?>)
        /// A handler is running.
        case handler(Suspension<NativeReply?>)
    }

    /// Without a reference count, which all threads would contend for at each request: the server holds it until the
    /// last request has ended, and work on queues holds a reference of its own.
    private unowned(unsafe) let core: ServerCore
    private let connection: ConnectionReference
    private let watch: ConnectionWatch
    private let started: UInt64
    private let target: String
    /// Where the raw target was in libmicrohttpd's memory, which must not be read again, and its length.
    private let targetPlace: (UnsafePointer<CChar>, Int)?
    /// The previous head on the connection, while this one may be equal to it.
    private var repeated: RepeatedHead?

    private var machine: RequestStateMachine
    private var pending = Pending.nothing
    private var identity = RequestIdentity()
    private var request: HTTPRequest?
    private var match = Router.Match.notFound
    private var status = 0
    /// Whether the reply was known, or made at once on this thread.
    private var isWithoutHandler = false
    /// Under what name the client's requests are counted; nil where they aren't.
    private var limitedClient: String?
    /// Bytes of the body that wait to be written or passed to the handler.
    private var gathered: [UInt8] = []
    private var upload: (any BodySink)?

    init(
        core: ServerCore, connection: ConnectionReference, watch: ConnectionWatch, target: UnsafePointer<CChar>?,
        _ length: Int
    ) {
        self.core = core
        self.connection = connection
        self.watch = watch
        started = MonotonicTime.now()
        machine = RequestStateMachine(limits: core.requestLimits)
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
        let body = body.flatMap { $0.isEmpty ? nil : $0 }
        switch pending {
        case .nothing: break
        case .write(let suspension) where suspension.isPending:
            if body == nil { return true }
        case .write(let suspension):
            // Without an outcome, the server has stopped first.
            guard let outcome = suspension.value() else { return false }
            pending = .nothing
            guard handle(.written(outcome, at: MonotonicTime.now())) else { return false }
        case .handler(let suspension):
            guard body == nil else { break }
            pending = .nothing
            switch suspension.value() {
            case .some(.some(let native)): return send(native)
            case .some(.none): return false
            case .none: return reply(problem: .stopping)
            }
        }
        if let body {
            core.counters.receivedBytes.add(body.count)
            return handle(.received(body.count, at: MonotonicTime.now()), body)
        }
        return machine.awaitsHead ? begin(method, version) : handle(.bodyEnded)
    }

    /// - Parameter bytes: those that a `received` event counts.
    private func handle(_ event: RequestStateMachine.Event, _ bytes: UnsafeRawBufferPointer? = nil) -> Bool {
        let action = machine.handle(event)
        watch.expect(by: machine.deadline ?? .max)
        switch action {
        case .wait: return true
        case .gather:
            if let bytes { gathered.append(contentsOf: bytes) }
            return true
        case .write:
            if let bytes { gathered.append(contentsOf: bytes) }
            return write()
        case .abandon:
            gathered = []
            if let upload {
                core.transferQueue.runUnbounded { upload.close() }
            }
            return true
        case .dispatch(let bodyInMemory): return dispatch(bodyInMemory)
        case .reply(let problem): return reply(problem: problem)
        case .close: return false
        }
    }

    /// libmicrohttpd's notification that the request has ended; the last call.
    func end(_ reason: Int32) {
        let now = MonotonicTime.now()
        watch.requestEnded(at: now, core.limits)
        core.counters.inFlight.add(-1)
        if let limitedClient { core.limiter?.leave(limitedClient) }
        if machine.leavesBodyUnread { core.reaper.linger(watch.socket) }
        var routeIndex: Int?
        if case .route(let index, _) = match { routeIndex = index }
        if status != 0 { core.counters.count(route: routeIndex, status: status, nanoseconds: now - started) }
        // Requests that took no work, such as probes and polls without a change, aren't worth a line at `info`.
        let level = isWithoutHandler && status < 400 ? Logger.Level.debug : .info
        guard upload != nil || core.requestLog?.takes(level) == true else { return }

        let end: CompletedRequest.End =
            switch Int(reason) {
            case cmhd_completed_ok: .replied
            case cmhd_completed_shutdown: .serverStopped
            default: .brokenOff
            }
        let completed = CompletedRequest(
            level: level, requestID: identity.requestID, traceID: identity.traceID, method: identity.method.rawValue,
            target: target, route: routeIndex.map { core.router.routes[$0].template }, status: status,
            receivedBytes: machine.received, duration: .nanoseconds(Int64(clamping: now - started)),
            client: watch.address, end: end)
        guard let upload else {
            return core.complete(completed)
        }
        if status == 0 { core.counters.truncatedUploads.add() }
        let rest = machine.holdsNextBytes && upload.keepsParts ? gathered : []
        core.transferQueue.runUnbounded { [core, rest] in
            // The client sends again what can't be written now.
            if !rest.isEmpty { try? upload.write(rest) }
            upload.close()
            if core.requestLog?.takes(level) == true { core.complete(completed) }
        }
    }
}

// The head

extension HTTPTransaction {
    private func begin(_ method: UnsafePointer<CChar>, _ version: UnsafePointer<CChar>) -> Bool {
        watch.expectNothing()
        guard let targetPlace else { return false }
        let head = RequestHead.read(
            connection: connection, method: method, target: targetPlace, version: version, unless: repeated)
        guard let head else { return beginAgain() }
        repeated = nil
        identity = RequestIdentity(
            method: head.method, requestID: RequestIDs.accepted(head.headers["X-Request-Id"]) ?? core.ids.next(),
            traceID: TraceContext.traceID(head.headers["traceparent"]), origin: head.headers["Origin"])
        guard head.refusal == Int32(cmhd_head_accepted) else {
            // Whether the bytes that follow are a body can't be told.
            return handle(.refused(HTTPProblem(head: head.refusal), bodyFollows: true))
        }
        let admission = core.admission(of: head, target: target, identity, address: watch.address)
        request = admission.request
        match = admission.match
        limitedClient = admission.limitedClient
        let bodyFollows = head.body.announcesBytes
        switch admission.plan {
        case .success(let plan):
            if case .discard = plan, !bodyFollows { remember(head) }
            guard prepare(plan, head.body) else { return false }
            return handle(.admitted(plan, bodyFollows: bodyFollows, at: MonotonicTime.now()))
        case .failure(let problem):
            return handle(.refused(problem, bodyFollows: bodyFollows))
        }
    }

    /// The head equals the previous one, so everything that depends on the head alone is known.
    private func beginAgain() -> Bool {
        guard let repeated else { return false }
        identity = RequestIdentity(
            method: repeated.request.method, requestID: repeated.requestID ?? core.ids.next(),
            traceID: repeated.request.traceID, origin: repeated.origin)
        match = repeated.match
        do throws(HTTPProblem) {
            if core.isRefusing.load(ordering: .relaxed) { throw .stopping }
            if let problem = core.configuration.admission?(repeated.request, repeated.route) { throw problem }
            if core.limiter != nil, let route = repeated.route {
                limitedClient = try core.enterLimit(repeated.request, route, address: watch.address)
            }
        } catch {
            return handle(.refused(error, bodyFollows: false))
        }
        return handle(.admitted(.discard(maximum: 0), bodyFollows: false, at: started))
    }

    private func remember(_ head: RequestHead) {
        guard let fields = head.fields, let request else { return }
        let requestID = RequestIDs.accepted(head.headers["X-Request-Id"])
        let last = RepeatedHead(
            fields: fields, request: request, requestID: requestID, match: match,
            route: core.router.route(of: match), origin: identity.origin)
        watch.repeated = last
        repeated = last
    }

    /// Makes what receives the body.
    private func prepare(_ plan: BodyPlan, _ head: BodyHead) -> Bool {
        switch plan {
        case .discard: break
        case .memory(let maximum): gathered.reserveCapacity(min(maximum, head.length ?? 0))
        case .upload(_, let folder, let isForm):
            let file = UploadFile(
                folder: folder, name: "upload-\(core.ids.next())", storage: core.configuration.uploadStorage,
                logger: core.logger)
            upload = isForm ? FormUpload(file, contentType: head.contentType) : file
            gathered.reserveCapacity(min(core.configuration.uploadBlock, head.length ?? .max))
        case .stream:
            guard case .route(let index, let parameters) = match, var request else { return false }
            request.parameters = parameters
            upload = core.router.routes[index].sink?(request)
        }
        return true
    }
}

// The body

extension HTTPTransaction {
    /// Writes the gathered bytes while the connection is suspended, so that a client sends no faster than the disk
    /// writes.
    private func write() -> Bool {
        guard let upload, core.transferQueue.reserve() else { return handle(.writeNotBegun) }
        guard let suspension = core.suspensions.suspend(connection, for: HTTPProblem?.self) else {
            core.transferQueue.cancelReservation()
            return handle(.writeNotBegun)
        }
        pending = .write(suspension)
        let bytes = gathered
        gathered = []
        gathered.reserveCapacity(bytes.count)
        core.transferQueue.run {
            var problem: HTTPProblem?
            do throws(HTTPProblem) { try upload.write(bytes) } catch { problem = error }
            if !suspension.resume(returning: problem) { upload.close() }
        }
        return true
    }
}

// The reply

extension HTTPTransaction {
    private func dispatch(_ bodyInMemory: Bool) -> Bool {
        if let repeated, !core.isDraining.load(ordering: .relaxed),
            let native = repeated.cachedReply(identity.requestID)
        {
            isWithoutHandler = true
            return send(native)
        }
        guard var request = wholeRequest() else { return false }
        if bodyInMemory {
            request.body = .bytes(gathered)
            gathered = []
        }
        guard let route = core.router.route(of: match), let queue = core.queue(for: route.execution) else {
            return replyInline(request)
        }
        if request.method == .get || request.method == .head, let cached = core.configuration.cachedReply?(request) {
            return reply(cached)
        }
        guard queue.reserve() else {
            return reply(problem: .overloaded)
        }
        // Suspended before the handler can resume it.
        guard let suspension = core.suspensions.suspend(connection, for: NativeReply?.self) else {
            queue.cancelReservation()
            return reply(problem: .stopping)
        }
        pending = .handler(suspension)
        request.isAbandoned = { [watch] in watch.isClosedByClient }
        let work = HandlerWork(
            core: core, queue: queue, connection: connection, request: request, match: match, upload: upload,
            rest: gathered, suspension: suspension)
        gathered = []
        queue.run { work.run() }
        return true
    }

    private func replyInline(_ request: HTTPRequest) -> Bool {
        var response = core.router.response(of: core.router.outcome(of: request, match: match), to: request)
        if request.method == .options {
            let allow = response.header("Allow") ?? ""
            response.headers += core.configuration.crossOrigin.preflight(request.headers, allow: allow)
        }
        // A problem's reply can't be used again, since it names the request's identifier.
        return response.status == 200 ? reply(CachedReply(response) { true }) : reply(response)
    }

    private func wholeRequest() -> HTTPRequest? {
        if let request = request.take() { return request }
        guard var request = repeated?.request else { return nil }
        request.requestID = identity.requestID
        return request
    }

    private func reply(problem: HTTPProblem) -> Bool {
        core.counters.reject(problem.code)
        var response = core.router.problem(problem, requestID: identity.requestID)
        if identity.method == .head { response.body = .omitted(length: response.body.length) }
        return reply(response)
    }

    /// Replies, and keeps the reply for the next request with the same head.
    private func reply(_ cached: CachedReply) -> Bool {
        isWithoutHandler = true
        guard let native = native(cached.response) else { return false }
        if !core.isDraining.load(ordering: .relaxed) { repeated?.keep(cached, native) }
        return send(native)
    }

    private func reply(_ response: HTTPResponse) -> Bool {
        guard let native = native(response) else { return false }
        return send(native)
    }

    private func native(_ response: HTTPResponse) -> NativeReply? {
        core.nativeReply(
            response, requestID: identity.requestID, origin: identity.origin, connection: connection)
    }

    private func send(_ native: NativeReply) -> Bool {
        status = native.status
        return native.queue(on: connection)
    }
}
