/// Numbers of samples as nested JSON arrays, with a comma after each sample.
///
/// They are written through a pointer: a reply has millions, and appending each to an array takes ten times as long. No sign is
/// replaced by another: of two stores to one place through a pointer that is passed `inout`, Swift 6.3.1's optimiser kept the first.
package enum NestedNumbers {
    /// Images of `[height, width, channels]`, such as `[[[0],[255]],[[7],[8]]],`.
    package static func text(of pixels: [UInt8], shape: [Int]) -> [UInt8] {
        let (height, width, channels) = (shape[0], shape[1], shape[2])
        let count = pixels.count / (height * width * channels)
        // A value takes four bytes with what stands after it; each level adds a bracket at both ends and a comma.
        let capacity = pixels.count * 4 + 3 * count * (1 + height * (1 + width)) + 4
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, written in
            var index = 0
            for _ in 0..<count {
                append("[", buffer, &written)
                for row in 0..<height {
                    append("[", buffer, &written)
                    for column in 0..<width {
                        append("[", buffer, &written)
                        for channel in 0..<channels {
                            append(digits[Int(pixels[index])], buffer, &written)
                            append(channel == channels - 1 ? "]" : ",", buffer, &written)
                            index += 1
                        }
                        append(column == width - 1 ? "]" : ",", buffer, &written)
                    }
                    append(row == height - 1 ? "]" : ",", buffer, &written)
                }
                append(",", buffer, &written)
            }
        }
    }

    /// The digits of each value, as they lie in memory, and how many there are.
    private static let digits: [(text: SIMD4<UInt8>, length: Int)] = (0...255).map { value in
        let text = Array("\(value)".utf8)
        return (SIMD4(text + [UInt8](repeating: 0, count: 4 - text.count)), text.count)
    }

    /// Points of `columns` values each, such as `[0.5,-1.0],[1.0,0.0],`; what isn't finite is null.
    package static func text<Number: BinaryFloatingPoint & CustomStringConvertible>(
        of values: [Number], columns: Int
    ) -> [UInt8] {
        // The longest text of a Float is -1.17549435e-38, and of a Double -2.2250738585072014e-308.
        let longest = MemoryLayout<Number>.size == 4 ? 15 : 24
        let capacity = values.count * (longest + 1) + 3 * (values.count / columns)
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, written in
            for (index, value) in values.enumerated() {
                let column = index % columns
                if column == 0 { append("[", buffer, &written) }
                var text = value.isFinite ? value.description : "null"
                text.withUTF8 { text in
                    _ = UnsafeMutableBufferPointer(rebasing: buffer[written...]).initialize(fromContentsOf: text)
                    written += text.count
                }
                if column == columns - 1 { append("]", buffer, &written) }
                append(",", buffer, &written)
            }
        }
    }

    private static func append(_ sign: Unicode.Scalar, _ buffer: UnsafeMutableBufferPointer<UInt8>, _ end: inout Int) {
        buffer[end] = UInt8(truncatingIfNeeded: sign.value)
        end += 1
    }

    /// Three bytes are written in any case, of which those after the digits are written again.
    private static func append(
        _ digits: (text: SIMD4<UInt8>, length: Int), _ buffer: UnsafeMutableBufferPointer<UInt8>, _ end: inout Int
    ) {
        buffer[end] = digits.text.x
        buffer[end + 1] = digits.text.y
        buffer[end + 2] = digits.text.z
        end += digits.length
    }
}
