import Codecs
import Glibc

/// The conversation with `peers/compare.py`, which lets the programs that it compares run in turns.
enum Turns {
    /// Answers each line `run N` on standard input with `{"steps": N, "seconds": S, …}` until the input ends.
    ///
    /// - Parameter body: does N rounds of the work, and returns what is to stand beside the time.
    static func serve(_ body: (Int) throws -> [(String, Double)]) throws {
        while let line = readLine() {
            let words = line.split(separator: " ")
            guard words.count == 2, words[0] == "run", let count = Int(words[1]), count > 0 else {
                throw TurnError(line: line)
            }
            let clock = ContinuousClock()
            let start = clock.now
            let remarks = try body(count)
            let seconds = start.duration(to: clock.now) / .seconds(1)
            write(count: count, seconds: seconds, remarks: remarks)
        }
    }

    private static func write(count: Int, seconds: Double, remarks: [(String, Double)]) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("steps")
        writer.value(count)
        writer.name("seconds")
        writer.value(seconds)
        for (name, value) in remarks {
            writer.name(name)
            writer.value(value)
        }
        writer.endObject()
        print(String(decoding: writer.bytes, as: UTF8.self))
        // Nil flushes every stream; Swift 6 takes the global `stdout` for shared mutable state.
        fflush(nil)
    }
}

/// A line that asks for nothing that is known here.
struct TurnError: Error, CustomStringConvertible {
    let line: String

    var description: String { "expected \"run N\" on standard input, got \"\(line)\"" }
}

/// The machine that is measured.
enum Machine {
    /// Cores that are online, at least 1.
    static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
