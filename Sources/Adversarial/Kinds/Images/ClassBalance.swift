internal import Datasets

/// Says of which classes samples are drawn so that the training set, with them beside it, has as many items of each.
///
/// Each sample is of the class that has fewest, training items and samples before it counted; of equals, the one that was rarer.
/// So fewer samples are the beginning of more. A class without training items, which the generator never saw, has no samples.
package struct ClassBalance: Sendable, Equatable {
    /// Rarest first.
    private let classes: [Int]
    /// For each number of classes, less one, the first sample from which on so many have equally few, and take turns.
    private let starts: [Int]

    /// How many samples bring every class up to the largest.
    package var deficit: Int { starts.last ?? 0 }

    /// - Parameter counts: training items of each class; one has some at least.
    package init(counts: [Int]) {
        let classes = counts.indices.filter { counts[$0] > 0 }.sorted { (counts[$0], $0) < (counts[$1], $1) }
        precondition(!classes.isEmpty, "a training set has items")
        self.classes = classes
        var start = 0
        starts = classes.indices.map { place in
            if place > 0 { start += place * (counts[classes[place]] - counts[classes[place - 1]]) }
            return start
        }
    }

    /// The class of a sample.
    package func `class`(of sample: Int) -> Int {
        // The last of the classes that take turns by then.
        var (low, high) = (0, starts.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if starts[middle] <= sample { low = middle } else { high = middle - 1 }
        }
        return classes[(sample - starts[low]) % (low + 1)]
    }
}

extension ModelSnapshot {
    /// What of images may be balanced, where a table has columns.
    package static let balancedClasses = "classes"

    /// What evens out the classes of the training set.
    ///
    /// - Parameter name: what is to be balanced, as the request has it.
    /// - Throws: `SampleRequestError` where the model has no classes, or it isn't they.
    package func classBalance(_ name: String) throws(SampleRequestError) -> ClassBalance {
        guard dataset.schema is ImageSchema else {
            throw SampleRequestError(
                parameter: "balance",
                detail: "belongs to tables and images with classes, and this model makes \(dataset.kind.rawValue)")
        }
        guard name == Self.balancedClasses else {
            throw SampleRequestError(
                parameter: "balance",
                detail: "\"\(name)\" can't be balanced; of images it is \"\(Self.balancedClasses)\"")
        }
        guard spec.model.conditioning != nil else {
            throw SampleRequestError(
                parameter: "balance",
                detail: "the model isn't conditional, so it can't make one class rather than another")
        }
        return ClassBalance(counts: dataset.classCounts)
    }
}
