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
