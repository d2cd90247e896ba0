/// Reads the fields of a table's rows as stored cells.
struct CellReader {
    /// How a field becomes a cell.
    enum Reading {
        /// By the categories that were found in the same upload.
        case codes(CategoryCodes)
        /// By the categories of a schema.
        case known(KnownCategories)
        case number(NumberForm)
        case time(TimeForm)
        /// Not at all.
        case nothing
    }

    /// The columns' names, for problems.
    private let names: [String]
    /// Where in a row each column stands.
    let places: [Int]
    private let columns: [Column]

    /// What a column's cells are read by: nothing that would be copied for each.
    private enum Column {
        case codes(CategoryCodes)
        case known(KnownCategories)
        /// Digits alone, with that decimal mark.
        case digits(mark: UInt8)
        case number(Numbers)
        case time(Times)
        case nothing
    }

    private final class Numbers {
        let form: NumberForm
        let mark: UInt8

        init(_ form: NumberForm, mark: UInt8) {
            self.form = form
            self.mark = mark
        }
    }

    private final class Times {
        let form: TimeForm

        init(_ form: TimeForm) {
            self.form = form
        }
    }

    /// - Parameters:
    ///   - names: the columns', for problems.
    ///   - readings: one for each column.
    ///   - places: where in a row each column stands.
    ///   - mark: what stands between a number's whole and its fraction, in columns that don't have their own.
    init(names: [String], readings: [Reading], places: [Int], mark: UInt8) {
        self.names = names
        self.places = places
        columns = readings.map { reading in
            switch reading {
            case .codes(let codes): .codes(codes)
            case .known(let categories): .known(categories)
            case .number(let form) where form.isReadAsDigits: .digits(mark: form.mark?.byte ?? mark)
            case .number(let form): .number(Numbers(form, mark: mark))
            case .time(let form): .time(Times(form))
            case .nothing: .nothing
            }
        }
    }

    /// The cell of a field of a column; NaN where there is no value.
    ///
    /// - Parameters:
    ///   - line: where the row begins.
    ///   - problems: takes a field that is neither a value nor a word for nothing.
    func cell(
        _ field: UnsafeBufferPointer<UInt8>, _ column: Int, line: Int, noting problems: inout ProblemList
    ) -> Double {
        switch columns[column] {
        case .nothing: return .nan
        case .codes(let codes): return codes.cell(field)
        case .known(let categories): return categories.cell(field)
        case .digits(let mark):
            let value = field.trimmed
            guard value.count > 0 else { return .nan }
            return number(NumberText(value, mark: mark)?.value, value, column, line, &problems)
        case .number(let numbers):
            let value = field.trimmed
            guard value.count > 0 else { return .nan }
            return number(numbers.form.value(value, mark: numbers.mark), value, column, line, &problems)
        case .time(let times):
            let value = field.trimmed
            guard value.count > 0 else { return .nan }
            return times.form.seconds(value)
                ?? fault(value, column, line, "which is not of the form \(times.form.format)", &problems)
        }
    }

    @inline(__always)
    private func number(
        _ number: Double?, _ value: UnsafeBufferPointer<UInt8>, _ column: Int, _ line: Int,
        _ problems: inout ProblemList
    ) -> Double {
        if let number, abs(number) <= NumberForm.largestMagnitude { return number }
        let what = number == nil ? "which is not a number" : "which is beyond ±1e308"
        return fault(value, column, line, what, &problems)
    }

    private func fault(
        _ value: UnsafeBufferPointer<UInt8>, _ column: Int, _ line: Int, _ what: @autoclosure () -> String,
        _ problems: inout ProblemList
    ) -> Double {
        guard !NothingWords.contains(value) else { return .nan }
        let text = String(decoding: value.prefix(64), as: UTF8.self)
        problems.add(
            "line \(line)",
            "column \(places[column] + 1) (\"\(names[column].prefix(100))\") is \"\(text)\", \(what()); "
                + "taken as missing")
        return .nan
    }
}

/// The categories of a column by their text.
///
/// `Sendable`: nothing in it changes.
final class CategoryCodes: Sendable {
    let dictionary: ValueDictionary
    /// The category of each value, or -1 where it means missing.
    private let codes: [Int32]

    init(dictionary: ValueDictionary, codes: [Int32]) {
        self.dictionary = dictionary
        self.codes = codes
    }

    /// The index of a field's category; NaN where it has none.
    func cell(_ field: UnsafeBufferPointer<UInt8>) -> Double {
        guard field.count > 0, let entry = dictionary.find(field), codes[entry] >= 0 else { return .nan }
        return Double(codes[entry])
    }
}

/// The categories of a column of a schema by their text, for uploads of which they weren't learned.
///
/// `Sendable`: nothing in it changes.
final class KnownCategories: Sendable {
    private let dictionary: ValueDictionary
    /// The index of each text's category.
    private let codes: [Double]

    init(_ categories: [String]) {
        var dictionary = ValueDictionary()
        var codes: [Double] = []
        func add(_ text: UnsafeBufferPointer<UInt8>, _ code: Int) {
            let isNew = dictionary.find(text) == nil
            if isNew, dictionary.add(text, limit: .max) { codes.append(Double(code)) }
        }
        let texts = categories.map { Array($0.utf8) }
        for (code, text) in texts.enumerated() { text.withUnsafeBufferPointer { add($0, code) } }
        // Blanks may stand around a field of one upload and not of another.
        for (code, text) in texts.enumerated() { text.withUnsafeBufferPointer { add($0.trimmed, code) } }
        self.dictionary = dictionary
        self.codes = codes
    }

    /// The index of a field's category: NaN where nothing stands there, `TableSchema.unknownCategory` where it is none.
    func cell(_ field: UnsafeBufferPointer<UInt8>) -> Double {
        let value = field.trimmed
        if let found = dictionary.find(field) ?? dictionary.find(value) { return codes[found] }
        return value.count == 0 || NothingWords.contains(value) ? .nan : TableSchema.unknownCategory
    }
}
