import Adversarial
import HTTPServer
import Jobs
import Synchronization

/// A reply of samples, drawn and encoded piece by piece while it is sent: ten million are never held at once.
final class SampleStream<Encoder: SampleEncoder>: ByteStream {
    private struct State {
        var encoder: Encoder
        /// Samples that are still to come.
        var left: Int
        var prepared: [UInt8]?

        /// The piece's bytes, with the reply's end after the last.
        mutating func take(_ piece: Piece) throws -> [UInt8] {
            encoder.note(piece.trace)
            left -= piece.count
            var bytes = piece.bytes
            if left == 0 { try encoder.end(&bytes) }
            return bytes
        }
    }

    /// Samples in the reply's form.
    private struct Piece {
        let count: Int
        let bytes: [UInt8]
        let trace: Encoder.Trace
    }

    private let pieces: SamplePieces<Piece>
    private let state: Mutex<State>

    /// Draws the first piece, so that what can't be sampled throws while there is still a status to say so.
    ///
    /// - Parameter shortReplyCount: samples of a reply that is made before it is sent.
    init(_ heading: SampleHeading, encoder: Encoder, shortReplyCount: Int) throws {
        pieces = heading.source.draw(heading.request) { [encoder] block in
            var bytes: [UInt8] = []
            let trace = try encoder.encode(block, into: &bytes)
            return Piece(count: block.count, bytes: bytes, trace: trace)
        }
        var first = State(encoder: encoder, left: heading.request.count)
        // A few rows of long texts have many bytes, too.
        let isShort =
            encoder.isWhole || first.left <= shortReplyCount && encoder.length ?? 0 <= Self.mostBytesOfShort
        var bytes = encoder.begin()
        repeat {
            guard let piece = try pieces.nextForClient() else { break }
            bytes += try first.take(piece)
        } while isShort && first.left > 0
        first.prepared = bytes
        state = Mutex(first)
    }

    /// The reply's body: bytes where the first piece was all, this stream otherwise.
    var body: ResponseBody {
        let (whole, length): ([UInt8]?, Int?) = state.withLock { state in
            (state.left == 0 ? state.prepared : nil, state.encoder.length)
        }
        return whole.map { .bytes($0) } ?? .stream(self, length: length)
    }

    func next() throws -> [UInt8]? {
        if let first = state.withLock({ $0.prepared.take() }) { return first }
        // Outside the lock: drawing may wait for other requests.
        guard let piece = try pieces.nextForClient() else { return nil }
        return try state.withLock { try $0.take(piece) }
    }

    private static var mostBytesOfShort: Int { 4 << 20 }
}
