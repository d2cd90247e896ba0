package import Codecs

/// What the items of a dataset are: the list of the kinds that can be read.
///
/// This is the only switch over kinds on this floor. A new kind adds a case here and a folder of its own beside the others.
/// An upload that may be several kinds becomes the first of these that takes it; the last that reads its format says what is
/// wrong with one that none takes.
package enum DatasetKind: String, Sendable, CaseIterable {
    case points, table, images

    /// The type that has the name.
    var type: any ItemKind.Type {
        switch self {
        case .points: PointSchema.self
        case .table: TableSchema.self
        case .images: ImageSchema.self
        }
    }

    /// Reads a schema of this kind.
    ///
    /// - Throws: `DatasetError` with code `manifest_unreadable`.
    package func schema(_ json: JSON) throws -> any ItemKind { try type.init(json: json) }

    /// What each kind is read from, for the end of a sentence.
    static var readable: String {
        "send " + allCases.map { $0.type.readable }.joined(separator: "; or ")
    }
}
