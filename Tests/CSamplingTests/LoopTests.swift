import CSampling
import Testing

/// Loops over memory that is exactly as large as it must be, which a sanitizer sees (`scripts/sanitize`).
@Suite struct LoopTests {
    private func normals(_ first: UInt64, _ count: Int, _ dimension: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: count * dimension) { buffer, initialised in
            if let start = buffer.baseAddress { csampling_normals(7, 9, first, count, dimension, start) }
            initialised = count * dimension
        }
    }

    /// Counts around the width in which they are made, dimensions around the four numbers of a block.
    @Test(arguments: [1, 3, 4, 5, 8, 63, 64, 65, 130])
    func anItemsNumbersDontDependOnThoseMadeWithIt(dimension: Int) {
        let first = UInt64(UInt32.max) - 20
        for count in [1, 2, 15, 16, 17, 33] {
            let alone = (0..<count).flatMap { normals(first + UInt64($0), 1, dimension) }
            #expect(normals(first, count, dimension).map(\.bitPattern) == alone.map(\.bitPattern))
        }
    }

    @Test func pixelsAreRoundedAndBoundedPlaneByPlane() {
        let values: [Float] = [-1, 1, 0, -0.999, -1.5, 7, .nan, .infinity, -.infinity, 0.0039, 0.0040, 0.5]
        let pixels: [UInt8] = [0, 255, 128, 0, 0, 255, 0, 255, 0, 128, 128, 191]
        for channels in [1, 3] {
            let places = 100
            let image = (0..<channels * places).map { values[($0 * 5) % values.count] }
            var decoded = [UInt8](repeating: 9, count: image.count)
            csampling_pixels(image, 1, channels, places, &decoded)
            let expected = (0..<image.count).map { index in
                pixels[((index % channels * places + index / channels) * 5) % values.count]
            }
            #expect(decoded == expected)
        }
    }
}
