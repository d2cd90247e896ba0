internal import Datasets

/// How items of a kind are compared, and how many of them.
package struct ItemComparison: Sendable {
    /// Where distances between items are taken.
    enum Features: Sendable {
        /// The columns as they are: likeness and maximum mean discrepancy tell how near samples are.
        case columns
        /// Features that are learned of the dataset: Fréchet and kernel distances tell it.
        case learned
    }

    let features: Features
    /// Real items, and samples, that are measured while training goes on, at most.
    let measuredItems: Int
    /// Samples that a report draws between two looks at whether it is still wanted.
    let samplesInPart: Int
    /// Items of each sort that the discriminator is shown at most, so that a wish to stop isn't held up.
    let mostJudged: Int

    init(_ features: Features, measuredItems: Int, samplesInPart: Int = 256, mostJudged: Int = .max) {
        self.features = features
        self.measuredItems = measuredItems
        self.samplesInPart = samplesInPart
        self.mostJudged = mostJudged
    }

    /// Steps that learning the features takes.
    var learningSteps: Int { features == .learned ? LearnedFeatures.steps : 0 }

    /// The features of a dataset's items.
    ///
    /// - Parameter onStep: called before each step of learning them; what it throws ends the work.
    func space(of dataset: Dataset, onStep: () throws -> Void) throws -> any FeatureSpace {
        switch features {
        case .columns: StandardisedColumns()
        case .learned: try LearnedFeatures.learn(from: dataset, onStep: onStep)
        }
    }
}
