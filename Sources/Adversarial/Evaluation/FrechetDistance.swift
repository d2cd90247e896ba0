package import Torch

/// How far apart two sets of features are, taken for two normal distributions.
package enum FrechetDistance {
    /// The squared distance, |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½).
    ///
    /// Heusel et al. 2017, equation 6, in any features. It sinks with the number of items, so only figures of as many items
    /// can be compared.
    ///
    /// - Parameters: `[items, features]` each, two items or more.
    package static func squared(_ first: Tensor, _ second: Tensor) throws -> Double {
        let (firstMean, firstCovariance) = try moments(first)
        let (secondMean, secondCovariance) = try moments(second)
        let shift = try (firstMean - secondMean).squared().sum().item()
        // (Σ₁ Σ₂)^½ has the trace of (Σ₁^½ Σ₂ Σ₁^½)^½, whose argument is symmetric.
        let root = try squareRoot(firstCovariance)
        let product = try root.matmul(secondCovariance).matmul(root)
        let symmetric = try (product + product.permuted([1, 0])) * 0.5
        let overlap = try symmetric.symmetricEigen().values.maximum(0).squareRoot().sum().item()
        return try shift + trace(firstCovariance) + trace(secondCovariance) - 2 * overlap
    }

    /// The mean `[1, features]` and the covariance `[features, features]` of `[items, features]`, in `float64`.
    private static func moments(_ features: Tensor) throws -> (mean: Tensor, covariance: Tensor) {
        let features = try features.detached().cast(to: .float64)
        let mean = try features.mean([0], keepingDimensions: true)
        let centred = try features - mean
        return (mean, try centred.permuted([1, 0]).matmul(centred) / Double(max(1, features.shape[0] - 1)))
    }

    /// V √λ Vᵀ of a covariance matrix `[features, features]`, whose eigenvalues rounding may have made slightly negative.
    private static func squareRoot(_ matrix: Tensor) throws -> Tensor {
        let (values, vectors) = try matrix.symmetricEigen()
        return try (vectors * values.maximum(0).squareRoot()).matmul(vectors.permuted([1, 0]))
    }

    /// The trace of a symmetric `[features, features]`.
    private static func trace(_ matrix: Tensor) throws -> Double {
        try matrix.symmetricEigen().values.sum().item()
    }
}
