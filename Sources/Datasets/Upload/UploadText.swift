import Codecs

/// The text of an upload from its beginning, as often as it is asked for.
struct UploadText {
    let upload: Upload

    /// The text; what a gzip expands to counts against the upload's limits.
    func source() throws -> any ByteSource {
        let file = FileSource(upload.file)
        guard upload.format == .csv(isGzipped: true) else { return file }
        let budget = SharedBudget(ExpansionBudget(limits: upload.limits, uploadSize: upload.file.size))
        return CountedSource(try GzipSource(file), budget)
    }
}
