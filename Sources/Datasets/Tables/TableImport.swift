import Codecs

/// Imports a CSV: as points where it is two or three columns of numbers and nothing else was asked for, or as a table.
///
/// Two passes, neither of which holds more than a row and what `TableSurvey` keeps of each column: the first learns what the
/// columns are, the second writes the rows.
struct TableImport {
    let upload: Upload
    let text: UploadText

    func run() throws -> DatasetManifest {
        let dialect = DialectSniffer(try text.source().read(upTo: DialectSniffer.headSize))
        if upload.kind == .points { return try PointsTableImport(upload: upload, text: text, dialect: dialect).run() }
        var survey = try TableSurvey(upload, text, dialect: dialect)
        var figures = survey.columns.map { $0.figures() }
        if dialect.delimiter != .comma, !dialect.hasDecimalComma, Self.hasDecimalComma(figures) {
            // Its first rows didn't show that.
            survey = try TableSurvey(upload, text, dialect: dialect.withDecimalComma)
            figures = survey.columns.map { $0.figures() }
        }
        if upload.kind == nil, (2...3).contains(figures.count),
            figures.allSatisfy({ $0.numberRows == survey.rowCount })
        {
            return try PointsTableImport(upload: upload, text: text, dialect: survey.dialect).run()
        }
        guard survey.rowCount >= 2 else {
            throw DatasetError(
                code: "too_few_rows",
                detail: "the table has one row\(dialect.hasHeader ? " below its header" : ""); "
                    + "at least 2 are needed, and some hundreds to learn from")
        }
        let plans = Self.plans(survey, figures, limits: upload.limits)
        try Self.checkTypes(plans.columns)
        return try TableRows(
            upload: upload, text: text, survey: survey, plans: plans.columns, hasBlanks: plans.hasBlanks
        )
        .write()
    }

    private static func hasDecimalComma(_ figures: [ColumnFigures]) -> Bool {
        figures.reduce(0) { $0 + $1.commaRows } > figures.reduce(0) { $0 + $1.pointRows }
    }

    private static func plans(
        _ survey: TableSurvey, _ figures: [ColumnFigures], limits: DatasetLimits
    ) -> (columns: [ColumnPlan], hasBlanks: Bool) {
        let behind = figures.dropFirst()
        // In every row before every word; numbers of a column may do without.
        let hasBlanks =
            behind.contains { $0.blankedRows > 0 }
            && behind.allSatisfy { $0.blankedRows == 0 || $0.bareRows == 0 }
            && behind.allSatisfy { $0.wordRows == 0 || $0.blankedRows > 0 }
        let columns = figures.enumerated().map { index, figures in
            let hasBlank = hasBlanks && index > 0 && figures.blankedRows > 0
            return ColumnDecision(
                name: survey.names[index], rows: survey.rowCount, survey: survey.columns[index], figures: figures,
                limit: limits.maximumCategories, mark: survey.dialect.mark, stripsBlank: hasBlank,
                hasBlank: !hasBlanks || hasBlank
            ).plan()
        }
        return (columns, hasBlanks)
    }

    private static func checkTypes(_ plans: [ColumnPlan]) throws(DatasetError) {
        let useless: Set<ColumnType> = [.identifier, .constant, .text]
        guard plans.allSatisfy({ useless.contains($0.column.type) }) else { return }
        let columns = plans.enumerated().prefix(10).map { index, plan in
            "column \(index + 1) (\"\(plan.column.name.prefix(100))\") is \(plan.column.type.phrase)"
        }
        throw DatasetError(
            code: "nothing_to_learn",
            detail: "the table has no column to learn from: \(columns.joined(separator: ", "))"
                + (plans.count > 10 ? ", and so on" : ""))
    }
}

extension ColumnType {
    /// For a sentence.
    fileprivate var phrase: String {
        switch self {
        case .identifier: "an identifier"
        case .text: "free text"
        default: rawValue
        }
    }
}
