/// What a generator's samples are worth at a step.
package struct QualityReport: Sendable, Equatable {
    /// A figure under the name that curves give it.
    package struct Figure: Sendable, Equatable {
        package var name: String
        package var value: Double

        package init(name: String, value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// The last step that went into the generator.
    package var step: Int
    /// In a fixed order, of names that begin with `quality/`; after them what training has adapted.
    package var figures: [Figure]

    package init(step: Int, figures: [Figure]) {
        self.step = step
        self.figures = figures
    }

    /// The value under a name without its `quality/`; `nil` where it isn't measured.
    package subscript(name: String) -> Double? {
        figures.first { $0.name == "quality/" + name }?.value
    }

    /// From 0 to 1, the greater the better: by it checkpoints are compared.
    package var score: Double? { self["score"] }

    /// How much samples are both like real items and as various: the harmonic mean of density, at most 1, and coverage.
    static func likeness(density: Double, coverage: Double) -> Double {
        let fidelity = min(1, density)
        return fidelity + coverage > 0 ? 2 * fidelity * coverage / (fidelity + coverage) : 0
    }
}
