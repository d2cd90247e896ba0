// Version, errors, threads and the count of handles.
#include "Guard.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/native/DispatchStub.h>
#include <c10/core/DefaultDtype.h>
#include <torch/csrc/inductor/aoti_torch/c/shim.h>
#include <torch/headeronly/version.h>

#include <atomic>
#include <cstring>

// MKL's count for the calling thread alone, which its global count (set by at::set_num_threads) doesn't override.
// Absent where libtorch was built without MKL.
extern "C" __attribute__((weak)) int MKL_Set_Num_Threads_Local(int count);

namespace gand {
namespace {

std::atomic<int64_t> liveTensors{0};

struct LastError {
  std::string operation;
  std::string detail;
};

LastError &lastError() noexcept {
  static thread_local LastError error;
  return error;
}

void describe(std::string &text, gt_tensor handle) {
  if (handle.raw == nullptr) {
    text += "none";
    return;
  }
  const at::Tensor tensor = borrowOptional(handle);
  text += '[';
  bool first = true;
  for (const int64_t size : tensor.sizes()) {
    if (!first) text += ", ";
    text += std::to_string(size);
    first = false;
  }
  text += "] ";
  text += c10::toString(tensor.scalar_type());
}

/// libtorch's checks begin with a sentence and may go on with advice to its own developers.
std::string firstParagraph(const std::string &text) {
  std::string result = text.substr(0, text.find("\nException raised from"));
  while (!result.empty() && (result.back() == '\n' || result.back() == ' ')) result.pop_back();
  return result;
}

} // namespace

gt_tensor wrap(at::Tensor &&tensor) noexcept {
  if (!tensor.defined()) return {nullptr};
  liveTensors.fetch_add(1, std::memory_order_relaxed);
  return {tensor.unsafeReleaseTensorImpl()};
}

std::vector<at::Tensor> borrowAll(const gt_tensor *handles, int32_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(static_cast<size_t>(count));
  for (int32_t index = 0; index < count; ++index) tensors.push_back(borrow(handles[index]));
  return tensors;
}

at::TensorOptions options(gt_dtype dtype, gt_device device) {
  const auto kind = static_cast<c10::DeviceType>(device.kind);
  const auto index = static_cast<c10::DeviceIndex>(device.kind == GT_CPU ? -1 : device.index);
  return at::TensorOptions(c10::Device(kind, index)).dtype(static_cast<at::ScalarType>(dtype));
}

void Shown::add(gt_tensor tensor) {
  if (!text.empty()) text += " and ";
  describe(text, tensor);
}

void Shown::add(std::span<const gt_tensor> tensors) {
  constexpr size_t shownAtMost = 8;
  for (size_t index = 0; index < tensors.size() && index < shownAtMost; ++index) add(tensors[index]);
  if (tensors.size() > shownAtMost) text += " and " + std::to_string(tensors.size() - shownAtMost) + " more";
}

void remember(const char *operation, const std::string &message, const Shown &shown) noexcept {
  try {
    LastError &error = lastError();
    error.operation = operation;
    error.detail = shown.text.empty() ? message : shown.text + ": " + message;
  } catch (...) {
    // No memory for the text: the status alone has to do.
  }
}

gt_status classify(const char *operation, Shown (*show)(const void *), const void *context) noexcept {
  Shown shown;
  try {
    shown = show(context);
  } catch (...) {
    // An error about an error is passed over.
  }
  try {
    throw;
  } catch (const c10::OutOfMemoryError &error) {
    remember(operation, firstParagraph(error.what_without_backtrace()), shown);
    return GT_MEMORY;
  } catch (const c10::Error &error) {
    const std::string text = firstParagraph(error.what_without_backtrace());
    remember(operation, text, shown);
    // libtorch's default allocator and oneDNN throw a plain c10::Error when memory is short.
    const bool memory = text.find("not enough memory") != std::string::npos
        || text.find("can't allocate memory") != std::string::npos;
    return memory ? GT_MEMORY : GT_ARGUMENT;
  } catch (const std::bad_alloc &) {
    remember(operation, "memory could not be had", shown);
    return GT_MEMORY;
  } catch (const std::exception &error) {
    remember(operation, firstParagraph(error.what()), shown);
    return GT_INTERNAL;
  } catch (...) {
    remember(operation, "an exception of unknown type", shown);
    return GT_INTERNAL;
  }
}

} // namespace gand

using namespace gand;

int32_t gt_abi_version(void) noexcept { return GT_ABI_VERSION; }

gt_status gt_check_library(void) noexcept {
  return guarded("check of libtorch's version", [] {
    const uint64_t loaded = aoti_torch_abi_version();
    const uint64_t built = TORCH_ABI_VERSION;
    TORCH_CHECK(
        loaded >> 40 == built >> 40, "gand was built for libtorch " TORCH_VERSION ", but ", loaded >> 56, ".",
        (loaded >> 48) & 255, ".", (loaded >> 40) & 255, " was loaded");
  });
}

const char *gt_library_version(void) noexcept { return TORCH_VERSION; }

const char *gt_cpu_capability(void) noexcept {
  static const std::string capability = [] {
    try {
      return at::get_cpu_capability();
    } catch (...) {
      return std::string("unknown");
    }
  }();
  return capability.c_str();
}

size_t gt_last_error(gt_error_part part, char *buffer, size_t capacity) noexcept {
  const LastError &error = lastError();
  const std::string &text = part == GT_ERROR_OPERATION ? error.operation : error.detail;
  if (buffer != nullptr && capacity > 0) std::memcpy(buffer, text.data(), std::min(capacity, text.size()));
  return text.size();
}

gt_status gt_set_thread_count(int32_t count) noexcept {
  return guarded("setting the thread count", [&] {
    TORCH_CHECK(count >= 1, "the thread count must be 1 or more, not ", count);
    // At its first look a thread takes the count that any thread set last (ATen/Parallel.h). That has to be over by then, or another
    // thread's wish would come in place of this one.
    at::internal::lazy_init_num_threads();
    at::get_num_threads();
    at::set_num_threads(count);
    if (MKL_Set_Num_Threads_Local != nullptr) MKL_Set_Num_Threads_Local(count);
  });
}

int32_t gt_thread_count(void) noexcept {
  try {
    return at::get_num_threads();
  } catch (...) {
    return 1;
  }
}

int32_t gt_cuda_device_count(void) noexcept {
  try {
    return at::globalContext().hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0;
  } catch (...) {
    return 0;
  }
}

int64_t gt_live_tensor_count(void) noexcept { return liveTensors.load(std::memory_order_relaxed); }

void gt_tensor_free(gt_tensor tensor) noexcept {
  if (tensor.raw == nullptr) return;
  liveTensors.fetch_sub(1, std::memory_order_relaxed);
  // The pointer's destructor gives the reference back.
  TensorPointer::reclaim(static_cast<c10::TensorImpl *>(tensor.raw));
}
