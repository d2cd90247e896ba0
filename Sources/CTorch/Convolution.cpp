// Convolutions and transposed convolutions, with a way of our own to images of few channels.
//
// oneDNN fills a vector register with the channels of what it computes. Where that is an image, of 1 or 3 channels, as
// in a generator's last layer and in the gradient of a discriminator's first, most of the register is idle: measured
// were 12 to 36 GFLOP/s instead of 220. There the places of the map are multiplied with the whole kernel at once, and
// the products are added up where they overlap in the image.
#include "Convolution.hpp"
#include "Linear.hpp"
#include "Parallel.hpp"
#include "Precision.hpp"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <vector>

namespace gand {
namespace {

constexpr int64_t fewChannels = 4;

/// Whether `transposed` computes what `weight` [map channels, image channels, kernel, kernel] makes of a map.
bool isNarrow(const at::Tensor &map, const at::Tensor &weight) {
  return map.dim() == 4 && weight.dim() == 4 && weight.size(2) == weight.size(3)
      && weight.size(1) <= fewChannels && weight.size(0) > fewChannels
      && map.is_cpu() && weight.is_cpu() && map.scalar_type() == weight.scalar_type()
      && (map.scalar_type() == at::kFloat || map.scalar_type() == at::kBFloat16);
}

bool isRecorded(const at::Tensor &input, const at::Tensor &weight, const std::optional<at::Tensor> &bias) {
  return c10::GradMode::is_enabled()
      && (input.requires_grad() || weight.requires_grad() || (bias && bias->requires_grad()));
}

/// Adds the products of one row of the map to a row of the image: `kernel` pixels for each place, those of
/// neighbouring places overlapping.
template <typename Number>
void addRow(
    float *image, int64_t imageWidth, const Number *products, int64_t productsStride, int64_t mapWidth, int64_t kernel,
    int64_t channels, Sliding sliding) {
  for (int64_t place = 0; place < mapWidth; ++place, products += productsStride) {
    const int64_t left = place * sliding.stride - sliding.padding;
    const int64_t first = std::max<int64_t>(0, -left), last = std::min(kernel, imageWidth - left);
    float *target = image + (left + first) * channels;
    const Number *source = products + first * channels;
    for (int64_t index = 0; index < (last - first) * channels; ++index) {
      target[index] += static_cast<float>(source[index]);
    }
  }
}

/// Adds up the products of places, [batch, mapHeight, mapWidth, kernel, kernel, channels], where they overlap in the image,
/// [batch, channels, height, width] in channels-last order.
template <typename Number>
void addPlaces(
    const at::Tensor &image, const at::Tensor &products, const float *bias, int64_t mapHeight, int64_t mapWidth,
    int64_t kernel, Sliding sliding) {
  const int64_t batch = image.size(0), channels = image.size(1), height = image.size(2), width = image.size(3);
  const Number *const source = products.const_data_ptr<Number>();
  Number *const target = image.mutable_data_ptr<Number>();
  const int64_t productsOfPlace = kernel * kernel * channels;
  const int64_t parts = availableThreads();
  together(parts, [&](int64_t part) {
    const auto [begin, end] = share(batch * height, part, parts);
    // Sums are float32 whatever the image is.
    std::vector<float> sums(static_cast<size_t>(width * channels));
    for (int64_t row = begin; row < end; ++row) {
      const int64_t item = row / height, y = row % height;
      for (int64_t x = 0; x < width; ++x) std::copy_n(bias, channels, sums.data() + x * channels);
      for (int64_t k = 0; k < kernel; ++k) {
        const int64_t offset = y + sliding.padding - k;
        if (offset < 0 || offset % sliding.stride != 0 || offset / sliding.stride >= mapHeight) continue;
        const int64_t mapRow = item * mapHeight + offset / sliding.stride;
        addRow(
            sums.data(), width, source + mapRow * mapWidth * productsOfPlace + k * kernel * channels, productsOfPlace,
            mapWidth, kernel, channels, sliding);
      }
      std::copy(sums.begin(), sums.end(), target + row * width * channels);
    }
  });
}

/// map [batch, in, h, w] through weight [in, out, kernel, kernel] to an image [batch, out, height, width].
at::Tensor narrowTransposed(
    const at::Tensor &map, const at::Tensor &weight, const std::optional<at::Tensor> &bias, Sliding sliding,
    int64_t height, int64_t width) {
  const int64_t batch = map.size(0), mapHeight = map.size(2), mapWidth = map.size(3);
  const int64_t channels = weight.size(1), kernel = weight.size(2);
  const at::Tensor places =
      map.contiguous(at::MemoryFormat::ChannelsLast).permute({0, 2, 3, 1}).reshape({-1, map.size(1)});
  // [kernel × kernel × channels, in]: the products of a place lie in the order of the image's rows, pixels, channels.
  const at::Tensor kernels = weight.permute({2, 3, 1, 0}).reshape({-1, map.size(1)});
  const at::Tensor products = linear(places, kernels, std::nullopt, GT_ACTIVATION_NONE, 0);
  at::Tensor image = at::empty(
      {batch, channels, height, width}, map.options().requires_grad(false).memory_format(at::MemoryFormat::ChannelsLast));
  std::array<float, fewChannels> start{};
  if (bias) {
    const at::Tensor values = bias->to(at::kFloat).contiguous();
    std::copy_n(values.const_data_ptr<float>(), channels, start.begin());
  }
  (map.scalar_type() == at::kFloat ? addPlaces<float> : addPlaces<at::BFloat16>)(
      image, products, start.data(), mapHeight, mapWidth, kernel, sliding);
  return image;
}

/// Gradients that libtorch computes well, all or some of input, weight and bias; differentiable themselves.
std::array<at::Tensor, 3> libraryGradients(
    const at::Tensor &gradient, const at::Tensor &input, const at::Tensor &weight, Sliding sliding, bool transposed,
    int64_t outputPadding, std::array<bool, 3> wanted) {
  if (!wanted[0] && !wanted[1] && !wanted[2]) return {};
  const int64_t outputs = transposed ? weight.size(1) : weight.size(0);
  auto [ofInput, ofWeight, ofBias] = at::convolution_backward(
      gradient, input, weight, at::OptionalIntArrayRef({outputs}), {sliding.stride, sliding.stride},
      {sliding.padding, sliding.padding}, {1, 1}, transposed, {outputPadding, outputPadding}, 1, wanted);
  return {ofInput, ofWeight, ofBias};
}

/// A convolution of an image; the gradient of the image goes our way.
struct ImageConvolution : torch::autograd::Function<ImageConvolution> {
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
      const std::optional<at::Tensor> &bias, int64_t stride, int64_t padding) {
    context->save_for_backward({input, weight});
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    context->saved_data["has_bias"] = bias.has_value();
    return at::conv2d(input, weight, bias, stride, padding);
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1];
    const Sliding sliding{context->saved_data["stride"].toInt(), context->saved_data["padding"].toInt()};
    const bool ofInput = context->needs_input_grad(0);
    // A gradient that is to be differentiated again has to consist of operations that libtorch can differentiate.
    const bool isOurs = ofInput && !c10::GradMode::is_enabled();
    auto results = libraryGradients(
        gradients[0], input, weight, sliding, /*transposed=*/false, 0,
        {ofInput && !isOurs, context->needs_input_grad(1),
         context->saved_data["has_bias"].toBool() && context->needs_input_grad(2)});
    if (isOurs) {
      results[0] = narrowTransposed(gradients[0], weight, std::nullopt, sliding, input.size(2), input.size(3));
    }
    return {results[0], results[1], results[2], {}, {}};
  }
};

/// A transposed convolution to an image; the forward pass goes our way.
struct ImageTransposedConvolution : torch::autograd::Function<ImageTransposedConvolution> {
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
      const std::optional<at::Tensor> &bias, int64_t stride, int64_t padding, int64_t outputPadding, int64_t height,
      int64_t width) {
    context->save_for_backward({input, weight});
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    context->saved_data["output_padding"] = outputPadding;
    context->saved_data["has_bias"] = bias.has_value();
    return narrowTransposed(input, weight, bias, {stride, padding}, height, width);
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Sliding sliding{context->saved_data["stride"].toInt(), context->saved_data["padding"].toInt()};
    const auto results = libraryGradients(
        gradients[0], saved[0], saved[1], sliding, /*transposed=*/true, context->saved_data["output_padding"].toInt(),
        {context->needs_input_grad(0), context->needs_input_grad(1),
         context->saved_data["has_bias"].toBool() && context->needs_input_grad(2)});
    return {results[0], results[1], results[2], {}, {}, {}, {}, {}};
  }
};

} // namespace

at::Tensor convolution(
    const at::Tensor &givenInput, const at::Tensor &givenWeight, const std::optional<at::Tensor> &givenBias,
    Sliding sliding, int64_t groups) {
  const at::Tensor input = factor(givenInput), weight = factor(givenWeight);
  const std::optional<at::Tensor> bias = factor(givenBias);
  // Only a gradient of the input is ours to compute.
  if (groups == 1 && isNarrow(input, weight) && c10::GradMode::is_enabled() && input.requires_grad()) {
    return ImageConvolution::apply(input, weight, bias, sliding.stride, sliding.padding);
  }
  return at::conv2d(input, weight, bias, sliding.stride, sliding.padding, /*dilation=*/1, groups);
}

at::Tensor transposedConvolution(
    const at::Tensor &givenInput, const at::Tensor &givenWeight, const std::optional<at::Tensor> &givenBias,
    Sliding sliding, int64_t outputPadding) {
  const at::Tensor input = factor(givenInput), weight = factor(givenWeight);
  const std::optional<at::Tensor> bias = factor(givenBias);
  const bool isFit = isNarrow(input, weight) && input.size(1) == weight.size(0) && sliding.stride > 0
      && sliding.padding >= 0 && outputPadding >= 0 && outputPadding < sliding.stride
      && (!bias || (bias->dim() == 1 && bias->size(0) == weight.size(1)));
  // What doesn't fit is left to libtorch, which says why.
  if (isFit) {
    const auto side = [&](int64_t side) {
      return (side - 1) * sliding.stride - 2 * sliding.padding + weight.size(2) + outputPadding;
    };
    const int64_t height = side(input.size(2)), width = side(input.size(3));
    if (height > 0 && width > 0) {
      return isRecorded(input, weight, bias)
          ? ImageTransposedConvolution::apply(
                input, weight, bias, sliding.stride, sliding.padding, outputPadding, height, width)
          : narrowTransposed(input, weight, bias, sliding, height, width);
    }
  }
  return at::conv_transpose2d(input, weight, bias, sliding.stride, sliding.padding, outputPadding);
}

} // namespace gand
