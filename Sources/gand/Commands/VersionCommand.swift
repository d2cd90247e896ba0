import ArgumentParser
import Service
import Torch

/// `gand version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the program's version and its engine's.")

    func run() {
        print("\(Build.name) \(Build.version) (libtorch \(Engine.version))")
    }
}
