import Codecs

/// The files that `Golden/make_golden.py` wrote, and what they hold.
enum Golden {
    static func path(_ name: String, here: String = #filePath) -> String {
        here.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/Golden/"
            + name
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        try ReadableFile.contents(of: path(name), limit: 1 << 20)
    }

    static func expected() throws -> JSON {
        try JSON(parsing: bytes("expected.json"))
    }

    /// A picture as it should come out of the decoder.
    static func picture(_ name: String) throws -> PixelImage? {
        guard let picture = try expected()["pictures"]?[name],
            let width = picture["width"]?.integer, let height = picture["height"]?.integer,
            let channels = picture["channels"]?.integer,
            let pixels = picture["pixels"]?.array?.compactMap({ $0.integer.map(UInt8.init) })
        else { return nil }
        return PixelImage(width: Int(width), height: Int(height), channels: Int(channels), pixels: pixels)
    }
}
