package import Codecs
package import Torch

/// Pictures of one size; stored as uint8 `[height, width, channels]`, shown to networks as `[channels, height, width]` in −1…1.
package struct ImageSchema: ItemKind {
    package static let name = DatasetKind.images

    /// Pixels, 1 to 65,535.
    package var height: Int
    /// Pixels, 1 to 65,535.
    package var width: Int
    /// 1 for grey, 3 for colour.
    package var channels: Int
    package var classes: [String]
    /// How pictures of any size were brought to this one; nil where they had it, but for few of the same proportion.
    package var fit: PictureFit?
    /// The parts that the upload came in; nil where the held-out items were chosen here.
    package var split: ImageSplit?

    package init(
        height: Int, width: Int, channels: Int, classes: [String], fit: PictureFit? = nil, split: ImageSplit? = nil
    ) {
        self.height = height
        self.width = width
        self.channels = channels
        self.classes = classes
        self.fit = fit
        self.split = split
    }

    package init(json: JSON) throws {
        let sides = [json["height"], json["width"], json["channels"]].compactMap { $0?.integer }
        guard sides.count == 3, sides.allSatisfy({ (1...65_535).contains($0) }), sides[2] == 1 || sides[2] == 3,
            let classes = json["classes"]?.array?.compactMap(\.string)
        else { throw DatasetError.unreadableManifest("its schema of images is incomplete") }
        self.init(
            height: Int(sides[0]), width: Int(sides[1]), channels: Int(sides[2]), classes: classes,
            fit: json["fit"]?.string.flatMap(PictureFit.init(rawValue:)), split: json["split"].flatMap(ImageSplit.init))
    }

    package var json: JSON {
        var members: [JSON.Member] = [
            .init(name: "height", value: .integer(Int64(height))), .init(name: "width", value: .integer(Int64(width))),
            .init(name: "channels", value: .integer(Int64(channels))),
            .init(name: "classes", value: .array(classes.map { .string($0) })),
        ]
        if let fit { members.append(.init(name: "fit", value: .string(fit.rawValue))) }
        if let split { members.append(.init(name: "split", value: split.json)) }
        return .object(members)
    }

    package var stored: StoredItem { StoredItem(size: height * width * channels) }
    package var shape: [Int] { [channels, height, width] }
    package var compactShape: [Int]? { [height, width, channels] }

    package func read(
        _ items: ItemStorage, _ indices: [Int], into values: UnsafeMutableBufferPointer<Float>
    ) throws {
        guard var target = values.baseAddress else { return }
        for index in indices {
            try items.withItem(index) { normalise($0, into: target) }
            target += elementCount
        }
    }

    package func expanded(_ stored: Tensor) throws -> Tensor {
        try ((stored.cast(to: .float32) - 127.5) / 127.5).permuted([0, 3, 1, 2])
    }

    private func normalise(_ item: UnsafeRawBufferPointer, into target: UnsafeMutablePointer<Float>) {
        guard let pixels = item.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        let area = height * width
        // The distance of two pixels as a constant: so the compiler turns each loop into vector instructions.
        if channels == 1 {
            for pixel in 0..<area { target[pixel] = Self.unit(pixels[pixel]) }
        } else {
            for pixel in 0..<area {
                target[pixel] = Self.unit(pixels[pixel * 3])
                target[area + pixel] = Self.unit(pixels[pixel * 3 + 1])
                target[2 * area + pixel] = Self.unit(pixels[pixel * 3 + 2])
            }
        }
    }

    /// 0…255 to −1…1, exact at both ends.
    private static func unit(_ shade: UInt8) -> Float {
        (Float(shade) - 127.5) / 127.5
    }
}

extension Dataset {
    /// A few pictures of the dataset, drawn from all of it, the same at every call.
    ///
    /// - Parameter count: at most so many; fewer where the dataset has fewer.
    package func previewPictures(_ schema: ImageSchema, count: Int) throws -> [PixelImage] {
        try previewIndices(count).map {
            PixelImage(width: schema.width, height: schema.height, channels: schema.channels, pixels: try item($0))
        }
    }
}
