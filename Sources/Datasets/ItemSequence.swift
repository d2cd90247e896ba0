/// The items of an upload one after another, in the stored form of a schema that is known already.
///
/// It streams: memory holds one item, whatever the upload's size. Not `Sendable`: one thread reads it.
package protocol ItemSequence: AnyObject {
    /// The next item that can be used; nil after the last.
    ///
    /// - Throws: `DatasetError` where nothing further can be read, with the codes of an import; `FileError`.
    func next() throws -> NamedItem?

    /// The items before the one that `next()` gave last, or within it, that couldn't be used or only in part.
    var problems: ProblemList { get }
}

/// An item of an upload, and where it stands there.
package struct NamedItem: Sendable, Equatable {
    /// As problems name items: a line, a row, an archive's entry.
    package let name: String
    /// The bytes of a stored item.
    package let bytes: [UInt8]
}
