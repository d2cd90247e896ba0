import Codecs
import Testing

@Suite struct JSONTests {
    private static let values: [(String, JSON)] = [
        ("null", .null), (" true ", true), ("false", false), ("0", 0), ("-0", 0), ("-12", -12),
        ("9223372036854775807", .integer(.max)), ("9223372036854775808", .number(9223372036854775808)),
        ("1.0", 1.0), ("1e2", 100.0), ("-2.5E-1", -0.25), ("\"\"", ""),
        (#""a\"\\\/\b\f\n\r\tü""#, "a\"\\/\u{8}\u{C}\n\r\tü"),
        (#""\u00e9\ud83d\ude00""#, "é😀"), ("[]", []), ("[1, [2],{}]", [1, [2], [:]]),
        ("{\"b\":1,\n\"a\":[null]}", ["b": 1, "a": [nil]]),
    ]

    @Test(arguments: values)
    func parses(text: String, value: JSON) throws {
        #expect(try JSON(parsing: text.utf8) == value)
    }

    @Test(arguments: [
        ("", "ends where a value"), ("{", "name in quotes"), ("[1,]", "value is expected"),
        ("{\"a\":1,}", "name in quotes"),
        ("{\"a\" 1}", "colon"), ("{\"a\":1 \"b\":2}", "comma"), ("[1 2]", "comma"), ("{\"a\":1,\"a\":2}", "twice"),
        ("nul", "value is expected"), ("truer", "followed"), ("01", "leading zeros"), ("-", "digit"),
        ("1.", "decimal point"),
        (".5", "value is expected"), ("+1", "value is expected"), ("1e", "exponent"), ("1e999", "out of range"),
        ("NaN", "value is expected"), ("\"a", "no end"), ("\"\u{1}\"", "control character"),
        (#""\x""#, "no such escape"),
        (#""\u12""#, "hexadecimal"), (#""\ud800""#, "surrogate"), (#""\ud800\u0041""#, "surrogate"),
        ("{} {}", "followed"),
        ("// no\n1", "value is expected"), ("'a'", "value is expected"),
    ])
    func refuses(text: String, reason: String) {
        #expect { try JSON(parsing: text.utf8) } throws: { error in
            (error as? JSONSyntaxError)?.detail.contains(reason) == true
        }
    }

    @Test func saysWhere() {
        #expect { try JSON(parsing: "{\n\"a\": x}".utf8) } throws: { error in
            "\(error)" == "the text is not valid JSON: a value is expected here (line 2, column 6)"
        }
    }

    @Test func refusesWhatIsNotUTF8() {
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: [0xEF, 0xBB, 0xBF, 0x31]) }
    }

    @Test func limitsDepth() throws {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try JSON(parsing: deepest.utf8).array?.count == 1)
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: ("[" + deepest + "]").utf8) }
        #expect(throws: JSONSyntaxError.self) {
            try JSON(parsing: [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20))
        }
    }

    @Test func writesCompactlyInOrder() {
        let value: JSON = [
            "b": [1, 2.5, nil, true, "q\"\\\n\u{1}é"], "a": [:], "c": .number(.nan), "d": .number(-.infinity), "e": [],
        ]
        #expect(
            String(decoding: value.bytes, as: UTF8.self)
                == #"{"b":[1,2.5,null,true,"q\"\\\n\u0001é"],"a":{},"c":null,"d":null,"e":[]}"#)
    }

    @Test func writerPlacesCommas() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("losses")
        writer.beginArray()
        writer.value(Float(0.1))
        writer.value(Float.nan)
        writer.endArray()
        writer.name("raw")
        writer.raw("[1]".utf8)
        writer.name("n")
        writer.null()
        writer.endObject()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"losses":[0.1,null],"raw":[1],"n":null}"#)
    }

    @Test func readsBackWhatItWrote() throws {
        let value: JSON = ["x": [2.5e-308, 1.7976931348623157e308, -0.1], "y": .integer(.min), "z": "\u{7F}\u{2028}"]
        #expect(try JSON(parsing: value.bytes) == value)
    }

    @Test func accessors() {
        let value: JSON = ["number": 1.5, "integer": 3, "text": "t", "flag": true, "list": [1], "object": ["a": nil]]
        #expect(value["number"]?.number == 1.5 && value["number"]?.integer == nil)
        #expect(value["integer"]?.number == 3 && value["integer"]?.integer == 3)
        #expect(value["text"]?.string == "t" && value["flag"]?.boolean == true && value["list"]?.array == [1])
        #expect(value["object"]?["a"]?.isNull == true && value["absent"] == nil && JSON.null["a"] == nil)
    }
}
