import ArgumentParser
import Dispatch
import Glibc
import HTTPServer
import Logging
import Store
import Torch

/// `gand serve`: runs until SIGTERM or SIGINT.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the server until SIGTERM or SIGINT.",
        discussion: """
            At the signal it takes no new work, lets running jobs write a checkpoint (they go on at the next start), \
            answers what is under way, and exits with code 0. A second signal ends it at once.
            """)

    @OptionGroup var options: SettingsOptions

    func run() throws {
        var signals = StopSignals()
        let settings = try options.load().settings
        let logger = Logger(label: "gand") { _ in
            LineLogHandler(level: settings.logLevel, format: settings.logFormat)
        }
        let daemon: Daemon
        do {
            daemon = try Daemon(settings: settings, logger: logger)
        } catch {
            StandardError.say("\(error)")
            throw ExitCode(1)
        }
        _ = signals.wait()
        DispatchQueue(label: "gand.stop").async {
            daemon.stop()
            // Not exit(3): the engine's idle threads still stand while its destructors would run.
            _exit(0)
        }
        let second = signals.wait()
        // By convention, 128 and the signal's number; nothing is tidied up, as after a crash.
        _exit(128 + second)
    }
}
