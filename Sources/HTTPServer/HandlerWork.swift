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
    var rest: [UInt8]
    let suspension: Suspension<NativeReply?>

    /// Ends the upload and calls the route's handler, and has the connection answer or wait.
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
            // What a handler of its own continues has been done already, so it can't be refused any more.
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
        // What the handler wanted to keep it has renamed.
        upload?.close()
        suspension.resume(returning: reply)
    }
}

/// Holds what a request waits for until it is woken, once: by that, or by its time.
///
/// Nothing else may hold it, since what it waits for holds what wakes it.
private final class ParkedRequest: Sendable {
    private let waiting: Mutex<Waiting?>

    init(_ waiting: Waiting) {
        self.waiting = Mutex(waiting)
    }

    /// What is called after the wait, nil for the route's handler; nothing where the wait has ended before.
    func leave() -> Route.Handler?? {
        let ended = waiting.withLock { $0.take() }
        return ended.map(\.handler)
    }
}
