import Glibc

/// Counts the sizes of pictures and decides which one a dataset has.
struct SizeTally {
    /// The most different sizes that are counted.
    private static let maximumKept = 10_000

    private var counts: [ImageSize: Int] = [:]
    private var total = 0

    var isEmpty: Bool { counts.isEmpty }

    /// Counts a picture.
    ///
    /// - Parameter sides: what a side may be, for the refusal.
    /// - Throws: `DatasetError` with code `sizes_differ` where there are more sizes than could be one.
    mutating func add(_ size: ImageSize, sides: ClosedRange<Int>) throws(DatasetError) {
        counts[size, default: 0] += 1
        total += 1
        guard counts.count <= Self.maximumKept else { throw differing(sides) }
    }

    /// The size that the dataset's pictures have, unless their sender wishes another one.
    ///
    /// That is the commonest one, where at least 90 % have it and the sides of all others are in the same proportion
    /// within 1 %: those are scaled to it.
    ///
    /// - Parameter sides: what a side may be.
    /// - Throws: `DatasetError` with code `sizes_differ` or `size_out_of_range`.
    func chosen(sides: ClosedRange<Int>) throws(DatasetError) -> ImageSize {
        guard let (size, count) = ordered.first else { throw differing(sides) }
        guard count * 10 >= total * 9, counts.keys.allSatisfy({ $0.hasSameProportion(as: size) }) else {
            throw differing(sides)
        }
        guard sides.contains(size.width), sides.contains(size.height) else {
            throw DatasetError.sizeOutOfRange(size, sides: sides, suggested: suggested(sides))
        }
        return size
    }

    /// A size that would do: the commonest where half of the pictures have it, else a square of a power of two.
    private func suggested(_ sides: ClosedRange<Int>) -> ImageSize {
        if let (size, count) = ordered.first, count * 2 >= total, sides.contains(size.width),
            sides.contains(size.height)
        {
            return size
        }
        var rest = total / 2
        let shorter = counts.map { (side: min($0.key.width, $0.key.height), count: $0.value) }.sorted {
            $0.side < $1.side
        }
        let median = shorter.first { entry in
            rest -= entry.count
            return rest < 0
        }
        return ImageSize.square(near: median?.side ?? 64, sides: sides)
    }

    /// The commonest first; of equally common ones the larger.
    private var ordered: [(size: ImageSize, count: Int)] {
        counts.map { (size: $0.key, count: $0.value) }.sorted {
            ($0.count, $0.size.width, $0.size.height) > ($1.count, $1.size.width, $1.size.height)
        }
    }

    private func differing(_ sides: ClosedRange<Int>) -> DatasetError {
        let shown = ordered.prefix(5).map { "\($0.count) of \($0.size)" }.joined(separator: ", ")
        let more = counts.count > 5 ? " and \(counts.count - 5) more sizes" : ""
        return DatasetError.sizesDiffer(
            "\(shown)\(more) (width×height); at least 90 % must have one size, and the others its proportion within 1 %",
            suggested: suggested(sides))
    }
}

extension ImageSize {
    /// A square whose side is a power of two, no larger than twice a side and near it.
    static func square(near side: Int, sides: ClosedRange<Int>) -> ImageSize {
        let power = log2(Double(max(1, side))).rounded()
        let wanted = min(max(Int(exp2(min(power, 30))), sides.lowerBound), sides.upperBound)
        return ImageSize(width: wanted, height: wanted)
    }
}

extension DatasetError {
    /// Pictures that have not all one size, and no wish to have one.
    ///
    /// - Parameter detail: which they have.
    static func sizesDiffer(_ detail: String, suggested: ImageSize) -> DatasetError {
        DatasetError(
            code: "sizes_differ",
            detail: "the pictures differ in size: \(detail); or have all of them scaled, with \(suggested.wish)")
    }

    /// - Parameter what: where the pictures are, as a sentence begins.
    static func sizeOutOfRange(
        _ size: ImageSize, sides: ClosedRange<Int>, suggested: ImageSize, of what: String = "the pictures have"
    ) -> DatasetError {
        DatasetError(
            code: "size_out_of_range",
            detail: "\(what) \(size) pixels (width×height); each side must have "
                + "\(sides.lowerBound) to \(sides.upperBound); have them scaled, with \(suggested.wish)")
    }
}

extension ImageSize {
    /// How a sender wishes for the size.
    fileprivate var wish: String { "size=\(width)x\(height) at the upload, and fit=crop, pad or stretch" }
}
