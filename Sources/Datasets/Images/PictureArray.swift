import Codecs

/// An array of pictures in an upload: an IDX of uint8, or an NPY of any numbers.
struct PictureArray {
    /// The array as its archive names it; nil where it is the upload itself.
    let name: String?
    let layout: PictureLayout
    /// What its numbers are; an IDX's bytes are shades as they stand.
    let header: NPYHeader?
    private let open: () throws -> any ByteSource

    /// An upload that is an IDX or an NPY.
    ///
    /// - Throws: `DatasetError` with code `idx_not_images`, `not_images`, `no_usable_item` or `array_too_large`; `CodecError`.
    init(_ upload: Upload) throws {
        let file = upload.file
        switch upload.format {
        case .npy(let header):
            try self.init(npy: header, name: nil) {
                let source = FileSource(file)
                _ = try NPYHeader(reading: source)
                return source
            }
        default:
            let isGzipped = upload.format == .idx(isGzipped: true)
            let source = { () throws -> any ByteSource in
                isGzipped ? upload.counted(try GzipSource(FileSource(file))) : FileSource(file)
            }
            try self.init(idx: IDXHeader(reading: source()), name: nil) {
                let source = try source()
                _ = try IDXHeader(reading: source)
                return source
            }
        }
    }

    /// - Parameter open: the bytes that follow the head, as often as it is asked.
    init(idx header: IDXHeader, name: String?, open: @escaping () throws -> any ByteSource) throws(DatasetError) {
        let what = "the IDX file has the shape \(header.shape) of \(header.element)"
        guard header.element == .uint8, header.shape.count >= 3 else {
            throw DatasetError(
                code: "idx_not_images", detail: "\(what); pictures are uint8 [items, height, width]")
        }
        self.name = name
        layout = try PictureLayout(header.shape, what, offers: [1, 3])
        self.header = nil
        self.open = open
    }

    init(npy header: NPYHeader, name: String?, open: @escaping () throws -> any ByteSource) throws(DatasetError) {
        self.name = name
        layout = try PictureLayout(header.shape, Self.described(header, name))
        self.header = header
        guard header.isColumnMajor else {
            self.open = open
            return
        }
        try RowMajorSource.check(header)
        self.open = { RowMajorSource(header, open: open) }
    }

    /// The bytes of its elements in row-major order, from the first on.
    func source() throws -> any ByteSource { try open() }

    var size: ImageSize { ImageSize(width: layout.width, height: layout.height) }

    var isColoured: Bool { layout.channels > 1 }

    /// The array, for a sentence.
    var described: String {
        header.map { Self.described($0, name) } ?? "the IDX file has \(layout.count) pictures"
    }

    /// The array with its type and its shape, for a sentence.
    static func described(_ header: NPYHeader, _ name: String?) -> String {
        let subject = name.map { "\"\($0.prefix(200))\"" } ?? "the array"
        return "\(subject) is of \(header.element) with the shape \(header.shape)"
    }

    /// Checks what can be checked before pictures are read.
    ///
    /// - Throws: `DatasetError` with code `too_many_items` or `size_out_of_range`.
    func check(_ limits: DatasetLimits) throws(DatasetError) {
        guard layout.count <= limits.maximumItems else { throw DatasetError.tooManyItems(limits) }
        guard layout.fits(limits) else {
            throw DatasetError(
                code: "size_out_of_range",
                detail: "the pictures have \(size) pixels (width×height); 1 to \(limits.maximumItemPixels) are read")
        }
    }

    /// The range of all its numbers; nil where it has none but shades.
    ///
    /// - Throws: `DatasetError` with code `npy_not_finite` or `truncated`; `CodecError`.
    func range(shouldStop: () -> Bool) throws -> NumberRange? {
        guard let header else { return nil }
        var range = NumberRange()
        let source = try source()
        for item in 0..<layout.count {
            if shouldStop() { throw DatasetError.stopped }
            let numbers = try Self.numbers(source, header, layout, item)
            if let place = range.add(numbers) {
                throw DatasetError(
                    code: "npy_not_finite",
                    detail: "\(described) and has \(numbers[place]) at "
                        + "\(layout.place(item * layout.numberCount + place)); pictures are of finite numbers")
            }
            // Bytes of which one is more than 1 are shades as they stand, whatever follows.
            if header.element == .uint8, range.greatest > 1 {
                return range
            }
        }
        return range
    }

    private static func numbers(
        _ source: any ByteSource, _ header: NPYHeader, _ layout: PictureLayout, _ item: Int
    ) throws -> [Double] {
        try bytes(source, layout, elementSize: header.element.size, item).withUnsafeBytes { header.values(of: $0) }
    }

    /// The bytes of a picture.
    static func bytes(
        _ source: any ByteSource, _ layout: PictureLayout, elementSize: Int, _ item: Int
    ) throws -> [UInt8] {
        let size = layout.numberCount * elementSize
        let bytes = try source.read(upTo: size)
        guard bytes.count == size else {
            throw DatasetError(
                code: "truncated",
                detail:
                    "the array announces \(layout.count) pictures of \(size) bytes and ends within number \(item + 1)")
        }
        return bytes
    }
}

extension [PictureArray] {
    /// How the numbers of each are shades, one form for all of the same type.
    ///
    /// - Throws: `DatasetError` with code `npy_not_finite`, `npy_not_shades` or `truncated`; `CodecError`.
    func forms(shouldStop: () -> Bool) throws -> [ShadeForm?] {
        var ranges: [NPYHeader.Element: NumberRange] = [:]
        for array in self {
            guard let header = array.header, let range = try array.range(shouldStop: shouldStop) else { continue }
            ranges[header.element, default: NumberRange()].add(range)
        }
        return try map { array in
            guard let header = array.header, let range = ranges[header.element] else { return nil }
            guard let form = ShadeForm(header.element, range) else {
                throw DatasetError(
                    code: "npy_not_shades",
                    detail: "\(PictureArray.described(header, array.name)), and its numbers go from "
                        + "\(Self.text(range.least)) to \(Self.text(range.greatest)); pictures of \(header.element) have "
                        + "\(ShadeForm.listed(header.element)): bring them to one of these")
            }
            return form
        }
    }

    private static func text(_ number: Double) -> String {
        abs(number) < 1e15 && number == number.rounded() ? String(Int(number)) : String(number)
    }
}
