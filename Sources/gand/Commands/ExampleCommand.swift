import ArgumentParser
import Codecs
import Glibc

/// `gand example`: writes a small dataset made by this program, for trying things out without a download.
struct ExampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "example",
        abstract: "Write a small dataset to try things out with.",
        subcommands: [RingCommand.self, GridCommand.self, DigitsCommand.self, CustomersCommand.self])
}

/// `gand example ring`.
struct RingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ring", abstract: "Points of eight Gaussians on a circle, as CSV.")

    @OptionGroup var options: ExampleOptions

    func run() throws {
        try options.write(defaultName: "ring.csv") { path in
            try ExampleFile.write(PointExample.ring.csv(count: options.count ?? 10_000, seed: options.seed), to: path)
        }
    }
}

/// `gand example grid`.
struct GridCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grid", abstract: "Points of twenty-five Gaussians on a grid, as CSV.")

    @OptionGroup var options: ExampleOptions

    func run() throws {
        try options.write(defaultName: "grid.csv") { path in
            try ExampleFile.write(PointExample.grid.csv(count: options.count ?? 10_000, seed: options.seed), to: path)
        }
    }
}

/// `gand example digits`.
struct DigitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digits", abstract: "Handwritten-like digits, 28×28 grey PNGs in ten class folders, as ZIP.")

    @OptionGroup var options: ExampleOptions

    func run() throws {
        try options.write(defaultName: "digits.zip") { path in
            try DigitArchive.write(count: options.count ?? 2_000, seed: options.seed, to: path)
        }
    }
}

/// `gand example customers`.
struct CustomersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "customers", abstract: "A table of mixed types, of a shop's customers, as CSV.")

    @OptionGroup var options: ExampleOptions

    func run() throws {
        try options.write(defaultName: "customers.csv") { path in
            try ExampleFile.write(CustomerExample.csv(count: options.count ?? 2_000, seed: options.seed), to: path)
        }
    }
}

/// The options of every example.
struct ExampleOptions: ParsableArguments {
    @Option(help: "How many items, 1 to 1,000,000. Default: 10,000 points, 2,000 digits or customers.")
    var count: Int?

    @Option(help: "The seed; the same seed gives the same bytes.")
    var seed: UInt64 = 1

    @Option(help: "The file to write. Default: the example's name in the current folder, such as ring.csv.")
    var out: String?

    func validate() throws {
        if let count, !(1...1_000_000).contains(count) {
            throw ValidationError("--count is \(count); it must be 1 to 1,000,000.")
        }
    }

    /// Writes the file by `body` and prints its path.
    func write(defaultName: String, _ body: (String) throws -> Void) throws {
        let path = out ?? defaultName
        try body(path)
        print(path)
    }
}

/// Writes a plain file in one go.
enum ExampleFile {
    static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        guard let file = fopen(path, "wb") else { throw FileError(operation: "write", path: path, code: errno) }
        let written = fwrite(bytes, 1, bytes.count, file)
        let writeError = errno
        // fclose writes the last part of the buffer, so a full disk may only show there.
        guard fclose(file) == 0 else { throw FileError(operation: "write", path: path, code: errno) }
        guard written == bytes.count else { throw FileError(operation: "write", path: path, code: writeError) }
    }
}
