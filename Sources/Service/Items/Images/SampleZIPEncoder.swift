import Adversarial
import Codecs
import Datasets

/// Images as a ZIP of PNG files, named by their places in the request, in folders of their classes where the model knows any.
struct SampleZIPEncoder: SampleEncoder {
    /// The folder of each class, with a slash at its end; none where the model isn't conditional.
    private let folders: [String]
    private var list = ZIPList()

    init(_ heading: SampleHeading) {
        let source = heading.source
        folders = source.isConditional ? ClassFolders.names(of: source.schema.classes).map { $0 + "/" } : []
    }

    /// Adds the images' files.
    ///
    /// - Returns: their entries, for the list at the archive's end.
    func encode(_ block: SampleBlock, into bytes: inout [UInt8]) throws -> [ZIPEntry] {
        var entries: [ZIPEntry] = []
        try block.forEachPNG { place, file in
            let folder = block.classes.map { folders[$0[place]] } ?? ""
            entries.append(ZIPEntry(name: folder + Self.name(block.first + place), file, appendedTo: &bytes))
        }
        return entries
    }

    mutating func note(_ entries: [ZIPEntry]) {
        for entry in entries { list.add(entry) }
    }

    func end(_ bytes: inout [UInt8]) {
        bytes += list.bytes
    }

    /// Six digits, so that a folder's listing is in order.
    private static func name(_ index: Int) -> String {
        let digits = String(index)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".png"
    }
}
