/// Which part of a dataset something is, as its name says.
enum DatasetPart: Equatable {
    case training
    case holdout
}

/// The names by which archives set items for training apart from those for testing.
enum SplitNames {
    /// Folders, in small letters.
    static let folders: [String: DatasetPart] = [
        "train": .training, "training": .training, "train_set": .training, "training_set": .training,
        "trainset": .training, "train_images": .training,
        "test": .holdout, "testing": .holdout, "test_set": .holdout, "testing_set": .holdout, "testset": .holdout,
        "test_images": .holdout,
        "val": .holdout, "valid": .holdout, "validation": .holdout, "val_set": .holdout, "validation_set": .holdout,
        "valset": .holdout, "val_images": .holdout,
    ]

    /// Words of the names of arrays, such as `x_train`, `testX` and MNIST's `t10k-images`; the longer ones first.
    static let words: [(word: String, part: DatasetPart)] = [
        ("training", .training), ("train", .training), ("testing", .holdout), ("test", .holdout), ("t10k", .holdout),
        ("validation", .holdout), ("valid", .holdout), ("val", .holdout),
    ]

    /// What is left of an array's name are labels.
    static let labelWords: Set<String> = [
        "y", "label", "labels", "target", "targets", "class", "classes", "category", "categories", "arr",
    ]
}

/// An array's name, taken apart.
struct ArrayName {
    /// The word by which it belongs to a part of the dataset; nil where there is none.
    let splitWord: String?
    let part: DatasetPart?
    private let words: [Substring]

    /// - Parameter file: a file's name in an archive, with folders and endings.
    init(_ file: String) {
        let base = file.split { $0 == "/" || $0 == "\\" }.last ?? ""
        var name = base.prefix { $0 != "." }.lowercased()
        var found: (word: String, part: DatasetPart)?
        for candidate in SplitNames.words where found == nil {
            // Short words are parts of others: "values", "invalid".
            let mustStandAlone = candidate.word.hasPrefix("val")
            let standsAlone = name.split { !$0.isLetter && !$0.isNumber }.contains { $0 == candidate.word }
            guard let range = name.firstRange(of: candidate.word), !mustStandAlone || standsAlone else { continue }
            found = candidate
            name.replaceSubrange(range, with: "_")
        }
        splitWord = found?.word
        part = found?.part
        words = name.split { !$0.isLetter }
    }

    /// Whether it may be that of labels.
    var isOfLabels: Bool { words.contains { SplitNames.labelWords.contains(String($0)) } }
}
