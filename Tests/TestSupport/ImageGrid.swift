package import Codecs

/// Pictures of one size side by side, laid out one by one: what a sheet that grows is held against.
package enum ImageGrid {
    /// Arranges pictures row by row, on black where they leave gaps.
    ///
    /// - Parameters:
    ///   - images: all of the same width and height; the grid has colour where any of them has.
    ///   - columns: how many are in a row; `nil` for about a square.
    ///   - padding: pixels between pictures and around them all.
    /// - Precondition: at least one picture, all of one size, `columns` positive, `padding` not negative.
    package static func compose(_ images: [PixelImage], columns: Int? = nil, padding: Int = 2) -> PixelImage {
        guard let first = images.first else { preconditionFailure("a grid of no pictures") }
        let columns = min(images.count, columns ?? squareColumns(images.count))
        precondition(columns > 0 && padding >= 0)
        let rows = (images.count + columns - 1) / columns
        let channels = images.contains { $0.channels == 3 } ? 3 : 1
        var grid = PixelImage(
            width: columns * (first.width + padding) + padding, height: rows * (first.height + padding) + padding,
            channels: channels, shade: 0)
        for (index, image) in images.enumerated() {
            precondition(image.width == first.width && image.height == first.height)
            let source = channels == 3 ? image.inColour : image
            let left = padding + index % columns * (first.width + padding)
            let top = padding + index / columns * (first.height + padding)
            let rowBytes = first.width * channels
            for row in 0..<first.height {
                let start = ((top + row) * grid.width + left) * channels
                grid.pixels.replaceSubrange(
                    start..<start + rowBytes, with: source.pixels[row * rowBytes..<(row + 1) * rowBytes])
            }
        }
        return grid
    }

    /// The columns of the squarest grid: the smallest number whose square is at least the number of pictures.
    private static func squareColumns(_ count: Int) -> Int {
        var columns = max(1, Int(Double(count).squareRoot()))
        while columns * columns < count { columns += 1 }
        return columns
    }
}
