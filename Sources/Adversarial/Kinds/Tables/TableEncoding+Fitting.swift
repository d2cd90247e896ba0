package import Datasets

extension TableEncoding {
    /// Fits the code of a table to its training rows.
    ///
    /// It is a function of the rows and of what was chosen: fitted again, it is the same.
    ///
    /// - Parameter isConditional: whether rows are drawn by conditions.
    /// - Throws: what reading the dataset throws.
    package static func fit(
        _ dataset: Dataset, _ schema: TableSchema, networks: TabularNetwork, isConditional: Bool = false
    ) throws -> TableEncoding {
        let layout = TableLayout(schema, networks)
        let schema = Self.kept(schema, networks.data)
        let numbers = NumberReading(schema, dataset.categories, layout)
        var counts = [[Double: Int]](repeating: [:], count: layout.columns.count)
        var samples = [[Double]](repeating: [], count: layout.columns.count)
        var present = [Int](repeating: 0, count: layout.columns.count)
        var ranges = [ClosedRange<Double>?](repeating: nil, count: layout.columns.count)
        let rows = dataset.trainingIndices
        let stride = max(1, rows.count / RangeCode.sample)
        try dataset.forEachRow(rows) { place, cells in
            for (index, column) in layout.columns.enumerated() {
                let value = numbers.value(cells, of: index)
                guard !value.isNaN else { continue }
                present[index] += 1
                if column.content.isOfNumbers {
                    let range = ranges[index] ?? value...value
                    ranges[index] = min(range.lowerBound, value)...max(range.upperBound, value)
                    if place.isMultiple(of: stride) { samples[index].append(value) }
                } else {
                    counts[index][value, default: 0] += 1
                }
            }
        }
        let columns = zip(layout.columns, counts.indices).map { column, index -> ColumnCode in
            switch column.content {
            case .values(let single, let groups):
                return .values(ValueCode(counts: counts[index], single: single, groups: groups))
            case .levels(let count): return .values(ValueCode(counts: counts[index], single: count, groups: 0))
            case .ranges(let spikes, let bins):
                return .ranges(
                    RangeCode(values: samples[index], spikes: spikes, bins: bins, hasFineEnds: isConditional))
            case .intervals(let spikes, let modes, _):
                return .intervals(
                    IntervalCode(
                        values: Self.spread(samples[index], atMost: IntervalCode.sample), range: ranges[index] ?? 0...0,
                        spikes: spikes, modes: modes))
            }
        }
        let conditions = layout.conditioned.flatMap { column -> [Int] in
            let place = layout.columns.firstIndex(of: column) ?? 0
            guard case .values(let code) = columns[place] else { return [] }
            var slots = [Int](repeating: 0, count: layout.slots(ofHead: column.head).count)
            for (slot, cell) in code.single.enumerated() { slots[slot] = counts[place][cell] ?? 0 }
            if column.hasMissing { slots[slots.count - 1] = rows.count - counts[place].values.reduce(0, +) }
            return slots
        }
        var shares = [Double](repeating: 0, count: layout.width)
        for (index, column) in layout.columns.enumerated() {
            let slots = layout.slots(ofHead: column.head)
            let known = Double(present[index]) / Double(rows.count)
            if column.hasMissing { shares[slots.upperBound - 1] = 1 - known }
            switch (columns[index], column.content) {
            case (.values(let code), _):
                for (cell, slot) in code.slots {
                    shares[slots.lowerBound + slot] += Double(counts[index][cell] ?? 0) / Double(rows.count)
                }
            case (.ranges(let code), .ranges(let spikes, _)):
                let each = known / Double(max(1, samples[index].count))
                let places = Dictionary(uniqueKeysWithValues: code.spikes.enumerated().map { ($0.element, $0.offset) })
                for value in samples[index] {
                    let slot = places[value] ?? (code.bins.isEmpty ? 0 : spikes + code.bin(of: value))
                    shares[slots.lowerBound + slot] += each
                }
            default: break
            }
        }
        let (kept, categories, identifiers) = Self.withoutOwn(
            schema, networks.data, dataset.categories, forms: dataset.identifiers)
        return TableEncoding(
            found: kept, schema: networks.data.applied(to: kept), categories: categories, identifiers: identifiers,
            layout: layout, columns: columns, shares: shares, conditionCounts: conditions, rowCount: rows.count)
    }

    /// What a model keeps of a table's columns: of identifiers their form, of text nothing, of others what several rows share.
    ///
    /// - Parameter forms: those that are known; others are learned of what values there are.
    static func withoutOwn(
        _ schema: TableSchema, _ data: DataSpec, _ categories: [[String]], forms: [IdentifierForm?]
    ) -> (schema: TableSchema, categories: [[String]], identifiers: [IdentifierText?]) {
        let found = schema
        var schema = found.handedOn
        var categories = categories
        var identifiers = [IdentifierText?](repeating: nil, count: schema.columns.count)
        for (index, column) in found.columns.enumerated() {
            let type = data.type(of: column)
            guard type == .identifier || type == .text else { continue }
            if type == .identifier {
                let known = forms.indices.contains(index) ? forms[index] : nil
                let values = categories[index].isEmpty ? column.commonest.map(\.value) : categories[index]
                let form = known ?? (column.isCoded ? IdentifierForm(of: values) : nil)
                identifiers[index] = form.map(IdentifierText.init)
            }
            schema.columns[index].commonest = []
            categories[index] = []
        }
        return (schema, categories, identifiers)
    }
}

extension TableEncoding {
    /// The schema as a model keeps it: of words that aren't learned as numbers, it needn't know which would be some.
    fileprivate static func kept(_ schema: TableSchema, _ data: DataSpec) -> TableSchema {
        var kept = schema
        for index in kept.columns.indices {
            let isForced = data.treatment(of: kept.columns[index]) == .numbers
            kept.columns[index].numbers = isForced ? kept.columns[index].numbers.map { .init(form: $0.form) } : nil
        }
        return kept
    }

    /// So many values, evenly over all of them.
    fileprivate static func spread(_ values: [Double], atMost count: Int) -> [Double] {
        values.count <= count ? values : (0..<count).map { values[$0 * values.count / count] }
    }
}

/// Cells of coded columns as numbers, where a column of words is to be taken for one of numbers.
struct NumberReading {
    /// One for each learned column; nil where cells are taken as they are.
    private let numbers: [[Double]?]
    private let schema: TableSchema
    private let layout: TableLayout

    init(_ schema: TableSchema, _ categories: [[String]], _ layout: TableLayout) {
        self.schema = schema
        self.layout = layout
        numbers = layout.columns.map { column in
            guard schema.columns[column.index].isCoded, column.content.isOfNumbers else { return nil }
            let form = ValueForm.number(
                schema.columns[column.index].numbers?.form
                    ?? NumberForm(decimals: ValueForm.mostDecimals, isWhole: false))
            return categories[column.index].map { text in
                // Larger ones would need a unit, which only columns of numbers have.
                let value = form.value(of: text, dialect: schema.dialect) ?? .nan
                return abs(value) <= TableColumn.mostInUnit ? value : .nan
            }
        }
    }

    /// What is learned of a row's column: its number, or its distance from the time that it follows.
    ///
    /// - Parameters:
    ///   - cells: one for each column of the schema.
    ///   - column: its place among the learned ones.
    func value(_ cells: UnsafeBufferPointer<Double>, of column: Int) -> Double {
        let place = layout.columns[column]
        let value = value(cells[place.index], of: column)
        guard let leader = place.leader else { return value }
        return schema.columns[place.index].distance(of: value, from: cells[leader])
    }

    /// A cell's number.
    func value(_ cell: Double, of column: Int) -> Double {
        guard let known = numbers[column], !cell.isNaN else { return cell }
        guard let index = Int(exactly: cell), known.indices.contains(index) else { return .nan }
        return known[index]
    }
}

extension Dataset {
    /// Goes through rows, some hundreds at a time.
    ///
    /// - Parameter body: is given the place in `rows` and the row's cells.
    func forEachRow(_ rows: [Int], _ body: (Int, UnsafeBufferPointer<Double>) throws -> Void) throws {
        let columns = max(1, categories.count)
        for first in stride(from: 0, to: rows.count, by: 512) {
            let some = Array(rows[first..<min(rows.count, first + 512)])
            try cells(of: some).withUnsafeBufferPointer { cells in
                for place in some.indices {
                    try body(
                        first + place, UnsafeBufferPointer(rebasing: cells[place * columns..<(place + 1) * columns]))
                }
            }
        }
    }
}
