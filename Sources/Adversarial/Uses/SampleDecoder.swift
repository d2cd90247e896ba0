internal import CSampling
internal import Datasets

/// Turns what a generator puts out into what users see.
struct SampleDecoder {
    let itemShape: [Int]
    private let schema: any ItemKind
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
    init(_ snapshot: ModelSnapshot, seed: UInt64, range: Range<Int>) {
        schema = snapshot.dataset.schema
        first = range.lowerBound
        let count = range.count
        table = snapshot.table.map { TableDecoder($0, seed: seed) }
        rowSize = snapshot.table?.layout.width ?? 0
        switch schema {
        case let images as ImageSchema:
            itemShape = [images.height, images.width, images.channels]
            itemSize = images.elementCount
            pixels = [UInt8](repeating: 0, count: count * itemSize)
        case let table as TableSchema:
            itemShape = [table.columns.count]
            itemSize = table.columns.count
            cells = [Double](repeating: .nan, count: count * itemSize)
        default:
            itemShape = schema.shape
            itemSize = schema.elementCount
            points = [Float](repeating: 0, count: count * itemSize)
        }
    }

    /// All items, of which those that didn't come are zeros.
    var values: SampleBlock.Values {
        switch schema {
        case is TableSchema: .cells(cells)
        case is ImageSchema: .bytes(pixels)
        default: .floats(points)
        }
    }

    private mutating func append(_ rows: UnsafeBufferPointer<Float>, _ table: TableDecoder) {
        guard let start = rows.baseAddress else { return }
        precondition(end + rows.count / rowSize * itemSize <= cells.count, "more rows than were announced")
        let (itemSize, rowSize, begin, count) = (itemSize, rowSize, end, rows.count / rowSize)
        let sample = first + begin / itemSize
        cells.withUnsafeMutableBufferPointer { cells in
            guard let target = cells.baseAddress else { return }
            for row in 0..<count {
                table.decode(
                    start + row * rowSize, sample: UInt64(sample + row), into: target + begin + row * itemSize)
            }
        }
        end += count * itemSize
    }

    /// Takes items one behind another: each `[columns]` standardised, or `[channels, height, width]` in -1...1.
    mutating func append(_ items: UnsafeBufferPointer<Float>) {
        guard let start = items.baseAddress else { return }
        if let table { return append(items, table) }
        precondition(end + items.count <= pixels.count + points.count, "more items than were announced")
        let first = end
        end += items.count
        switch schema {
        case let schema as PointSchema:
            points.withUnsafeMutableBufferPointer { points in
                for column in schema.columns.indices {
                    let (mean, deviation) = (schema.mean[column], schema.standardDeviation[column])
                    for place in stride(from: column, to: items.count, by: schema.columns.count) {
                        points[first + place] = Float(Double(items[place]) * deviation + mean)
                    }
                }
            }
        case let schema as ImageSchema:
            let itemSize = itemSize
            pixels.withUnsafeMutableBufferPointer { pixels in
                guard let target = pixels.baseAddress else { return }
                csampling_pixels(
                    start, items.count / itemSize, schema.channels, schema.height * schema.width, target + first)
            }
        default: break
        }
    }
}
