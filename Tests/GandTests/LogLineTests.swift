import Codecs
import Logging
import Testing
import gand

@Suite struct LogLineTests {
    @Test func aLineIsOneJSONObjectWithTypedData() throws {
        let line = LogLine(
            time: "2026-11-23T18:13:57.000Z", level: .warning, message: "two\nlines",
            metadata: [
                "status": .stringConvertible(404), "path": "/a \"b\"", "time": "later", "list": ["a", "b"],
                "nested": ["c": "d"],
            ])
        #expect(line.json.last == UInt8(ascii: "\n"))
        #expect(line.json.count { $0 == UInt8(ascii: "\n") } == 1)
        let json = try JSON(parsing: line.json.dropLast())
        #expect(json["level"] == "warning" && json["message"] == "two\nlines")
        #expect(json["status"] == 404 && json["path"] == #"/a "b""# && json["list"] == ["a", "b"])
        #expect(json["time"] == "2026-11-23T18:13:57.000Z" && json["metadata.time"] == "later")
        #expect(json["nested"] == ["c": "d"])
    }

    @Test func textStaysOneLine() {
        let line = LogLine(
            time: "2026-11-23T18:13:57.000Z", level: .info, message: "hello\r\nworld", metadata: ["a": "1\n2"])
        #expect(String(decoding: line.text, as: UTF8.self) == "18:13:57.000 info     hello␤world  a=1␤2\n")
    }
}
