import Adversarial
import Datasets
import HTTPServer
import Synchronization

/// A reply of samples, drawn and encoded piece by piece while it is sent: ten million are never held at once.
final class SampleStream<Encoder: SampleEncoder>: ByteStream {
    private struct State {
        var encoder: Encoder
        var position: Int
        var prepared: [UInt8]?
    }

    private let source: SampleSource
    private let request: SampleRequest
    private let step: Int
    private let state: Mutex<State>

    /// Draws the first piece, so that what can't be sampled throws while there is still a status to say so.
    init(_ heading: SampleHeading, encoder: Encoder) throws {
        source = heading.source
        request = heading.request
        step = Self.samplesAtOnce(of: heading.source)
        var encoder = encoder
        let first = 0..<min(step, heading.request.count)
        let block = try heading.source.draw(heading.request, first)
        var bytes = encoder.begin()
        bytes += try encoder.encode(block)
        if first.upperBound == heading.request.count { bytes += encoder.end() }
        state = Mutex(State(encoder: encoder, position: first.upperBound, prepared: bytes))
    }

    /// The reply's body: bytes where the first piece was all, this stream otherwise.
    var body: ResponseBody {
        let (whole, length): ([UInt8]?, Int?) = state.withLock { state in
            (state.position == request.count ? state.prepared : nil, state.encoder.length)
        }
        return whole.map { .bytes($0) } ?? .stream(self, length: length)
    }

    func next() throws -> [UInt8]? {
        let range: Range<Int>? = state.withLock { state in
            guard state.prepared == nil, state.position < request.count else { return nil }
            return state.position..<min(state.position + step, request.count)
        }
        guard let range else { return state.withLock { $0.prepared.take() } }
        // Outside the lock: drawing may wait for other requests.
        let block = try source.draw(request, range)
        return try state.withLock { state in
            var bytes = try state.encoder.encode(block)
            state.position = range.upperBound
            if range.upperBound == request.count { bytes += state.encoder.end() }
            return bytes
        }
    }

    /// About a megabyte of JSON at once, in multiples of the generator's tiles of 32 images or 256 points.
    private static func samplesAtOnce(of source: SampleSource) -> Int {
        switch source.schema {
        case .points: 4096
        case .images(let height, let width, let channels, _):
            max(1, min(32, 262_144 / (32 * height * width * channels))) * 32
        }
    }
}
