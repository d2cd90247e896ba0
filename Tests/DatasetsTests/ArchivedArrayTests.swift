import Codecs
import Datasets
import TestSupport
import Testing

/// Arrays of pictures with their labels, together in an archive.
@Suite struct ArchivedArrayTests {
    typealias Entry = ArchiveBuilder.Entry

    /// Pictures of 8×8 pixels, of one shade each.
    private static func pictures(_ shades: [UInt8]) -> [UInt8] {
        NPYHeader(element: .uint8, shape: [shades.count, 8, 8]).bytes
            + shades.flatMap { [UInt8](repeating: $0, count: 64) }
    }

    private static func labels(_ numbers: [Int], shape: [Int]? = nil) -> [UInt8] {
        NPYHeader(element: .int64, shape: shape ?? [numbers.count]).bytes
            + numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
    }

    private static func idx(_ shape: [Int], _ data: [UInt8]) -> [UInt8] {
        [0, 0, 8, UInt8(shape.count)]
            + shape.flatMap { size in (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } } + data
    }

    struct Known: Sendable {
        let entries: [Entry]
        /// The shade and the label of each training item, and of each held-out one.
        let training: [[Int]]
        let holdout: [[Int]]
        let classes: [String]
        var problems = 0
    }

    private static let archives = [
        Known(
            entries: [Entry("arr_0.npy", pictures([10, 20, 30])), Entry("arr_1.npy", labels([7, 3, 7]))],
            training: [[10, 1], [20, 0], [30, 1]], holdout: [], classes: ["3", "7"]),
        Known(
            entries: [
                Entry("train_labels.npy", labels([1, 0, -5], shape: [3, 1])),
                Entry("train_images.npy", pictures([10, 20, 30])),
            ], training: [[10, 2], [20, 1], [30, 0]], holdout: [], classes: ["-5", "0", "1"]),
        // Keras' mnist.npz.
        Known(
            entries: [
                Entry("x_test.npy", pictures([40, 50])), Entry("x_train.npy", pictures([10, 20, 30])),
                Entry("y_train.npy", labels([0, 1, 0])), Entry("y_test.npy", labels([1, 0])),
            ], training: [[10, 0], [20, 1], [30, 0]], holdout: [[40, 1], [50, 0]], classes: ["0", "1"]),
        Known(
            entries: [Entry("trainX.npy", pictures([10, 20])), Entry("testX.npy", pictures([40]))],
            training: [[10], [20]],
            holdout: [[40]], classes: []),
        // MedMNIST's.
        Known(
            entries: [
                Entry("train_images.npy", pictures([10, 20])), Entry("val_images.npy", pictures([30])),
                Entry("test_images.npy", pictures([40])), Entry("train_labels.npy", labels([0, 1], shape: [2, 1])),
                Entry("val_labels.npy", labels([1], shape: [1, 1])),
                Entry("test_labels.npy", labels([0], shape: [1, 1])),
            ], training: [[10, 0], [20, 1]], holdout: [[30, 1], [40, 0]], classes: ["0", "1"]),
        // MNIST's own four files.
        Known(
            entries: [
                Entry("m/t10k-images-idx3-ubyte", idx([1, 8, 8], [UInt8](repeating: 40, count: 64))),
                Entry("m/t10k-labels-idx1-ubyte", idx([1], [4])),
                Entry("m/train-images-idx3-ubyte", idx([2, 8, 8], [UInt8](repeating: 10, count: 128))),
                Entry("m/train-labels-idx1-ubyte.gz", ArchiveBuilder.gzip(idx([2], [4, 9]))),
            ], training: [[10, 0], [10, 1]], holdout: [[40, 0]], classes: ["4", "9"]),
        // What is neither, and what is in the way.
        Known(
            entries: [
                Entry("images.npy", pictures([10])),
                Entry(
                    "embedding.npy",
                    NPYHeader(element: .float32, shape: [1, 2]).bytes + [UInt8](repeating: 0, count: 8)),
                Entry("ids.npy", labels([9])), Entry("readme.txt", Array("hello".utf8)),
            ], training: [[10]], holdout: [], classes: [], problems: 3),
        Known(
            entries: [
                Entry("x_train.npy", pictures([10, 20])), Entry("y_train.npy", labels([0, 1])),
                Entry("x_test.npy", pictures([40])),
            ], training: [[10, 0], [20, 1]], holdout: [], classes: ["0", "1"], problems: 1),
        Known(
            entries: [
                Entry("x_train.npy", pictures([10, 20])), Entry("y_train.npy", labels([0, 1])),
                Entry("x_test.npy", pictures([40, 50])), Entry("y_test.npy", labels([5, 1])),
            ], training: [[10, 0], [20, 1]], holdout: [[50, 1]], classes: ["0", "1"], problems: 1),
    ]

    @Test(arguments: archives.indices)
    func picturesComeWithTheirLabels(index: Int) throws {
        let known = Self.archives[index]
        let imported = try ImportCase(ArchiveBuilder.zip(known.entries))
        let schema = try #require(imported.manifest.schema as? ImageSchema)
        #expect(schema.classes == known.classes && imported.manifest.problemCount == known.problems)
        let dataset = try imported.dataset()
        func items(_ indices: [Int]) throws -> [[Int]] {
            try indices.map { item in
                [Int(try dataset.item(item)[0])] + (dataset.label(of: item).map { [$0] } ?? [])
            }
        }
        #expect(try items(dataset.trainingIndices) == known.training)
        #expect(try items(dataset.holdoutIndices) == known.holdout)
        #expect((schema.split == nil) == known.holdout.isEmpty)
        #expect(schema.split.map { $0.holdout.items == known.holdout.count } ?? true)
    }

    private static let refused: [(entries: [Entry], code: String, words: [String])] = [
        (
            [Entry("a.npy", pictures([1])), Entry("b.npy", pictures([2]))], "npz_ambiguous",
            ["\"a.npy\" is of uint8 with the shape [1, 8, 8]", "x_train"]
        ),
        (
            [Entry("a.npy", NPYHeader(element: .float32, shape: [1, 2]).bytes + [UInt8](repeating: 0, count: 8))],
            "npz_ambiguous", ["float32 with the shape [1, 2]"]
        ),
        (
            [Entry("x.npy", pictures([1])), Entry("y.npy", labels([1, 2]))], "labels_differ",
            ["1 pictures and 2 labels"]
        ),
        (
            [Entry("x.npy", pictures([1])), Entry("y.npy", labels([1])), Entry("label.npy", labels([1]))],
            "npz_ambiguous",
            ["label.npy"]
        ),
        ([Entry("x.npy", Array(pictures([1]).dropLast()))], "truncated", ["number 1"]),
        (
            [
                Entry("x_train.npy", pictures([1])),
                Entry("x_test.npy", NPYHeader(element: .uint8, shape: [1, 9, 8]).bytes),
            ],
            "sizes_differ", ["1 of 8×8, 1 of 8×9", "size=8x8"]
        ),
        (
            [Entry("x.npy", pictures([1])), Entry("i", idx([1, 8, 8], [UInt8](repeating: 4, count: 64)))],
            "npz_ambiguous", ["\"i\""]
        ),
    ]

    @Test(arguments: refused.indices)
    func whatCantBeToldIsRefused(index: Int) throws {
        let (entries, code, words) = Self.refused[index]
        let error = try ImportCase.refusal(ArchiveBuilder.zip(entries))
        #expect(error.code == code)
        for words in words { #expect(error.detail.contains(words), "\(error)") }
    }
}
