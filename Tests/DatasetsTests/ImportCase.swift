import Codecs
import Datasets
import TestSupport
import Testing

/// Imports bytes into a folder of its own.
struct ImportCase {
    let folder: TemporaryFolder
    let manifest: DatasetManifest

    init(
        _ upload: [UInt8], kind: DatasetKind? = nil, parameters: [String: String] = [:],
        limits: DatasetLimits = DatasetLimits(), shouldStop: @escaping () -> Bool = { false }
    ) throws {
        folder = try TemporaryFolder()
        let path = try folder.write(upload, as: "upload")
        manifest = try DatasetImporter.importDataset(
            upload: path, into: try folder.makeFolder("stored"), kind: kind, parameters: parameters, limits: limits,
            shouldStop: shouldStop)
    }

    func dataset() throws -> Dataset {
        try Dataset(opening: folder.file("stored"))
    }

    /// The error with which an import ends; also checks that it leaves nothing behind.
    static func refusal(
        _ upload: [UInt8], kind: DatasetKind? = nil, parameters: [String: String] = [:],
        limits: DatasetLimits = DatasetLimits(), shouldStop: @escaping () -> Bool = { false },
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> DatasetError {
        let folder = try TemporaryFolder()
        let path = try folder.write(upload, as: "upload")
        let stored = try folder.makeFolder("stored")
        let error = #expect(throws: DatasetError.self, sourceLocation: sourceLocation) {
            try DatasetImporter.importDataset(
                upload: path, into: stored, kind: kind, parameters: parameters, limits: limits, shouldStop: shouldStop)
        }
        #expect(folder.names(in: "stored") == [], sourceLocation: sourceLocation)
        return try #require(error, sourceLocation: sourceLocation)
    }
}

/// A PNG of one shade.
func plainPNG(_ shade: Int, width: Int = 8, height: Int = 8, channels: Int = 1) throws -> [UInt8] {
    try PNG.encode(PixelImage(width: width, height: height, channels: channels, shade: UInt8(shade)))
}
