import ArgumentParser

/// `gand healthcheck`: asks a running server on this machine whether it is alive, for container health checks.
struct HealthcheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "healthcheck",
        abstract: "Ask the running server for /livez; exit code 0 where it answers, 1 otherwise.",
        discussion: "It asks the operators' listener of the settings, or the public one where there is none.")

    @OptionGroup var options: SettingsOptions

    func run() throws {
        let settings = try options.load().settings
        let address = settings.adminListen ?? settings.listen
        do {
            try Healthcheck.ask(address, path: "/livez", seconds: 5)
        } catch {
            StandardError.say("\(error)")
            throw ExitCode(1)
        }
    }
}
