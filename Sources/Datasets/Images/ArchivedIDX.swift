import Codecs

/// The IDX files of an archive: one of pictures and, with it or not, one of their labels.
struct ArchivedIDX {
    private let upload: Upload
    private let format: ArchiveReader.Format
    private let picture: ArchiveSurvey.IDXEntry
    private let label: ArchiveSurvey.IDXEntry?

    /// - Throws: `DatasetError` with code `idx_ambiguous`.
    init(
        _ upload: Upload, format: ArchiveReader.Format, _ entries: [ArchiveSurvey.IDXEntry]
    ) throws(DatasetError) {
        let pictures = entries.filter { $0.header.shape.count >= 3 }
        let labels = entries.filter { $0.header.shape.count == 1 }
        guard pictures.count == 1, labels.count <= 1, let picture = pictures.first else {
            let names = entries.map { "\"\($0.name)\"" }.prefix(10).joined(separator: ", ")
            throw DatasetError(
                code: "idx_ambiguous",
                detail: "the archive must have one IDX file of pictures and at most one of labels; it has \(names)")
        }
        self.upload = upload
        self.format = format
        self.picture = picture
        label = labels.first
    }

    func pictures() throws -> PixelArray {
        try PixelArray(idx: source(of: picture))
    }

    /// One number a picture; nil where there are none.
    func labels() throws -> [Int]? {
        try label.map { try PixelArray.labels(from: source(of: $0), limits: upload.limits) }
    }

    private func source(of wanted: ArchiveSurvey.IDXEntry) throws -> any ByteSource {
        var walk = try ArchiveWalk(upload, format: format)
        while let (_, entry) = try walk.next() {
            guard entry.name == wanted.name else { continue }
            return wanted.isGzipped ? try GzipSource(walk.source()) : walk.source()
        }
        throw DatasetError(code: "malformed", detail: "the archive's entry \"\(wanted.name)\" cannot be found again")
    }
}
