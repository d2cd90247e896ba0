/// One of the two networks.
package enum Role: Sendable {
    case generator
    case discriminator
}

/// A part of a step: a loss, the network that it moves, and how often.
///
/// Training is a list of them (Karras et al.'s `training_loop.py` has the same shape): a new objective or a penalty is
/// another term, an adaptive ratio another number, and the loop that walks the list knows none of them.
struct Phase: Sendable, Equatable {
    /// The network whose weights are moved; the other one's get no gradients.
    let role: Role
    /// Updates in each step.
    let updates: Int
    /// Which generated items it works on.
    let fakes: Fakes
    /// What is added up to the loss.
    let terms: [LossTerm]

    /// Where a phase's generated items come from.
    enum Fakes: Sendable {
        /// Each update draws its own.
        case fresh
        /// The discriminator's last update hands its own on to the generator's.
        case shared
    }

    /// The phases of a plan of training, in the order in which a step runs them.
    static func plan(for training: TrainingSpec) -> [Phase] {
        let fakes: Fakes = training.freshFakes ? .fresh : .shared
        let game = LossTerm.adversarial(training.objective)
        let penalties = LossTerm.penalties(training.regularisation)
        return [
            Phase(
                role: .discriminator, updates: training.discriminatorSteps, fakes: fakes, terms: [game] + penalties),
            Phase(role: .generator, updates: 1, fakes: fakes, terms: [game]),
        ]
    }
}

/// A summand of a phase's loss.
enum LossTerm: Sendable, Equatable {
    /// The game between the networks, a function of logits.
    case adversarial(Objective)
    /// R1 and R2 with their γ; `real` or `fake` may be 0.
    case slopes(real: Double, fake: Double)
    /// A norm of the slope near 1 between real and generated items, times λ.
    case unitSlope(weight: Double, isOneSided: Bool)

    static func penalties(_ regularisation: Regularisation) -> [LossTerm] {
        var terms: [LossTerm] = []
        if regularisation.realSlope > 0 || regularisation.fakeSlope > 0 {
            terms.append(.slopes(real: regularisation.realSlope, fake: regularisation.fakeSlope))
        }
        if regularisation.gradientPenalty > 0 {
            terms.append(.unitSlope(weight: regularisation.gradientPenalty, isOneSided: regularisation.isOneSided))
        }
        return terms
    }
}
