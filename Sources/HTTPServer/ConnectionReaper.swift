import Dispatch
import Glibc
import Synchronization

/// One connection as the reaper sees it.
final class ConnectionWatch: Sendable {
    let socket: Int32
    /// The client's address in numbers.
    let address: String
    /// When the client will have been too slow; the greatest value while nothing is awaited from it.
    private let deadline = Atomic<UInt64>(.max)
    private let hadRequest = Atomic<Bool>(false)

    init(socket: Int32, address: String) {
        self.socket = socket
        self.address = address
    }

    func expect(by time: UInt64) {
        deadline.store(time, ordering: .relaxed)
    }

    func expectNothing() {
        deadline.store(.max, ordering: .relaxed)
    }

    /// A request line has come. The first request's deadline has run since the connection was opened.
    func requestBegan(at now: UInt64, _ limits: ReadLimits) {
        if hadRequest.exchange(true, ordering: .relaxed) { expect(by: now + limits.headDeadline) }
    }

    /// The next request is awaited.
    func requestEnded(at now: UInt64, _ limits: ReadLimits) {
        expect(by: now + limits.idleTimeout + limits.headDeadline)
    }

    /// Whether the client is too slow; true only once.
    fileprivate func isOverdue(_ now: UInt64) -> Bool {
        guard deadline.load(ordering: .relaxed) < now else { return false }
        deadline.store(.max, ordering: .relaxed)
        return true
    }
}

/// Closes connections whose clients send too slowly, and sockets that only linger.
///
/// It shuts sockets down rather than closing them: libmicrohttpd, which owns them, then sees their end.
final class ConnectionReaper: Sendable {
    /// Dispatch's objects lock for themselves, though the module doesn't say so.
    private struct Timer: @unchecked Sendable {
        let source: any DispatchSourceTimer
    }

    private struct Lingering {
        var socket: Int32
        var deadline: UInt64
    }

    private struct State {
        var watches: [ObjectIdentifier: ConnectionWatch] = [:]
        var lingering: [Lingering] = []
        var isStopped = false
    }

    /// Sockets that may linger at once; beyond, they are closed at once.
    private static let lingeringLimit = 64
    private static let lingeringTime: UInt64 = 2_000_000_000

    private let state = Mutex(State())
    private let timer: Timer
    private let onReap: @Sendable (ConnectionWatch) -> Void

    /// - Parameters:
    ///   - interval: How often it looks.
    ///   - onReap: Called for each connection it ends.
    init(interval: Duration, onReap: @escaping @Sendable (ConnectionWatch) -> Void) {
        self.onReap = onReap
        timer = Timer(source: DispatchSource.makeTimerSource(queue: DispatchQueue(label: "http.reaper")))
        let step = DispatchTimeInterval.nanoseconds(Int(clamping: interval.nanoseconds))
        timer.source.schedule(deadline: .now() + step, repeating: step)
    }

    func start() {
        timer.source.setEventHandler { [weak self] in self?.sweep(MonotonicClock.now()) }
        timer.source.activate()
    }

    func stop() {
        timer.source.cancel()
        let sockets = state.withLock { state in
            state.isStopped = true
            defer { state.lingering = [] }
            return state.lingering.map(\.socket)
        }
        for socket in sockets { close(socket) }
    }

    func add(_ watch: ConnectionWatch) {
        state.withLock { $0.watches[ObjectIdentifier(watch)] = watch }
    }

    /// To be called before the socket is closed: afterwards its number may be another's.
    func remove(_ watch: ConnectionWatch) {
        _ = state.withLock { $0.watches.removeValue(forKey: ObjectIdentifier(watch)) }
    }

    /// Reads on for a while what a client is still sending after its request was refused. Closing a socket with unread
    /// bytes resets the connection, and the client could lose the reply (RFC 9112 §9.6).
    ///
    /// - Parameter socket: libmicrohttpd's, about to be closed by it; a duplicate is kept.
    func linger(_ socket: Int32) {
        let duplicate = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else { return }
        let isKept = state.withLock { state in
            guard !state.isStopped, state.lingering.count < Self.lingeringLimit else { return false }
            state.lingering.append(
                Lingering(socket: duplicate, deadline: MonotonicClock.now() + Self.lingeringTime))
            return true
        }
        if !isKept { close(duplicate) }
    }

    private func sweep(_ now: UInt64) {
        let slow = state.withLock { state in
            let slow = state.watches.values.filter { $0.isOverdue(now) }
            // Under the lock, so that the number is still this connection's.
            for watch in slow { shutdown(watch.socket, Int32(SHUT_RDWR)) }
            state.lingering.removeAll { lingering in
                let isOver = Self.discard(from: lingering.socket) || lingering.deadline < now
                if isOver { close(lingering.socket) }
                return isOver
            }
            return slow
        }
        for watch in slow { onReap(watch) }
    }

    /// Reads what has come. Returns true at the end of it.
    private static func discard(from socket: Int32) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
            for _ in 0..<256 {
                let count = recv(socket, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
                if count > 0 { continue }
                if count < 0, errno == EAGAIN || errno == EINTR { return false }
                return true
            }
            return false
        }
    }
}
