import CMicroHTTPD
import Glibc
package import Logging
import Synchronization

/// An HTTP/1.1 server over libmicrohttpd: epoll on a few threads that never wait, handlers on a bounded queue.
package final class HTTPServer: Sendable {
    private enum State {
        case idle
        case running(Running)
        case stopped
    }

    /// What exists from start to stop.
    ///
    /// `@unchecked Sendable`: the pointers are constant, and libmicrohttpd does its own locking.
    private struct Running: @unchecked Sendable {
        let daemon: OpaquePointer
        let callbacks: UnsafeMutablePointer<cmhd_callbacks>
        let port: Int
    }

    private let core: ServerCore
    private let state = Mutex(State.idle)

    package init(configuration: ServerConfiguration, router: Router, logger: Logger) {
        core = ServerCore(configuration: configuration, router: router, logger: logger)
    }

    deinit {
        stop(graceful: .zero)
    }

    /// The port it listens on; 0 unless it is running.
    package var port: Int {
        state.withLock { state in
            guard case .running(let running) = state else { return 0 }
            return running.port
        }
    }

    /// Binds the address and starts to serve.
    ///
    /// A server can be started once.
    ///
    /// - Throws: `ServerError`, for example because the address is in use.
    package func start() throws(ServerError) {
        try state.withLock { (state) throws(ServerError) in
            guard case .idle = state else { throw ServerError(description: "A server can be started only once.") }
            state = .running(try launch())
        }
        core.reaper.start()
    }

    /// Stops the server: requests in progress have up to `graceful` to end, and replies close their connections; after
    /// that, requests that still wait get 503, and remaining connections are closed.
    package func stop(graceful: Duration = .seconds(10)) {
        let running: Running? = state.withLock { state in
            defer { state = .stopped }
            guard case .running(let running) = state else { return nil }
            return running
        }
        guard let running else { return }
        core.isDraining.store(true, ordering: .relaxed)
        awaitNoRequests(graceful)
        core.isRefusing.store(true, ordering: .relaxed)
        core.suspensions.close()
        // libmicrohttpd's threads answer the resumed requests, which takes a moment.
        awaitNoRequests(graceful > .zero ? .seconds(1) : .milliseconds(100))
        cmhd_stop(running.daemon)
        core.reaper.stop()
        _ = core.transferQueue.waitUntilIdle(timeout: .seconds(5))
        _ = core.streamQueue.waitUntilIdle(timeout: .seconds(5))
        core.requestLog?.flush()
        running.callbacks.deinitialize(count: 1)
        running.callbacks.deallocate()
        Unmanaged.passUnretained(core).release()
    }

    /// What has been counted so far.
    package func metrics() -> HTTPServerMetrics {
        core.counters.snapshot(queued: core.handlerQueue.count + core.patientQueue.count)
    }

    /// Requests whose connections are suspended now.
    package var suspendedRequests: Int { core.suspensions.count }

    private func awaitNoRequests(_ limit: Duration) {
        let end = MonotonicTime.now() + limit.nanoseconds
        // Polled, since it happens once in a server's life, and a signal would cost every request a wake-up.
        while core.counters.inFlight.value > 0, MonotonicTime.now() < end { usleep(2000) }
    }

    private func launch() throws(ServerError) -> Running {
        let configuration = core.configuration
        let listener = try ListeningSocket(host: configuration.host, port: configuration.port)
        let callbacks = UnsafeMutablePointer<cmhd_callbacks>.allocate(capacity: 1)
        // Released by `stop`, after the last call.
        let context = Unmanaged.passRetained(core)
        callbacks.initialize(to: Self.callbacks(context.toOpaque()))
        var settings = cmhd_configuration(
            listen_socket: listener.descriptor, threads: UInt32(clamping: max(1, configuration.threads)),
            connection_limit: UInt32(clamping: configuration.affordableConnections),
            idle_timeout: UInt32(clamping: max(1, configuration.idleTimeout.components.seconds)),
            connection_memory: configuration.connectionMemory, is_secure: configuration.isSecure ? 1 : 0)
        guard let daemon = cmhd_start(&settings, callbacks) else {
            close(listener.descriptor)
            callbacks.deallocate()
            context.release()
            throw ServerError(description: "libmicrohttpd couldn't start the server; the log says why.")
        }
        return Running(daemon: daemon, callbacks: callbacks, port: listener.port)
    }

    private static func callbacks(_ context: UnsafeMutableRawPointer) -> cmhd_callbacks {
        cmhd_callbacks(
            context: context,
            request_began: { context, target, length, connection in
                guard let watch = cmhd_connection_context(connection) else { return nil }
                // Without counting references, which is expensive where all threads count on one object.
                let transaction = Unmanaged<ServerCore>.fromOpaque(context)._withUnsafeGuaranteedRef { core in
                    HTTPTransaction(
                        core: core, connection: ConnectionReference(pointer: connection),
                        watch: Unmanaged<ConnectionWatch>.fromOpaque(watch).takeUnretainedValue(),
                        target: target, length)
                }
                return Unmanaged.passRetained(transaction).toOpaque()
            },
            request_step: { _, request, _, method, version, body, length in
                guard let request else { return 0 }
                let bytes = body.map { UnsafeRawBufferPointer(start: $0, count: length.pointee) }
                length.pointee = 0
                return Unmanaged<HTTPTransaction>.fromOpaque(request)._withUnsafeGuaranteedRef { transaction in
                    transaction.step(method: method, version: version, body: bytes) ? 1 : 0
                }
            },
            request_ended: { _, request, reason in
                guard let request else { return }
                Unmanaged<HTTPTransaction>.fromOpaque(request).takeRetainedValue().end(reason)
            },
            connection_opened: { context, connection, socket in
                let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
                return Unmanaged.passRetained(core.connectionOpened(connection, socket)).toOpaque()
            },
            connection_closed: { context, watch in
                guard let watch else { return }
                let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
                core.connectionClosed(Unmanaged<ConnectionWatch>.fromOpaque(watch).takeRetainedValue())
            },
            log: { context, message in
                let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
                core.nativeMessage(String(cString: message))
            })
    }
}

extension ServerCore {
    fileprivate func connectionOpened(_ connection: OpaquePointer, _ socket: Int32) -> ConnectionWatch {
        let address = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            guard let base = text.baseAddress, cmhd_client_address(connection, base, text.count) == 1 else {
                return "-"
            }
            return String(cString: base)
        }
        let watch = ConnectionWatch(socket: socket, address: address)
        watch.expect(by: MonotonicTime.now() + limits.headDeadline)
        reaper.add(watch)
        counters.openConnections.add()
        counters.acceptedConnections.add()
        return watch
    }

    fileprivate func connectionClosed(_ watch: ConnectionWatch) {
        reaper.remove(watch)
        counters.openConnections.add(-1)
    }

    /// Counts requests that libmicrohttpd itself refuses, which only its messages tell.
    fileprivate func nativeMessage(_ message: String) {
        let refusal = "Error processing request (HTTP response code is "
        if message.hasPrefix(refusal) {
            counters.reject("library_" + message.dropFirst(refusal.count).prefix { $0.isNumber })
        }
        logger.debug("libmicrohttpd", metadata: ["message": "\(message)"])
    }
}
