// Elementwise operations, comparisons, reductions and activations.
#include "Guard.hpp"

#include <ATen/ops/abs.h>
#include <ATen/ops/add.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/div.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/ge.h>
#include <ATen/ops/gt.h>
#include <ATen/ops/le.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/lt.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/neg.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/reciprocal.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rsub.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/square.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/where.h>

#include <cmath>

using namespace gand;

namespace {

const char *name(gt_unary_operation operation) {
  switch (operation) {
  case GT_UNARY_NEGATE: return "negate";
  case GT_UNARY_EXPONENTIAL: return "exponential";
  case GT_UNARY_LOGARITHM: return "logarithm";
  case GT_UNARY_SQUARE_ROOT: return "square root";
  case GT_UNARY_SQUARE: return "square";
  case GT_UNARY_ABSOLUTE: return "absolute value";
  case GT_UNARY_SIGMOID: return "sigmoid";
  case GT_UNARY_LOG_SIGMOID: return "log-sigmoid";
  case GT_UNARY_SOFTPLUS: return "softplus";
  case GT_UNARY_SINE: return "sine";
  case GT_UNARY_COSINE: return "cosine";
  }
  return "elementwise operation";
}

const char *name(gt_binary_operation operation) {
  switch (operation) {
  case GT_BINARY_ADD: return "add";
  case GT_BINARY_SUBTRACT: return "subtract";
  case GT_BINARY_MULTIPLY: return "multiply";
  case GT_BINARY_DIVIDE: return "divide";
  case GT_BINARY_MAXIMUM: return "maximum";
  case GT_BINARY_MINIMUM: return "minimum";
  case GT_BINARY_GREATER: return "greater";
  case GT_BINARY_GREATER_OR_EQUAL: return "greater or equal";
  case GT_BINARY_LESS: return "less";
  case GT_BINARY_LESS_OR_EQUAL: return "less or equal";
  case GT_BINARY_EQUAL: return "equal";
  }
  return "elementwise operation";
}

const char *name(gt_activation activation) {
  switch (activation) {
  case GT_ACTIVATION_NONE: return "identity";
  case GT_ACTIVATION_RELU: return "relu";
  case GT_ACTIVATION_LEAKY_RELU: return "leaky relu";
  case GT_ACTIVATION_TANH: return "tanh";
  case GT_ACTIVATION_SIGMOID: return "sigmoid";
  }
  return "activation";
}

} // namespace

gt_status gt_unary(gt_unary_operation operation, gt_tensor tensor, gt_tensor *out) noexcept {
  return produce(
      name(operation), out,
      [&]() -> at::Tensor {
        const at::Tensor input = borrow(tensor);
        switch (operation) {
        case GT_UNARY_NEGATE: return at::neg(input);
        case GT_UNARY_EXPONENTIAL: return at::exp(input);
        case GT_UNARY_LOGARITHM: return at::log(input);
        case GT_UNARY_SQUARE_ROOT: return at::sqrt(input);
        case GT_UNARY_SQUARE: return at::square(input);
        case GT_UNARY_ABSOLUTE: return at::abs(input);
        case GT_UNARY_SIGMOID: return at::sigmoid(input);
        case GT_UNARY_LOG_SIGMOID: return at::log_sigmoid(input);
        case GT_UNARY_SOFTPLUS: return at::softplus(input);
        case GT_UNARY_SINE: return at::sin(input);
        case GT_UNARY_COSINE: return at::cos(input);
        }
        TORCH_CHECK(false, "no such operation: ", static_cast<int>(operation));
      },
      tensor);
}

gt_status gt_binary(gt_binary_operation operation, gt_tensor left, gt_tensor right, gt_tensor *out) noexcept {
  return produce(
      name(operation), out,
      [&]() -> at::Tensor {
        const at::Tensor a = borrow(left), b = borrow(right);
        switch (operation) {
        case GT_BINARY_ADD: return at::add(a, b);
        case GT_BINARY_SUBTRACT: return at::sub(a, b);
        case GT_BINARY_MULTIPLY: return at::mul(a, b);
        case GT_BINARY_DIVIDE: return at::div(a, b);
        case GT_BINARY_MAXIMUM: return at::maximum(a, b);
        case GT_BINARY_MINIMUM: return at::minimum(a, b);
        case GT_BINARY_GREATER: return at::gt(a, b);
        case GT_BINARY_GREATER_OR_EQUAL: return at::ge(a, b);
        case GT_BINARY_LESS: return at::lt(a, b);
        case GT_BINARY_LESS_OR_EQUAL: return at::le(a, b);
        case GT_BINARY_EQUAL: return at::eq(a, b);
        }
        TORCH_CHECK(false, "no such operation: ", static_cast<int>(operation));
      },
      left, right);
}

gt_status gt_binary_number(gt_binary_operation operation, gt_tensor left, double right, gt_tensor *out) noexcept {
  return produce(
      name(operation), out,
      [&]() -> at::Tensor {
        const at::Tensor a = borrow(left);
        switch (operation) {
        case GT_BINARY_ADD: return at::add(a, right);
        case GT_BINARY_SUBTRACT: return at::sub(a, right);
        case GT_BINARY_MULTIPLY: return at::mul(a, right);
        case GT_BINARY_DIVIDE: return at::div(a, right);
        case GT_BINARY_MAXIMUM: return at::maximum(a, at::scalar_tensor(right, a.options().requires_grad(false)));
        case GT_BINARY_MINIMUM: return at::minimum(a, at::scalar_tensor(right, a.options().requires_grad(false)));
        case GT_BINARY_GREATER: return at::gt(a, right);
        case GT_BINARY_GREATER_OR_EQUAL: return at::ge(a, right);
        case GT_BINARY_LESS: return at::lt(a, right);
        case GT_BINARY_LESS_OR_EQUAL: return at::le(a, right);
        case GT_BINARY_EQUAL: return at::eq(a, right);
        }
        TORCH_CHECK(false, "no such operation: ", static_cast<int>(operation));
      },
      left);
}

gt_status gt_binary_reversed(gt_binary_operation operation, double left, gt_tensor right, gt_tensor *out) noexcept {
  return produce(
      name(operation), out,
      [&]() -> at::Tensor {
        const at::Tensor b = borrow(right);
        switch (operation) {
        case GT_BINARY_SUBTRACT: return at::rsub(b, left);
        case GT_BINARY_DIVIDE: return at::mul(at::reciprocal(b), left);
        default: TORCH_CHECK(false, "only subtraction and division take a number on the left");
        }
      },
      right);
}

gt_status gt_power(gt_tensor tensor, double exponent, gt_tensor *out) noexcept {
  return produce("power", out, [&] { return at::pow(borrow(tensor), exponent); }, tensor);
}

gt_status gt_clamp(gt_tensor tensor, double lower, double upper, gt_tensor *out) noexcept {
  return produce(
      "clamp", out,
      [&] {
        const auto bound = [](double value) {
          return std::isnan(value) ? std::optional<at::Scalar>() : std::optional<at::Scalar>(value);
        };
        return at::clamp(borrow(tensor), bound(lower), bound(upper));
      },
      tensor);
}

gt_status gt_reduce(
    gt_reduction_operation operation, gt_tensor tensor, const intptr_t *dimensions, int32_t count,
    bool keep_dimensions, gt_tensor *out) noexcept {
  static constexpr const char *names[] = {"sum", "mean", "maximum of elements", "minimum of elements"};
  return produce(
      names[operation], out,
      [&]() -> at::Tensor {
        const at::Tensor input = borrow(tensor);
        const at::IntArrayRef over = sizes(dimensions, count);
        switch (operation) {
        case GT_REDUCTION_SUM: return at::sum(input, over, keep_dimensions);
        case GT_REDUCTION_MEAN: {
          const bool integral = c10::isIntegralType(input.scalar_type(), /*includeBool=*/true);
          const auto type = integral ? std::optional(at::kFloat) : std::nullopt;
          return at::mean(input, over, keep_dimensions, type);
        }
        case GT_REDUCTION_MAXIMUM: return at::amax(input, over, keep_dimensions);
        case GT_REDUCTION_MINIMUM: return at::amin(input, over, keep_dimensions);
        }
        TORCH_CHECK(false, "no such operation: ", static_cast<int>(operation));
      },
      tensor);
}

gt_status gt_argmax(gt_tensor tensor, intptr_t dimension, gt_tensor *out) noexcept {
  return produce("argmax", out, [&] { return at::argmax(borrow(tensor), dimension); }, tensor);
}

gt_status gt_log_softmax(gt_tensor tensor, intptr_t dimension, gt_tensor *out) noexcept {
  return produce("log-softmax", out, [&] { return at::log_softmax(borrow(tensor), dimension); }, tensor);
}

gt_status gt_activate(
    gt_activation activation, gt_tensor tensor, double slope, bool in_place, gt_tensor *out) noexcept {
  return produce(
      name(activation), out,
      [&]() -> at::Tensor {
        at::Tensor input = borrow(tensor);
        switch (activation) {
        case GT_ACTIVATION_NONE: return input;
        case GT_ACTIVATION_RELU: return in_place ? at::relu_(input) : at::relu(input);
        case GT_ACTIVATION_LEAKY_RELU:
          TORCH_CHECK(slope >= 0, "the slope must be 0 or more, not ", slope);
          return in_place ? at::leaky_relu_(input, slope) : at::leaky_relu(input, slope);
        case GT_ACTIVATION_TANH: return in_place ? at::tanh_(input) : at::tanh(input);
        case GT_ACTIVATION_SIGMOID: return in_place ? at::sigmoid_(input) : at::sigmoid(input);
        }
        TORCH_CHECK(false, "no such activation: ", static_cast<int>(activation));
      },
      tensor);
}
