internal import Datasets

/// Points are learned as they are: standardised, compared by their columns.
struct PointLearning: LearnedKind {
    var defaults: any SpecDefaults.Type { PointDefaults.self }

    func comparison(_ schema: any ItemKind) -> ItemComparison { ItemComparison(.columns, measuredItems: 500) }

    func decoder(_ snapshot: ModelSnapshot, seed: UInt64, range: Range<Int>) -> any ItemDecoder {
        guard let schema = snapshot.dataset.schema as? PointSchema else {
            preconditionFailure("points have their schema")
        }
        return PointDecoder(schema, count: range.count)
    }
}

/// Puts points back into the dataset's units.
private struct PointDecoder: ItemDecoder {
    private let schema: PointSchema
    /// Full from the start, since they are written through a pointer.
    private var points: [Double]
    /// Numbers written so far.
    private var end = 0

    init(_ schema: PointSchema, count: Int) {
        self.schema = schema
        points = [Double](repeating: 0, count: count * schema.columns.count)
    }

    var itemShape: [Int] { schema.shape }
    var values: SampleBlock.Values { schema.fitsFloats ? .floats(points.map { Float($0) }) : .doubles(points) }

    mutating func append(_ items: UnsafeBufferPointer<Float>) {
        precondition(end + items.count <= points.count, "more items than were announced")
        let (first, columns) = (end, schema.columns.count)
        end += items.count
        points.withUnsafeMutableBufferPointer { [schema] points in
            for column in 0..<columns {
                let (mean, deviation) = (schema.mean[column], schema.standardDeviation[column])
                for place in stride(from: column, to: items.count, by: columns) {
                    points[first + place] = Double(items[place]) * deviation + mean
                }
            }
        }
    }
}
