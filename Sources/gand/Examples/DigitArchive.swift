import Codecs

/// Drawn digits as a ZIP of class folders `0/` to `9/`.
package enum DigitArchive {
    /// Writes `count` digits to the file `path`; the same (count, seed) gives the same bytes.
    package static func write(count: Int, seed: UInt64, to path: String) throws {
        let archive = try ZIPWriter(path: path)
        for index in 0..<count {
            let (digit, image) = DigitDrawing.draw(index, seed: seed)
            try archive.add(name: "\(digit)/\(padded(index)).png", bytes: try PNG.encode(image))
        }
        try archive.finish()
    }

    /// The index with at least six digits, so that a sorted folder listing is in order.
    private static func padded(_ index: Int) -> String {
        let text = String(index)
        return String(repeating: "0", count: max(0, 6 - text.count)) + text
    }
}
