import Adversarial

/// Turns blocks of samples, one after another, into a reply's bytes.
protocol SampleEncoder: Sendable {
    /// The whole reply's bytes; nil where only the end tells.
    var length: Int? { get }

    /// Whether all bytes come at the end, so that nothing is sent before.
    var isWhole: Bool { get }

    /// What the reply's end needs to know of the samples.
    associatedtype Trace: Sendable = Void

    /// What stands before the first sample.
    func begin() -> [UInt8]

    /// Adds a block's samples, whichever blocks stand before or after; several are encoded at once.
    func encode(_ block: SampleBlock, into bytes: inout [UInt8]) throws -> Trace

    /// Takes note of the next block's; they come in order.
    mutating func note(_ trace: Trace)

    /// Adds what stands after the last sample.
    func end(_ bytes: inout [UInt8]) throws
}

extension SampleEncoder where Trace == Void {
    mutating func note(_ trace: Void) {}
}

extension SampleEncoder {
    var length: Int? { nil }
    var isWhole: Bool { false }
    func begin() -> [UInt8] { [] }
    func end(_ bytes: inout [UInt8]) {}
}
