import CTorch

/// Updates that walk over all tensors of a network in one call, writing in place and outside any gradient graph.
package enum ParameterUpdates {
    /// One step of Adam (Kingma and Ba 2015, algorithm 1), with weight decay added to the gradients.
    /// - Parameters:
    ///   - moments: first and second moments, shaped and laid out like the parameters; written.
    ///   - step: 1 for the first.
    package static func adam(
        parameters: [Tensor], gradients: [Tensor], firstMoments: [Tensor], secondMoments: [Tensor], step: Int,
        learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double
    ) throws(EngineError) {
        try check(
            withHandles(parameters, gradients, firstMoments, secondMoments) { values, slopes, first, second, count in
                gt_adam_step(
                    values, slopes, first, second, count, Int64(step), learningRate, beta1, beta2, epsilon, weightDecay)
            })
    }

    private typealias Handles = UnsafePointer<gt_tensor>

    private static func withHandles(
        _ parameters: [Tensor], _ gradients: [Tensor], _ firstMoments: [Tensor], _ secondMoments: [Tensor],
        _ body: (Handles, Handles, Handles, Handles, Int32) -> gt_status
    ) -> gt_status {
        precondition(
            gradients.count == parameters.count && firstMoments.count == parameters.count
                && secondMoments.count == parameters.count, "every parameter needs a gradient and its moments")
        return Tensor.withHandles(of: parameters) { values, count in
            Tensor.withHandles(of: gradients) { slopes, _ in
                Tensor.withHandles(of: firstMoments) { first, _ in
                    Tensor.withHandles(of: secondMoments) { second, _ in body(values, slopes, first, second, count) }
                }
            }
        }
    }

    /// One step of stochastic gradient descent, as PyTorch defines its momentum.
    /// - Parameters:
    ///   - momenta: shaped and laid out like the parameters, written; nil without momentum.
    ///   - isFirst: whether the momenta haven't been set yet; they become the gradients.
    package static func sgd(
        parameters: [Tensor], gradients: [Tensor], momenta: [Tensor]?, isFirst: Bool, learningRate: Double,
        momentum: Double, dampening: Double, weightDecay: Double, nesterov: Bool
    ) throws(EngineError) {
        precondition(
            gradients.count == parameters.count && momenta.map { $0.count == parameters.count } ?? (momentum == 0),
            "every parameter needs a gradient and, with momentum, its momentum")
        let status = Tensor.withHandles(of: parameters) { values, count in
            Tensor.withHandles(of: gradients) { slopes, _ in
                Tensor.withHandles(of: momenta ?? []) { buffers, _ in
                    gt_sgd_step(
                        values, slopes, momenta == nil ? nil : buffers, count, isFirst, learningRate, momentum,
                        dampening, weightDecay, nesterov)
                }
            }
        }
        try check(status)
    }

    /// averages = decay × averages + (1 - decay) × values.
    package static func average(
        _ averages: [Tensor], towards values: [Tensor], decay: Double
    ) throws(EngineError) {
        precondition(averages.count == values.count, "every average needs its value")
        let status = Tensor.withHandles(of: averages) { targets, count in
            Tensor.withHandles(of: values) { sources, _ in gt_average_into(targets, sources, count, decay) }
        }
        try check(status)
    }

    /// Euclidean norm of all elements of all tensors together; NaN or infinite where an element is.
    package static func norm(of tensors: [Tensor]) throws(EngineError) -> Double {
        var norm = 0.0
        let status = Tensor.withHandles(of: tensors) { handles, count in gt_norm(handles, count, &norm) }
        try check(status)
        return norm
    }

    /// The same as one element on the tensors' device, without waiting for it.
    package static func normOnDevice(of tensors: [Tensor]) throws(EngineError) -> Tensor {
        try Tensor.made { out in
            Tensor.withHandles(of: tensors) { handles, count in gt_norm_on_device(handles, count, out) }
        }
    }

    /// One step of `adam` whose number and learning rate are on the parameters' device, `float32` of one element.
    ///
    /// - Parameter steps: counted up first.
    package static func adam(
        parameters: [Tensor], gradients: [Tensor], firstMoments: [Tensor], secondMoments: [Tensor], steps: Tensor,
        learningRate: Tensor, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double
    ) throws(EngineError) {
        let status = withExtendedLifetime((steps, learningRate)) {
            withHandles(parameters, gradients, firstMoments, secondMoments) { values, slopes, first, second, count in
                gt_adam_step_on_device(
                    values, slopes, first, second, count, steps.handle, learningRate.handle, beta1, beta2, epsilon,
                    weightDecay)
            }
        }
        try check(status)
    }

    /// averages += share × (values - averages), the share one `float32` element on their device.
    package static func average(
        _ averages: [Tensor], towards values: [Tensor], share: Tensor
    ) throws(EngineError) {
        precondition(averages.count == values.count, "every average needs its value")
        let status = withExtendedLifetime(share) {
            Tensor.withHandles(of: averages) { targets, count in
                Tensor.withHandles(of: values) { sources, _ in gt_average_by(targets, sources, count, share.handle) }
            }
        }
        try check(status)
    }
}
