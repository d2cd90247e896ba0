package import Torch

/// What is trained: networks that move against, or with, one another.
///
/// The trainer walks over a game's phases and knows no network by name: what is saved, averaged, scheduled and counted comes
/// from `players`, what curves there are from `metrics`. (pytorch-CycleGAN's `BaseModel` keeps its models, losses and optimisers
/// in lists for the same end.)
package protocol Game: AnyObject {
    /// The networks, in the order in which checkpoints hold them.
    var players: [Player] { get }

    /// Who moves, in the order in which a step runs them.
    var phases: [Phase] { get }

    /// The figures of each step, in the order of a report's values.
    var metrics: [Metric] { get }

    /// How often a phase moves its players in this step; `phase.updates` unless the game adapts it.
    func updates(of phase: Phase) -> Int

    /// What a phase's players are to make small.
    ///
    /// - Throws: `EngineError`, and what the source of batches throws.
    func loss(of phase: Phase, in step: StepContext) throws -> Loss

    /// Moves a phase's players once: by autograd along `loss`, unless the game has a quicker way to the same numbers.
    func update(_ phase: Phase, in step: StepContext) throws

    /// Moves the averages of the networks, at a step's end.
    func updateAverages(in step: StepContext) throws

    /// Takes in what a step came to, for rules that adapt.
    func observe(_ report: StepReport)

    /// What a later run needs beside weights and optimisers, to go on as if never stopped.
    var state: [NamedNumbers] { get }

    /// Takes over a state.
    ///
    /// - Parameter numbers: those of a name; nil where the checkpoint has none, being from before there were any.
    func restore(_ numbers: (String) throws -> [Double]?) throws
}

/// Numbers under the name that a checkpoint holds them by.
package struct NamedNumbers {
    package let name: String
    package let values: [Double]
}

/// What a phase's players are to make small.
package struct Loss {
    /// Tensors of one element that add up to what the phase's curve shows.
    package var terms: [Tensor]
    /// Tensors of one element that are added for the gradients alone.
    package var penalties: [Tensor] = []
}

extension Game {
    package func updates(of phase: Phase) -> Int { phase.updates }

    package func update(_ phase: Phase, in step: StepContext) throws { try descend(phase, in: step) }

    package func updateAverages(in step: StepContext) throws {
        for player in players { try player.updateAverage(in: step) }
    }

    package func observe(_ report: StepReport) {}
    package var state: [NamedNumbers] { [] }
    package func restore(_ numbers: (String) throws -> [Double]?) throws {}

    /// The player of a name, which a phase of the same game gives.
    func player(_ name: String) -> Player {
        guard let player = players.first(where: { $0.name == name }) else {
            preconditionFailure("the game has no player \(name)")
        }
        return player
    }

    /// Moves a phase's players along the gradients of its loss.
    func descend(_ phase: Phase, in step: StepContext) throws {
        let loss = try loss(of: phase, in: step)
        let players = phase.players.map(player)
        // Asked for some networks' gradients alone, autograd computes none for the weights of the others.
        var gradients = try gradients(
            of: loss.terms + loss.penalties, with: players.flatMap(\.network.parameters))[...]
        step.note(loss.terms, as: phase.loss)
        for (player, norm) in zip(players, phase.gradientNorms) {
            let own = gradients.prefix(player.network.parameters.count)
            gradients = gradients.dropFirst(own.count)
            try step.move(player, along: Array(own), noting: norm)
        }
    }
}
