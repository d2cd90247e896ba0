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
    ///   - parameters: what else was said of how it is to be read, by the names of `DatasetKind.importParameters`.
    ///   - shouldStop: asked between items.
    /// - Returns: the manifest, as written. Single items that couldn't be used are in its `problems`.
    /// - Throws: `DatasetError` where the upload makes no dataset, the disk is full (code `disk_full`), or `shouldStop`
    ///   said so (code `stopped`); `FileError` where a file can't be read or written for another reason. None of the
    ///   files is left then.
    package static func importDataset(
        upload path: String, into folder: String, kind: DatasetKind? = nil, parameters: [String: String] = [:],
        limits: DatasetLimits = DatasetLimits(), shouldStop: @escaping () -> Bool = { false }
    ) throws -> DatasetManifest {
        do {
            let upload = try Upload(
                path: path, kind: kind, parameters: parameters, limits: limits, shouldStop: shouldStop)
            return try DatasetError.ofUpload { try upload.survey().run(into: folder) }
        } catch {
            StoredFolder(path: folder).removeFiles()
            if let error = error as? FileError, error.isDiskFull {
                throw DatasetError(code: "disk_full", detail: "there is no room on the disk to store the dataset")
            }
            throw error
        }
    }
}

/// An upload that a kind found to be its own, ready to be stored.
package protocol ItemImport {
    /// Writes the dataset, the manifest last.
    ///
    /// - Parameter folder: one that exists, for the files of `DatasetWriter`.
    /// - Throws: `DatasetError`, `CodecError`, `FileError`.
    func run(into folder: String) throws -> DatasetManifest
}
