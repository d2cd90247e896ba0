import Codecs
import Dispatch
import Glibc
import Synchronization
import TestSupport
import Testing

/// The real program in a process of its own, whose log lines and end a test can wait for.
final class GandProcess: Sendable {
    /// A process that didn't do what a test waits for.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let identifier: pid_t
    private let lines: LineReader
    private let exit = Mutex<Int32?>(nil)

    /// Starts the program that was built beside these tests, or another one.
    init(_ arguments: [String], environment: [String: String] = [:], program: String? = nil) throws {
        var ends: [Int32] = [0, 0]
        // Closed in children that other tests start meanwhile, which else would keep it open.
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Failure(description: "no pair of sockets") }
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Both outputs into one: what the program says is said once.
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        let path = try program ?? Self.programPath()
        var words = Self.strings([path] + arguments)
        let inherited = ["PATH", "LD_LIBRARY_PATH", "HOME"].compactMap { (name: String) -> String? in
            getenv(name).map { value in "\(name)=\(String(cString: value))" }
        }
        let given = environment.map { "\($0.key)=\($0.value)" }
        var variables = Self.strings(inherited + given)
        defer { for word in words + variables { free(word) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, path, &actions, nil, &words, &variables)
        lines = LineReader(descriptor: ends[0])
        identifier = child
        guard code == 0 else { throw Failure(description: "\(path): \(String(cString: strerror(code)))") }
    }

    /// Copies as C wants them, with a null pointer at the end.
    private static func strings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { text in strdup(text) } + [nil]
    }

    deinit {
        if exit.withLock({ $0 == nil }) {
            kill(identifier, SIGKILL)
            _ = waitForExit()
        }
    }

    /// What the process was executed with, as NAME=VALUE.
    func environment() throws -> [String] {
        let descriptor = open("/proc/\(identifier)/environ", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(description: "the environment can't be read") }
        defer { close(descriptor) }
        // Such a file says of itself that it is empty.
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { bytes, count in
            count = max(0, read(descriptor, bytes.baseAddress, bytes.count))
        }
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Starts a server on free ports and waits until it listens; gives it with clients of both listeners.
    static func serve(
        _ folder: String, _ more: [String] = [], environment: [String: String] = [:]
    ) throws -> (process: GandProcess, client: PlainClient, operators: PlainClient) {
        let arguments = [
            "serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", folder,
            "--threads-per-job", "1",
        ]
        let process = try GandProcess(arguments + more, environment: environment)
        let line = try process.waitForMessage("listening")
        func port(_ name: String) throws -> Int {
            try #require(line[name]?.string?.split(separator: ":").last.flatMap { Int($0) })
        }
        return (process, PlainClient(port: try port("listen")), PlainClient(port: try port("admin_listen")))
    }

    /// Waits for a log line with this message, and gives it.
    func waitForMessage(_ message: String) throws -> JSON {
        var seen: [String] = []
        while let line = lines.next() {
            seen.append(line)
            if let json = try? JSON(parsing: Array(line.utf8)), json["message"]?.string == message { return json }
        }
        throw Failure(description: "the program ended without “\(message)”: \(seen.suffix(10))")
    }

    func send(_ signal: Int32) {
        kill(identifier, signal)
    }

    /// Waits for the end: the exit code, or 128 and the number of the signal that ended it.
    @discardableResult
    func waitForExit() -> Int32 {
        exit.withLock { exit in
            if let exit { return exit }
            var status: Int32 = 0
            while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
            let code = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
            exit = code
            return code
        }
    }

    /// Everything it said that was not waited for, up to its end.
    func rest() -> String {
        var text = ""
        while let line = lines.next() { text += line + "\n" }
        return text
    }

    /// Runs the program to its end.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], program: String? = nil
    ) throws -> (code: Int32, text: String) {
        let process = try GandProcess(arguments, environment: environment, program: program)
        let text = process.rest()
        return (process.waitForExit(), text)
    }

    /// `gand` in the folder of the running test program.
    private static func programPath() throws -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let slash = own.lastIndex(of: "/") else { throw Failure(description: "no path of the tests") }
        let path = own[...slash] + "gand"
        guard access(String(path), X_OK) == 0 else { throw Failure(description: "there is no program at \(path)") }
        return String(path)
    }
}

/// Reads lines on a queue of its own, so that who writes them never waits for a test.
private final class LineReader: Sendable {
    private struct State {
        var lines: [String] = []
        var isAtEnd = false
    }

    private let state = Mutex(State())
    private let news = DispatchSemaphore(value: 0)

    init(descriptor: Int32) {
        DispatchQueue(label: "test.lines").async { [self] in
            read(descriptor)
            close(descriptor)
        }
    }

    /// The next line, or nil at the end; a silence of two minutes counts as the end.
    func next() -> String? {
        while true {
            let (line, isAtEnd): (String?, Bool) = state.withLock { state in
                (state.lines.isEmpty ? nil : state.lines.removeFirst(), state.isAtEnd)
            }
            if let line { return line }
            if isAtEnd || news.wait(timeout: .now() + 120) == .timedOut { return nil }
        }
    }

    private func read(_ descriptor: Int32) {
        var pending: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            pending += buffer[..<count]
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                add(String(decoding: pending[..<end], as: UTF8.self))
                pending.removeFirst(end + 1)
            }
        }
        if !pending.isEmpty { add(String(decoding: pending, as: UTF8.self)) }
        state.withLock { $0.isAtEnd = true }
        news.signal()
    }

    private func add(_ line: String) {
        state.withLock { $0.lines.append(line) }
        news.signal()
    }
}
