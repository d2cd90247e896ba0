import Adversarial
import Codecs
import Datasets
import TestSupport
import Testing
import Torch

/// A generator measured once and thoroughly.
@Suite struct ReportEvaluationTests {
    private func snapshot(_ dataset: Dataset, steps: Int = 2) throws -> ModelSnapshot {
        let body = #"{"dataset_id":"ds_1","seed":1,"training":{"batch_size":50}}"#
        let trainer = try Trainer(spec: resolve(body, dataset.manifest).spec, dataset: dataset)
        for _ in 0..<steps { _ = try trainer.advance() }
        return try trainer.snapshot()
    }

    @Test(arguments: [20, 60, 700])
    func pointsGetAllFiguresAndEveryPartIsTold(count: Int) throws {
        let folder = try TemporaryFolder()
        let dataset = try ring(in: folder, count: 600)
        let snapshot = try snapshot(dataset)
        var parts = 0
        let (report, shown) = try ReportEvaluation.run(
            snapshot, samples: count, seed: 3, dataset: dataset, shown: 30
        ) { parts += 1 }
        #expect(parts == ReportEvaluation.partCount(samples: count, dataset: dataset.manifest))
        #expect(
            report.figures.map(\.name) == [
                "score", "precision", "recall", "density", "coverage", "missing", "two_sample_accuracy", "mmd",
                "nearest_training",
            ])
        #expect(report.figures.allSatisfy { $0.samples?.isFinite == true && $0.real?.isFinite == true })
        #expect(report.step == 2 && report.featureSpace == .columns && report.classes.isEmpty)
        #expect(
            report.counts
                == ModelReport.Counts(samples: count, heldOut: 60, training: min(count, 540), searched: 540))
        #expect(shown.count == min(30, count))
        // Real items are what real items are like; the samples of two steps aren't.
        #expect(try #require(report["two_sample_accuracy"]?.samples) > (count == 20 ? 0.7 : 0.8))
        #expect(try #require(report["nearest_training"]?.samples) > 3)
        if count == 60 { #expect(try #require(report["coverage"]?.real) > 0.8) }
    }

    @Test func theSamplesAreThoseOfTheSeed() throws {
        let folder = try TemporaryFolder()
        let dataset = try ring(in: folder, count: 600)
        let snapshot = try snapshot(dataset)
        func run(_ seed: UInt64) throws -> (ModelReport, SampleBlock) {
            try ReportEvaluation.run(snapshot, samples: 300, seed: seed, dataset: dataset, shown: 300) {}
        }
        let (report, shown) = try run(1)
        let (same, sameShown) = try run(1)
        #expect(report == same && shown == sameShown)
        #expect(try run(2).0 != report)
        let request = SampleRequest(count: 300, seed: 1)
        #expect(try Sampler(snapshot).samples(request, range: 0..<300) == shown)
    }

    @Test func theSameFiguresAsDuringTraining() throws {
        let folder = try TemporaryFolder()
        let dataset = try ring(in: folder, count: 600)
        let snapshot = try snapshot(dataset)
        let (report, shown) = try ReportEvaluation.run(snapshot, samples: 60, seed: 1, dataset: dataset, shown: 60) {}
        guard case .floats(let values) = shown.values,
            let schema = dataset.manifest.schema as? PointSchema
        else {
            Issue.record("the ring isn't points")
            return
        }
        let standardised = values.enumerated().map {
            Float((Double($0.element) - schema.mean[$0.offset % 2]) / schema.standardDeviation[$0.offset % 2])
        }
        let evaluator = try #require(try QualityEvaluator.make(for: dataset))
        let quality = try evaluator.report(of: Tensor(standardised, shape: [60, 2]), step: 2)
        for figure in report.figures {
            let sample = try #require(quality[figure.name])
            #expect(firstDifference([figure.samples ?? .nan], [sample], relative: 1e-4, absolute: 1e-5) == nil)
            guard let real = quality["real/" + figure.name] else { continue }
            #expect(firstDifference([figure.real ?? .nan], [real], relative: 1e-12) == nil, "\(figure.name)")
        }
    }

    private struct Ended: Error {}

    @Test func aReportEndsBetweenTwoParts() throws {
        let folder = try TemporaryFolder()
        let dataset = try ring(in: folder, count: 600)
        let snapshot = try snapshot(dataset)
        let total = ReportEvaluation.partCount(samples: 500, dataset: dataset.manifest)
        for last in [1, 5, total] {
            var parts = 0
            #expect(throws: Ended.self) {
                try ReportEvaluation.run(snapshot, samples: 500, seed: 1, dataset: dataset, shown: 1) {
                    parts += 1
                    if parts == last { throw Ended() }
                }
            }
            #expect(parts == last)
        }
    }

    @Test func aDatasetWithTooFewHeldOutItemsGetsNone() throws {
        let folder = try TemporaryFolder()
        let dataset = try ring(in: folder, count: 100)
        let snapshot = try snapshot(dataset)
        let error = #expect(throws: DatasetError.self) {
            try ReportEvaluation.run(snapshot, samples: 20, seed: 1, dataset: dataset, shown: 1) {}
        }
        #expect(error?.code == "too_few_items" && error?.detail.contains("has 10:") == true)
    }

    // MARK: Sentences

    private static func report(
        accuracy: Double? = 0.6, realAccuracy: Double = 0.5, missing: Double = 0, precision: Double = 1,
        coverage: Double = 1, copies: Int? = 0, copiesHeldOut: Int = 0
    ) -> ModelReport {
        ModelReport(
            step: 1, featureSpace: .columns,
            counts: ModelReport.Counts(samples: 1000, heldOut: 500, training: 1000, searched: 4500),
            figures: [
                .init(name: "score", samples: accuracy == nil ? 0 : 0.5, real: 1),
                .init(name: "two_sample_accuracy", samples: accuracy, real: realAccuracy),
                .init(name: "missing", samples: missing, real: 0.01),
                .init(name: "precision", samples: precision, real: 1),
                .init(name: "coverage", samples: coverage, real: 1),
            ], copies: copies, copiesHeldOut: copiesHeldOut)
    }

    private static let verdicts: [(report: ModelReport, words: [String], absent: [String])] = [
        (report(accuracy: 0.52), ["hardly", "52 %"], ["copies", "left out"]),
        (report(accuracy: 0.66, realAccuracy: 0.65), ["hardly", "real items get 65 %"], []),
        (
            report(accuracy: 0.9), ["tells the samples from real items in 90 %"],
            ["left out", "off the data", "various"]
        ),
        (report(accuracy: 0.9, missing: 0.2), ["left out", "20 %"], ["off the data"]),
        (report(accuracy: 0.9, precision: 0.3), ["off the data", "30 %"], ["left out"]),
        (report(accuracy: 0.9, coverage: 0.4), ["less various", "40 %"], []),
        (report(accuracy: 0.52, copies: 20), ["20 of the 1000 samples are as good as copies"], []),
        (report(accuracy: 0.52, copies: 20, copiesHeldOut: 20), ["hardly"], ["copies"]),
        (report(accuracy: nil, copies: nil), ["aren't finite"], ["copies"]),
    ]

    @Test(arguments: verdicts.indices)
    func theVerdictSaysWhatMatters(index: Int) throws {
        let (report, words, absent) = Self.verdicts[index]
        let verdict = try #require(report.json["verdict"]?.string)
        for word in words { #expect(verdict.contains(word), "\(verdict)") }
        for word in absent { #expect(!verdict.contains(word), "\(verdict)") }
    }

    @Test(arguments: [
        (0.0, "0"), (0.9612, "0.961"), (0.0123456, "0.0123"), (-0.5, "-0.5"), (12.3456, "12.3"), (123.456, "123"),
        (98_765.4, "98765"), (1, "1"), (0.29, "0.29"), (1e-5, "1e-05"), (.nan, "nothing that can be measured"),
        (.leastNonzeroMagnitude, "5e-324"),
    ])
    func numbersHaveThreeDigits(value: Double, text: String) {
        #expect(ReportNumber.text(value) == text)
    }

    @Test func everyFigureSaysHowToReadItAndOfHowMuch() throws {
        let folder = try TemporaryFolder()
        let dataset = try ring(in: folder, count: 600)
        let report = try ReportEvaluation.run(snapshot(dataset), samples: 50, seed: 1, dataset: dataset, shown: 1) {}
            .report
        let figures = try #require(report.json["figures"]?.object)
        #expect(figures.map(\.name) == report.figures.map(\.name))
        for figure in figures {
            let reading = try #require(figure.value["reading"]?.string)
            #expect(reading.hasSuffix(".") && !reading.hasPrefix("Real items get"), "\(figure.name): \(reading)")
            #expect(figure.value["sample_count"] == 50)
        }
        #expect(report.json["figures"]?["mmd"]?["real_count"] == 50)
        #expect(report.json["figures"]?["mmd"]?["against"] == 60)
        #expect(report.json["figures"]?["nearest_training"]?["against"] == 540)
        #expect(report.json["copies"]?["training_count"] == 540)
        #expect(report.json["score"] == report.json["figures"]?["score"]?["samples"])
    }
}
