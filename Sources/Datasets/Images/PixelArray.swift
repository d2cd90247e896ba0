import Codecs

/// Pictures that stand one after another as bytes, in an IDX or an NPY of uint8.
struct PixelArray {
    let count: Int
    let height: Int
    let width: Int
    /// 1 for grey, 3 for colour.
    let channels: Int
    private let source: any ByteSource
    private var place = 0

    /// Reads the head of an IDX of uint8 `[items, height, width]`, or `[items, height, width, channels]`.
    ///
    /// - Throws: `DatasetError` with code `idx_not_images`, `not_images` or `no_usable_item`; `CodecError`.
    init(idx source: any ByteSource) throws {
        let header = try IDXHeader(reading: source)
        guard header.element == .uint8, header.shape.count >= 3 else {
            throw DatasetError(
                code: "idx_not_images",
                detail: "the IDX file has the shape \(header.shape) of \(header.element); "
                    + "pictures are uint8 [items, height, width]")
        }
        try self.init(shape: header.shape, source)
    }

    /// Reads the head of an upload that is an IDX, or an NPY of uint8 in row-major order and of the same shapes.
    ///
    /// - Throws: `DatasetError` with code `idx_not_images`, `not_images` or `no_usable_item`; `CodecError`.
    init(_ upload: Upload) throws {
        let file = FileSource(upload.file)
        switch upload.format {
        case .npy: try self.init(shape: NPYHeader(reading: file).shape, file)
        case .idx(isGzipped: true): try self.init(idx: GzipSource(file))
        default: try self.init(idx: file)
        }
    }

    private init(shape: [Int], _ source: any ByteSource) throws {
        let channels = shape.count == 4 ? shape[3] : 1
        guard (3...4).contains(shape.count), channels == 1 || channels == 3 else {
            throw DatasetError(
                code: "not_images",
                detail:
                    "the array has the shape \(shape); pictures are [items, height, width], or with 1 or 3 channels "
                    + "as a last dimension")
        }
        guard shape[0] > 0 else { throw DatasetError(code: "no_usable_item", detail: "the array has no pictures") }
        (count, height, width, self.channels) = (shape[0], shape[1], shape[2], channels)
        self.source = source
    }

    /// Bytes of one picture.
    var itemSize: Int { height * width * channels }

    /// The pixels of the next picture, `[height, width, channels]`; nil after the last.
    ///
    /// - Throws: `DatasetError` with code `truncated`, or `malformed` where bytes follow the last picture; `CodecError`.
    mutating func next() throws -> [UInt8]? {
        guard place < count else {
            guard try source.read(upTo: 1).isEmpty else {
                throw DatasetError(
                    code: "malformed", detail: "the array announces \(count) pictures, and more bytes follow them")
            }
            return nil
        }
        place += 1
        let pixels = try source.read(upTo: itemSize)
        guard pixels.count == itemSize else {
            throw DatasetError(
                code: "truncated",
                detail: "the array announces \(count) pictures of \(itemSize) bytes and ends within number \(place)")
        }
        return pixels
    }

    /// Reads an IDX of labels: integers `[items]`.
    static func labels(from source: any ByteSource, limits: DatasetLimits) throws -> [Int] {
        let header = try IDXHeader(reading: source)
        guard header.shape.count == 1, header.element != .float32, header.element != .float64 else {
            throw DatasetError(
                code: "idx_not_labels",
                detail:
                    "the IDX file of labels has the shape \(header.shape) of \(header.element); labels are integers [items]"
            )
        }
        guard header.shape[0] <= limits.maximumItems else {
            throw DatasetError(code: "too_many_items", detail: "there are more than \(limits.maximumItems) labels")
        }
        let bytes = try source.readAll(limit: header.dataSize)
        guard bytes.count == header.dataSize else {
            throw DatasetError(
                code: "truncated", detail: "the labels announce \(header.dataSize) bytes and have \(bytes.count)")
        }
        let size = header.element.size
        return (0..<header.shape[0]).map { index in
            let bits = bytes[index * size..<(index + 1) * size].reduce(0) { $0 << 8 | Int($1) }
            guard header.element != .uint8 else { return bits }
            let unused = Int.bitWidth - 8 * size
            return (bits << unused) >> unused
        }
    }
}
