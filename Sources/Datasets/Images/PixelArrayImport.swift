import Codecs

/// Imports pictures that stand one after another as bytes: IDX, and NPY of uint8.
struct PixelArrayImport {
    let upload: Upload

    /// Imports an IDX of uint8 `[items, height, width]`, or `[items, height, width, channels]`.
    ///
    /// - Parameter labels: one number a picture; the distinct ones, ascending, become the classes.
    func run(idx source: any ByteSource, labels: [Int]? = nil) throws -> DatasetManifest {
        let header = try IDXHeader(reading: source)
        guard header.element == .uint8, header.shape.count >= 3 else {
            throw DatasetError(
                code: "idx_not_images",
                detail: "the IDX file has the shape \(header.shape) of \(header.element); "
                    + "pictures are uint8 [items, height, width]")
        }
        return try run(shape: header.shape, source, labels: labels)
    }

    /// Imports the pictures of an array whose head has been read.
    func run(shape: [Int], _ source: any ByteSource, labels: [Int]? = nil) throws -> DatasetManifest {
        let channels = shape.count == 4 ? shape[3] : 1
        guard (3...4).contains(shape.count), channels == 1 || channels == 3 else {
            throw DatasetError(
                code: "not_images",
                detail:
                    "the array has the shape \(shape); pictures are [items, height, width], or with 1 or 3 channels "
                    + "as a last dimension")
        }
        let (count, height, width) = (shape[0], shape[1], shape[2])
        guard count > 0 else { throw DatasetError(code: "no_usable_item", detail: "the array has no pictures") }
        let sides = upload.limits.imageSides
        guard sides.contains(height), sides.contains(width) else {
            throw DatasetError(
                code: "size_out_of_range",
                detail: "the pictures have \(width)×\(height) pixels (width×height); each side must have "
                    + "\(sides.lowerBound) to \(sides.upperBound)")
        }
        if let labels, labels.count != count {
            throw DatasetError(
                code: "labels_differ", detail: "there are \(count) pictures and \(labels.count) labels")
        }
        let distinct = Set(labels ?? []).sorted()
        guard distinct.count <= upload.limits.maximumClasses else {
            throw DatasetError(
                code: "too_many_classes", detail: "there are more than \(upload.limits.maximumClasses) distinct labels")
        }
        let numbers = Dictionary(uniqueKeysWithValues: zip(distinct, (0...).lazy.map { Int32($0) }))
        let itemSize = height * width * channels
        let writer = try upload.writer(itemSize: itemSize)
        for index in 0..<count {
            let pixels = try source.read(upTo: itemSize)
            guard pixels.count == itemSize else {
                throw DatasetError(
                    code: "truncated",
                    detail:
                        "the array announces \(count) pictures of \(itemSize) bytes and ends within number \(index + 1)"
                )
            }
            try writer.append(pixels, label: labels.flatMap { numbers[$0[index]] })
        }
        guard try source.read(upTo: 1).isEmpty else {
            throw DatasetError(
                code: "malformed", detail: "the array announces \(count) pictures, and more bytes follow them")
        }
        return try writer.finish(classes: distinct.map(String.init)) { _, classes in
            ImageSchema(height: height, width: width, channels: channels, classes: classes)
        }
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
