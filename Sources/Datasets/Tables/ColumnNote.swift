/// What a schema says of columns that aren't learned.
enum ColumnNote {
    static func identifiers(_ form: IdentifierForm) -> String {
        "Its values are taken for identifiers. Samples have made-up ones of such forms as \(form.pattern), none of which is in "
            + "the dataset; they say nothing of the other columns."
    }

    /// - Parameter isKept: whether its values can be learned after all.
    static func text(isKept: Bool) -> String {
        "Most of its rows hold values of their own, as names, addresses and remarks are. It is taken for personal or free text: "
            + "nothing is learned of it, and samples leave it empty. "
            + (isKept
                ? "Where a job's data.columns says that it is categorical, its values are learned, and given out as they are."
                : "It has too many different values for a job's data.columns to say otherwise.")
    }
}
