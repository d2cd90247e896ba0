import Adversarial
package import Codecs
import Datasets
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
    ///   - onPart: called behind each part of the work; what it throws ends it.
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

/// Reports by the tensor engine.
package struct EngineReports: ReportMaker {
    package init() {}

    package func make(
        _ report: ReportRecord, checkpoint: String, dataset: String, onPart: () throws -> Void
    ) throws -> MadeReport {
        let dataset = try Dataset(opening: dataset)
        let made = try dataset.manifest.kind.learned.report(
            ReportRequest(
                snapshot: .load(checkpoint: checkpoint), samples: report.samples, seed: report.seed, dataset: dataset,
                target: report.target, shown: Self.shown(dataset.manifest.schema)), onPart: onPart)
        return MadeReport(result: made.result, picture: try made.samples.flatMap { try Self.picture(of: $0, dataset) })
    }

    package func didEnd() {
        Engine.trimMemory()
    }

    /// How many samples the picture shows: fewer of large images, so that a page of them stays small.
    private static func shown(_ schema: any ItemKind) -> Int {
        switch schema {
        case is PointSchema: pointsShown
        case let images as ImageSchema: min(64, max(16, (1 << 18) / (images.height * images.width)))
        default: 10
        }
    }

    /// Images side by side, or points of two columns over real ones.
    private static func picture(of samples: SampleBlock, _ dataset: Dataset) throws -> [UInt8]? {
        switch samples.values {
        case .bytes(let pixels):
            let size = samples.itemShape.reduce(1, *)
            return try PNG.encode(
                ImageGrid.compose(
                    (0..<samples.count).map { index in
                        PixelImage(
                            width: samples.itemShape[1], height: samples.itemShape[0], channels: samples.itemShape[2],
                            pixels: Array(pixels[index * size..<(index + 1) * size]))
                    }))
        case .cells: return nil
        case .floats(let values):
            guard samples.itemShape == [2], let schema = dataset.manifest.schema as? PointSchema else { return nil }
            let real = try dataset.previewPoints(schema, count: pointsShown).map { ($0[0], $0[1]) }
            let generated = stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
            return try PNG.encode(ScatterPlot.draw(real: real, generated: generated))
        }
    }

    private static let pointsShown = 2_000
}
