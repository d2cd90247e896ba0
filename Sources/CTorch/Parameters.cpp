// Optimiser steps, averages and norms over all tensors of a network at once.
#include "Guard.hpp"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_foreach_sub.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/dot.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/norm.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>

#include <cmath>

using namespace gand;

namespace {

/// Gradients with the byte order of their parameters, which the fused kernels walk over as flat arrays.
std::vector<at::Tensor> aligned(const gt_tensor *handles, const std::vector<at::Tensor> &parameters) {
  std::vector<at::Tensor> gradients = borrowAll(handles, static_cast<int32_t>(parameters.size()));
  for (size_t index = 0; index < parameters.size(); ++index) {
    const at::Tensor &parameter = parameters[index];
    at::Tensor &gradient = gradients[index];
    TORCH_CHECK(
        gradient.sizes() == parameter.sizes() && gradient.scalar_type() == parameter.scalar_type(), "tensor ", index,
        " of shape ", parameter.sizes(), " got a partner of shape ", gradient.sizes(), " or of another type");
    TORCH_CHECK(parameter.is_non_overlapping_and_dense(), "tensor ", index, " has gaps in memory");
    if (gradient.strides() != parameter.strides()) {
      gradient = at::empty_like(parameter, parameter.options().requires_grad(false)).copy_(gradient);
    }
  }
  return gradients;
}

/// State that is written must be laid out as its parameter: a copy would lose what is written.
void requireSameLayout(const std::vector<at::Tensor> &state, const std::vector<at::Tensor> &parameters) {
  for (size_t index = 0; index < parameters.size(); ++index) {
    TORCH_CHECK(
        state[index].sizes() == parameters[index].sizes() && state[index].strides() == parameters[index].strides(),
        "the state of tensor ", index, " has the shape ", state[index].sizes(), " or byte order of another");
  }
}

/// What Adam reads and writes, one tensor of each for each parameter.
struct AdamState {
  std::vector<at::Tensor> values, gradients, first, second;

  AdamState(
      const gt_tensor *parameters, const gt_tensor *gradients, const gt_tensor *first, const gt_tensor *second,
      int32_t count)
      : values(borrowAll(parameters, count)), gradients(aligned(gradients, values)), first(borrowAll(first, count)),
        second(borrowAll(second, count)) {
    requireSameLayout(this->first, values);
    requireSameLayout(this->second, values);
  }

  /// The kernel reads the number of steps, and on a device the rate, for each parameter; all share one.
  template <typename Rate>
  void move(const at::Tensor &steps, const Rate &rate, double beta1, double beta2, double epsilon, double decay) const {
    at::_fused_adam_(
        values, gradients, first, second, {}, std::vector<at::Tensor>(values.size(), steps), rate, beta1, beta2, decay,
        epsilon, /*amsgrad=*/false, /*maximize=*/false);
  }
};

} // namespace

gt_status gt_adam_step(
    const gt_tensor *parameters, const gt_tensor *gradients, const gt_tensor *first_moments,
    const gt_tensor *second_moments, int32_t count, int64_t step, double learning_rate, double beta1, double beta2,
    double epsilon, double weight_decay) noexcept {
  return guarded("adam step", [&] {
    const c10::AutoGradMode withoutGradients(false);
    if (count == 0) return;
    const AdamState state(parameters, gradients, first_moments, second_moments, count);
    const auto options = at::TensorOptions(at::kFloat).device(state.values.front().device());
    state.move(at::full({}, static_cast<double>(step), options), learning_rate, beta1, beta2, epsilon, weight_decay);
  });
}

gt_status gt_adam_step_on_device(
    const gt_tensor *parameters, const gt_tensor *gradients, const gt_tensor *first_moments,
    const gt_tensor *second_moments, int32_t count, gt_tensor steps, gt_tensor learning_rate, double beta1, double beta2,
    double epsilon, double weight_decay) noexcept {
  return guarded("adam step", [&] {
    const c10::AutoGradMode withoutGradients(false);
    const AdamState state(parameters, gradients, first_moments, second_moments, count);
    const at::Tensor number = borrow(steps);
    number.add_(1);
    state.move(number, borrow(learning_rate), beta1, beta2, epsilon, weight_decay);
  });
}

gt_status gt_sgd_step(
    const gt_tensor *parameters, const gt_tensor *gradients, const gt_tensor *momenta, int32_t count, bool first_step,
    double learning_rate, double momentum, double dampening, double weight_decay, bool nesterov) noexcept {
  return guarded("sgd step", [&] {
    const c10::AutoGradMode withoutGradients(false);
    const std::vector<at::Tensor> values = borrowAll(parameters, count);
    const std::vector<at::Tensor> slopes = aligned(gradients, values);
    std::vector<at::Tensor> momentumBuffers;
    if (momentum != 0) {
      TORCH_CHECK(momenta != nullptr, "momentum needs its buffers");
      momentumBuffers = borrowAll(momenta, count);
      requireSameLayout(momentumBuffers, values);
    }
    at::_fused_sgd_(
        values, slopes, momentumBuffers, weight_decay, momentum, learning_rate, dampening, nesterov,
        /*maximize=*/false, first_step);
  });
}

gt_status gt_average_into(
    const gt_tensor *averages, const gt_tensor *values, int32_t count, double decay) noexcept {
  return guarded("average", [&] {
    const c10::AutoGradMode withoutGradients(false);
    const std::vector<at::Tensor> targets = borrowAll(averages, count);
    at::_foreach_lerp_(targets, borrowAll(values, count), 1 - decay);
  });
}

gt_status gt_average_by(
    const gt_tensor *averages, const gt_tensor *values, int32_t count, gt_tensor share) noexcept {
  return guarded("average", [&] {
    const c10::AutoGradMode withoutGradients(false);
    const std::vector<at::Tensor> targets = borrowAll(averages, count);
    const std::vector<at::Tensor> differences = at::_foreach_sub(borrowAll(values, count), targets);
    at::_foreach_mul_(differences, borrow(share));
    at::_foreach_add_(targets, differences);
  });
}

gt_status gt_copy_all(const gt_tensor *destinations, const gt_tensor *sources, int32_t count) noexcept {
  return guarded(
      "copy",
      [&] {
        const c10::AutoGradMode withoutGradients(false);
        for (int32_t index = 0; index < count; ++index) {
          const at::Tensor destination = borrow(destinations[index]), source = borrow(sources[index]);
          TORCH_CHECK(
              destination.sizes() == source.sizes(), "a tensor of shape ", source.sizes(),
              " doesn't fit into one of shape ", destination.sizes());
          destination.copy_(source);
        }
      },
      std::span<const gt_tensor>(destinations, static_cast<size_t>(count)));
}

gt_status gt_norm(const gt_tensor *tensors, int32_t count, double *out) noexcept {
  return guarded("norm", [&] {
    const c10::AutoGradMode withoutGradients(false);
    double sum = 0;
    if (count > 0 && !borrow(tensors[0]).is_cpu()) {
      // One wait for the device instead of one for each tensor.
      *out = at::stack(at::_foreach_norm(borrowAll(tensors, count), 2)).norm().item().toDouble();
      return;
    }
    for (int32_t index = 0; index < count; ++index) {
      const at::Tensor tensor = borrow(tensors[index]);
      // The order of the elements doesn't matter, so a dense tensor is read as it lies.
      const at::Tensor flat = tensor.is_non_overlapping_and_dense() ? tensor.as_strided({tensor.numel()}, {1})
                                                                    : tensor.reshape({-1});
      sum += at::dot(flat, flat).item().toDouble();
    }
    *out = std::sqrt(sum);
  });
}

gt_status gt_norm_on_device(const gt_tensor *tensors, int32_t count, gt_tensor *out) noexcept {
  return produce("norm", out, [&] {
    const c10::AutoGradMode withoutGradients(false);
    return at::stack(at::_foreach_norm(borrowAll(tensors, count), 2)).norm();
  });
}
