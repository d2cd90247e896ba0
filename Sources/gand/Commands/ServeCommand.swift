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
            At SIGHUP it reads the tokens and the log's level again. At SIGTERM it accepts no new work, lets running jobs write a checkpoint (they continue at the next start), \
            answers requests in progress, and exits with code 0. A second signal ends it at once.
            """)

    @OptionGroup var options: SettingsOptions

    func run() throws {
        var signals = ProcessSignals()
        let settings = try options.load().settings
        let level = SharedLogLevel(settings.logLevel)
        let output = LogOutput(settings.logFormat)
        let logger = Logger(label: "gand") { _ in LineLogHandler(level: level, output: output) }
        let daemon: Daemon
        do {
            daemon = try Daemon(
                settings: settings, logger: logger, requestLog: RequestLog(level: level, output: output))
        } catch {
            StandardError.say("\(error)")
            throw ExitCode(1)
        }
        while signals.wait() == SIGHUP { reload(daemon, level, logger) }
        DispatchQueue(label: "gand.stop").async {
            daemon.stop()
            // Not exit(3), whose destructors would run while the engine's idle threads still exist.
            _exit(0)
        }
        var second = signals.wait()
        while second == SIGHUP { second = signals.wait() }
        // By convention, 128 plus the signal's number; nothing is cleaned up, as in a crash.
        _exit(128 + second)
    }

    /// Reads the log's level, the tokens and the certificate again, at SIGHUP; what can't be read stays as it is.
    private func reload(_ daemon: Daemon, _ level: SharedLogLevel, _ logger: Logger) {
        do {
            level.value = try options.load().settings.logLevel
        } catch {
            logger.error("the settings can't be read again; the log's level stays")
        }
        daemon.reload()
    }
}
