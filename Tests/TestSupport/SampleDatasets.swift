package import Codecs

/// Small datasets made in memory, the same at every call.
package enum SampleDatasets {
    /// A ZIP of class folders `0`, `1`, … of PNGs: bright squares whose place depends on the class, on a noisy ground.
    package static func imageArchive(
        count: Int = 60, classes: Int = 2, side: Int = 8, channels: Int = 1
    ) throws -> [UInt8] {
        ArchiveBuilder.zip(
            try (0..<count).map { index in
                let label = index % classes
                let image = image(index: index, label: label, side: side, channels: channels)
                return ArchiveBuilder.Entry("\(label)/\(index).png", try PNG.encode(image))
            })
    }

    /// One picture of `imageArchive`.
    package static func image(index: Int, label: Int, side: Int, channels: Int) -> PixelImage {
        var random = TestRandom(seed: UInt64(index) + 1)
        var image = PixelImage(width: side, height: side, channels: channels, shade: 0)
        let start = label * 2 % max(1, side - 3)
        for y in 0..<side {
            for x in 0..<side {
                let isBright = (start..<start + 3).contains(x) && (start..<start + 3).contains(y)
                for channel in 0..<channels {
                    image.pixels[(y * side + x) * channels + channel] = UInt8((isBright ? 200 : 0) + random.next() % 50)
                }
            }
        }
        return image
    }

    /// A CSV with the header `x,y` of points on the unit circle, with a little noise.
    package static func pointsTable(count: Int = 200) -> [UInt8] {
        var random = TestRandom(seed: 1)
        let steps: [(Double, Double)] = [(1, 0), (0.707, 0.707), (0, 1), (-0.707, 0.707), (-1, 0), (0, -1)]
        let lines = (0..<count).map { index in
            let (x, y) = steps[index % steps.count]
            return "\(x + Double(random.next() % 1_000) / 1e5),\(y + Double(random.next() % 1_000) / 1e5)"
        }
        return Array((["x,y"] + lines).joined(separator: "\n").utf8)
    }
}

/// A small random generator for tests (xorshift64*, Vigna 2016), the same numbers on every machine.
package struct TestRandom: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    package mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
