import ArgumentParser
import Service

/// `gand version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the program's version.")

    func run() {
        print("\(Build.name) \(Build.version)")
    }
}
