import Foundation
package import Torch

/// A network's parameters averaged over the recent past, which make better samples than the last ones.
///
/// Buffers are copied, not averaged (as stylegan3 does): an average of running statistics would be older than the
/// weights it belongs to.
package final class ExponentialMovingAverage {
    /// Number of samples after which a parameter's weight in the average has halved; 0 for the parameters themselves.
    package let halfLife: Double
    /// The half-life is at most this share of the samples seen so far, so that the first averages aren't of noise
    /// (stylegan3's `ema_rampup`).
    package let rampUp: Double
    private let parameters: [NamedTensor]
    private let buffers: [NamedTensor]
    private let averagedParameters: [Tensor]
    private let copiedBuffers: [Tensor]

    /// Starts as a copy of what it averages.
    package init(parameters: [NamedTensor], buffers: [NamedTensor], halfLife: Double, rampUp: Double = .infinity) throws
    {
        self.parameters = parameters
        self.buffers = buffers
        self.halfLife = halfLife
        self.rampUp = rampUp
        averagedParameters = try parameters.map { try $0.tensor.detached().copied() }
        copiedBuffers = try buffers.map { try $0.tensor.detached().copied() }
    }

    /// Moves the average towards the parameters as they are now, and copies the buffers.
    /// - Parameters:
    ///   - samples: number of samples since the last update.
    ///   - samplesSeen: number of samples in all, those included.
    package func update(samples: Int, samplesSeen: Int) throws {
        try ParameterUpdates.average(
            averagedParameters, towards: parameters.map(\.tensor),
            decay: decay(samples: samples, samplesSeen: samplesSeen))
        try Tensor.copy(from: buffers.map(\.tensor), into: copiedBuffers)
    }

    /// What is left of the average after a number of samples: ½ to the power of samples / half-life.
    package func decay(samples: Int, samplesSeen: Int) -> Double {
        // A ramp of infinity is none, also at the start.
        let halfLife = rampUp.isFinite ? min(halfLife, rampUp * Double(samplesSeen)) : halfLife
        return halfLife > 0 ? pow(0.5, Double(samples) / halfLife) : 0
    }

    /// Averaged parameters and copied buffers under the names of those they follow.
    package var tensors: [NamedTensor] {
        zip(parameters + buffers, averagedParameters + copiedBuffers).map { NamedTensor($0.name, $1) }
    }

    /// Takes over stored averages.
    /// - Throws: `StateError` where a tensor is missing or has another shape; nothing has been written then.
    package func restore(_ stored: [String: Tensor]) throws {
        try NamedTensor.restore(tensors, from: stored)
    }
}
