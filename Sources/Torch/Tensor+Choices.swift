internal import CTorch

/// How a row of a generator's numbers is divided: scalars, and after them heads that choose between slots.
package struct ChoiceHeads: Sendable, Equatable {
    /// Numbers before the first head.
    package let scalars: Int
    /// Behind each head's last slot, counted from the row's first number; ascending.
    package let ends: [Int64]

    package init(scalars: Int, widths: [Int]) {
        self.scalars = scalars
        var end = Int64(scalars)
        ends = widths.map { width in
            precondition(width > 0)
            end += Int64(width)
            return end
        }
    }

    /// Numbers of a row.
    package var width: Int { ends.last.map { Int($0) } ?? scalars }
}

extension Tensor {
    /// Tanh of rows' scalars, and softmax in each of their heads; all heads in one pass.
    ///
    /// Jang et al. 2017, "Categorical reparameterization with Gumbel-softmax".
    ///
    /// - Parameters:
    ///   - noise: uniform in 0..<1, `[batch, width]`, for choices with Gumbel's noise.
    ///   - mask: added to each row's logits, `[width]`.
    ///   - isHard: whether 1 is shown at the largest and 0 elsewhere, with the soft choice's gradient.
    /// - Returns: `[batch, width]`, differentiable once.
    package func chosen(
        _ heads: ChoiceHeads, noise: Tensor? = nil, mask: Tensor? = nil, temperature: Double = 1, isHard: Bool = false
    ) throws(EngineError) -> Tensor {
        try made(with: noise, mask) {
            gt_choose(
                $0, $1, $2, heads.scalars, heads.ends, heads.ends.count, temperature, isHard, $3)
        }
    }

    /// The mean over rows of the cross-entropy between a slot and the softmax of the head that it is in.
    ///
    /// - Parameter slots: `int64` `[batch]`, counted from a row's first number.
    /// - Returns: a tensor of one element, differentiable once.
    package func wantedLoss(_ heads: ChoiceHeads, slots: Tensor, mask: Tensor? = nil) throws(EngineError) -> Tensor {
        try made(with: mask, slots) {
            gt_wanted_loss($0, $1, $2, heads.scalars, heads.ends, heads.ends.count, $3)
        }
    }
}
