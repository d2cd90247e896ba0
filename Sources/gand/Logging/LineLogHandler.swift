import Glibc
import Logging
import Store
import Synchronization

/// Writes each log message as one line to standard error: JSON for programs, text for people.
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level {
        get { level.value }
        set { level.value = newValue }
    }
    private let level: SharedLogLevel
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let output: LogOutput

    init(level: SharedLogLevel, output: LogOutput) {
        self.level = level
        self.output = output
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        let line = LogLine(
            time: WallClock.system.now().rfc3339, level: event.level, message: "\(event.message)", metadata: all)
        output.write([line])
    }
}

/// Standard error, with lines as JSON or text.
struct LogOutput: Sendable {
    private let isText: Bool

    init(_ format: LogFormat) {
        isText = format == .text || (format == .auto && isatty(STDERR_FILENO) == 1)
    }

    func write(_ lines: [LogLine]) {
        var bytes: [UInt8] = []
        for line in lines {
            let next = isText ? line.text : line.json
            if bytes.count + next.count > Self.blockSize { flush(&bytes) }
            bytes += next
        }
        flush(&bytes)
    }

    /// The bytes that a pipe takes atomically (PIPE_BUF), so that lines of several threads don't get mixed.
    private static let blockSize = 4096

    private func flush(_ bytes: inout [UInt8]) {
        // There is nowhere to report that the log can't be written.
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
        bytes.removeAll(keepingCapacity: true)
    }
}

/// The level of all loggers of the process, which can be changed while they are in use.
final class SharedLogLevel: Sendable {
    private let level: Mutex<Logger.Level>

    init(_ level: Logger.Level) {
        self.level = Mutex(level)
    }

    var value: Logger.Level {
        get { level.withLock { $0 } }
        set { level.withLock { $0 = newValue } }
    }
}
