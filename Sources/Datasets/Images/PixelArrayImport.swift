import Codecs

/// Imports pictures that stand one after another as bytes.
struct PixelArrayImport: ItemImport {
    let upload: Upload
    let array: PixelArray
    /// One number a picture; the distinct ones, ascending, become the classes.
    let labels: [Int]?

    func run(into folder: String) throws -> DatasetManifest {
        var array = array
        let sides = upload.limits.imageSides
        guard sides.contains(array.height), sides.contains(array.width) else {
            throw DatasetError(
                code: "size_out_of_range",
                detail: "the pictures have \(array.width)×\(array.height) pixels (width×height); each side must have "
                    + "\(sides.lowerBound) to \(sides.upperBound)")
        }
        if let labels, labels.count != array.count {
            throw DatasetError(
                code: "labels_differ", detail: "there are \(array.count) pictures and \(labels.count) labels")
        }
        let distinct = Set(labels ?? []).sorted()
        guard distinct.count <= upload.limits.maximumClasses else {
            throw DatasetError(
                code: "too_many_classes", detail: "there are more than \(upload.limits.maximumClasses) distinct labels")
        }
        let numbers = Dictionary(uniqueKeysWithValues: zip(distinct, (0...).lazy.map { Int32($0) }))
        let writer = try DatasetWriter(upload, folder: folder, StoredItem(size: array.itemSize))
        while let pixels = try array.next() {
            try writer.append(pixels, label: labels.flatMap { numbers[$0[writer.itemCount]] })
        }
        return try writer.finish(classes: distinct.map(String.init)) { [array] _, classes in
            ImageSchema(height: array.height, width: array.width, channels: array.channels, classes: classes)
        }
    }
}
