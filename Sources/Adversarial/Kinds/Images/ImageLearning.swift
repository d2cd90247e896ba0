internal import CSampling
internal import Datasets

/// Images are learned in −1…1, and compared by features that are learned of the dataset itself.
struct ImageLearning: LearnedKind {
    var defaults: any SpecDefaults.Type { ImageDefaults.self }

    func comparison(_ schema: any ItemKind) -> ItemComparison {
        // Features' covariances need more items than columns do; 64 MiB of them are enough.
        ItemComparison(
            .learned, measuredItems: min(1_000, (1 << 24) / schema.elementCount), samplesInPart: 32, mostJudged: 192)
    }

    /// The classes of hardly any items.
    func warnings(_ dataset: DatasetManifest, _ spec: ResolvedSpec) -> [String] {
        zip(dataset.schema.classes, dataset.classCounts).filter { $1 < Self.fewItems }.map { name, count in
            "The class \"\(name)\" has \(count) training \(count == 1 ? "item" : "items"), fewer than \(Self.fewItems): "
                + "samples of it will hardly be more than copies; more pictures would help."
        }
    }

    private static let fewItems = 10

    func decoder(_ snapshot: ModelSnapshot, seed: UInt64, range: Range<Int>) -> any ItemDecoder {
        guard let schema = snapshot.dataset.schema as? ImageSchema else {
            preconditionFailure("images have their schema")
        }
        return ImageDecoder(schema, count: range.count)
    }
}

/// Turns −1…1 into shades.
private struct ImageDecoder: ItemDecoder {
    private let schema: ImageSchema
    /// Full from the start, since they are written through a pointer.
    private var pixels: [UInt8]
    /// Numbers written so far.
    private var end = 0

    init(_ schema: ImageSchema, count: Int) {
        self.schema = schema
        pixels = [UInt8](repeating: 0, count: count * schema.elementCount)
    }

    var itemShape: [Int] { [schema.height, schema.width, schema.channels] }
    var values: SampleBlock.Values { .bytes(pixels) }

    mutating func append(_ items: UnsafeBufferPointer<Float>) {
        precondition(end + items.count <= pixels.count, "more items than were announced")
        guard let start = items.baseAddress else { return }
        let first = end
        end += items.count
        pixels.withUnsafeMutableBufferPointer { [schema] pixels in
            guard let target = pixels.baseAddress else { return }
            csampling_pixels(
                start, items.count / schema.elementCount, schema.channels, schema.height * schema.width,
                target + first)
        }
    }
}
