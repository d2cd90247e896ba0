// What every shim function stands on: handles to and from `at::Tensor`, and the wall that no exception passes.
#pragma once

#include "CTorch.h"

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <exception>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace gand {

static_assert(std::is_same_v<intptr_t, int64_t>, "shapes are passed on without conversion");
static_assert(GT_UINT8 == static_cast<int>(at::kByte) && GT_INT64 == static_cast<int>(at::kLong));
static_assert(GT_FLOAT32 == static_cast<int>(at::kFloat) && GT_FLOAT64 == static_cast<int>(at::kDouble));
static_assert(GT_BOOL == static_cast<int>(at::kBool) && GT_BFLOAT16 == static_cast<int>(at::kBFloat16));
static_assert(GT_CPU == static_cast<int>(c10::DeviceType::CPU) && GT_CUDA == static_cast<int>(c10::DeviceType::CUDA));

using TensorPointer = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;

/// Counts the handle in `gt_live_tensor_count`.
gt_tensor wrap(at::Tensor &&tensor) noexcept;

/// The tensor behind a handle; an undefined tensor for an empty one.
inline at::Tensor borrowOptional(gt_tensor handle) noexcept {
  if (handle.raw == nullptr) return {};
  return at::Tensor(TensorPointer::reclaim_copy(static_cast<c10::TensorImpl *>(handle.raw)));
}

inline at::Tensor borrow(gt_tensor handle) {
  TORCH_CHECK(handle.raw != nullptr, "a tensor is missing");
  return borrowOptional(handle);
}

std::vector<at::Tensor> borrowAll(const gt_tensor *handles, int32_t count);

inline at::IntArrayRef sizes(const intptr_t *values, int32_t count) {
  return {values, static_cast<size_t>(count)};
}

at::TensorOptions options(gt_dtype dtype, gt_device device);

/// The tensors an error text shows: a few single ones, or a list.
struct Shown {
  std::string text;
  void add(gt_tensor tensor);
  void add(std::span<const gt_tensor> tensors);
};

/// Stores the calling thread's error.
void remember(const char *operation, const std::string &message, const Shown &shown) noexcept;

/// Looks at the exception being handled: remembers its text and says which status it amounts to.
gt_status classify(const char *operation, Shown (*show)(const void *), const void *context) noexcept;

/// Runs a body, and turns whatever it throws into a status and a text that names the operation and its tensors.
/// - tensors: `gt_tensor` or `std::span<const gt_tensor>`
template <typename Body, typename... Tensors>
gt_status guarded(const char *operation, Body &&body, const Tensors &...tensors) noexcept {
  try {
    body();
    return GT_OK;
  } catch (...) {
    auto show = [&tensors...]() {
      Shown shown;
      (shown.add(tensors), ...);
      return shown;
    };
    return classify(
        operation, [](const void *context) { return (*static_cast<const decltype(show) *>(context))(); }, &show);
  }
}

/// A body that returns one tensor, written to `out`.
template <typename Body, typename... Tensors>
gt_status produce(const char *operation, gt_tensor *out, Body &&body, const Tensors &...tensors) noexcept {
  return guarded(operation, [&] { *out = wrap(body()); }, tensors...);
}

} // namespace gand
