/// The course of one request from its head to its reply: an event in, an action out, no input, no output, no clock.
///
/// Times are nanoseconds of a monotonic clock. `HTTPTransaction` passes the events and carries out the actions.
package struct RequestStateMachine: Sendable {
    package enum Event: Sendable {
        /// The head leads to a handler, once the body has arrived as planned.
        case admitted(BodyPlan, bodyFollows: Bool, at: UInt64)
        /// The reply is this problem, whatever the body is.
        case refused(HTTPProblem, bodyFollows: Bool)
        /// That many bytes of the body have arrived.
        case received(Int, at: UInt64)
        /// The whole body has arrived, or there is none.
        case bodyEnded
        /// The bytes of an action `write` are written, or couldn't be for this reason.
        case written(HTTPProblem?, at: UInt64)
        /// An action `write` couldn't be started.
        case writeNotBegun
    }

    package enum Action: Sendable {
        /// Wait for the next event.
        case wait
        /// Add the bytes that have arrived to those gathered.
        case gather
        /// Add the bytes that have arrived to those gathered, and have all of them written; the event `written`
        /// follows.
        case write
        /// Throw away what was gathered and written so far; the rest of the body will be thrown away too.
        case abandon
        /// Call the handler, with the gathered bytes as its request's body where that is held in memory.
        case dispatch(bodyInMemory: Bool)
        case reply(HTTPProblem)
        /// End the connection without a reply.
        case close
    }

    package struct Limits: Sendable {
        package var read: ReadLimits
        /// Bytes of an unwanted body that are read and thrown away.
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
        /// The body is thrown away; then this problem is the reply, or the handler is called.
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
    /// Measures the client's speed; nil without a body.
    private var pace: ReadPace?
    /// The most bytes that the body may have.
    private var maximum = 0
    private var gathered = 0
    private var discarded = 0
    /// Bytes of the body that have arrived.
    package private(set) var received = 0
    /// Whether the client may still be sending its body after the reply.
    package private(set) var leavesBodyUnread = false

    package init(limits: Limits) {
        self.limits = limits
    }

    package var awaitsHead: Bool {
        guard case .head = phase else { return false }
        return true
    }

    /// Whether the gathered bytes are the next ones of an upload: no earlier ones are still being written.
    package var holdsNextBytes: Bool {
        guard case .uploading = phase else { return false }
        return true
    }

    /// When the client counts as too slow; nil while nothing is awaited from it.
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
            // Up to the maximum the server has promised to read the body; beyond it, it still reads a little.
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
            // libmicrohttpd 0.9 passes on all chunks that it has read, at most its 32 KiB, before it looks at whether
            // the connection is suspended.
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
        // Too much may have arrived meanwhile.
        guard let problem = problem ?? (received > maximum ? .tooLarge(maximum: maximum) : nil) else { return .wait }
        return fail(problem)
    }

    private mutating func cancelWrite() -> Action {
        phase = .uploading
        return .close
    }

    /// Goes on reading and throws the rest away: libmicrohttpd takes a reply only before a body or after it.
    private mutating func fail(_ problem: HTTPProblem) -> Action {
        phase = .discarding(problem)
        gathered = 0
        return .abandon
    }
}
