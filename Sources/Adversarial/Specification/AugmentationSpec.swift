internal import Codecs

/// Random changes to all images that the discriminator is shown, real and generated ones alike, so that it can't learn a
/// small dataset by heart.
package struct AugmentationSpec: Sendable, Equatable {
    package var kind: Kind
    /// What an adaptive probability is steered to: how far the discriminator's verdicts on real items agree, from 0, as
    /// chance has it, to 1, where it never errs.
    package var target: Double
    /// Real samples over which an adaptive probability can rise from 0 to 1.
    package var rampSamples: Double

    /// Which changes, and how often.
    package enum Kind: String, Sendable, CaseIterable {
        case none
        /// Shifts and cut-outs, of coloured images changed colours too, always.
        ///
        /// Zhao et al. 2020, DiffAugment.
        case differentiable = "diffaugment"
        /// Flips, quarter turns, shifts, scalings, rotations and changed colours, each with a probability that rises while
        /// the discriminator is too sure of real items.
        ///
        /// Karras et al. 2020, ADA.
        case adaptive = "ada"
    }

    /// An augmentation.
    ///
    /// The paper's ramp of 500,000 samples is longer than most trainings here are, so this one is shorter.
    package init(kind: Kind = .none, target: Double = 0.6, rampSamples: Double = 100_000) {
        self.kind = kind
        self.target = target
        self.rampSamples = rampSamples
    }

    /// The augmentation as the spec shows it.
    var json: JSON {
        guard kind == .adaptive else { return ["type": .string(kind.rawValue)] }
        return [
            "type": .string(kind.rawValue), "target": .number(target), "ramp_samples": .number(rampSamples),
        ]
    }
}

/// An augmentation as it was sent: a name, or an object with the name as its `type`.
enum RequestedAugmentation {
    /// Reads the member; `nil` where the choice is open.
    static func read(_ reader: ObjectReader) -> AugmentationSpec? {
        let name = "augmentation"
        if let word = reader.word(name) { return named(word) { reader.report(name, $0) } }
        let words = ["auto"] + AugmentationSpec.Kind.allCases.map(\.rawValue)
        guard let object = reader.object(name, orOneOf: words) else { return nil }
        var spec = AugmentationSpec(kind: object.choice("type", of: AugmentationSpec.Kind.self) ?? .none)
        object.require("type", "is required: \(choices)")
        if let target = object.number("target", in: SpecRange.portion) { spec.target = target }
        if let samples = object.number("ramp_samples", in: SpecRange.ramp) { spec.rampSamples = samples }
        for member in ["target", "ramp_samples"] where object.has(member) && spec.kind != .adaptive {
            object.report(member, "belongs to the type ada, whose probability adapts")
        }
        object.finish()
        return spec
    }

    private static var choices: String {
        "one of " + AugmentationSpec.Kind.allCases.map(\.rawValue).joined(separator: ", ")
    }

    private static func named(_ text: String, report: (String) -> Void) -> AugmentationSpec? {
        if text == "auto" { return nil }
        if let kind = AugmentationSpec.Kind(rawValue: text) { return AugmentationSpec(kind: kind) }
        report("must be auto or \(choices); \"\(text.prefix(40))\" was given")
        return nil
    }
}
