// Products of float32 matrices, by one of the two libraries that libtorch brings along.
#pragma once

#include "CTorch.h"

namespace gand {

/// The library that the calling thread's products go to.
gt_matrix_product matrixProduct();

/// Whether a product of so many multiplications is worth oneDNN's longer way to it, where that is the thread's choice.
bool isForOneDNN(int64_t multiplications);

/// A matrix in row-major order, or its transpose.
struct Matrix {
  const float *start;
  int64_t stride;
  bool isTransposed = false;
};

/// result [rows, columns] = left [rows, depth] × right [depth, columns], on the calling thread alone. `choice` is that of the
/// thread that the work belongs to; each of the three sizes fits into 31 bits.
void multiply(
    gt_matrix_product choice, float *result, int64_t resultStride, Matrix left, Matrix right, int64_t rows,
    int64_t columns, int64_t depth);

} // namespace gand
