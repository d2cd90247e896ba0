package import Codecs
package import Torch

/// What one item of a dataset is: its form in store, and what a network sees of it.
///
/// A kind of items is one type that conforms, in a folder of its own, and a case of `DatasetKind`. Nothing else on this floor
/// asks which kind it has to do with.
package protocol ItemKind: Sendable, Equatable {
    static var name: DatasetKind { get }

    /// Reads what `json` wrote.
    ///
    /// - Throws: `DatasetError` with code `manifest_unreadable`.
    init(json: JSON) throws

    /// The schema as the REST contract shows it.
    var json: JSON { get }

    /// How items are stored.
    var stored: StoredItem { get }

    /// The shape of one item as networks see it: `[columns]`, or `[channels, height, width]`.
    var shape: [Int] { get }

    /// The names of the classes that items may have; empty where there are none.
    var classes: [String] { get }

    /// Writes items as networks see them, one after another, each with one value for each element of `shape`.
    ///
    /// - Parameters:
    ///   - indices: the items, in the order in which they are written.
    ///   - values: room for `indices.count` items.
    /// - Throws: what reading throws.
    func read(_ items: ItemStorage, _ indices: [Int], into values: UnsafeMutableBufferPointer<Float>) throws

    /// The shape of a stored item of uint8 of which a device can make what networks see; nil where that is no smaller.
    var compactShape: [Int]? { get }

    /// Items as networks see them, of items `[batch] + compactShape`, on whichever device these are.
    func expanded(_ stored: Tensor) throws -> Tensor

    /// What uploads are read as such items, such as `points as CSV or NPY`: the end of a sentence that begins with "send".
    static var readable: String { get }

    /// The parameters of an upload that say how it becomes such items.
    static var importParameters: [ImportParameter] { get }

    /// Checks those of an upload's parameters that are this kind's.
    ///
    /// - Throws: `DatasetError`, whose problem's item is the parameter's name.
    static func check(_ parameters: [String: String], _ limits: DatasetLimits) throws(DatasetError)

    /// Whether an upload of a format may be such items, by the format alone.
    static func reads(_ format: UploadFormat) -> Bool

    /// How an upload becomes a dataset of this kind.
    ///
    /// - Parameter upload: of a format that `reads` takes. Where its `kind` isn't nil, the caller said that it is this one.
    /// - Returns: nil where the upload isn't this kind's.
    /// - Throws: `DatasetError` and `CodecError` where it is and cannot be used; `FileError`.
    static func survey(_ upload: Upload) throws -> (any ItemImport)?

    /// Reads an upload as items of this schema.
    ///
    /// Nothing but tests calls this yet.
    ///
    /// - Parameter attachment: what `attachment(in:)` gave for the dataset that the schema is of.
    /// - Throws: `DatasetError` where the upload can't be such items, with the codes of an import, `columns_differ` or
    ///   `missing_columns`; `FileError`.
    func reading(_ upload: Upload, with attachment: (any Sendable)?) throws -> any ItemSequence

    /// The schema as models keep it, which are handed on where the dataset isn't: without values of its items that few have.
    var handedOn: Self { get }

    /// Names of the files that datasets of this kind have besides those of `DatasetWriter`.
    static var ownFiles: [String] { get }

    /// What a stored dataset of this kind keeps in files of its own; nil where there are none.
    ///
    /// - Throws: `DatasetError` with code `dataset_damaged`, and what reading throws.
    func attachment(in folder: StoredFolder) throws -> (any Sendable)?
}

extension ItemKind {
    package var handedOn: Self { self }
    package static var ownFiles: [String] { [] }
    package static var importParameters: [ImportParameter] { [] }
    package static func check(_ parameters: [String: String], _ limits: DatasetLimits) throws(DatasetError) {}
    package var compactShape: [Int]? { nil }
    package func expanded(_ stored: Tensor) throws -> Tensor { stored }
    package func attachment(in folder: StoredFolder) throws -> (any Sendable)? { nil }

    /// How many values a network sees of one item.
    package var elementCount: Int { shape.reduce(1, *) }

    /// Whether another schema says the same of items of the same kind.
    package func isSame(as other: any ItemKind) -> Bool { other as? Self == self }

    /// The name of the kind.
    package var kind: DatasetKind { Self.name }
}
