internal import Codecs

extension TableReport {
    /// A figure of the synthetic rows beside what real rows in their place get, `nil` where it could not be taken.
    package struct Figure: Sendable, Equatable {
        package var name: String
        package var samples: Double?
        package var real: Double?
        /// What it is and how to read it.
        package var reading: String

        var json: JSON {
            [
                "samples": TableReport.number(samples), "real": TableReport.number(real), "reading": .string(reading),
            ]
        }
    }

    /// The figure of a name.
    package subscript(name: String) -> Figure? { figures.first { $0.name == name } }

    /// In a fixed order, the quality first.
    package var figures: [Figure] { likeness + telling + closeness + copying }

    private var likeness: [Figure] {
        let shapes = heldOutQuality.shapeScore, trends = heldOutQuality.trendScore
        return [
            Figure(
                name: "score", samples: quality.score, real: heldOutQuality.score,
                reading:
                    "From 0 to 1, the mean of the columns' and the pairs' likeness: 1 would be ideal; held-out rows "
                    + "reach \(Self.text(heldOutQuality.score))."),
            Figure(
                name: "column_shapes", samples: quality.shapeScore, real: shapes,
                reading:
                    "How like the real ones the values of each column are distributed, the mean over the columns: 1 "
                    + "would be ideal; held-out rows reach \(Self.text(shapes))."),
            Figure(
                name: "column_pairs", samples: quality.trendScore, real: trends,
                reading:
                    "How like in real rows each two columns hang together, the mean over the pairs: 1 would be ideal; "
                    + "held-out rows reach \(Self.text(trends))."),
            Figure(
                name: "adherence", samples: adherence.samples, real: adherence.real,
                reading:
                    "Share of the cells that real rows could have, within the range of the numbers or among the words: "
                    + "1 would be ideal; held-out rows reach \(Self.text(adherence.real))."),
        ]
    }

    private var telling: [Figure] {
        let accuracy = realTwoSample?.accuracy, area = realTwoSample?.areaUnderCurve
        var figures = [
            Figure(
                name: "two_sample_accuracy", samples: twoSample?.accuracy, real: accuracy,
                reading: "How often a classifier that was shown both tells samples from real rows: 0.5 is chance, 1 is "
                    + "always; with real rows it gets \(Self.text(accuracy))."),
            Figure(
                name: "two_sample_auroc", samples: twoSample?.areaUnderCurve, real: area,
                reading:
                    "How often the same classifier takes a sample for more synthetic than a real row: 0.5 is chance, 1 "
                    + "is always; with real rows it gets \(Self.text(area))."),
        ]
        if let efficacy {
            figures.append(
                Figure(
                    name: "efficacy", samples: efficacy.syntheticMean, real: efficacy.realMean,
                    reading: "How well models that were trained on samples predict \(efficacy.target) of real rows, "
                        + "\(efficacy.measure.reading), the mean over \(efficacy.models.count) models; trained on as many "
                        + "real rows they reach \(Self.text(efficacy.realMean))."))
        }
        return figures
    }

    private var closeness: [Figure] {
        let (synthetic, held) = (privacy.synthetic, privacy.heldOut)
        let ratio = privacy.distanceRatio
        return [
            Figure(
                name: "closest_record_ratio", samples: ratio, real: 1,
                reading:
                    "Median distance from the closest training row, over that of held-out rows: 1 is as far as new "
                    + "real rows are, near 0 are copies, far above 1 is off the data."),
            Figure(
                name: "closest_record", samples: synthetic.distance, real: held.distance,
                reading:
                    "Median distance from the closest training row, from 0 for copies to 1 for nothing in common; of "
                    + "held-out rows \(Self.text(held.distance))."),
            Figure(
                name: "closest_record_low", samples: synthetic.lowDistance, real: held.lowDistance,
                reading: "The distance from the closest training row that 5 % are within; of held-out rows "
                    + "\(Self.text(held.lowDistance)). Much less means that some training rows are repeated."),
            Figure(
                name: "neighbour_ratio", samples: synthetic.neighbourRatio, real: held.neighbourRatio,
                reading:
                    "Median of the distance to the closest training row over that to the second closest; of held-out "
                    + "rows \(Self.text(held.neighbourRatio)). Much less means that single rows are repeated."),
            Figure(
                name: "copies", samples: synthetic.copies, real: held.copies,
                reading: "Share that equals a training row in all learned columns; of held-out rows "
                    + "\(Self.text(held.copies)), as rows may be alike by chance."),
            Figure(
                name: "membership_advantage", samples: privacy.membershipAdvantage, real: 0,
                reading: "How much more often than by chance an attacker who has the samples tells training rows from "
                    + "held-out ones: around 0 nothing is given away, 1 is everything."),
        ]
    }

    private var copying: [Figure] {
        guard let copied = copiedValues else { return [] }
        return [
            Figure(
                name: "copied_values", samples: copied.made.share, real: copied.real.share,
                reading:
                    "Share of the made numbers and times that are, digit for digit, such as only one or two training rows have; of "
                    + "real rows that are new \(Self.text(copied.real.share)), which is chance."
                    + (copiedColumns.map { " \($0)" } ?? ""))
        ]
    }

    /// The columns whose rare values are repeated, in a sentence; `nil` where there are none.
    private var copiedColumns: String? {
        let found = columns.filter { $0.copied?.isBeyondChance == true }
        guard let sum = CopiedValues(of: found), let made = sum.made.share, let chance = sum.real.share else {
            return nil
        }
        let names = found.prefix(Self.mostNames).map(\.name).joined(separator: ", ")
        return "In the \(found.count == 1 ? "column" : "columns") \(names)\(found.count > Self.mostNames ? ", …" : "") "
            + "\(Self.percent(made)) of the values are ones that only one or two training rows have; chance gives "
            + "\(Self.percent(chance))."
    }

    private static let mostNames = 10

    /// What the figures come to, in a sentence or two.
    var verdict: String {
        var sentences: [String] = []
        if let twoSample {
            let accuracy = twoSample.accuracy, real = realTwoSample?.accuracy ?? 0.5
            let told = "\(Self.percent(accuracy)) of the cases (chance is 50 %, real rows get \(Self.percent(real)))"
            sentences.append(
                accuracy <= max(0.55, real + 0.02)
                    ? "A classifier that was shown both can hardly tell the samples from real rows: it is right in \(told)."
                    : "A classifier that was shown both tells the samples from real rows in \(told).")
        } else {
            sentences.append("There are too few rows for a classifier to tell the samples from real rows by.")
        }
        if let efficacy, efficacy.syntheticMean.isFinite, efficacy.realMean.isFinite {
            sentences.append(
                "Models trained on them predict \(efficacy.target) with \(Self.text(efficacy.syntheticMean)), trained on "
                    + "real rows with \(Self.text(efficacy.realMean)).")
        }
        if let copies = privacy.synthetic.copies, copies > 0.001, copies > 2 * (privacy.heldOut.copies ?? 0) {
            sentences.append("\(Self.percent(copies)) of the samples are copies of training rows.")
        }
        if let copiedColumns { sentences.append(copiedColumns) }
        if let advantage = privacy.membershipAdvantage, advantage > 0.1 {
            sentences.append("The samples give away which rows were trained on.")
        }
        return sentences.joined(separator: " ")
    }

    private static func text(_ value: Double?) -> String { ReportNumber.text(value ?? .nan) }

    private static func percent(_ share: Double) -> String { "\(ReportNumber.text(share * 100)) %" }
}

extension TableEfficacy.Measure {
    fileprivate var reading: String {
        switch self {
        case .f1: "by F1 of its rarer value"
        case .macroF1: "by F1, the mean over its values"
        case .r2: "by the share of its variance that is explained"
        }
    }
}
