/// One of the two networks.
enum Role: Sendable {
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
    /// What is added up to the loss.
    let terms: [LossTerm]

    /// The phases of a plan of training, in the order in which a step runs them.
    static func plan(for training: TrainingSpec) -> [Phase] {
        [
            Phase(
                role: .discriminator, updates: training.discriminatorSteps, terms: [.adversarial(training.objective)]),
            Phase(role: .generator, updates: 1, terms: [.adversarial(training.objective)]),
        ]
    }
}

/// A summand of a phase's loss.
enum LossTerm: Sendable, Equatable {
    /// The game between the networks, a function of logits.
    case adversarial(Objective)
}
