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

    @Option(help: "ZIP of images from which the judging classifier learns; the training images unless given.")
    var judge: String?
}

/// Training images to learn from and test images to judge by.
struct DigitArchives {
    let training: Dataset
    private let test: Dataset
    private let judge: Dataset

    /// Imports both archives into folders of their own.
    init(_ options: DigitOptions, folder: String) throws {
        training = try Self.imported(options.train, into: folder + "/train")
        test = try Self.imported(options.test, into: folder + "/test")
        judge = try options.judge.map { try Self.imported($0, into: folder + "/judge") } ?? training
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

    /// Up to `count` of the classifier's images evenly over all of them.
    func judgeItems(_ count: Int) throws -> Batch {
        let indices = judge.trainingIndices
        let wanted = min(count, indices.count)
        return try judge.batch(of: (0..<wanted).map { indices[$0 * indices.count / wanted] })
    }

    /// How often each class occurs among the classifier's images.
    var classShares: [Double] {
        let counts = judge.manifest.classCounts.map(Double.init)
        return counts.map { $0 / counts.reduce(0, +) }
    }

    /// A classifier of the judge's images, and the share of the test images that it labels rightly.
    func classifier(steps: Int) throws -> (classifier: LearnedFeatures, accuracy: Double) {
        let classifier = try LearnedFeatures.learn(from: judge, steps: steps)
        let items = try testItems(.max)
        let labels = try items.labels?.integers().map { Int($0) } ?? []
        let found = try classifier.classes(of: items.items)
        return (classifier, Double(zip(labels, found).count { $0 == $1 }) / Double(max(1, labels.count)))
    }
}
