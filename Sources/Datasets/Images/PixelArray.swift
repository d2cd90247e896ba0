import Codecs

/// Goes through the pictures of an array.
struct PixelArray {
    private let array: PictureArray
    private let form: ShadeForm?
    private let isNamed: Bool
    private let source: any ByteSource
    private var place = 0

    /// - Parameters:
    ///   - form: how its numbers are shades; nil of an IDX.
    ///   - isNamed: whether the array is one of several, so that its name goes before its pictures' places.
    init(_ array: PictureArray, _ form: ShadeForm?, isNamed: Bool) throws {
        self.isNamed = isNamed
        self.array = array
        self.form = form
        source = try array.source()
    }

    /// The next picture; nil after the last.
    ///
    /// - Throws: `DatasetError` with code `truncated`, or `malformed` where bytes follow the last picture; `CodecError`.
    mutating func next() throws -> PixelImage? {
        let layout = array.layout
        guard place < layout.count else {
            guard try source.read(upTo: 1).isEmpty else {
                throw DatasetError(
                    code: "malformed",
                    detail: "the array announces \(layout.count) pictures, and more bytes follow them")
            }
            return nil
        }
        let bytes = try PictureArray.bytes(source, layout, elementSize: array.header?.element.size ?? 1, place)
        place += 1
        let shades = layout.interleaved(shades(bytes))
        return PixelImage(
            width: layout.width, height: layout.height, channels: layout.channels == 1 ? 1 : 3,
            pixels: layout.channels == 4 ? PixelImage.onWhite(rgba: shades, channels: 3) : shades)
    }

    /// How the picture that `next()` gave last is called.
    var name: String { (isNamed ? array.name.map { "\($0), " } ?? "" : "") + "picture \(place)" }

    private func shades(_ bytes: [UInt8]) -> [UInt8] {
        guard let header = array.header, let form, !form.isIdentity(header.element) else { return bytes }
        return bytes.withUnsafeBytes { header.values(of: $0).map(form.shade) }
    }
}
