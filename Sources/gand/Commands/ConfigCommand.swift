import ArgumentParser

/// `gand config`: the settings that the server would use.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Check or print the settings that `gand serve` would use.",
        subcommands: [ConfigCheckCommand.self, ConfigPrintCommand.self])
}

/// `gand config check`: exit code 0 where the settings are valid, 78 with every problem on standard error otherwise.
struct ConfigCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check the settings; exit code 78 and all problems where they are wrong.")

    @OptionGroup var options: SettingsOptions

    func run() throws {
        _ = try options.load()
        print("The settings are valid.")
    }
}

/// `gand config print`: the settings as YAML, each with its source.
struct ConfigPrintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print", abstract: "Print the settings as YAML, each with where it came from.")

    @OptionGroup var options: SettingsOptions

    func run() throws {
        for origin in try options.load().origins {
            print("\(origin.name.rawValue): \(origin.text)  # \(origin.source)")
        }
    }
}
