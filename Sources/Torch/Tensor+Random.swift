import CTorch

extension Tensor {
    /// Independent normal numbers, `float32`.
    package static func normal(
        _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, generator: RandomSource
    ) throws(EngineError) -> Tensor {
        try drawn(generator) { gt_normal(shape, Int32(shape.count), mean, standardDeviation, $0, $1) }
    }

    /// Independent uniform numbers in `lower ..< upper`, `float32`.
    package static func uniform(
        _ shape: Shape, lower: Double = 0, upper: Double = 1, generator: RandomSource
    ) throws(EngineError) -> Tensor {
        try drawn(generator) { gt_uniform(shape, Int32(shape.count), lower, upper, $0, $1) }
    }

    private static func drawn(
        _ generator: RandomSource, _ call: (gt_generator, UnsafeMutablePointer<gt_tensor>) -> gt_status
    ) throws(EngineError) -> Tensor {
        try made { result in
            withExtendedLifetime(generator) { call(generator.handle, result) }
        }
    }
}
