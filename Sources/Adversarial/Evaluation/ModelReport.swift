package import Codecs

/// What a model's samples are worth: every figure beside that of real items, and how to read it.
package struct ModelReport: Sendable, Equatable {
    /// The last step that went into the generator.
    package var step: Int
    /// Where items were compared.
    package var featureSpace: FeatureSpaceName
    package var counts: Counts
    /// In a fixed order, `score` first.
    package var figures: [Figure]
    /// Samples that are as good as copies of training items; `nil` where the samples aren't numbers.
    package var copies: Int?
    /// Held-out items of which the same is true.
    package var copiesHeldOut: Int
    /// Empty where classes can't be told.
    package var classes: [ClassShare]

    /// How many items a report is made of.
    package struct Counts: Sendable, Equatable {
        package var samples: Int
        /// Real items that samples were held against, never trained on.
        package var heldOut: Int
        /// Real items that were held against those in the samples' place.
        package var training: Int
        /// Training items among which the nearest to a sample was sought.
        package var searched: Int

        package init(samples: Int, heldOut: Int, training: Int, searched: Int) {
            self.samples = samples
            self.heldOut = heldOut
            self.training = training
            self.searched = searched
        }
    }

    /// A figure of the samples and of real items in their place, `nil` where it could not be taken.
    package struct Figure: Sendable, Equatable {
        package var name: String
        package var samples: Double?
        package var real: Double?

        package init(name: String, samples: Double?, real: Double?) {
            self.name = name
            self.samples = samples
            self.real = real
        }
    }

    /// How often a class occurs.
    package struct ClassShare: Sendable, Equatable {
        package var name: String
        package var samples: Double
        package var training: Double
    }

    package init(
        step: Int, featureSpace: FeatureSpaceName, counts: Counts, figures: [Figure], copies: Int?, copiesHeldOut: Int,
        classes: [ClassShare] = []
    ) {
        self.step = step
        self.featureSpace = featureSpace
        self.counts = counts
        self.figures = figures
        self.copies = copies
        self.copiesHeldOut = copiesHeldOut
        self.classes = classes
    }

    /// The figure of a name.
    package subscript(name: String) -> Figure? { figures.first { $0.name == name } }

    /// The members that a report's resource has once it is finished.
    package var json: JSON {
        let wording = ReportWording(report: self)
        return [
            "score": Self.number(self["score"]?.samples),
            "verdict": .string(wording.verdict),
            "feature_space": [
                "name": .string(featureSpace.rawValue), "detail": .string(featureSpace.detail),
            ],
            "figures": .object(
                figures.map { figure in
                    JSON.Member(
                        name: figure.name,
                        value: [
                            "samples": Self.number(figure.samples), "real": Self.number(figure.real),
                            "sample_count": Self.count(counts.samples),
                            "real_count": Self.count(
                                figure.name == "nearest_training" ? counts.heldOut : counts.training),
                            "against": Self.count(figure.name == "nearest_training" ? counts.searched : counts.heldOut),
                            "reading": .string(wording.reading(of: figure)),
                        ])
                }),
            "copies": [
                "samples": copies.map(Self.count) ?? .null, "sample_count": Self.count(counts.samples),
                "held_out": Self.count(copiesHeldOut), "held_out_count": Self.count(counts.heldOut),
                "training_count": Self.count(counts.searched), "reading": .string(wording.copies),
            ],
            "classes": .array(
                classes.map {
                    [
                        "name": .string($0.name), "samples": Self.number($0.samples),
                        "training": Self.number($0.training),
                    ]
                }),
        ]
    }

    private static func number(_ value: Double?) -> JSON {
        value.flatMap { $0.isFinite ? .number($0) : nil } ?? .null
    }

    private static func count(_ value: Int) -> JSON { .integer(Int64(value)) }
}
