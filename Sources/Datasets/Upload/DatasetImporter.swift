import Codecs

/// Turns an upload into a stored dataset.
package enum DatasetImporter {
    /// Reads an upload, checks it and writes its stored form, the manifest last.
    ///
    /// What the upload is, its bytes decide. It is streamed: memory holds one picture or one row, a few bytes for each item,
    /// and of a table its columns' different values within limits.
    ///
    /// - Parameters:
    ///   - path: the upload, which is left as it is.
    ///   - folder: a folder that exists, for the files of `DatasetWriter`.
    ///   - kind: what the dataset shall be; `nil` to let the bytes decide.
    ///   - shouldStop: asked between items.
    /// - Returns: the manifest, as written. Single items that couldn't be used are in its `problems`.
    /// - Throws: `DatasetError` where the upload makes no dataset, the disk is full (code `disk_full`), or `shouldStop`
    ///   said so (code `stopped`); `FileError` where a file can't be read or written for another reason. None of the
    ///   files is left then.
    package static func importDataset(
        upload path: String, into folder: String, kind: DatasetKind? = nil, limits: DatasetLimits = DatasetLimits(),
        shouldStop: @escaping () -> Bool = { false }
    ) throws -> DatasetManifest {
        do {
            let upload = Upload(
                file: try ReadableFile(path: path), folder: folder, kind: kind, limits: limits, shouldStop: shouldStop)
            return try upload.imported()
        } catch {
            StoredFolder(path: folder).removeFiles()
            switch error {
            case let error as FileError where error.isDiskFull:
                throw DatasetError(code: "disk_full", detail: "there is no room on the disk to store the dataset")
            case let error as CodecError:
                throw DatasetError(error)
            default:
                throw error
            }
        }
    }
}

/// An upload and what was asked of it.
struct Upload {
    let file: ReadableFile
    let folder: String
    let kind: DatasetKind?
    let limits: DatasetLimits
    let shouldStop: () -> Bool

    fileprivate func imported() throws -> DatasetManifest {
        switch try UploadFormat(of: file) {
        case .archive(let format):
            try require(.images, "an archive")
            return try ArchiveImport(upload: self, format: format).run()
        case .idx:
            try require(.images, "an IDX file")
            return try PixelArrayImport(upload: self).run(idx: FileSource(file))
        case .gzippedIDX:
            try require(.images, "an IDX file")
            return try PixelArrayImport(upload: self).run(idx: GzipSource(FileSource(file)))
        case .npy:
            return try NPYImport(upload: self).run()
        case .csv:
            return try importTable(isGzipped: false)
        case .gzippedCSV:
            return try importTable(isGzipped: true)
        }
    }

    private func importTable(isGzipped: Bool) throws -> DatasetManifest {
        // A CSV can be two kinds; of the others it is told the likelier one.
        if kind != .points, kind != nil { try require(.table, "a CSV") }
        return try TableImport(upload: self, text: UploadText(upload: self, isGzipped: isGzipped)).run()
    }

    func require(_ possible: DatasetKind, _ what: String) throws(DatasetError) {
        guard kind == nil || kind == possible else {
            throw DatasetError(
                code: "kind_mismatch",
                detail: "the upload is \(what), which can be a dataset of kind \"\(possible.rawValue)\", "
                    + "not of kind \"\(kind?.rawValue ?? "auto")\"")
        }
    }

    func writer(itemSize: Int) throws -> DatasetWriter {
        try DatasetWriter(folder: folder, itemSize: itemSize, limits: limits, shouldStop: shouldStop)
    }
}

extension DatasetError {
    /// A fault of the upload as a whole.
    init(_ error: CodecError) {
        let code =
            switch error.kind {
            case .unrecognised: "unrecognised_format"
            case .malformed: "malformed"
            case .truncated: "truncated"
            case .tooLarge: "too_large"
            case .unsupported: "unsupported_format"
            }
        self.init(code: code, detail: error.detail)
    }
}
