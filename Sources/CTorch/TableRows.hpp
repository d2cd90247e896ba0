// What lies between a table's generator and its discriminator: choices, and the conditions that both are given.
#pragma once

#include "Choices.hpp"
#include "Guard.hpp"

#include <ATen/ops/empty.h>

#include <cmath>
#include <vector>

namespace gand {

/// A table's rows on their way through a game; see `gt_rows`.
class TableRows {
public:
  TableRows(const gt_rows &rows, int64_t batch)
      : heads(rows.scalars, {rows.ends, rows.ends + rows.head_count}),
        slots(rows.condition_slots, rows.condition_slots + rows.condition_count), mask(borrowOptional(rows.mask)),
        sharpness(static_cast<float>(1 / rows.temperature)), batch(batch), raw(memory()),
        soft(memory()) {
    TORCH_CHECK(rows.temperature > 0, "the temperature must be above 0, not ", rows.temperature);
    TORCH_CHECK(
        !mask.defined() || (mask.numel() == width() && mask.scalar_type() == at::kFloat && mask.is_contiguous()),
        "the mask needs a number for each slot");
  }

  int64_t width() const { return heads.width(); }
  int64_t conditions() const { return static_cast<int64_t>(slots.size()); }
  /// Numbers of a row with its condition after it.
  int64_t shownWidth() const { return width() + conditions(); }

  /// Where the generator puts what it makes, [batch, width].
  float *made(int64_t row) { return raw + row * width(); }

  /// Notes the conditions, and the noise that choices are made with, of the rows to come.
  void take(const at::Tensor &labels, const at::Tensor &noise) {
    TORCH_CHECK(
        noise.defined() && noise.is_contiguous() && noise.scalar_type() == at::kFloat && noise.numel() == batch * width(),
        "each number of a row needs its noise");
    uniform = noise.const_data_ptr<float>();
    if (conditions() == 0) return;
    TORCH_CHECK(
        labels.defined() && labels.is_contiguous() && labels.scalar_type() == at::kLong && labels.numel() == batch,
        "each row needs a condition");
    const int64_t *const given = labels.const_data_ptr<int64_t>();
    TORCH_CHECK(
        std::all_of(given, given + batch, [&](int64_t label) { return label >= 0 && label < conditions(); }),
        "there are ", conditions(), " conditions");
    wantedSlots.assign(given, given + batch);
  }

  /// Writes a condition as zeros and a 1.
  void writeCondition(float *target, int64_t row) const {
    std::fill_n(target, conditions(), 0.0f);
    if (conditions() > 0) target[wantedSlots[static_cast<size_t>(row)]] = 1;
  }

  /// Shows what was made, with its condition after it.
  void show(float *target, int64_t row) {
    float *const chosen = soft + row * width();
    choose(
        chosen, raw + row * width(), uniform + row * width(), heads,
        {mask.defined() ? mask.const_data_ptr<float>() : nullptr, sharpness});
    std::copy_n(chosen, width(), target);
    writeCondition(target + width(), row);
  }

  /// Shows a real row, with its condition after it.
  void show(float *target, const float *real, int64_t row) const {
    std::copy_n(real, width(), target);
    writeCondition(target + width(), row);
  }

  /// Gradients by what the generator made of those by what was shown, and of the distance from the condition.
  ///
  /// Returns this row's part of the distance.
  double backward(float *gradients, const float *shown, int64_t row) const {
    chooseBackward(gradients, shown, soft + row * width(), heads, sharpness);
    if (conditions() == 0) return 0;
    const int64_t slot = slots[static_cast<size_t>(wantedSlots[static_cast<size_t>(row)])];
    return wanted(
        gradients, raw + row * width(), mask.defined() ? mask.const_data_ptr<float>() : nullptr, heads, slot,
        1 / static_cast<float>(batch));
  }

private:
  float *memory() {
    kept.push_back(at::empty({batch, width()}, at::TensorOptions(at::kFloat)));
    return kept.back().mutable_data_ptr<float>();
  }

  const Heads heads;
  const std::vector<int64_t> slots;
  const at::Tensor mask;
  const float sharpness;
  const int64_t batch;
  std::vector<at::Tensor> kept;
  float *const raw;
  float *const soft;
  const float *uniform = nullptr;
  std::vector<int64_t> wantedSlots;
};

} // namespace gand
