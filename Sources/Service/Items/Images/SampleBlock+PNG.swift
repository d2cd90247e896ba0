import Adversarial
import Codecs

extension SampleBlock {
    /// Makes a PNG file of each image, in their order; none of what isn't images.
    ///
    /// - Parameter body: takes an image's place in the block, and its file.
    func forEachPNG(_ body: (_ place: Int, _ file: [UInt8]) throws -> Void) throws {
        guard case .bytes(let pixels) = values else { return }
        let size = itemShape.reduce(1, *)
        for place in 0..<count {
            let image = PixelImage(
                width: itemShape[1], height: itemShape[0], channels: itemShape[2],
                pixels: Array(pixels[place * size..<(place + 1) * size]))
            try body(place, try PNG.encode(image, .quick))
        }
    }
}
