import Codecs

/// The second pass over a table: writes each row's cells, and learns what only that shows.
struct TableRowWriter {
    let upload: Upload
    let survey: TableSurvey
    let plans: [ColumnPlan]
    let hasBlanks: Bool

    func write(into folder: String) throws -> DatasetManifest {
        let width = plans.count
        let reader = CellReader(
            names: plans.map(\.column.name), readings: plans.map(\.reading), places: Array(0..<width),
            mark: survey.dialect.mark)
        var cells = [Double](repeating: .nan, count: width)
        // Rows that differ in text alone are held out together, as nothing else is learned of them.
        var learned = cells
        let texts = plans.indices.filter { plans[$0].column.type == .text }
        var tallies = [CellTally](repeating: CellTally(), count: width)
        var identifiers = IdentifierFilters(plans, rows: survey.rowCount)
        let writer = try DatasetWriter(upload, folder: folder, StoredItem(size: width * MemoryLayout<Double>.size))
        var problems = ProblemList()
        let text = try survey.table.rows()
        var row = CSVRow()
        if survey.dialect.hasHeader { _ = try text.next(&row) }
        while try text.next(&row) {
            guard row.count == width else {
                throw DatasetError(code: "malformed", detail: "line \(row.line) was another when it was read before")
            }
            row.withFields { fields in
                for index in 0..<width {
                    let value = reader.cell(fields[index], index, line: row.line, noting: &problems)
                    cells[index] = value
                    tallies[index].add(value)
                }
                identifiers.add(fields, cells)
            }
            try cells.withUnsafeBytes { item in
                guard !texts.isEmpty else { return try writer.append(item) }
                learned = cells
                for index in texts { learned[index] = .nan }
                try learned.withUnsafeBytes { try writer.append(item, identity: $0) }
            }
        }
        return try writer.finish(problems: problems) { contents, _ in
            try writeCategories(into: StoredFolder(path: folder))
            try identifiers.write(to: StoredFolder(path: folder).identifiers)
            let (histograms, follows) = try Self.shapes(of: contents, plans: plans, tallies: tallies)
            let columns = zip(plans, tallies).enumerated().map { index, known in
                var column = known.0.column
                if !column.isCoded {
                    // With those that turned out not to be values.
                    column.missing = known.1.missing
                    // The least and the largest of numbers that are somebody's own are somebody's own.
                    guard known.0.identifiers == nil else { return column }
                    column.statistics = known.1.statistics
                    column.histogram = histograms[index]
                    column.follows = follows.follows(of: index)
                }
                return column
            }
            let dialect = survey.dialect
            return TableSchema(
                columns: columns,
                dialect: TableDialect(
                    delimiter: dialect.delimiter, hasDecimalComma: dialect.hasDecimalComma,
                    hasHeader: dialect.hasHeader, hasBlanks: hasBlanks))
        }
    }

    /// Writes each column's categories, one column after another.
    private func writeCategories(into folder: StoredFolder) throws {
        let writer = try DurableFileWriter(path: folder.categories)
        for (index, plan) in plans.enumerated() {
            var json = JSONWriter()
            json.beginArray()
            for category in plan.categories.indices {
                json.value(String(decoding: plan.category(category), as: UTF8.self))
            }
            json.endArray()
            try writer.write([UInt8(ascii: index == 0 ? "[" : ",")])
            try writer.write(json.bytes)
        }
        try writer.write([UInt8(ascii: "]")])
        try writer.commit()
    }

    /// How the stored numbers and times fall into the parts of their range, and which times stay near others.
    private static func shapes(
        of contents: DatasetWriter.Contents, plans: [ColumnPlan], tallies: [CellTally]
    ) throws -> (histograms: [[Int]], follows: FollowTally) {
        var follows = FollowTally(plans.map(\.column), rows: contents.itemCount)
        var histograms = plans.map { [Int](repeating: 0, count: $0.column.isCoded ? 0 : CellTally.parts) }
        let wanted = plans.indices.filter { !plans[$0].column.isCoded && tallies[$0].count > 0 }
        let source = FileSource(try ReadableFile(path: contents.itemsPath))
        var row = [Double](repeating: 0, count: plans.count)
        for place in 0..<contents.itemCount {
            _ = try row.withUnsafeMutableBytes { try source.read(into: $0) }
            for index in wanted {
                if let part = tallies[index].part(of: row[index]) { histograms[index][part] += 1 }
            }
            if follows.isNeeded { follows.add(row, at: place) }
        }
        return (histograms, follows)
    }
}

/// What is known of a column's cells: counted, and for numbers and times the moments in one pass (Welford 1962).
///
/// Numbers are taken in the column's unit: a power of two so that squares of the largest are finite.
struct CellTally {
    /// Parts of a histogram.
    static let parts = 20

    private(set) var missing = 0
    private(set) var count = 0
    private var minimum = Double.infinity
    private var maximum = -Double.infinity
    private var mean = 0.0
    private var squares = 0.0
    private var unit = 1.0

    mutating func add(_ value: Double) {
        guard !value.isNaN else {
            missing += 1
            return
        }
        count += 1
        minimum = min(minimum, value)
        maximum = max(maximum, value)
        if abs(value) > TableColumn.mostInUnit, unit == 1 {
            unit = TableColumn.largeUnit
            mean /= unit
            squares = squares / unit / unit
        }
        let scaled = value / unit
        let difference = scaled - mean
        mean += difference / Double(count)
        squares += difference * (scaled - mean)
    }

    var statistics: TableColumn.Statistics? {
        guard count > 0 else { return nil }
        return TableColumn.Statistics(
            minimum: minimum, maximum: maximum, mean: mean * unit,
            standardDeviation: (max(0, squares) / Double(count)).squareRoot() * unit)
    }

    /// The part of the range that a value falls into; nil for what is missing.
    func part(of value: Double) -> Int? {
        guard !value.isNaN else { return nil }
        guard maximum > minimum else { return 0 }
        // Halves, since the range may be wider than the greatest number.
        let share = (value / 2 - minimum / 2) / (maximum / 2 - minimum / 2)
        // Halves of the smallest numbers there are may be the same, and their share is none.
        guard share > 0 else { return 0 }
        return min(Self.parts - 1, Int(share * Double(Self.parts)))
    }
}
