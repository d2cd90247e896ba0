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

    @OptionGroup var wish: ExampleWish

    func run() throws {
        try wish.write(defaultName: "ring.csv") { path in
            try ExampleFile.write(PointExample.ring.csv(count: wish.count ?? 10_000, seed: wish.seed), to: path)
        }
    }
}

/// `gand example grid`.
struct GridCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grid", abstract: "Points of twenty-five Gaussians on a grid, as CSV.")

    @OptionGroup var wish: ExampleWish

    func run() throws {
        try wish.write(defaultName: "grid.csv") { path in
            try ExampleFile.write(PointExample.grid.csv(count: wish.count ?? 10_000, seed: wish.seed), to: path)
        }
    }
}

/// `gand example digits`.
struct DigitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digits", abstract: "Handwritten-like digits, 28×28 grey PNGs in ten class folders, as ZIP.")

    @OptionGroup var wish: ExampleWish

    func run() throws {
        try wish.write(defaultName: "digits.zip") { path in
            try DigitArchive.write(count: wish.count ?? 2_000, seed: wish.seed, to: path)
        }
    }
}

/// `gand example customers`.
struct CustomersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "customers", abstract: "A table of mixed types, of a shop's customers, as CSV.")

    @OptionGroup var wish: ExampleWish

    func run() throws {
        try wish.write(defaultName: "customers.csv") { path in
            try ExampleFile.write(CustomerExample.csv(count: wish.count ?? 2_000, seed: wish.seed), to: path)
        }
    }
}

/// What every example takes.
struct ExampleWish: ParsableArguments {
    @Option(help: "How many items, 1 to 1,000,000. Default: 10,000 points, 2,000 digits or customers.")
    var count: Int?

    @Option(help: "The seed; the same seed gives the same bytes.")
    var seed: UInt64 = 1

    @Option(help: "The file to write. Default: the example's name in the current folder, as ring.csv.")
    var out: String?

    func validate() throws {
        if let count, !(1...1_000_000).contains(count) {
            throw ValidationError("--count is \(count); it must be 1 to 1,000,000.")
        }
    }

    /// Writes by `body` to the wished place and says where.
    func write(defaultName: String, _ body: (String) throws -> Void) throws {
        let path = out ?? defaultName
        try body(path)
        print(path)
    }
}

/// A plain file, written whole.
enum ExampleFile {
    static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        guard let file = fopen(path, "wb") else { throw FileError(operation: "write", path: path, code: errno) }
        let written = fwrite(bytes, 1, bytes.count, file)
        let writeError = errno
        // The buffer's last part is written by fclose, so that a full disk may only show there.
        guard fclose(file) == 0 else { throw FileError(operation: "write", path: path, code: errno) }
        guard written == bytes.count else { throw FileError(operation: "write", path: path, code: writeError) }
    }
}
