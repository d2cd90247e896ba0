// Linear layers: the product, bias and activation as one node of the gradient graph.
//
// libtorch itself multiplies with BLAS; where the thread has chosen oneDNN (MatrixProduct.cpp has why), that is asked.
#include "Linear.hpp"

#include "MatrixProduct.hpp"
#include "Precision.hpp"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/leaky_relu_backward.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/sigmoid_backward.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/tanh_backward.h>
#include <ATen/ops/threshold_backward.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <string_view>

namespace gand {
namespace {

using Pointwise = at::Tensor(
    const at::Tensor &, const at::Tensor &, const std::optional<at::Tensor> &, std::string_view,
    c10::List<std::optional<at::Scalar>>, std::optional<std::string_view>);

/// oneDNN's linear layer; absent where libtorch was built without oneDNN.
const std::optional<c10::TypedOperatorHandle<Pointwise>> &pointwise() {
  static const auto handle = []() -> std::optional<c10::TypedOperatorHandle<Pointwise>> {
    const auto found = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
    if (!found) return std::nullopt;
    return found->typed<Pointwise>();
  }();
  return handle;
}

bool isWorthwhile(const at::Tensor &input, const at::Tensor &weight) {
  return input.dim() == 2 && weight.dim() == 2 && input.size(1) == weight.size(1) && input.is_cpu()
      && input.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat
      && isForOneDNN(input.numel() * weight.size(0)) && pointwise().has_value();
}

/// left [m, k] × right [n, k]ᵀ, with bias and those activations that oneDNN computes exactly.
at::Tensor product(
    const at::Tensor &left, const at::Tensor &right, const std::optional<at::Tensor> &bias = std::nullopt,
    gt_activation activation = GT_ACTIVATION_NONE, double slope = 0) {
  c10::List<std::optional<at::Scalar>> scalars;
  std::string_view name = "none";
  if (activation == GT_ACTIVATION_RELU) name = "relu";
  if (activation == GT_ACTIVATION_LEAKY_RELU) {
    name = "leaky_relu";
    scalars.push_back(at::Scalar(slope));
  }
  at::Tensor result = pointwise()->call(left, right, bias, name, scalars, "");
  const bool isLeft = activation == GT_ACTIVATION_TANH || activation == GT_ACTIVATION_SIGMOID;
  return isLeft ? activatedInPlace(std::move(result), activation, slope) : result;
}

at::Tensor multiplied(const at::Tensor &left, const at::Tensor &right);

/// left [m, k] × right [k, n], by oneDNN, as a node of the gradient graph.
struct ProductFunction : torch::autograd::Function<ProductFunction> {
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &left, const at::Tensor &right) {
    context->save_for_backward({left, right});
    return product(left, right.t());
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    torch::autograd::variable_list results(2);
    if (context->needs_input_grad(0)) results[0] = multiplied(gradients[0], saved[1].t());
    if (context->needs_input_grad(1)) results[1] = multiplied(saved[0].t(), gradients[0]);
    return results;
  }
};

/// left [m, k] × right [k, n] within a backward pass, which may itself have to be differentiated.
at::Tensor multiplied(const at::Tensor &left, const at::Tensor &right) {
  const at::Tensor transposed = right.t();
  if (!isWorthwhile(left, transposed)) return at::mm(left, right);
  if (c10::GradMode::is_enabled() && (left.requires_grad() || right.requires_grad())) {
    return ProductFunction::apply(left, right);
  }
  return product(left, transposed);
}

at::Tensor activationGradient(
    const at::Tensor &gradient, const at::Tensor &output, gt_activation activation, double slope) {
  switch (activation) {
  case GT_ACTIVATION_NONE: return gradient;
  case GT_ACTIVATION_RELU: return at::threshold_backward(gradient, output, 0);
  case GT_ACTIVATION_LEAKY_RELU: return at::leaky_relu_backward(gradient, output, slope, /*self_is_result=*/true);
  case GT_ACTIVATION_TANH: return at::tanh_backward(gradient, output);
  case GT_ACTIVATION_SIGMOID: return at::sigmoid_backward(gradient, output);
  }
  TORCH_CHECK(false, "no such activation: ", static_cast<int>(activation));
}

struct LinearFunction : torch::autograd::Function<LinearFunction> {
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
      const std::optional<at::Tensor> &bias, int64_t activation, double slope) {
    at::Tensor output = product(input, weight, bias, static_cast<gt_activation>(activation), slope);
    context->save_for_backward({input, weight, activation == GT_ACTIVATION_NONE ? at::Tensor() : output});
    context->saved_data["activation"] = activation;
    context->saved_data["slope"] = slope;
    context->saved_data["has_bias"] = bias.has_value();
    return output;
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor gradient = activationGradient(
        gradients[0], saved[2], static_cast<gt_activation>(context->saved_data["activation"].toInt()),
        context->saved_data["slope"].toDouble());
    torch::autograd::variable_list results(5);
    if (context->needs_input_grad(0)) results[0] = multiplied(gradient, saved[1]);
    if (context->needs_input_grad(1)) results[1] = multiplied(gradient.t(), saved[0]);
    if (context->saved_data["has_bias"].toBool() && context->needs_input_grad(2)) results[2] = gradient.sum(0);
    return results;
  }
};

} // namespace

at::Tensor activatedInPlace(at::Tensor result, gt_activation activation, double slope) {
  switch (activation) {
  case GT_ACTIVATION_NONE: return result;
  case GT_ACTIVATION_RELU: return at::relu_(result);
  case GT_ACTIVATION_LEAKY_RELU: return at::leaky_relu_(result, slope);
  case GT_ACTIVATION_TANH: return at::tanh_(result);
  case GT_ACTIVATION_SIGMOID: return at::sigmoid_(result);
  }
  TORCH_CHECK(false, "no such activation: ", static_cast<int>(activation));
}

at::Tensor linear(
    const at::Tensor &givenInput, const at::Tensor &givenWeight, const std::optional<at::Tensor> &givenBias,
    gt_activation activation, double slope) {
  const at::Tensor input = factor(givenInput), weight = factor(givenWeight);
  const std::optional<at::Tensor> bias = factor(givenBias);
  TORCH_CHECK(
      activation != GT_ACTIVATION_LEAKY_RELU || slope >= 0, "the slope must be 0 or more, not ", slope);
  if (!isWorthwhile(input, weight)) {
    return activatedInPlace(at::linear(input, weight, bias), activation, slope);
  }
  TORCH_CHECK(
      !bias || (bias->dim() == 1 && bias->size(0) == weight.size(0)), "the bias must have one value per output");
  const bool isRecorded = c10::GradMode::is_enabled()
      && (input.requires_grad() || weight.requires_grad() || (bias && bias->requires_grad()));
  return isRecorded ? LinearFunction::apply(input, weight, bias, static_cast<int64_t>(activation), slope)
                    : product(input, weight, bias, activation, slope);
}

} // namespace gand
