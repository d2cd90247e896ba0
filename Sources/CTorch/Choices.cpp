// What a generator of rows puts out: scalars, and choices between the slots of many heads at once.
//
// A row is [scalars | first head | second head | …]. All heads go through one pass over the row, whatever their widths: a loop
// of operations for each of them costs a node, a tensor and a wait of all threads each.
#include "Choices.hpp"

#include "Guard.hpp"
#include "Parallel.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace gand {
namespace {

/// Softmax in place.
void soften(float *values, int64_t count, float sharpness) {
  const float largest = *std::max_element(values, values + count);
  exponentials(values, count, largest, sharpness);
  float sum = 0;
  for (int64_t slot = 0; slot < count; ++slot) sum += values[slot];
  const float share = 1 / sum;
  for (int64_t slot = 0; slot < count; ++slot) values[slot] *= share;
}

} // namespace

void choose(float *soft, const float *raw, const float *noise, const Heads &heads, Choosing how) {
  for (int64_t index = 0; index < heads.scalars; ++index) soft[index] = std::tanh(raw[index]);
  addGumbel(soft + heads.scalars, raw + heads.scalars, noise == nullptr ? nullptr : noise + heads.scalars,
            how.mask == nullptr ? nullptr : how.mask + heads.scalars, heads.width() - heads.scalars);
  heads.forEach([&](int64_t start, int64_t end) { soften(soft + start, end - start, how.sharpness); });
}

void harden(float *hard, const float *soft, const Heads &heads) {
  std::copy_n(soft, heads.scalars, hard);
  std::fill(hard + heads.scalars, hard + heads.width(), 0.0f);
  heads.forEach([&](int64_t start, int64_t end) { hard[std::max_element(soft + start, soft + end) - soft] = 1; });
}

void chooseBackward(float *result, const float *gradients, const float *soft, const Heads &heads, float sharpness) {
  for (int64_t index = 0; index < heads.scalars; ++index) {
    result[index] = gradients[index] * (1 - soft[index] * soft[index]);
  }
  heads.forEach([&](int64_t start, int64_t end) {
    float mean = 0;
    for (int64_t slot = start; slot < end; ++slot) mean += soft[slot] * gradients[slot];
    for (int64_t slot = start; slot < end; ++slot) {
      result[slot] = soft[slot] * (gradients[slot] - mean) * sharpness;
    }
  });
}

double wanted(float *gradients, const float *raw, const float *mask, const Heads &heads, int64_t slot, float scale) {
  const auto [start, end] = heads.head(slot);
  static thread_local std::vector<float> shares;
  shares.assign(raw + start, raw + end);
  for (int64_t place = start; mask != nullptr && place < end; ++place) shares[place - start] += mask[place];
  soften(shares.data(), end - start, 1);
  const double loss = -std::log(std::max(shares[slot - start], std::numeric_limits<float>::min()));
  shares[slot - start] -= 1;
  for (int64_t place = start; place < end; ++place) gradients[place] += scale * shares[place - start];
  return loss;
}

} // namespace gand

using namespace gand;

namespace {

void check(const at::Tensor &raw, const Heads &heads) {
  TORCH_CHECK(
      raw.dim() == 2 && raw.scalar_type() == at::kFloat && raw.size(1) == heads.width(), "rows of ", heads.width(),
      " numbers were expected, not ", raw.sizes());
}

/// Does something with ranges of rows, several at once where they are many.
template <typename Body> void inParts(int64_t rows, const Body &body) {
  constexpr int64_t fewest = 16;
  const int64_t parts = std::max<int64_t>(1, std::min(availableThreads(), rows / fewest));
  together(parts, [&](int64_t index) {
    const auto [begin, end] = share(rows, index, parts);
    body(begin, end);
  });
}

/// Tanh of the scalars, and a soft choice in each head (Jang et al. 2017, equation 2); where it is to be a hard one, the
/// gradient is still the soft one's.
struct ChoiceFunction : torch::autograd::Function<ChoiceFunction> {
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &given, const std::optional<at::Tensor> &givenNoise,
      const std::optional<at::Tensor> &givenMask, int64_t scalars, std::vector<int64_t> ends, double temperature, bool isHard) {
    const Heads heads(scalars, std::move(ends));
    const at::Tensor raw = given.contiguous();
    const at::Tensor noise = givenNoise ? givenNoise->contiguous() : at::Tensor();
    const at::Tensor mask = givenMask ? givenMask->contiguous() : at::Tensor();
    at::Tensor soft = at::empty_like(raw);
    at::Tensor shown = isHard ? at::empty_like(raw) : soft;
    const int64_t width = heads.width();
    const float *const source = raw.const_data_ptr<float>();
    const float *const uniform = noise.defined() ? noise.const_data_ptr<float>() : nullptr;
    const float *const added = mask.defined() ? mask.const_data_ptr<float>() : nullptr;
    float *const target = soft.mutable_data_ptr<float>(), *const chosen = shown.mutable_data_ptr<float>();
    const Choosing how{added, static_cast<float>(1 / temperature)};
    inParts(raw.size(0), [&](int64_t begin, int64_t end) {
      for (int64_t offset = begin * width; offset < end * width; offset += width) {
        choose(target + offset, source + offset, uniform == nullptr ? nullptr : uniform + offset, heads, how);
        if (isHard) harden(chosen + offset, target + offset, heads);
      }
    });
    context->save_for_backward({soft});
    context->saved_data["scalars"] = scalars;
    context->saved_data["ends"] = heads.ends;
    context->saved_data["temperature"] = temperature;
    return shown;
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
    const at::Tensor soft = context->get_saved_variables()[0], gradient = gradients[0].contiguous();
    const int64_t scalars = context->saved_data["scalars"].toInt();
    const Heads heads(scalars, context->saved_data["ends"].toIntVector());
    const float sharpness = static_cast<float>(1 / context->saved_data["temperature"].toDouble());
    at::Tensor result = at::empty_like(soft);
    const int64_t width = heads.width();
    const float *const values = soft.const_data_ptr<float>(), *const given = gradient.const_data_ptr<float>();
    float *const target = result.mutable_data_ptr<float>();
    inParts(soft.size(0), [&](int64_t begin, int64_t end) {
      for (int64_t offset = begin * width; offset < end * width; offset += width) {
        chooseBackward(target + offset, given + offset, values + offset, heads, sharpness);
      }
    });
    return {result, {}, {}, {}, {}, {}, {}};
  }
};

/// The mean over rows of the cross-entropy between a head's logits and the slot that was wanted in it.
struct WantedFunction : torch::autograd::Function<WantedFunction> {
  static at::Tensor forward(
      torch::autograd::AutogradContext *context, const at::Tensor &given, const std::optional<at::Tensor> &givenMask,
      const at::Tensor &givenSlots, int64_t scalars, std::vector<int64_t> ends) {
    const Heads heads(scalars, std::move(ends));
    const at::Tensor raw = given.contiguous(), slots = givenSlots.contiguous();
    const at::Tensor added = givenMask ? givenMask->contiguous() : at::Tensor();
    const float *const mask = added.defined() ? added.const_data_ptr<float>() : nullptr;
    at::Tensor gradient = at::zeros_like(raw);
    const int64_t rows = raw.size(0), width = heads.width();
    double loss = 0;
    for (int64_t row = 0; row < rows; ++row) {
      loss += wanted(
          gradient.mutable_data_ptr<float>() + row * width, raw.const_data_ptr<float>() + row * width, mask, heads,
          slots.const_data_ptr<int64_t>()[row], 1 / static_cast<float>(rows));
    }
    context->save_for_backward({gradient});
    at::Tensor result = at::empty({}, raw.options());
    result.fill_(loss / static_cast<double>(rows));
    return result;
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
    return {at::mul(context->get_saved_variables()[0], gradients[0]), {}, {}, {}, {}};
  }
};

std::optional<at::Tensor> optional(gt_tensor handle) {
  if (handle.raw == nullptr) return std::nullopt;
  return borrow(handle);
}

} // namespace

gt_status gt_choose(
    gt_tensor rows, gt_tensor noise, gt_tensor mask, intptr_t scalars, const int64_t *ends, intptr_t count,
    double temperature, bool is_hard, gt_tensor *out) noexcept {
  return produce(
      "choices", out,
      [&] {
        const at::Tensor raw = borrow(rows);
        const std::optional<at::Tensor> uniform = optional(noise), added = optional(mask);
        const Heads wanted(scalars, {ends, ends + count});
        check(raw, wanted);
        TORCH_CHECK(raw.is_cpu(), "choices are made on the CPU");
        TORCH_CHECK(temperature > 0, "the temperature must be above 0, not ", temperature);
        TORCH_CHECK(!uniform || uniform->sizes() == raw.sizes(), "each logit needs its noise");
        TORCH_CHECK(!added || added->numel() == wanted.width(), "the mask needs a number for each slot");
        return ChoiceFunction::apply(raw, uniform, added, scalars, wanted.ends, temperature, is_hard);
      },
      rows, noise, mask);
}

gt_status gt_wanted_loss(
    gt_tensor rows, gt_tensor mask, gt_tensor slots, intptr_t scalars, const int64_t *ends, intptr_t count,
    gt_tensor *out) noexcept {
  return produce(
      "wanted choices", out,
      [&] {
        const at::Tensor raw = borrow(rows), places = borrow(slots);
        const Heads wanted(scalars, {ends, ends + count});
        check(raw, wanted);
        TORCH_CHECK(raw.is_cpu(), "choices are made on the CPU");
        TORCH_CHECK(
            places.scalar_type() == at::kLong && places.dim() == 1 && places.size(0) == raw.size(0),
            "each row needs a slot");
        return WantedFunction::apply(raw, optional(mask), places, scalars, wanted.ends);
      },
      rows, mask, slots);
}
