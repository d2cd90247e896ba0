import CMicroHTTPD
import Dispatch
import Glibc
import Synchronization

/// One connection as the reaper sees it.
final class ConnectionWatch: Sendable {
    let socket: Int32
    /// The client's numeric address.
    let address: String
    /// The previous head; only the connection's own thread touches it.
    nonisolated(unsafe) var repeated: RepeatedHead?
    /// When the client counts as too slow; the greatest value while nothing is awaited from it.
    private let deadline = Atomic<UInt64>(.max)
    private let hadRequest = Atomic<Bool>(false)
    /// The deadline that was in force when the client's end of the connection was first seen closed; 0 before.
    private let deadlineAtEnd = Atomic<UInt64>(0)

    init(socket: Int32, address: String) {
        self.socket = socket
        self.address = address
    }

    /// Since when bytes wait for the client to read them, and how many it had read by then; only the reaper uses them.
    private let waitingSince = Atomic<UInt64>(0)
    private let takenBefore = Atomic<UInt64>(0)
    /// How many it must read until it is checked again.
    private let dueBefore = Atomic<UInt64>(0)

    func expect(by time: UInt64) {
        deadline.store(time, ordering: .relaxed)
    }

    func expectNothing() {
        deadline.store(.max, ordering: .relaxed)
    }

    /// Notes that a request line has arrived.
    ///
    /// The first request's deadline runs from the opening of the connection.
    func requestBegan(at now: UInt64, _ limits: ReadLimits) {
        if hadRequest.exchange(true, ordering: .relaxed) { expect(by: now + limits.headDeadline) }
    }

    /// Notes that a request has ended and the next one is awaited.
    func requestEnded(at now: UInt64, _ limits: ReadLimits) {
        expect(by: now + limits.idleTimeout + limits.headDeadline)
    }

    /// Whether the client has closed its end; to be called only while the connection is suspended, and so still open.
    ///
    /// It looks at TCP's state, since unread bytes may hide the end of the stream.
    var isClosedByClient: Bool {
        var info = tcp_info()
        var size = socklen_t(MemoryLayout<tcp_info>.size)
        guard getsockopt(socket, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0 else { return false }
        return [TCP_CLOSE, TCP_CLOSE_WAIT, TCP_LAST_ACK, TCP_CLOSING].contains { UInt32($0) == UInt32(info.tcpi_state) }
    }

    /// What is wrong with a client from which something is awaited; each fault is reported once.
    fileprivate func fault(_ now: UInt64, _ limits: ReadLimits) -> ConnectionReaper.Fault? {
        if readsTooSlowly(now, limits) { return .tooSlow }
        let deadline = deadline.load(ordering: .relaxed)
        guard deadline != .max else { return nil }
        if deadline < now {
            self.deadline.store(.max, ordering: .relaxed)
            return .tooSlow
        }
        var byte: UInt8 = 0
        guard recv(socket, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 0 else { return nil }
        // Counted once it is seen twice with nothing read in between: at first, its last bytes may still be in work.
        guard deadlineAtEnd.exchange(deadline, ordering: .relaxed) == deadline else { return nil }
        self.deadline.store(.max, ordering: .relaxed)
        return .gone
    }
}

extension ConnectionWatch {
    /// Whether a reply has waited for the client for as long as a head may take, and it has read less in that time than
    /// a body must bring.
    fileprivate func readsTooSlowly(_ now: UInt64, _ limits: ReadLimits) -> Bool {
        var (taken, queued): (UInt64, UInt64) = (0, 0)
        guard cmhd_send_progress(socket, &taken, &queued) == 1, queued > 0 else {
            waitingSince.store(0, ordering: .relaxed)
            return false
        }
        let since = waitingSince.load(ordering: .relaxed)
        if since > 0, now - since < limits.headDeadline { return false }
        if since > 0, taken - takenBefore.load(ordering: .relaxed) < dueBefore.load(ordering: .relaxed) {
            // What it hasn't read must not stay in the kernel's memory.
            var reset = linger(l_onoff: 1, l_linger: 0)
            setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
            waitingSince.store(0, ordering: .relaxed)
            return true
        }
        waitingSince.store(now, ordering: .relaxed)
        takenBefore.store(taken, ordering: .relaxed)
        // No more than is queued, so that a short reply over a long distance doesn't count as slow.
        let due = UInt64(limits.minimumBodyRate) * limits.headDeadline / 1_000_000_000
        dueBefore.store(min(due, queued), ordering: .relaxed)
        return false
    }
}

/// Closes connections whose clients send or read too slowly or are gone, and sockets that only linger.
///
/// It shuts sockets down rather than closing them: libmicrohttpd, which owns them, then sees their end. It can miss a
/// client's end by itself: with edge-triggered epoll it doesn't read again after a short read, though the end may have
/// come together with the last bytes.
final class ConnectionReaper: Sendable {
    enum Fault: String, Sendable {
        case tooSlow = "too_slow"
        case gone = "cut_off"
    }

    /// `@unchecked Sendable`: Dispatch's objects do their own locking, though the module doesn't say so.
    private struct Timer: @unchecked Sendable {
        let source: any DispatchSourceTimer
    }

    private struct Lingering {
        var socket: Int32
        /// When it is closed in any case.
        var end: UInt64
        /// When it is closed if nothing comes.
        var idleEnd: UInt64
    }

    private struct State {
        var watches: [ObjectIdentifier: ConnectionWatch] = [:]
        var lingering: [Lingering] = []
        /// Made at the start, since Dispatch traps when a source is released that was never activated.
        var timer: Timer?
        var isStopped = false
    }

    /// How many sockets may linger at once; further ones are closed immediately.
    private static let lingeringLimit = 64
    private static let lingeringTime: UInt64 = 30_000_000_000
    private static let lingeringIdleTime: UInt64 = 5_000_000_000

    private let state = Mutex(State())
    private let interval: Duration
    private let limits: ReadLimits
    private let onReap: @Sendable (ConnectionWatch, Fault) -> Void

    /// - Parameters:
    ///   - interval: how often it checks all connections.
    ///   - limits: how slow a reader may be: within the time for a head it must read as much as a body must bring.
    ///   - onReap: called for each connection that it is about to end.
    init(interval: Duration, limits: ReadLimits, onReap: @escaping @Sendable (ConnectionWatch, Fault) -> Void) {
        self.onReap = onReap
        self.interval = interval
        self.limits = limits
    }

    func start() {
        let source = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "http.reaper"))
        let step = DispatchTimeInterval.nanoseconds(Int(clamping: interval.nanoseconds))
        source.schedule(deadline: .now() + step, repeating: step)
        source.setEventHandler { [weak self] in self?.sweep(MonotonicTime.now()) }
        source.activate()
        let timer = Timer(source: source)
        state.withLock { $0.timer = timer }
    }

    func stop() {
        let sockets = state.withLock { state in
            state.timer?.source.cancel()
            state.isStopped = true
            defer { state.lingering = [] }
            return state.lingering.map(\.socket)
        }
        for socket in sockets { close(socket) }
    }

    func add(_ watch: ConnectionWatch) {
        state.withLock { $0.watches[ObjectIdentifier(watch)] = watch }
    }

    /// Forgets a connection; to be called before its socket is closed, since its number may be another's afterwards.
    func remove(_ watch: ConnectionWatch) {
        _ = state.withLock { $0.watches.removeValue(forKey: ObjectIdentifier(watch)) }
    }

    /// Goes on reading for a while what a client still sends after its request was refused.
    ///
    /// Closing a socket with unread bytes resets the connection, and the client could lose the reply (RFC 9112 §9.6).
    ///
    /// - Parameter socket: libmicrohttpd's, which it is about to close; a duplicate is kept open.
    func linger(_ socket: Int32) {
        let duplicate = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else { return }
        let now = MonotonicTime.now()
        let lingering = Lingering(
            socket: duplicate, end: now + Self.lingeringTime, idleEnd: now + Self.lingeringIdleTime)
        let isKept = state.withLock { state in
            guard !state.isStopped, state.lingering.count < Self.lingeringLimit else { return false }
            state.lingering.append(lingering)
            return true
        }
        if !isKept { close(duplicate) }
    }

    private func sweep(_ now: UInt64) {
        let faults = state.withLock { state in
            state.lingering = state.lingering.compactMap { Self.discard($0, now) }
            return state.watches.values.compactMap { watch in watch.fault(now, limits).map { (watch: watch, fault: $0) }
            }
        }
        for (watch, fault) in faults { onReap(watch, fault) }
        // Under the lock, and only while the connection is known, so that the number still belongs to it.
        state.withLock { state in
            for (watch, _) in faults where state.watches[ObjectIdentifier(watch)] != nil {
                shutdown(watch.socket, Int32(SHUT_RDWR))
            }
        }
    }

    /// Reads the bytes that have arrived, and closes the socket at the end of the stream.
    ///
    /// - Returns: nil once it is closed.
    private static func discard(_ lingering: Lingering, _ now: UInt64) -> Lingering? {
        var lingering = lingering
        let isOpen = withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
            for _ in 0..<256 {
                let count = recv(lingering.socket, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
                guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
                lingering.idleEnd = now + lingeringIdleTime
            }
            return true
        }
        if isOpen, now < lingering.end, now < lingering.idleEnd { return lingering }
        close(lingering.socket)
        return nil
    }
}
