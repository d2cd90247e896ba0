import Codecs

/// The size that an upload's pictures are to have, as its sender wishes.
struct RequestedSize: Equatable {
    let size: ImageSize
    let fit: PictureFit

    static let parameters = [
        ImportParameter(
            name: "size",
            summary: "Of images, the size to which each is scaled, as `WIDTHxHEIGHT`; sides of 8 to 256 pixels.",
            schema: [
                "type": "string",
                "pattern": .string("^(\(sidePattern))x(\(sidePattern))$"),
            ]),
        ImportParameter(
            name: "fit",
            summary:
                "How pictures of another proportion are brought to `size`: `crop`, which it is unless given, takes the largest "
                + "middle part; `pad` puts all of it on black; `stretch` gives up its proportion.",
            schema: ["type": "string", "enum": .array(PictureFit.allCases.map { .string($0.rawValue) })]),
    ]

    private static let sidePattern = "[89]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-6]"

    /// Reads `size` and `fit`; nil where neither is there.
    ///
    /// - Throws: `DatasetError` with code `bad_import_parameter` or `size_out_of_range`.
    init?(_ parameters: [String: String], sides: ClosedRange<Int>) throws(DatasetError) {
        let fit = try parameters["fit"].map { (text) throws(DatasetError) in
            guard let fit = PictureFit(rawValue: text) else {
                let words = PictureFit.allCases.map(\.rawValue).joined(separator: ", ")
                throw DatasetError.parameter("fit", "is \"\(text.prefix(40))\"; it is one of \(words)")
            }
            return fit
        }
        guard let text = parameters["size"] else {
            guard fit != nil else { return nil }
            throw DatasetError.parameter(
                "fit", "says how pictures are brought to a size, which \"size\" gives: size=64x64")
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "x"), omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part -> Int? in
            guard part.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return Int(Substring(part))
        }
        guard parts.count == 2, numbers.count == 2 else {
            throw DatasetError.parameter(
                "size", "is \"\(text.prefix(40))\"; it is width and height in pixels, such as 64x64")
        }
        guard numbers.allSatisfy(sides.contains) else {
            throw DatasetError.parameter(
                "size", code: "size_out_of_range",
                "is \(numbers[0])x\(numbers[1]); each side must have \(sides.lowerBound) to \(sides.upperBound) pixels")
        }
        size = ImageSize(width: numbers[0], height: numbers[1])
        self.fit = fit ?? .crop
    }
}

extension Upload {
    /// The size that its pictures are to have; nil where that is theirs.
    func requestedSize() throws(DatasetError) -> RequestedSize? {
        try RequestedSize(parameters, sides: limits.imageSides)
    }
}

/// How pictures become the items of a dataset.
struct PictureFitting {
    let size: ImageSize
    /// How those of another proportion are scaled; nil where none may have one, beyond 1 %.
    let fit: PictureFit?
    /// 1 for grey, 3 for colour.
    let channels: Int

    var storedItem: StoredItem { StoredItem(size: size.width * size.height * channels) }

    /// Checks that pictures which are made larger don't become more than an upload may expand to.
    ///
    /// - Throws: `DatasetError` with code `archive_too_large`.
    func checkSize(of count: Int, _ upload: Upload) throws(DatasetError) {
        guard fit != nil else { return }
        var limits = upload.limits
        limits.maximumExpansionRatio = .max
        let (size, overflows) = count.multipliedReportingOverflow(by: storedItem.size)
        var budget = ExpansionBudget(limits: limits, uploadSize: upload.file.size)
        try budget.spend(overflows ? .max : size)
    }

    func isScaled(_ image: PixelImage) -> Bool { ImageSize(width: image.width, height: image.height) != size }

    /// A picture in the stored form.
    ///
    /// A grey one becomes coloured where the dataset is; a coloured one becomes grey only where it loses nothing.
    func fitted(_ image: PixelImage) throws(UnfitPicture) -> [UInt8] {
        let own = ImageSize(width: image.width, height: image.height)
        guard fit != nil || own.hasSameProportion(as: size) else {
            throw UnfitPicture(
                detail: "it has \(own) pixels (width×height), whose proportion isn't that of \(size) within 1 %")
        }
        guard max(own.width, own.height) <= PixelImage.longestScaledSide else {
            throw UnfitPicture(
                detail: "it has \(own) pixels (width×height); pictures with sides of up to "
                    + "\(PixelImage.longestScaledSide) are scaled")
        }
        let scaled = image.scaled(width: size.width, height: size.height, fit ?? .stretch)
        if channels == 3 { return scaled.inColour.pixels }
        guard let grey = scaled.inGrey else {
            throw UnfitPicture(detail: "it is in colour, and the pictures that were learned from are grey")
        }
        return grey
    }
}

/// Why a picture can't be an item of a dataset.
struct UnfitPicture: Error {
    /// A sentence.
    let detail: String
}

extension PixelImage {
    /// The shades, where there is nothing else.
    fileprivate var inGrey: [UInt8]? {
        guard channels == 3 else { return pixels }
        let places = stride(from: 0, to: pixels.count, by: 3)
        guard places.allSatisfy({ pixels[$0] == pixels[$0 + 1] && pixels[$0] == pixels[$0 + 2] }) else { return nil }
        return places.map { pixels[$0] }
    }
}
