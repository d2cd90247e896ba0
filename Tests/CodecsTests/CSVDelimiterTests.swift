import Codecs
import TestSupport
import Testing

@Suite struct CSVDelimiterTests {
    @Test(arguments: [UInt8(ascii: ";"), 0x09])
    func fieldsEndAtTheDelimiter(delimiter: UInt8) throws {
        let mark = String(Unicode.Scalar(delimiter))
        var reader = CSVReader(MemorySource(Array("a,b\(mark)\"c\(mark)\"\"d\"\n".utf8)), delimiter: delimiter)
        var row = CSVRow()
        #expect(try reader.next(&row) && row.count == 2 && row.text(0) == "a,b" && row.text(1) == "c\(mark)\"d")
    }

    /// Bytes by ones and twos, so that every break of the reading is met.
    private final class Trickle: ByteSource {
        private let bytes: [UInt8]
        private var place = 0

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }

        func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
            let count = min(buffer.count, bytes.count - place)
            buffer.copyBytes(from: bytes[place..<place + count])
            place += count
            return count
        }
    }

    /// What a plain reading byte by byte gives.
    private static func expected(_ text: [UInt8]) -> [[[UInt8]]] {
        var rows: [[[UInt8]]] = []
        var fields: [[UInt8]] = [[]]
        var place = 0
        func endRow() {
            if fields != [[]] { rows.append(fields) }
            fields = [[]]
        }
        while place < text.count {
            let byte = text[place]
            place += 1
            if byte == UInt8(ascii: "\""), fields[fields.count - 1].isEmpty {
                while place < text.count {
                    if text[place] == UInt8(ascii: "\"") {
                        place += 1
                        if place == text.count || text[place] != UInt8(ascii: "\"") { break }
                    }
                    fields[fields.count - 1].append(text[place])
                    place += 1
                }
            } else if byte == UInt8(ascii: ",") {
                fields.append([])
            } else if byte == 0x0A {
                endRow()
            } else {
                fields[fields.count - 1].append(byte)
            }
        }
        endRow()
        return rows
    }

    @Test func longTextIsReadAsByteByByte() throws {
        var random = TestRandom(seed: 9)
        var text: [UInt8] = []
        while text.count < 700_000 {
            let length = Int(random.next() % 40)
            let word = (0..<length).map { _ in UInt8(random.next() % 26) + 0x61 }
            switch random.next() % 8 {
            case 0:
                text.append(UInt8(ascii: "\""))
                text += word
                text += Array("\"\",\n\"\"".utf8)
                text += word
                text.append(UInt8(ascii: "\""))
            default: text += word
            }
            text.append(random.next() % 6 == 0 ? 0x0A : UInt8(ascii: ","))
        }
        var reader = CSVReader(Trickle(text))
        var row = CSVRow()
        var found: [[[UInt8]]] = []
        while try reader.next(&row) { found.append((0..<row.count).map { Array(row[$0]) }) }
        #expect(found == Self.expected(text))
    }
}
