import Codecs

/// Finds the table in an archive that holds one, and no pictures.
enum ArchivedTable {
    /// Files that are looked at; so many of text alone are more tables than one.
    private static let entryLimit = 1_000
    /// How tables' names end; a text whose name ends otherwise may be about the table.
    private static let endings = ["csv", "tsv", "tab", "psv", "data", "dat", "json", "jsonl", "ndjson"]

    private struct Candidate {
        let name: String
        let text: TextFormat
        /// Whether its name says that it is a table.
        let isNamedTable: Bool
    }

    /// What a file of an archive is.
    private enum Content {
        case candidate(Candidate)
        /// Text about something, or of another format.
        case otherText
        case binary
    }

    /// Goes through an archive until it comes upon a file that is no text; as a rule that is a picture, and the first.
    ///
    /// - Returns: the table; nil where the archive is something else, or what it holds is damaged, which its import can say.
    /// - Throws: `DatasetError` with code `several_tables`, or `unsupported_format` where it is a spreadsheet or the like, and
    ///   what `ArchiveWalk` throws; `CodecError` where it is no archive at all.
    static func find(
        in file: ReadableFile, _ format: ArchiveReader.Format, limits: DatasetLimits, shouldStop: @escaping () -> Bool
    ) throws -> TextFormat? {
        if format == .zip {
            let count = try ZIPDirectory.countEntries(of: file, limit: limits.maximumEntries)
            try ArchiveWalk.checkCount(count, limits)
            if count == 0 { return nil }
        }
        var walk = try ArchiveWalk(file, format: format, limits: limits, shouldStop: shouldStop)
        var candidates: [Candidate] = []
        var count = 0
        // Office's documents may hold pictures, before what tells them apart.
        var isOffice = false
        do {
            while count <= entryLimit, let (name, entry) = try walk.next() {
                count += 1
                let path = name.components.joined(separator: "/")
                isOffice = isOffice || path == "[Content_Types].xml"
                let source = walk.source()
                let head = try source.read(upTo: UploadFormat.headSize)
                if let foreign = ForeignFormat(zipped: path, head) { throw foreign.refusal }
                switch try content(of: entry, head, source, format) {
                case .candidate(let candidate): candidates.append(candidate)
                case .otherText: break
                case .binary: if !isOffice { return nil }
                }
                try walk.passOver(entry)
            }
        } catch is CodecError {
            return nil
        }
        return try chosen(candidates)
    }

    private static func content(
        of entry: ArchiveEntry, _ head: [UInt8], _ source: any ByteSource, _ format: ArchiveReader.Format
    ) throws -> Content {
        var head = head
        let isGzipped = head.starts(with: GzipSource.signature)
        if isGzipped { head = try GzipSource(ChainedSource(head, source)).read(upTo: UploadFormat.headSize) }
        let container = TextFormat.Container.archive(format, entry: entry.name, isGzipped: isGzipped)
        guard !IDXHeader.recognises(head), TextFormat.isText(head) || UTF16Conversion.order(of: head) != nil else {
            return .binary
        }
        guard let text = TextFormat(head, in: container) else { return .otherText }
        var words = entry.name.lowercased().split(separator: ".").dropFirst().map(String.init)
        if isGzipped, words.last == "gz" { words.removeLast() }
        guard let ending = words.last, ending == "txt" || endings.contains(ending) else { return .otherText }
        return .candidate(Candidate(name: entry.name, text: text, isNamedTable: ending != "txt"))
    }

    private static func chosen(_ candidates: [Candidate]) throws(DatasetError) -> TextFormat? {
        let named = candidates.filter(\.isNamedTable)
        let tables = named.isEmpty ? candidates : named
        guard tables.count > 1 else { return tables.first?.text }
        let names = tables.prefix(10).map { "\"\($0.name.prefix(100))\"" }.joined(separator: ", ")
        throw DatasetError(
            code: "several_tables",
            detail:
                "the archive holds \(tables.count > entryLimit ? "more than \(entryLimit)" : "\(tables.count)") tables: "
                + "\(names)\(tables.count > 10 ? " and so on" : ""); a dataset is one of them: send it by itself, or an archive "
                + "of it alone")
    }
}
