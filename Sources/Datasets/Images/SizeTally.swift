/// Counts the sizes of pictures and decides which one a dataset has.
struct SizeTally {
    private var counts: [ImageSize: Int] = [:]
    private var total = 0

    var isEmpty: Bool { counts.isEmpty }

    /// Counts a picture.
    ///
    /// - Throws: `DatasetError` with code `sizes_differ` where there are more sizes than could be resized to one.
    mutating func add(_ size: ImageSize) throws(DatasetError) {
        counts[size, default: 0] += 1
        total += 1
        guard counts.count <= 10_000 else { throw differing }
    }

    /// The size that the dataset's pictures have.
    ///
    /// That is the commonest one, where at least 90 % have it and the sides of all others are in the same proportion
    /// within 1 %: those are resized to it.
    ///
    /// - Parameter sides: what a side may be.
    /// - Throws: `DatasetError` with code `sizes_differ` or `size_out_of_range`.
    func chosen(sides: ClosedRange<Int>) throws(DatasetError) -> ImageSize {
        guard let (size, count) = ordered.first else { throw differing }
        guard count * 10 >= total * 9, counts.keys.allSatisfy({ $0.hasSameProportion(as: size) }) else {
            throw differing
        }
        guard sides.contains(size.width), sides.contains(size.height) else {
            throw DatasetError(
                code: "size_out_of_range",
                detail: "the pictures have \(size) pixels (width×height); each side must have "
                    + "\(sides.lowerBound) to \(sides.upperBound)")
        }
        return size
    }

    /// The commonest first; of equally common ones the larger.
    private var ordered: [(size: ImageSize, count: Int)] {
        counts.map { (size: $0.key, count: $0.value) }.sorted {
            ($0.count, $0.size.width, $0.size.height) > ($1.count, $1.size.width, $1.size.height)
        }
    }

    private var differing: DatasetError {
        let shown = ordered.prefix(5).map { "\($0.count) of \($0.size)" }.joined(separator: ", ")
        let more = counts.count > 5 ? " and \(counts.count - 5) more sizes" : ""
        return DatasetError(
            code: "sizes_differ",
            detail: "the pictures differ in size: \(shown)\(more) (width×height); at least 90 % must have one size, "
                + "and the others its proportion within 1 %")
    }
}
