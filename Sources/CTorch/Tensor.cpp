// Making, reading and viewing tensors.
#include "Guard.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/index_select.h>
#include <c10/core/GradMode.h>

#include <cstring>

using namespace gand;

namespace {

/// Row-major elements on the CPU: the tensor itself where they are that already.
at::Tensor rowMajorOnHost(const at::Tensor &tensor) {
  return tensor.detach().to(at::kCPU).contiguous();
}

} // namespace

gt_status gt_empty(const intptr_t *shape, int32_t rank, gt_dtype dtype, gt_device device, gt_tensor *out) noexcept {
  return produce("empty", out, [&] { return at::empty(sizes(shape, rank), options(dtype, device)); });
}

gt_status gt_full(
    const intptr_t *shape, int32_t rank, double value, gt_dtype dtype, gt_device device, gt_tensor *out) noexcept {
  return produce("full", out, [&] { return at::full(sizes(shape, rank), value, options(dtype, device)); });
}

gt_status gt_from_bytes(
    const void *bytes, size_t length, const intptr_t *shape, int32_t rank, gt_dtype dtype, gt_device device,
    gt_tensor *out) noexcept {
  return produce("tensor from bytes", out, [&] {
    at::Tensor tensor = at::empty(sizes(shape, rank), options(dtype, {GT_CPU, 0}));
    TORCH_CHECK(
        tensor.nbytes() == length, "the shape ", tensor.sizes(), " needs ", tensor.nbytes(), " bytes, not ", length);
    if (length > 0) std::memcpy(tensor.mutable_data_ptr(), bytes, length);
    return device.kind == GT_CPU ? tensor : tensor.to(options(dtype, device));
  });
}

gt_status gt_range(int64_t start, int64_t end, gt_tensor *out) noexcept {
  return produce("range", out, [&] { return at::arange(start, end, at::kLong); });
}

gt_status gt_rank(gt_tensor tensor, int32_t *out) noexcept {
  return guarded("rank", [&] { *out = static_cast<int32_t>(borrow(tensor).dim()); });
}

gt_status gt_shape(gt_tensor tensor, intptr_t *shape, int32_t capacity, int32_t *rank) noexcept {
  return guarded("shape", [&] {
    const at::Tensor borrowed = borrow(tensor);
    TORCH_CHECK(borrowed.dim() <= capacity, "the rank ", borrowed.dim(), " is above ", capacity);
    std::copy(borrowed.sizes().begin(), borrowed.sizes().end(), shape);
    *rank = static_cast<int32_t>(borrowed.dim());
  });
}

gt_status gt_element_count(gt_tensor tensor, intptr_t *out) noexcept {
  return guarded("element count", [&] { *out = borrow(tensor).numel(); });
}

gt_status gt_tensor_dtype(gt_tensor tensor, gt_dtype *out) noexcept {
  return guarded("element type", [&] {
    const at::ScalarType type = borrow(tensor).scalar_type();
    switch (type) {
    case at::kByte:
    case at::kLong:
    case at::kFloat:
    case at::kDouble:
    case at::kBool:
    case at::kBFloat16:
      *out = static_cast<gt_dtype>(type);
      return;
    default:
      TORCH_CHECK(false, "the element type ", c10::toString(type), " is none of ours");
    }
  });
}

gt_status gt_tensor_device(gt_tensor tensor, gt_device *out) noexcept {
  return guarded("device", [&] {
    const c10::Device device = borrow(tensor).device();
    TORCH_CHECK(device.is_cpu() || device.is_cuda(), "the device ", device, " is none of ours");
    *out = {device.is_cpu() ? GT_CPU : GT_CUDA, device.is_cpu() ? 0 : device.index()};
  });
}

gt_status gt_requires_gradient(gt_tensor tensor, bool *out) noexcept {
  return guarded("gradient requirement", [&] { *out = borrow(tensor).requires_grad(); });
}

gt_status gt_is_channels_last(gt_tensor tensor, bool *out) noexcept {
  return guarded("byte order", [&] { *out = borrow(tensor).is_contiguous(at::MemoryFormat::ChannelsLast); });
}

gt_status gt_item(gt_tensor tensor, double *out) noexcept {
  return guarded("item", [&] { *out = borrow(tensor).item().toDouble(); }, tensor);
}

gt_status gt_items(const gt_tensor *tensors, int32_t count, double *out) noexcept {
  const std::span<const gt_tensor> all(tensors, static_cast<size_t>(count));
  return guarded(
      "items",
      [&] {
        for (const gt_tensor tensor : all) *out++ = borrow(tensor).item().toDouble();
      },
      all);
}

gt_status gt_copy_bytes(gt_tensor tensor, void *buffer, size_t length) noexcept {
  return guarded(
      "bytes",
      [&] {
        const at::Tensor source = rowMajorOnHost(borrow(tensor));
        TORCH_CHECK(source.nbytes() == length, "the tensor has ", source.nbytes(), " bytes, not ", length);
        if (length > 0) std::memcpy(buffer, source.const_data_ptr(), length);
      },
      tensor);
}

gt_status gt_data(gt_tensor tensor, const void **out, size_t *length) noexcept {
  return guarded(
      "data",
      [&] {
        const at::Tensor source = borrow(tensor);
        TORCH_CHECK(source.is_cpu() && source.is_contiguous(), "only row-major elements on the CPU have an address");
        *length = source.nbytes();
        *out = source.const_data_ptr();
      },
      tensor);
}

gt_status gt_detach(gt_tensor tensor, gt_tensor *out) noexcept {
  return produce("detach", out, [&] { return borrow(tensor).detach(); }, tensor);
}

gt_status gt_clone(gt_tensor tensor, gt_tensor *out) noexcept {
  return produce("clone", out, [&] { return borrow(tensor).clone(); }, tensor);
}

gt_status gt_set_requires_gradient(gt_tensor tensor, bool required, gt_tensor *out) noexcept {
  return produce(
      "gradient requirement", out,
      [&] {
        at::Tensor leaf = borrow(tensor).detach();
        leaf.set_requires_grad(required);
        return leaf;
      },
      tensor);
}

gt_status gt_contiguous(gt_tensor tensor, gt_memory_format format, gt_tensor *out) noexcept {
  return produce(
      "contiguous", out,
      [&] {
        if (format == GT_ROW_MAJOR) return borrow(tensor).contiguous();
        const at::Tensor result = borrow(tensor).contiguous(at::MemoryFormat::ChannelsLast);
        if (result.size(1) != 1 || result.suggest_memory_format() == at::MemoryFormat::ChannelsLast) return result;
        // A single channel lies in both orders at once; libtorch takes the strides for a hint, and would give the result
        // of a convolution, with its many channels, the other order.
        return result.view({result.size(0), result.size(2), result.size(3), 1}).permute({0, 3, 1, 2});
      },
      tensor);
}

gt_status gt_cast(gt_tensor tensor, gt_dtype dtype, gt_tensor *out) noexcept {
  return produce("cast", out, [&] { return borrow(tensor).to(static_cast<at::ScalarType>(dtype)); }, tensor);
}

gt_status gt_move(gt_tensor tensor, gt_device device, gt_tensor *out) noexcept {
  return produce("move", out, [&] { return borrow(tensor).to(options(GT_FLOAT32, device).device()); }, tensor);
}

gt_status gt_move_in_place(gt_tensor tensor, gt_device device) noexcept {
  return guarded(
      "move",
      [&] {
        const c10::AutoGradMode withoutGradients(false);
        const at::Tensor moved = borrow(tensor);
        moved.set_data(moved.detach().to(options(GT_FLOAT32, device).device()));
      },
      tensor);
}

gt_status gt_fill(gt_tensor tensor, double value) noexcept {
  return guarded(
      "fill",
      [&] {
        const c10::AutoGradMode withoutGradients(false);
        borrow(tensor).fill_(value);
      },
      tensor);
}

gt_status gt_copy_into(gt_tensor destination, gt_tensor source) noexcept {
  return gt_copy_all(&destination, &source, 1);
}

gt_status gt_reshape(gt_tensor tensor, const intptr_t *shape, int32_t rank, gt_tensor *out) noexcept {
  return produce("reshape", out, [&] { return borrow(tensor).reshape(sizes(shape, rank)); }, tensor);
}

gt_status gt_expand(gt_tensor tensor, const intptr_t *shape, int32_t rank, gt_tensor *out) noexcept {
  return produce("expand", out, [&] { return borrow(tensor).expand(sizes(shape, rank)); }, tensor);
}

gt_status gt_permute(gt_tensor tensor, const intptr_t *order, int32_t rank, gt_tensor *out) noexcept {
  return produce("permute", out, [&] { return borrow(tensor).permute(sizes(order, rank)); }, tensor);
}

gt_status gt_narrow(
    gt_tensor tensor, intptr_t dimension, intptr_t start, intptr_t length, gt_tensor *out) noexcept {
  return produce("narrow", out, [&] { return borrow(tensor).narrow(dimension, start, length); }, tensor);
}

gt_status gt_index_select(gt_tensor tensor, intptr_t dimension, gt_tensor indices, gt_tensor *out) noexcept {
  return produce(
      "index select", out, [&] { return at::index_select(borrow(tensor), dimension, borrow(indices)); }, tensor,
      indices);
}

gt_status gt_concatenate(const gt_tensor *tensors, int32_t count, intptr_t dimension, gt_tensor *out) noexcept {
  return produce(
      "concatenate", out, [&] { return at::cat(borrowAll(tensors, count), dimension); },
      std::span<const gt_tensor>(tensors, static_cast<size_t>(count)));
}

gt_status gt_pad(gt_tensor tensor, const intptr_t *amounts, int32_t count, double value, gt_tensor *out) noexcept {
  return produce(
      "pad", out, [&] { return at::constant_pad_nd(borrow(tensor), sizes(amounts, count), value); }, tensor);
}
