import Adversarial
import Codecs
import Datasets

/// Images as nested numbers or PNG files, as one sheet, as an array, and as an archive of files.
struct ImageForms: ItemForms {
    static let plural = "images"
    static let parameters = [
        .gridColumns,
        SampleParameter(
            "balance", .text(Schema.text(pattern: "^[^\\u0000-\\u001F\\u007F]+$")),
            "Of images, `classes`, to even out the training set's.", body: Schema.string),
        SampleParameter(
            "encoding", .word(ImageEncoding.allCases.map(\.rawValue)), "How JSON carries images.", format: .json,
            usual: ImageEncoding.nested.rawValue),
    ]
    static let schemaDescription = Schema.object(
        [
            "height": Schema.count, "width": Schema.count, "channels": Schema.count,
            "classes": Schema.array(of: Schema.string), "fit": Schema.word(PictureFit.self),
            "split": Schema.object(["training": part, "holdout": part]),
        ], optional: ["fit", "split"])

    /// The folders or arrays that are a part of an upload, and its items.
    private static let part = Schema.object(["names": Schema.array(of: Schema.string), "items": Schema.count])

    private let schema: ImageSchema
    private var encoding = ImageEncoding.nested
    private var gridColumns: Int?
    /// What is to be evened out, as the request has it; nil where nothing is.
    private var balance: String?

    init(schema: ImageSchema) {
        self.schema = schema
    }

    // MARK: Samples

    var items: String { Self.plural }
    var formats: [SampleFormat] { [.json, .png, .npy, .zip] }

    /// What is to be put beside the training set comes in its form.
    var usualFormat: SampleFormat { balance == nil ? .json : .zip }

    var shortReplyCount: Int { max(1, min(32, 262_144 / (32 * schema.elementCount))) * 32 }

    mutating func read(_ fields: inout SampleFields) {
        gridColumns = fields.gridColumns()
        balance = fields.balance()
        encoding = fields.choice("encoding") ?? .nested
    }

    func complete(_ request: inout SampleRequest, of source: SampleSource) throws {
        if let balance { request.choice = .balance(try source.snapshot.classBalance(balance)) }
    }

    func usualCount(of request: SampleRequest, as format: SampleFormat) throws(SampleRequestError) -> Int {
        guard case .balance(let balance) = request.choice else { return SampleParameter.usualCount }
        let deficit = balance.deficit
        guard deficit > 0 else {
            throw SampleRequestError(
                parameter: "balance",
                detail:
                    "the training set has as many items of one class as of another; with n, that many are drawn of all "
                    + "in turn")
        }
        guard deficit <= format.maximumCount else {
            throw SampleRequestError(
                parameter: "balance",
                detail: "it takes \(deficit) samples to bring all classes up to the largest, and "
                    + "\(format.rawValue) gives \(format.maximumCount) at most; with n, so many go to the "
                    + "smallest classes")
        }
        return deficit
    }

    func encoder(_ format: SampleFormat, _ heading: SampleHeading) -> any SampleEncoder {
        let count = heading.request.count
        switch format {
        case .npy:
            return SampleArrayEncoder(
                header: NPYHeader(element: .uint8, shape: [count, schema.height, schema.width, schema.channels]))
        case .png: return ImageSheetEncoder(schema, count: count, columns: gridColumns)
        case .zip: return SampleZIPEncoder(heading)
        default:
            return SampleJSONEncoder(heading, ["shape": shape]) { [encoding] block, bytes in
                switch encoding {
                case .nested:
                    guard case .bytes(let pixels) = block.values else { return }
                    bytes += NestedNumbers.text(of: pixels, shape: block.itemShape)
                case .pngBase64:
                    try block.forEachPNG { _, file in
                        bytes.append(UInt8(ascii: "\""))
                        Base64.append(file, to: &bytes)
                        bytes += Array("\",".utf8)
                    }
                }
            }
        }
    }

    private var shape: JSON {
        [.integer(Int64(schema.height)), .integer(Int64(schema.width)), .integer(Int64(schema.channels))]
    }

    // MARK: Pictures and previews

    var reportPictureCount: Int { min(64, max(16, (1 << 18) / (schema.height * schema.width))) }

    func picture(of samples: SampleBlock, beside real: Dataset?) -> PixelImage? {
        guard case .bytes(let pixels) = samples.values, samples.count > 0 else { return nil }
        var sheet = ImageSheet(of: schema, count: samples.count)
        sheet.add(pixels)
        return sheet.image
    }

    func previewPicture(of dataset: Dataset, count: Int) throws -> PixelImage? {
        let indices = dataset.previewIndices(count)
        var sheet = ImageSheet(of: schema, count: indices.count)
        for index in indices { sheet.add(try dataset.item(index)) }
        return sheet.image
    }

    func preview(of dataset: Dataset, count: Int) throws -> [UInt8] {
        let strings = try dataset.previewPictures(schema, count: count).map { image -> JSON in
            var text: [UInt8] = []
            Base64.append(try PNG.encode(image), to: &text)
            return .string(String(decoding: text, as: UTF8.self))
        }
        return
            ([
                "kind": .string(schema.kind.rawValue), "encoding": .string(ImageEncoding.pngBase64.rawValue),
                "shape": shape, "items": .array(strings),
            ] as JSON).bytes
    }
}

extension SampleFields {
    /// What is to be balanced, which says of which classes samples are and so can't be had with `class`.
    mutating func balance() -> String? {
        guard let balance = text("balance") else { return nil }
        if has("class") {
            impossible("balance", "balance says of which classes samples are, and so does class; give one of them")
        }
        return balance
    }
}
