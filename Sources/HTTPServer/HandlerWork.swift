import Dispatch
import Synchronization

/// A handler's run on a queue, with what it needs from the transaction.
struct HandlerWork: Sendable {
    let core: ServerCore
    let queue: WorkQueue
    let connection: ConnectionReference
    var request: HTTPRequest
    let match: Router.Match
    let upload: (any BodySink)?
    /// The bytes of an upload that aren't written yet.
    var rest: [UInt8]
    let suspension: Suspension<NativeReply?>

    /// Ends the upload and calls the route's handler; then the connection replies, or waits further.
    func run() {
        var work = self
        do throws(HTTPProblem) {
            if let upload {
                try upload.write(rest)
                try upload.finish()
                work.request.body = upload.body
                work.rest = []
            }
        } catch {
            return refuse(error)
        }
        work.call(nil, since: MonotonicTime.now())
    }

    /// - Parameters:
    ///   - handler: nil for the route's.
    ///   - start: when the route's was first called.
    ///   - isLast: whether the request has waited long enough.
    private func call(_ handler: Route.Handler?, since start: UInt64, isLast: Bool = false) {
        var request = request
        request.mayWait = !isLast && !core.isDraining.load(ordering: .relaxed)
        let outcome = core.router.outcome(of: request, match: match, handler: handler)
        if request.mayWait, case .wait(let waiting) = outcome { return wait(waiting, since: start) }
        answer(core.router.response(of: outcome, to: request))
    }

    private func wait(_ waiting: Waiting, since start: UInt64) {
        let end = start + waiting.limit.nanoseconds
        let parked = ParkedRequest(waiting)
        let wake: @Sendable () -> Void = { [self] in
            guard let handler = parked.leave(), suspension.isPending else { return }
            let next: WorkQueue.Work = {
                call(handler, since: start, isLast: MonotonicTime.now() >= end)
            }
            // Where the wait has a handler, the request's work has begun, so it can't be refused any more.
            if handler != nil { return queue.runUnbounded(next) }
            guard queue.reserve() else { return refuse(.overloaded) }
            queue.run(next)
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
        // A handler that keeps the upload has renamed it.
        upload?.close()
        suspension.resume(returning: reply)
    }
}

/// Holds a request's `Waiting` until the request is woken, once: by the event, or when the time is over.
///
/// Nothing else may hold the `Waiting`: the event's source holds the closure that wakes, which would be a cycle.
private final class ParkedRequest: Sendable {
    private let waiting: Mutex<Waiting?>

    init(_ waiting: Waiting) {
        self.waiting = Mutex(waiting)
    }

    /// Ends the wait, and returns its handler, if it has one; nil where the wait has ended before.
    func leave() -> Route.Handler?? {
        let ended = waiting.withLock { $0.take() }
        return ended.map(\.handler)
    }
}
