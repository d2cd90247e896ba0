package import Datasets

/// Finds rows of a training set again.
///
/// It holds a fingerprint of 64 bits for each training row: of a million rows against a million samples, one in forty million
/// passes for a copy that isn't one.
package final class CopyIndex: Sendable, Equatable {
    private let columns: [Int]
    private let fingerprints: Set<UInt64>

    package static func == (left: CopyIndex, right: CopyIndex) -> Bool { left === right }

    /// - Throws: what reading the dataset throws.
    package init(_ dataset: Dataset, _ table: TableEncoding) throws {
        columns = table.layout.columns.map(\.index)
        let reading = NumberReading(table.found, dataset.categories, table.layout)
        var fingerprints: Set<UInt64> = []
        fingerprints.reserveCapacity(dataset.trainingIndices.count)
        try dataset.forEachRow(dataset.trainingIndices) { _, cells in
            var fingerprint: UInt64 = 0
            for (place, column) in table.layout.columns.enumerated() {
                fingerprint = TableCell.fingerprint(
                    fingerprint, adding: reading.value(cells[column.index], of: place))
            }
            fingerprints.insert(fingerprint)
        }
        self.fingerprints = fingerprints
    }

    /// Whether a training row has the same cells in all columns that are learned.
    func contains(_ cells: UnsafePointer<Double>) -> Bool {
        fingerprints.contains(columns.reduce(0) { TableCell.fingerprint($0, adding: cells[$1]) })
    }
}
