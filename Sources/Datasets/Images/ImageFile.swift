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

    /// Why bytes that `isImage` denies are no picture, by what their name promised.
    static func refusal(name: String, _ bytes: [UInt8]) -> String {
        let lowered = name.lowercased()
        guard !bytes.isEmpty else { return "the file is empty" }
        if lowered.hasSuffix(".png") { return "not a PNG: it doesn't begin with a PNG's signature" }
        if lowered.hasSuffix(".jpg") || lowered.hasSuffix(".jpeg") {
            return "not a JPEG: it doesn't begin with a JPEG's first marker"
        }
        return "neither a PNG nor a JPEG"
    }
}
