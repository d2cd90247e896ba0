import Codecs
import Glibc
package import Logging
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
    private let isText: Bool

    init(level: SharedLogLevel, format: LogFormat) {
        self.level = level
        isText = format == .text || (format == .auto && isatty(STDERR_FILENO) == 1)
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
        let bytes = isText ? line.text : line.json
        // One write(2) a line: lines of several threads don't mingle. A log that can't be written has nowhere to say so.
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
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

/// A log message with its time and data.
package struct LogLine {
    private let time: String
    private let level: Logger.Level
    private let message: String
    private let metadata: Logger.Metadata

    package init(time: String, level: Logger.Level, message: String, metadata: Logger.Metadata) {
        self.time = time
        self.level = level
        self.message = message
        self.metadata = metadata
    }

    /// One JSON object, `time`, `level` and `message` first, then the metadata by name, and a line feed.
    package var json: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256)
        writer.beginObject()
        writer.name("time")
        writer.value(time)
        writer.name("level")
        writer.value(level.rawValue)
        writer.name("message")
        writer.value(message)
        for (name, value) in sorted {
            writer.name(["time", "level", "message"].contains(name) ? "metadata.\(name)" : name)
            write(value, to: &writer)
        }
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// `18:13:57.000 info    Message  name=value name=value`, and a line feed.
    package var text: [UInt8] {
        let clock = time.dropFirst(11).dropLast()
        let padding = String(repeating: " ", count: max(0, 8 - level.rawValue.count))
        let data = sorted.map { " \($0.key)=\($0.value)" }.joined()
        // A line stays a line, whatever a client put into a name.
        let line = "\(clock) \(level.rawValue)\(padding) \(message) \(data)".map { $0.isNewline ? "␤" : $0 }
        return Array("\(String(line))\n".utf8)
    }

    private var sorted: [(key: String, value: Logger.Metadata.Value)] {
        metadata.sorted { $0.key < $1.key }
    }

    private func write(_ value: Logger.Metadata.Value, to writer: inout JSONWriter) {
        switch value {
        case .string(let text): writer.value(text)
        case .stringConvertible(let number as Int): writer.value(number)
        case .stringConvertible(let number as Double): writer.value(number)
        case .stringConvertible(let flag as Bool): writer.value(flag)
        case .stringConvertible(let other): writer.value("\(other)")
        case .array(let values):
            writer.beginArray()
            for value in values { write(value, to: &writer) }
            writer.endArray()
        case .dictionary(let values):
            writer.beginObject()
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                writer.name(name)
                write(value, to: &writer)
            }
            writer.endObject()
        @unknown default: writer.value("\(value)")
        }
    }
}
