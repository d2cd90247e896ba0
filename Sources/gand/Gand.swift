import ArgumentParser
import Service

/// The command line, with one subcommand for each task.
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
