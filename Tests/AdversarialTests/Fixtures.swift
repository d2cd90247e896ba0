import Adversarial
import Codecs
import Datasets

extension DatasetManifest {
    /// A dataset of points in a plane, not held anywhere.
    static func points(_ count: Int = 1000, columns: Int = 2) -> DatasetManifest {
        DatasetManifest(
            schema: PointSchema(
                columns: (0..<columns).map { "c\($0)" }, mean: Array(repeating: 0, count: columns),
                standardDeviation: Array(repeating: 1, count: columns)),
            itemCount: count, trainingCount: count, holdoutCount: 0)
    }

    /// A dataset of images with as many training items in each class.
    static func images(
        height: Int = 28, width: Int = 28, channels: Int = 1, classes: Int = 0, perClass: Int = 100
    ) -> DatasetManifest {
        let count = max(1, classes) * perClass
        return DatasetManifest(
            schema: ImageSchema(
                height: height, width: width, channels: channels, classes: (0..<classes).map { "\($0)" }),
            itemCount: count, trainingCount: count, holdoutCount: 0,
            classCounts: Array(repeating: perClass, count: classes))
    }
}

extension MachineLimits {
    /// A machine that most jobs fit on.
    static let roomy = MachineLimits(memoryBytes: 64 << 30, cores: 2, threadsPerJob: 1)
}

/// JSON from text.
func json(_ text: String) throws -> JSON {
    try JSON(parsing: Array(text.utf8))
}

/// Resolves a body on a roomy machine.
func resolve(_ text: String, _ dataset: DatasetManifest, _ machine: MachineLimits = .roomy) throws -> Resolution {
    try SpecResolver.resolve(json(text), dataset: dataset, machine: machine)
}
