/// Numbers of samples as nested JSON arrays, with a comma behind each sample.
///
/// They are written through a pointer: a reply has millions, and appending each to an array takes ten times as long.
package enum NestedNumbers {
    /// Images of `[height, width, channels]`, such as `[[[0],[255]],[[7],[8]]],`.
    package static func text(of pixels: [UInt8], shape: [Int]) -> [UInt8] {
        let (height, width, channels) = (shape[0], shape[1], shape[2])
        let count = pixels.count / (height * width * channels)
        // A value takes four bytes with its comma; each level adds two brackets and a comma. The last value is written with
        // a byte too many.
        let capacity = pixels.count * 4 + 3 * count * (1 + height * (1 + width)) + 1
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, written in
            guard let start = buffer.baseAddress else { return }
            var end = start
            pixels.withUnsafeBufferPointer { pixels in
                numbers.withUnsafeBufferPointer { numbers in
                    var index = 0
                    for _ in 0..<count {
                        append(UInt8(ascii: "["), &end)
                        for _ in 0..<height {
                            append(UInt8(ascii: "["), &end)
                            for _ in 0..<width {
                                append(UInt8(ascii: "["), &end)
                                for _ in 0..<channels {
                                    let number = numbers[Int(pixels[index])]
                                    UnsafeMutableRawPointer(end).storeBytes(of: number.text, as: UInt32.self)
                                    end += number.length
                                    index += 1
                                }
                                close(&end)
                            }
                            close(&end)
                        }
                        close(&end)
                    }
                }
            }
            written = end - start
        }
    }

    /// Each value's digits and a comma, as they lie in memory, and how many bytes these are.
    private static let numbers: [(text: UInt32, length: Int)] = (0...255).map { value in
        let text = Array("\(value),".utf8)
        let padded = text + [UInt8](repeating: 0, count: 4 - text.count)
        return (padded.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }, text.count)
    }

    /// Ends a list of members that each have a comma behind them, with a comma behind it.
    private static func close(_ end: inout UnsafeMutablePointer<UInt8>) {
        end[-1] = UInt8(ascii: "]")
        append(UInt8(ascii: ","), &end)
    }

    /// Points of `columns` values each, such as `[0.5,-1.0],[1.0,0.0],`; what isn't finite is null.
    package static func text(of values: [Float], columns: Int) -> [UInt8] {
        // The longest text of a Float is -1.17549435e-38.
        [UInt8](unsafeUninitializedCapacity: values.count * 16 + 3 * (values.count / columns)) { buffer, written in
            guard let start = buffer.baseAddress else { return }
            var end = start
            for (index, value) in values.enumerated() {
                let column = index % columns
                if column == 0 { append(UInt8(ascii: "["), &end) }
                var text = value.isFinite ? value.description : "null"
                text.withUTF8 { append($0, &end) }
                append(UInt8(ascii: ","), &end)
                if column == columns - 1 { close(&end) }
            }
            written = end - start
        }
    }

    private static func append(_ bytes: UnsafeBufferPointer<UInt8>, _ end: inout UnsafeMutablePointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        end.update(from: start, count: bytes.count)
        end += bytes.count
    }

    private static func append(_ byte: UInt8, _ end: inout UnsafeMutablePointer<UInt8>) {
        end.initialize(to: byte)
        end += 1
    }
}
