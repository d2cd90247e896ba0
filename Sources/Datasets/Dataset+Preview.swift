package import Codecs

extension Dataset {
    /// A few pictures of the dataset, drawn from all of it, the same at every call; none for datasets of another kind.
    ///
    /// - Parameter count: at most so many; fewer where the dataset has fewer.
    package func preview(count: Int) throws -> [PixelImage] {
        guard case .images(let height, let width, let channels, _) = manifest.schema else { return [] }
        return try previewIndices(count).map {
            PixelImage(width: width, height: height, channels: channels, pixels: try item($0))
        }
    }

    /// A few points of the dataset as they were uploaded, each with a number for every column; none for datasets of
    /// another kind.
    package func previewPoints(count: Int) throws -> [[Float]] {
        guard case .points(let columns, _, _) = manifest.schema else { return [] }
        return try previewIndices(count).map { index in
            try item(index).withUnsafeBytes { bytes in
                (0..<columns.count).map { Float(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self)) }
            }
        }
    }

    /// The items that a preview of `count` shows, a prefix of those of any greater count.
    package func previewIndices(_ count: Int) -> [Int] {
        let order = ItemOrder(count: manifest.itemCount, seed: 0, epoch: 0)
        return (0..<min(max(0, count), manifest.itemCount)).map { order[$0] }
    }
}
