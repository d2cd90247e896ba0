package import Codecs

/// The parts in which an upload sets pictures for training apart from those to be held out.
package struct ImageSplit: Sendable, Equatable {
    /// One part: the names of its folders or arrays, and its items.
    package struct Part: Sendable, Equatable {
        /// As the upload has them, in order.
        package var names: [String]
        package var items: Int

        package init(names: [String], items: Int) {
            self.names = names
            self.items = items
        }
    }

    package var training: Part
    package var holdout: Part

    package init(training: Part, holdout: Part) {
        self.training = training
        self.holdout = holdout
    }

    package var json: JSON { ["training": training.json, "holdout": holdout.json] }

    /// Reads what `json` wrote; nil where it isn't that.
    package init?(json: JSON) {
        guard let training = json["training"].flatMap(Part.init), let holdout = json["holdout"].flatMap(Part.init)
        else {
            return nil
        }
        self.init(training: training, holdout: holdout)
    }
}

extension ImageSplit.Part {
    fileprivate var json: JSON {
        ["names": .array(names.map { .string($0) }), "items": .integer(Int64(items))]
    }

    fileprivate init?(json: JSON) {
        guard let names = json["names"]?.array?.compactMap(\.string), let items = json["items"]?.integer else {
            return nil
        }
        self.init(names: names, items: Int(items))
    }
}

/// Counts the pictures of each part while they are stored.
struct SplitTally {
    private var names: [DatasetPart: Set<String>] = [:]
    private var counts: [DatasetPart: Int] = [:]

    /// Counts a stored picture.
    mutating func add(_ part: DatasetPart, of name: String) {
        names[part, default: []].insert(name)
        counts[part, default: 0] += 1
    }

    func count(_ part: DatasetPart) -> Int { counts[part, default: 0] }

    /// The split; nil where one part has no pictures.
    var split: ImageSplit? {
        guard count(.training) > 0, count(.holdout) > 0 else { return nil }
        return ImageSplit(training: part(.training), holdout: part(.holdout))
    }

    private func part(_ part: DatasetPart) -> ImageSplit.Part {
        ImageSplit.Part(names: names[part, default: []].sorted(), items: count(part))
    }

    /// Notes that pictures for testing are among those for training, where some are.
    func noteCopies(_ writer: DatasetWriter, _ problems: inout ProblemList) {
        guard split != nil, case let copies = writer.heldOutCopyCount, copies > 0 else { return }
        problems.add(
            part(.holdout).names.joined(separator: ", "),
            "\(copies) of the \(count(.holdout)) held-out pictures \(copies == 1 ? "is" : "are") also among those for "
                + "training; measures on them flatter the model")
    }
}
