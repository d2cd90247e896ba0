package import Codecs
package import Store

/// The rules by which a job goes from state to state: an event in, actions out, no clock, no input or output.
package struct JobStateMachine: Sendable, Equatable {
    /// What happens to a job.
    package enum Event: Sendable, Equatable {
        /// A worker is free for it.
        case claimed
        case stopRequested
        case resumeRequested(Resumption)
        case deleteRequested
        /// Its worker is done with it.
        case ended(TrainingEnd)
        /// The process that had it died; found at the next start.
        case crashFound
    }

    /// What is to be done, in this order.
    package enum Action: Sendable, Equatable {
        /// Write the new state; nothing that follows may be done before this is committed.
        case record(JobTransition)
        /// Tell the worker to stop at the next step.
        case signalStop
        /// See whether a worker is free.
        case fillWorkers
        /// Delete the record.
        case delete
    }

    /// What a resume brings along.
    package struct Resumption: Sendable, Equatable {
        /// The spec with raised limits; `nil` leaves it.
        package var raised: JSON?
        /// Whether, with these limits, there is anything left to train.
        package var hasWorkLeft: Bool
        /// Said in the event where a new schedule segment begins.
        package var remarks: [JSON.Member]

        package init(raised: JSON? = nil, hasWorkLeft: Bool, remarks: [JSON.Member] = []) {
            self.raised = raised
            self.hasWorkLeft = hasWorkLeft
            self.remarks = remarks
        }
    }

    /// Crashes in a row without a new checkpoint that end a job.
    package static let crashLimit = 3

    package let job: String
    package private(set) var state: JobState
    package private(set) var attempt: Int
    package private(set) var crashes: Int
    private let epoch: Int

    package init(job: String, state: JobState, attempt: Int, crashes: Int, epoch: Int) {
        self.job = job
        self.state = state
        self.attempt = attempt
        self.crashes = crashes
        self.epoch = epoch
    }

    package init(_ job: JobRecord) {
        self.init(job: job.id, state: job.state, attempt: job.attempt, crashes: job.crashes, epoch: job.epoch)
    }

    /// Takes an event.
    ///
    /// - Throws: `JobsError` of kind `conflict` where the event can't happen in this state; nothing has changed then.
    package mutating func handle(_ event: Event) throws(JobsError) -> [Action] {
        switch event {
        case .claimed: try claim()
        case .stopRequested: try stop()
        case .resumeRequested(let resumption): try resume(resumption)
        case .deleteRequested: try delete()
        case .ended(let end): try finish(end)
        case .crashFound: try recover()
        }
    }

    private mutating func claim() throws(JobsError) -> [Action] {
        guard state == .queued else { throw impossible("can't be started") }
        return [move(to: .running)]
    }

    private mutating func stop() throws(JobsError) -> [Action] {
        switch state {
        case .queued: return [move(to: .stopped, stopReason: .stopped)]
        case .running: return [move(to: .stopping), .signalStop]
        // A second wish changes nothing, but may come after one whose signal was lost with its caller.
        case .stopping: return [.signalStop]
        case .stopped: return []
        case .succeeded, .failed: throw impossible("has ended, so it can't be stopped")
        }
    }

    private mutating func resume(_ resumption: Resumption) throws(JobsError) -> [Action] {
        switch state {
        case .queued, .running, .stopping: throw impossible("can't be resumed before it has ended")
        case .succeeded where !resumption.hasWorkLeft:
            throw impossible("is done; a resume has to raise the steps or seconds that ended it")
        case .succeeded, .stopped: break
        case .failed: attempt += 1
        }
        crashes = 0
        return [move(to: .queued, resolved: resumption.raised, remarks: resumption.remarks), .fillWorkers]
    }

    private func delete() throws(JobsError) -> [Action] {
        guard !state.isRunning else { throw impossible("can't be deleted while it runs; stop it first") }
        return [.delete]
    }

    private mutating func finish(_ end: TrainingEnd) throws(JobsError) -> [Action] {
        guard state.isRunning else { throw impossible("isn't running, so it can't end") }
        switch end {
        case .failed(let failure):
            return [move(to: .failed, failure: failure), .fillWorkers]
        case .finished(let reason) where state == .running:
            return [move(to: .succeeded, stopReason: reason), .fillWorkers]
        case .handedBack where state == .running:
            return [move(to: .queued, remarks: [JSON.Member(name: "cause", value: "shutdown")]), .fillWorkers]
        // Whatever ended a job that someone had asked to stop, it is stopped.
        case .finished, .handedBack, .stopped:
            return [move(to: .stopped, stopReason: .stopped), .fillWorkers]
        }
    }

    private mutating func recover() throws(JobsError) -> [Action] {
        switch state {
        case .queued, .succeeded, .failed, .stopped: throw impossible("had no worker that could crash")
        case .stopping: return [move(to: .stopped, stopReason: .stopped, remarks: Self.crash)]
        case .running: break
        }
        crashes += 1
        guard crashes < Self.crashLimit else {
            let failure = JobFailure(
                code: "crash_loop",
                detail: "the server died \(crashes) times in a row while it trained this job, without a new checkpoint "
                    + "in between; a smaller model, batch or checkpoint.every_steps may help")
            return [move(to: .failed, failure: failure, remarks: Self.crash)]
        }
        attempt += 1
        return [move(to: .queued, remarks: Self.crash), .fillWorkers]
    }

    private static var crash: [JSON.Member] { [JSON.Member(name: "cause", value: "crash")] }

    private mutating func move(
        to next: JobState, stopReason: StopReason? = nil, failure: JobFailure? = nil, resolved: JSON? = nil,
        remarks: [JSON.Member] = []
    ) -> Action {
        defer { state = next }
        return .record(
            JobTransition(
                job: job, from: state, epoch: epoch, to: next, attempt: attempt, crashes: crashes,
                stopReason: stopReason, failure: failure, resolved: resolved, remarks: remarks))
    }

    private func impossible(_ detail: String) -> JobsError {
        JobsError(.conflict, code: "impossible_transition", "job \(job) is \(state.rawValue) and \(detail)")
    }
}

/// How a worker's time with a job ended.
package enum TrainingEnd: Sendable, Equatable {
    /// It is trained.
    case finished(StopReason)
    /// It was told to stop, and has.
    case stopped
    /// The server goes down; another start goes on with it.
    case handedBack
    case failed(JobFailure)
}
