import Codecs

/// Imports an archive: of pictures in class folders, or of IDX files.
///
/// Two passes: the first has checked the archive and learned sizes and classes, the second decodes.
struct ArchiveImport: ItemImport {
    let upload: Upload
    let format: ArchiveReader.Format
    let survey: ArchiveSurvey

    func run(into folder: String) throws -> DatasetManifest {
        if survey.imageCount > 0 { return try importImages(into: folder) }
        let array = try ArchivedIDX(upload, format: format, survey.idxEntries)
        let labels = try array.labels()
        return try PixelArrayImport(upload: upload, array: try array.pictures(), labels: labels).run(into: folder)
    }

    private func importImages(into folder: String) throws -> DatasetManifest {
        guard !survey.sizes.isEmpty else { throw Self.noUsableItem(survey.problems) }
        let size = try survey.sizes.chosen(sides: upload.limits.imageSides)
        let classes = try survey.folders.classes()
        let channels = survey.hasColour ? 3 : 1
        let writer = try DatasetWriter(upload, folder: folder, StoredItem(size: size.width * size.height * channels))
        var problems = ProblemList()
        var resizedCount = 0
        var walk = try PictureWalk(upload, format: format)
        while let (name, entry, image) = try walk.next(&problems) {
            let label = classes.label(name)
            guard classes.names.isEmpty || label != nil else {
                problems.add(entry.name, "it stands in none of the class folders")
                continue
            }
            if ImageSize(width: image.width, height: image.height) != size { resizedCount += 1 }
            let resized = image.resized(width: size.width, height: size.height)
            try writer.append((channels == 3 ? resized.inColour : resized).pixels, label: label)
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
}
