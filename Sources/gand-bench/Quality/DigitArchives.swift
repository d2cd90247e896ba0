import Adversarial
import ArgumentParser
import Datasets
import Torch

/// MNIST, or what has its form: ZIPs of PNGs with a folder for each class.
struct DigitOptions: ParsableArguments {
    @Option(help: "ZIP of training images.")
    var train: String

    @Option(help: "ZIP of test images, which samples are held against.")
    var test: String
}

/// Training images to learn from and test images to judge by.
struct DigitArchives {
    let training: Dataset
    private let test: Dataset

    /// Imports both archives into folders of their own.
    init(_ options: DigitOptions, folder: String) throws {
        training = try Self.imported(options.train, into: folder + "/train")
        test = try Self.imported(options.test, into: folder + "/test")
    }

    private static func imported(_ path: String, into folder: String) throws -> Dataset {
        try TemporaryFolder.make(folder)
        _ = try DatasetImporter.importDataset(upload: path, into: folder, kind: .images)
        return try Dataset(opening: folder)
    }

    /// Up to `count` test images evenly over all of them, with their labels.
    func testItems(_ count: Int) throws -> Batch {
        let all = test.manifest.itemCount
        let wanted = min(count, all)
        return try test.batch(of: (0..<wanted).map { $0 * all / wanted })
    }

    /// A classifier of the training images, and the share of the test images that it labels rightly.
    func classifier(steps: Int) throws -> (classifier: LearnedFeatures, accuracy: Double) {
        let classifier = try LearnedFeatures.learn(from: training, steps: steps)
        let items = try testItems(.max)
        let labels = try items.labels?.integers().map { Int($0) } ?? []
        let found = try classifier.classes(of: items.items)
        return (classifier, Double(zip(labels, found).count { $0 == $1 }) / Double(max(1, labels.count)))
    }
}
