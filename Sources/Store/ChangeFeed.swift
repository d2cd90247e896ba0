import Synchronization

/// Notifies those who wait that a record has changed, by its identifier; they read for themselves what has changed.
///
/// It holds nothing for records that nobody waits for.
package final class ChangeFeed: Sendable {
    private struct State {
        var bells: [String: [ObjectIdentifier: Weak]] = [:]
        var isClosed = false
    }

    private struct Weak: Sendable {
        weak var bell: ChangeBell?
    }

    private let state = Mutex(State())

    package init() {}

    /// A bell that rings at each change of a record from now on, for as long as the caller holds it.
    ///
    /// Make it before reading the record, so that no change is missed in between.
    package func bell(for id: String) -> ChangeBell {
        let bell = ChangeBell(id: id, feed: self)
        let isClosed = state.withLock { state in
            state.bells[id, default: [:]][ObjectIdentifier(bell)] = Weak(bell: bell)
            return state.isClosed
        }
        if isClosed { bell.close() }
        return bell
    }

    /// Rings for records that have changed; to be called once the changes are durable.
    package func post(_ ids: [String]) {
        for id in ids {
            let bells = state.withLock { $0.bells[id].map { $0.values.compactMap(\.bell) } ?? [] }
            for bell in bells { bell.ring() }
        }
    }

    /// Closes all bells, and rings them a last time; those made later are closed from the start.
    package func close() {
        let bells = state.withLock { state in
            state.isClosed = true
            return state.bells.values.flatMap { $0.values.compactMap(\.bell) }
        }
        for bell in bells { bell.close() }
    }

    /// How many bells exist.
    package var count: Int { state.withLock { $0.bells.values.reduce(0) { $0 + $1.count } } }

    fileprivate func remove(_ bell: ObjectIdentifier, of id: String) {
        state.withLock { state in
            state.bells[id]?[bell] = nil
            if state.bells[id]?.isEmpty == true { state.bells[id] = nil }
        }
    }
}

/// Rings when its record changes; it remembers a ring that nobody listened to.
package final class ChangeBell: Sendable {
    private enum State {
        case silent
        case rung
        case awaited(@Sendable () -> Void)
        case closed
    }

    private let id: String
    private let feed: ChangeFeed
    private let state = Mutex(State.silent)

    fileprivate init(id: String, feed: ChangeFeed) {
        self.id = id
        self.feed = feed
    }

    deinit {
        feed.remove(ObjectIdentifier(self), of: id)
    }

    /// Whether it won't ring any more, because the server is stopping.
    package var isClosed: Bool {
        state.withLock { state in
            guard case .closed = state else { return false }
            return true
        }
    }

    /// Whether it has rung, or will never ring again; for a bell that nobody listens to.
    package var hasRung: Bool {
        state.withLock { state in
            guard case .silent = state else { return true }
            return false
        }
    }

    /// Calls `listener` once, at the next ring, or at once where the bell has rung since it was last listened to.
    ///
    /// It takes the place of a listener that still waits, which is then not called.
    ///
    /// - Parameter listener: called on the thread that made the change, which it mustn't hold up.
    package func listen(_ listener: @escaping @Sendable () -> Void) {
        let hasRung = state.withLock { state in
            switch state {
            case .silent, .awaited:
                state = .awaited(listener)
                return false
            case .rung:
                state = .silent
                return true
            case .closed:
                return true
            }
        }
        if hasRung { listener() }
    }

    fileprivate func ring() { change(to: .rung) }

    fileprivate func close() { change(to: .closed) }

    private func change(to next: State) {
        let listener: (@Sendable () -> Void)? = state.withLock { state in
            switch state {
            case .awaited(let listener):
                if case .closed = next { state = .closed } else { state = .silent }
                return listener
            case .silent, .rung:
                state = next
                return nil
            case .closed:
                return nil
            }
        }
        listener?()
    }
}
