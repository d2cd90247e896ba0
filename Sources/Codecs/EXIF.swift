/// The one tag that is read of what cameras note in pictures: which way up they are (CIPA DC-008, "Exif", §4.6.4 A, tag 274).
///
/// What can't be followed, in bytes that are damaged or made up, reads as no note at all: a picture isn't refused for it.
enum EXIF {
    /// The orientation that a TIFF header and its first directory note (TIFF 6.0, "Image File Header", "Image File Directory").
    ///
    /// - Parameter block: what stands in a JPEG's APP1 after `Exif\0\0`, or in a PNG's chunk `eXIf`.
    /// - Returns: nil where it notes none, or none that there is.
    static func orientation(in block: ArraySlice<UInt8>) -> PictureOrientation? {
        let isBigEndian: Bool
        switch block.prefix(2) {
        case [0x4D, 0x4D]: isBigEndian = true
        case [0x49, 0x49]: isBigEndian = false
        default: return nil
        }
        func number(_ offset: Int, _ size: Int) -> Int? {
            guard offset >= 0, offset <= block.count - size else { return nil }
            let bytes = block[block.startIndex + offset..<block.startIndex + offset + size]
            return isBigEndian
                ? bytes.reduce(0) { $0 << 8 | Int($1) } : bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        guard number(2, 2) == 42, let directory = number(4, 4), let count = number(directory, 2) else { return nil }
        for entry in 0..<count {
            let start = directory + 2 + 12 * entry
            guard let tag = number(start, 2), let type = number(start + 2, 2) else { return nil }
            // A value of up to four bytes stands in the entry itself. It should be a SHORT; some programs write a LONG or a BYTE.
            guard tag == 274, let size = [1: 1, 3: 2, 4: 4][type], number(start + 4, 4) == 1 else { continue }
            return number(start + 8, size).flatMap(PictureOrientation.init(rawValue:))
        }
        return nil
    }

    /// The orientation that a JPEG notes in a segment before its first scan (T.81, B.1.1.4).
    static func orientation(ofJPEG bytes: [UInt8]) -> PictureOrientation? {
        let signature = Array("Exif".utf8) + [0, 0]
        var position = 2
        while position + 4 <= bytes.count, bytes[position] == 0xFF {
            let marker = bytes[position + 1]
            // A marker may be preceded by any number of these.
            guard marker != 0xFF else {
                position += 1
                continue
            }
            // Start of scan, end of image: what follows are no segments.
            guard marker != 0xDA, marker != 0xD9 else { return nil }
            let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
            guard length >= 2, position + 2 + length <= bytes.count else { return nil }
            let segment = bytes[position + 4..<position + 2 + length]
            if marker == 0xE1, segment.starts(with: signature) {
                return orientation(in: segment.dropFirst(signature.count))
            }
            position += 2 + length
        }
        return nil
    }

    /// The orientation that a PNG notes, before its pixels or after them (PNG 1.5 extensions, "eXIf").
    static func orientation(ofPNG bytes: [UInt8]) -> PictureOrientation? {
        let wanted = Array("eXIf".utf8)
        var position = PNG.signature.count
        while position + 12 <= bytes.count {
            let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - position - 12 else { return nil }
            let data = bytes[position + 8..<position + 8 + length]
            if bytes[position + 4..<position + 8].elementsEqual(wanted) { return orientation(in: data) }
            position += 12 + length
        }
        return nil
    }
}
