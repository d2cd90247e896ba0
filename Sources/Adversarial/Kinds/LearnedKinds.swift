package import Datasets

extension DatasetKind {
    /// How its items are learned.
    ///
    /// This is the only switch over kinds on this floor.
    package var learned: any LearnedKind {
        switch self {
        case .points: PointLearning()
        case .table: TableLearning()
        case .images: ImageLearning()
        }
    }
}

extension Preset {
    /// All presets that there are, those for every dataset first.
    static let all: [Preset] = DatasetKind.allCases.flatMap { $0.learned.defaults.presets }.reduce(into: []) {
        all, preset in
        if !all.contains(preset) { all.append(preset) }
    }
}
