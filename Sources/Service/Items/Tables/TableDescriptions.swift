import Codecs
import Datasets

/// What the description says of tables: their schema, and what a report says of them.
extension TableForms {
    static let schemaDescription = Schema.object([
        "columns": Schema.array(
            of: Schema.object(
                [
                    "name": Schema.string, "type": Schema.word(ColumnType.self),
                    "form": form,
                    "numbers": Schema.object(["form": form, "misfit": Schema.string], optional: ["misfit"]),
                    "missing": Schema.count, "missing_text": Schema.string, "distinct": Schema.count,
                    "blank": Schema.boolean, "note": Schema.string, "kept": Schema.boolean,
                    "levels": Schema.boolean,
                    "commonest": Schema.array(of: Schema.object(["value": Schema.string, "count": Schema.count])),
                    "minimum": Schema.number, "maximum": Schema.number, "mean": Schema.number,
                    "standard_deviation": Schema.number, "histogram": Schema.array(of: Schema.count),
                    "frequent": frequent,
                    "follows": Schema.object([
                        "column": Schema.string, "distinct": Schema.count, "frequent": frequent,
                    ]),
                ],
                optional: [
                    "minimum", "maximum", "mean", "standard_deviation", "histogram", "frequent", "note", "numbers",
                    "kept", "levels", "follows",
                ])),
        "dialect": Schema.object([
            "delimiter": Schema.word(TableDialect.Delimiter.self), "decimal_comma": Schema.boolean,
            "header": Schema.boolean, "blanks": Schema.boolean,
        ]),
    ])

    /// How many of a column's numbers stand in many rows.
    private static let frequent = Schema.object([
        "values": Schema.count, "rows": Schema.count, "other_rows": Schema.count,
    ])

    /// How a column's values stand in text.
    private static let form = Schema.object(
        [
            "kind": Schema.word(["text", "number", "time"]), "decimals": digits, "whole": Schema.boolean,
            "least_decimals": digits, "decimal_mark": Schema.string, "thousands": Schema.string,
            "indian": Schema.boolean, "grouped_from": Schema.integer(4...20), "prefix": Schema.string,
            "suffix": Schema.string, "negative": Schema.word(NumberForm.negatives), "minus_sign": Schema.boolean,
            "plus": Schema.boolean,
            "exponent": Schema.object(
                [
                    "upper": Schema.boolean, "plus": Schema.boolean, "digits": digits, "least_decimals": digits,
                    "decimals": digits, "below": Schema.integer(-400...400), "from": Schema.integer(-400...400),
                ], optional: ["below", "from"]),
            "format": Schema.string, "zones": Schema.array(of: Schema.string),
        ],
        optional: [
            "decimals", "whole", "least_decimals", "decimal_mark", "thousands", "indian", "grouped_from", "prefix",
            "suffix", "negative", "minus_sign", "plus", "exponent", "format", "zones",
        ])

    private static let digits = Schema.integer(0...ValueForm.mostDecimals)

    /// A report's `rows`.
    static let reportRows: JSON? = Schema.object([
        "counts": Schema.object(["samples": Schema.count, "held_out": Schema.count, "training": Schema.count]),
        "shapes": Schema.array(
            of: Schema.object([
                "column": Schema.string, "samples": Schema.optionalNumber, "real": Schema.optionalNumber,
            ])),
        "trends": Schema.array(
            of: Schema.object([
                "first": Schema.string, "second": Schema.string, "samples": Schema.optionalNumber,
                "real": Schema.optionalNumber,
            ])),
        "efficacy": Schema.nullable(["type": "object"]),
        "columns": Schema.array(
            of: Schema.object(
                [
                    "name": Schema.string, "minimum": Schema.number, "maximum": Schema.number,
                    "words": Schema.array(of: Schema.string), "real": tally, "samples": tally,
                    "adherence": Schema.object(["samples": Schema.optionalNumber, "real": Schema.optionalNumber]),
                    "copied_values": Schema.object([
                        "samples": Schema.optionalNumber, "real": Schema.optionalNumber,
                        "beyond_chance": Schema.boolean,
                    ]),
                ], optional: ["minimum", "maximum", "words", "copied_values"])),
    ])

    /// How often what stands in a column of a report does so.
    private static let tally = Schema.object([
        "counts": Schema.array(of: Schema.count), "others": Schema.count, "missing": Schema.count,
    ])

    /// The columns of a preview.
    static let previewColumns: JSON? = Schema.array(
        of: Schema.object(["name": Schema.string, "type": Schema.word(ColumnType.self)]))
}
