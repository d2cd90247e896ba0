import Codecs

/// What a first pass over a table's text finds: by it kinds tell whether the upload is theirs.
///
/// Its memory holds a row and what `TableSurvey` keeps of each column.
struct SurveyedTable {
    let survey: TableSurvey
    /// One for each column.
    let figures: [ColumnFigures]

    /// Goes through the text; twice where its first rows didn't show that it has decimal commas.
    ///
    /// - Throws: what `TableSurvey` throws.
    init(_ upload: Upload) throws {
        let table = try upload.finding(TextTable.init)
        let dialect = table.dialect
        let first = try TableSurvey(upload, table)
        let firstFigures = first.columns.map { $0.figures() }
        guard dialect.delimiter != .comma, !dialect.hasDecimalComma, Self.hasDecimalComma(firstFigures) else {
            survey = first
            figures = firstFigures
            return
        }
        survey = try TableSurvey(upload, table.withDecimalComma)
        figures = survey.columns.map { $0.figures() }
    }

    /// Whether each field of each row is a number.
    var hasNumbersAlone: Bool { figures.allSatisfy { $0.numberRows == survey.rowCount } }

    private static func hasDecimalComma(_ figures: [ColumnFigures]) -> Bool {
        figures.reduce(0) { $0 + $1.commaRows } > figures.reduce(0) { $0 + $1.pointRows }
    }
}
