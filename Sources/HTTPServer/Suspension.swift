import CMicroHTTPD
import Synchronization

/// A pointer to libmicrohttpd's connection.
///
/// `@unchecked Sendable`: the functions of libmicrohttpd that take it do their own locking.
struct ConnectionReference: @unchecked Sendable {
    let pointer: OpaquePointer
}

/// A suspension of any value.
private protocol Cancellable: AnyObject, Sendable {
    /// Resumes the connection without a value.
    func cancel()
}

/// A suspended connection that waits for a value from another thread, and is resumed exactly once: by the value, or
/// when the server stops.
///
/// A suspended connection can't be closed, so the pointer to it stays valid until then, and no longer.
final class Suspension<Value: Sendable>: Cancellable {
    private enum State {
        case waiting
        case done(Value?)
    }

    private let connection: ConnectionReference
    private let registry: SuspensionRegistry
    private let state = Mutex(State.waiting)

    fileprivate init(_ connection: ConnectionReference, _ registry: SuspensionRegistry) {
        self.connection = connection
        self.registry = registry
    }

    /// Resumes the connection with a value, from any thread.
    ///
    /// - Returns: false if the server has stopped before; the value is then dropped.
    @discardableResult
    func resume(returning value: Value) -> Bool {
        registry.remove(self)
        return finish(value)
    }

    /// Whether it still waits: neither has a value come nor has the server stopped.
    var isPending: Bool {
        state.withLock { state in
            guard case .waiting = state else { return false }
            return true
        }
    }

    /// The value, or nil where the server stopped first; to be called on the connection's thread after it was resumed.
    func value() -> Value? {
        state.withLock { state in
            guard case .done(let value) = state else { return nil }
            return value
        }
    }

    fileprivate func cancel() {
        finish(nil)
    }

    @discardableResult
    private func finish(_ value: Value?) -> Bool {
        state.withLock { state in
            guard case .waiting = state else { return false }
            state = .done(value)
            // Inside the lock: whoever sees `done` may free the connection, which must not happen before this call.
            cmhd_resume(connection.pointer)
            return true
        }
    }
}

/// The connections that are suspended now.
///
/// While there are any, libmicrohttpd must not be stopped, as it would panic.
final class SuspensionRegistry: Sendable {
    private struct State {
        var waiting: [ObjectIdentifier: any Cancellable] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.waiting.count } }

    /// Suspends a connection, on its own thread.
    ///
    /// The value may come as soon as this has returned.
    ///
    /// - Returns: nil where the server is ending; the connection is then not suspended.
    func suspend<Value>(_ connection: ConnectionReference, for type: Value.Type) -> Suspension<Value>? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            let suspension = Suspension<Value>(connection, self)
            cmhd_suspend(connection.pointer)
            state.waiting[ObjectIdentifier(suspension)] = suspension
            return suspension
        }
    }

    /// Resumes all connections without a value, and suspends none from now on.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for suspension in waiting { suspension.cancel() }
    }

    fileprivate func remove(_ suspension: some Cancellable) {
        _ = state.withLock { $0.waiting.removeValue(forKey: ObjectIdentifier(suspension)) }
    }
}
