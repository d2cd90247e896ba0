import Jobs
import Store
import Synchronization

/// A running job's progress as clients see it: renewed at most once a second, so that its entity tag is.
///
/// The job's other fields, with which its revision rises, are never held back.
final class ProgressViews: Sendable {
    private struct View {
        let revision: Int
        let taken: ContinuousClock.Instant
        let progress: JobProgress

        /// Rises with each view that differs from the one before.
        let tick: Int
    }

    private let views = Mutex<[String: View]>([:])
    private let now: @Sendable () -> ContinuousClock.Instant

    init(now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) {
        self.now = now
    }

    /// The progress to show, and the job's entity tag with it.
    func view(
        of job: JobRecord, progress read: () throws -> JobProgress
    ) rethrows -> (progress: JobProgress, tag: String) {
        guard job.state.isRunning else {
            views.withLock { _ = $0.removeValue(forKey: job.id) }
            return (try read(), EntityTag.revision(job.revision))
        }
        let now = now()
        let known = views.withLock { $0[job.id] }
        if let known, known.revision == job.revision, now - known.taken < .seconds(1) {
            return (known.progress, EntityTag.revision(job.revision, String(known.tick)))
        }
        let progress = try read()
        let tick = known.map { $0.progress == progress ? $0.tick : $0.tick + 1 } ?? progress.step
        views.withLock { views in
            views[job.id] = View(revision: job.revision, taken: now, progress: progress, tick: tick)
        }
        return (progress, EntityTag.revision(job.revision, String(tick)))
    }
}
