/// A report's sentences for people.
struct ReportWording {
    let report: ModelReport

    /// What the figures come to, in a sentence or two.
    var verdict: String {
        guard let copies = report.copies, let accuracy = report["two_sample_accuracy"]?.samples else {
            return "The samples aren't finite numbers, so nothing can be measured: the generator has run off."
        }
        let realAccuracy = report["two_sample_accuracy"]?.real ?? 0.5
        let told =
            "in \(Self.percent(accuracy)) of the cases (chance is 50 %, real items get \(Self.percent(realAccuracy)))"
        var sentences: [String] = []
        if accuracy <= max(0.55, realAccuracy + 0.02) {
            sentences.append("A test that knows both can hardly tell the samples from real items: it is right \(told).")
        } else {
            sentences.append("A test that knows both tells the samples from real items \(told).")
            if let part = shortcoming { sentences.append(part) }
        }
        if Self.isNotable(copies, of: report.counts.samples, beside: report.copiesHeldOut, of: report.counts.heldOut) {
            sentences.append(
                "\(copies) of the \(report.counts.samples) samples are as good as copies of training items.")
        }
        return sentences.joined(separator: " ")
    }

    /// What the samples lack most, where they clearly lack something.
    private var shortcoming: String? {
        func figure(_ name: String) -> (samples: Double, real: Double)? {
            report[name].flatMap { figure in figure.samples.flatMap { samples in figure.real.map { (samples, $0) } } }
        }
        if let missing = figure("missing"), missing.samples > missing.real + 0.03 {
            return
                "Parts of the data are left out: \(Self.percent(missing.samples)) of the held-out items have no sample "
                + "anywhere near."
        }
        if let precision = figure("precision"), precision.samples < precision.real * 0.9 {
            return
                "Samples lie off the data: \(Self.percent(precision.samples)) are within reach of held-out items, of "
                + "real items \(Self.percent(precision.real))."
        }
        if let coverage = figure("coverage"), coverage.samples < coverage.real * 0.9 {
            return
                "They are less various: \(Self.percent(coverage.samples)) of the held-out items have a sample in their "
                + "neighbourhood, with real items \(Self.percent(coverage.real))."
        }
        return nil
    }

    /// Copies are worth a word where they are more than one in a thousand, and twice as frequent as among held-out items.
    private static func isNotable(_ copies: Int, of count: Int, beside held: Int, of heldCount: Int) -> Bool {
        let (share, heldShare) = (Double(copies) / Double(count), Double(held) / Double(heldCount))
        return share > 0.001 && share > 2 * heldShare
    }

    /// What the number of copies says.
    var copies: String {
        "Samples whose nearest training item is the same, or less than \(Self.percent(QualityMeasure.copyShare)) as far as "
            + "it is for the median held-out item, among \(report.counts.searched) training items."
    }

    /// What a figure is and how to read it.
    func reading(of figure: ModelReport.Figure) -> String {
        let real = figure.real.map(ReportNumber.text) ?? "nothing that can be measured"
        switch figure.name {
        case "score" where report.featureSpace == .columns:
            return "From 0 to 1, the harmonic mean of density (at most 1) and coverage: 1 would be ideal; real items "
                + "reach \(real)."
        case "score":
            return
                "From 0 to 1, the Fréchet distance of real items over that of the samples: at 1 they are as near as real "
                + "items are."
        case "precision":
            return "Share of the samples within reach of held-out items: 1 would be ideal; real items reach \(real)."
        case "recall":
            return "Share of the held-out items within reach of samples: 1 would be ideal; real items reach \(real)."
        case "density":
            return
                "In how many neighbourhoods of held-out items a sample lies, over the 5 expected: 1 would be ideal, less "
                + "is off the data, more is crowded in its densest parts; real items reach \(real)."
        case "coverage":
            return
                "Share of the held-out items with a sample in their neighbourhood: 1 would be ideal; real items reach "
                + "\(real)."
        case "missing":
            return
                "Share of the held-out items with no sample anywhere near: 0 would be ideal; real items leave out \(real)."
        case "two_sample_accuracy":
            return
                "How often a test that knows both tells samples from held-out items: 0.5 is chance, 1 is always; with "
                + "real items it gets \(real)."
        case "mmd":
            return
                "Squared distance of the two distributions, by Gaussian kernels: around 0, at times below, where they are "
                + "one; real items get \(real)."
        case "fid_own_features":
            return
                "Fréchet distance in the learned features: 0 would be ideal; real items get \(real). It sinks as items "
                + "are added: only compare figures of as many samples, of this dataset."
        case "kid_own_features":
            return
                "Kernel distance in the learned features: around 0, at times below, where the distributions are one; real "
                + "items get \(real). Only compare figures of this dataset."
        case "class_balance":
            return
                "1 less the share of samples that would have to be of another class for the training set's balance: 1 "
                + "would be ideal; real items reach \(real)."
        case "nearest_training":
            return
                "Median distance from the nearest training item, over that of held-out items: 1 is as far as new real "
                + "items are, near 0 are copies, far above 1 is off the data."
        default:
            return "Real items get \(real)."
        }
    }

    private static func percent(_ share: Double) -> String { "\(ReportNumber.text(share * 100)) %" }
}
