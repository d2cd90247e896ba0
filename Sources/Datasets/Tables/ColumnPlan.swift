/// What a column is taken for after the first pass, and how the second reads its cells.
///
/// The rules, over all rows of a column, in this order; "missing" are empty fields, and in all but the last kind also
/// words for nothing such as NA, null or ?:
///
/// 1. nothing but missing: constant, without categories;
/// 2. numbers of one form (`NumberForm`) — all values but the missing, or more than 95 % of them where there are more than 20
///    different ones; what isn't a number is then missing, and a problem is noted. Whole numbers with zeros in front, as 007, are
///    words, and some are times (`DigitTimes`);
/// 3. dates and times of one form (`TimeForm`), by the same measure;
/// 4. words.
///
/// Numbers are boolean where they are 0 and 1 alone; constant where there is one and none is missing; identifiers where
/// they are whole, all different, at least 50, and run without gaps, have such a name as `user_id`, or exceed what a
/// `Double` holds; ordinal where they are whole, of 2 to 20 different values with at least 20 rows each on average; integer
/// where they are whole; real otherwise.
///
/// Words are boolean where they are true and false, yes and no, y and n, or t and f in any case; constant as above;
/// identifiers where at least 50 are all different and built alike (`IdentifierShape`); text where more than half are
/// different with three words or more on average, or there are more than are kept. Where of at least 50 rows more than half hold
/// values that fewer than five rows share, and there are more than 20 different ones, they are somebody's own: identifiers
/// where nine of ten are different, built in ways that five rows or more share, and codes rather than words, or in a column
/// with such a name as `phone` or `user_name`; else text. Categorical otherwise.
///
/// Numbers are identifiers, too, where they are whole and nine of ten are different in a column with such a name as `phone`.
struct ColumnPlan {
    static let fewDistinct = 20
    static let leastIdentifiers = 50
    static let commonestKept = 20
    /// Memory that the values of text may take to be kept for those who ask for them.
    static let mostTextMemory = 32 << 20

    var column: TableColumn
    let reading: CellReader.Reading
    /// The dictionary's numbers of the categories, commonest first.
    let categories: [Int]
    /// Whether the first blank of a field is no part of it.
    let stripsBlank: Bool
    /// How identifiers are built that don't count on from the last; nil for other columns.
    var identifiers: IdentifierLearning?

    /// Whether a job's `data.columns` can have it learned.
    var canBeAskedFor: Bool { column.isCoded ? column.canBeAskedFor : identifiers != nil }

    /// Bytes of a category.
    func category(_ index: Int) -> [UInt8] {
        guard case .codes(let codes) = reading else { return [] }
        return codes.dictionary.withValue(categories[index]) { Array(stripsBlank ? $0.withoutFirstBlank : $0) }
    }
}

extension UnsafeBufferPointer<UInt8> {
    var withoutFirstBlank: UnsafeBufferPointer<UInt8> {
        count > 0 && self[0] == 0x20 ? UnsafeBufferPointer(rebasing: dropFirst()) : self
    }
}
