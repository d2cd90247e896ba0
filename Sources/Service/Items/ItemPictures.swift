package import Adversarial
import Codecs
package import Datasets
import Jobs

/// Draws the samples of reports as those of models and previews of datasets are drawn.
package struct ItemPictures: ReportPictures {
    package init() {}

    package func sampleCount(_ schema: any ItemKind) -> Int { schema.forms.reportPictureCount }

    package func picture(of samples: SampleBlock, beside dataset: Dataset) throws -> [UInt8]? {
        try dataset.manifest.schema.forms.picture(of: samples, beside: dataset).map { try PNG.encode($0) }
    }
}
