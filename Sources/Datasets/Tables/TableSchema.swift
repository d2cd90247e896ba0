package import Codecs

/// What the columns of a table hold, and how its text is written.
package struct TableSchema: ItemKind {
    package static let name = DatasetKind.table

    /// In the order of the upload.
    package var columns: [TableColumn]
    package var dialect: TableDialect

    package init(columns: [TableColumn], dialect: TableDialect = TableDialect()) {
        self.columns = columns
        self.dialect = dialect
    }

    package var json: JSON {
        ["columns": .array(columns.map(\.json)), "dialect": dialect.json]
    }

    /// Without values that fewer than five rows have, which are theirs.
    package var handedOn: TableSchema {
        var kept = self
        for index in kept.columns.indices {
            kept.columns[index].commonest.removeAll { $0.count < TableColumn.Frequent.fewestRows }
            kept.columns[index].numbers = kept.columns[index].numbers.map { .init(form: $0.form) }
        }
        return kept
    }

    /// Reads what `json` wrote.
    ///
    /// - Throws: `DatasetError` with code `manifest_unreadable`.
    package init(json: JSON) throws {
        guard let columns = json["columns"]?.array, !columns.isEmpty, let dialect = json["dialect"] else {
            throw DatasetError.unreadableManifest("its schema of a table is incomplete")
        }
        self.init(columns: try columns.map(TableColumn.init(json:)), dialect: try TableDialect(json: dialect))
    }
}

/// How a table's text is written; samples are written the same way.
package struct TableDialect: Sendable, Equatable {
    package var delimiter: Delimiter
    /// Whether numbers have a comma where others have a point.
    package var hasDecimalComma: Bool
    package var hasHeader: Bool
    /// Whether a blank follows each delimiter, which is no part of the field.
    package var hasBlanks: Bool

    package enum Delimiter: String, Sendable, CaseIterable {
        case comma
        case semicolon
        case tab
        /// A vertical bar.
        case pipe
        case colon
        /// One blank or more.
        case space

        package var byte: UInt8 {
            switch self {
            case .comma: UInt8(ascii: ",")
            case .semicolon: UInt8(ascii: ";")
            case .tab: 0x09
            case .pipe: UInt8(ascii: "|")
            case .colon: UInt8(ascii: ":")
            case .space: 0x20
            }
        }
    }

    package init(
        delimiter: Delimiter = .comma, hasDecimalComma: Bool = false, hasHeader: Bool = true, hasBlanks: Bool = false
    ) {
        self.delimiter = delimiter
        self.hasDecimalComma = hasDecimalComma
        self.hasHeader = hasHeader
        self.hasBlanks = hasBlanks
    }

    var json: JSON {
        [
            "delimiter": .string(delimiter.rawValue), "decimal_comma": .boolean(hasDecimalComma),
            "header": .boolean(hasHeader), "blanks": .boolean(hasBlanks),
        ]
    }

    init(json: JSON) throws {
        guard let delimiter = json["delimiter"]?.string.flatMap(Delimiter.init(rawValue:)),
            let comma = json["decimal_comma"]?.boolean, let header = json["header"]?.boolean,
            let blanks = json["blanks"]?.boolean
        else { throw DatasetError.unreadableManifest("its dialect of a table is incomplete") }
        self.init(delimiter: delimiter, hasDecimalComma: comma, hasHeader: header, hasBlanks: blanks)
    }
}

/// What a column is taken for.
package enum ColumnType: String, Sendable, CaseIterable {
    /// Words without an order.
    case categorical
    /// Levels with an order: whole numbers of few different values.
    case ordinal
    case integer
    case real
    /// Two words, or 0 and 1.
    case boolean
    case date
    case datetime
    case time
    /// Different in each row; made anew for samples, never learned.
    case identifier
    /// The same in each row.
    case constant
    /// Sentences, and words that are somebody's own, such as names; left out of what is learned, and of samples.
    case text
}

/// One column: what it holds, and what is known of its values.
package struct TableColumn: Sendable, Equatable {
    package var name: String
    package var type: ColumnType
    package var form: ValueForm
    /// Rows without a value.
    package var missing: Int
    /// What stands in the text where there is no value; mostly nothing.
    package var missingText: String
    /// Different values, at most `DatasetLimits.maximumCategories` + 1, which stands for more.
    package var distinct: Int
    /// What is known of numbers and times as they are stored; `nil` where there are none.
    package var statistics: Statistics?
    /// The commonest values with how often they occur, at most 20, commonest first; none of identifiers and text.
    package var commonest: [Commonest]
    /// How many numbers and times stand in many rows; `nil` where there are too many different ones to count.
    package var frequent: Frequent?
    /// How often numbers and times fall into 20 equal parts of the range; empty for other columns.
    package var histogram: [Int]
    /// Whether a blank stands before its fields too, where the dialect has blanks.
    ///
    /// Some tables have them before words only.
    package var hasBlank: Bool
    /// How the words of a column in which there are numbers would be read as such; `nil` in other columns.
    package var numbers: Numbers?
    /// What the table's owner should know of how the column was taken: whole sentences; `nil` where all is as expected.
    package var note: String?
    /// Whether the values of a column of text are kept, so that it can be learned where that is asked for.
    package var isKept = false
    /// The column of times near which this one's stay; `nil` where there is none.
    package var follows: Follows?

    /// The numbers in a column of words.
    package struct Numbers: Sendable, Equatable {
        package var form: NumberForm
        /// The first value that is none, which is empty in columns of identifiers and text; `nil` where all are.
        package var misfit: String?

        package init(form: NumberForm, misfit: String? = nil) {
            self.form = form
            self.misfit = misfit
        }
    }
    /// Whether its whole numbers are so few that they are told apart one by one, as words are.
    ///
    /// False for the ordinal columns of datasets of 0.2 and before, whose models take them for a line.
    package var isOfLevels: Bool

    /// What is known of stored values.
    package struct Statistics: Sendable, Equatable {
        package var minimum: Double
        package var maximum: Double
        package var mean: Double
        package var standardDeviation: Double

        package init(minimum: Double, maximum: Double, mean: Double, standardDeviation: Double) {
            self.minimum = minimum
            self.maximum = maximum
            self.mean = mean
            self.standardDeviation = standardDeviation
        }
    }

    /// Values that two rows in a thousand have, and `fewestRows` at least; three in datasets of 0.2 and before.
    package struct Frequent: Sendable, Equatable {
        /// Different ones.
        package var values: Int
        /// Rows with one of them.
        package var rows: Int
        /// Rows with another value.
        package var otherRows: Int

        /// - Parameter counts: how often each value occurs.
        package init(counts: [Int]) {
            let rows = counts.reduce(0, +)
            let least = Self.least(of: rows)
            let frequent = counts.filter { $0 >= least }
            values = frequent.count
            self.rows = frequent.reduce(0, +)
            otherRows = rows - self.rows
        }

        private init(values: Int, rows: Int, otherRows: Int) {
            self.values = values
            self.rows = rows
            self.otherRows = otherRows
        }

        var json: JSON {
            [
                "values": .integer(Int64(values)), "rows": .integer(Int64(rows)),
                "other_rows": .integer(Int64(otherRows)),
            ]
        }

        init?(json: JSON) {
            let counts = ["values", "rows", "other_rows"].compactMap { json[$0]?.integer.map(Int.init) }
            guard counts.count == 3 else { return nil }
            self.init(values: counts[0], rows: counts[1], otherRows: counts[2])
        }

        /// In how many of so many rows a frequent value is.
        package static func least(of rows: Int) -> Int { max(fewestRows, (rows + 499) / 500) }

        /// Rows of which a value has to be before it may be given out as it is: one that fewer have may give a person away.
        package static let fewestRows = 5
    }

    /// A value and in how many rows it occurs.
    package struct Commonest: Sendable, Equatable {
        package var value: String
        package var count: Int

        package init(value: String, count: Int) {
            self.value = value
            self.count = count
        }
    }

    package init(
        name: String, type: ColumnType, form: ValueForm, missing: Int = 0, missingText: String = "", distinct: Int,
        statistics: Statistics? = nil, commonest: [Commonest] = [], histogram: [Int] = [], hasBlank: Bool = true,
        frequent: Frequent? = nil, note: String? = nil, numbers: Numbers? = nil, isOfLevels: Bool = false
    ) {
        self.name = name
        self.type = type
        self.form = form
        self.missing = missing
        self.missingText = missingText
        self.distinct = distinct
        self.statistics = statistics
        self.commonest = commonest
        self.frequent = frequent
        self.histogram = histogram
        self.hasBlank = hasBlank
        self.note = note
        self.numbers = numbers
        self.isOfLevels = isOfLevels
    }

    /// The unit in which figures of numbers are computed, so that their squares and sums are finite: 1, or a power of two where
    /// they are beyond 1e100.
    package var unit: Double {
        guard let statistics, max(abs(statistics.minimum), abs(statistics.maximum)) > Self.mostInUnit else { return 1 }
        return Self.largeUnit
    }

    package static let mostInUnit = 1e100
    package static let largeUnit = 0x1p600

    /// Whether an identifier's or a text's values can be learned where a job's `data.columns` says so.
    ///
    /// Of numbers that count on there is nothing to learn.
    package var canBeAskedFor: Bool {
        switch type {
        case .identifier: isCoded ? distinct <= DatasetLimits().maximumCategories : statistics == nil
        case .text: isKept
        default: false
        }
    }

    /// Whether a stored cell is an index into the column's categories rather than a value.
    package var isCoded: Bool { form == .text }

    var json: JSON {
        var members: [JSON.Member] = [
            JSON.Member(name: "name", value: .string(name)), JSON.Member(name: "type", value: .string(type.rawValue)),
            JSON.Member(name: "form", value: form.json), JSON.Member(name: "missing", value: .integer(Int64(missing))),
            JSON.Member(name: "missing_text", value: .string(missingText)),
            JSON.Member(name: "distinct", value: .integer(Int64(distinct))),
            JSON.Member(name: "blank", value: .boolean(hasBlank)),
            JSON.Member(
                name: "commonest",
                value: .array(commonest.map { ["value": .string($0.value), "count": .integer(Int64($0.count))] })),
        ]
        if let numbers {
            var found = [JSON.Member(name: "form", value: ValueForm.number(numbers.form).json)]
            if let misfit = numbers.misfit { found.append(JSON.Member(name: "misfit", value: .string(misfit))) }
            members.append(JSON.Member(name: "numbers", value: .object(found)))
        }
        if let note { members.append(JSON.Member(name: "note", value: .string(note))) }
        if isKept { members.append(JSON.Member(name: "kept", value: true)) }
        if isOfLevels { members.append(JSON.Member(name: "levels", value: .boolean(true))) }
        if let frequent { members.append(JSON.Member(name: "frequent", value: frequent.json)) }
        if let follows { members.append(JSON.Member(name: "follows", value: follows.json)) }
        if let statistics {
            members += [
                JSON.Member(name: "minimum", value: .number(statistics.minimum)),
                JSON.Member(name: "maximum", value: .number(statistics.maximum)),
                JSON.Member(name: "mean", value: .number(statistics.mean)),
                JSON.Member(name: "standard_deviation", value: .number(statistics.standardDeviation)),
                JSON.Member(name: "histogram", value: .array(histogram.map { .integer(Int64($0)) })),
            ]
        }
        return .object(members)
    }

    init(json: JSON) throws {
        guard let name = json["name"]?.string, let type = json["type"]?.string.flatMap(ColumnType.init(rawValue:)),
            let form = json["form"], let missing = json["missing"]?.integer,
            let missingText = json["missing_text"]?.string, let distinct = json["distinct"]?.integer,
            let commonest = json["commonest"]?.array
        else { throw DatasetError.unreadableManifest("a column of its schema is incomplete") }
        let figures = ["minimum", "maximum", "mean", "standard_deviation"].compactMap { json[$0]?.number }
        self.init(
            name: name, type: type, form: try ValueForm(json: form), missing: Int(missing), missingText: missingText,
            distinct: Int(distinct),
            statistics: figures.count == 4
                ? Statistics(
                    minimum: figures[0], maximum: figures[1], mean: figures[2], standardDeviation: figures[3])
                : nil,
            commonest: commonest.map {
                Commonest(value: $0["value"]?.string ?? "", count: Int($0["count"]?.integer ?? 0))
            },
            histogram: (json["histogram"]?.array ?? []).map { Int($0.integer ?? 0) },
            hasBlank: json["blank"]?.boolean ?? true,
            frequent: json["frequent"].flatMap(Frequent.init(json:)),
            note: json["note"]?.string,
            numbers: try json["numbers"].flatMap { numbers in
                try numbers["form"].map {
                    Numbers(form: try NumberForm(json: $0), misfit: numbers["misfit"]?.string)
                }
            }, isOfLevels: json["levels"]?.boolean ?? false)
        isKept = json["kept"]?.boolean ?? false
        follows = json["follows"].flatMap(Follows.init(json:))
    }
}

/// How a column's values stand in text.
package enum ValueForm: Sendable, Equatable {
    /// As they are; cells are indices into the column's categories.
    case text
    /// A number.
    case number(NumberForm)
    /// Seconds since 1970-01-01T00:00:00Z, or since midnight, in a format such as `YYYY-MM-DD`.
    case time(TimeForm)

    var json: JSON {
        switch self {
        case .text: ["kind": "text"]
        case .number(let form): .object([JSON.Member(name: "kind", value: "number")] + form.members)
        case .time(let form): .object([JSON.Member(name: "kind", value: "time")] + form.members)
        }
    }

    init(json: JSON) throws {
        switch json["kind"]?.string {
        case "text": self = .text
        case "number":
            self = .number(try NumberForm(json: json))
        case "time":
            self = .time(try TimeForm(json: json))
        default: throw DatasetError.unreadableManifest("a column's form is unknown")
        }
    }

    /// A number with at most so many digits after the point, and where all are whole with as many, as 39.0.
    package static func number(decimals: Int, isWhole: Bool) -> ValueForm {
        .number(NumberForm(decimals: decimals, isWhole: isWhole))
    }

    /// Digits after the point that a number is written with at most; a `Double` has no more.
    package static let mostDecimals = 17
}
