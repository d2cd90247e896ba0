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
        guard dialect.delimiter != .comma, !dialect.hasDecimalComma,
            Self.hasDecimalComma(firstFigures, dialect.delimiter)
        else {
            survey = first
            figures = firstFigures
            return
        }
        survey = try TableSurvey(upload, table.withDecimalComma)
        figures = survey.columns.map { $0.figures() }
    }

    /// Whether each field of each row is a number in digits alone that points may have, and none a date in digits.
    var hasNumbersAlone: Bool {
        figures.allSatisfy {
            $0.numberRows == survey.rowCount && $0.maximum <= PointsWriter.largestMagnitude
                && $0.minimum >= -PointsWriter.largestMagnitude && $0.digitTimes.dates == nil
        }
    }

    /// Whether more numbers have a decimal comma than a decimal point.
    ///
    /// 1,234 and 1.234 may as well be more than a thousand, and count only where no others do; the comma's then where semicolons
    /// stand between fields, as they do for the sake of decimal commas.
    private static func hasDecimalComma(_ figures: [ColumnFigures], _ delimiter: TableDialect.Delimiter) -> Bool {
        let grouped = (
            commas: figures.reduce(0) { $0 + $1.groupedCommaRows },
            points: figures.reduce(0) { $0 + $1.groupedPointRows }
        )
        let certain = (
            commas: figures.reduce(0) { $0 + $1.commaRows } - grouped.commas,
            points: figures.reduce(0) { $0 + $1.pointRows } - grouped.points
        )
        return (certain.commas, delimiter == .semicolon ? grouped.commas : 0) > (certain.points, grouped.points)
    }
}
