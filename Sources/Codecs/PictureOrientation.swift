/// How the pixels of a file lie to the picture that they are of: where their first row and first column are in it.
///
/// The numbers are TIFF's and Exif's (TIFF 6.0, "Orientation").
package enum PictureOrientation: Int, Sendable, CaseIterable {
    case upright = 1
    case mirrored
    case upsideDown
    case upsideDownMirrored
    case turnedLeftMirrored
    case turnedLeft
    case turnedRightMirrored
    case turnedRight

    /// Whether the file's rows are the picture's columns, so that width and height change places.
    package var swapsSides: Bool { rawValue >= 5 }

    /// Where a pixel of the picture stands in the file.
    ///
    /// - Parameters:
    ///   - x: its column in the picture, as `y` is its row.
    ///   - width: that of the file's pixels, as is `height`.
    fileprivate func place(x: Int, y: Int, width: Int, height: Int) -> (x: Int, y: Int) {
        switch self {
        case .upright: (x, y)
        case .mirrored: (width - 1 - x, y)
        case .upsideDown: (width - 1 - x, height - 1 - y)
        case .upsideDownMirrored: (x, height - 1 - y)
        case .turnedLeftMirrored: (y, x)
        case .turnedLeft: (y, height - 1 - x)
        case .turnedRightMirrored: (width - 1 - y, height - 1 - x)
        case .turnedRight: (width - 1 - y, x)
        }
    }
}

extension PixelImage {
    /// The picture as it is meant to be seen, of pixels as they stand in a file.
    func upright(from orientation: PictureOrientation) -> PixelImage {
        guard orientation != .upright else { return self }
        let (newWidth, newHeight) = orientation.swapsSides ? (height, width) : (width, height)
        let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, initialised in
            var position = 0
            for y in 0..<newHeight {
                for x in 0..<newWidth {
                    let place = orientation.place(x: x, y: y, width: width, height: height)
                    let start = (place.y * width + place.x) * channels
                    for channel in 0..<channels { buffer[position + channel] = pixels[start + channel] }
                    position += channels
                }
            }
            initialised = position
        }
        return PixelImage(width: newWidth, height: newHeight, channels: channels, pixels: turned)
    }
}
