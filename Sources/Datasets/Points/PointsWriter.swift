import Codecs

/// Writes rows of real numbers as a dataset of points.
final class PointsWriter {
    /// Beyond this, sums of squares over many rows could exceed what a `Double` holds.
    static let largestMagnitude = 1e100

    private let writer: DatasetWriter
    private let columns: [String]

    init(_ upload: Upload, folder: String, columns: [String]) throws {
        self.columns = columns
        writer = try DatasetWriter(
            upload, folder: folder, StoredItem(size: columns.count * MemoryLayout<Double>.size))
    }

    var rowCount: Int { writer.itemCount }

    /// Adds a row of as many finite numbers as there are columns.
    func append(_ row: [Double]) throws {
        try row.withUnsafeBytes { try writer.append($0) }
    }

    func finish() throws -> DatasetManifest {
        guard writer.itemCount > 0 else { throw DatasetError(code: "no_usable_item", detail: "the table has no rows") }
        return try writer.finish { contents, _ in
            let (mean, deviation) = try Self.moments(of: contents, columns: columns.count)
            return PointSchema(columns: columns, mean: mean, standardDeviation: deviation)
        }
    }

    /// Mean and standard deviation of each column over the training rows, in one pass (Welford 1962).
    private static func moments(
        of contents: DatasetWriter.Contents, columns: Int
    ) throws -> (mean: [Double], deviation: [Double]) {
        let source = FileSource(try ReadableFile(path: contents.itemsPath))
        var mean = [Double](repeating: 0, count: columns)
        var squares = mean
        var row = mean
        var holdout = contents.holdout[...]
        var count = 0.0
        for index in 0..<contents.itemCount {
            _ = try row.withUnsafeMutableBytes { try source.read(into: $0) }
            if holdout.first.map({ Int($0) }) == index {
                holdout = holdout.dropFirst()
                continue
            }
            count += 1
            for column in 0..<columns {
                let difference = row[column] - mean[column]
                mean[column] += difference / count
                squares[column] += difference * (row[column] - mean[column])
            }
        }
        return (mean, squares.map { (max(0, $0) / max(1, count)).squareRoot() })
    }
}
