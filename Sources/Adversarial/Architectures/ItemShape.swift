internal import Datasets

/// One item as networks without heads see it.
enum ItemShape: Equatable {
    case vector(Int)
    case image(channels: Int, height: Int, width: Int)

    init(_ schema: any ItemKind) {
        let shape = schema.shape
        self =
            shape.count == 3
            ? .image(channels: shape[0], height: shape[1], width: shape[2]) : .vector(schema.elementCount)
    }

    /// Without the batch: `[columns]` or `[channels, height, width]`.
    var dimensions: [Int] {
        switch self {
        case .vector(let columns): [columns]
        case .image(let channels, let height, let width): [channels, height, width]
        }
    }

    var elementCount: Int { dimensions.reduce(1, *) }

    /// So many items as one.
    func joined(_ count: Int) -> ItemShape {
        switch self {
        case .vector(let columns): .vector(columns * count)
        case .image(let channels, let height, let width):
            .image(channels: channels * count, height: height, width: width)
        }
    }
}
