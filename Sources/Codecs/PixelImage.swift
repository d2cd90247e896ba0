/// A picture in memory, 8 bits a channel.
package struct PixelImage: Sendable, Equatable {
    package let width: Int
    package let height: Int
    /// 1 for grey, 3 for red, green, blue.
    package let channels: Int
    /// `[height, width, channels]` in row-major order.
    package var pixels: [UInt8]

    /// A picture of these pixels.
    ///
    /// - Precondition: both sides are positive, there are 1 or 3 channels, and `pixels` has exactly that many bytes.
    package init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0 && (channels == 1 || channels == 3))
        precondition(pixels.count == width * height * channels)
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    /// A picture of one shade, white unless given.
    package init(width: Int, height: Int, channels: Int, shade: UInt8 = 255) {
        self.init(
            width: width, height: height, channels: channels,
            pixels: [UInt8](repeating: shade, count: width * height * channels))
    }

    /// The picture in three channels; a grey one repeats its own.
    package var inColour: PixelImage {
        guard channels == 1 else { return self }
        let colour = [UInt8](unsafeUninitializedCapacity: pixels.count * 3) { buffer, initialised in
            var position = 0
            for shade in pixels {
                buffer[position] = shade
                buffer[position + 1] = shade
                buffer[position + 2] = shade
                position += 3
            }
            initialised = position
        }
        return PixelImage(width: width, height: height, channels: 3, pixels: colour)
    }

    /// Composites pixels on white, rounding: `shade · alpha + 255 · (1 − alpha)`.
    ///
    /// - Parameters:
    ///   - rgba: four bytes a pixel: red, green, blue, and how opaque it is.
    ///   - channels: 3, or 1 to keep the first alone.
    /// - Returns: so many bytes a pixel.
    package static func onWhite(rgba: [UInt8], channels: Int) -> [UInt8] {
        let count = rgba.count / 4
        return rgba.withUnsafeBufferPointer { source in
            [UInt8](unsafeUninitializedCapacity: count * channels) { buffer, initialised in
                for pixel in 0..<count {
                    let alpha = Int(source[pixel * 4 + 3])
                    for channel in 0..<channels {
                        let shade = Int(source[pixel * 4 + channel])
                        buffer[pixel * channels + channel] = UInt8((shade * alpha + 255 * (255 - alpha) + 127) / 255)
                    }
                }
                initialised = count * channels
            }
        }
    }
}

extension PixelImage {
    /// The picture at another size, each new pixel the mean of the area that it covers in the old one.
    ///
    /// Enlarging repeats pixels, and blends them where the pixels' borders don't coincide.
    ///
    /// - Precondition: both sides are positive.
    package func resized(width newWidth: Int, height newHeight: Int) -> PixelImage {
        precondition(newWidth > 0 && newHeight > 0)
        guard newWidth != width || newHeight != height else { return self }
        let columns = Self.coverage(from: width, to: newWidth)
        let rows = Self.coverage(from: height, to: newHeight)
        var result: [UInt8] = []
        result.reserveCapacity(newWidth * newHeight * channels)
        for row in rows {
            for column in columns {
                for channel in 0..<channels {
                    var sum: Float = 0
                    for (y, rowWeight) in row {
                        for (x, columnWeight) in column {
                            sum += rowWeight * columnWeight * Float(pixels[(y * width + x) * channels + channel])
                        }
                    }
                    result.append(UInt8(min(255, max(0, sum.rounded()))))
                }
            }
        }
        return PixelImage(width: newWidth, height: newHeight, channels: channels, pixels: result)
    }

    /// For each new pixel along one axis, the old ones that it covers and their shares, which sum to 1.
    private static func coverage(from old: Int, to new: Int) -> [[(index: Int, weight: Float)]] {
        let scale = Float(old) / Float(new)
        return (0..<new).map { index in
            let start = Float(index) * scale
            let end = min(Float(old), Float(index + 1) * scale)
            let first = min(old - 1, Int(start))
            let last = max(first, min(old - 1, Int(end.rounded(.up)) - 1))
            let shares = (first...last).map { position in
                (index: position, weight: max(0, min(end, Float(position + 1)) - max(start, Float(position))))
            }
            let total = shares.reduce(0) { $0 + $1.weight }
            return shares.map { ($0.index, $0.weight / total) }
        }
    }
}
