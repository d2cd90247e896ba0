/// A part of a step: who moves, how often, and what its curves are called.
///
/// Training is a list of them (Karras et al.'s `training_loop.py` has the same shape): what the loss is, the game says.
package struct Phase: Sendable, Equatable {
    /// The names of the players whose weights move; the others' get no gradients.
    package let players: [String]
    /// Updates in each step.
    package let updates: Int
    /// The curve of the loss.
    package let loss: Metric
    /// For each player the curve of its gradients' Euclidean norm, before they are clipped.
    package let gradientNorms: [Metric]

    /// A phase in which one network moves, with the usual names of its curves.
    init(moving player: String, updates: Int) {
        players = [player]
        self.updates = updates
        loss = Metric("\(player)_loss")
        gradientNorms = [Metric("\(player)_gradient_norm")]
    }
}
