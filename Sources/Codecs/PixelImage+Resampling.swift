import Glibc

/// How pictures of one size become those of another.
package enum PictureFit: String, Sendable, CaseIterable {
    /// Fills the new size with the largest middle part that has its proportion.
    case crop
    /// Shows all of it, in the middle of black.
    case pad
    /// Shows all of it, out of its proportion.
    case stretch
}

extension PixelImage {
    /// The longest side that a picture to be scaled may have; it bounds what is held between the two passes.
    package static let longestScaledSide = 65_535

    /// The picture at another size.
    ///
    /// Each side is scaled on its own: a shorter one by Lanczos' kernel of three lobes, stretched so that it takes in all
    /// pixels that become one, a longer one by Keys' cubic (1981, a = −1/2). Shades are weighed as they stand, not as light.
    /// To the bit what Pillow gives with these filters, first for rows and then for columns; the proportions are those of its
    /// `ImageOps.fit` and `ImageOps.pad`.
    ///
    /// - Precondition: both sides are positive, and neither of the picture's is more than `longestScaledSide`.
    package func scaled(width newWidth: Int, height newHeight: Int, _ fit: PictureFit) -> PixelImage {
        precondition(newWidth > 0 && newHeight > 0 && max(width, height) <= Self.longestScaledSide)
        guard newWidth != width || newHeight != height else { return self }
        switch fit {
        case .stretch: return resampled(0...Float(width), 0...Float(height), newWidth, newHeight)
        case .crop:
            let proportion = Double(newWidth) / Double(newHeight)
            let own = Double(width) / Double(height)
            let cropWidth = own > proportion ? proportion * Double(height) : Double(width)
            let cropHeight = own > proportion ? Double(height) : Double(width) / proportion
            let left = (Double(width) - cropWidth) / 2
            let top = (Double(height) - cropHeight) / 2
            return resampled(
                Float(left)...Float(left + cropWidth), Float(top)...Float(top + cropHeight), newWidth, newHeight)
        case .pad:
            let isWider = width * newHeight > newWidth * height
            let innerWidth = isWider ? newWidth : Self.rounded(Double(width) / Double(height) * Double(newHeight))
            let innerHeight = isWider ? Self.rounded(Double(height) / Double(width) * Double(newWidth)) : newHeight
            let inner = resampled(0...Float(width), 0...Float(height), innerWidth, innerHeight)
            return inner.centred(width: newWidth, height: newHeight)
        }
    }

    private static func rounded(_ side: Double) -> Int { max(1, Int(side.rounded(.toNearestOrEven))) }

    /// The picture in the middle of black.
    private func centred(width newWidth: Int, height newHeight: Int) -> PixelImage {
        guard newWidth != width || newHeight != height else { return self }
        var result = PixelImage(width: newWidth, height: newHeight, channels: channels, shade: 0)
        let left = Int((Double(newWidth - width) / 2).rounded(.toNearestOrEven))
        let top = Int((Double(newHeight - height) / 2).rounded(.toNearestOrEven))
        for row in 0..<height {
            let start = ((top + row) * newWidth + left) * channels
            let source = row * width * channels
            result.pixels.replaceSubrange(
                start..<start + width * channels, with: pixels[source..<source + width * channels])
        }
        return result
    }

    /// A part of the picture at a size, in two passes: along rows, then along columns.
    private func resampled(
        _ columns: ClosedRange<Float>, _ rows: ClosedRange<Float>, _ newWidth: Int, _ newHeight: Int
    ) -> PixelImage {
        let across = ResamplingAxis(length: width, part: columns, newLength: newWidth)
        let down = ResamplingAxis(length: height, part: rows, newLength: newHeight)
        let narrow = across.isIdentity ? self : resampledAcross(across)
        return down.isIdentity ? narrow : narrow.resampledDown(down)
    }

    private func resampledAcross(_ axis: ResamplingAxis) -> PixelImage {
        let size = height * axis.newLength * channels
        let result = [UInt8](unsafeUninitializedCapacity: size) { target, initialised in
            pixels.withUnsafeBufferPointer { source in
                for column in 0..<axis.newLength {
                    let kernel = axis.kernel(column)
                    for row in 0..<height {
                        for channel in 0..<channels {
                            target[(row * axis.newLength + column) * channels + channel] = kernel.sum(
                                source, from: (row * width + kernel.first) * channels + channel, step: channels)
                        }
                    }
                }
            }
            initialised = size
        }
        return PixelImage(width: axis.newLength, height: height, channels: channels, pixels: result)
    }

    private func resampledDown(_ axis: ResamplingAxis) -> PixelImage {
        let rowSize = width * channels
        let size = axis.newLength * rowSize
        let result = [UInt8](unsafeUninitializedCapacity: size) { target, initialised in
            pixels.withUnsafeBufferPointer { source in
                for row in 0..<axis.newLength {
                    let kernel = axis.kernel(row)
                    for place in 0..<rowSize {
                        target[row * rowSize + place] = kernel.sum(
                            source, from: kernel.first * rowSize + place, step: rowSize)
                    }
                }
            }
            initialised = size
        }
        return PixelImage(width: width, height: axis.newLength, channels: channels, pixels: result)
    }
}

/// One side of a picture that gets another length; as in Pillow's `libImaging/Resample.c`, whose rounding it has.
private struct ResamplingAxis {
    let length: Int
    let newLength: Int
    private let start: Float
    /// Old pixels for each new one.
    private let scale: Double
    /// The whole side, at the length that it has.
    let isIdentity: Bool

    init(length: Int, part: ClosedRange<Float>, newLength: Int) {
        self.length = length
        self.newLength = newLength
        start = part.lowerBound
        scale = Double(part.upperBound - part.lowerBound) / Double(newLength)
        isIdentity = newLength == length && part == 0...Float(length)
    }

    /// What a new pixel is made of.
    func kernel(_ place: Int) -> ResamplingKernel {
        let stretch = max(scale, 1)
        let support = (scale > 1 ? 3 : 2) * stretch
        let centre = Double(start) + (Double(place) + 0.5) * scale
        let first = max(0, Int(centre - support + 0.5))
        let end = min(length, Int(centre + support + 0.5))
        let weights = (first..<max(end, first)).map { pixel -> Double in
            let distance = (Double(pixel) - centre + 0.5) / stretch
            return scale > 1 ? Self.lanczos(distance) : Self.cubic(distance)
        }
        return ResamplingKernel(first: first, weights: weights)
    }

    private static func lanczos(_ distance: Double) -> Double {
        guard distance >= -3, distance < 3 else { return 0 }
        return sinc(distance) * sinc(distance / 3)
    }

    private static func sinc(_ distance: Double) -> Double {
        guard distance != 0 else { return 1 }
        return sin(distance * .pi) / (distance * .pi)
    }

    private static func cubic(_ distance: Double) -> Double {
        let distance = abs(distance)
        if distance < 1 { return (1.5 * distance - 2.5) * distance * distance + 1 }
        if distance < 2 { return ((distance - 5) * distance + 8) * distance * -0.5 + 2 }
        return 0
    }
}

/// The old pixels that a new one is made of, with their shares in whole numbers, which sum to about 2²².
private struct ResamplingKernel {
    private static let bits = 22

    let first: Int
    private let weights: [Int]

    init(first: Int, weights: [Double]) {
        self.first = first
        let sum = weights.reduce(0, +)
        self.weights = weights.map { weight in
            let share = (sum == 0 ? weight : weight / sum) * Double(1 << Self.bits)
            return Int(share < 0 ? share - 0.5 : share + 0.5)
        }
    }

    /// The shade of the new pixel.
    ///
    /// - Parameter step: how far one of the old pixels is from the next.
    func sum(_ pixels: UnsafeBufferPointer<UInt8>, from start: Int, step: Int) -> UInt8 {
        var sum = 1 << (Self.bits - 1)
        var place = start
        for weight in weights {
            sum += weight * Int(pixels[place])
            place += step
        }
        return UInt8(max(0, min(255, sum >> Self.bits)))
    }
}
