import Adversarial
import Codecs
import Datasets

/// Points as numbers, as rows of CSV, as an array, and where they have two columns as a scatter plot.
struct PointForms: ItemForms {
    static let plural = "points"
    static let previewColumns: JSON? = Schema.array(of: Schema.string)
    static let parameters = [SampleParameter.gridColumns]
    static let schemaDescription = Schema.object([
        "columns": Schema.array(of: Schema.string), "mean": Schema.array(of: Schema.number),
        "standard_deviation": Schema.array(of: Schema.number),
    ])

    /// Points of a cloud that a plot shows: fewer show nothing of its shape.
    private static let plottedCount = 2_000

    private let schema: PointSchema

    init(schema: PointSchema) {
        self.schema = schema
    }

    private var isPlottable: Bool { schema.columns.count == 2 }

    // MARK: Samples

    var items: String { isPlottable ? Self.plural : "points of \(schema.columns.count) columns" }
    var formats: [SampleFormat] { isPlottable ? [.json, .png, .npy, .csv] : [.json, .npy, .csv] }
    var shortReplyCount: Int { 4096 }

    /// Checks the number of columns of a grid, of which a plot has none.
    mutating func read(_ fields: inout SampleFields) {
        _ = fields.gridColumns()
    }

    func complete(_ request: inout SampleRequest, of source: SampleSource) {}

    func encoder(_ format: SampleFormat, _ heading: SampleHeading) throws -> any SampleEncoder {
        switch format {
        case .csv: PointCSVEncoder(columns: schema.columns)
        case .npy:
            SampleArrayEncoder(
                header: NPYHeader(
                    element: schema.fitsFloats ? .float32 : .float64,
                    shape: [heading.request.count, schema.columns.count]))
        case .png: PointPlotEncoder(forms: self, real: try heading.source.dataset())
        default:
            SampleJSONEncoder(heading, ["columns": columns, "shape": shape]) { block, bytes in
                switch block.values {
                case .floats(let values): bytes += NestedNumbers.text(of: values, columns: block.itemShape[0])
                case .doubles(let values): bytes += NestedNumbers.text(of: values, columns: block.itemShape[0])
                case .bytes, .cells: break
                }
            }
        }
    }

    private var columns: JSON { .array(schema.columns.map { .string($0) }) }
    private var shape: JSON { [.integer(Int64(schema.columns.count))] }

    // MARK: Pictures and previews

    var reportPictureCount: Int { Self.plottedCount }

    func picture(of samples: SampleBlock, beside real: Dataset?) throws -> PixelImage? {
        try plot(of: samples.values.numbers, beside: real, count: Self.plottedCount)
    }

    func previewPicture(of dataset: Dataset, count: Int) throws -> PixelImage? {
        try plot(of: [], beside: dataset, count: max(count, Self.plottedCount))
    }

    func preview(of dataset: Dataset, count: Int) throws -> [UInt8] {
        let points = try dataset.previewPoints(schema, count: count)
        return
            ([
                "kind": .string(schema.kind.rawValue), "columns": columns, "shape": shape,
                "items": .array(points.map { .array($0.map { .number($0) }) }),
            ] as JSON).bytes
    }

    /// A scatter plot of samples over real points.
    ///
    /// - Parameters:
    ///   - values: `[samples, columns]`.
    ///   - count: real points at most.
    func plot(of values: [Double], beside real: Dataset?, count: Int = plottedCount) throws -> PixelImage? {
        guard isPlottable else { return nil }
        let generated = stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
        // As samples have them.
        let number = { schema.fitsFloats ? Double(Float($0)) : $0 } as (Double) -> Double
        let points = try real.map {
            try $0.previewPoints(schema, count: count).map { (number($0[0]), number($0[1])) }
        }
        return try ScatterPlot.draw(real: points ?? [], generated: generated)
    }
}

/// Points as a PNG of a scatter plot over real ones.
struct PointPlotEncoder: SampleEncoder {
    let forms: PointForms
    /// Nil where it was deleted.
    let real: Dataset?
    /// `[samples, columns]`.
    private var values: [Double] = []

    let isWhole = true

    init(forms: PointForms, real: Dataset?) {
        self.forms = forms
        self.real = real
    }

    func encode(_ block: SampleBlock, into bytes: inout [UInt8]) -> [Double] { block.values.numbers }

    mutating func note(_ values: [Double]) {
        self.values += values
    }

    func end(_ bytes: inout [UInt8]) throws {
        guard let plot = try forms.plot(of: values, beside: real) else { return }
        bytes += try PNG.encode(plot)
    }
}

extension SampleBlock.Values {
    /// Those of points.
    fileprivate var numbers: [Double] {
        switch self {
        case .floats(let values): values.map { Double($0) }
        case .doubles(let values): values
        case .bytes, .cells: []
        }
    }
}
