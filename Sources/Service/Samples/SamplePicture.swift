import Adversarial
import Codecs
import Datasets

/// Samples as one picture: images side by side, points as a scatter plot over real ones.
enum SamplePicture {
    /// - Parameters:
    ///   - columns: Images in a row; nil is about a square.
    ///   - real: Points of the dataset, `[columns]` each; empty where there are none to show.
    /// - Throws: `Problem` for points of other than two columns, and what drawing throws.
    static func png(
        _ block: SampleBlock, schema: DatasetSchema, columns: Int?, real: @autoclosure () throws -> [[Float]]
    ) throws -> [UInt8] {
        switch (schema, block.values) {
        case (.points(let names, _, _), .points(let values)):
            guard names.count == 2 else {
                throw Problem(
                    422, "not_plottable",
                    "A picture shows points of 2 columns; these have \(names.count). JSON, CSV and NPY show all.")
            }
            let generated = stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
            let reference = try real().filter { $0.count == 2 }.map { ($0[0], $0[1]) }
            return try PNG.encode(ScatterPlot.draw(real: reference, generated: generated))
        case (_, .images(let pixels)):
            let (height, width, channels) = (block.itemShape[0], block.itemShape[1], block.itemShape[2])
            let size = height * width * channels
            let images = (0..<block.count).map { index in
                PixelImage(
                    width: width, height: height, channels: channels,
                    pixels: Array(pixels[index * size..<(index + 1) * size]))
            }
            return try PNG.encode(ImageGrid.compose(images, columns: columns))
        case (.images, .points):
            throw Problem(500, "internal_error", "The model's samples are not of its dataset's kind.")
        }
    }
}
