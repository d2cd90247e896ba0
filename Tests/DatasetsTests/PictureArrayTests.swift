import Codecs
import TestSupport
import Testing

@testable import Datasets

/// Pictures as NumPy stores them: of every type, in every layout, alone or in an NPZ.
@Suite struct PictureArrayTests {
    typealias Entry = ArchiveBuilder.Entry

    /// An array to be written: its numbers by index.
    struct Array4: Sendable {
        let shape: [Int]
        let number: @Sendable ([Int]) -> Double
    }

    /// How an array is written.
    struct Form: Sendable {
        let element: NPYHeader.Element
        var isBigEndian = false
        var isColumnMajor = false
    }

    static func npy(_ array: Array4, _ form: Form) -> [UInt8] {
        let order = form.element.size == 1 ? "|" : form.isBigEndian ? ">" : "<"
        let shape = array.shape.map { "\($0), " }.joined()
        var text =
            "{'descr': '\(order)\(form.element.rawValue)', 'fortran_order': \(form.isColumnMajor ? "True" : "False"), "
            + "'shape': (\(shape)), }"
        text += String(repeating: " ", count: (64 - (text.utf8.count + 11) % 64) % 64) + "\n"
        var bytes =
            NPYHeader.signature + [1, 0, UInt8(text.utf8.count & 255), UInt8(text.utf8.count >> 8)] + Array(text.utf8)
        for place in 0..<array.shape.reduce(1, *) {
            var rest = place
            var index = array.shape.map { _ in 0 }
            let dimensions = form.isColumnMajor ? Array(array.shape.indices) : array.shape.indices.reversed()
            for dimension in dimensions {
                index[dimension] = rest % array.shape[dimension]
                rest /= array.shape[dimension]
            }
            let element = bits(array.number(index), form.element)
            let little = (0..<form.element.size).map { UInt8(truncatingIfNeeded: element >> UInt64(8 * $0)) }
            bytes += form.isBigEndian ? little.reversed() : little
        }
        return bytes
    }

    private static func bits(_ number: Double, _ element: NPYHeader.Element) -> UInt64 {
        switch element {
        case .float64: number.bitPattern
        case .float32: UInt64(Float(number).bitPattern)
        case .float16: UInt64(half(number))
        default: UInt64(bitPattern: Int64(number))
        }
    }

    /// IEEE 754 binary16 of a normal number, or of zero.
    private static func half(_ number: Double) -> UInt16 {
        guard number != 0 else { return 0 }
        let sign: UInt16 = number < 0 ? 0x8000 : 0
        let exponent = max(-14, Int(abs(number).exponent))
        let fraction = UInt16((abs(number) / Double(sign: .plus, exponent: exponent - 10, significand: 1)).rounded())
        return sign + UInt16(exponent + 14) << 10 + fraction
    }

    /// Two pictures of 9×8 pixels, from black to white.
    static func shade(_ item: Int, _ row: Int, _ column: Int, _ channel: Int) -> Int {
        item == 0 && row == 0 ? (column == 0 ? 0 : 255) : (item * 131 + row * 37 + column * 11 + channel * 53) % 256
    }

    static func pixels(channels: Int) -> [UInt8] {
        (0..<2 * 8 * 9 * channels).map { place in
            UInt8(shade(place / (72 * channels), place / (9 * channels) % 8, place / channels % 9, place % channels))
        }
    }

    /// What a number is of a shade, for each type that there is.
    private static let forms: [(element: NPYHeader.Element, number: @Sendable (Int) -> Double)] = [
        (.uint8, { Double($0) }), (.int16, { Double($0) }), (.uint16, { Double($0) }), (.int32, { Double($0) }),
        (.uint32, { Double($0) }), (.int64, { Double($0) }), (.uint64, { Double($0) }), (.uint16, { Double($0) * 257 }),
        (.uint16, { (Double($0) / 255 * 4095).rounded() }), (.uint16, { (Double($0) / 255 * 1023).rounded() }),
        (.uint16, { (Double($0) / 255 * 16_383).rounded() }), (.float32, { Double($0) / 255 }),
        (.float64, { Double($0) / 255 }), (.float16, { Double($0) / 255 }), (.float32, { Double($0) / 127.5 - 1 }),
        (.float64, { Double($0) / 127.5 - 1 }), (.float16, { Double($0) / 127.5 - 1 }), (.float32, { Double($0) }),
        (.float64, { Double($0) + 0.25 }), (.float16, { Double($0) }), (.float32, { Double($0) / 255 * 1.001 }),
    ]

    private static let layouts: [(shape: [Int], channels: Int, index: @Sendable ([Int]) -> (Int, Int, Int, Int))] = [
        ([2, 8, 9], 1, { ($0[0], $0[1], $0[2], 0) }), ([2, 8, 9, 1], 1, { ($0[0], $0[1], $0[2], $0[3]) }),
        ([2, 8, 9, 3], 3, { ($0[0], $0[1], $0[2], $0[3]) }), ([2, 1, 8, 9], 1, { ($0[0], $0[2], $0[3], $0[1]) }),
        ([2, 3, 8, 9], 3, { ($0[0], $0[2], $0[3], $0[1]) }),
    ]

    @Test(arguments: forms.indices, layouts.indices)
    func everyTypeInEveryLayoutIsTheSamePictures(form: Int, layout: Int) throws {
        let (element, number) = Self.forms[form]
        let (shape, channels, index) = Self.layouts[layout]
        let array = Array4(shape: shape) { place in
            let (item, row, column, channel) = index(place)
            return number(Self.shade(item, row, column, channel))
        }
        let expected = Self.pixels(channels: channels)
        for isColumnMajor in [false, true] {
            for isBigEndian in [false, true] {
                let bytes = Self.npy(
                    array, Form(element: element, isBigEndian: isBigEndian, isColumnMajor: isColumnMajor))
                for upload in [bytes, ArchiveBuilder.zip([Entry("images.npy", bytes)])] {
                    let imported = try ImportCase(upload)
                    #expect(
                        imported.manifest.schema as? ImageSchema
                            == ImageSchema(height: 8, width: 9, channels: channels, classes: []))
                    let dataset = try imported.dataset()
                    #expect(try dataset.item(0) + dataset.item(1) == expected, "\(element) \(shape)")
                    let sequence = try dataset.manifest.schema.reading(
                        Upload(path: imported.folder.file("upload")), with: nil)
                    #expect(try sequence.next()?.bytes == dataset.item(0))
                    #expect(try sequence.next()?.bytes == dataset.item(1))
                    #expect(try sequence.next() == nil)
                }
            }
        }
    }

    @Test(arguments: [.boolean, .uint8, .int64, .float32] as [NPYHeader.Element])
    func twoShadesAreBlackAndWhite(element: NPYHeader.Element) throws {
        let array = Array4(shape: [1, 8, 8]) { Double(($0[1] + $0[2]) % 2) }
        let item = try ImportCase(Self.npy(array, Form(element: element))).dataset().item(0)
        #expect(item == (0..<64).map { ($0 / 8 + $0) % 2 == 0 ? 0 : 255 })
    }

    @Test(arguments: [true, false])
    func whatIsOpaqueInPartLiesOnWhite(isChannelsFirst: Bool) throws {
        let array = Array4(shape: isChannelsFirst ? [1, 4, 8, 8] : [1, 8, 8, 4]) { place in
            let (channel, row) = isChannelsFirst ? (place[1], place[2]) : (place[3], place[1])
            return channel < 3 ? Double(50 * channel) : [255, 0, 51][min(row, 2)]
        }
        let imported = try ImportCase(Self.npy(array, Form(element: .uint8)))
        #expect((imported.manifest.schema as? ImageSchema)?.channels == 3)
        let item = try imported.dataset().item(0)
        #expect(item[0..<3] == [0, 50, 100] && item[24..<27] == [255, 255, 255] && item[48..<51] == [204, 214, 224])
    }

    private static let refused: [(array: Array4, element: NPYHeader.Element, code: String, words: [String])] = [
        (
            Array4(shape: [2, 8, 8]) { $0 == [1, 2, 3] ? .nan : 0.5 }, .float32, "npy_not_finite",
            ["float32", "[2, 8, 8]", "nan", "picture 2, row 3, column 4"]
        ),
        (
            Array4(shape: [1, 3, 8, 8]) { $0 == [0, 1, 2, 3] ? -.infinity : 0.5 }, .float64, "npy_not_finite",
            ["-inf", "picture 1, row 3, column 4, channel 2"]
        ),
        (
            Array4(shape: [1, 8, 8]) { $0[1] == 0 ? -2.5 : 2.25 }, .float32, "npy_not_shades",
            ["float32", "[1, 8, 8]", "-2.5 to 2.25", "0 to 1, -1 to 1 or 0 to 255"]
        ),
        (
            Array4(shape: [1, 8, 8]) { Double($0[1] * 40) }, .int64, "npy_not_shades",
            ["int64", "0 to 280", "0 to 1 or 0 to 255"]
        ),
        (Array4(shape: [1, 8, 8]) { Double($0[1]) - 3 }, .int16, "npy_not_shades", ["int16", "-3 to 4"]),
        (
            Array4(shape: [1, 8, 8, 2]) { _ in 1 }, .uint8, "not_images",
            ["uint8", "[1, 8, 8, 2]", "[items, height, width]", "1, 3 or 4 channels"]
        ),
        (Array4(shape: [1, 2, 8, 8, 3]) { _ in 1 }, .float32, "not_images", ["float32", "[1, 2, 8, 8, 3]"]),
        (Array4(shape: [2, 100]) { _ in 1 }, .uint8, "columns_out_of_range", ["uint8", "[2, 100]", "numpy.reshape"]),
    ]

    @Test(arguments: refused.indices)
    func aRefusalNamesWhatWasSent(index: Int) throws {
        let (array, element, code, words) = Self.refused[index]
        let error = try ImportCase.refusal(Self.npy(array, Form(element: element)))
        #expect(error.code == code)
        for words in words { #expect(error.detail.contains(words), "\(error)") }
    }

    @Test func elementsThatArentNumbersAreNamed() throws {
        for (description, words) in [("|O", "numpy.stack"), ("<c8", "<c8"), ("<U5", "<U5")] {
            let text = "{'descr': '\(description)', 'fortran_order': False, 'shape': (3, 8, 8), }\n"
            let error = try ImportCase.refusal(
                NPYHeader.signature + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8))
            #expect(error.code == "unsupported_format" && error.detail.contains(words))
            #expect(error.detail.contains("[3, 8, 8]"))
        }
    }

    /// An array in column-major order is read in blocks.
    @Test func columnMajorOrderIsBoundedInMemory() throws {
        let header = try NPYHeader(
            reading: MemorySource(
                Self.npy(Array4(shape: [0, 8, 8]) { _ in 0 }, Form(element: .uint8, isColumnMajor: true))))
        #expect(header.isColumnMajor)
        let text = "{'descr': '<f8', 'fortran_order': True, 'shape': (9000000, 8, 8), }\n"
        let error = try ImportCase.refusal(
            NPYHeader.signature + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8))
        #expect(error.code == "array_too_large" && error.detail.contains("ascontiguousarray"))
        let shorter = Self.npy(Array4(shape: [2, 8, 8]) { _ in 7 }, Form(element: .int16, isColumnMajor: true))
        #expect(try ImportCase.refusal(Array(shorter.dropLast())).code == "truncated")
        #expect(try ImportCase.refusal(shorter + [0]).code == "malformed")
    }

    /// `docs/api.md` has the table by which shades are recognised.
    @Test func theGuideHasTheTable() throws {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let guide = String(
            decoding: try ReadableFile.contents(of: root + "/docs/api.md", limit: 1 << 20), as: UTF8.self)
        let rows = ShadeForm.all.map {
            "| \($0.elements.rawValue) | \(Int($0.black)) to \(Int($0.white)) | \($0.origin) |"
        }
        #expect(guide.contains(rows.joined(separator: "\n")), "\(rows.joined(separator: "\n"))")
    }
}
