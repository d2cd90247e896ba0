import FoundationEssentials

/// Consecutive points of a job's curves: at each step the wall time, the samples seen and the values.
package struct MetricBlock: Sendable, Equatable {
    /// The names of the series, in the order of the values.
    package let names: [String]
    package private(set) var steps: [Int64] = []
    /// Seconds since 1970, UTC.
    package private(set) var wallTimes: [Double] = []
    package private(set) var samplesSeen: [Int64] = []
    /// One array for each series.
    package private(set) var columns: [[Float]]

    package init(names: [String]) {
        self.names = names
        columns = names.map { _ in [] }
    }

    package var count: Int { steps.count }
    package var isEmpty: Bool { steps.isEmpty }

    /// Adds the point after the last one.
    ///
    /// - Parameters:
    ///   - step: greater than the one before.
    ///   - values: one for each name.
    package mutating func append(step: Int, wallTime: Timestamp, samplesSeen: Int, values: [Float]) {
        precondition(values.count == names.count, "a point needs a value for each of the block's names")
        precondition(Int64(step) > steps.last ?? .min, "a point's step must follow the one before")
        steps.append(Int64(step))
        wallTimes.append(wallTime.seconds)
        self.samplesSeen.append(Int64(samplesSeen))
        for (index, value) in values.enumerated() { columns[index].append(value) }
    }

    /// Adds the points of the next block, which has the same names.
    mutating func append(_ other: MetricBlock) {
        steps += other.steps
        wallTimes += other.wallTimes
        samplesSeen += other.samplesSeen
        for index in columns.indices { columns[index] += other.columns[index] }
    }

    /// Keeps the points up to a step, inclusive.
    mutating func keep(through step: Int) {
        let count = steps.firstIndex { $0 > Int64(step) } ?? steps.count
        steps.removeSubrange(count...)
        wallTimes.removeSubrange(count...)
        samplesSeen.removeSubrange(count...)
        for index in columns.indices { columns[index].removeSubrange(count...) }
    }
}

/// The stored form of a block: one after another, in little-endian order, the steps (Int64), the wall times (Double),
/// the samples seen (Int64) and each series (Float).
extension MetricBlock {
    private static let bytesPerPoint = 24

    var encoded: Data {
        var data = Data(capacity: count * (Self.bytesPerPoint + 4 * names.count))
        func append(_ values: some Sequence<some FixedWidthInteger>) {
            for value in values { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
        }
        append(steps)
        append(wallTimes.map(\.bitPattern))
        append(samplesSeen)
        for column in columns { append(column.map(\.bitPattern)) }
        return data
    }

    /// The names as a column of the database holds them.
    var joinedNames: String { names.joined(separator: "\n") }

    static func names(joined text: String) -> [String] {
        text.isEmpty ? [] : text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// Reads a stored block.
    init(names: [String], data: Data) throws {
        self.init(names: names)
        try data.withUnsafeBytes { bytes in
            let points = try StoredPoints(bytes: bytes, seriesCount: names.count)
            for index in 0..<points.count {
                steps.append(points.step(index))
                wallTimes.append(points.wallTime(index))
                samplesSeen.append(points.samplesSeen(index))
                for series in names.indices { columns[series].append(points.value(series, index)) }
            }
        }
    }

    /// The points of a stored block, read in place.
    struct StoredPoints {
        let bytes: UnsafeRawBufferPointer
        let count: Int

        init(bytes: UnsafeRawBufferPointer, seriesCount: Int) throws {
            let size = MetricBlock.bytesPerPoint + 4 * seriesCount
            guard bytes.count.isMultiple(of: size) else {
                throw StoreError.unreadable(
                    "a block of metrics has \(bytes.count) bytes, which is no multiple of \(size)")
            }
            self.bytes = bytes
            count = bytes.count / size
        }

        func step(_ index: Int) -> Int64 {
            Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self))
        }

        func wallTime(_ index: Int) -> Double {
            Double(
                bitPattern: UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * (count + index), as: UInt64.self)))
        }

        func samplesSeen(_ index: Int) -> Int64 {
            Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * (2 * count + index), as: Int64.self))
        }

        func value(_ series: Int, _ index: Int) -> Float {
            let offset = MetricBlock.bytesPerPoint * count + 4 * (series * count + index)
            return Float(
                bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        }
    }
}
