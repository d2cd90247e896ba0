import Codecs

/// How the dimensions of an array are pictures.
struct PictureLayout: Equatable {
    let count: Int
    let height: Int
    let width: Int
    /// 1 for grey, 3 for colour, 4 for colour and how opaque it is.
    let channels: Int
    /// Whether an item is `[channels, height, width]`, and not `[height, width, channels]`.
    let isChannelsFirst: Bool

    /// Finds pictures in a shape.
    ///
    /// Those are `[items, height, width]`, `[items, height, width, channels]` and `[items, channels, height, width]`; where both of
    /// the latter could be, channels are last.
    ///
    /// - Parameters:
    ///   - what: the array with its type and its shape, for a sentence.
    ///   - offers: how many channels there may be.
    /// - Throws: `DatasetError` with code `not_images` or `no_usable_item`.
    init(_ shape: [Int], _ what: String, offers: Set<Int> = [1, 3, 4]) throws(DatasetError) {
        let isLast = shape.count == 4 && offers.contains(shape[3])
        guard shape.count == 3 || isLast || shape.count == 4 && offers.contains(shape[1]) else {
            let numbers = offers.sorted().map(String.init)
            throw DatasetError(
                code: "not_images",
                detail:
                    "\(what); pictures are [items, height, width], or with \(numbers.dropLast().joined(separator: ", ")) or "
                    + "\(numbers.last ?? "") channels as a last dimension or as the second one")
        }
        guard shape[0] > 0 else { throw DatasetError(code: "no_usable_item", detail: "\(what): it has no pictures") }
        count = shape[0]
        isChannelsFirst = shape.count == 4 && !isLast
        channels = shape.count == 3 ? 1 : shape[isLast ? 3 : 1]
        (height, width) = isChannelsFirst ? (shape[2], shape[3]) : (shape[1], shape[2])
    }

    /// Numbers of one picture.
    var numberCount: Int { height * width * channels }

    /// Whether one picture is of a size that is read at all.
    func fits(_ limits: DatasetLimits) -> Bool {
        height > 0 && width > 0 && channels <= limits.maximumItemPixels / height
            && width <= limits.maximumItemPixels / (height * channels)
    }

    /// Where a number stands, for a sentence.
    ///
    /// - Parameter index: its place among all numbers, in row-major order.
    func place(_ index: Int) -> String {
        let (item, rest) = index.quotientAndRemainder(dividingBy: numberCount)
        let sizes = isChannelsFirst ? [channels, height, width] : [height, width, channels]
        let indices = [rest / (sizes[1] * sizes[2]), rest / sizes[2] % sizes[1], rest % sizes[2]]
        let (row, column, channel) =
            isChannelsFirst ? (indices[1], indices[2], indices[0]) : (indices[0], indices[1], indices[2])
        return "picture \(item + 1), row \(row + 1), column \(column + 1)"
            + (channels > 1 ? ", channel \(channel + 1)" : "")
    }

    /// The shades of a picture `[height, width, channels]`, of those as they stand.
    func interleaved(_ shades: [UInt8]) -> [UInt8] {
        guard isChannelsFirst, channels > 1 else { return shades }
        let area = height * width
        return [UInt8](unsafeUninitializedCapacity: shades.count) { buffer, initialised in
            for channel in 0..<channels {
                for pixel in 0..<area { buffer[pixel * channels + channel] = shades[channel * area + pixel] }
            }
            initialised = shades.count
        }
    }
}
