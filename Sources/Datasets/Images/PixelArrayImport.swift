import Codecs

/// Imports pictures that stand one after another in arrays.
struct PixelArrayImport: ItemImport {
    let upload: Upload
    /// One, or those for training and then those for testing.
    let parts: [PicturePart]
    /// What of the upload couldn't be used.
    let problems: ProblemList

    func run(into folder: String) throws -> DatasetManifest {
        let fitting = try fitting()
        let count = try parts.reduce(0) { sum, part in
            if fitting.fit != nil { try part.array.check(upload.limits) }
            return sum + part.array.layout.count
        }
        try fitting.checkSize(of: min(count, upload.limits.maximumItems), upload)
        let labels = try parts.map { try $0.labels?() }
        // Of the pictures for training: of a class that these lack nothing can be learned.
        let distinct = Set((labels.first ?? nil) ?? []).sorted()
        guard distinct.count <= upload.limits.maximumClasses else {
            throw DatasetError(
                code: "too_many_classes", detail: "there are more than \(upload.limits.maximumClasses) distinct labels")
        }
        let numbers = Dictionary(uniqueKeysWithValues: zip(distinct, (0...).lazy.map { Int32($0) }))
        let forms = try parts.map(\.array).forms(shouldStop: upload.shouldStop)
        let writer = try DatasetWriter(upload, folder: folder, fitting.storedItem)
        var problems = problems
        var tally = SplitTally()
        var resizedCount = 0
        for ((part, form), labels) in zip(zip(parts, forms), labels) {
            var pictures = try PixelArray(part.array, form, isNamed: parts.count > 1)
            var place = 0
            while let image = try pictures.next() {
                defer { place += 1 }
                let label = labels.flatMap { numbers[$0[place]] }
                guard labels == nil || label != nil else {
                    problems.add(
                        pictures.name, "its label \(labels?[place] ?? 0) is that of no picture for training")
                    continue
                }
                let pixels: [UInt8]
                do throws(UnfitPicture) {
                    pixels = try fitting.fitted(image)
                } catch {
                    problems.add(pictures.name, error.detail)
                    continue
                }
                if fitting.isScaled(image) { resizedCount += 1 }
                try writer.append(pixels, label: label, isHeldOut: part.part == .holdout)
                if let own = part.part { tally.add(own, of: part.array.name ?? "") }
            }
        }
        guard writer.itemCount > tally.count(.holdout) else {
            throw DatasetError(
                code: "no_usable_item", detail: "none of the array's pictures could be used",
                problems: problems.problems, problemCount: problems.count)
        }
        tally.noteCopies(writer, &problems)
        return try writer.finish(
            classes: distinct.map(String.init), resizedCount: resizedCount, problems: problems
        ) { _, classes in
            ImageSchema(
                height: fitting.size.height, width: fitting.size.width, channels: fitting.channels, classes: classes,
                fit: fitting.fit, split: tally.split)
        }
    }

    /// How the pictures become items.
    ///
    /// - Throws: `DatasetError` with code `sizes_differ` or `size_out_of_range`.
    private func fitting() throws(DatasetError) -> PictureFitting {
        let channels = parts.contains { $0.array.isColoured } ? 3 : 1
        if let requested = try upload.requestedSize() {
            return PictureFitting(size: requested.size, fit: requested.fit, channels: channels)
        }
        let sides = upload.limits.imageSides
        let sizes = parts.map(\.array.size)
        let size = sizes[0]
        let suggested = ImageSize.square(near: min(size.width, size.height), sides: sides)
        guard sizes.allSatisfy({ $0 == size }) else {
            let shown = parts.map { "\($0.array.layout.count) of \($0.array.size)" }.joined(separator: ", ")
            throw DatasetError.sizesDiffer("\(shown) (width×height)", suggested: suggested)
        }
        guard sides.contains(size.height), sides.contains(size.width) else {
            throw DatasetError.sizeOutOfRange(
                size, sides: sides, suggested: suggested, of: parts[0].array.described + ", [items, height, width] of")
        }
        return PictureFitting(size: size, fit: nil, channels: channels)
    }
}
