package import Codecs

/// Vectors of real numbers; stored as float64 `[columns]`, shown to networks standardised.
package struct PointSchema: ItemKind {
    package static let name = DatasetKind.points

    /// The names of the columns, one or more.
    package var columns: [String]
    /// The mean of each column over the training items.
    package var mean: [Double]
    /// The standard deviation of each column over the training items; 0 where all its values are equal.
    package var standardDeviation: [Double]

    package init(columns: [String], mean: [Double], standardDeviation: [Double]) {
        self.columns = columns
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    package init(json: JSON) throws {
        guard let columns = json["columns"]?.array?.compactMap(\.string),
            let mean = json["mean"]?.array?.compactMap(\.number),
            let deviation = json["standard_deviation"]?.array?.compactMap(\.number),
            !columns.isEmpty, mean.count == columns.count, deviation.count == columns.count
        else { throw DatasetError.unreadableManifest("its schema of points is incomplete") }
        self.init(columns: columns, mean: mean, standardDeviation: deviation)
    }

    package var json: JSON {
        [
            "columns": .array(columns.map { .string($0) }),
            "mean": .array(mean.map { .number($0) }),
            "standard_deviation": .array(standardDeviation.map { .number($0) }),
        ]
    }

    /// Whether a `Float` tells the numbers of all columns apart: its steps are less than a thousandth of a standard deviation, as
    /// those of seconds since 1970 within a day aren't.
    package var fitsFloats: Bool {
        zip(mean, standardDeviation).allSatisfy { mean, deviation in
            let size = abs(mean) + deviation
            // The step of what is too large for it is none.
            return deviation > 0 ? Double(Float(size).ulp) < deviation / 1_000 : size < 0x1p24
        }
    }

    package var stored: StoredItem { StoredItem(size: columns.count * MemoryLayout<Double>.size) }
    package var shape: [Int] { [columns.count] }
    package var classes: [String] { [] }

    package func read(
        _ items: ItemStorage, _ indices: [Int], into values: UnsafeMutableBufferPointer<Float>
    ) throws {
        var place = 0
        for index in indices {
            try items.withItem(index) { item in
                for column in mean.indices {
                    let value = item.loadUnaligned(fromByteOffset: column * 8, as: Double.self)
                    // A column whose values are all equal becomes zeros.
                    let deviation = standardDeviation[column] > 0 ? standardDeviation[column] : 1
                    values[place + column] = Float((value - mean[column]) / deviation)
                }
            }
            place += mean.count
        }
    }
}

extension Dataset {
    /// A few points of the dataset as they were uploaded, each with a number for every column, the same at every call.
    ///
    /// - Parameter count: at most so many; fewer where the dataset has fewer.
    package func previewPoints(_ schema: PointSchema, count: Int) throws -> [[Double]] {
        try previewIndices(count).map { index in
            try item(index).withUnsafeBytes { bytes in
                schema.columns.indices.map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
            }
        }
    }
}
