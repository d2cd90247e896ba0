package import Codecs

/// What a stored dataset is: written last, so that a folder with a manifest is whole.
package struct DatasetManifest: Sendable, Equatable {
    /// The version of the stored form that this code writes and reads.
    package static let currentFormatVersion = 1

    package var schema: any ItemKind
    package var itemCount: Int
    /// Items that training draws from.
    package var trainingCount: Int
    /// Items that are never trained on: those that the upload itself sets apart, or a tenth by their digests, none below 50 items.
    package var holdoutCount: Int
    /// Training items of each class, in the schema's order; empty where there are no classes.
    package var classCounts: [Int]
    /// Images whose size differed from the dataset's and were scaled to it.
    package var resizedCount: Int
    /// The first 100 items that couldn't be used.
    package var problems: [ItemProblem]
    /// How many items couldn't be used in all.
    package var problemCount: Int
    package var formatVersion: Int

    package init(
        schema: any ItemKind, itemCount: Int, trainingCount: Int, holdoutCount: Int,
        classCounts: [Int] = [], resizedCount: Int = 0, problems: [ItemProblem] = [], problemCount: Int = 0,
        formatVersion: Int = DatasetManifest.currentFormatVersion
    ) {
        self.schema = schema
        self.itemCount = itemCount
        self.trainingCount = trainingCount
        self.holdoutCount = holdoutCount
        self.classCounts = classCounts
        self.resizedCount = resizedCount
        self.problems = problems
        self.problemCount = problemCount
        self.formatVersion = formatVersion
    }

    package var kind: DatasetKind { schema.kind }

    /// As models keep it: without what only the dataset's owner is to see.
    package var handedOn: DatasetManifest {
        var kept = self
        kept.schema = schema.handedOn
        kept.problems = []
        return kept
    }

    package var json: JSON {
        [
            "format_version": .integer(Int64(formatVersion)),
            "kind": .string(kind.rawValue),
            "schema": schema.json,
            "items": .integer(Int64(itemCount)),
            "training_items": .integer(Int64(trainingCount)),
            "holdout_items": .integer(Int64(holdoutCount)),
            "class_counts": .array(classCounts.map { .integer(Int64($0)) }),
            "resized": .integer(Int64(resizedCount)),
            "problems": .array(problems.map { ["item": .string($0.item), "detail": .string($0.detail)] }),
            "problem_count": .integer(Int64(problemCount)),
        ]
    }

    /// Reads what `json` wrote.
    ///
    /// - Throws: `DatasetError` with code `manifest_unreadable`, also for a newer format.
    package init(json: JSON) throws {
        guard let version = json["format_version"]?.integer else {
            throw DatasetError.unreadableManifest("it names no format version")
        }
        guard version == Self.currentFormatVersion else {
            throw DatasetError.unreadableManifest(
                "it is of format \(version), and this program reads \(Self.currentFormatVersion)")
        }
        guard let kind = json["kind"]?.string.flatMap(DatasetKind.init(rawValue:)), let schema = json["schema"] else {
            throw DatasetError.unreadableManifest("kind or schema is missing")
        }
        let names = ["items", "training_items", "holdout_items", "resized", "problem_count"]
        let counts = names.compactMap { json[$0]?.integer }.filter { $0 >= 0 }.map(Int.init)
        guard counts.count == names.count, counts[1] > 0,
            counts[0].subtractingReportingOverflow(counts[1]) == (counts[2], false)
        else { throw DatasetError.unreadableManifest("its counts contradict one another") }
        self.init(
            schema: try kind.schema(schema), itemCount: counts[0], trainingCount: counts[1], holdoutCount: counts[2],
            classCounts: (json["class_counts"]?.array ?? []).compactMap { $0.integer.map(Int.init) },
            resizedCount: counts[3],
            problems: (json["problems"]?.array ?? []).map {
                ItemProblem(item: $0["item"]?.string ?? "", detail: $0["detail"]?.string ?? "")
            },
            problemCount: counts[4], formatVersion: Int(version))
    }

    package static func == (left: DatasetManifest, right: DatasetManifest) -> Bool {
        left.json == right.json
    }
}
