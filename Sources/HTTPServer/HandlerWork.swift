import Dispatch
import Synchronization

/// A handler's run on the queue, with what it needs of the transaction.
struct HandlerWork: Sendable {
    let core: ServerCore
    let queue: WorkQueue
    let connection: ConnectionReference
    var request: HTTPRequest
    let match: Router.Match
    let upload: (any BodySink)?
    /// What of an upload isn't written yet.
    let rest: [UInt8]
    let started: UInt64
    let suspension: Suspension<NativeReply?>

    /// Calls the handler, and has the connection answer or wait.
    ///
    /// - Parameter isLast: whether the request has waited long enough.
    func run(isLast: Bool = false) {
        var request = request
        request.mayWait = !isLast && upload == nil && !core.isDraining.load(ordering: .relaxed)
        do throws(HTTPProblem) {
            if let upload {
                try upload.write(rest)
                try upload.finish()
                request.body = upload.body
            }
        } catch {
            return refuse(error)
        }
        let outcome = core.router.outcome(of: request, match: match)
        if request.mayWait, case .wait(let waiting) = outcome { return wait(waiting) }
        answer(core.router.response(of: outcome, to: request))
    }

    private func wait(_ waiting: Waiting) {
        let end = started + waiting.limit.nanoseconds
        let parked = ParkedRequest(waiting)
        let wake: @Sendable () -> Void = { [self] in
            guard parked.leave(), suspension.isPending else { return }
            guard queue.reserve() else { return refuse(.overloaded) }
            queue.run { run(isLast: MonotonicTime.now() >= end) }
        }
        let now = MonotonicTime.now()
        core.waitQueue.asyncAfter(
            deadline: .now() + .nanoseconds(end > now ? Int(clamping: end - now) : 0), execute: wake)
        waiting.listen(wake)
    }

    private func refuse(_ problem: HTTPProblem) {
        core.counters.reject(problem.code)
        var response = core.router.problem(problem, requestID: request.requestID)
        if request.method == .head { response.body = .omitted(length: response.body.length) }
        answer(response)
    }

    private func answer(_ response: HTTPResponse) {
        let reply = core.nativeReply(
            response, requestID: request.requestID, origin: request.headers["Origin"], connection: connection)
        // What the handler wanted to keep it has renamed.
        upload?.close()
        suspension.resume(returning: reply)
    }
}

/// Holds what a request waits for until it is woken, once: by that, or by its time.
private final class ParkedRequest: Sendable {
    private let waiting: Mutex<Waiting?>

    init(_ waiting: Waiting) {
        self.waiting = Mutex(waiting)
    }

    /// Whether this call is the first.
    func leave() -> Bool {
        waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting != nil
        }
    }
}
