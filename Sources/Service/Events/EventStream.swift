import Codecs
import Dispatch
import HTTPServer
import Jobs
import Logging
import Store
import Synchronization

/// How often a stream of events tells of what isn't an event.
package struct EventPace: Sendable {
    /// Progress comes at most this often.
    package var progress: Duration

    /// Without anything else, a comment comes this often, so that a client that went away is noticed.
    package var comment: Duration

    package init(progress: Duration = .milliseconds(500), comment: Duration = .seconds(15)) {
        self.progress = progress
        self.comment = comment
    }
}

/// A job's events as Server-Sent Events: those stored, from one of them on, then each as it comes, with the progress and
/// newest figures of a running job between them; it ends with the job.
///
/// Stored events carry their id, with which a client goes on after a break; progress and figures have none.
///
/// `@unchecked Sendable`: only the queue touches its state.
final class EventStream: LiveStream, @unchecked Sendable {
    /// All streams share it: each looks for a moment and then waits.
    private static let queue = DispatchQueue(label: "gand.events")

    private let job: String
    private let store: Store
    private let jobs: JobCenter
    private let pace: EventPace
    private let logger: Logger
    private let clock = ContinuousClock()

    /// The id of the newest event that was told.
    private var last: Int64
    private var bell: ChangeBell?
    /// Whether the store may have something that wasn't told.
    private var isStale = true
    private var record: JobRecord?
    private var told: (progress: JobProgress, at: ContinuousClock.Instant)?
    private var hasEnded = false

    init(job: String, after last: Int64, store: Store, jobs: JobCenter, pace: EventPace, logger: Logger) {
        self.job = job
        self.last = last
        self.store = store
        self.jobs = jobs
        self.pace = pace
        self.logger = logger
    }

    func next(_ deliver: @escaping @Sendable ([UInt8]?) -> Void) {
        Self.queue.async { self.tell(deliver, since: self.clock.now) }
    }

    /// Delivers what there is to tell, or waits for it.
    ///
    /// - Parameter start: when the client was last told something.
    private func tell(_ deliver: @escaping @Sendable ([UInt8]?) -> Void, since start: ContinuousClock.Instant) {
        guard !hasEnded else { return deliver(nil) }
        var text = ServerSentEvents()
        if bell == nil {
            bell = store.changes.bell(for: job)
            text.retry(milliseconds: 2000)
        }
        do {
            if isStale { try readEvents(into: &text) }
        } catch let error as StoreError where error.kind == .notFound {
            // The job was deleted.
            hasEnded = true
        } catch {
            logger.error("events can't be read", metadata: ["job": "\(job)", "error": "\(error)"])
            hasEnded = true
        }
        tellProgress(into: &text)
        if text.bytes.isEmpty, !hasEnded, clock.now - start >= pace.comment { text.comment() }
        guard text.bytes.isEmpty, !hasEnded else { return deliver(text.bytes.isEmpty ? nil : text.bytes) }
        wait { self.tell(deliver, since: start) }
    }

    private func readEvents(into text: inout ServerSentEvents) throws {
        // The record first: where it has ended, no event comes after those that are read now.
        let job = try store.job(job)
        let events = try store.events(of: job.id, after: last, limit: 100)
        for event in events {
            text.event(event.kind.rawValue, id: event.sequence, data: EventResource.json(event))
            last = event.sequence
        }
        record = job
        isStale = events.count == 100
        hasEnded = !isStale && (!job.state.isLive || bell?.isClosed ?? false)
    }

    private func tellProgress(into text: inout ServerSentEvents) {
        guard let record, record.state.isRunning, !hasEnded, let progress = jobs.liveProgress(of: record.id) else {
            return
        }
        if let told, told.progress == progress || clock.now - told.at < pace.progress { return }
        told = (progress, clock.now)
        text.event("progress", data: JobResource.json(progress))
        text.event("metrics", data: JobResource.metrics(progress))
    }

    /// Calls `resume` on the queue at the next change, or when progress or a comment is due.
    private func wait(_ resume: @escaping @Sendable () -> Void) {
        let isWaiting = Mutex(true)
        // It keeps this stream alive until it is called, which the timer sees to.
        let wake: @Sendable (_ isChange: Bool) -> Void = { [self] isChange in
            Self.queue.async { [self] in
                let isFirst = isWaiting.withLock { isWaiting in
                    defer { isWaiting = false }
                    return isWaiting
                }
                if isChange { isStale = true }
                if isFirst { resume() }
            }
        }
        let rest = record?.state.isRunning == true ? pace.progress : pace.comment
        Self.queue.asyncAfter(deadline: .now() + .nanoseconds(Int(rest / .nanoseconds(1)))) { wake(false) }
        bell?.listen { wake(true) }
    }
}
