import Codecs
import Configuration

/// The YAML file of settings: one mapping from names to values, without nesting.
struct SettingsFile {
    let path: String

    /// Names the file has that no setting has.
    let problems: [String]

    /// Names at the beginning of a line.
    private let names: [String]

    private let values: YAMLSnapshot?

    init(path: String) throws(SettingsError) {
        self.path = path
        let bytes: [UInt8]
        do {
            bytes = try ReadableFile.contents(of: path, limit: 1 << 20)
        } catch {
            throw SettingsError(problems: ["The settings file \(path) cannot be read: \(error)"])
        }
        names = Self.names(in: bytes)
        let known = Set(SettingName.allCases.map(\.rawValue))
        problems = names.filter { !known.contains($0) }.map { "\(path) sets \($0), which is not a setting" }
        guard Self.hasContent(bytes) else {
            values = nil
            return
        }
        do {
            values = try YAMLSnapshot(data: bytes.span.bytes, providerName: path, parsingOptions: .default)
        } catch {
            throw SettingsError(problems: ["The settings file \(path) is not YAML of names and values: \(error)"])
        }
    }

    /// The setting's values, nil where the file doesn't have it.
    ///
    /// Throws where the value is a mapping.
    func texts(of name: SettingName) throws -> [String]? {
        guard let values else { return nil }
        let key = AbsoluteConfigKey([name.rawValue])
        if name.isList, let list = try? values.value(forKey: key, type: .stringArray),
            case .stringArray(let texts)? = list.value?.content
        {
            return texts
        }
        guard case .string(let text)? = try values.value(forKey: key, type: .string).value?.content else {
            // The library flattens what is nested: its names are longer, and this one is then missing.
            if names.contains(name.rawValue) {
                throw SettingsError(problems: ["\(name.rawValue) in \(path) is not a plain value"])
            }
            return nil
        }
        return [text]
    }

    /// The names at the beginning of a line: the library looks names up and doesn't list them.
    private static func names(in bytes: [UInt8]) -> [String] {
        lines(of: bytes).compactMap { line in
            guard let colon = line.firstIndex(of: ":"), line.first != "#" else { return nil }
            let name = line[..<colon]
            let isPlain = name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
            return isPlain && !name.isEmpty ? String(name) : nil
        }
    }

    /// Whether there is anything but comments; a file of comments alone is no mapping for the YAML parser.
    private static func hasContent(_ bytes: [UInt8]) -> Bool {
        lines(of: bytes).contains { line in
            let text = line.drop { $0.isWhitespace }
            return !text.isEmpty && text.first != "#" && text != "---"
        }
    }

    private static func lines(of bytes: [UInt8]) -> [Substring] {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    }
}
