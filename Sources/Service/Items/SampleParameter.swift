import Adversarial
import Codecs
import Datasets

/// A parameter of samples: what it is in a query, and as a member of a body.
struct SampleParameter: Sendable {
    /// Its name, what a query may say, and its description.
    let query: Parameter
    /// What a body's member may be, as JSON Schema.
    let body: JSON
    /// Whether a query may hold it.
    let isInQuery: Bool
    /// The one format that it says something of; nil where it is for all.
    let format: SampleFormat?
    /// The value that says no more than leaving it out.
    let usual: String?

    var name: String { query.name }

    /// - Parameter body: what a body's member may be where that isn't the same as in a query.
    init(
        _ name: String, _ kind: Parameter.Kind, _ summary: String, body: JSON? = nil, isInQuery: Bool = true,
        format: SampleFormat? = nil, usual: String? = nil
    ) {
        query = Parameter(name, kind, summary)
        self.body = body ?? query.schema
        self.isInQuery = isInQuery
        self.format = format
        self.usual = usual
    }
}

extension SampleParameter {
    /// How many samples are drawn where neither the request nor its kind says.
    static let usualCount = 16

    /// Those that every kind takes.
    ///
    /// Numbers are read by the fields, which tell what can't be had (422) from what can't be read (400).
    static let common = [
        SampleParameter(
            "n", .text(Schema.integer(1...SampleFormat.json.maximumCount)),
            "How many; \(usualCount) unless given or what `balance` takes."),
        SampleParameter(
            "seed", .text(ResourceSchemas.seed), "What the latents are drawn from; drawn and told unless given."),
        SampleParameter(
            "format", .word(SampleFormat.allCases.map(\.rawValue)),
            "What they are sent as; goes before `Accept`. ZIP is of images; NPY of a table has a field for each column."
        ),
        SampleParameter(
            "class", .text(Schema.list(of: Schema.listItem)), "Only samples of these classes.",
            body: ["anyOf": [Schema.string, ["type": "array", "items": Schema.string, "minItems": 1]]]),
        SampleParameter(
            "truncation",
            .text([
                "type": "number", "minimum": .number(Sampler.truncations.lowerBound),
                "maximum": .number(Sampler.truncations.upperBound),
            ]), "Latents are redrawn until each coordinate is at most this."),
        SampleParameter(
            "interpolate", .text(["type": "array", "items": ResourceSchemas.seed, "minItems": 2, "maxItems": 2]),
            "Steps between the latents of two seeds."),
        SampleParameter(
            "checkpoint", .text(ResourceSchemas.checkpoint(["best", "latest", "live"])), "Which of the model's weights."
        ),
    ]

    /// Those that only some kinds take, each once.
    ///
    /// Where several kinds have one of a name, each describes it; what it may be is the same for all of them.
    static let ofKinds: [SampleParameter] = {
        var all: [SampleParameter] = []
        for parameter in DatasetKind.allCases.flatMap({ $0.forms.parameters }) {
            guard let index = all.firstIndex(where: { $0.name == parameter.name }) else {
                all.append(parameter)
                continue
            }
            guard all[index].query.summary != parameter.query.summary else { continue }
            all[index] = all[index].described(with: parameter)
        }
        return all
    }()

    static let all = common + ofKinds

    /// What the route's query takes.
    static let ofQuery = all.filter(\.isInQuery).map(\.query)

    /// What the route's body takes, as JSON Schema.
    static let bodyDescription: JSON = [
        "type": "object",
        "properties": .object(all.map { JSON.Member(name: $0.name, value: Schema.nullable($0.body)) }),
        "additionalProperties": false,
    ]

    /// The same with another kind's description after this one.
    private func described(with other: SampleParameter) -> SampleParameter {
        SampleParameter(
            name, query.kind, query.summary + " " + other.query.summary, body: body, isInQuery: isInQuery,
            format: format, usual: usual)
    }

    /// The kinds that take it, as a sentence names them; nil where all do.
    var owners: String? {
        guard !Self.common.contains(where: { $0.name == name }) else { return nil }
        return DatasetKind.allCases.filter { $0.forms.parameters.contains { $0.name == name } }.map { $0.forms.plural }
            .joined(separator: " and ")
    }
}

extension SampleParameter {
    /// Taken wherever there are pictures, so that who asks any model for one may say it.
    static let gridColumns = SampleParameter(
        "grid_columns", .text(Schema.integer(1...SampleFormat.png.maximumCount)), "Of a PNG, images in a row.",
        format: .png)
}

extension SampleFields {
    /// The images in a row of a picture; nil where that isn't said, or can't be.
    mutating func gridColumns() -> Int? {
        guard let columns = integer(SampleParameter.gridColumns.name) else { return nil }
        guard (1...SampleFormat.png.maximumCount).contains(columns) else {
            impossible("grid_columns", "grid_columns must be 1 to \(SampleFormat.png.maximumCount)")
            return nil
        }
        return columns
    }
}
