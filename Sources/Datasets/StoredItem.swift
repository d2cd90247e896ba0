/// How items stand in their file, one after another.
package struct StoredItem: Sendable, Equatable {
    /// Bytes of an item.
    package let size: Int
    /// Bytes from the beginning of an item to that of the next in its group: `size`, or fewer where items overlap.
    package let stride: Int
    /// Whether items come in groups, each of which is held out whole or not at all, such as the windows of one recording;
    /// else every item is on its own.
    package let isGrouped: Bool

    /// Items that are on their own.
    package init(size: Int) {
        self.size = size
        stride = size
        isGrouped = false
    }

    /// Items that come in groups, within which they may overlap.
    ///
    /// - Precondition: the stride is positive and no greater than the size.
    package init(size: Int, stride: Int) {
        precondition(stride > 0 && stride <= size)
        self.size = size
        self.stride = stride
        isGrouped = true
    }
}
