internal import CSampling
internal import Datasets

/// Turns what a generator puts out into what users see.
struct SampleDecoder {
    let itemShape: [Int]
    private let schema: DatasetSchema
    private let itemSize: Int
    /// Full from the start, since they are written through pointers.
    private var pixels: [UInt8] = []
    private var points: [Float] = []
    private var cells: [Double] = []
    private let table: TableDecoder?
    private let rowSize: Int
    /// Index of the first item.
    private let first: Int
    /// Numbers written so far.
    private var end = 0

    /// A decoder for samples of a generator.
    ///
    /// - Parameters:
    ///   - seed: theirs.
    ///   - range: which of them will come.
    init(_ snapshot: GeneratorSnapshot, seed: UInt64, range: Range<Int>) {
        schema = snapshot.dataset.schema
        first = range.lowerBound
        let count = range.count
        table = snapshot.table.map { TableDecoder($0, seed: seed) }
        rowSize = snapshot.table?.layout.width ?? 0
        switch schema {
        case .points(let columns, _, _):
            itemShape = [columns.count]
            itemSize = columns.count
            points = [Float](repeating: 0, count: count * itemSize)
        case .table(let table):
            itemShape = [table.columns.count]
            itemSize = table.columns.count
            cells = [Double](repeating: .nan, count: count * itemSize)
        case .images(let height, let width, let channels, _):
            itemShape = [height, width, channels]
            itemSize = height * width * channels
            pixels = [UInt8](repeating: 0, count: count * itemSize)
        }
    }

    /// All items, of which those that didn't come are zeros.
    var values: SampleBlock.Values {
        switch schema {
        case .points: .points(points)
        case .table: .cells(cells)
        case .images: .images(pixels)
        }
    }

    private mutating func append(_ rows: UnsafeBufferPointer<Float>, _ table: TableDecoder) {
        guard let start = rows.baseAddress else { return }
        precondition(end + rows.count / rowSize * itemSize <= cells.count, "more rows than were announced")
        cells.withUnsafeMutableBufferPointer { cells in
            guard let target = cells.baseAddress else { return }
            for row in 0..<rows.count / rowSize {
                let sample = UInt64(first + end / itemSize)
                table.decode(start + row * rowSize, sample: sample, into: target + end)
                end += itemSize
            }
        }
    }

    /// Takes items one behind another: each `[columns]` standardised, or `[channels, height, width]` in -1...1.
    mutating func append(_ items: UnsafeBufferPointer<Float>) {
        guard let start = items.baseAddress else { return }
        if let table { return append(items, table) }
        precondition(end + items.count <= pixels.count + points.count, "more items than were announced")
        let first = end
        end += items.count
        switch schema {
        case .points(let columns, let mean, let deviation):
            points.withUnsafeMutableBufferPointer { points in
                for column in columns.indices {
                    let (mean, deviation) = (mean[column], deviation[column])
                    for place in stride(from: column, to: items.count, by: columns.count) {
                        points[first + place] = Float(Double(items[place]) * deviation + mean)
                    }
                }
            }
        case .table: break
        case .images(let height, let width, let channels, _):
            pixels.withUnsafeMutableBufferPointer { pixels in
                guard let target = pixels.baseAddress else { return }
                csampling_pixels(start, items.count / itemSize, channels, height * width, target + first)
            }
        }
    }
}
