import Codecs

/// An upload's text from its beginning, as often as it is asked for.
struct UploadText {
    let upload: Upload
    let isGzipped: Bool

    /// The text; what a gzip expands to counts against the upload's limits.
    func source() throws -> any ByteSource {
        let file = FileSource(upload.file)
        guard isGzipped else { return file }
        let budget = SharedBudget(ExpansionBudget(limits: upload.limits, uploadSize: upload.file.size))
        return CountedSource(try GzipSource(file), budget)
    }
}
