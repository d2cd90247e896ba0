/// How a stored item becomes what a network is shown.
enum ItemLayout: Sendable {
    /// uint8 `[height, width, channels]` to `[channels, height, width]` in −1…1.
    case pixels(height: Int, width: Int, channels: Int)
    /// float64 `[columns]` to standardised values.
    case columns(mean: [Double], standardDeviation: [Double])

    init(_ schema: DatasetSchema) {
        switch schema {
        case .points(_, let mean, let standardDeviation):
            self = .columns(mean: mean, standardDeviation: standardDeviation)
        case .images(let height, let width, let channels, _):
            self = .pixels(height: height, width: width, channels: channels)
        }
    }

    /// Bytes of a stored item.
    var itemSize: Int {
        switch self {
        case .pixels(let height, let width, let channels): height * width * channels
        case .columns(let mean, _): mean.count * MemoryLayout<Double>.size
        }
    }

    /// The shape of a normalised item.
    var shape: [Int] {
        switch self {
        case .pixels(let height, let width, let channels): [channels, height, width]
        case .columns(let mean, _): [mean.count]
        }
    }

    /// Writes the normalised item, one value for each element of `shape`.
    func normalise(_ item: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>) {
        switch self {
        case .pixels(let height, let width, let channels):
            let area = height * width
            for channel in 0..<channels {
                for pixel in 0..<area {
                    values[channel * area + pixel] = (Float(item[pixel * channels + channel]) - 127.5) / 127.5
                }
            }
        case .columns(let mean, let standardDeviation):
            for column in 0..<mean.count {
                let value = item.loadUnaligned(fromByteOffset: column * 8, as: Double.self)
                values[column] = Float((value - mean[column]) / standardDeviation[column])
            }
        }
    }
}
