import Codecs
import Jobs
import Store
import Testing

@Suite struct JobStateMachineTests {
    private static let events: [(name: String, event: JobStateMachine.Event)] = [
        ("claimed", .claimed), ("stop", .stopRequested),
        ("resume", .resumeRequested(.init(hasWorkLeft: true))),
        ("resume done", .resumeRequested(.init(hasWorkLeft: false))), ("delete", .deleteRequested),
        ("finished", .ended(.finished(.steps))), ("stopped", .ended(.stopped)), ("handed back", .ended(.handedBack)),
        ("failed", .ended(.failed(JobFailure(code: "engine", detail: "x")))), ("crash", .crashFound),
    ]

    /// What comes of each event in each state: the state written, `+` where the attempt rises, `!` where the worker is
    /// told to stop, `-` where there is nothing to do, `x` where it can't be.
    private static let table: [(state: JobState, outcomes: String)] = [
        (.queued, "running | stopped | x | x | delete | x | x | x | x | x"),
        (.running, "x | stopping! | x | x | x | succeeded | stopped | queued | failed | queued+"),
        (.stopping, "x | ! | x | x | x | stopped | stopped | stopped | failed | stopped"),
        (.succeeded, "x | x | queued | x | delete | x | x | x | x | x"),
        (.failed, "x | x | queued+ | queued+ | delete | x | x | x | x | x"),
        (.stopped, "x | - | queued | queued | delete | x | x | x | x | x"),
    ]

    @Test(arguments: JobState.allCases)
    func everyEventInEveryStateDoesWhatTheTableSays(state: JobState) throws {
        let row = try #require(Self.table.first { $0.state == state })
        let expected = row.outcomes.split(separator: "|").map { $0.trimmingPrefix(" ").split(separator: " ")[0] }
        #expect(expected.count == Self.events.count)
        for (entry, expected) in zip(Self.events, expected) {
            var machine = JobStateMachine(job: "job_1", state: state, attempt: 3, crashes: 0, epoch: 5)
            let before = machine
            let outcome: String
            do {
                outcome = describe(try machine.handle(entry.event), from: state, machine)
            } catch {
                #expect(error.kind == .conflict && error.detail.contains(state.rawValue))
                #expect(machine == before)
                outcome = "x"
            }
            #expect(outcome == expected, "\(entry.name) in \(state)")
        }
    }

    private func describe(_ actions: [JobStateMachine.Action], from: JobState, _ machine: JobStateMachine) -> String {
        guard !actions.isEmpty else { return "-" }
        return actions.map { action in
            switch action {
            case .record(let transition):
                #expect(transition.from == from && transition.epoch == 5 && transition.job == "job_1")
                #expect(transition.to == machine.state && transition.attempt == machine.attempt)
                return transition.to.rawValue + (transition.attempt == 3 ? "" : "+")
            case .signalStop: return "!"
            case .delete: return "delete"
            case .fillWorkers: return ""
            }
        }.joined()
    }

    @Test func theThirdCrashInARowEndsTheJob() throws {
        var machine = JobStateMachine(job: "job_1", state: .running, attempt: 1, crashes: 0, epoch: 1)
        for crash in 1...2 {
            _ = try machine.handle(.crashFound)
            #expect(machine.state == .queued && machine.attempt == 1 + crash && machine.crashes == crash)
            _ = try machine.handle(.claimed)
        }
        guard case .record(let transition)? = try machine.handle(.crashFound).first else {
            Issue.record("nothing was written")
            return
        }
        #expect(transition.to == .failed && transition.failure?.code == "crash_loop" && transition.attempt == 3)
        _ = try machine.handle(.resumeRequested(.init(hasWorkLeft: true)))
        #expect(machine.crashes == 0 && machine.attempt == 4)
    }

    @Test func whoWaitsForAWorkerIsLookedAtWhenOneIsFree() throws {
        for end in [TrainingEnd.finished(.steps), .stopped, .handedBack, .failed(JobFailure(code: "", detail: ""))] {
            var machine = JobStateMachine(job: "job_1", state: .running, attempt: 1, crashes: 0, epoch: 1)
            #expect(try machine.handle(.ended(end)).last == .fillWorkers)
        }
    }

    @Test func reasonsAndRemarksAreWrittenWithTheState() throws {
        var machine = JobStateMachine(job: "job_1", state: .running, attempt: 1, crashes: 1, epoch: 1)
        let expected = JobTransition(
            job: "job_1", from: .running, epoch: 1, to: .succeeded, attempt: 1, crashes: 1, stopReason: .maxSeconds)
        #expect(try machine.handle(.ended(.finished(.maxSeconds))) == [.record(expected), .fillWorkers])

        let remark = JSON.Member(name: "new_schedule_segment", value: ["from_step": 9])
        let resumed = JobTransition(
            job: "job_1", from: .succeeded, epoch: 1, to: .queued, attempt: 1, crashes: 0, resolved: ["a": 1],
            remarks: [remark])
        let resumption = JobStateMachine.Resumption(raised: ["a": 1], hasWorkLeft: true, remarks: [remark])
        #expect(try machine.handle(.resumeRequested(resumption)) == [.record(resumed), .fillWorkers])
    }
}
