import Codecs

/// Imports an archive: of pictures in class folders, or of arrays of pictures.
///
/// Two passes: the first has checked the archive and learned sizes and classes, the second decodes.
struct ArchiveImport: ItemImport {
    let upload: Upload
    let format: ArchiveReader.Format
    let survey: ArchiveSurvey

    func run(into folder: String) throws -> DatasetManifest {
        if survey.imageCount > 0 { return try importImages(into: folder) }
        let arrays = try ArchivedArrays(upload, format: format, survey.arrays, problems: survey.problems)
        return try PixelArrayImport(upload: upload, parts: arrays.parts, problems: arrays.problems).run(into: folder)
    }

    private func importImages(into folder: String) throws -> DatasetManifest {
        guard survey.usableCount > 0 else { throw Self.noUsableItem(survey.problems) }
        var problems = ProblemList()
        let fitting = try survey.fitting(sides: upload.limits.imageSides)
        try fitting.checkSize(of: survey.usableCount, upload)
        let classes = try survey.classes(of: upload, &problems)
        let writer = try DatasetWriter(upload, folder: folder, fitting.storedItem)
        var resizedCount = 0
        var parts = SplitTally()
        var walk = try PictureWalk(upload, format: format, survey.labels)
        while let (name, entry, image) = try walk.next(&problems) {
            let (place, pixels): (PicturePlace, [UInt8])
            do throws(UnfitPicture) {
                (place, pixels) = (try classes.place(of: name), try fitting.fitted(image))
            } catch {
                problems.add(entry.name, error.detail)
                continue
            }
            if fitting.isScaled(image) { resizedCount += 1 }
            try writer.append(pixels, label: place.label, isHeldOut: place.split?.part == .holdout)
            if let split = place.split { parts.add(split.part, of: split.folder) }
        }
        guard writer.itemCount > parts.count(.holdout) else { throw Self.noUsableItem(problems) }
        parts.noteCopies(writer, &problems)
        return try writer.finish(
            classes: classes.names, resizedCount: resizedCount, problems: problems
        ) { _, classes in
            ImageSchema(
                height: fitting.size.height, width: fitting.size.width, channels: fitting.channels, classes: classes,
                fit: fitting.fit, split: parts.split)
        }
    }

    private static func noUsableItem(_ problems: ProblemList) -> DatasetError {
        let first = problems.problems.first.map { "; the first, \"\($0.item)\": \($0.detail)" } ?? ""
        return DatasetError(
            code: "no_usable_item", detail: "none of the archive's \(problems.count) files could be used\(first)",
            problems: problems.problems, problemCount: problems.count)
    }
}
