import Adversarial
import Codecs
import Datasets
import Jobs

/// Samples as one picture: images side by side, points as a scatter plot over real ones.
enum SamplePicture {
    /// - Parameters:
    ///   - columns: Images in a row; nil is about a square.
    ///   - real: Points of the dataset, `[columns]` each; empty where there are none to show.
    /// - Throws: `Problem` for points of other than two columns, and what drawing throws.
    static func png(
        _ heading: SampleHeading, columns: Int?, real: @autoclosure () throws -> [[Float]]
    ) throws -> [UInt8] {
        let (source, request) = (heading.source, heading.request)
        switch source.schema {
        case let points as PointSchema:
            guard points.columns.count == 2 else {
                throw Problem(
                    422, "not_plottable",
                    "A picture shows points of 2 columns; these have \(points.columns.count). JSON, CSV and NPY show all."
                )
            }
            var generated: [(Float, Float)] = []
            let blocks = source.draw(request) { $0 }
            while let block = try blocks.nextForClient() {
                guard case .floats(let values) = block.values else { continue }
                generated += stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
            }
            let reference = try real().filter { $0.count == 2 }.map { ($0[0], $0[1]) }
            return try PNG.encode(ScatterPlot.draw(real: reference, generated: generated))
        case is TableSchema:
            throw Problem(422, "not_plottable", "A picture can't show rows of a table. JSON, CSV and NPY can.")
        default:
            return try PNG.encode(try grid(heading, columns: columns), .quick)
        }
    }

    /// As `ImageGrid` lays images out, but block by block: 4,096 large ones are held once.
    private static func grid(_ heading: SampleHeading, columns wished: Int?) throws -> PixelImage {
        guard let schema = heading.source.schema as? ImageSchema else {
            throw Problem(500, "internal_error", "The model's samples are not of its dataset's kind.")
        }
        let (height, width, channels) = (schema.height, schema.width, schema.channels)
        let count = heading.request.count
        let columns = min(count, wished ?? Int(Double(count).squareRoot().rounded(.up)))
        let padding = 2
        var grid = PixelImage(
            width: columns * (width + padding) + padding,
            height: (count + columns - 1) / columns * (height + padding) + padding, channels: channels, shade: 0)
        let rowBytes = width * channels
        let blocks = heading.source.draw(heading.request) { $0 }
        var first = 0
        while let block = try blocks.nextForClient() {
            guard case .bytes(let pixels) = block.values else { continue }
            for index in 0..<block.count * height {
                let (sample, row) = (first + index / height, index % height)
                let top = padding + sample / columns * (height + padding) + row
                let start = (top * grid.width + padding + sample % columns * (width + padding)) * channels
                grid.pixels.replaceSubrange(
                    start..<start + rowBytes, with: pixels[index * rowBytes..<(index + 1) * rowBytes])
            }
            first += block.count
        }
        return grid
    }
}
