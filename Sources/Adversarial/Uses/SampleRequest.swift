internal import Datasets

/// Which samples are wished for.
package struct SampleRequest: Sendable {
    /// How many; where `interpolate` is given, the number of steps.
    package var count: Int
    /// Sample i is a function of (seed, i) alone.
    package var seed: UInt64
    /// What the samples are to be.
    package var choice: Choice
    /// The largest magnitude of a latent's coordinates.
    package var truncation: Double?
    /// Two seeds between whose first latents the samples lie, on the great circle.
    package var interpolate: Interpolation?

    /// What samples are to be.
    package enum Choice: Sendable {
        /// As frequent as in training.
        case asTrained
        /// Of these classes, by their indices, in turn.
        case classes([Int])
        /// Of the classes that even out those of the training set.
        case balance(ClassBalance)
        /// As a kind's own parameters say, where it can draw them so.
        case selection(any SampleSelection)

        /// A kind's own wish, where there is one.
        package var selection: (any SampleSelection)? {
            if case .selection(let selection) = self { selection } else { nil }
        }
    }

    /// Two seeds.
    package struct Interpolation: Sendable, Equatable {
        package var first: UInt64
        package var second: UInt64

        /// From the latent of one seed to that of another.
        package init(from first: UInt64, to second: UInt64) {
            self.first = first
            self.second = second
        }
    }

    /// A wish for samples.
    package init(
        count: Int, seed: UInt64, choice: Choice = .asTrained, truncation: Double? = nil,
        interpolate: Interpolation? = nil
    ) {
        self.count = count
        self.seed = seed
        self.choice = choice
        self.truncation = truncation
        self.interpolate = interpolate
    }
}

/// Why a model can't give the samples that were wished for; a sentence for the caller.
package struct SampleRequestError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Name of the parameter that is wrong, as the REST contract has it.
    package let parameter: String
    /// What is wrong with it.
    package let detail: String

    package init(parameter: String, detail: String) {
        self.parameter = parameter
        self.detail = detail
    }

    package var description: String { "\(parameter): \(detail)" }
}

/// Samples, ready to be encoded.
package struct SampleBlock: Sendable, Equatable {
    /// The first one's place in its request.
    package var first: Int
    /// How many there are.
    package var count: Int
    /// The shape of one sample: `[height, width, channels]` or `[columns]`.
    package var itemShape: [Int]
    /// The values, sample by sample.
    package var values: Values
    /// Class of each sample; `nil` where the model is unconditional.
    package var classes: [Int]?

    /// A block of samples whose values are ready.
    package init(first: Int = 0, count: Int, itemShape: [Int], values: Values, classes: [Int]? = nil) {
        self.first = first
        self.count = count
        self.itemShape = itemShape
        self.values = values
        self.classes = classes
    }

    /// What samples are made of.
    package enum Values: Sendable, Equatable {
        /// 0...255, `[height, width, channels]` each.
        case bytes([UInt8])
        /// In the units of the dataset, `[columns]` each.
        case floats([Float])
        /// The same, where a `Float` wouldn't tell them apart.
        case doubles([Double])
        /// Cells of a table, `[columns]` each: NaN where there is no value, indices of categories in coded columns, numbers and
        /// times in the others.
        case cells([Double])
    }
}
