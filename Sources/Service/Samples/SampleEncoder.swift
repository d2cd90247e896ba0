import Adversarial

/// Turns blocks of samples, one after another, into a reply's bytes.
protocol SampleEncoder: Sendable {
    /// The whole reply's bytes; nil where only the end tells.
    var length: Int? { get }

    /// What stands before the first sample.
    mutating func begin() -> [UInt8]

    /// The block's samples; blocks come in order and without gaps.
    mutating func encode(_ block: SampleBlock) throws -> [UInt8]

    /// What stands after the last sample.
    mutating func end() -> [UInt8]
}
