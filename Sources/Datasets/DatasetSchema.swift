package import Codecs

/// What the items of a dataset are.
package enum DatasetKind: String, Sendable, CaseIterable {
    case points, table, images, audio, text, series
}

/// What one item of a dataset looks like.
package enum DatasetSchema: Sendable, Equatable {
    /// Vectors of real numbers; mean and standard deviation of each column are taken over the training items.
    case points(columns: [String], mean: [Double], standardDeviation: [Double])
    /// Rows of mixed types.
    case table(TableSchema)
    /// Pictures of `[height, width, channels]`, 8 bits each; `classes` is empty where there are none.
    case images(height: Int, width: Int, channels: Int, classes: [String])

    /// The schema as the REST contract shows it.
    package var json: JSON {
        switch self {
        case .points(let columns, let mean, let standardDeviation):
            [
                "columns": .array(columns.map { .string($0) }),
                "mean": .array(mean.map { .number($0) }),
                "standard_deviation": .array(standardDeviation.map { .number($0) }),
            ]
        case .table(let table): table.json
        case .images(let height, let width, let channels, let classes):
            [
                "height": .integer(Int64(height)), "width": .integer(Int64(width)),
                "channels": .integer(Int64(channels)), "classes": .array(classes.map { .string($0) }),
            ]
        }
    }

    /// Reads what `json` wrote.
    ///
    /// - Throws: `DatasetError` with code `manifest_unreadable`.
    package init(json: JSON, kind: DatasetKind) throws {
        switch kind {
        case .points:
            guard let columns = json["columns"]?.array?.compactMap(\.string),
                let mean = json["mean"]?.array?.compactMap(\.number),
                let deviation = json["standard_deviation"]?.array?.compactMap(\.number),
                !columns.isEmpty, mean.count == columns.count, deviation.count == columns.count
            else { throw DatasetError.unreadableManifest("its schema of points is incomplete") }
            self = .points(columns: columns, mean: mean, standardDeviation: deviation)
        case .images:
            let sides = [json["height"], json["width"], json["channels"]].compactMap { $0?.integer }
            guard sides.count == 3, sides.allSatisfy({ (1...65_535).contains($0) }), sides[2] == 1 || sides[2] == 3,
                let classes = json["classes"]?.array?.compactMap(\.string)
            else { throw DatasetError.unreadableManifest("its schema of images is incomplete") }
            self = .images(height: Int(sides[0]), width: Int(sides[1]), channels: Int(sides[2]), classes: classes)
        case .table: self = .table(try TableSchema(json: json))
        case .audio, .text, .series:
            throw DatasetError.unreadableManifest("datasets of kind \(kind.rawValue) are not supported yet")
        }
    }
}
