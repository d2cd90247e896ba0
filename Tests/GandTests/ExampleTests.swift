import Codecs
import TestSupport
import Testing
import gand

@Suite struct ExampleTests {
    @Test func pointsLieOnTheirModes() throws {
        for (example, radius, count) in [(PointExample.ring, 0.06, 8), (.grid, 0.3, 25)] {
            let lines = String(decoding: example.csv(count: 2000, seed: 3), as: UTF8.self).split(separator: "\n")
            #expect(lines.first == "x,y")
            let points = lines.dropFirst().map { $0.split(separator: ",").compactMap { Double($0) } }
            #expect(points.count == 2000)
            var modes: [[Double]] = []
            for point in points {
                let isNear = modes.contains { mode in
                    let gap = [point[0] - mode[0], point[1] - mode[1]]
                    return gap[0] * gap[0] + gap[1] * gap[1] < 4 * radius * radius
                }
                if !isNear { modes.append(point) }
            }
            #expect(modes.count == count)
        }
    }

    @Test func theSameSeedGivesTheSameBytesAndAnItemDependsOnNoOther() throws {
        let folder = try TemporaryFolder()
        for (name, count, seed) in [("a", 30, 5), ("b", 30, 5), ("c", 30, 6)] as [(String, Int, UInt64)] {
            try DigitArchive.write(count: count, seed: seed, to: folder.file(name))
        }
        let files = try ["a", "b", "c"].map { try ReadableFile.contents(of: folder.file($0), limit: 1 << 24) }
        #expect(files[0] == files[1])
        #expect(files[0] != files[2])
        #expect(DigitDrawing.draw(17, seed: 5).image == DigitDrawing.draw(17, seed: 5).image)
        #expect(DigitDrawing.draw(17, seed: 5).image != DigitDrawing.draw(27, seed: 5).image)
    }

    @Test func digitsAreInkOnBlackWithinTheirFrame() {
        for index in 0..<60 {
            let (digit, image) = DigitDrawing.draw(index, seed: 1)
            #expect(digit == index % 10)
            #expect(image.width == 28 && image.height == 28 && image.channels == 1)
            let ink = image.pixels.count { $0 > 128 }
            #expect((20...300).contains(ink), "digit \(digit) has \(ink) bright pixels")
            for place in 0..<28 {
                let border: [Int] = [place, 27 * 28 + place, place * 28, place * 28 + 27]
                for pixel in border { #expect(image.pixels[pixel] < 128, "digit \(digit) touches the border") }
            }
        }
    }

    @Test func theArchiveHasTenClassFolders() throws {
        let folder = try TemporaryFolder()
        try DigitArchive.write(count: 20, seed: 1, to: folder.file("digits.zip"))
        let reader = try ArchiveReader(path: folder.file("digits.zip"), format: .zip)
        var names: [String] = []
        while let entry = try reader.next() { names.append(entry.name) }
        #expect(names.count == 20)
        #expect(Set(names.map { $0.prefix(2) }) == Set((0...9).map { "\($0)/" }))
        #expect(names[13] == "3/000013.png")
    }

    @Test func customersHaveGapsAndHangTogether() throws {
        let text = String(decoding: CustomerExample.csv(count: 2000, seed: 1), as: UTF8.self)
        #expect(text == String(decoding: CustomerExample.csv(count: 2000, seed: 1), as: UTF8.self))
        #expect(text.hasPrefix(String(decoding: CustomerExample.csv(count: 10, seed: 1), as: UTF8.self)))
        let rows = text.split(separator: "\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        #expect(rows.count == 2000 && rows.allSatisfy { $0.count == 13 })
        let gaps = (0..<13).map { column in rows.count { $0[column].isEmpty } }
        #expect(
            (40...160).contains(gaps[2]) && (200...400).contains(gaps[10]) && gaps.reduce(0, +) == gaps[2] + gaps[10])
        #expect(Set(rows.map { $0[0] }).count == 2000 && (100...480).contains(Set(rows.map { $0[3] }).count))
        #expect(rows.map { $0[1] }.min() ?? "" >= "2019-07-12" && rows.map { $0[1] }.max() == "2024-12-31")
        // A city lies in one region, and who is discontent leaves.
        #expect(Set(rows.map { $0[3] + $0[4] }).count == Set(rows.map { $0[3] }).count)
        let churn = { (mood: String) in
            let those = rows.filter { $0[10] == mood }
            return Double(those.count { $0[12] == "true" }) / Double(those.count)
        }
        #expect(churn("1") > 0.7 && churn("5") < 0.1)
    }
}
