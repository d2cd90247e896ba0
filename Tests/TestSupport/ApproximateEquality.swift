/// The first place where numbers differ by more than a tolerance, as a sentence; `nil` where they agree.
///
/// Two numbers agree where |a − b| ≤ absolute + relative · |b|; two NaNs agree, and so do equal infinities.
///
/// - Parameters:
///   - actual: what was computed.
///   - expected: the reference.
package func firstDifference<Number: BinaryFloatingPoint>(
    _ actual: [Number], _ expected: [Number], relative: Double = 1e-5, absolute: Double = 1e-6
) -> String? {
    guard actual.count == expected.count else {
        return "there are \(actual.count) numbers where \(expected.count) were expected"
    }
    for (index, (found, wanted)) in zip(actual, expected).enumerated() {
        if found == wanted || (found.isNaN && wanted.isNaN) { continue }
        let difference = abs(Double(found) - Double(wanted))
        guard difference <= absolute + relative * abs(Double(wanted)) else {
            return "number \(index) is \(found) where \(wanted) was expected, a difference of \(difference)"
        }
    }
    return nil
}

/// Whether numbers agree within a tolerance; see `firstDifference`.
package func isApproximatelyEqual<Number: BinaryFloatingPoint>(
    _ actual: [Number], _ expected: [Number], relative: Double = 1e-5, absolute: Double = 1e-6
) -> Bool {
    firstDifference(actual, expected, relative: relative, absolute: absolute) == nil
}
