// Products of float32 matrices, by one of the two libraries that libtorch brings along.
//
// BLAS is MKL on x86-64; but on AMD's processors MKL leaves AVX-512 unused, where oneDNN was measured at more than twice its
// rate. Which is faster at what depends on the processor, so the caller decides, by a trial.
//
// oneDNN is asked for its micro-kernel, which multiplies row-major matrices and nothing else: what is transposed is turned
// first. Its whole product would do that itself, but takes ten microseconds and a hundred allocations for each call; it
// remains for large products and for processors that have no micro-kernel. Neither is there on every processor: libtorch
// refuses the whole product, in float32 too, where the processor has neither AVX-512 (BW, VL and DQ) nor AVX-NE-CONVERT. So
// each is tried once, and what fails its trial is never taken.
#include "MatrixProduct.hpp"

#include "Guard.hpp"
#include "Vectors.hpp"

#include <ATen/native/CPUBlas.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/mm.h>
#include <c10/core/GradMode.h>

#include <cstdlib>
#include <string_view>
#include <vector>

// BLAS, which libtorch brings along on most platforms but doesn't declare.
extern "C" __attribute__((weak)) void sgemm_(
    const char *left_form, const char *right_form, const int *rows, const int *columns, const int *depth,
    const float *scale, const float *left, const int *left_stride, const float *right, const int *right_stride,
    const float *keep, float *result, const int *result_stride);

// The only way to oneDNN's product with memory of one's own (aten/src/ATen/native/mkldnn/Matmul.h, which isn't installed).
// Absent where libtorch was built without oneDNN.
namespace at::native {
__attribute__((weak)) void mkldnn_matmul(
    const at::Tensor &left, const at::Tensor &right, const at::Tensor &result, float keep, float scale);
} // namespace at::native

namespace gand {
namespace {

constexpr int64_t fewColumns = 4;
constexpr int64_t fewestForMicroKernel = 8;
/// Larger products want their factors cut to fit the caches, which only the whole product does.
constexpr int64_t mostForMicroKernel = int64_t{1} << 25;
constexpr int64_t worthwhileMultiplications = int64_t{1} << 20;

/// Whether this process is to behave as on a processor for which libtorch refuses oneDNN's whole product.
///
/// For tests: libtorch asks the processor itself, whatever ONEDNN_MAX_CPU_ISA and ATEN_CPU_CAPABILITY say.
bool isWholeProductRefused() {
  static const bool isRefused = [] {
    const char *const wish = std::getenv("GAND_ONEDNN_WHOLE_PRODUCT");
    return wish != nullptr && std::string_view(wish) == "off";
  }();
  return isRefused;
}

/// result = left × right, all of them float32.
void multiplyWhole(const at::Tensor &left, const at::Tensor &right, const at::Tensor &result) {
  TORCH_CHECK(!isWholeProductRefused(), "oneDNN's whole product is switched off by GAND_ONEDNN_WHOLE_PRODUCT");
  at::native::mkldnn_matmul(left, right, result, /*keep=*/0, /*scale=*/1);
}

/// Whether a trial product, 2 × 3, came out right.
template <typename Product> bool succeeds(const Product &product) {
  float left = 2, right = 3, result = 0;
  try {
    product(&left, &right, &result);
  } catch (const std::exception &) {
    return false;
  }
  return result == 6;
}

bool hasWholeProduct() {
  static const bool works = at::native::mkldnn_matmul != nullptr && succeeds([](float *left, float *right, float *result) {
    const c10::AutoGradMode withoutGradients(false);
    const auto matrix = [](float *start) { return at::from_blob(start, {1, 1}); };
    multiplyWhole(matrix(left), matrix(right), matrix(result));
  });
  return works;
}

bool hasMicroKernel() {
  static const bool works = succeeds([](float *left, float *right, float *result) {
    at::native::cpublas::brgemm(1, 1, 1, 1, 1, 1, /*add_C=*/false, left, right, result, /*is_vnni=*/false);
  });
  return works;
}

/// A matrix [rows, columns] in row-major order, turned into memory of its own where it isn't.
Matrix inRows(Matrix matrix, int64_t rows, int64_t columns, std::vector<float> &memory) {
  if (!matrix.isTransposed) return matrix;
  memory.resize(static_cast<size_t>(rows * columns));
  turn(memory.data(), columns, matrix.start, matrix.stride, columns, rows);
  return {memory.data(), columns};
}

void multiplyRows(
    float *result, int64_t resultStride, Matrix left, Matrix right, int64_t rows, int64_t columns, int64_t depth) {
  at::native::cpublas::brgemm(
      rows, columns, depth, left.stride, right.stride, resultStride, /*add_C=*/false, left.start, right.start, result,
      /*is_vnni=*/false);
}

void multiplyByMicroKernel(
    float *result, int64_t resultStride, Matrix left, Matrix right, int64_t rows, int64_t columns, int64_t depth) {
  static thread_local std::vector<float> turnedLeft, turnedRight, turnedResult;
  // A few rows times a large matrix: less is turned where the other two are.
  if (right.isTransposed && !left.isTransposed && rows * (depth + columns) < depth * columns) {
    const Matrix second = inRows({left.start, left.stride, true}, depth, rows, turnedLeft);
    turnedResult.resize(static_cast<size_t>(columns * rows));
    multiplyRows(turnedResult.data(), rows, {right.start, right.stride}, second, columns, rows, depth);
    return turn(result, resultStride, turnedResult.data(), rows, columns, rows);
  }
  const Matrix first = inRows(left, rows, depth, turnedLeft), second = inRows(right, depth, columns, turnedRight);
  multiplyRows(result, resultStride, first, second, rows, columns, depth);
}

thread_local gt_matrix_product chosen = GT_MATRIX_PRODUCT_ONEDNN;

void multiplyByBLAS(
    float *result, int64_t resultStride, Matrix left, Matrix right, int64_t rows, int64_t columns, int64_t depth) {
  // BLAS counts by columns, so it sees every matrix transposed: the factors change places.
  const int m = static_cast<int>(columns), n = static_cast<int>(rows), k = static_cast<int>(depth);
  const int a = static_cast<int>(right.stride), b = static_cast<int>(left.stride), c = static_cast<int>(resultStride);
  const float one = 1, zero = 0;
  sgemm_(
      right.isTransposed ? "T" : "N", left.isTransposed ? "T" : "N", &m, &n, &k, &one, right.start, &a, left.start, &b,
      &zero, result, &c);
}

/// The same where right is not transposed and so narrow that MKL, at a few numbers of each row, takes five to ten times as
/// long as for the same numbers in a few long rows.
void multiplyNarrow(
    float *result, int64_t resultStride, Matrix left, Matrix right, int64_t rows, int64_t columns, int64_t depth) {
  static thread_local std::vector<float> turned;
  if (left.isTransposed) {
    turned.resize(static_cast<size_t>(columns * rows));
    multiplyByBLAS(
        turned.data(), rows, {right.start, right.stride, true}, {left.start, left.stride}, columns, rows, depth);
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t column = 0; column < columns; ++column) {
        result[row * resultStride + column] = turned[static_cast<size_t>(column * rows + row)];
      }
    }
    return;
  }
  turned.resize(static_cast<size_t>(columns * depth));
  for (int64_t row = 0; row < depth; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      turned[static_cast<size_t>(column * depth + row)] = right.start[row * right.stride + column];
    }
  }
  multiplyByBLAS(result, resultStride, left, {turned.data(), depth, true}, rows, columns, depth);
}

at::Tensor tensor(Matrix matrix, int64_t rows, int64_t columns) {
  float *const start = const_cast<float *>(matrix.start);
  return matrix.isTransposed ? at::from_blob(start, {rows, columns}, {1, matrix.stride})
                             : at::from_blob(start, {rows, columns}, {matrix.stride, 1});
}

} // namespace

gt_matrix_product matrixProduct() { return chosen; }

bool isForOneDNN(int64_t multiplications) {
  return chosen == GT_MATRIX_PRODUCT_ONEDNN && multiplications >= worthwhileMultiplications;
}

void multiply(
    gt_matrix_product choice, float *result, int64_t resultStride, Matrix left, Matrix right, int64_t rows,
    int64_t columns, int64_t depth) {
  if (rows == 0 || columns == 0) return;
  const int64_t multiplications = rows * columns * depth;
  if (choice == GT_MATRIX_PRODUCT_ONEDNN && columns >= fewestForMicroKernel && depth > 0
      && multiplications <= mostForMicroKernel && hasMicroKernel()) {
    return multiplyByMicroKernel(result, resultStride, left, right, rows, columns, depth);
  }
  const bool isForWholeProduct = choice == GT_MATRIX_PRODUCT_ONEDNN && multiplications >= worthwhileMultiplications;
  if (sgemm_ != nullptr && !(isForWholeProduct && hasWholeProduct())) {
    const bool isNarrow = columns > 1 && columns <= fewColumns && !right.isTransposed;
    (isNarrow ? multiplyNarrow : multiplyByBLAS)(result, resultStride, left, right, rows, columns, depth);
    return;
  }
  at::Tensor out = at::from_blob(result, {rows, columns}, {resultStride, 1});
  const at::Tensor first = tensor(left, rows, depth), second = tensor(right, depth, columns);
  if (hasWholeProduct()) return multiplyWhole(first, second, out);
  at::mm_out(out, first, second);
}

} // namespace gand

using namespace gand;

bool gt_has_matrix_product(gt_matrix_product product) noexcept {
  return product == GT_MATRIX_PRODUCT_ONEDNN ? hasMicroKernel() || hasWholeProduct() : sgemm_ != nullptr;
}

void gt_set_matrix_product(gt_matrix_product product) noexcept { chosen = product; }
