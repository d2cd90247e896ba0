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
