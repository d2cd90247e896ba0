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
    ///   - weight: `[out, in / groups, kernel, kernel]`.
    ///   - bias: `[out]`.
    ///   - groups: of channels, each of which sees its own inputs alone.
    package func convolution2d(
        weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, groups: Int = 1
    ) throws(EngineError) -> Tensor {
        try made(weight: weight, bias: bias) { gt_convolution2d($0, $1, $2, stride, padding, groups, $3) }
    }

    /// Images of other sides, `[batch, channels, height, width]`, by bilinear interpolation.
    ///
    /// Pixels are squares rather than points, as in PyTorch's `interpolate` with `align_corners=False`.
    package func resized(height: Int, width: Int) throws(EngineError) -> Tensor {
        try made { gt_resize($0, height, width, $1) }
    }

    /// Images of half the sides, rounding up: the mean of each square of four pixels, at an odd edge of what there is.
    package func halved() throws(EngineError) -> Tensor {
        try made { gt_halve($0, $1) }
    }

    /// Each image through an affine map of its own, bilinear between pixels; its gradient can't be differentiated again.
    ///
    /// - Parameters:
    ///   - maps: `[batch, 2, 3]`, from a place of the result to a place of this one, (x, y) from -1 to 1 each.
    ///   - mirrored: whether beyond its border lies the image's mirror image, and not zeros.
    package func transformed(by maps: Tensor, mirrored: Bool = false) throws(EngineError) -> Tensor {
        try made(with: maps) { gt_transform($0, $1, mirrored, $2) }
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
