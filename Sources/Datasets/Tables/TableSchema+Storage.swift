internal import Codecs

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

    package static var ownFiles: [String] { [StoredFolder.categoriesName] }

    package func attachment(in folder: StoredFolder) throws -> (any Sendable)? {
        let json = try JSON(parsing: ReadableFile.contents(of: folder.categories, limit: 1 << 30))
        let categories = (json.array ?? []).map { ($0.array ?? []).compactMap(\.string) }
        guard categories.count == columns.count else { throw DatasetError.damaged(folder.categories) }
        return TableCategories(ofColumns: categories)
    }
}

extension StoredFolder {
    fileprivate static let categoriesName = "categories.json"

    /// An array of the categories of each column as strings, commonest first; empty for columns whose cells are values.
    var categories: String { path + "/" + Self.categoriesName }
}

/// What indices in coded columns stand for.
package struct TableCategories: Sendable {
    /// The categories of each column, commonest first; empty for columns whose cells are values.
    package let ofColumns: [[String]]

    package init(ofColumns: [[String]]) {
        self.ofColumns = ofColumns
    }
}

extension Dataset {
    /// The categories of each column of a table, commonest first; empty for columns whose cells are values, and for datasets
    /// of another kind.
    package var categories: [[String]] { (attachment as? TableCategories)?.ofColumns ?? [] }

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
