import Codecs
import Service
import Testing

@Suite struct NestedNumbersTests {
    private static let images: [(pixels: [UInt8], shape: [Int], text: String)] = [
        ([0, 9, 10, 255], [2, 2, 1], "[[[0],[9]],[[10],[255]]],"),
        ([1, 2, 3, 100, 99, 200], [1, 2, 3], "[[[1,2,3],[100,99,200]]],"),
        ([1, 2], [1, 1, 1], "[[[1]]],[[[2]]],"),
        ([], [1, 1, 1], ""),
    ]

    @Test(arguments: images)
    func imagesNestByRowsPixelsAndChannels(pixels: [UInt8], shape: [Int], text: String) {
        #expect(String(decoding: NestedNumbers.text(of: pixels, shape: shape), as: UTF8.self) == text)
    }

    @Test func theLongestTextsFit() throws {
        let pixels = [UInt8](repeating: 255, count: 4 * 5 * 3 * 7)
        let text = NestedNumbers.text(of: pixels, shape: [5, 4, 3])
        let array = try JSON(parsing: Array("[".utf8) + text.dropLast() + Array("]".utf8)).array
        #expect(array?.count == 7)
        // The largest of the denormal numbers, among those whose text is longest.
        let long = -Float.leastNormalMagnitude.nextDown
        let longer = -Double.leastNormalMagnitude
        #expect(NestedNumbers.text(of: [longer, longer], columns: 2) == Array("[\(longer),\(longer)],".utf8))
        let row = "[\(long),\(long),\(long)]"
        let points = NestedNumbers.text(of: [Float](repeating: long, count: 6), columns: 3)
        #expect(String(decoding: points, as: UTF8.self) == "\(row),\(row),")
    }

    private static let points: [(values: [Float], columns: Int, text: String)] = [
        ([0.5, -1, 1, 0], 2, "[0.5,-1.0],[1.0,0.0],"), ([.nan, .infinity], 2, "[null,null],"),
        ([1, 2, 3], 1, "[1.0],[2.0],[3.0],"), ([], 2, ""),
    ]

    @Test(arguments: points)
    func pointsAreRowsAndWhatIsNotFiniteIsNull(values: [Float], columns: Int, text: String) {
        #expect(String(decoding: NestedNumbers.text(of: values, columns: columns), as: UTF8.self) == text)
    }
}
