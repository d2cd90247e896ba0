import HTTPServer
import Testing

@Suite struct RequestStateMachineTests {
    /// A body may take 1,000 ns and as many as its bytes buy, one for each byte; blocks are of 10 bytes, and 20 bytes that
    /// nobody wants are read.
    private static let limits = RequestStateMachine.Limits(
        read: ReadLimits(headDeadline: 1, idleTimeout: 1, bodyGrace: 1000, minimumBodyRate: 1_000_000_000),
        discard: 20, block: 10)

    struct Course: Sendable, CustomTestStringConvertible {
        var name: String
        var events: [RequestStateMachine.Event]
        /// The actions, separated by bars; after `@` the deadline then in force.
        var expected: String
        /// Bytes of the body that are counted.
        var received = 0
        var leavesBodyUnread = false
        var holdsNextBytes = false

        var testDescription: String { name }
    }

    private static let full = HTTPProblem(status: 507, code: "full", title: "", detail: "")
    private static let upload = BodyPlan.upload(maximum: 30, folder: "/f", isForm: false)

    private static let withoutBody: [Course] = [
        Course(
            name: "a GET goes to its handler",
            events: [.admitted(.discard(maximum: 20), bodyFollows: false, at: 5), .bodyEnded],
            expected: "wait | dispatch"),
        Course(
            name: "a POST of JSON without a body has an empty one",
            events: [.admitted(.memory(maximum: 20), bodyFollows: false, at: 5), .bodyEnded],
            expected: "wait | dispatch body"),
        Course(
            name: "a refusal without a body comes where the body would have ended, so that the connection serves on",
            events: [.refused(full, bodyFollows: false), .bodyEnded, .bodyEnded], expected: "wait | reply 507 | wait"),
        Course(
            name: "a refusal before a body comes at once, and leaves the body unread",
            events: [.refused(full, bodyFollows: true)], expected: "reply 507", leavesBodyUnread: true),
        Course(
            name: "nothing is done before the head", events: [.bodyEnded, .received(1, at: 5)],
            expected: "wait | close", received: 1),
    ]

    private static let wanted: [Course] = [
        Course(
            name: "JSON is gathered, and each byte buys time",
            events: [
                .admitted(.memory(maximum: 20), bodyFollows: true, at: 5), .received(14, at: 6), .received(6, at: 7),
                .bodyEnded,
            ], expected: "wait @1005 | gather @1019 | gather @1025 | dispatch body", received: 20),
        Course(
            name: "JSON that grows too large is read to its end, then refused",
            events: [
                .admitted(.memory(maximum: 20), bodyFollows: true, at: 0), .received(14, at: 6), .received(7, at: 7),
                .received(20, at: 8), .bodyEnded,
            ], expected: "wait @1000 | gather @1014 | abandon @1021 | wait @1041 | reply 413", received: 41),
        Course(
            name: "but no further than a body that nobody wants",
            events: [
                .admitted(.memory(maximum: 20), bodyFollows: true, at: 0), .received(21, at: 6), .received(20, at: 7),
                .received(1, at: 8),
            ], expected: "wait @1000 | abandon @1021 | wait @1041 | close @1042", received: 42),
        Course(
            name: "a body that isn't wanted is read as far as was promised",
            events: [
                .admitted(.discard(maximum: 40), bodyFollows: true, at: 0), .received(40, at: 6), .bodyEnded,
            ], expected: "wait @1000 | wait @1040 | dispatch", received: 40),
        Course(
            name: "and not beyond",
            events: [.admitted(.discard(maximum: 20), bodyFollows: true, at: 0), .received(21, at: 6)],
            expected: "wait @1000 | close @1021", received: 21),
        Course(
            name: "bytes that come while the reply is made end the connection",
            events: [.admitted(.discard(maximum: 20), bodyFollows: false, at: 0), .bodyEnded, .received(1, at: 6)],
            expected: "wait | dispatch | close", received: 1),
    ]

    private static let uploads: [Course] = [
        Course(
            name: "an upload is written block by block, and the time of writing isn't the client's",
            events: [
                .admitted(upload, bodyFollows: true, at: 0), .received(9, at: 1), .received(1, at: 2),
                .written(nil, at: 102), .received(4, at: 103), .bodyEnded,
            ], expected: "wait @1000 | gather @1009 | write | wait @1110 | gather @1114 | dispatch", received: 14),
        Course(
            name: "chunks that come while a block is written are kept",
            events: [
                .admitted(.stream(maximum: 30), bodyFollows: true, at: 0), .received(10, at: 0), .received(7, at: 0),
                .received(8, at: 0), .written(nil, at: 0), .received(1, at: 0), .written(nil, at: 0), .bodyEnded,
            ], expected: "wait @1000 | write | gather | gather | wait @1025 | write | wait @1026 | dispatch",
            received: 26),
        Course(
            name: "chunks that come while a block is written can be too many",
            events: [
                .admitted(upload, bodyFollows: true, at: 0), .received(10, at: 0), .received(21, at: 0),
                .written(nil, at: 0), .bodyEnded,
            ], expected: "wait @1000 | write | gather | abandon @1031 | reply 413", received: 31),
        Course(
            name: "a disk that is full is told after the body, before its size",
            events: [
                .admitted(upload, bodyFollows: true, at: 0), .received(10, at: 0), .received(21, at: 0),
                .written(full, at: 0), .received(20, at: 0), .bodyEnded,
            ], expected: "wait @1000 | write | gather | abandon @1031 | wait @1051 | reply 507", received: 51),
        Course(
            name: "what comes after a failed write was promised to be read up to the maximum",
            events: [
                .admitted(.upload(maximum: 90, folder: "/f", isForm: true), bodyFollows: true, at: 0),
                .received(10, at: 0), .written(full, at: 0), .received(80, at: 0), .received(1, at: 0),
            ], expected: "wait @1000 | write | abandon @1010 | wait @1090 | close @1091", received: 91),
        Course(
            name: "an upload that breaks off holds the bytes after its last block",
            events: [
                .admitted(.stream(maximum: 30), bodyFollows: true, at: 0), .received(10, at: 0), .written(nil, at: 0),
                .received(3, at: 0),
            ], expected: "wait @1000 | write | wait @1010 | gather @1013", received: 13, holdsNextBytes: true),
        Course(
            name: "not while a block is written, which they would overtake",
            events: [
                .admitted(.stream(maximum: 30), bodyFollows: true, at: 0), .received(10, at: 0), .received(3, at: 0),
            ], expected: "wait @1000 | write | gather", received: 13),
        Course(
            name: "nor once it has failed",
            events: [
                .admitted(.stream(maximum: 30), bodyFollows: true, at: 0), .received(10, at: 0), .written(full, at: 0),
            ], expected: "wait @1000 | write | abandon @1010", received: 10),
        Course(
            name: "a block that can't be written because the server ends is held, and the connection closed",
            events: [
                .admitted(.stream(maximum: 30), bodyFollows: true, at: 0), .received(10, at: 0), .writeNotBegun,
            ], expected: "wait @1000 | write | close @1010", received: 10, holdsNextBytes: true),
    ]

    @Test(arguments: withoutBody + wanted + uploads)
    func aRequestTakesItsCourse(course: Course) {
        var machine = RequestStateMachine(limits: Self.limits)
        #expect(machine.awaitsHead && machine.deadline == nil)
        let actions = course.events.map { event in
            let action = Self.describe(machine.handle(event))
            return machine.deadline.map { "\(action) @\($0)" } ?? action
        }
        #expect(actions.joined(separator: " | ") == course.expected)
        #expect(machine.received == course.received)
        #expect(machine.leavesBodyUnread == course.leavesBodyUnread)
        #expect(machine.holdsNextBytes == course.holdsNextBytes)
    }

    @Test func theHeadIsAwaitedOnce() {
        var machine = RequestStateMachine(limits: Self.limits)
        _ = machine.handle(.admitted(.memory(maximum: 1), bodyFollows: true, at: 0))
        #expect(!machine.awaitsHead)
    }

    private static func describe(_ action: RequestStateMachine.Action) -> String {
        switch action {
        case .wait: "wait"
        case .gather: "gather"
        case .write: "write"
        case .abandon: "abandon"
        case .dispatch(let bodyInMemory): bodyInMemory ? "dispatch body" : "dispatch"
        case .reply(let problem): "reply \(problem.status)"
        case .close: "close"
        }
    }
}
