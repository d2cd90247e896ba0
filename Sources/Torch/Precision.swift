import CTorch

/// The precision in which linear layers and convolutions take their factors; weights, and sums, are `float32` in any case.
package enum Precision: String, Sendable, CaseIterable {
    case fp32
    /// bfloat16: 8 bits of exponent like float32, and 8 of significance (Kalamkar et al. 2019).
    case bf16

    /// Whether this processor has instructions for bfloat16, without which it is slower than float32.
    package static var isLowFast: Bool { gt_has_low_precision() }
}

/// Runs a body whose linear layers and convolutions take their factors in a precision; of `bf16` they make `bfloat16`.
///
/// The mode belongs to the calling thread; it is restored when the body ends, also by an error. Gradients of what was done in
/// it are found in the same precision, whatever the mode is then.
package func calculating<Result>(in precision: Precision, _ body: () throws -> Result) rethrows -> Result {
    let previous = gt_exchange_low_precision(precision == .bf16)
    defer { _ = gt_exchange_low_precision(previous) }
    return try body()
}
