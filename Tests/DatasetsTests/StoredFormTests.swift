import Codecs
import Datasets
import TestSupport
import Testing

/// The bytes that imports leave on the disk, which datasets of earlier versions have too.
@Suite struct StoredFormTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let kind: DatasetKind?
        /// The beginning of the SHA-256 of each file.
        let digests: [String: String]

        var testDescription: String { name }
    }

    private static let cases: [Case] = [
        Case(
            name: "pictures in class folders", kind: nil,
            digests: [
                "holdout.bin": "80115bb89f85736e",
                "items.bin": "d301a3de43b04d2e",
                "labels.bin": "0fdac7daf4e53c9a",
                "manifest.json": "5fd4e41863ea6309",
            ]),
        Case(
            name: "an IDX with labels", kind: .images,
            digests: [
                "holdout.bin": "83bcecabce3b9ec2",
                "items.bin": "86efa20fa2f28ab5",
                "labels.bin": "268323f216bc5770",
                "manifest.json": "7b66ff92c4bbf665",
            ]),
        Case(
            name: "an NPY of pictures", kind: nil,
            digests: [
                "holdout.bin": "d8c1550ce3e5e29d",
                "items.bin": "8d575c70cb7315af",
                "manifest.json": "18bdca49a1904952",
            ]),
        Case(
            name: "points in a CSV", kind: nil,
            digests: [
                "holdout.bin": "7cfb781249ffcb7f",
                "items.bin": "3ec6fe8e6f641180",
                "manifest.json": "fcaea5c0328a0b24",
            ]),
        Case(
            name: "points with many copies", kind: .points,
            digests: [
                "holdout.bin": "4e7ad4806c680385",
                "items.bin": "a4b4cbe0e3baa24b",
                "manifest.json": "d06cf4c6967cb1c3",
            ]),
        Case(
            name: "points in an NPY", kind: nil,
            digests: [
                "holdout.bin": "5f22c48bdbcfd51a",
                "items.bin": "b102fc5df622f19d",
                "manifest.json": "a95028599eb7adba",
            ]),
        Case(
            name: "a table", kind: nil,
            digests: [
                "categories.json": "7e9d904f7c37913b",
                "holdout.bin": "b52c101a5ecf0790",
                "items.bin": "0c435aa21514da3b",
                "manifest.json": "707e92d6516b5174",
            ]),
    ]

    @Test(arguments: cases)
    func importsLeaveTheSameBytes(_ known: Case) throws {
        let imported = try ImportCase(try Self.upload(known.name), kind: known.kind)
        var digests: [String: String] = [:]
        for name in imported.folder.names(in: "stored") {
            let bytes = try ReadableFile.contents(of: imported.folder.file("stored/" + name), limit: 1 << 20)
            digests[name] = String(SHA256.hex(of: bytes).prefix(16))
        }
        #expect(digests == known.digests, "\(known.name)")
    }

    private static func upload(_ name: String) throws -> [UInt8] {
        switch name {
        case "pictures in class folders":
            var entries = try (0..<60).map { index in
                let image = SampleDatasets.image(index: index, label: index % 3, side: 8, channels: 1)
                return ArchiveBuilder.Entry("\(index % 3)/\(index).png", try PNG.encode(image))
            }
            entries.append(.init("1/large.png", try plainPNG(9, width: 16, height: 16, channels: 3)))
            entries.append(.init("1/none.png", [1, 2, 3]))
            return ArchiveBuilder.zip(entries)
        case "an IDX with labels":
            var random = TestRandom(seed: 2)
            let pixels = (0..<60 * 72).map { _ in UInt8(truncatingIfNeeded: random.next() >> 32) }
            return ArchiveBuilder.zip([
                .init("i", [0, 0, 8, 3, 0, 0, 0, 60, 0, 0, 0, 8, 0, 0, 0, 9] + pixels),
                .init("l", [0, 0, 8, 1, 0, 0, 0, 60] + (0..<60).map { UInt8($0 % 4 * 3) }),
            ])
        case "an NPY of pictures":
            var random = TestRandom(seed: 1)
            let pixels = (0..<64 * 192).map { _ in UInt8(truncatingIfNeeded: random.next() >> 32) }
            return NPYHeader(element: .uint8, shape: [64, 8, 8, 3]).bytes + pixels
        case "points in a CSV": return SampleDatasets.pointsTable()
        case "points with many copies":
            return Array((0..<300).map { "\($0 % 90);\($0 % 9),5;1;2" }.joined(separator: "\n").utf8)
        case "points in an NPY":
            return NPYHeader(element: .int16, shape: [80, 3]).bytes
                + (0..<480).map { UInt8(truncatingIfNeeded: $0 * 37) }
        default:
            let lines = (0..<120).map { index in
                "\(index), \(index % 3 == 0 ? "?" : "town \(index % 7)"),\(Double(index * index) / 8),"
                    + "2024-01-\(index % 28 + 10),\(index % 2 == 0),\(index == 77 ? "many" : String(index % 5))"
            }
            return Array((["id, town,size,day,open,rooms"] + lines).joined(separator: "\n").utf8)
        }
    }
}
