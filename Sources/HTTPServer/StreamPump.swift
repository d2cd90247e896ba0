import CMicroHTTPD
import Logging

/// Moves the bytes of a stream to its connection: each piece is sent before the next is made, and the connection is
/// suspended while a piece is made.
///
/// `@unchecked Sendable`: once it exists, only the connection's own thread touches its state.
final class StreamPump: @unchecked Sendable {
    /// Where the bytes come from.
    enum Source: Sendable {
        /// A stream whose bytes are made on a queue, once those before are sent.
        case made(any ByteStream)
        /// A stream that delivers bytes when something happens.
        case live(any LiveStream)
    }

    private enum Piece: Sendable {
        case bytes([UInt8])
        case end
        case failed
    }

    private let source: Source
    private let connection: ConnectionReference
    private let core: ServerCore
    private var bytes: [UInt8] = []
    private var sent = 0
    private var pending: Suspension<Piece>?
    private var hasEnded = false

    init(_ source: Source, connection: ConnectionReference, core: ServerCore) {
        self.source = source
        self.connection = connection
        self.core = core
    }

    /// libmicrohttpd's content reader: the number of bytes put into the buffer, 0 when suspended, or one of its two
    /// ends.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        if let pending {
            self.pending = nil
            switch pending.value() {
            case .bytes(let next): (bytes, sent) = (next, 0)
            case .end: hasEnded = true
            case .failed, nil: return cmhd_end_with_error
            }
        }
        if sent < bytes.count {
            let count = min(buffer.count, bytes.count - sent)
            bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[sent..<sent + count])) }
            sent += count
            return count
        }
        if hasEnded { return cmhd_end_of_stream }
        guard let suspension = core.suspensions.suspend(connection, for: Piece.self) else {
            return cmhd_end_with_error
        }
        pending = suspension
        switch source {
        case .made(let stream):
            core.streamQueue.runUnbounded { [core] in
                suspension.resume(returning: Self.piece(of: stream, core.logger))
            }
        case .live(let stream):
            stream.next { bytes in suspension.resume(returning: bytes.map(Piece.bytes) ?? .end) }
        }
        // Without the suspension, libmicrohttpd would ask again at once after a 0, forever.
        return 0
    }

    private static func piece(of stream: any ByteStream, _ logger: Logger) -> Piece {
        do {
            while let next = try stream.next() {
                if !next.isEmpty { return .bytes(next) }
            }
            return .end
        } catch is ClientGone {
            return .failed
        } catch {
            logger.error("stream failed", metadata: ["error": "\(String(describing: error))"])
            return .failed
        }
    }
}
