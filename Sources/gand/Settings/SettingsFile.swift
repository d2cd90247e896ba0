import Codecs
import FoundationEssentials
import Yams

/// The YAML file of settings: one mapping from names to values, without nesting.
struct SettingsFile {
    private enum Value {
        /// A plain value, or those of a list.
        case texts([String])
        /// A mapping, a list of values that aren't plain, or a list where the setting has a single value.
        case nested
    }

    let path: String

    /// A sentence for each name in the file that isn't a setting's.
    let problems: [String]

    private let values: [SettingName: Value]

    /// Reads a file of at most 1 MiB.
    ///
    /// - Throws: `SettingsError` where it can't be read or isn't a mapping; a syntax error names the line and the
    ///   column.
    init(path: String) throws(SettingsError) {
        self.path = path
        let bytes: [UInt8]
        do {
            bytes = try ReadableFile.contents(of: path, limit: 1 << 20)
        } catch {
            throw SettingsError(problems: ["The settings file \(path) cannot be read: \(error)"])
        }
        var problems: [String] = []
        var values: [SettingName: Value] = [:]
        do {
            for (key, value) in try Self.mapping(in: bytes) {
                guard let text = key.string else { throw Malformed(description: "A name is not plain text.") }
                if let name = SettingName(rawValue: text) {
                    values[name] = Self.value(value, isList: name.isList)
                } else {
                    problems.append("\(path) sets \(text), which is not a setting")
                }
            }
        } catch {
            throw SettingsError(problems: ["The settings file \(path) is not YAML of names and values: \(error)"])
        }
        self.problems = problems
        self.values = values
    }

    /// The setting's values; nil where the file doesn't have it.
    ///
    /// - Throws: `SettingsError` where they aren't plain.
    func texts(of name: SettingName) throws(SettingsError) -> [String]? {
        switch values[name] {
        case .texts(let texts): return texts
        case .nested: throw SettingsError(problems: ["\(name.rawValue) in \(path) is not a plain value"])
        case nil: return nil
        }
    }

    private struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    /// The names and values in their order; none where there are only comments.
    private static func mapping(in bytes: [UInt8]) throws -> Node.Mapping {
        let root = try Parser(yaml: Data(bytes)).singleRoot()
        switch root {
        case .mapping(let mapping): return mapping
        // What follows "---" may be nothing.
        case .scalar(let scalar) where scalar.style == .plain && scalar.string.isEmpty: return [:]
        case nil: return [:]
        default: throw Malformed(description: "Top level YAML value is not a mapping.")
        }
    }

    private static func value(_ node: Node, isList: Bool) -> Value {
        if case .scalar(let scalar) = node { return .texts([scalar.string]) }
        guard isList, case .sequence(let sequence) = node else { return .nested }
        let texts = sequence.compactMap { $0.scalar?.string }
        return texts.count == sequence.count ? .texts(texts) : .nested
    }
}
