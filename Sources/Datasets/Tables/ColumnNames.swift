import Codecs

/// The names of a table's columns.
enum ColumnNames {
    /// The fields of a header, without blanks around them.
    static func fields(of row: CSVRow) -> [String] {
        row.withFields { fields in
            (0..<fields.count).map { String(decoding: fields[$0].trimmed, as: UTF8.self) }
        }
    }

    /// The header's names, `column_N` where there is none; not all need differ.
    static func filled(_ header: [String]) -> [String] {
        header.enumerated().map { $1.isEmpty ? "column_\($0 + 1)" : $1 }
    }

    /// The header's names, `column_N` where there is none.
    ///
    /// - Throws: `DatasetError` with code `csv_column_twice`.
    static func names(_ header: [String]?, count: Int) throws(DatasetError) -> [String] {
        let names = filled(header ?? [String](repeating: "", count: count))
        var places: [String: Int] = [:]
        for (index, name) in names.enumerated() {
            if let first = places.updateValue(index, forKey: name) {
                throw DatasetError(
                    code: "csv_column_twice",
                    detail: "the columns \(first + 1) and \(index + 1) are both named \"\(name.prefix(100))\"; "
                        + "each needs a name of its own")
            }
        }
        return names
    }
}
