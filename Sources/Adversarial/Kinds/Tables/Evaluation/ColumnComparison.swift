internal import Codecs
package import Datasets

/// A column of real rows beside the same of synthetic ones: what is drawn of it, and whether its values can be.
package struct ColumnComparison: Sendable, Equatable {
    package var name: String
    package var content: Content
    package var real: Tally
    package var synthetic: Tally
    /// Share of the synthetic rows whose cell is one that the real rows could have; `nil` where there are none.
    ///
    /// Numbers have to lie within the real minimum and maximum, words to occur, and cells to be missing only where some of the real
    /// ones are: SDMetrics' BoundaryAdherence and CategoryAdherence.
    package var adherence: Double?
    /// The same for held-out rows.
    package var heldOutAdherence: Double?
    /// Of numbers and times; `nil` for words.
    package var copied: CopiedValues?

    /// What the counts are of.
    package enum Content: Sendable, Equatable {
        /// Equal parts of this range.
        case ranges(minimum: Double, maximum: Double)
        /// The commonest words of the real rows.
        case words([String])
    }

    /// Rows.
    package struct Tally: Sendable, Equatable {
        /// In each part of the range, or with each word.
        package var counts: [Int]
        /// Below and above the range, or with another word.
        package var others: Int
        package var missing: Int
    }

    /// Parts of a range, and words.
    package static let parts = 20

    /// Compares a column.
    ///
    /// - Parameters:
    ///   - index: of the column.
    ///   - categories: of a coded column, by its cells.
    ///   - dialect: how numbers are written.
    package init(
        _ index: Int, training: TableRows, heldOut: TableRows, synthetic: TableRows, categories: [String],
        dialect: TableDialect
    ) {
        let column = training.columns[index], cells = training.values[index]
        name = column.name
        let adheres: (Double) -> Bool
        let place: (Double) -> Int?
        let allowsMissing = cells.contains(where: \.isNaN)
        if training.isOfNumbers(index) {
            let present = cells.filter(\.isFinite)
            let minimum = present.min() ?? 0, maximum = present.max() ?? 0
            content = .ranges(minimum: minimum * column.unit, maximum: maximum * column.unit)
            adheres = { $0.isNaN ? allowsMissing : !present.isEmpty && $0 >= minimum && $0 <= maximum }
            place = { cell in
                guard !present.isEmpty, cell >= minimum, cell <= maximum else { return nil }
                let share = maximum > minimum ? (cell - minimum) / (maximum - minimum) : 0
                // Of an endless range there are no parts.
                return share.isFinite ? min(Self.parts - 1, Int(share * Double(Self.parts))) : 0
            }
        } else {
            var counts: [Double: Int] = [:]
            for cell in cells where !cell.isNaN { counts[cell, default: 0] += 1 }
            let commonest = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(Self.parts).map(\.key)
            let places = Dictionary(uniqueKeysWithValues: commonest.enumerated().map { ($0.element, $0.offset) })
            content = .words(commonest.map { Self.text($0, column, categories, dialect) })
            adheres = { $0.isNaN ? allowsMissing : counts[$0] != nil }
            place = { places[$0] }
        }
        let partCount = content.partCount
        func tally(_ rows: TableRows) -> Tally {
            var tally = Tally(
                counts: [Int](repeating: 0, count: partCount), others: 0, missing: 0)
            for cell in rows.values[index] {
                if cell.isNaN {
                    tally.missing += 1
                } else if let place = place(cell) {
                    tally.counts[place] += 1
                } else {
                    tally.others += 1
                }
            }
            return tally
        }
        func share(_ rows: TableRows) -> Double? {
            rows.count > 0 ? Double(rows.values[index].count(where: adheres)) / Double(rows.count) : nil
        }
        real = tally(training)
        self.synthetic = tally(synthetic)
        adherence = share(synthetic)
        heldOutAdherence = share(heldOut)
        copied =
            training.isOfNumbers(index)
            ? CopiedValues(training: cells, heldOut: heldOut.values[index], made: synthetic.values[index]) : nil
    }

    private static func text(
        _ cell: Double, _ column: TableColumn, _ categories: [String], _ dialect: TableDialect
    ) -> String {
        if column.isCoded {
            guard cell >= 0, cell < Double(categories.count) else { return "\(cell)" }
            return categories[Int(cell)]
        }
        var bytes: [UInt8] = []
        column.form.append(cell * column.unit, dialect: dialect, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    var json: JSON {
        func tally(_ tally: Tally) -> JSON {
            [
                "counts": .array(tally.counts.map { .integer(Int64($0)) }), "others": .integer(Int64(tally.others)),
                "missing": .integer(Int64(tally.missing)),
            ]
        }
        var members = [JSON.Member(name: "name", value: .string(name))]
        switch content {
        case .ranges(let minimum, let maximum):
            members += [
                JSON.Member(name: "minimum", value: .number(minimum)),
                JSON.Member(name: "maximum", value: .number(maximum)),
            ]
        case .words(let words):
            members.append(JSON.Member(name: "words", value: .array(words.map { .string($0) })))
        }
        if let copied { members.append(JSON.Member(name: "copied_values", value: copied.json)) }
        return .object(
            members + [
                JSON.Member(name: "real", value: tally(real)), JSON.Member(name: "samples", value: tally(synthetic)),
                JSON.Member(
                    name: "adherence",
                    value: ["samples": TableReport.number(adherence), "real": TableReport.number(heldOutAdherence)]),
            ])
    }
}

extension ColumnComparison.Content {
    fileprivate var partCount: Int {
        switch self {
        case .ranges: ColumnComparison.parts
        case .words(let words): words.count
        }
    }
}
