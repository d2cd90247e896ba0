/// The course of one request from its head to its reply: an event in, an action out, without input, output or a clock.
///
/// Times are nanoseconds of any one clock. `HTTPTransaction` feeds it and carries its actions out.
package struct RequestStateMachine: Sendable {
    package enum Event: Sendable {
        /// The head leads to a handler, once the body has come as planned.
        case admitted(BodyPlan, bodyFollows: Bool, at: UInt64)
        /// The head gets a problem as its reply, whatever the body is.
        case refused(HTTPProblem, bodyFollows: Bool)
        /// Bytes of the body have come, so many of them.
        case received(Int, at: UInt64)
        /// All of the body has come, or none follows.
        case bodyEnded
        /// What an action `write` handed over is written, or couldn't be for this reason.
        case written(HTTPProblem?, at: UInt64)
        /// An action `write` couldn't be begun.
        case writeNotBegun
    }

    package enum Action: Sendable {
        /// Wait for the next event.
        case wait
        /// Add the bytes that have come to those gathered.
        case gather
        /// Add the bytes that have come to those gathered, and hand all of them over to be written; the event `written` follows.
        case write
        /// Throw away what was gathered and written so far; the rest of the body goes nowhere.
        case abandon
        /// Call the handler, with the gathered bytes as its request's body where that is held in memory.
        case dispatch(bodyInMemory: Bool)
        case reply(HTTPProblem)
        /// End the connection without a reply.
        case close
    }

    package struct Limits: Sendable {
        package var read: ReadLimits
        /// Bytes of a body nobody wants that are read and thrown away.
        package var discard: Int
        /// Bytes that are gathered before they are written.
        package var block: Int

        package init(read: ReadLimits, discard: Int, block: Int) {
            self.read = read
            self.discard = discard
            self.block = block
        }
    }

    private enum Phase {
        case head
        /// The body goes nowhere; then comes this reply, or the handler.
        case discarding(HTTPProblem?)
        /// The body is gathered as a whole.
        case collecting
        /// The body is gathered until it makes a block.
        case uploading
        /// A block is being written.
        case writing
        /// The reply is being made, or has been.
        case answering
    }

    private let limits: Limits
    private var phase = Phase.head
    /// What the client's speed is measured by; nil without a body.
    private var pace: ReadPace?
    /// Bytes that the body may have.
    private var maximum = 0
    private var gathered = 0
    private var discarded = 0
    /// Bytes of the body that have come.
    package private(set) var received = 0
    /// Whether bytes of the body may still be under way after the reply.
    package private(set) var leavesBodyUnread = false

    package init(limits: Limits) {
        self.limits = limits
    }

    package var awaitsHead: Bool {
        guard case .head = phase else { return false }
        return true
    }

    /// Whether gathered bytes are the next of an upload, none of which is being written.
    package var holdsNextBytes: Bool {
        guard case .uploading = phase else { return false }
        return true
    }

    /// When the client will have sent too slowly; nil while nothing is awaited from it.
    package var deadline: UInt64? {
        switch phase {
        case .discarding, .collecting, .uploading: pace?.deadline(limits.read)
        case .head, .writing, .answering: nil
        }
    }

    package mutating func handle(_ event: Event) -> Action {
        switch event {
        case .admitted(let plan, let bodyFollows, let now): admit(plan, bodyFollows, now)
        case .refused(let problem, let bodyFollows): refuse(problem, bodyFollows)
        case .received(let count, let now): receive(count, now)
        case .bodyEnded: endBody()
        case .written(let problem, let now): resume(problem, now)
        case .writeNotBegun: cancelWrite()
        }
    }

    private mutating func admit(_ plan: BodyPlan, _ bodyFollows: Bool, _ now: UInt64) -> Action {
        switch plan {
        case .discard(let maximum): (phase, self.maximum) = (.discarding(nil), maximum)
        case .memory(let maximum): (phase, self.maximum) = (.collecting, maximum)
        case .upload(let maximum, _, _), .stream(let maximum): (phase, self.maximum) = (.uploading, maximum)
        }
        if bodyFollows { pace = ReadPace(start: now) }
        return .wait
    }

    private mutating func refuse(_ problem: HTTPProblem, _ bodyFollows: Bool) -> Action {
        guard bodyFollows else {
            phase = .discarding(problem)
            return .wait
        }
        // libmicrohttpd ends the connection after a reply that comes before the body.
        leavesBodyUnread = true
        phase = .answering
        return .reply(problem)
    }

    private mutating func receive(_ count: Int, _ now: UInt64) -> Action {
        received += count
        pace?.receive(count)
        switch phase {
        case .discarding:
            discarded += count
            // Up to the maximum there was a promise to read it; beyond it there is a little grace.
            return received <= maximum || discarded <= limits.discard ? .wait : .close
        case .collecting, .uploading:
            guard received <= maximum else { return fail(.tooLarge(maximum: maximum)) }
            gathered += count
            guard case .uploading = phase, gathered >= limits.block else { return .gather }
            phase = .writing
            gathered = 0
            pace?.pause(at: now)
            return .write
        case .writing:
            // libmicrohttpd 0.9 hands on all chunks that it has read, at most its 32 KiB, before it looks at whether the
            // connection is suspended.
            gathered += count
            return .gather
        case .head, .answering:
            return .close
        }
    }

    private mutating func endBody() -> Action {
        switch phase {
        case .discarding(let problem):
            phase = .answering
            return problem.map(Action.reply) ?? .dispatch(bodyInMemory: false)
        case .collecting:
            phase = .answering
            return .dispatch(bodyInMemory: true)
        case .uploading:
            phase = .answering
            return .dispatch(bodyInMemory: false)
        case .head, .writing, .answering:
            return .wait
        }
    }

    private mutating func resume(_ problem: HTTPProblem?, _ now: UInt64) -> Action {
        pace?.resume(at: now)
        phase = .uploading
        // What came meanwhile may have been too much.
        guard let problem = problem ?? (received > maximum ? .tooLarge(maximum: maximum) : nil) else { return .wait }
        return fail(problem)
    }

    private mutating func cancelWrite() -> Action {
        phase = .uploading
        return .close
    }

    /// Goes on reading to no purpose: libmicrohttpd takes a reply only before a body or after it.
    private mutating func fail(_ problem: HTTPProblem) -> Action {
        phase = .discarding(problem)
        gathered = 0
        return .abandon
    }
}
