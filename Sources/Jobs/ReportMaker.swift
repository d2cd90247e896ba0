package import Adversarial
package import Codecs
package import Datasets
package import Store
import Torch

/// Makes reports; the seam at which tests put in their own.
package protocol ReportMaker: Sendable {
    /// Measures a checkpoint, on the calling thread.
    ///
    /// - Parameters:
    ///   - report: how many samples, and their seed.
    ///   - checkpoint: its folder.
    ///   - dataset: the folder of the dataset's stored form.
    ///   - onPart: called after each part of the work; what it throws ends it.
    func make(
        _ report: ReportRecord, checkpoint: String, dataset: String, onPart: () throws -> Void
    ) throws -> MadeReport

    /// Called when a report is over and nothing of it is referred to any more.
    func didEnd()
}

/// A report that is finished.
package struct MadeReport: Sendable {
    /// Members of the report's resource.
    package var result: JSON
    /// Some of its samples as a PNG; `nil` where there is nothing to draw.
    package var picture: [UInt8]?

    package init(result: JSON, picture: [UInt8]? = nil) {
        self.result = result
        self.picture = picture
    }
}

/// Draws samples for reports; made where items are known by their kind.
package protocol ReportPictures: Sendable {
    /// How many samples a picture shows.
    func sampleCount(_ schema: any ItemKind) -> Int

    /// Samples as a PNG; `nil` where there is no picture of such.
    ///
    /// - Parameter dataset: what their model was trained on.
    func picture(of samples: SampleBlock, beside dataset: Dataset) throws -> [UInt8]?
}

/// Reports by the tensor engine.
package struct EngineReports: ReportMaker {
    private let pictures: (any ReportPictures)?

    /// - Parameter pictures: draws their samples; without it they have no picture.
    package init(pictures: (any ReportPictures)? = nil) {
        self.pictures = pictures
    }

    package func make(
        _ report: ReportRecord, checkpoint: String, dataset: String, onPart: () throws -> Void
    ) throws -> MadeReport {
        let dataset = try Dataset(opening: dataset)
        let made = try dataset.manifest.kind.learned.report(
            ReportRequest(
                snapshot: .load(checkpoint: checkpoint), samples: report.samples, seed: report.seed, dataset: dataset,
                target: report.target, shown: pictures?.sampleCount(dataset.manifest.schema) ?? 1), onPart: onPart)
        let picture = try made.samples.flatMap { try pictures?.picture(of: $0, beside: dataset) }
        return MadeReport(result: made.result, picture: picture)
    }

    package func didEnd() {
        Engine.trimMemory()
    }
}
