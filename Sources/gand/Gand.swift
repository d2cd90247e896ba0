import ArgumentParser
import Service

/// The command line: one subcommand a task, `gand serve` first.
@main
struct Gand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gand",
        abstract: "Trains generative adversarial networks and draws samples from them, over HTTP.",
        version: Build.version,
        subcommands: [
            ServeCommand.self, ExampleCommand.self, ConfigCommand.self, TokenCommand.self, FsckCommand.self,
            HealthcheckCommand.self,
            VersionCommand.self,
        ])
}
