// The precision in which products and convolutions take their factors.
//
// What libtorch's autocast does, for the operations that this program has: weights stay float32, and so do the sums of their
// gradients; a layer's factors are cast on their way in, and what it makes stays bfloat16 until something else is asked of it.
#include "Precision.hpp"

namespace gand {
namespace {

thread_local bool isLowered = false;

} // namespace

at::Tensor factor(const at::Tensor &tensor) {
  return isLowered && tensor.scalar_type() == at::kFloat ? tensor.to(at::kBFloat16) : tensor;
}

std::optional<at::Tensor> factor(const std::optional<at::Tensor> &tensor) {
  return tensor ? std::optional(factor(*tensor)) : std::nullopt;
}

} // namespace gand

using namespace gand;

bool gt_exchange_low_precision(bool enabled) noexcept {
  const bool previous = isLowered;
  isLowered = enabled;
  return previous;
}

bool gt_has_low_precision(void) noexcept {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}
