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
        var tallies = layout.columns.map { ColumnTally(content: $0.content) }
        let rows = dataset.trainingIndices
        let stride = max(1, rows.count / RangeCode.sample)
        try dataset.forEachRow(rows) { place, cells in
            for index in tallies.indices {
                tallies[index].add(numbers.value(cells, of: index), isInSample: place.isMultiple(of: stride))
            }
        }
        let columns = tallies.map { $0.code(hasFineEnds: isConditional) }
        let conditions = layout.conditioned.flatMap { column -> [Int] in
            let place = layout.columns.firstIndex(of: column) ?? 0
            guard case .values(let code) = columns[place] else { return [] }
            let missing = rows.count - tallies[place].present
            return tallies[place].rows(code) + (column.hasMissing ? [missing] : [])
        }
        var shares = [Double](repeating: 0, count: layout.width)
        for (index, column) in layout.columns.enumerated() {
            let slots = layout.slots(ofHead: column.head)
            let known = Double(tallies[index].present) / Double(rows.count)
            if column.hasMissing { shares[slots.upperBound - 1] = 1 - known }
            for (slot, share) in tallies[index].shares(columns[index], known: known, rows: rows.count).enumerated() {
                shares[slots.lowerBound + slot] = share
            }
        }
        let (kept, categories, identifiers) = Self.withoutOwn(
            schema, networks.data, dataset.categories, forms: dataset.identifiers)
        return TableEncoding(
            found: kept, schema: networks.data.applied(to: kept), categories: categories, identifiers: identifiers,
            layout: layout, columns: columns, shares: shares, conditionCounts: conditions, rowCount: rows.count)
    }

    /// What a model keeps of a table's columns: of identifiers their form, of text and of words that are taken for numbers nothing,
    /// of others what several rows share.
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
            if column.isCoded, data.treatment(of: column) == .numbers { categories[index] = [] }
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
}

/// What the training rows hold of a learned column.
private struct ColumnTally {
    let content: TableLayout.Content
    /// Rows with a value.
    private(set) var present = 0
    /// How often each value occurs, of columns whose values are told apart one by one.
    private var counts: [Double: Int] = [:]
    /// Numbers of some rows, evenly over all.
    private var sample: [Double] = []
    private var range: ClosedRange<Double>?

    init(content: TableLayout.Content) {
        self.content = content
    }

    mutating func add(_ value: Double, isInSample: Bool) {
        guard !value.isNaN else { return }
        present += 1
        guard content.isOfNumbers else {
            counts[value, default: 0] += 1
            return
        }
        let known = range ?? value...value
        range = min(known.lowerBound, value)...max(known.upperBound, value)
        if isInSample { sample.append(value) }
    }

    func code(hasFineEnds: Bool) -> TableEncoding.ColumnCode {
        switch content {
        case .values(let single, let groups): .values(ValueCode(counts: counts, single: single, groups: groups))
        case .levels(let count): .values(ValueCode(counts: counts, single: count, groups: 0))
        case .ranges(let spikes, let bins):
            .ranges(RangeCode(values: sample, spikes: spikes, bins: bins, hasFineEnds: hasFineEnds))
        case .intervals(let spikes, let modes, _):
            .intervals(
                IntervalCode(
                    values: Self.spread(sample, atMost: IntervalCode.sample), range: range ?? 0...0, spikes: spikes,
                    modes: modes))
        }
    }

    /// How many rows are in each slot of values.
    func rows(_ code: ValueCode) -> [Int] {
        var rows = [Int](repeating: 0, count: content.slots)
        for (cell, slot) in code.slots { rows[slot] += counts[cell] ?? 0 }
        return rows
    }

    /// How large a part of the rows is in each slot.
    ///
    /// - Parameters:
    ///   - known: the part that has a value.
    ///   - rows: all of them.
    func shares(_ code: TableEncoding.ColumnCode, known: Double, rows: Int) -> [Double] {
        var shares = [Double](repeating: 0, count: content.slots)
        let each = known / Double(max(1, sample.count))
        switch (code, content) {
        case (.values(let code), _): return self.rows(code).map { Double($0) / Double(rows) }
        case (.ranges(let code), .ranges(let spikes, _)):
            let places = Self.places(code.spikes)
            for value in sample {
                shares[places[value] ?? (code.bins.isEmpty ? 0 : spikes + code.bin(of: value))] += each
            }
        case (.intervals(let code), .intervals(let spikes, _, _)):
            let places = Self.places(code.spikes)
            var others = 0
            for value in sample {
                if let slot = places[value] { shares[slot] += each } else { others += 1 }
            }
            let total = code.modes.reduce(0) { $0 + $1.weight }
            for (mode, component) in code.modes.enumerated() {
                shares[spikes + mode] = Double(others) * each * component.weight / total
            }
        case (.ranges, _), (.intervals, _): break
        }
        return shares
    }

    private static func places(_ values: [Double]) -> [Double: Int] {
        Dictionary(uniqueKeysWithValues: values.enumerated().map { ($0.element, $0.offset) })
    }

    /// So many values, evenly over all of them.
    private static func spread(_ values: [Double], atMost count: Int) -> [Double] {
        values.count <= count ? values : (0..<count).map { values[$0 * values.count / count] }
    }
}

/// Cells of coded columns as numbers, where a column of words is to be taken for one of numbers.
struct NumberReading {
    /// One for each learned column; nil where cells are taken as they are.
    private let numbers: [[Double]?]
    private let schema: TableSchema
    private let layout: TableLayout

    /// - Parameter categories: the dataset's, which a model doesn't keep of such columns.
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
