import Codecs
import Datasets
import Foundation

/// Made-up items in a form that can be uploaded.
enum SyntheticItems {
    /// Points near eight places on the unit circle, as CSV.
    case ring(count: Int)
    /// Pictures of noise, as a ZIP of PNGs without classes.
    case images(count: Int, side: Int, channels: Int)

    /// Writes the upload to `path`, always the same.
    func write(to path: String) throws {
        var random = SplitMix64(seed: 1)
        switch self {
        case .ring(let count):
            var text = "x,y\n"
            for _ in 0..<count {
                let angle = Double(Int.random(in: 0..<8, using: &random)) * .pi / 4
                let distance = 1 + Double.random(in: -0.02...0.02, using: &random)
                text += "\(distance * cos(angle)),\(distance * sin(angle))\n"
            }
            try DurableFile.write(Array(text.utf8), to: path)
        case .images(let count, let side, let channels):
            let archive = try ZIPWriter(path: path)
            for index in 0..<count {
                let pixels = (0..<side * side * channels).map { _ in UInt8.random(in: 0...255, using: &random) }
                let image = PixelImage(width: side, height: side, channels: channels, pixels: pixels)
                try archive.add(name: "\(index).png", bytes: PNG.encode(image))
            }
            try archive.finish()
        }
    }
}

/// A folder that is there only while something works with it.
enum TemporaryFolder {
    /// Makes a folder, hands its path to `body` and removes it with all it holds.
    ///
    /// - Throws: what `body` throws, and what Foundation throws where no folder could be made.
    static func with<Result>(_ body: (String) throws -> Result) throws -> Result {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appendingPathComponent("gand-bench-\(UUID().uuidString)")
        try files.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? files.removeItem(at: folder) }
        return try body(folder.path)
    }

    /// Makes a folder inside one that is there.
    static func make(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }
}
