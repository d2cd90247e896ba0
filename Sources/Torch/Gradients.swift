import CTorch

/// Runs a body whose operations aren't recorded for gradients.
///
/// The mode belongs to the calling thread; it is restored when the body ends, also by an error.
package func withoutGradients<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    let previous = gt_exchange_gradient_mode(false)
    defer { _ = gt_exchange_gradient_mode(previous) }
    return try body()
}

extension Tensor {
    /// A leaf on the same elements that does, or doesn't, take part in gradients.
    package func requiringGradient(_ required: Bool = true) throws(EngineError) -> Tensor {
        try made { gt_set_requires_gradient($0, required, $1) }
    }
}

/// Gradients of the sum of outputs with respect to inputs.
///
/// Several losses belong into one call: each call walks the graph, and frees it unless told to retain it.
/// - Parameters:
///   - gradOutputs: the factor of each output, of its shape; nil for outputs of one element each, with factor 1.
///   - createGraph: whether the gradients themselves can be differentiated; then the graph is retained, too.
///   - allowUnused: whether an input that the outputs don't depend on gets nil instead of an error.
/// - Returns: one gradient for each input, of its shape.
package func gradients(
    of outputs: [Tensor], with inputs: [Tensor], gradOutputs: [Tensor]? = nil, retainGraph: Bool = false,
    createGraph: Bool = false, allowUnused: Bool
) throws(EngineError) -> [Tensor?] {
    try handlesOfGradients(
        outputs, inputs, gradOutputs, retainGraph: retainGraph, createGraph: createGraph, allowUnused: allowUnused
    ).map { $0.raw == nil ? nil : Tensor(owning: $0) }
}

/// Gradients of the sum of outputs with respect to inputs that all take part.
/// - Throws: `EngineError`, also where the outputs don't depend on an input.
package func gradients(
    of outputs: [Tensor], with inputs: [Tensor], gradOutputs: [Tensor]? = nil, retainGraph: Bool = false,
    createGraph: Bool = false
) throws(EngineError) -> [Tensor] {
    try handlesOfGradients(
        outputs, inputs, gradOutputs, retainGraph: retainGraph, createGraph: createGraph, allowUnused: false
    ).map { Tensor(owning: $0) }
}

private func handlesOfGradients(
    _ outputs: [Tensor], _ inputs: [Tensor], _ gradOutputs: [Tensor]?, retainGraph: Bool, createGraph: Bool,
    allowUnused: Bool
) throws(EngineError) -> [gt_tensor] {
    precondition(gradOutputs.map { $0.count == outputs.count } ?? true, "every output needs its factor")
    var status = gt_status.ok
    let handles = [gt_tensor](unsafeUninitializedCapacity: max(inputs.count, 1)) { buffer, count in
        guard let start = buffer.baseAddress else { return }
        status = Tensor.withHandles(of: outputs) { outputHandles, outputCount in
            Tensor.withHandles(of: inputs) { inputHandles, inputCount in
                Tensor.withHandles(of: gradOutputs ?? []) { seedHandles, _ in
                    gt_gradients(
                        outputHandles, outputCount, inputHandles, inputCount, gradOutputs == nil ? nil : seedHandles,
                        retainGraph, createGraph, allowUnused, start)
                }
            }
        }
        if status == .ok { count = inputs.count }
    }
    try check(status)
    return handles
}
