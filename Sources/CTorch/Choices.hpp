// Rows of scalars and, after them, heads that choose between slots: what Choices.cpp does with tensors, on plain memory.
#pragma once

#include "Vectors.hpp"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace gand {

/// Heads after so many scalars, by where each ends.
struct Heads {
  int64_t scalars;
  std::vector<int64_t> ends;

  Heads(int64_t scalars, std::vector<int64_t> given) : scalars(scalars), ends(std::move(given)) {
    int64_t before = scalars;
    for (const int64_t end : ends) {
      TORCH_CHECK(end > before, "a head must have a slot");
      before = end;
    }
  }

  int64_t width() const { return ends.empty() ? scalars : ends.back(); }

  template <typename Body> void forEach(const Body &body) const {
    int64_t start = scalars;
    for (const int64_t end : ends) {
      body(start, end);
      start = end;
    }
  }

  /// Where the head begins that a slot is in, and where it ends.
  std::pair<int64_t, int64_t> head(int64_t slot) const {
    TORCH_CHECK(slot >= scalars && slot < width(), "slot ", slot, " is in no head");
    const auto end = std::upper_bound(ends.begin(), ends.end(), slot);
    return {end == ends.begin() ? scalars : *(end - 1), *end};
  }
};

/// How a row's numbers become choices.
struct Choosing {
  /// Added to the logits; may be null.
  const float *mask;
  float sharpness;
};

/// A row's soft choices: tanh of the scalars, softmax of each head's logits times the sharpness. `noise`, uniform in 0..<1, is
/// Gumbel's where there is any.
void choose(float *soft, const float *raw, const float *noise, const Heads &heads, Choosing how);

/// The same with 1 at each head's largest, of a soft row.
void harden(float *hard, const float *soft, const Heads &heads);

/// Gradients by a row's numbers of those by its choices, hard ones too.
void chooseBackward(float *result, const float *gradients, const float *soft, const Heads &heads, float sharpness);

/// The cross-entropy between a slot and the softmax of its head's logits, whose gradients times a scale are added to a row's.
double wanted(float *gradients, const float *raw, const float *mask, const Heads &heads, int64_t slot, float scale);

} // namespace gand
