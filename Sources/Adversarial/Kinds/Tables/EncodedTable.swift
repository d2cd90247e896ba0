internal import Datasets
internal import Torch

/// Rows of a table in the code of its encoding: for each learned column the slot, and the scalars.
struct EncodedTable {
    private let layout: TableLayout
    /// `[rows, learned columns]`, counted from the first slot of each head.
    private var slots: [UInt16]
    /// `[rows, scalars]`.
    private var scalars: [Float]
    let rowCount: Int
    /// For each condition the rows that meet it: those of condition c are `rows[starts[c]..<starts[c + 1]]`.
    private var rows: [Int32] = []
    private var starts: [Int] = [0]

    /// What a row is multiplied with for what is shown after it, `[width, features]`.
    private let features: Tensor?

    /// Encodes rows.
    ///
    /// - Parameters:
    ///   - indices: of the dataset's rows; `nil` for the training rows.
    ///   - seed: for intervals that a value may belong to with several.
    init(_ dataset: Dataset, _ encoding: TableEncoding, rows indices: [Int]? = nil, seed: UInt64) throws {
        layout = encoding.layout
        let indices = indices ?? dataset.trainingIndices
        let columnCount = layout.columns.count, scalarCount = layout.heads.scalars
        let (weights, count) = encoding.features
        features = count > 0 ? try Tensor(weights, shape: [layout.width, count]) : nil
        rowCount = indices.count
        slots = [UInt16](repeating: 0, count: rowCount * columnCount)
        scalars = [Float](repeating: 0, count: rowCount * scalarCount)
        var encoder = RowEncoder(encoding, dataset.categories, seed: seed)
        try slots.withUnsafeMutableBufferPointer { slots in
            try scalars.withUnsafeMutableBufferPointer { scalars in
                try dataset.forEachRow(indices) { row, cells in
                    encoder.encode(
                        cells, row: row,
                        slots: UnsafeMutableBufferPointer(
                            rebasing: slots[row * columnCount..<(row + 1) * columnCount]),
                        scalars: UnsafeMutableBufferPointer(
                            rebasing: scalars[row * scalarCount..<(row + 1) * scalarCount]))
                }
            }
        }
        listRows()
    }

    private mutating func listRows() {
        let columnCount = layout.columns.count
        for (place, column) in layout.columns.enumerated() where layout.conditioned.contains(column) {
            let width = layout.slots(ofHead: column.head).count
            var members = [[Int32]](repeating: [], count: width)
            for row in 0..<rowCount { members[Int(slots[row * columnCount + place])].append(Int32(row)) }
            for list in members {
                rows += list
                starts.append(rows.count)
            }
        }
    }

    /// How many rows meet a condition.
    func count(meeting condition: Int) -> Int { starts[condition + 1] - starts[condition] }

    /// One of them, by its place among them.
    func row(meeting condition: Int, at place: Int) -> Int { Int(rows[starts[condition] + place]) }

    /// A condition that a row meets.
    ///
    /// - Parameter share: chooses among its conditioned columns, uniform in 0..<1.
    func condition(metBy row: Int, share: Double) -> Int {
        let wanted = Int(share * Double(layout.conditioned.count))
        var first = 0
        for (number, column) in layout.conditioned.enumerated() {
            if number == wanted, let place = layout.columns.firstIndex(of: column) {
                return first + Int(slots[row * layout.columns.count + place])
            }
            first += layout.slots(ofHead: column.head).count
        }
        return 0
    }

    /// Rows as the networks see them, `[rows, width]`, or with what the discriminator is shown after, `[rows, width + features]`.
    func items(_ rows: [Int]) throws -> Tensor {
        let width = layout.width
        let values = [Float](unsafeUninitializedCapacity: rows.count * width) { buffer, written in
            buffer.initialize(repeating: 0)
            for (place, row) in rows.enumerated() {
                write(row: row, into: UnsafeMutableBufferPointer(rebasing: buffer[place * width..<(place + 1) * width]))
            }
            written = rows.count * width
        }
        let items = try Tensor(values, shape: [rows.count, width])
        guard let features else { return items }
        return try Tensor.concatenated([items, items.matmul(features)], dimension: 1)
    }

    /// Writes a row into as many places as it is wide, which are 0.
    private func write(row: Int, into target: UnsafeMutableBufferPointer<Float>) {
        let scalarCount = layout.heads.scalars
        for index in 0..<scalarCount { target[index] = scalars[row * scalarCount + index] }
        let first = row * layout.columns.count
        for (place, column) in layout.columns.enumerated() {
            let start = column.head == 0 ? scalarCount : Int(layout.heads.ends[column.head - 1])
            target[start + Int(slots[first + place])] = 1
        }
    }
}

/// Puts cells into the code of an encoding.
struct RowEncoder {
    private let layout: TableLayout
    private let columns: [Column]
    private let numbers: NumberReading
    private let random: Philox

    private enum Column {
        case values([Double: Int])
        case ranges(RangeCode, spikes: [Double: Int], binsFrom: Int)
        case intervals(IntervalCode, spikes: [Double: Int], modesFrom: Int)
    }

    /// - Parameter categories: the dataset's.
    init(_ encoding: TableEncoding, _ categories: [[String]], seed: UInt64) {
        layout = encoding.layout
        random = Philox(seed: seed)
        numbers = NumberReading(encoding.found, categories, encoding.layout)
        columns = zip(layout.columns, encoding.columns).map { column, code in
            switch code {
            case .values(let values): return .values(values.slots)
            case .ranges(let ranges):
                guard case .ranges(let most, _) = column.content else { return .values([:]) }
                return .ranges(ranges, spikes: Self.slots(ranges.spikes), binsFrom: most)
            case .intervals(let intervals):
                guard case .intervals(let most, _, _) = column.content else { return .values([:]) }
                return .intervals(intervals, spikes: Self.slots(intervals.spikes), modesFrom: most)
            }
        }
    }

    private static func slots(_ values: [Double]) -> [Double: Int] {
        Dictionary(uniqueKeysWithValues: values.enumerated().map { ($0.element, $0.offset) })
    }

    /// The slot of a row's value in its column's head, and its scalar; nil where the column knows no such value and none is
    /// missing.
    ///
    /// - Parameter share: chooses between intervals, uniform in 0..<1.
    func code(
        _ cells: UnsafeBufferPointer<Double>, column place: Int, share: Double
    ) -> (slot: Int, scalar: Float)? {
        let column = layout.columns[place]
        let missing = column.hasMissing ? column.content.slots : nil
        let value = numbers.value(cells, of: place)
        guard !value.isNaN else { return missing.map { ($0, 0) } }
        switch columns[place] {
        case .values(let slots): return (slots[value] ?? missing).map { ($0, 0) }
        case .ranges(let code, let spikes, let binsFrom):
            if let spike = spikes[value] { return (spike, 0) }
            return code.bins.isEmpty ? missing.map { ($0, 0) } : (binsFrom + code.bin(of: value), 0)
        case .intervals(let code, let spikes, let modesFrom):
            if let spike = spikes[value] { return (spike, 0) }
            let mode = code.mode(of: value, share: share)
            return (modesFrom + mode, code.scalar(of: value, in: mode))
        }
    }

    fileprivate mutating func encode(
        _ cells: UnsafeBufferPointer<Double>, row: Int, slots: UnsafeMutableBufferPointer<UInt16>,
        scalars: UnsafeMutableBufferPointer<Float>
    ) {
        for (place, column) in layout.columns.enumerated() {
            var share = 0.0
            if column.content.hasScalar {
                share = random.uniform(.tableInterval, item: UInt64(row) << 16 | UInt64(place))
            }
            guard let code = code(cells, column: place, share: share) else { continue }
            slots[place] = UInt16(code.slot)
            if case .intervals(_, _, let scalar) = column.content { scalars[scalar] = code.scalar }
        }
    }
}
