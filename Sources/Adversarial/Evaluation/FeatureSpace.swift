internal import Torch

/// Where distances between items mean something.
protocol FeatureSpace {
    var name: FeatureSpaceName { get }

    /// The most items that are looked at together.
    var itemsAtOnce: Int { get }

    /// How many classes it tells apart; `nil` where it can't tell any.
    var classCount: Int? { get }

    /// `[items, features]` of items as the networks see them, and the class, `int64` `[items]`, that each is taken for.
    func look(at items: Tensor) throws -> (features: Tensor, classes: Tensor?)
}

/// Which features items are compared in.
package enum FeatureSpaceName: String, Sendable, CaseIterable {
    case columns
    case learnedClasses = "learned_classes"
    case learnedRotations = "learned_rotations"

    /// What they are, for people.
    package var detail: String {
        switch self {
        case .columns: "the columns, standardised over the training items"
        case .learnedClasses: "features learned from this dataset by a small classifier of its classes"
        case .learnedRotations: "features learned from this dataset by a small classifier of rotations"
        }
    }
}

/// Points, as they are: their columns have been standardised.
struct StandardisedColumns: FeatureSpace {
    let name = FeatureSpaceName.columns
    let itemsAtOnce = 1_000
    let classCount: Int? = nil

    func look(at items: Tensor) throws -> (features: Tensor, classes: Tensor?) { (items, nil) }
}

/// Items as a feature space sees them; the items themselves aren't kept.
struct SeenItems {
    /// `float64` `[items, features]`.
    let features: Tensor
    /// How they share themselves out over the dataset's classes; `nil` where that can't be told.
    let classShares: [Double]?

    var count: Int { features.shape[0] }

    /// Whether there is anything to measure: a generator that has run off makes numbers that there isn't.
    func isFinite() throws -> Bool { try features.sum().item().isFinite }

    /// Looks at items part by part.
    ///
    /// - Parameters:
    ///   - count: how many there are, one or more.
    ///   - size: items in a part; the space may look at fewer together.
    ///   - onPart: called after each part; what it throws ends the work.
    ///   - part: makes those of a range, `[items, …]`.
    init(
        _ count: Int, inPartsOf size: Int, in space: any FeatureSpace, onPart: () throws -> Void,
        _ part: (Range<Int>) throws -> Tensor
    ) throws {
        var features: [Tensor] = []
        var members = [Int](repeating: 0, count: space.classCount ?? 0)
        for first in stride(from: 0, to: count, by: size) {
            let items = try part(first..<min(first + size, count))
            let length = items.shape[0]
            for start in stride(from: 0, to: length, by: space.itemsAtOnce) {
                let seen = try space.look(
                    at: items.narrowed(dimension: 0, start: start, length: min(space.itemsAtOnce, length - start)))
                features.append(try seen.features.cast(to: .float64))
                for member in try seen.classes?.integers() ?? [] { members[Int(member)] += 1 }
            }
            try onPart()
        }
        self.features = try Tensor.concatenated(features)
        classShares = space.classCount.map { _ in members.map { Double($0) / Double(count) } }
    }
}
