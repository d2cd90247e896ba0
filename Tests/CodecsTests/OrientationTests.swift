import TestSupport
import Testing

@testable import Codecs

/// Which way up pictures are, by the tag that cameras write.
@Suite struct OrientationTests {
    /// A picture of two columns, `1 2 / 3 4 / 5 6`, as a file of each orientation stores it.
    private static let stored: [(orientation: Int, width: Int, pixels: [UInt8])] = [
        (1, 2, [1, 2, 3, 4, 5, 6]), (2, 2, [2, 1, 4, 3, 6, 5]), (3, 2, [6, 5, 4, 3, 2, 1]), (4, 2, [5, 6, 3, 4, 1, 2]),
        (5, 3, [1, 3, 5, 2, 4, 6]), (6, 3, [2, 4, 6, 1, 3, 5]), (7, 3, [6, 4, 2, 5, 3, 1]), (8, 3, [5, 3, 1, 6, 4, 2]),
    ]

    /// A block of Exif with one entry before the tag.
    private static func exif(
        _ orientation: Int, isBigEndian: Bool, type: Int = 3, count: Int = 1, offset: Int = 8, entries: Int = 2
    ) -> [UInt8] {
        func number(_ value: Int, _ size: Int) -> [UInt8] {
            let little = (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            return isBigEndian ? little.reversed() : little
        }
        let size = [1: 1, 3: 2, 4: 4][type] ?? 2
        let value = number(orientation, size) + [UInt8](repeating: 0, count: 4 - size)
        return (isBigEndian ? [0x4D, 0x4D] : [0x49, 0x49]) + number(42, 2) + number(offset, 4) + number(entries, 2)
            + number(271, 2) + number(2, 2) + number(20, 4) + number(1_000_000, 4) + number(274, 2) + number(type, 2)
            + number(count, 4) + value + number(0, 4)
    }

    private static func png(_ bytes: [UInt8], with block: [UInt8], afterPixels: Bool = false) -> [UInt8] {
        let chunk = Array("eXIf".utf8) + block
        let length = (0..<4).map { UInt8(truncatingIfNeeded: block.count >> (24 - 8 * $0)) }
        let checksum = ArchiveBuilder.crc32(chunk)
        let place = afterPixels ? bytes.count - 12 : 33
        let sum = (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (24 - 8 * $0)) }
        return bytes[..<place] + length + chunk + sum + bytes[place...]
    }

    private static func jpeg(_ bytes: [UInt8], with block: [UInt8], marker: UInt8 = 0xE1) -> [UInt8] {
        let segment = Array("Exif".utf8) + [0, 0] + block
        let length = segment.count + 2
        // After the first segment, and after a filling byte.
        let place = 4 + Int(bytes[4]) << 8 + Int(bytes[5])
        return bytes[..<place] + [0xFF, 0xFF, marker, UInt8(length >> 8), UInt8(length & 255)] + segment
            + bytes[place...]
    }

    @Test(arguments: stored.indices, [true, false])
    func eightOrientationsAreOnePicture(index: Int, isBigEndian: Bool) throws {
        let (orientation, width, pixels) = Self.stored[index]
        let file = try PNG.encode(PixelImage(width: width, height: 6 / width, channels: 1, pixels: pixels))
        for type in [1, 3, 4] {
            let block = Self.exif(orientation, isBigEndian: isBigEndian, type: type)
            for afterPixels in [false, true] {
                let turned = Self.png(file, with: block, afterPixels: afterPixels)
                let header = try PNG.header(of: turned)
                #expect(header.width == 2 && header.height == 3)
                #expect(
                    try PNG.decode(turned, maximumPixels: 6)
                        == PixelImage(width: 2, height: 3, channels: 1, pixels: [1, 2, 3, 4, 5, 6]))
            }
        }
    }

    @Test(arguments: PictureOrientation.allCases, ["grey.jpg", "colour.jpg", "progressive.jpg", "four-colour.jpg"])
    func turnsJPEGs(orientation: PictureOrientation, name: String) throws {
        let bytes = try Golden.bytes(name)
        let plain = try JPEG.decode(bytes, maximumPixels: 384)
        for isBigEndian in [true, false] {
            let turned = Self.jpeg(bytes, with: Self.exif(orientation.rawValue, isBigEndian: isBigEndian))
            let picture = try JPEG.decode(turned, maximumPixels: 384)
            #expect(picture == plain.upright(from: orientation))
            let header = try JPEG.header(of: turned)
            #expect(header.width == picture.width && header.height == picture.height)
            #expect(header.width == (orientation.swapsSides ? plain.height : plain.width))
        }
    }

    /// What can't be followed is no note, and no fault.
    private static let damaged: [[UInt8]] = [
        [], [0x4D], exif(6, isBigEndian: true, offset: 0xFFFF_FFFF), exif(6, isBigEndian: false, offset: 1_000_000),
        exif(0, isBigEndian: true), exif(9, isBigEndian: true), exif(-1, isBigEndian: false, type: 4),
        exif(6, isBigEndian: true, type: 2), exif(6, isBigEndian: true, type: 99), exif(6, isBigEndian: true, count: 2),
        exif(6, isBigEndian: true, count: -1), exif(6, isBigEndian: true, entries: 1),
        Array(exif(6, isBigEndian: true).prefix(30)), Array(exif(6, isBigEndian: true, entries: 65_535).prefix(24)),
        [0x4D, 0x49] + exif(6, isBigEndian: true).dropFirst(2),
        [0x49, 0x49] + exif(6, isBigEndian: true).dropFirst(2),
        Array("Exif".utf8) + [0, 0] + exif(6, isBigEndian: true),
    ]

    @Test(arguments: damaged)
    func whatIsDamagedIsIgnored(block: [UInt8]) throws {
        let picture = PixelImage(width: 3, height: 2, channels: 1, pixels: [1, 2, 3, 4, 5, 6])
        let file = Self.png(try PNG.encode(picture), with: block, afterPixels: false)
        #expect(EXIF.orientation(ofPNG: file) == nil)
        // libspng takes no empty chunk.
        if !block.isEmpty { #expect(try PNG.decode(file, maximumPixels: 6) == picture) }
        let jpeg = Self.jpeg(try Golden.bytes("grey.jpg"), with: block)
        #expect(try JPEG.decode(jpeg, maximumPixels: 384) == JPEG.decode(Golden.bytes("grey.jpg"), maximumPixels: 384))
    }

    /// A directory that announces more entries than there are is read as far as it goes.
    @Test func readsAsFarAsADirectoryGoes() {
        #expect(EXIF.orientation(in: Self.exif(6, isBigEndian: true, entries: 65_535)[...]) == .turnedLeft)
    }

    @Test func onlyExifsOwnSegmentIsAsked() throws {
        let plain = try Golden.bytes("grey.jpg")
        let block = Self.exif(6, isBigEndian: true)
        #expect(EXIF.orientation(ofJPEG: Self.jpeg(plain, with: block)) == .turnedLeft)
        #expect(EXIF.orientation(ofJPEG: Self.jpeg(plain, with: block, marker: 0xE2)) == nil)
        #expect(EXIF.orientation(ofJPEG: plain) == nil)
        // Cut off anywhere it is no more than absent.
        let whole = Self.jpeg(plain, with: block)
        for length in 0..<whole.count { _ = EXIF.orientation(ofJPEG: Array(whole[..<length])) }
        let chunk = Self.png(try Golden.bytes("grey8.png"), with: block)
        for length in 0..<chunk.count { _ = EXIF.orientation(ofPNG: Array(chunk[..<length])) }
    }
}
