// Linear layers: the product, bias and activation as one node of the gradient graph.
#pragma once

#include "Guard.hpp"

#include <optional>

namespace gand {

/// input [batch, in] × weight [out, in]ᵀ + bias [out], then the activation.
at::Tensor linear(
    const at::Tensor &input, const at::Tensor &weight, const std::optional<at::Tensor> &bias,
    gt_activation activation, double slope);

/// Overwrites the result of an operation whose gradient doesn't need it.
at::Tensor activatedInPlace(at::Tensor result, gt_activation activation, double slope);

} // namespace gand
