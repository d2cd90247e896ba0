/// Numbers of samples as nested JSON arrays, separated by commas.
///
/// They are written through a pointer: a reply has millions, and appending each to an array takes ten times as long.
package enum NestedNumbers {
    /// Images of `[height, width, channels]`, such as `[[[0],[255]],[[7],[8]]]`.
    package static func text(of pixels: [UInt8], shape: [Int]) -> [UInt8] {
        let (height, width, channels) = (shape[0], shape[1], shape[2])
        let count = pixels.count / (height * width * channels)
        // A value takes four bytes with its comma; each level adds two brackets and a comma.
        let capacity = pixels.count * 4 + 3 * count * (1 + height * (1 + width))
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, written in
            guard let start = buffer.baseAddress else { return }
            var end = start
            pixels.withUnsafeBufferPointer { pixels in
                var index = 0
                for sample in 0..<count {
                    if sample > 0 { append(UInt8(ascii: ","), &end) }
                    for row in 0..<height {
                        begin(row, &end)
                        for column in 0..<width {
                            begin(column, &end)
                            for channel in 0..<channels {
                                begin(channel, &end)
                                appendDigits(pixels[index], &end)
                                index += 1
                            }
                            append(UInt8(ascii: "]"), &end)
                        }
                        append(UInt8(ascii: "]"), &end)
                    }
                    append(UInt8(ascii: "]"), &end)
                }
            }
            written = end - start
        }
    }

    /// Points of `columns` values each, such as `[0.5,-1.0],[1.0,0.0]`; what isn't finite is null.
    package static func text(of values: [Float], columns: Int) -> [UInt8] {
        // The longest text of a Float is -1.17549435e-38.
        [UInt8](unsafeUninitializedCapacity: values.count * 16 + 3 * (values.count / columns)) { buffer, written in
            guard let start = buffer.baseAddress else { return }
            var end = start
            for (index, value) in values.enumerated() {
                let column = index % columns
                if column == 0, index > 0 { append(UInt8(ascii: ","), &end) }
                append(column == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","), &end)
                for byte in (value.isFinite ? value.description : "null").utf8 { append(byte, &end) }
                if column == columns - 1 { append(UInt8(ascii: "]"), &end) }
            }
            written = end - start
        }
    }

    /// What stands before a member of a list: the bracket before the first, a comma before the others.
    private static func begin(_ index: Int, _ end: inout UnsafeMutablePointer<UInt8>) {
        append(index == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","), &end)
    }

    private static func appendDigits(_ value: UInt8, _ end: inout UnsafeMutablePointer<UInt8>) {
        if value >= 100 { append(UInt8(ascii: "0") + value / 100, &end) }
        if value >= 10 { append(UInt8(ascii: "0") + value / 10 % 10, &end) }
        append(UInt8(ascii: "0") + value % 10, &end)
    }

    private static func append(_ byte: UInt8, _ end: inout UnsafeMutablePointer<UInt8>) {
        end.initialize(to: byte)
        end += 1
    }
}
