internal import Codecs
internal import Glibc

/// Rows are stored as float64 `[columns]`: NaN where there is no value, indices of categories in coded columns, numbers and
/// times in the others. What networks see of them, training works out.
extension TableSchema {
    package var stored: StoredItem { StoredItem(size: columns.count * MemoryLayout<Double>.size) }
    package var shape: [Int] { [columns.count] }
    package var classes: [String] { [] }

    package func read(
        _ items: ItemStorage, _ indices: [Int], into values: UnsafeMutableBufferPointer<Float>
    ) throws {
        var place = 0
        for index in indices {
            try items.withItem(index) { item in
                for column in columns.indices {
                    values[place + column] = Float(item.loadUnaligned(fromByteOffset: column * 8, as: Double.self))
                }
            }
            place += columns.count
        }
    }

    package static var ownFiles: [String] { [StoredFolder.categoriesName, StoredFolder.identifiersName] }

    package func attachment(in folder: StoredFolder) throws -> (any Sendable)? {
        let json = try JSON(parsing: ReadableFile.contents(of: folder.categories, limit: 1 << 30))
        let categories = (json.array ?? []).map { ($0.array ?? []).compactMap(\.string) }
        guard categories.count == columns.count else { throw DatasetError.damaged(folder.categories) }
        var identifiers = [IdentifierForm?](repeating: nil, count: columns.count)
        // Datasets of former versions, and those without identifiers, have no such file.
        if access(folder.identifiers, F_OK) == 0 {
            let forms = try JSON(parsing: ReadableFile.contents(of: folder.identifiers, limit: 1 << 30)).array ?? []
            guard forms.count == columns.count else { throw DatasetError.damaged(folder.identifiers) }
            identifiers = try forms.map { $0.isNull ? nil : try IdentifierForm(json: $0) }
        }
        return TableCategories(ofColumns: categories, identifiers: identifiers)
    }
}

extension StoredFolder {
    fileprivate static let categoriesName = "categories.json"
    fileprivate static let identifiersName = "identifiers.json"

    /// An array of the form of each column's identifiers; null for other columns, and for whole numbers that count on.
    var identifiers: String { path + "/" + Self.identifiersName }

    /// An array of the categories of each column as strings, commonest first; empty for columns whose cells are values.
    var categories: String { path + "/" + Self.categoriesName }
}

/// What indices in coded columns stand for.
package struct TableCategories: Sendable {
    /// The categories of each column, commonest first; empty for columns whose cells are values.
    package let ofColumns: [[String]]
    /// How the identifiers of each column are built; nil for other columns, and for whole numbers that count on from the last.
    package let identifiers: [IdentifierForm?]

    package init(ofColumns: [[String]], identifiers: [IdentifierForm?]? = nil) {
        self.ofColumns = ofColumns
        self.identifiers = identifiers ?? ofColumns.map { _ in nil }
    }
}

extension Dataset {
    /// The categories of each column of a table, commonest first; empty for columns whose cells are values, and for datasets
    /// of another kind.
    package var categories: [[String]] { (attachment as? TableCategories)?.ofColumns ?? [] }

    /// How the identifiers of each column of a table are built; nil for columns that have no form.
    package var identifiers: [IdentifierForm?] { (attachment as? TableCategories)?.identifiers ?? [] }

    /// Rows of a table as they are stored, `[rows, columns]`.
    package func cells(of indices: [Int]) throws -> [Double] {
        let columns = manifest.schema.stored.size / MemoryLayout<Double>.size
        return try [Double](unsafeUninitializedCapacity: indices.count * columns) { buffer, written in
            for index in indices {
                try items.withItem(index) { item in
                    UnsafeMutableRawBufferPointer(
                        UnsafeMutableBufferPointer(rebasing: buffer[written..<written + columns])
                    ).copyMemory(from: item)
                }
                written += columns
            }
        }
    }
}
