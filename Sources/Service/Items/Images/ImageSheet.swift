import Adversarial
import Codecs
import Datasets

/// Images of a dataset's size side by side on one picture, row by row, laid out as they come.
struct ImageSheet {
    private static let padding = 2

    private(set) var image: PixelImage
    private let schema: ImageSchema
    private let columns: Int
    /// Images laid out so far.
    private var end = 0

    /// A black sheet.
    ///
    /// - Parameters:
    ///   - count: the images it is to hold, one or more.
    ///   - columns: images in a row; nil is about a square.
    init(of schema: ImageSchema, count: Int, columns: Int? = nil) {
        self.schema = schema
        self.columns = min(count, columns ?? Int(Double(count).squareRoot().rounded(.up)))
        image = PixelImage(
            width: self.columns * (schema.width + Self.padding) + Self.padding,
            height: (count + self.columns - 1) / self.columns * (schema.height + Self.padding) + Self.padding,
            channels: schema.channels, shade: 0)
    }

    /// Lays out the next images, `[height, width, channels]` each, of which there is room for as many as were announced.
    mutating func add(_ pixels: [UInt8]) {
        let rowBytes = schema.width * schema.channels
        let count = pixels.count / (schema.height * rowBytes)
        for index in 0..<count * schema.height {
            let (place, row) = (end + index / schema.height, index % schema.height)
            let top = Self.padding + place / columns * (schema.height + Self.padding) + row
            let left = Self.padding + place % columns * (schema.width + Self.padding)
            let start = (top * image.width + left) * schema.channels
            image.pixels.replaceSubrange(
                start..<start + rowBytes, with: pixels[index * rowBytes..<(index + 1) * rowBytes])
        }
        end += count
    }
}

/// Images as a PNG of a sheet, laid out while they are drawn: 4,096 large ones are held once.
struct ImageSheetEncoder: SampleEncoder {
    let isWhole = true

    private let schema: ImageSchema
    private let count: Int
    private let columns: Int?
    /// Made for the first image: copies of this value, which threads that draw have, would otherwise have it copied.
    private var sheet: ImageSheet?

    init(_ schema: ImageSchema, count: Int, columns: Int?) {
        self.schema = schema
        self.count = count
        self.columns = columns
    }

    func encode(_ block: SampleBlock, into bytes: inout [UInt8]) -> [UInt8] {
        guard case .bytes(let pixels) = block.values else { return [] }
        return pixels
    }

    mutating func note(_ pixels: [UInt8]) {
        var sheet = sheet.take() ?? ImageSheet(of: schema, count: count, columns: columns)
        sheet.add(pixels)
        self.sheet = sheet
    }

    func end(_ bytes: inout [UInt8]) throws {
        guard let sheet else { return }
        bytes += try PNG.encode(sheet.image, .quick)
    }
}
