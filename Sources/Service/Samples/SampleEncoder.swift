import Adversarial

/// Turns blocks of samples, one after another, into a reply's bytes.
protocol SampleEncoder: Sendable {
    /// The whole reply's bytes; nil where only the end tells.
    var length: Int? { get }

    /// What stands before the first sample.
    func begin() -> [UInt8]

    /// A block's samples, whichever blocks stand before or behind; several are encoded at once.
    func encode(_ block: SampleBlock) throws -> [UInt8]

    /// Takes note of the classes of the next samples; they come in order.
    mutating func note(_ classes: [Int])

    /// Puts what stands after the last sample behind it.
    func end(_ bytes: inout [UInt8])
}

extension SampleEncoder {
    mutating func note(_ classes: [Int]) {}
    func end(_ bytes: inout [UInt8]) {}
}
