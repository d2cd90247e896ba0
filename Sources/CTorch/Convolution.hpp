// Convolutions and transposed convolutions, with a way of our own to images of few channels.
#pragma once

#include "Guard.hpp"

#include <optional>

namespace gand {

/// Stride and padding, the same in both directions.
struct Sliding {
  int64_t stride;
  int64_t padding;
};

/// input [batch, in, height, width] ⋆ weight [out, in / groups, kernel, kernel] + bias [out].
at::Tensor convolution(
    const at::Tensor &input, const at::Tensor &weight, const std::optional<at::Tensor> &bias, Sliding sliding,
    int64_t groups);

/// The same backwards: input [batch, in, height, width], weight [in, out, kernel, kernel], bias [out].
at::Tensor transposedConvolution(
    const at::Tensor &input, const at::Tensor &weight, const std::optional<at::Tensor> &bias, Sliding sliding,
    int64_t outputPadding);

} // namespace gand
