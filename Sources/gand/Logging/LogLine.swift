import Codecs
package import Logging

/// A log message with its time and metadata.
package struct LogLine {
    private let time: String
    private let level: Logger.Level
    private let message: String
    private let data: [(key: String, value: Logger.Metadata.Value)]

    package init(time: String, level: Logger.Level, message: String, metadata: Logger.Metadata) {
        self.init(time: time, level: level, message: message, data: metadata.sorted { $0.key < $1.key })
    }

    /// - Parameter data: the metadata, sorted by name.
    init(time: String, level: Logger.Level, message: String, data: [(key: String, value: Logger.Metadata.Value)]) {
        self.time = time
        self.level = level
        self.message = message
        self.data = data
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
        for (name, value) in data {
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
        let data = data.map { " \($0.key)=\($0.value)" }.joined()
        // The line stays a single line, whatever a client put into a name.
        let line = "\(clock) \(level.rawValue)\(padding) \(message) \(data)".map { $0.isNewline ? "␤" : $0 }
        return Array("\(String(line))\n".utf8)
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
