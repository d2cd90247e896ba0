import CTurboJPEG

/// JPEG (ITU-T T.81) to pixels, by libjpeg-turbo.
package enum JPEG {
    /// What a JPEG's frame header and its orientation tag say about the picture.
    package struct Header: Sendable, Equatable {
        /// Of the picture as it is meant to be seen, as is `height`.
        package let width: Int
        package let height: Int
        /// 1 for grey, 3 for colour.
        package let channels: Int
        fileprivate let isFourColour: Bool
        fileprivate let orientation: PictureOrientation

        /// The columns of the pixels as they are stored.
        fileprivate var storedWidth: Int { orientation.swapsSides ? height : width }
        fileprivate var storedHeight: Int { orientation.swapsSides ? width : height }
    }

    /// The first bytes of every JPEG: start of image, and the marker that must follow (B.2.1).
    package static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

    /// Reads size and colours without decoding pixels.
    package static func header(of bytes: [UInt8]) throws(CodecError) -> Header {
        try withDecoder(bytes) { handle, buffer throws(CodecError) in
            try header(handle, buffer, EXIF.orientation(ofJPEG: bytes) ?? .upright)
        }
    }

    /// Decodes a JPEG, turned as its orientation tag says, if it has one.
    ///
    /// - Parameter maximumPixels: width × height beyond which nothing is decoded or allocated.
    /// - Throws: `CodecError` of kind `tooLarge` for that, `truncated` where data is missing (libjpeg itself would fill
    ///   in grey), else `malformed`.
    package static func decode(_ bytes: [UInt8], maximumPixels: Int) throws(CodecError) -> PixelImage {
        try withDecoder(bytes) { handle, buffer throws(CodecError) in
            let header = try header(handle, buffer, EXIF.orientation(ofJPEG: bytes) ?? .upright)
            guard header.width <= maximumPixels / header.height else {
                throw CodecError(
                    .tooLarge,
                    "the JPEG has \(header.width)×\(header.height) pixels; \(maximumPixels) are the most that is decoded"
                )
            }
            let format = header.isFourColour ? TJPF_CMYK : header.channels == 1 ? TJPF_GRAY : TJPF_RGB
            let count = header.width * header.height * (header.isFourColour ? 4 : header.channels)
            var status: Int32 = 0
            let pixels = [UInt8](unsafeUninitializedCapacity: count) { target, initialised in
                status = tjDecompress2(
                    handle, buffer.baseAddress, UInt(buffer.count), target.baseAddress,
                    Int32(header.storedWidth), 0, Int32(header.storedHeight), format.rawValue,
                    TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
                initialised = count
            }
            if status != 0 { try checkFailure(handle) }
            return PixelImage(
                width: header.storedWidth, height: header.storedHeight, channels: header.channels,
                pixels: header.isFourColour ? colour(fromInvertedInk: pixels) : pixels
            ).upright(from: header.orientation)
        }
    }

    private static func withDecoder<Result>(
        _ bytes: [UInt8], _ body: (tjhandle, UnsafeBufferPointer<UInt8>) throws(CodecError) -> Result
    ) throws(CodecError) -> Result {
        guard bytes.starts(with: signature) else {
            throw CodecError(.unrecognised, "not a JPEG: it doesn't begin with a JPEG's first marker")
        }
        guard let handle = tjInitDecompress() else {
            throw CodecError(.malformed, "there is no memory to decode a JPEG")
        }
        defer { tjDestroy(handle) }
        return try bytes.withUnsafeBufferPointer { (buffer) throws(CodecError) in try body(handle, buffer) }
    }

    private static func header(
        _ handle: tjhandle, _ buffer: UnsafeBufferPointer<UInt8>, _ orientation: PictureOrientation
    ) throws(CodecError) -> Header {
        var width: Int32 = 0
        var height: Int32 = 0
        var subsampling: Int32 = 0
        var colourSpace: Int32 = 0
        let status = tjDecompressHeader3(
            handle, buffer.baseAddress, UInt(buffer.count), &width, &height, &subsampling, &colourSpace)
        guard status == 0, width > 0, height > 0 else {
            throw CodecError(.malformed, "the JPEG cannot be read: \(reason(handle))")
        }
        let space = TJCS(rawValue: UInt32(bitPattern: colourSpace))
        return Header(
            width: Int(orientation.swapsSides ? height : width), height: Int(orientation.swapsSides ? width : height),
            channels: space == TJCS_GRAY ? 1 : 3, isFourColour: space == TJCS_CMYK || space == TJCS_YCCK,
            orientation: orientation)
    }

    /// Accepts only the one warning that leaves every pixel intact.
    private static func checkFailure(_ handle: tjhandle) throws(CodecError) {
        let reason = reason(handle)
        if tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue) {
            if reason.contains("extraneous bytes") { return }
            if reason.contains("Premature end") { throw CodecError(.truncated, "the JPEG ends before its last pixel") }
        }
        throw CodecError(.malformed, "the JPEG cannot be read: \(reason)")
    }

    private static func reason(_ handle: tjhandle) -> String {
        tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown error"
    }

    /// Converts four colours to three: such JPEGs are Adobe's, which store each ink inverted, so that 255 is no ink.
    private static func colour(fromInvertedInk inks: [UInt8]) -> [UInt8] {
        var colours: [UInt8] = []
        colours.reserveCapacity(inks.count / 4 * 3)
        for pixel in stride(from: 0, to: inks.count, by: 4) {
            let black = Int(inks[pixel + 3])
            for ink in 0..<3 {
                colours.append(UInt8((Int(inks[pixel + ink]) * black + 127) / 255))
            }
        }
        return colours
    }
}
