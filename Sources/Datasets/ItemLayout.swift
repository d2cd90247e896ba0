/// How a stored item becomes what a network is shown.
enum ItemLayout: Sendable {
    /// uint8 `[height, width, channels]` to `[channels, height, width]` in −1…1.
    case pixels(height: Int, width: Int, channels: Int)
    /// float64 `[columns]` to standardised values.
    case columns(mean: [Double], standardDeviation: [Double])
    /// float64 `[columns]`, as they are.
    case cells(Int)

    init(_ schema: DatasetSchema) {
        switch schema {
        case .points(_, let mean, let standardDeviation):
            self = .columns(mean: mean, standardDeviation: standardDeviation)
        case .table(let table): self = .cells(table.columns.count)
        case .images(let height, let width, let channels, _):
            self = .pixels(height: height, width: width, channels: channels)
        }
    }

    /// Bytes of a stored item.
    var itemSize: Int {
        switch self {
        case .pixels(let height, let width, let channels): height * width * channels
        case .columns(let mean, _): mean.count * MemoryLayout<Double>.size
        case .cells(let count): count * MemoryLayout<Double>.size
        }
    }

    /// The shape of a normalised item.
    var shape: [Int] {
        switch self {
        case .pixels(let height, let width, let channels): [channels, height, width]
        case .columns(let mean, _): [mean.count]
        case .cells(let count): [count]
        }
    }

    /// Writes the normalised item, one value for each element of `shape`.
    func normalise(_ item: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>) {
        switch self {
        case .pixels(let height, let width, let channels):
            guard let pixels = item.baseAddress?.assumingMemoryBound(to: UInt8.self),
                let target = values.baseAddress
            else { return }
            // The distance of two pixels as a constant: so the compiler turns each loop into vector instructions.
            if channels == 1 {
                for pixel in 0..<height * width { target[pixel] = Self.unit(pixels[pixel]) }
            } else {
                let area = height * width
                for pixel in 0..<area {
                    target[pixel] = Self.unit(pixels[pixel * 3])
                    target[area + pixel] = Self.unit(pixels[pixel * 3 + 1])
                    target[2 * area + pixel] = Self.unit(pixels[pixel * 3 + 2])
                }
            }
        case .columns(let mean, let standardDeviation):
            for column in 0..<mean.count {
                let value = item.loadUnaligned(fromByteOffset: column * 8, as: Double.self)
                // A column whose values are all equal becomes zeros.
                let deviation = standardDeviation[column] > 0 ? standardDeviation[column] : 1
                values[column] = Float((value - mean[column]) / deviation)
            }
        case .cells(let count):
            for column in 0..<count {
                values[column] = Float(item.loadUnaligned(fromByteOffset: column * 8, as: Double.self))
            }
        }
    }

    /// 0…255 to −1…1, exact at both ends.
    private static func unit(_ shade: UInt8) -> Float {
        (Float(shade) - 127.5) / 127.5
    }
}
