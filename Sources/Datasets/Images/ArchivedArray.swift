import Codecs

/// An array within an archive: an IDX, gzipped or not, or an NPY, of which NumPy's NPZ is made.
struct ArchivedArray: Equatable {
    enum Head: Equatable {
        case idx(IDXHeader, isGzipped: Bool)
        case npy(NPYHeader)
    }

    let name: String
    let head: Head

    /// - Parameters:
    ///   - source: the entry's bytes.
    ///   - start: the first of them.
    /// - Returns: nil where it is no array.
    /// - Throws: `CodecError` where it begins as one and its head can't be read.
    init?(_ name: String, _ source: any ByteSource, _ start: [UInt8]) throws {
        if start.starts(with: NPYHeader.signature) {
            head = .npy(try NPYHeader(reading: source))
        } else if IDXHeader.recognises(start) || start.starts(with: GzipSource.signature) {
            let isGzipped = start.starts(with: GzipSource.signature)
            head = .idx(try IDXHeader(reading: isGzipped ? GzipSource(source) : source), isGzipped: isGzipped)
        } else {
            return nil
        }
        self.name = name
    }

    var shape: [Int] {
        switch head {
        case .idx(let header, _): header.shape
        case .npy(let header): header.shape
        }
    }

    var isIDX: Bool { if case .idx = head { true } else { false } }

    /// Whether it may be pictures.
    var isOfPictures: Bool { shape.count >= 3 }

    /// Whether it may be labels, by its form: an IDX of one dimension; whole numbers `[items]` or `[items, 1]` of an NPY.
    var isOfLabels: Bool {
        switch head {
        case .idx: shape.count == 1
        case .npy(let header):
            ShadeForm.Elements.whole.include(header.element)
                && (shape.count == 1 || shape.count == 2 && shape[1] == 1)
        }
    }

    /// The array with its type and its shape, for a sentence.
    var described: String {
        switch head {
        case .idx(let header, _): "\"\(name.prefix(200))\" is of \(header.element) with the shape \(header.shape)"
        case .npy(let header): PictureArray.described(header, name)
        }
    }

    /// The bytes that follow its head.
    func open(_ upload: Upload, _ format: ArchiveReader.Format) throws -> any ByteSource {
        var walk = try ArchiveWalk(upload, format: format)
        while let (_, entry) = try walk.next() {
            guard entry.name == name else { continue }
            let entrySource = walk.source()
            switch head {
            case .npy:
                _ = try NPYHeader(reading: entrySource)
                return entrySource
            case .idx(_, let isGzipped):
                let source: any ByteSource = isGzipped ? upload.counted(try GzipSource(entrySource)) : entrySource
                _ = try IDXHeader(reading: source)
                return source
            }
        }
        throw DatasetError(code: "malformed", detail: "the archive's entry \"\(name)\" cannot be found again")
    }

    /// The array as pictures.
    ///
    /// - Throws: what `PictureArray` throws.
    func pictures(_ upload: Upload, _ format: ArchiveReader.Format) throws -> PictureArray {
        let open: () throws -> any ByteSource = { try self.open(upload, format) }
        switch head {
        case .idx(let header, _): return try PictureArray(idx: header, name: name, open: open)
        case .npy(let header): return try PictureArray(npy: header, name: name, open: open)
        }
    }

    /// The array as labels, one number a picture.
    ///
    /// - Throws: `DatasetError` with code `idx_not_labels`, `too_many_items` or `truncated`; `CodecError`.
    func labels(_ upload: Upload, _ format: ArchiveReader.Format) throws -> [Int] {
        if case .idx(let header, _) = head, [.float32, .float64].contains(header.element) {
            throw DatasetError(
                code: "idx_not_labels",
                detail:
                    "the IDX file of labels has the shape \(header.shape) of \(header.element); labels are integers [items]"
            )
        }
        guard shape[0] <= upload.limits.maximumItems else {
            throw DatasetError(
                code: "too_many_items", detail: "there are more than \(upload.limits.maximumItems) labels")
        }
        let size =
            switch head {
            case .idx(let header, _): header.dataSize
            case .npy(let header): header.dataSize
            }
        let bytes = try open(upload, format).readAll(limit: size)
        guard bytes.count == size else {
            throw DatasetError(code: "truncated", detail: "the labels announce \(size) bytes and have \(bytes.count)")
        }
        switch head {
        case .idx(let header, _): return header.integers(of: bytes)
        // A label beyond 2⁵³ is rounded, and is one all the same.
        case .npy(let header):
            return bytes.withUnsafeBytes { header.values(of: $0) }.map { Int(max(-0x1p62, min(0x1p62, $0))) }
        }
    }
}

extension IDXHeader {
    /// The elements of an IDX of integers.
    fileprivate func integers(of bytes: [UInt8]) -> [Int] {
        (0..<bytes.count / element.size).map { index in
            let bits = bytes[index * element.size..<(index + 1) * element.size].reduce(0) { $0 << 8 | Int($1) }
            guard element != .uint8 else { return bits }
            let unused = Int.bitWidth - 8 * element.size
            return (bits << unused) >> unused
        }
    }
}
