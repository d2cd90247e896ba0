import Codecs
import TestSupport
import Testing

@Suite struct PictureTests {
    @Test(arguments: [
        "grey8.png", "grey1.png", "grey16.png", "grey8-alpha.png", "grey8-transparent.png", "grey8-interlaced.png",
        "colour8.png", "colour16.png", "colour8-alpha.png", "palette.png", "palette-transparent.png",
        "palette-grey.png",
    ])
    func decodesWhatOthersWrote(name: String) throws {
        let expected = try #require(try Golden.picture(name))
        let bytes = try Golden.bytes(name)
        #expect(try PNG.decode(bytes, maximumPixels: 35) == expected)
        let header = try PNG.header(of: bytes)
        #expect(header.width == expected.width && header.height == expected.height)
        #expect(header.channels == expected.channels)
    }

    @Test(arguments: ["grey.jpg", "colour.jpg", "progressive.jpg", "four-colour.jpg"])
    func decodesJPEG(name: String) throws {
        let expected = try #require(try Golden.picture(name))
        let image = try JPEG.decode(Golden.bytes(name), maximumPixels: 400)
        #expect(image.width == expected.width && image.height == expected.height)
        #expect(image.channels == expected.channels)
        // Decoders may differ by rounding (T.83 allows it).
        let difference = zip(image.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }.max()
        #expect(try #require(difference) <= 2)
    }

    @Test(arguments: [(1, 1, 1), (1, 1, 3), (7, 5, 1), (5, 7, 3), (64, 33, 3)])
    func readsBackWhatItWrote(width: Int, height: Int, channels: Int) throws {
        var random = TestRandom(seed: 5)
        let pixels = (0..<width * height * channels).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let image = PixelImage(width: width, height: height, channels: channels, pixels: pixels)
        for effort in [PNG.Effort.small, .quick] {
            let bytes = try PNG.encode(image, effort)
            #expect(try PNG.decode(bytes, maximumPixels: width * height) == image)
            #expect(try PNG.encode(image, effort) == bytes)
        }
    }

    @Test func refusesMorePixelsThanAllowed() throws {
        #expect { try PNG.decode(Golden.bytes("grey8.png"), maximumPixels: 34) } throws: {
            ($0 as? CodecError)?.kind == .tooLarge
        }
        #expect { try JPEG.decode(Golden.bytes("grey.jpg"), maximumPixels: 383) } throws: {
            ($0 as? CodecError)?.kind == .tooLarge
        }
    }

    @Test func refusesAHeaderOfAllThePixelsThereCanBe() throws {
        var bytes = try Golden.bytes("grey8.png")
        bytes.replaceSubrange(16..<24, with: [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF])
        let checksum = ArchiveBuilder.crc32(Array(bytes[12..<29]))
        bytes.replaceSubrange(29..<33, with: (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (24 - 8 * $0)) })
        #expect { try PNG.decode(bytes, maximumPixels: 16_000_000) } throws: { ($0 as? CodecError)?.kind == .tooLarge }
    }

    @Test(arguments: ["grey8.png", "palette-transparent.png", "colour16.png"])
    func refusesTruncatedPNG(name: String) throws {
        let bytes = try Golden.bytes(name)
        // What is missing after the last pixel, the closing chunk, isn't missed.
        for length in 0..<bytes.count - 16 {
            #expect(throws: CodecError.self, "cut after \(length)") {
                try PNG.decode(Array(bytes[..<length]), maximumPixels: 100)
            }
        }
    }

    @Test(arguments: ["grey.jpg", "colour.jpg"])
    func refusesTruncatedJPEG(name: String) throws {
        let bytes = try Golden.bytes(name)
        for length in 0..<bytes.count - 2 {
            #expect(throws: CodecError.self, "cut after \(length)") {
                try JPEG.decode(Array(bytes[..<length]), maximumPixels: 1_000)
            }
        }
    }

    @Test func refusesDamagedPixels() throws {
        var bytes = try Golden.bytes("grey8.png")
        bytes[50] ^= 0x10
        #expect { try PNG.decode(bytes, maximumPixels: 100) } throws: { ($0 as? CodecError)?.kind == .malformed }
    }

    @Test func drawsGeneratedPointsOverRealOnes() throws {
        let plot = try ScatterPlot.draw(
            real: [(0, 0), (1, 1), (.nan, 0)], generated: [(0.5, 0.5), (.infinity, 1), (1e30, -1e30)], width: 200,
            height: 200)
        #expect(plot.width == 200 && plot.height == 200 && plot.channels == 3)
        func pixel(_ x: Int, _ y: Int) -> [UInt8] { Array(plot.pixels[(y * 200 + x) * 3..<(y * 200 + x) * 3 + 3]) }
        // The middle of the frame, 48…188 by 12…172.
        let middle = pixel(118, 92)
        #expect(middle[0] > 200 && middle[2] < 140)
        #expect(pixel(196, 4) == [255, 255, 255])
    }

    @Test func drawsCurvesWithTheirGaps() throws {
        let rising = LinePlot.Line(name: "rising", points: (0...100).map { (Double($0), Double($0)) })
        // A gap in the middle, and a value that isn't finite.
        let broken = LinePlot.Line(
            name: "broken", points: (0...100).map { (Double($0), (40...60).contains($0) ? nil : $0 == 80 ? .nan : 50) })
        let plot = try LinePlot(panels: [LinePlot.Panel(title: "both", lines: [rising, broken])]).image()
        #expect(plot.width == 520 && plot.height == 240)
        func isOrange(_ x: Int, _ y: Int) -> Bool {
            let pixel = Array(plot.pixels[(y * 520 + x) * 3..<(y * 520 + x) * 3 + 3])
            return pixel[0] > 190 && pixel[2] < 120
        }
        // The frame is 48…508 by 26…212, with a twentieth to spare at both ends; 50 lies at its middle.
        func column(_ value: Int) -> Int { 48 + Int((Double(value) + 5) / 110 * 460) }
        #expect((117...121).contains { isOrange(column(20), $0) })
        #expect(!(100...138).contains { isOrange(column(45), $0) })
        #expect((117...121).contains { isOrange(column(90), $0) })
        let svg = String(
            decoding: try LinePlot(panels: [LinePlot.Panel(title: "both", lines: [rising])]).svg(), as: UTF8.self)
        #expect(svg.hasPrefix("<?xml") && svg.contains("</svg>"))
        #expect(try LinePlot(panels: []).image().width == 520)
        let odd = LinePlot.Panel(title: "a\0b", lines: [LinePlot.Line(name: "none", points: [])])
        #expect(try LinePlot(panels: Array(repeating: odd, count: 99)).image().height == 32 * 240)
    }

    private static let degenerateRanges: [[(Double, Double)]] = [
        [], [(3, 3)], [(0, 0), (1e-30, 1e30)], [(-1e100, 0), (1e100, 1)],
    ]

    @Test(arguments: degenerateRanges)
    func drawsDegenerateRanges(points: [(Double, Double)]) throws {
        #expect(try ScatterPlot.draw(real: points, generated: points, width: 1, height: 99_999).width == 64)
    }
}
