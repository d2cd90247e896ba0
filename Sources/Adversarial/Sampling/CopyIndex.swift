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
        let reading = NumberReading(table.found, table.categories, table.layout)
        var fingerprints: Set<UInt64> = []
        fingerprints.reserveCapacity(dataset.trainingIndices.count)
        try dataset.forEachRow(dataset.trainingIndices) { _, cells in
            var fingerprint = Fingerprint()
            for (place, column) in table.layout.columns.enumerated() {
                fingerprint.add(reading.value(cells[column.index], of: place))
            }
            fingerprints.insert(fingerprint.value)
        }
        self.fingerprints = fingerprints
    }

    /// Whether a training row has the same cells in all columns that are learned.
    func contains(_ cells: UnsafePointer<Double>) -> Bool {
        var fingerprint = Fingerprint()
        for column in columns { fingerprint.add(cells[column]) }
        return fingerprints.contains(fingerprint.value)
    }

    /// Mixed as by SplitMix64.
    ///
    /// Steele et al. 2014, "Fast splittable pseudorandom number generators".
    private struct Fingerprint {
        private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

        mutating func add(_ cell: Double) {
            // All that is no value is alike, and so are both zeros.
            let bits = cell.isNaN ? 0x7FF8_0000_0000_0000 : (cell == 0 ? 0 : cell.bitPattern)
            var mixed = (value ^ bits) &+ 0x9E37_79B9_7F4A_7C15
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            value = mixed ^ (mixed >> 31)
        }
    }
}
