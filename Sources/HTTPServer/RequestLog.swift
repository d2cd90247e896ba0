import Dispatch
package import Logging
import Synchronization

/// Receives requests that have ended.
package struct RequestLog: Sendable {
    /// Whether it wants requests of a level; called for each request, so it must not block.
    package let takes: @Sendable (Logger.Level) -> Bool
    /// Receives requests in the order in which they ended, several at a time.
    ///
    /// Called on a queue of its own, never by two threads at once; it may block.
    package let write: @Sendable ([CompletedRequest]) -> Void

    package init(
        takes: @escaping @Sendable (Logger.Level) -> Bool, write: @escaping @Sendable ([CompletedRequest]) -> Void
    ) {
        self.takes = takes
        self.write = write
    }
}

/// One request, after its end.
package struct CompletedRequest: Sendable {
    package enum End: String, Sendable {
        case replied
        /// The client went away, was too slow, or cut off its body.
        case brokenOff
        case serverStopped
    }

    /// The level at which it is logged.
    package var level: Logger.Level

    package var requestID: String
    /// The trace that the client's `traceparent` names; nil without one.
    package var traceID: String?
    package var method: String
    /// The raw request target.
    package var target: String
    /// The route's template; nil where none was found.
    package var route: String?
    /// 0 where no reply was given.
    package var status: Int
    package var receivedBytes: Int
    package var duration: Duration
    package var client: String
    package var end: End
}

/// Hands ended requests to a log that may stall, which must not stall the connections.
final class RequestLogQueue: Sendable {
    /// The most requests that wait for the log.
    private static let limit = 4096
    /// How long they wait to be written together: waking a thread for each costs more than writing the line.
    private static let delay = DispatchTimeInterval.milliseconds(10)

    private let log: RequestLog
    private let queue = DispatchQueue(label: "http.log")
    private let waiting = Mutex<[CompletedRequest]>([])

    init(_ log: RequestLog) {
        self.log = log
    }

    func takes(_ level: Logger.Level) -> Bool { log.takes(level) }

    /// - Returns: false where so many wait already that this one is dropped.
    func add(_ request: CompletedRequest) -> Bool {
        let count = waiting.withLock { waiting in
            guard waiting.count < Self.limit else { return 0 }
            waiting.append(request)
            return waiting.count
        }
        if count == 1 { queue.asyncAfter(deadline: .now() + Self.delay) { [self] in writeWaiting() } }
        return count > 0
    }

    /// Waits until all requests so far are written.
    func flush() {
        queue.sync { writeWaiting() }
    }

    private func writeWaiting() {
        let requests = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        if !requests.isEmpty { log.write(requests) }
    }
}
