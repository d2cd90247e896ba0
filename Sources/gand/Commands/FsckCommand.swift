import ArgumentParser
import Jobs
import Store

/// `gand fsck`: exit code 0 where the data folder is intact, 1 with a list of faults otherwise.
struct FsckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fsck",
        abstract: "Check that a data folder is intact: the database, every file's digest, and files that no row names.",
        discussion: "The server must not run on it meanwhile. Nothing is changed.")

    @OptionGroup var options: SettingsOptions

    func run() throws {
        let check: DataFolderCheck
        do {
            let store = try Store(folder: try options.load().settings.dataDirectory)
            defer { try? store.close() }
            check = try DataFolderCheck.run(on: store)
        } catch let exit as ExitCode {
            throw exit
        } catch {
            StandardError.say("\(error)")
            throw ExitCode(1)
        }
        for finding in check.findings { print("\(finding.subject): \(finding.detail)") }
        print(
            "\(check.datasets) datasets and \(check.checkpoints) checkpoints were read; \(check.findings.count) findings."
        )
        if !check.findings.isEmpty { throw ExitCode(1) }
    }
}
