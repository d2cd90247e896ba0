// Loops over arrays of floats, compiled for several widths of vector registers; which runs is decided when the process
// starts.
#pragma once

#include "CTorch.h"

#include <cstdint>

namespace gand {

/// What Adam does to each parameter.
struct AdamFactors {
  float gradientScale, weightDecay, meanShare, beta2, squareShare, stepSize, rootScale, epsilon, averageShare;
};

/// Rows of floats in a larger matrix.
struct Block {
  int64_t rows, columns;
  /// From one row to the next.
  int64_t stride;
};

/// target [columns, rows] = source [rows, columns]ᵀ.
void turn(
    float *target, int64_t targetStride, const float *source, int64_t sourceStride, int64_t rows, int64_t columns);

/// values[index] = exp((values[index] − largest) × sharpness), for a largest among them and a positive sharpness, to some
/// units in the last place.
void exponentials(float *values, int64_t count, float largest, float sharpness);

/// target = logits, plus a mask and Gumbel's noise, −log(−log(uniform)), where there are any; uniform in 0..<1.
void addGumbel(float *target, const float *logits, const float *uniform, const float *mask, int64_t count);

/// Words of a Mersenne twister's state (Matsumoto and Nishimura 1998, MT19937).
constexpr int64_t twistedWords = 624;

/// The state that follows a state.
void twist(uint32_t *words);

/// Uniform numbers in 0..<1, multiples of 2⁻²⁴, of as many of a state's words.
void temper(float *target, const uint32_t *words, int64_t count);

/// Adds a bias [columns], or none, to each row, and applies an activation that is straight but for a kink.
void addBiasAndActivate(float *values, const float *bias, Block block, gt_activation activation, float slope);

/// Multiplies gradients by the derivative of the activation whose results are given; both lie alike.
void multiplyByDerivative(
    float *gradients, const float *results, Block block, gt_activation activation, float slope);

/// target[row] = scales[row] × source[row], rows of `columns`; adds `addend` where there is one.
void scaleRows(
    float *target, const float *scales, const float *source, const float *addend, int64_t rows, int64_t columns);

/// Adds to sums[column] scales[row] × values[row][column] of each row; scales of 1 where there are none.
void addRows(
    float *sums, const float *values, const float *scales, int64_t rows, int64_t columns, int64_t stride);

/// Sum of squares.
double squaredNorm(const float *values, int64_t count);

/// `average` may be null.
void adam(
    float *parameters, const float *gradients, float *means, float *squares, float *average, int64_t count,
    AdamFactors factors);

} // namespace gand
