#include "Vectors.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

// x86-64-v3 has AVX2 and FMA, v4 AVX-512; what has neither runs the first version. ThreadSanitizer would watch the functions
// that choose, which run before it is ready.
#if defined(__x86_64__) && !__has_feature(thread_sanitizer)
#define GAND_VECTORISED __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define GAND_VECTORISED
#endif

namespace gand {
namespace {

GAND_VECTORISED void addBias(float *__restrict values, const float *__restrict bias, Block block) {
  for (int64_t row = 0; row < block.rows; ++row, values += block.stride) {
    for (int64_t column = 0; column < block.columns; ++column) values[column] += bias[column];
  }
}

GAND_VECTORISED void addBiasAndRectify(
    float *__restrict values, const float *__restrict bias, Block block, float slope) {
  for (int64_t row = 0; row < block.rows; ++row, values += block.stride) {
    for (int64_t column = 0; column < block.columns; ++column) {
      const float value = values[column] + bias[column];
      values[column] = value > 0 ? value : slope * value;
    }
  }
}

GAND_VECTORISED void rectify(float *__restrict values, Block block, float slope) {
  for (int64_t row = 0; row < block.rows; ++row, values += block.stride) {
    for (int64_t column = 0; column < block.columns; ++column) {
      values[column] = values[column] > 0 ? values[column] : slope * values[column];
    }
  }
}

GAND_VECTORISED void multiplyByKink(
    float *__restrict gradients, const float *__restrict results, Block block, float slope) {
  for (int64_t row = 0; row < block.rows; ++row, gradients += block.stride, results += block.stride) {
    for (int64_t column = 0; column < block.columns; ++column) gradients[column] *= results[column] > 0 ? 1 : slope;
  }
}

GAND_VECTORISED void multiplyByTanhDerivative(
    float *__restrict gradients, const float *__restrict results, Block block) {
  for (int64_t row = 0; row < block.rows; ++row, gradients += block.stride, results += block.stride) {
    for (int64_t column = 0; column < block.columns; ++column) {
      gradients[column] *= 1 - results[column] * results[column];
    }
  }
}

GAND_VECTORISED void multiplyBySigmoidDerivative(
    float *__restrict gradients, const float *__restrict results, Block block) {
  for (int64_t row = 0; row < block.rows; ++row, gradients += block.stride, results += block.stride) {
    for (int64_t column = 0; column < block.columns; ++column) {
      gradients[column] *= results[column] * (1 - results[column]);
    }
  }
}

/// The sum of squares of a piece that is short enough for single precision.
GAND_VECTORISED float shortSquaredNorm(const float *__restrict values, int64_t count) {
  constexpr int64_t lanes = 32;
  float sums[lanes] = {};
  int64_t index = 0;
  for (; index + lanes <= count; index += lanes) {
    for (int64_t lane = 0; lane < lanes; ++lane) sums[lane] += values[index + lane] * values[index + lane];
  }
  float sum = 0;
  for (; index < count; ++index) sum += values[index] * values[index];
  for (int64_t lane = 0; lane < lanes; ++lane) sum += sums[lane];
  return sum;
}

constexpr int64_t turnedTile = 16;

using Eight [[gnu::vector_size(32), gnu::aligned(4)]] = float;

/// target [8, 8] = source [8, 8]ᵀ.
[[gnu::always_inline]] inline void turnEight(
    float *__restrict target, int64_t targetStride, const float *__restrict source, int64_t sourceStride) {
  Eight given[8], pairs[8], fours[8];
  for (int64_t index = 0; index < 8; ++index) {
    given[index] = *reinterpret_cast<const Eight *>(source + index * sourceStride);
  }
  for (int64_t index = 0; index < 8; index += 2) {
    pairs[index] = __builtin_shufflevector(given[index], given[index + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    pairs[index + 1] = __builtin_shufflevector(given[index], given[index + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int64_t index = 0; index < 8; index += 4) {
    for (int64_t odd = 0; odd < 2; ++odd) {
      const Eight low = pairs[index + odd], high = pairs[index + odd + 2];
      fours[index + odd] = __builtin_shufflevector(low, high, 0, 1, 8, 9, 4, 5, 12, 13);
      fours[index + odd + 2] = __builtin_shufflevector(low, high, 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int64_t index = 0; index < 4; ++index) {
    const Eight low = fours[index], high = fours[index + 4];
    float *const start = target + index * targetStride;
    *reinterpret_cast<Eight *>(start) = __builtin_shufflevector(low, high, 0, 1, 2, 3, 8, 9, 10, 11);
    *reinterpret_cast<Eight *>(start + 4 * targetStride) = __builtin_shufflevector(low, high, 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

/// Tiles of whole cache lines on both sides.
GAND_VECTORISED void turnTiles(
    float *__restrict target, int64_t targetStride, const float *__restrict source, int64_t sourceStride, int64_t rows,
    int64_t columns) {
  for (int64_t row = 0; row < rows; row += turnedTile) {
    for (int64_t column = 0; column < columns; column += turnedTile) {
      for (int64_t down = 0; down < turnedTile; down += 8) {
        for (int64_t right = 0; right < turnedTile; right += 8) {
          turnEight(
              target + (column + right) * targetStride + row + down, targetStride,
              source + (row + down) * sourceStride + column + right, sourceStride);
        }
      }
    }
  }
}

/// exp of an argument from −87 to 0: 2ⁿ times a polynomial of what is left (Cephes, expf.c).
[[gnu::always_inline]] inline float exponential(float argument) {
  const float scaled = argument * 1.44269504088896341f;
  const float whole = std::floor(scaled + 0.5f);
  const float rest = (argument - whole * 0.693359375f) + whole * 2.12194440e-4f;
  float series = 1.9875691500e-4f;
  series = series * rest + 1.3981999507e-3f;
  series = series * rest + 8.3334519073e-3f;
  series = series * rest + 4.1665795894e-2f;
  series = series * rest + 1.6666665459e-1f;
  series = series * rest + 5.0000001201e-1f;
  series = series * rest * rest + rest + 1;
  return series * std::bit_cast<float>((static_cast<int32_t>(whole) + 127) << 23);
}

/// log of a positive normal number (Cephes, logf.c).
[[gnu::always_inline]] inline float logarithm(float argument) {
  const int32_t bits = std::bit_cast<int32_t>(argument);
  const int32_t shifted = bits - 0x3F3504F3;
  const float power = static_cast<float>(shifted >> 23);
  const float rest = std::bit_cast<float>((shifted & 0x007FFFFF) + 0x3F3504F3) - 1;
  float series = 7.0376836292e-2f;
  series = series * rest - 1.1514610310e-1f;
  series = series * rest + 1.1676998740e-1f;
  series = series * rest - 1.2420140846e-1f;
  series = series * rest + 1.4249322787e-1f;
  series = series * rest - 1.6668057665e-1f;
  series = series * rest + 2.0000714765e-1f;
  series = series * rest - 2.4999993993e-1f;
  series = series * rest + 3.3333331174e-1f;
  const float square = rest * rest;
  return power * 0.693359375f + (rest + (series * square * rest - 0.5f * square - power * 2.12194440e-4f));
}

} // namespace

GAND_VECTORISED void exponentials(float *__restrict values, int64_t count, float largest, float sharpness) {
  for (int64_t index = 0; index < count; ++index) {
    values[index] = exponential(std::max((values[index] - largest) * sharpness, -87.0f));
  }
}

GAND_VECTORISED void addGumbel(
    float *__restrict target, const float *__restrict logits, const float *__restrict uniform,
    const float *__restrict mask, int64_t count) {
  constexpr float least = 1e-20f;
  if (uniform == nullptr) {
    std::copy_n(logits, count, target);
  } else {
    for (int64_t index = 0; index < count; ++index) {
      target[index] = logits[index] - logarithm(-logarithm(uniform[index] + least) + least);
    }
  }
  if (mask == nullptr) return;
  for (int64_t index = 0; index < count; ++index) target[index] += mask[index];
}

GAND_VECTORISED void twist(uint32_t *words) {
  constexpr int64_t far = 397, near = twistedWords - far;
  const auto twisted = [](uint32_t upper, uint32_t lower) {
    return (((upper & 0x80000000) | (lower & 0x7FFFFFFF)) >> 1) ^ (0x9908B0DF & -(lower & 1));
  };
  for (int64_t index = 0; index < near; ++index) {
    words[index] = words[index + far] ^ twisted(words[index], words[index + 1]);
  }
  // What is read here was written `near` words ago.
#pragma clang loop vectorize(assume_safety)
  for (int64_t index = near; index < twistedWords - 1; ++index) {
    words[index] = words[index - near] ^ twisted(words[index], words[index + 1]);
  }
  words[twistedWords - 1] = words[far - 1] ^ twisted(words[twistedWords - 1], words[0]);
}

GAND_VECTORISED void temper(float *__restrict target, const uint32_t *__restrict words, int64_t count) {
  for (int64_t index = 0; index < count; ++index) {
    uint32_t word = words[index];
    word ^= word >> 11;
    word ^= (word << 7) & 0x9D2C5680;
    word ^= (word << 15) & 0xEFC60000;
    word ^= word >> 18;
    target[index] = static_cast<float>(static_cast<int32_t>(word & 0xFFFFFF)) * 0x1p-24f;
  }
}

void turn(
    float *target, int64_t targetStride, const float *source, int64_t sourceStride, int64_t rows, int64_t columns) {
  const int64_t wholeRows = rows / turnedTile * turnedTile, wholeColumns = columns / turnedTile * turnedTile;
  turnTiles(target, targetStride, source, sourceStride, wholeRows, wholeColumns);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = row < wholeRows ? wholeColumns : 0; column < columns; ++column) {
      target[column * targetStride + row] = source[row * sourceStride + column];
    }
  }
}

void addBiasAndActivate(float *values, const float *bias, Block block, gt_activation activation, float slope) {
  const bool bends = activation == GT_ACTIVATION_RELU || activation == GT_ACTIVATION_LEAKY_RELU;
  const float negative = activation == GT_ACTIVATION_RELU ? 0 : slope;
  if (bias != nullptr && bends) return addBiasAndRectify(values, bias, block, negative);
  if (bias != nullptr) addBias(values, bias, block);
  if (bends) rectify(values, block, negative);
}

void multiplyByDerivative(
    float *gradients, const float *results, Block block, gt_activation activation, float slope) {
  switch (activation) {
  case GT_ACTIVATION_NONE: return;
  case GT_ACTIVATION_RELU: return multiplyByKink(gradients, results, block, 0);
  case GT_ACTIVATION_LEAKY_RELU: return multiplyByKink(gradients, results, block, slope);
  case GT_ACTIVATION_TANH: return multiplyByTanhDerivative(gradients, results, block);
  case GT_ACTIVATION_SIGMOID: return multiplyBySigmoidDerivative(gradients, results, block);
  }
}

GAND_VECTORISED void scaleRows(
    float *__restrict target, const float *__restrict scales, const float *__restrict source,
    const float *__restrict addend, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; ++row, target += columns, source += columns) {
    const float scale = scales[row];
    if (addend == nullptr) {
      for (int64_t column = 0; column < columns; ++column) target[column] = scale * source[column];
    } else {
      for (int64_t column = 0; column < columns; ++column) target[column] = scale * source[column] + addend[column];
      addend += columns;
    }
  }
}

GAND_VECTORISED void addRows(
    float *__restrict sums, const float *__restrict values, const float *__restrict scales, int64_t rows,
    int64_t columns, int64_t stride) {
  for (int64_t row = 0; row < rows; ++row, values += stride) {
    const float scale = scales == nullptr ? 1 : scales[row];
    for (int64_t column = 0; column < columns; ++column) sums[column] += scale * values[column];
  }
}

double squaredNorm(const float *values, int64_t count) {
  constexpr int64_t piece = 4096;
  double sum = 0;
  for (int64_t start = 0; start < count; start += piece) {
    sum += shortSquaredNorm(values + start, std::min(piece, count - start));
  }
  return sum;
}

GAND_VECTORISED void adam(
    float *__restrict parameters, const float *__restrict gradients, float *__restrict means,
    float *__restrict squares, float *__restrict average, int64_t count, AdamFactors factors) {
  for (int64_t index = 0; index < count; ++index) {
    const float gradient = factors.gradientScale * gradients[index] + factors.weightDecay * parameters[index];
    const float mean = means[index] + factors.meanShare * (gradient - means[index]);
    const float square = factors.beta2 * squares[index] + factors.squareShare * (gradient * gradient);
    means[index] = mean;
    squares[index] = square;
    parameters[index] -= factors.stepSize * mean / (std::sqrt(square) * factors.rootScale + factors.epsilon);
  }
  if (average == nullptr) return;
  for (int64_t index = 0; index < count; ++index) {
    average[index] += factors.averageShare * (parameters[index] - average[index]);
  }
}

} // namespace gand
