import HTTPServer
import Store

/// An import that a reply waits for, where its request may wait: a small file is read in no time, so that most people never
/// see `validating`.
struct AwaitedImport: Sendable {
    /// How long a reply is held back at most.
    static let limit = Duration.milliseconds(500)

    /// The dataset's id.
    let dataset: String

    /// Makes the reply anew, once the import has ended or the time is over.
    let reply: @Sendable () throws -> HTTPResponse
}

extension Service {
    /// The reply, or the wait for the import that it is to show.
    ///
    /// - Parameter finish: called once with what makes the reply.
    func outcome(
        _ exchange: Exchange, _ response: HTTPResponse,
        finish: @escaping @Sendable (() throws -> HTTPResponse) throws -> HTTPResponse = { try $0() }
    ) throws -> Outcome {
        guard exchange.request.mayWait, let awaited = exchange.awaitedImport else {
            return .reply(try finish { response })
        }
        // Before the record is read, so that no change falls between.
        let bell = store.changes.bell(for: awaited.dataset)
        return try outcome(awaited, bell, mayWait: true, finish)
    }

    private func outcome(
        _ awaited: AwaitedImport, _ bell: ChangeBell, mayWait: Bool,
        _ finish: @escaping @Sendable (() throws -> HTTPResponse) throws -> HTTPResponse
    ) throws -> Outcome {
        // Where it was deleted meanwhile, the reply says so.
        let isUnderWay = (try? store.dataset(awaited.dataset).state) == .validating
        guard mayWait, isUnderWay, !bell.isClosed else { return .reply(try finish(awaited.reply)) }
        return .wait(
            Waiting(limit: AwaitedImport.limit, listen: { bell.listen($0) }) { request in
                try self.outcome(awaited, bell, mayWait: request.mayWait, finish)
            })
    }
}
