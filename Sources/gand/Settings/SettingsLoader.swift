import Logging

/// The settings and where each came from.
package struct LoadedSettings: Sendable {
    package let settings: Settings

    /// Each setting's text and source, in the order of ``SettingName``.
    package let origins: [(name: SettingName, text: String, source: SettingSource)]
}

/// Reads settings: a flag over an environment variable over the YAML file over the default.
package struct SettingsLoader: Sendable {
    private let flags: [SettingName: [String]]
    private let environment: [String: String]
    private let filePath: String?
    private let cores: Int

    /// - Parameters:
    ///   - flags: the settings of the command line; others are absent.
    ///   - environment: the process's environment; `GAND_CONFIG` names the file where `filePath` is nil.
    ///   - filePath: the file that `--config` names.
    ///   - cores: the processors that this process may use, at least 1.
    package init(flags: [SettingName: [String]], environment: [String: String], filePath: String?, cores: Int) {
        self.flags = flags
        self.environment = environment
        self.filePath = filePath ?? environment["GAND_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        self.cores = max(cores, 1)
    }

    /// Reads and checks all settings.
    ///
    /// - Throws: `SettingsError` with all problems at once.
    package func load() throws(SettingsError) -> LoadedSettings {
        let file = try filePath.map { path throws(SettingsError) in try SettingsFile(path: path) }
        var reading = SettingsReading(problems: file?.problems ?? [])
        for name in SettingName.allCases {
            reading.found[name] = find(name, file: file, problems: &reading.problems)
        }
        let settings = reading.settings(cores: cores)
        guard reading.problems.isEmpty else { throw SettingsError(problems: reading.problems) }
        let origins = SettingName.allCases.map { name in
            (name: name, text: settings.text(of: name), source: reading.found[name]?.source ?? .default)
        }
        return LoadedSettings(settings: settings, origins: origins)
    }

    /// The file of tokens, even where other settings are invalid.
    package func tokenFile() throws(SettingsError) -> String {
        let file = try filePath.map { path throws(SettingsError) in try SettingsFile(path: path) }
        var reading = SettingsReading(problems: [])
        for name in [SettingName.dataDirectory, .tokenFile] {
            reading.found[name] = find(name, file: file, problems: &reading.problems)
        }
        guard reading.problems.isEmpty else { throw SettingsError(problems: reading.problems) }
        return reading.tokenFile
    }

    private func find(_ name: SettingName, file: SettingsFile?, problems: inout [String]) -> FoundSetting? {
        if let texts = flags[name], !texts.isEmpty {
            return FoundSetting(texts: texts, source: .flag, place: name.flag)
        }
        // An empty variable counts as absent, since container platforms unset variables that way.
        if let text = environment[name.environmentVariable], !text.isEmpty {
            let texts = name.isList ? text.split(separator: ",").map(String.init) : [text]
            return FoundSetting(texts: texts, source: .environment, place: name.environmentVariable)
        }
        guard let file else { return nil }
        do {
            guard let texts = try file.texts(of: name) else { return nil }
            return FoundSetting(texts: texts, source: .file(file.path), place: "\(name.rawValue) in \(file.path)")
        } catch {
            problems += error.problems
            return nil
        }
    }
}

/// A setting's text as given.
struct FoundSetting: Sendable {
    let texts: [String]
    let source: SettingSource

    /// The setting's name in its source, for error messages.
    let place: String
}
