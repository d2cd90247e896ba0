import Codecs

/// An upload: its bytes, what they are, and within which limits they are read.
///
/// Not `Sendable`: one thread reads it.
package final class Upload {
    let file: ReadableFile
    /// What the bytes are.
    let format: UploadFormat
    /// What the caller said the items are; nil to let the bytes decide.
    let kind: DatasetKind?
    /// What else the caller said of how it is to be read, by the names of `DatasetKind.importParameters`.
    let parameters: [String: String]
    let limits: DatasetLimits
    let shouldStop: () -> Bool
    private var findings: [ObjectIdentifier: Any] = [:]

    /// Opens an upload and looks at its first bytes.
    ///
    /// - Parameter shouldStop: asked between items.
    /// - Throws: `DatasetError` with code `empty_upload`, `unsupported_format`, `unrecognised_format`, or those of a head
    ///   that is damaged; `FileError`.
    package init(
        path: String, kind: DatasetKind? = nil, parameters: [String: String] = [:],
        limits: DatasetLimits = DatasetLimits(), shouldStop: @escaping () -> Bool = { false }
    ) throws {
        let file = try ReadableFile(path: path)
        self.file = file
        self.kind = kind
        self.parameters = parameters
        self.limits = limits
        self.shouldStop = shouldStop
        format = try DatasetError.ofUpload { try UploadFormat(of: file, limits: limits, shouldStop: shouldStop) }
    }

    /// What was found in the upload by whoever asked first, so that a pass that several kinds begin with is made once.
    func finding<Finding>(_ find: (Upload) throws -> Finding) rethrows -> Finding {
        let key = ObjectIdentifier(Finding.self)
        if let found = findings[key] as? Finding { return found }
        let found = try find(self)
        findings[key] = found
        return found
    }

    /// The import of whichever kind the upload is of.
    ///
    /// Kinds are asked in the order of `DatasetKind`'s cases, or only the one that the caller named.
    ///
    /// - Throws: `DatasetError` with code `kind_mismatch`, that of a format of which nothing is read, that of a parameter which the
    ///   kind doesn't have, and what kinds find wrong with what is theirs.
    func survey() throws -> any ItemImport {
        let readers = DatasetKind.allCases.filter { $0.type.reads(format) }
        guard !readers.isEmpty else { throw unread }
        if let kind, !readers.contains(kind) { throw mismatch(kind, readers) }
        try DatasetKind.check(parameters, kind: kind, limits: limits)
        for reader in kind.map({ [$0] }) ?? readers {
            guard let found = try reader.type.survey(self) else { continue }
            for name in parameters.keys.sorted() where !reader.type.understands(name) {
                throw DatasetError.parameter(name, isNoneOf: reader)
            }
            return found
        }
        throw unread
    }

    /// No kind makes anything of the upload.
    private var unread: DatasetError {
        DatasetError(
            code: format.unreadCode, detail: "the upload is \(format), which is not read; \(DatasetKind.readable)")
    }

    /// The error of an upload that is read as items of a kind which its format can't be.
    func cannotBe(_ kind: any ItemKind.Type) -> DatasetError {
        DatasetError(
            code: "kind_mismatch",
            detail: "the upload is \(format), which cannot be read as items of kind \"\(kind.name.rawValue)\"; "
                + "send \(kind.readable)")
    }

    private func mismatch(_ kind: DatasetKind, _ readers: [DatasetKind]) -> DatasetError {
        let possible = readers.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
        return DatasetError(
            code: "kind_mismatch",
            detail: "the upload is \(format), which can be a dataset of kind \(possible), "
                + "not of kind \"\(kind.rawValue)\"")
    }
}

extension DatasetError {
    /// A fault of the upload as a whole.
    private init(_ error: CodecError) {
        let code =
            switch error.kind {
            case .unrecognised: "unrecognised_format"
            case .malformed: "malformed"
            case .truncated: "truncated"
            case .tooLarge: "too_large"
            case .unsupported: "unsupported_format"
            }
        self.init(code: code, detail: error.detail)
    }

    /// Does what reads an upload; what a codec finds wrong with it becomes a `DatasetError`.
    static func ofUpload<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as CodecError {
            throw DatasetError(error)
        }
    }
}
