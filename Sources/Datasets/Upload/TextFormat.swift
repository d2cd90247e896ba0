package import Codecs

/// How a table's text stands in an upload.
package struct TextFormat: Equatable, Sendable {
    package enum Syntax: Sendable {
        /// Fields between delimiters.
        case csv
        /// Objects, in an array or one after another.
        case json
    }

    package enum Encoding: Equatable, Sendable {
        case utf8
        case utf16(UTF16Conversion.ByteOrder)
    }

    /// What the text is packed in.
    package enum Container: Equatable, Sendable {
        case file
        case gzip
        /// bzip2 or Zstandard.
        case packed
        /// A file of an archive, which may itself be in gzip.
        case archive(ArchiveReader.Format, entry: String, isGzipped: Bool)
    }

    package let syntax: Syntax
    package let encoding: Encoding
    package let container: Container

    /// Recognises text by its first bytes.
    ///
    /// - Returns: nil where they are none, or of a format that isn't read.
    init?(_ head: [UInt8], in container: Container) {
        self.container = container
        var text = head
        if let order = UTF16Conversion.order(of: head) {
            encoding = .utf16(order)
            text = Self.converted(head, order)
        } else {
            encoding = .utf8
        }
        guard ForeignFormat(of: text) == nil, Self.isText(text) else { return nil }
        syntax = Self.isJSON(text) ? .json : .csv
    }

    /// A head of UTF-16 as UTF-8; a character that it ends within is left out.
    private static func converted(_ head: [UInt8], _ order: UTF16Conversion.ByteOrder) -> [UInt8] {
        for missing in [0, 2] {
            let whole = MemorySource(Array(head.prefix(max(0, head.count / 2 * 2 - missing))))
            let text = try? ConvertedSource(whole, UTF16Conversion(order)).readAll(limit: 2 * head.count)
            if let text { return text }
        }
        // What is wrong with it, its import can say.
        return []
    }

    /// Whether bytes may be text in UTF-8 or one of the old one-byte sets.
    ///
    /// It has hardly any control characters but white space, and none at the beginning. Where one stands in a table, its
    /// import can say.
    static func isText(_ head: [UInt8]) -> Bool {
        let controls = head.count(where: isControl)
        guard controls > 0 else { return true }
        // Some programs separate fields by these.
        let separators = head.count { $0 == 0x01 || $0 == 0x1F }
        return controls - separators <= max(1, head.count / 64)
            && head.prefix(separators > 0 ? 1 : 4).allSatisfy { !isControl($0) }
    }

    private static func isControl(_ byte: UInt8) -> Bool {
        byte < 0x20 ? !(0x09...0x0D).contains(byte) : byte == 0x7F
    }

    /// Whether text begins as an object with a name, or an array of anything but numbers.
    private static func isJSON(_ head: [UInt8]) -> Bool {
        let marks = head.drop { [0xEF, 0xBB, 0xBF].contains($0) }.lazy.filter { !JSONText.isSpace($0) }.prefix(2)
        guard let first = marks.first else { return false }
        let second = marks.dropFirst().first
        switch (first, second) {
        case (UInt8(ascii: "{"), UInt8(ascii: "\"")), (UInt8(ascii: "{"), UInt8(ascii: "}")),
            (UInt8(ascii: "{"), UInt8(ascii: "'")), (UInt8(ascii: "["), UInt8(ascii: "{")),
            (UInt8(ascii: "["), UInt8(ascii: "[")), (UInt8(ascii: "["), UInt8(ascii: "\"")),
            (UInt8(ascii: "["), UInt8(ascii: "]")):
            return true
        default: return false
        }
    }

    /// Whether bytes are text of which every other byte is 0.
    static func looksLikeUTF16(_ head: [UInt8]) -> Bool {
        guard head.count >= 8 else { return false }
        let zeros = [0, 1].map { start in stride(from: start, to: head.count, by: 2).count { head[$0] == 0 } }
        guard max(zeros[0], zeros[1]) * 10 >= head.count / 2 * 8, min(zeros[0], zeros[1]) * 100 <= head.count else {
            return false
        }
        return isText(head.filter { $0 != 0 })
    }
}

/// White space of JSON.
private enum JSONText {
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
}

extension TextFormat: CustomStringConvertible {
    /// The format with its article, for a sentence.
    package var description: String {
        let what =
            switch syntax {
            case .csv: "a CSV"
            case .json: "a table as JSON"
            }
        if case .archive = container { return what + " in an archive" }
        return what
    }
}
