/// What a schema says of a column besides its type.
extension ColumnDecision {
    /// Whether most of a column's words are times, of several forms or of none that is known.
    var looksLikeTimes: Bool { 2 * (figures.times.likelyCount + figures.times.unknownCount) > figures.valueRows }

    /// What the owner should know of a column of words.
    func note(_ type: ColumnType) -> String? {
        guard looksLikeTimes else { return nil }
        let taken = "The column is taken as \(type == .text ? "text" : type.rawValue)."
        let formats = figures.times.formats.prefix(3)
        guard figures.times.count >= figures.times.unknownCount, !formats.isEmpty else {
            return "Its values look like dates or times of no form that is read. \(taken)"
        }
        return "Its values look like dates or times, of which too few have one form (such as "
            + "\(formats.joined(separator: " or "))). \(taken)"
    }

    /// The numbers among a column's words; nil where there are none, or where their form would say nothing.
    ///
    /// Of identifiers and text nothing of a value is shown, and neither is what stands around its number. Of identifiers that are all
    /// numbers the form is said in any case, as no commonest value shows them to be some.
    func numbersAmongWords(_ type: ColumnType) -> TableColumn.Numbers? {
        guard let found = numberForm else { return nil }
        let misfit = found.rows == figures.valueRows ? nil : figures.firstWord
        if misfit != nil, type == .identifier || type == .text {
            return TableColumn.Numbers(form: NumberForm(decimals: ValueForm.mostDecimals, isWhole: false), misfit: "")
        }
        guard misfit != nil || !found.form.isPlain || type == .identifier else { return nil }
        return TableColumn.Numbers(form: found.form, misfit: misfit)
    }

    /// The commonest spelling of nothing.
    var missingText: String {
        let empty = (key: "", value: survey.emptyRows + figures.blankRows)
        let word = figures.nothingRows.max { $0.value != $1.value ? $0.value < $1.value : $0.key > $1.key }
        guard let word, word.value > empty.value else { return "" }
        return word.key
    }
}
