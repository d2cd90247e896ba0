import Codecs

/// Imports a text as a table.
///
/// Two passes, neither of which holds more than a row and what `TableSurvey` keeps of each column: the first has learned what
/// the columns are, the second writes the rows.
struct TableImport: ItemImport {
    let upload: Upload
    let table: SurveyedTable

    func run(into folder: String) throws -> DatasetManifest {
        let survey = table.survey
        guard survey.rowCount >= 2 else {
            throw DatasetError(
                code: "too_few_rows",
                detail: "the table has one row\(survey.dialect.hasHeader ? " below its header" : ""); "
                    + "at least 2 are needed, and some hundreds to learn from")
        }
        let plans = Self.plans(survey, table.figures, limits: upload.limits)
        try Self.checkTypes(plans.columns)
        for column in survey.columns { column.forget() }
        return try TableRowWriter(
            upload: upload, survey: survey, plans: plans.columns, hasBlanks: plans.hasBlanks
        )
        .write(into: folder)
    }

    private static func plans(
        _ survey: TableSurvey, _ figures: [ColumnFigures], limits: DatasetLimits
    ) -> (columns: [ColumnPlan], hasBlanks: Bool) {
        let later = figures.dropFirst()
        // In every row before every word; numbers of a column may do without.
        let hasBlanks =
            later.contains { $0.blankedRows > 0 }
            && later.allSatisfy { $0.blankedRows == 0 || $0.bareRows == 0 }
            && later.allSatisfy { $0.wordRows == 0 || $0.blankedRows > 0 }
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

    /// Refuses a table of which nothing could be learned, whatever a job's `data.columns` says.
    private static func checkTypes(_ plans: [ColumnPlan]) throws(DatasetError) {
        let useless: Set<ColumnType> = [.identifier, .constant, .text]
        guard plans.allSatisfy({ useless.contains($0.column.type) && !$0.canBeAskedFor }) else { return }
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
