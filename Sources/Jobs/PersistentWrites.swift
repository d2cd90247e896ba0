import Dispatch
import Logging
import Store

/// Writes that are tried until the store can take them: what has ended mustn't look as if it went on, once a full disk has room again.
struct PersistentWrites: Sendable {
    /// Seconds between two tries.
    let interval: Double
    let logger: Logger

    /// Writes, and tries again where the store can't, on a full disk for one.
    ///
    /// - Parameters:
    ///   - complaint: what the log says each time.
    ///   - isWanted: asked before another try.
    /// - Returns: what `write` does; `nil` where it was given up.
    /// - Throws: what `write` throws for another reason.
    func write<Written>(
        else complaint: Logger.Message, _ metadata: Logger.Metadata, while isWanted: () -> Bool,
        _ write: () throws -> Written
    ) throws -> Written? {
        while true {
            do {
                return try write()
            } catch let error as StoreError where error.kind == .diskFull || error.kind == .database {
                logger.error(complaint, metadata: metadata.merging(["error": "\(error)"]) { $1 })
                guard isWanted() else { return nil }
                _ = DispatchSemaphore(value: 0).wait(timeout: .now() + interval)
            }
        }
    }
}
