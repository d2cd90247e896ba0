// The precision in which products and convolutions take their factors.
#pragma once

#include "Guard.hpp"

#include <optional>

namespace gand {

/// A factor as the calling thread's products and convolutions want it: in bfloat16, with the cast in the graph, where that was
/// chosen and it is float32; as it is otherwise.
at::Tensor factor(const at::Tensor &tensor);
std::optional<at::Tensor> factor(const std::optional<at::Tensor> &tensor);

} // namespace gand
