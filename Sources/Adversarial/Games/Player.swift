package import Networks
package import Torch

/// A network as a game and checkpoints see it.
package protocol PlayerNetwork: AnyObject {
    /// What training moves, in a fixed order.
    var parameters: [Tensor] { get }
    /// What training writes besides, such as batch norm's running statistics.
    var buffers: [Tensor] { get }
    var namedParameters: [NamedTensor] { get }
    /// Parameters and buffers under the names they are stored by.
    var namedTensors: [NamedTensor] { get }

    /// Overwrites parameters and buffers.
    ///
    /// - Throws: `StateError` where one is missing or has another shape; nothing has been written then.
    func restore(_ tensors: [String: Tensor]) throws
}

/// One network of a game, with what moves it.
package final class Player {
    /// What its tensors' names begin with in a checkpoint.
    package let name: String
    package let network: any PlayerNetwork
    package let optimiser: any Optimiser
    /// How the optimiser is at the beginning of a schedule.
    let rule: OptimiserSpec
    /// The same network with averaged weights, which samples come from; nil where nobody needs one.
    package let average: (any PlayerNetwork)?

    /// A player with a new optimiser.
    init(_ name: String, _ network: any PlayerNetwork, by rule: OptimiserSpec, average: (any PlayerNetwork)? = nil)
        throws
    {
        self.name = name
        self.network = network
        self.rule = rule
        self.average = average
        optimiser = try rule.optimiser(of: network.namedParameters)
    }

    /// What the averaged weights' names begin with in a checkpoint.
    package var averageName: String { Self.averageName(of: name) }
    static func averageName(of name: String) -> String { "average.\(name)" }
    /// What the optimiser's state's names begin with in a checkpoint.
    var optimiserName: String { "\(name)_optimizer" }

    /// Sets the rates that a schedule gives.
    ///
    /// - Parameter progress: how much of the planned training is done, 0…1.
    func follow(_ schedule: ScheduleSpec, at progress: Double) throws {
        optimiser.learningRate =
            rule.learningRate * schedule.value(from: 1, to: schedule.learningRate, at: progress)
        if let end = schedule.beta2, case .adam(_, _, let beta2) = rule {
            optimiser.beta2 = schedule.value(from: beta2, to: end, at: progress)
        }
        try (optimiser as? Adam)?.tellDevice()
    }

    /// Weights are averaged, buffers copied.
    func updateAverage(in step: StepContext) throws {
        guard let average else { return }
        if let share = step.averageShareOnDevice {
            try ParameterUpdates.average(average.parameters, towards: network.parameters, share: share)
        } else {
            try ParameterUpdates.average(
                average.parameters, towards: network.parameters, decay: step.averageDecay)
        }
        try Tensor.copy(from: network.buffers, into: average.buffers)
    }
}
