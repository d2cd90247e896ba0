import Codecs

/// Pictures of an array with what belongs to them.
struct PicturePart {
    let array: PictureArray
    /// Reads one number a picture; nil where there are none.
    var labels: (() throws -> [Int])?
    /// Which part of the dataset they are; nil where it doesn't come in parts.
    var part: DatasetPart?
}

/// The arrays of an archive: pictures and, with them or not, their labels; as one, or for training and testing.
///
/// Arrays belong together by what their names say of the part of the dataset, as in Keras' `x_train`, `y_train`, `x_test`,
/// `y_test` and MNIST's `t10k-images-idx3-ubyte`; labels are known by their form, and those of an NPZ by their names too.
struct ArchivedArrays {
    let parts: [PicturePart]
    /// Arrays that nothing was made of.
    let problems: ProblemList

    /// - Parameter problems: what of the archive couldn't be used so far.
    /// - Throws: `DatasetError` with code `idx_ambiguous`, `npz_ambiguous` or `labels_differ`; what `PictureArray` throws.
    init(
        _ upload: Upload, format: ArchiveReader.Format, _ arrays: [ArchivedArray], problems: ProblemList = ProblemList()
    ) throws {
        let pictures = arrays.filter(\.isOfPictures)
        let groups = Dictionary(grouping: pictures) { ArrayName($0.name).splitWord }
        let isSplit = groups.count > 1
        let kinds = pictures.map { ArrayName($0.name).part }
        guard !pictures.isEmpty, groups.values.allSatisfy({ $0.count == 1 }),
            !isSplit || kinds.count(where: { $0 == .training }) == 1 && !kinds.contains(nil)
        else { throw Self.ambiguous(arrays) }
        var problems = problems
        var unused = arrays.filter { !$0.isOfPictures }
        let areIDX = arrays.allSatisfy(\.isIDX)
        func part(_ array: ArchivedArray) throws -> PicturePart {
            let name = ArrayName(array.name)
            let candidates = unused.filter { candidate in
                let other = ArrayName(candidate.name)
                return candidate.isOfLabels && (!isSplit || other.splitWord == name.splitWord)
                    && (areIDX || other.isOfLabels)
            }
            guard candidates.count <= 1 else { throw Self.ambiguous(arrays) }
            var part = PicturePart(array: try array.pictures(upload, format), part: isSplit ? name.part : nil)
            if let labels = candidates.first {
                let count = labels.shape.reduce(1, *)
                guard count == array.shape[0] else {
                    throw DatasetError(
                        code: "labels_differ", detail: "there are \(array.shape[0]) pictures and \(count) labels")
                }
                unused.removeAll { $0 == labels }
                part.labels = { try labels.labels(upload, format) }
            }
            return part
        }
        // Those for training first: without labels of these the others' are of no use.
        let isForTraining = { (array: ArchivedArray) in ArrayName(array.name).part == .training }
        let parts = try (pictures.filter(isForTraining) + pictures.filter { !isForTraining($0) }).map(part)
        let areLabelled = parts.first?.labels != nil
        for part in parts.dropFirst() where areLabelled && part.labels == nil {
            problems.add(
                part.array.name ?? "", "it is left out: it has no labels, and the pictures for training have some")
        }
        for array in unused {
            problems.add(
                array.name, "\(array.described), which is taken neither for pictures nor for labels of them")
        }
        self.parts = parts.filter { !areLabelled || $0.labels != nil }.map { part in
            var part = part
            if !areLabelled { part.labels = nil }
            return part
        }
        self.problems = problems
    }

    private static func ambiguous(_ arrays: [ArchivedArray]) -> DatasetError {
        let names = arrays.map { array in array.isIDX ? "\"\(array.name.prefix(200))\"" : array.described }
        let list = names.prefix(10).joined(separator: arrays.allSatisfy(\.isIDX) ? ", " : "; ")
        guard !arrays.allSatisfy(\.isIDX) else {
            return DatasetError(
                code: "idx_ambiguous",
                detail:
                    "the archive must have one IDX file of pictures and at most one of labels, or such for training and for "
                    + "testing with train and test (or t10k) in their names; it has \(list)")
        }
        return DatasetError(
            code: "npz_ambiguous",
            detail:
                "the archive must have one array of pictures, [items, height, width] with 1, 3 or 4 channels or none, and at "
                + "most one of labels, whole numbers [items]; or such for training and for testing, as x_train, y_train, x_test "
                + "and y_test; but \(list)")
    }
}
