import Codecs
import Testing

/// Pictures at other sizes, to the bit what Pillow makes of them (`Golden/make_scaled.py`).
@Suite struct ScalingTests {
    private static func pixels(_ json: JSON?) throws -> [UInt8] {
        try #require(json?["pixels"]?.array).compactMap { $0.integer.map(UInt8.init) }
    }

    private static func side(_ name: String, _ json: JSON?) throws -> Int { Int(try #require(json?[name]?.integer)) }

    @Test func scalesAsPillowDoes() throws {
        let golden = try JSON(parsing: Golden.bytes("scaled.json"))
        let cases = try #require(golden["cases"]?.array)
        #expect(cases.count == 36)
        for known in cases {
            let (name, fit) = (try #require(known["picture"]?.string), try #require(known["fit"]?.string))
            let source = golden["pictures"]?[name]
            let picture = PixelImage(
                width: try Self.side("width", source), height: try Self.side("height", source),
                channels: try Self.side("channels", source), pixels: try Self.pixels(source))
            let (width, height) = (try Self.side("width", known), try Self.side("height", known))
            let scaled = picture.scaled(width: width, height: height, try #require(PictureFit(rawValue: fit)))
            #expect(scaled.width == width && scaled.height == height && scaled.channels == picture.channels)
            let expected = try Self.pixels(known)
            let difference = zip(scaled.pixels, expected).map { abs(Int($0) - Int($1)) }.max()
            #expect(scaled.pixels.count == expected.count)
            #expect(difference == 0, "\(name) to \(width)×\(height) by \(fit)")
        }
    }

    @Test(arguments: PictureFit.allCases)
    func oneShadeStaysThatShade(fit: PictureFit) {
        let picture = PixelImage(width: 40, height: 40, channels: 3, shade: 77)
        for side in [8, 39, 40, 41, 200] {
            #expect(
                picture.scaled(width: side, height: side, fit)
                    == PixelImage(width: side, height: side, channels: 3, shade: 77))
        }
    }

    /// Whatever the proportion, nothing is asked of a pixel that isn't there.
    @Test(arguments: [(1, 1), (1, 65_535), (65_535, 1), (3, 700), (2, 2)])
    func scalesEveryShape(width: Int, height: Int) {
        let picture = PixelImage(width: width, height: height, channels: 1, shade: 9)
        for fit in PictureFit.allCases {
            let scaled = picture.scaled(width: 8, height: 16, fit)
            #expect(scaled.width == 8 && scaled.height == 16)
            #expect(scaled.pixels.allSatisfy { $0 == 9 || fit == .pad && $0 == 0 } && scaled.pixels.contains(9))
        }
    }
}
