// Matrix products, convolutions, normalisation and the like.
#include "Convolution.hpp"
#include "Linear.hpp"

#include <ATen/ops/affine_grid_generator.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/grid_sampler_2d.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/upsample_bilinear2d.h>

using namespace gand;

namespace {

std::optional<at::Tensor> optional(gt_tensor handle) {
  if (handle.raw == nullptr) return std::nullopt;
  return borrowOptional(handle);
}

} // namespace

gt_status gt_matmul(gt_tensor left, gt_tensor right, gt_tensor *out) noexcept {
  return produce("matmul", out, [&] { return at::matmul(borrow(left), borrow(right)); }, left, right);
}

gt_status gt_symmetric_eigen(gt_tensor matrix, gt_tensor *values, gt_tensor *vectors) noexcept {
  return guarded(
      "eigenvalues",
      [&] {
        auto [found, columns] = at::linalg_eigh(borrow(matrix));
        *values = wrap(std::move(found));
        *vectors = wrap(std::move(columns));
      },
      matrix);
}

gt_status gt_linear(
    gt_tensor input, gt_tensor weight, gt_tensor bias, gt_activation activation, double slope,
    gt_tensor *out) noexcept {
  return produce(
      "linear", out,
      [&] { return linear(borrow(input), borrow(weight), optional(bias), activation, slope); }, input, weight, bias);
}

gt_status gt_convolution2d(
    gt_tensor input, gt_tensor weight, gt_tensor bias, intptr_t stride, intptr_t padding, intptr_t groups,
    gt_tensor *out) noexcept {
  return produce(
      "convolution", out,
      [&] { return convolution(borrow(input), borrow(weight), optional(bias), {stride, padding}, groups); }, input,
      weight, bias);
}

gt_status gt_transposed_convolution2d(
    gt_tensor input, gt_tensor weight, gt_tensor bias, intptr_t stride, intptr_t padding, intptr_t output_padding,
    gt_tensor *out) noexcept {
  return produce(
      "transposed convolution", out,
      [&] {
        return transposedConvolution(
            borrow(input), borrow(weight), optional(bias), {stride, padding}, output_padding);
      },
      input, weight, bias);
}

gt_status gt_batch_norm(
    gt_tensor input, gt_tensor weight, gt_tensor bias, gt_tensor running_mean, gt_tensor running_variance,
    bool training, double momentum, double epsilon, gt_tensor *out) noexcept {
  return produce(
      "batch norm", out,
      [&] {
        const at::Tensor borrowed = borrow(input);
        TORCH_CHECK(borrowed.dim() >= 2, "the input must have a batch and a channel dimension");
        TORCH_CHECK(
            !training || borrowed.numel() > borrowed.size(1),
            "training needs more than one value per channel");
        return at::batch_norm(
            borrowed, optional(weight), optional(bias), optional(running_mean), optional(running_variance), training,
            momentum, epsilon, /*cudnn_enabled=*/true);
      },
      input, weight, bias, running_mean, running_variance);
}

gt_status gt_resize(gt_tensor input, intptr_t height, intptr_t width, gt_tensor *out) noexcept {
  return produce(
      "resize", out,
      [&] { return at::upsample_bilinear2d(borrow(input), {height, width}, /*align_corners=*/false); }, input);
}

gt_status gt_halve(gt_tensor input, gt_tensor *out) noexcept {
  return produce(
      "halve", out,
      [&] {
        return at::avg_pool2d(
            borrow(input), {2, 2}, {2, 2}, {0, 0}, /*ceil_mode=*/true, /*count_include_pad=*/false);
      },
      input);
}

gt_status gt_transform(gt_tensor input, gt_tensor maps, bool mirrored, gt_tensor *out) noexcept {
  return produce(
      "transform", out,
      [&] {
        const at::Tensor images = borrow(input);
        TORCH_CHECK(images.dim() == 4, "the input must be [batch, channels, height, width]");
        const at::Tensor places = at::affine_grid_generator(borrow(maps), images.sizes(), /*align_corners=*/false);
        return at::grid_sampler_2d(
            images, places, /*interpolation: bilinear*/ 0, mirrored ? /*reflection*/ 2 : /*zeros*/ 0,
            /*align_corners=*/false);
      },
      input, maps);
}

gt_status gt_embedding(gt_tensor weight, gt_tensor indices, gt_tensor *out) noexcept {
  return produce("embedding", out, [&] { return at::embedding(borrow(weight), borrow(indices)); }, weight, indices);
}

gt_status gt_binary_cross_entropy(gt_tensor logits, double target, gt_tensor *out) noexcept {
  return produce(
      "binary cross-entropy", out,
      [&] {
        TORCH_CHECK(target >= 0 && target <= 1, "the target must be in [0, 1], not ", target);
        const at::Tensor scores = borrow(logits);
        // -(t log σ(x) + (1 - t) log(1 - σ(x))) = softplus(x) - t x; for t = 1 the same without cancellation.
        if (target == 1) return at::softplus(scores.neg()).mean();
        if (target == 0) return at::softplus(scores).mean();
        return at::softplus(scores).sub(scores.mul(target)).mean();
      },
      logits);
}
