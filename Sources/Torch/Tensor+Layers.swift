import CTorch

extension Tensor {
    /// Matrix product; leading dimensions are batches.
    package func matmul(_ other: Tensor) throws(EngineError) -> Tensor {
        try made(with: other) { gt_matmul($0, $1, $2) }
    }

    /// Eigenvalues and eigenvectors of this symmetric matrix `[n, n]`.
    ///
    /// - Returns: the values, ascending, `[n]`; and the vectors as columns, `[n, n]`.
    package func symmetricEigen() throws(EngineError) -> (values: Tensor, vectors: Tensor) {
        var values = gt_tensor()
        var vectors = gt_tensor()
        let status = withExtendedLifetime(self) { gt_symmetric_eigen(handle, &values, &vectors) }
        try check(status)
        return (Tensor(owning: values), Tensor(owning: vectors))
    }

    /// This times the transposed weight plus bias, then an activation: `[batch, in]` to `[batch, out]`.
    /// - Parameters:
    ///   - weight: `[out, in]`.
    ///   - bias: `[out]`.
    package func linear(
        weight: Tensor, bias: Tensor? = nil, activation: Activation = .identity
    ) throws(EngineError) -> Tensor {
        try made(weight: weight, bias: bias) {
            gt_linear($0, $1, $2, activation.code, activation.slope, $3)
        }
    }

    /// Cross-correlation: `[batch, in, height, width]` to `[batch, out, …]`.
    /// - Parameters:
    ///   - weight: `[out, in, kernel, kernel]`.
    ///   - bias: `[out]`.
    package func convolution2d(
        weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0
    ) throws(EngineError) -> Tensor {
        try made(weight: weight, bias: bias) { gt_convolution2d($0, $1, $2, stride, padding, $3) }
    }

    /// The gradient of a convolution as a layer: `[batch, in, height, width]` to `[batch, out, …]` with a side of
    /// (side - 1) × stride - 2 × padding + kernel + outputPadding.
    /// - Parameters:
    ///   - weight: `[in, out, kernel, kernel]`.
    ///   - bias: `[out]`.
    package func transposedConvolution2d(
        weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0
    ) throws(EngineError) -> Tensor {
        try made(weight: weight, bias: bias) {
            gt_transposed_convolution2d($0, $1, $2, stride, padding, outputPadding, $3)
        }
    }

    /// Batch normalisation over all dimensions but the second (Ioffe and Szegedy 2015).
    ///
    /// In training it normalises by the batch and moves the running statistics (which are written): running =
    /// (1 - momentum) × running + momentum × batch, the variance unbiased. Else it normalises by the running ones.
    /// - Parameters: `weight`, `bias` and the running statistics are `[channels]`.
    /// - Throws: `EngineError`, in training also for a batch of one value per channel.
    package func batchNorm(
        weight: Tensor?, bias: Tensor?, runningMean: Tensor?, runningVariance: Tensor?, training: Bool,
        momentum: Double = 0.1, epsilon: Double = 1e-5
    ) throws(EngineError) -> Tensor {
        var result = gt_tensor()
        let status = withExtendedLifetime((self, weight, bias, runningMean, runningVariance)) {
            gt_batch_norm(
                handle, weight.handleOrNone, bias.handleOrNone, runningMean.handleOrNone, runningVariance.handleOrNone,
                training, momentum, epsilon, &result)
        }
        try check(status)
        return Tensor(owning: result)
    }

    /// The rows of this table `[entries, width]` at indices (`int64`): `[…, width]`.
    package func embedding(_ indices: Tensor) throws(EngineError) -> Tensor {
        try made(with: indices) { gt_embedding($0, $1, $2) }
    }
}
