import CSpng
import Glibc

/// PNG (ISO/IEC 15948) to pixels and back, by libspng.
package enum PNG {
    /// What a PNG's first chunks and its orientation tag say about the picture.
    package struct Header: Sendable, Equatable {
        /// Of the picture as it is meant to be seen, as is `height`.
        package let width: Int
        package let height: Int
        /// 1 for grey, including a palette that has only greys; otherwise 3.
        package let channels: Int
        fileprivate let orientation: PictureOrientation
    }

    /// The first eight bytes of every PNG (§5.2).
    package static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Reads size and colours without decoding pixels.
    package static func header(of bytes: [UInt8]) throws(CodecError) -> Header {
        try withContext(bytes) { context throws(CodecError) in
            try header(context, EXIF.orientation(ofPNG: bytes) ?? .upright)
        }
    }

    /// Decodes a PNG: transparency is composited on white, 16 bits lose their lower 8, palettes are looked up, and the picture is
    /// turned as its orientation tag says, if it has one.
    ///
    /// - Parameter maximumPixels: width × height beyond which nothing is decoded or allocated.
    /// - Throws: `CodecError` of kind `tooLarge` for that, else of the kind of the fault.
    package static func decode(_ bytes: [UInt8], maximumPixels: Int) throws(CodecError) -> PixelImage {
        try withContext(bytes) { context throws(CodecError) in
            let header = try header(context, EXIF.orientation(ofPNG: bytes) ?? .upright)
            guard header.width <= maximumPixels / header.height else {
                throw CodecError(
                    .tooLarge,
                    "the PNG has \(header.width)×\(header.height) pixels; \(maximumPixels) are the most that is decoded"
                )
            }
            let rgba = try rgba(context, count: header.width * header.height)
            let swapsSides = header.orientation.swapsSides
            return PixelImage(
                width: swapsSides ? header.height : header.width, height: swapsSides ? header.width : header.height,
                channels: header.channels, pixels: PixelImage.onWhite(rgba: rgba, channels: header.channels)
            ).upright(from: header.orientation)
        }
    }

    /// What the encoder optimises for.
    package enum Effort: Sendable {
        /// A small file.
        case small
        /// Little time: half as much or less, for the same size in grey and up to a third more in colour.
        case quick
    }

    /// Encodes a picture, losslessly, 8 bits a channel; the same picture gives the same bytes.
    package static func encode(_ image: PixelImage, _ effort: Effort = .small) throws(CodecError) -> [UInt8] {
        guard let context = spng_ctx_new(Int32(SPNG_CTX_ENCODER.rawValue)) else {
            throw CodecError(.malformed, "there is no memory to encode a PNG")
        }
        defer { spng_ctx_free(context) }
        guard let width = UInt32(exactly: image.width), let height = UInt32(exactly: image.height) else {
            throw CodecError(.tooLarge, "a PNG of \(image.width)×\(image.height) cannot be")
        }
        var header = spng_ihdr()
        header.width = width
        header.height = height
        header.bit_depth = 8
        header.color_type = UInt8(
            image.channels == 1 ? SPNG_COLOR_TYPE_GRAYSCALE.rawValue : SPNG_COLOR_TYPE_TRUECOLOR.rawValue)
        try check(spng_set_ihdr(context, &header))
        try check(spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1))
        if effort == .quick {
            // Trying every filter on every row takes longer than the compression itself, and makes small grey images
            // larger. Figures are in docs/benchmarks.md.
            let filter = image.channels == 1 ? SPNG_FILTER_CHOICE_NONE : SPNG_FILTER_CHOICE_SUB
            try check(spng_set_option(context, SPNG_FILTER_CHOICE, Int32(filter.rawValue)))
            try check(spng_set_option(context, SPNG_IMG_COMPRESSION_LEVEL, 1))
        }
        let status = image.pixels.withUnsafeBytes {
            spng_encode_image(
                context, $0.baseAddress, $0.count, Int32(SPNG_FMT_PNG.rawValue), Int32(SPNG_ENCODE_FINALIZE.rawValue))
        }
        try check(status)
        var size = 0
        var failure: Int32 = 0
        guard let encoded = spng_get_png_buffer(context, &size, &failure) else {
            try check(failure)
            throw CodecError(.malformed, "libspng gave no bytes")
        }
        // The context no longer owns its buffer (documentation of spng_get_png_buffer).
        defer { free(encoded) }
        return [UInt8](UnsafeRawBufferPointer(start: encoded, count: size))
    }

    private static func withContext<Result>(
        _ bytes: [UInt8], _ body: (OpaquePointer) throws(CodecError) -> Result
    ) throws(CodecError) -> Result {
        guard bytes.starts(with: signature) else {
            throw CodecError(.unrecognised, "not a PNG: it doesn't begin with a PNG's signature")
        }
        guard let context = spng_ctx_new(0) else {
            throw CodecError(.malformed, "there is no memory to decode a PNG")
        }
        defer { spng_ctx_free(context) }
        // Text and colour profiles can be decompression bombs: at most 4 MiB a chunk, 16 MiB altogether.
        try check(spng_set_chunk_limits(context, 4 << 20, 16 << 20))
        return try bytes.withUnsafeBufferPointer { (buffer) throws(CodecError) in
            try check(spng_set_png_buffer(context, buffer.baseAddress, buffer.count))
            return try body(context)
        }
    }

    private static func header(
        _ context: OpaquePointer, _ orientation: PictureOrientation
    ) throws(CodecError) -> Header {
        var header = spng_ihdr()
        try check(spng_get_ihdr(context, &header))
        let (width, height) = (Int(header.width), Int(header.height))
        return Header(
            width: orientation.swapsSides ? height : width, height: orientation.swapsSides ? width : height,
            channels: try isGrey(context, colourType: UInt32(header.color_type)) ? 1 : 3, orientation: orientation)
    }

    private static func isGrey(_ context: OpaquePointer, colourType: UInt32) throws(CodecError) -> Bool {
        switch colourType {
        case SPNG_COLOR_TYPE_GRAYSCALE.rawValue, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA.rawValue:
            return true
        case SPNG_COLOR_TYPE_INDEXED.rawValue:
            var palette = spng_plte()
            try check(spng_get_plte(context, &palette))
            let count = Int(min(palette.n_entries, 256))
            return withUnsafeBytes(of: &palette.entries) { bytes in
                bytes.bindMemory(to: spng_plte_entry.self).prefix(count).allSatisfy {
                    $0.red == $0.green && $0.green == $0.blue
                }
            }
        default:
            return false
        }
    }

    private static func rgba(_ context: OpaquePointer, count: Int) throws(CodecError) -> [UInt8] {
        var status: Int32 = 0
        let pixels = [UInt8](unsafeUninitializedCapacity: count * 4) { buffer, initialised in
            status = spng_decode_image(
                context, buffer.baseAddress, count * 4, Int32(SPNG_FMT_RGBA8.rawValue),
                Int32(SPNG_DECODE_TRNS.rawValue))
            initialised = status == 0 ? count * 4 : 0
        }
        try check(status)
        return pixels
    }

    private static func check(_ status: Int32) throws(CodecError) {
        guard status != 0 else { return }
        let reason = spng_strerror(status).map { String(cString: $0) } ?? "error \(status)"
        guard status != SPNG_IO_EOF.rawValue else { throw CodecError(.truncated, "the PNG ends before its last chunk") }
        throw CodecError(.malformed, "the PNG cannot be read: \(reason)")
    }
}
