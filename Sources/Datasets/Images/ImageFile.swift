import Codecs

/// A picture's size in pixels.
struct ImageSize: Hashable, CustomStringConvertible {
    let width: Int
    let height: Int

    var description: String { "\(width)×\(height)" }

    /// Whether the sides of both are in the same proportion within 1 %.
    func hasSameProportion(as other: ImageSize) -> Bool {
        let difference = Double(width) * Double(other.height) / (Double(height) * Double(other.width)) - 1
        // The least bit more: 101:50 to 100:50 is exactly 1 %.
        return abs(difference) <= 0.01 + 1e-12
    }
}

/// A PNG or JPEG in memory, told apart by its bytes.
enum ImageFile {
    static func isImage(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: PNG.signature) || bytes.starts(with: JPEG.signature)
    }

    /// Size and channels, from the file's head alone.
    static func header(of bytes: [UInt8]) throws(CodecError) -> (size: ImageSize, channels: Int) {
        if bytes.starts(with: PNG.signature) {
            let header = try PNG.header(of: bytes)
            return (ImageSize(width: header.width, height: header.height), header.channels)
        }
        let header = try JPEG.header(of: bytes)
        return (ImageSize(width: header.width, height: header.height), header.channels)
    }

    static func decode(_ bytes: [UInt8], maximumPixels: Int) throws(CodecError) -> PixelImage {
        bytes.starts(with: PNG.signature)
            ? try PNG.decode(bytes, maximumPixels: maximumPixels) : try JPEG.decode(bytes, maximumPixels: maximumPixels)
    }

    /// Why bytes that `isImage` denies are no picture, by what they are and what their name promised.
    static func refusal(name: String, _ bytes: [UInt8]) -> String {
        let lowered = name.lowercased()
        guard !bytes.isEmpty else { return "the file is empty" }
        if let format = ForeignPicture.all.first(where: { $0.recognises(bytes) }) {
            return "it is \(format.name), and PNG and JPEG are read; ImageMagick makes PNGs: mogrify -format png "
                + "\"*.\(format.ending)\""
        }
        if lowered.hasSuffix(".png") { return "not a PNG: it doesn't begin with a PNG's signature" }
        if lowered.hasSuffix(".jpg") || lowered.hasSuffix(".jpeg") {
            return "not a JPEG: it doesn't begin with a JPEG's first marker"
        }
        let tables = [".csv", ".tsv", ".json", ".xml"]
        return tables.contains(where: lowered.hasSuffix)
            ? "neither a PNG nor a JPEG; classes are taken from folders, or from StyleGAN's \(LabelList.fileName)"
            : "neither a PNG nor a JPEG"
    }
}

/// A format of pictures that isn't read.
private struct ForeignPicture {
    /// With its article.
    let name: String
    /// The usual ending of its files' names.
    let ending: String
    /// Bytes that it has at a place.
    let offset: Int
    let signature: [UInt8]

    static let all = [
        ForeignPicture(name: "a GIF", ending: "gif", offset: 0, signature: Array("GIF8".utf8)),
        ForeignPicture(name: "a WebP picture", ending: "webp", offset: 8, signature: Array("WEBP".utf8)),
        ForeignPicture(name: "a BMP", ending: "bmp", offset: 0, signature: Array("BM".utf8)),
        ForeignPicture(name: "a TIFF", ending: "tif", offset: 0, signature: [0x49, 0x49, 0x2A, 0]),
        ForeignPicture(name: "a TIFF", ending: "tif", offset: 0, signature: [0x4D, 0x4D, 0, 0x2A]),
        ForeignPicture(name: "an AVIF picture", ending: "avif", offset: 4, signature: Array("ftypavif".utf8)),
        ForeignPicture(name: "a HEIC picture", ending: "heic", offset: 4, signature: Array("ftyphe".utf8)),
        ForeignPicture(name: "a HEIF picture", ending: "heif", offset: 4, signature: Array("ftypmif1".utf8)),
        ForeignPicture(name: "a JPEG 2000 picture", ending: "jp2", offset: 4, signature: Array("jP  ".utf8)),
        ForeignPicture(name: "a PNM", ending: "ppm", offset: 0, signature: Array("P6\n".utf8)),
        ForeignPicture(name: "a PGM", ending: "pgm", offset: 0, signature: Array("P5\n".utf8)),
    ]

    func recognises(_ bytes: [UInt8]) -> Bool { bytes.dropFirst(offset).starts(with: signature) }
}
