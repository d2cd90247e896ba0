// Automatic differentiation.
#include "Guard.hpp"

#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

using namespace gand;

bool gt_exchange_gradient_mode(bool enabled) noexcept {
  const bool previous = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(enabled);
  return previous;
}

gt_status gt_gradients(
    const gt_tensor *outputs, int32_t output_count, const gt_tensor *inputs, int32_t input_count,
    const gt_tensor *seeds, bool retain_graph, bool create_graph, bool allow_unused, gt_tensor *out) noexcept {
  const std::span<const gt_tensor> shown(outputs, static_cast<size_t>(output_count));
  return guarded(
      "gradients",
      [&] {
        std::vector<at::Tensor> seedTensors;
        if (seeds != nullptr) {
          for (int32_t index = 0; index < output_count; ++index) seedTensors.push_back(borrowOptional(seeds[index]));
        }
        std::vector<at::Tensor> gradients = torch::autograd::grad(
            borrowAll(outputs, output_count), borrowAll(inputs, input_count), seedTensors,
            retain_graph || create_graph, create_graph, allow_unused);
        for (int32_t index = 0; index < input_count; ++index) {
          out[index] = wrap(std::move(gradients[static_cast<size_t>(index)]));
        }
      },
      shown);
}
