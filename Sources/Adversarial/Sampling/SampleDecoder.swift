internal import Datasets

/// Turns what a generator puts out into what users see.
struct SampleDecoder {
    let itemShape: [Int]
    private let schema: DatasetSchema
    private var pixels: [UInt8] = []
    private var points: [Float] = []

    /// A decoder for items of a schema.
    ///
    /// - Parameter capacity: how many numbers will come.
    init(schema: DatasetSchema, capacity: Int) {
        self.schema = schema
        switch schema {
        case .points(let columns, _, _):
            itemShape = [columns.count]
            points.reserveCapacity(capacity)
        case .images(let height, let width, let channels, _):
            itemShape = [height, width, channels]
            pixels.reserveCapacity(capacity)
        }
    }

    /// All that was taken so far.
    var values: SampleBlock.Values {
        switch schema {
        case .points: .points(points)
        case .images: .images(pixels)
        }
    }

    /// Takes one item: `[columns]` standardised, or `[channels, height, width]` in -1...1.
    mutating func append(_ item: UnsafeBufferPointer<Float>) {
        switch schema {
        case .points(_, let mean, let deviation):
            for (column, value) in item.enumerated() {
                points.append(Float(Double(value) * deviation[column] + mean[column]))
            }
        case .images(let height, let width, let channels, _):
            let places = height * width
            for place in 0..<places {
                for channel in 0..<channels { pixels.append(Self.pixel(item[channel * places + place])) }
            }
        }
    }

    /// round((x + 1) · 127.5), within 0...255; what isn't a number is black.
    private static func pixel(_ value: Float) -> UInt8 {
        let scaled = (value + 1) * 127.5 + 0.5
        return scaled >= 1 ? UInt8(min(scaled, 255)) : 0
    }
}
