import Codecs

/// Imports an archive: of pictures in class folders, or of IDX files.
struct ArchiveImport {
    let upload: Upload
    let format: ArchiveReader.Format

    /// Goes through the archive twice: once to check it and to learn sizes and classes, once to decode.
    func run() throws -> DatasetManifest {
        let survey = try ArchiveSurvey(upload, format: format)
        if survey.imageCount > 0 { return try importImages(survey) }
        if !survey.idxEntries.isEmpty { return try importIDX(survey.idxEntries) }
        let held = survey.problems.problems.first.map { "; it holds \"\($0.item)\", for instance" } ?? "; it is empty"
        throw DatasetError(
            code: "not_an_image_archive", detail: "the archive has no PNG, JPEG or IDX files\(held)",
            problems: survey.problems.problems, problemCount: survey.problems.count)
    }

    private func importImages(_ survey: ArchiveSurvey) throws -> DatasetManifest {
        guard !survey.sizes.isEmpty else { throw Self.noUsableItem(survey.problems) }
        let size = try survey.sizes.chosen(sides: upload.limits.imageSides)
        let classes = try survey.folders.classes()
        let channels = survey.hasColour ? 3 : 1
        let writer = try upload.writer(itemSize: size.width * size.height * channels)
        var problems = ProblemList()
        var resizedCount = 0
        var walk = try ArchiveWalk(upload, format: format)
        while let (name, entry) = try walk.next() {
            do {
                let image = try decode(entry, walk.source())
                let label = classes.label(name)
                guard classes.names.isEmpty || label != nil else {
                    problems.add(entry.name, "it stands in none of the class folders")
                    continue
                }
                if ImageSize(width: image.width, height: image.height) != size { resizedCount += 1 }
                let resized = image.resized(width: size.width, height: size.height)
                try writer.append((channels == 3 ? resized.inColour : resized).pixels, label: label)
            } catch let error as CodecError {
                guard !walk.isBroken else { throw error }
                problems.add(entry.name, error.detail)
            }
        }
        guard writer.itemCount > 0 else { throw Self.noUsableItem(problems) }
        return try writer.finish(
            classes: classes.names, resizedCount: resizedCount, problems: problems
        ) { _, classes in
            ImageSchema(height: size.height, width: size.width, channels: channels, classes: classes)
        }
    }

    private static func noUsableItem(_ problems: ProblemList) -> DatasetError {
        let first = problems.problems.first.map { "; the first, \"\($0.item)\": \($0.detail)" } ?? ""
        return DatasetError(
            code: "no_usable_item", detail: "none of the archive's \(problems.count) files could be used\(first)",
            problems: problems.problems, problemCount: problems.count)
    }

    private func decode(_ entry: ArchiveEntry, _ source: any ByteSource) throws -> PixelImage {
        let bytes = try source.readAll(limit: upload.limits.maximumItemBytes)
        guard ImageFile.isImage(bytes) else {
            throw CodecError(.unrecognised, ImageFile.refusal(name: entry.name, bytes))
        }
        return try ImageFile.decode(bytes, maximumPixels: upload.limits.maximumItemPixels)
    }

    /// One IDX of pictures and, with it or not, one of their labels.
    private func importIDX(_ entries: [ArchiveSurvey.IDXEntry]) throws -> DatasetManifest {
        let pictures = entries.filter { $0.header.shape.count >= 3 }
        let labels = entries.filter { $0.header.shape.count == 1 }
        guard pictures.count == 1, labels.count <= 1, let picture = pictures.first else {
            let names = entries.map { "\"\($0.name)\"" }.prefix(10).joined(separator: ", ")
            throw DatasetError(
                code: "idx_ambiguous",
                detail: "the archive must have one IDX file of pictures and at most one of labels; it has \(names)")
        }
        let values = try labels.first.map { label in
            try withEntry(label) { source in try PixelArrayImport.labels(from: source, limits: upload.limits) }
        }
        return try withEntry(picture) { source in
            try PixelArrayImport(upload: upload).run(idx: source, labels: values)
        }
    }

    private func withEntry<Result>(
        _ wanted: ArchiveSurvey.IDXEntry, _ body: (any ByteSource) throws -> Result
    ) throws -> Result {
        var walk = try ArchiveWalk(upload, format: format)
        while let (_, entry) = try walk.next() {
            guard entry.name == wanted.name else { continue }
            return try body(wanted.isGzipped ? GzipSource(walk.source()) : walk.source())
        }
        throw DatasetError(code: "malformed", detail: "the archive's entry \"\(wanted.name)\" cannot be found again")
    }
}
