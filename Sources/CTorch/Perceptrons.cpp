// Two perceptrons trained against each other without a gradient graph.
//
// A graph costs a small network more than its arithmetic: a node and a tensor for each operation, and a wait of all
// threads behind each. Here an update is two pieces of work that threads share. In the first each thread takes some of
// the packs through both networks and back; in the second each takes some of the outputs of every layer, multiplies their
// gradients out, and moves their weights while they are still in its cache. All memory is there before the first step.
//
// Where a layer's weights are large, the first piece is shared otherwise: threads take all packs together from layer to
// layer, each some of its outputs, so that each reads a part of the weights only. That costs a wait behind each layer, which
// is then short beside the layer itself.
#include "Guard.hpp"
#include "Linear.hpp"
#include "Parallel.hpp"
#include "Vectors.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/mm.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <limits>

// BLAS, which libtorch brings along on most platforms but doesn't declare.
extern "C" __attribute__((weak)) void sgemm_(
    const char *left_form, const char *right_form, const int *rows, const int *columns, const int *depth,
    const float *scale, const float *left, const int *left_stride, const float *right, const int *right_stride,
    const float *keep, float *result, const int *result_stride);

using namespace gand;

namespace {

/// A matrix in row-major order, or its transpose.
struct Matrix {
  const float *start;
  int64_t stride;
  bool isTransposed = false;
};

/// result [rows, columns] = left [rows, depth] × right [depth, columns], on the calling thread.
void multiply(
    float *result, int64_t resultStride, Matrix left, Matrix right, int64_t rows, int64_t columns, int64_t depth) {
  if (rows == 0 || columns == 0) return;
  if (sgemm_ != nullptr) {
    // BLAS counts by columns, so it sees every matrix transposed: the factors change places.
    const int m = static_cast<int>(columns), n = static_cast<int>(rows), k = static_cast<int>(depth);
    const int a = static_cast<int>(right.stride), b = static_cast<int>(left.stride), c = static_cast<int>(resultStride);
    const float one = 1, zero = 0;
    sgemm_(
        right.isTransposed ? "T" : "N", left.isTransposed ? "T" : "N", &m, &n, &k, &one, right.start, &a, left.start,
        &b, &zero, result, &c);
    return;
  }
  const auto tensor = [](Matrix matrix, int64_t rows, int64_t columns) {
    float *const start = const_cast<float *>(matrix.start);
    return matrix.isTransposed ? at::from_blob(start, {rows, columns}, {1, matrix.stride})
                               : at::from_blob(start, {rows, columns}, {matrix.stride, 1});
  };
  at::Tensor out = at::from_blob(result, {rows, columns}, {resultStride, 1});
  at::mm_out(out, tensor(left, rows, depth), tensor(right, depth, columns));
}

/// Items `[begin, end)` of what threads share.
struct Part {
  int64_t begin, end;
  int64_t count() const { return end - begin; }
};

Part part(int64_t count, int64_t index, int64_t parts) {
  const auto [begin, end] = share(count, index, parts);
  return {begin, end};
}

/// Rows whose gradients are added up by themselves.
using Rows = std::vector<Part>;

/// A parameter with what training keeps of it.
struct Parameter {
  float *values = nullptr, *gradients = nullptr, *means = nullptr, *squares = nullptr, *average = nullptr;

  void move(int64_t start, int64_t count, const AdamFactors &factors) const {
    // So short that the average finds the parameters in the nearest cache.
    constexpr int64_t piece = 2048;
    for (int64_t from = start; from < start + count; from += piece) {
      adam(
          values + from, gradients + from, means + from, squares + from, average == nullptr ? nullptr : average + from,
          std::min(piece, start + count - from), factors);
    }
  }
};

/// The derivative of an activation, by its results.
struct Derivative {
  gt_activation activation;
  float slope;
  /// Laid out like what they are multiplied with.
  const float *results;
};

/// A linear layer and its activation. `parts` is how many threads share a product, each some of its columns.
struct Layer {
  int64_t inputs, outputs;
  gt_activation activation;
  float slope;
  Parameter weight;
  /// Of null pointers where there is none.
  Parameter bias;
  /// Room for as many sums as there are outputs.
  float *sums;

  /// results [rows, outputs] of inputs [rows, inputs].
  void forward(float *results, const float *input, int64_t rows, int64_t parts) const {
    together(parts, [&](int64_t index) {
      const Part some = part(outputs, index, parts);
      float *const start = results + some.begin;
      multiplySome(some, results, input, rows);
      const float *const biasStart = bias.values == nullptr ? nullptr : bias.values + some.begin;
      addBiasAndActivate(start, biasStart, {rows, some.count(), outputs}, activation, slope);
      if (activation != GT_ACTIVATION_TANH && activation != GT_ACTIVATION_SIGMOID) return;
      activatedInPlace(at::from_blob(start, {rows, some.count()}, {outputs, 1}), activation, slope);
    });
  }

  /// Sums [rows, outputs] of inputs [rows, inputs] without bias, times a derivative.
  void forward(float *sums, const float *input, int64_t rows, int64_t parts, Derivative derivative) const {
    together(parts, [&](int64_t index) {
      const Part some = part(outputs, index, parts);
      multiplySome(some, sums, input, rows);
      multiplyByDerivative(
          sums + some.begin, derivative.results + some.begin, {rows, some.count(), outputs}, derivative.activation,
          derivative.slope);
    });
  }

  /// Gradients by the inputs, [rows, inputs], of those by the sums before the activation, times a derivative.
  void backward(
      float *inputGradients, const float *gradients, int64_t rows, int64_t parts, Derivative derivative) const {
    together(parts, [&](int64_t index) {
      const Part some = part(inputs, index, parts);
      multiply(
          inputGradients + some.begin, inputs, {gradients, outputs}, {weight.values + some.begin, inputs}, rows,
          some.count(), outputs);
      multiplyByDerivative(
          inputGradients + some.begin, derivative.results + some.begin, {rows, some.count(), inputs},
          derivative.activation, derivative.slope);
    });
  }

  void multiplySome(Part some, float *results, const float *input, int64_t rows) const {
    multiply(
        results + some.begin, outputs, {input, inputs}, {weight.values + some.begin * inputs, inputs, true}, rows,
        some.count(), inputs);
  }

  /// Gradients of the weights of some outputs, out of all rows.
  void multiplyOut(
      Part some, const float *gradients, const float *input, const float *scales, int64_t rows,
      const std::vector<Rows> &groups) const {
    multiply(
        weight.gradients + some.begin * inputs, inputs, {gradients + some.begin, outputs, true}, {input, inputs},
        some.count(), inputs, rows);
    if (bias.gradients == nullptr) return;
    std::fill_n(bias.gradients + some.begin, some.count(), 0.0f);
    for (const Rows &group : groups) {
      std::fill_n(sums + some.begin, some.count(), 0.0f);
      for (const Part rows : group) {
        addRows(
            sums + some.begin, gradients + rows.begin * outputs + some.begin,
            scales == nullptr ? nullptr : scales + rows.begin, rows.count(), some.count(), outputs);
      }
      for (int64_t output = some.begin; output < some.end; ++output) bias.gradients[output] += sums[output];
    }
  }
};

/// A network with memory for a number of rows.
class Network {
public:
  Network(const gt_dense *layers, int32_t count, int64_t rows) : rows(rows), groups{{Part{0, rows}}} {
    TORCH_CHECK(count > 0, "a network needs a layer");
    for (int32_t index = 0; index < count; ++index) add(layers[index]);
    for (const Layer &layer : this->layers) {
      inputs.push_back(memory(rows * layer.inputs));
      gradients.push_back(memory(rows * layer.outputs));
    }
  }

  int64_t inputCount() const { return layers.front().inputs; }
  int64_t outputCount() const { return layers.back().outputs; }

  float *input(int64_t row) { return inputs.front() + row * inputCount(); }
  float *lastGradients(int64_t row) { return gradients.back() + row * outputCount(); }

  /// Takes rows from the input, which is in place, to results [rows, outputs].
  void forward(Part some, float *results, int64_t parts) {
    for (size_t index = 0; index < layers.size(); ++index) {
      const bool isLast = index + 1 == layers.size();
      float *const target = isLast ? results : inputs[index + 1] + some.begin * layers[index].outputs;
      layers[index].forward(target, inputs[index] + some.begin * layers[index].inputs, some.count(), parts);
    }
  }

  /// Takes the gradients by the last layer's sums, which are in place, back to the first layer's, and to the input where
  /// `inputGradients` [rows, inputs] is given, times the derivative of what made it.
  void backward(Part some, float *inputGradients, Derivative ofInput, int64_t parts) {
    for (size_t index = layers.size(); index-- > 0;) {
      const Layer &layer = layers[index];
      const float *const from = gradients[index] + some.begin * layer.outputs;
      if (index == 0) {
        if (inputGradients != nullptr) layer.backward(inputGradients, from, some.count(), parts, ofInput);
        return;
      }
      const Layer &before = layers[index - 1];
      layer.backward(
          gradients[index - 1] + some.begin * before.outputs, from, some.count(), parts,
          {before.activation, before.slope, inputs[index] + some.begin * layer.inputs});
    }
  }

  /// Numbers in the largest layer's weights.
  int64_t largestLayer() const {
    int64_t largest = 0;
    for (const Layer &layer : layers) largest = std::max(largest, layer.inputs * layer.outputs);
    return largest;
  }

  /// Multiplies out the gradients of some of each layer's outputs. The rows' gradients count by `scales`, all alike where there
  /// are none; with them, what the weights are multiplied with is in `factors` instead of the inputs.
  /// Returns the sum of their squares.
  double multiplyOut(int64_t index, int64_t parts, const float *scales, const std::vector<float *> *factors) {
    double squares = 0;
    for (size_t layer = 0; layer < layers.size(); ++layer) {
      const Part some = part(layers[layer].outputs, index, parts);
      if (some.count() == 0) continue;
      layers[layer].multiplyOut(
          some, gradients[layer], factors == nullptr ? inputs[layer] : (*factors)[layer], scales, rows, groups);
      squares += squaredNorm(
          layers[layer].weight.gradients + some.begin * layers[layer].inputs, some.count() * layers[layer].inputs);
      if (layers[layer].bias.gradients != nullptr) {
        squares += squaredNorm(layers[layer].bias.gradients + some.begin, some.count());
      }
    }
    return squares;
  }

  void move(int64_t index, int64_t parts, const AdamFactors &factors) const {
    for (const Layer &layer : layers) {
      const Part some = part(layer.outputs, index, parts);
      layer.weight.move(some.begin * layer.inputs, some.count() * layer.inputs, factors);
      if (layer.bias.values != nullptr) layer.bias.move(some.begin, some.count(), factors);
    }
  }

  float *memory(int64_t count) {
    kept.push_back(at::empty({std::max<int64_t>(count, 1)}, at::TensorOptions(at::kFloat)));
    return kept.back().mutable_data_ptr<float>();
  }

  const int64_t rows;
  /// All rows, in groups whose gradients are added up by themselves.
  std::vector<Rows> groups;
  std::vector<Layer> layers;
  /// What each layer is given, [rows, inputs].
  std::vector<float *> inputs;
  /// Gradients by each layer's sums, before its activation, [rows, outputs].
  std::vector<float *> gradients;

private:
  void add(const gt_dense &dense) {
    const at::Tensor weight = borrow(dense.weight);
    TORCH_CHECK(weight.dim() == 2, "the weight of a linear layer has two dimensions, not ", weight.sizes());
    TORCH_CHECK(
        std::max(weight.size(0), weight.size(1)) <= std::numeric_limits<int>::max(), "a layer of ", weight.sizes(),
        " is too large");
    TORCH_CHECK(
        layers.empty() || layers.back().outputs == weight.size(1), "a layer of ", weight.size(1),
        " inputs follows one of ", layers.back().outputs, " outputs");
    TORCH_CHECK(dense.slope >= 0, "the slope must be 0 or more, not ", dense.slope);
    layers.push_back(Layer{
        weight.size(1), weight.size(0), dense.activation, static_cast<float>(dense.slope),
        parameter(dense.weight, dense.weight_moments, dense.weight_average, weight.sizes()), {},
        memory(weight.size(0))});
    if (dense.bias.raw == nullptr) return;
    layers.back().bias = parameter(dense.bias, dense.bias_moments, dense.bias_average, {weight.size(0)});
  }

  Parameter parameter(gt_tensor values, const gt_tensor moments[2], gt_tensor average, at::IntArrayRef sizes) {
    Parameter parameter;
    parameter.values = elements(values, sizes);
    parameter.means = elements(moments[0], sizes);
    parameter.squares = elements(moments[1], sizes);
    if (average.raw != nullptr) parameter.average = elements(average, sizes);
    parameter.gradients = memory(borrow(values).numel());
    return parameter;
  }

  /// The elements of a tensor, which is kept alive.
  float *elements(gt_tensor handle, at::IntArrayRef sizes) {
    const at::Tensor tensor = borrow(handle);
    TORCH_CHECK(
        tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous(),
        "a perceptron's tensors must be row-major float32 on the CPU");
    TORCH_CHECK(tensor.sizes() == sizes, "a tensor of shape ", tensor.sizes(), " stands where ", sizes, " should");
    kept.push_back(tensor.detach());
    return kept.back().mutable_data_ptr<float>();
  }

  std::vector<at::Tensor> kept;
};

float sigmoid(float value) { return 1 / (1 + std::exp(-value)); }

/// Binary cross-entropy of a logit.
double crossEntropy(float logit, float target) {
  return std::max(logit, 0.0f) - logit * target + std::log1p(std::exp(-std::abs(logit)));
}

/// Losses of a pair of logits, and their derivatives.
struct PairLoss {
  double loss;
  float real, fake;
};

PairLoss discriminatorLoss(gt_objective objective, float real, float fake, float target) {
  switch (objective) {
  case GT_OBJECTIVE_MINIMAX:
  case GT_OBJECTIVE_NON_SATURATING:
    return {crossEntropy(real, target) + crossEntropy(fake, 0), sigmoid(real) - target, sigmoid(fake)};
  case GT_OBJECTIVE_LEAST_SQUARES: return {0.5 * ((real - 1) * (real - 1) + fake * fake), real - 1, fake};
  case GT_OBJECTIVE_HINGE:
    return {
        std::max(1 - real, 0.0f) + std::max(1 + fake, 0.0f), real < 1 ? -1.0f : 0.0f, fake > -1 ? 1.0f : 0.0f};
  case GT_OBJECTIVE_RELATIVISTIC: {
    const float slope = sigmoid(real - fake) - 1;
    return {crossEntropy(real - fake, 1), slope, -slope};
  }
  case GT_OBJECTIVE_WASSERSTEIN: return {fake - real, -1, 1};
  }
  TORCH_CHECK(false, "no such objective: ", static_cast<int>(objective));
}

/// The derivative stands in `fake`; `real` counts only where pairs are compared.
PairLoss generatorLoss(gt_objective objective, float real, float fake) {
  switch (objective) {
  case GT_OBJECTIVE_MINIMAX: return {-crossEntropy(fake, 0), 0, -sigmoid(fake)};
  case GT_OBJECTIVE_NON_SATURATING: return {crossEntropy(fake, 1), 0, sigmoid(fake) - 1};
  case GT_OBJECTIVE_LEAST_SQUARES: return {0.5 * (fake - 1) * (fake - 1), 0, fake - 1};
  case GT_OBJECTIVE_HINGE:
  case GT_OBJECTIVE_WASSERSTEIN: return {-fake, 0, -1};
  case GT_OBJECTIVE_RELATIVISTIC: return {crossEntropy(fake - real, 1), 0, sigmoid(fake - real) - 1};
  }
  TORCH_CHECK(false, "no such objective: ", static_cast<int>(objective));
}

class Game {
public:
  Game(
      const gt_dense *generator, int32_t generatorCount, const gt_dense *discriminator, int32_t discriminatorCount,
      int64_t batch, int64_t packing, gt_objective objective)
      : packs(packing > 0 ? batch / packing : 0), packing(packing), threads(availableThreads()),
        objective(objective), generator(generator, generatorCount, batch),
        discriminator(discriminator, discriminatorCount, 2 * packs),
        blocks(
            std::max(this->generator.largestLayer(), this->discriminator.largestLayer()) > largeLayer ? 1 : threads),
        parts(threads / blocks), logits(static_cast<size_t>(2 * packs)), scales(static_cast<size_t>(2 * packs)),
        partial(static_cast<size_t>(threads)) {
    TORCH_CHECK(
        batch > 0 && packs * packing == batch, "a batch of ", batch, " isn't made of packs of ", packing);
    TORCH_CHECK(this->discriminator.outputCount() == 1, "the discriminator's last layer must have one output");
    TORCH_CHECK(
        this->generator.outputCount() * packing == this->discriminator.inputCount(), "the discriminator takes ",
        this->discriminator.inputCount(), " numbers, a pack has ", this->generator.outputCount() * packing);
    // Where only the difference of a pair's logits counts, what is alike in both items gets opposite gradients: added up
    // in the same order the two sums cancel without a rest, which Adam would take for a gradient.
    Rows real, fake;
    for (int64_t block = 0; block < blocks; ++block) {
      const Part some = part(packs, block, blocks);
      real.push_back({2 * some.begin, 2 * some.begin + some.count()});
      fake.push_back({2 * some.begin + some.count(), 2 * some.end});
    }
    this->discriminator.groups = {real, fake};
  }

  gt_update moveDiscriminator(
      const at::Tensor &real, const at::Tensor &latents, float target, float realGamma, float fakeGamma,
      const gt_adam &adam) {
    const float *const items = rows(real, packs * packing, generator.outputCount());
    copyLatents(latents);
    const bool isPenalised = realGamma > 0 || fakeGamma > 0;
    if (isPenalised) prepareForPenalty();
    losses.assign(static_cast<size_t>(blocks), 0);
    run(blocks, [&](int64_t block) {
      const Part some = part(packs, block, blocks);
      std::copy_n(
          items + some.begin * discriminator.inputCount(), some.count() * discriminator.inputCount(),
          discriminator.input(2 * some.begin));
      generate(some);
      losses[static_cast<size_t>(block)] = judge(some, target, isPenalised);
      const Part both{2 * some.begin, 2 * some.end};
      discriminator.backward(
          both, isPenalised ? discriminatorFactors.front() + inputOffset(both.begin) : nullptr,
          {GT_ACTIVATION_NONE, 0, discriminator.input(both.begin)}, parts);
      if (isPenalised) penalise(some, realGamma, fakeGamma);
    });
    return move(discriminator, adam, isPenalised);
  }

  gt_update moveGenerator(const at::Tensor *latents, const gt_adam &adam) {
    if (latents != nullptr) copyLatents(*latents);
    const bool comparesPairs = objective == GT_OBJECTIVE_RELATIVISTIC;
    losses.assign(static_cast<size_t>(blocks), 0);
    run(blocks, [&](int64_t block) {
      const Part some = part(packs, block, blocks);
      if (latents != nullptr) generate(some);
      const Part fakes{2 * some.begin + some.count(), 2 * some.end};
      const Part judged = comparesPairs ? Part{2 * some.begin, 2 * some.end} : fakes;
      // The logits of the discriminator's update are still to be read.
      float *const found = generatorLogits.data() + 2 * some.begin;
      discriminator.forward(judged, found + (comparesPairs ? 0 : some.count()), parts);
      double loss = 0;
      for (int64_t index = 0; index < some.count(); ++index) {
        const PairLoss pair = generatorLoss(objective, found[index], found[some.count() + index]);
        loss += pair.loss;
        *discriminator.lastGradients(fakes.begin + index) = pair.fake / static_cast<float>(packs);
      }
      losses[static_cast<size_t>(block)] = loss;
      const Part made{some.begin * packing, some.end * packing};
      const Layer &last = generator.layers.back();
      discriminator.backward(
          fakes, generator.lastGradients(made.begin),
          {last.activation, last.slope, discriminator.input(fakes.begin)}, parts);
      generator.backward(made, nullptr, {}, parts);
    });
    return move(generator, adam, false);
  }

  void copyLogits(float *real, float *fake) const {
    for (int64_t block = 0; block < blocks; ++block) {
      const Part some = part(packs, block, blocks);
      const float *const found = logits.data() + 2 * some.begin;
      std::copy_n(found, some.count(), real + some.begin);
      std::copy_n(found + some.count(), some.count(), fake + some.begin);
    }
  }

  const int64_t packs, packing, threads;
  const gt_objective objective;

private:
  template <typename Body> void run(int64_t count, const Body &body) {
    const c10::AutoGradMode withoutGradients(false);
    together(count, body);
  }

  static const float *rows(const at::Tensor &tensor, int64_t rows, int64_t columns) {
    TORCH_CHECK(
        tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous() && tensor.dim() > 0
            && tensor.size(0) == rows && tensor.numel() == rows * columns,
        "a batch of shape ", tensor.sizes(), " stands where ", rows, " rows of ", columns, " numbers should");
    return tensor.const_data_ptr<float>();
  }

  void copyLatents(const at::Tensor &latents) {
    const int64_t count = packs * packing;
    std::copy_n(rows(latents, count, generator.inputCount()), count * generator.inputCount(), generator.input(0));
  }

  int64_t inputOffset(int64_t row) const { return row * discriminator.inputCount(); }

  /// Of a block's packs the real ones come first, the generated ones behind them.
  void generate(Part some) {
    const Part made{some.begin * packing, some.end * packing};
    generator.forward(made, discriminator.input(2 * some.begin + some.count()), parts);
  }

  /// Judges the packs, and puts the gradients by their logits in place: all 1 where they are penalised, the losses' in `scales`.
  /// Returns the sum of their losses.
  double judge(Part some, float target, bool isPenalised) {
    float *const found = logits.data() + 2 * some.begin;
    discriminator.forward({2 * some.begin, 2 * some.end}, found, parts);
    float *const slopes = scales.data() + 2 * some.begin;
    double loss = 0;
    for (int64_t index = 0; index < some.count(); ++index) {
      const PairLoss pair = discriminatorLoss(objective, found[index], found[some.count() + index], target);
      loss += pair.loss;
      slopes[index] = pair.real / static_cast<float>(packs);
      slopes[some.count() + index] = pair.fake / static_cast<float>(packs);
    }
    float *const seeds = discriminator.lastGradients(2 * some.begin);
    for (int64_t index = 0; index < 2 * some.count(); ++index) seeds[index] = isPenalised ? 1 : slopes[index];
    return loss;
  }

  void prepareForPenalty() {
    if (!discriminatorFactors.empty()) return;
    for (const Layer &layer : discriminator.layers) {
      TORCH_CHECK(
          layer.activation != GT_ACTIVATION_TANH && layer.activation != GT_ACTIVATION_SIGMOID,
          "the slope of a curved activation has a slope of its own");
      discriminatorFactors.push_back(discriminator.memory(discriminator.rows * layer.inputs));
    }
  }

  /// R1 and R2, γ/2 times the mean of the squared slope.
  ///
  /// Between its kinks a network is linear, so the slope of a logit is the product of the weights and of the masks, and the
  /// chain back from a logit gives t = ∂logit/∂sums for each layer. By the slope at the input the penalty has the gradient
  /// v = γ/packs × slope; forward through the same weights and masks it becomes that by t of each layer, and the weights of a
  /// layer get t ⊗ v of the one before. The loss gives them t ⊗ (scale × input), so both are one product.
  void penalise(Part some, float realGamma, float fakeGamma) {
    const Part both{2 * some.begin, 2 * some.end};
    float *const slope = discriminatorFactors.front() + inputOffset(both.begin);
    const float *const rowScales = scales.data() + both.begin;
    const int64_t width = discriminator.inputCount();
    for (int64_t row = 0; row < both.count(); ++row) {
      const float gamma = (row < some.count() ? realGamma : fakeGamma) / static_cast<float>(packs);
      for (int64_t column = 0; column < width; ++column) slope[row * width + column] *= gamma;
    }
    for (size_t index = 0; index < discriminator.layers.size(); ++index) {
      const Layer &layer = discriminator.layers[index];
      float *const factor = discriminatorFactors[index] + both.begin * layer.inputs;
      const float *const input = discriminator.inputs[index] + both.begin * layer.inputs;
      if (index + 1 < discriminator.layers.size()) {
        layer.forward(
            discriminatorFactors[index + 1] + both.begin * layer.outputs, factor, both.count(), parts,
            {layer.activation, layer.slope, discriminator.inputs[index + 1] + both.begin * layer.outputs});
      }
      together(parts, [&](int64_t piece) {
        const Part rows = part(both.count(), piece, parts);
        const int64_t offset = rows.begin * layer.inputs;
        scaleRows(
            factor + offset, rowScales + rows.begin, input + offset, factor + offset, rows.count(), layer.inputs);
      });
    }
  }

  gt_update move(Network &network, const gt_adam &adam, bool isPenalised) {
    const double loss = sum(losses) / static_cast<double>(packs);
    AdamFactors factors = adamFactors(adam);
    const bool isLimited = std::isfinite(adam.norm_limit);
    run(threads, [&](int64_t thread) {
      partial[static_cast<size_t>(thread)] = network.multiplyOut(
          thread, threads, isPenalised ? scales.data() : nullptr, isPenalised ? &discriminatorFactors : nullptr);
      if (!isLimited) network.move(thread, threads, factors);
    });
    const double norm = std::sqrt(sum(partial));
    if (isLimited) {
      if (norm > adam.norm_limit) factors.gradientScale = static_cast<float>(adam.norm_limit / norm);
      run(threads, [&](int64_t thread) { network.move(thread, threads, factors); });
    }
    return {loss, norm};
  }

  static AdamFactors adamFactors(const gt_adam &adam) {
    const double step = static_cast<double>(adam.step);
    AdamFactors factors;
    factors.gradientScale = 1;
    factors.weightDecay = static_cast<float>(adam.weight_decay);
    factors.meanShare = static_cast<float>(1 - adam.beta1);
    factors.beta2 = static_cast<float>(adam.beta2);
    factors.squareShare = static_cast<float>(1 - adam.beta2);
    factors.stepSize = static_cast<float>(adam.learning_rate / (1 - std::pow(adam.beta1, step)));
    factors.rootScale = static_cast<float>(1 / std::sqrt(1 - std::pow(adam.beta2, step)));
    factors.epsilon = static_cast<float>(adam.epsilon);
    factors.averageShare = static_cast<float>(1 - adam.average_decay);
    return factors;
  }

  /// In their order, so that it is the same each time.
  static double sum(const std::vector<double> &values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum;
  }

  /// Numbers in a layer's weights beyond which threads take parts of it rather than of the packs: so many fill a cache of
  /// 256 KiB.
  static constexpr int64_t largeLayer = int64_t{1} << 16;

  Network generator, discriminator;
  /// Blocks of packs that are taken through the networks by themselves, and parts that each layer is then shared in: the one or
  /// the other is 1.
  const int64_t blocks, parts;
  /// Of the discriminator's last update, and of the generator's, which judges anew.
  std::vector<float> logits;
  std::vector<float> generatorLogits = std::vector<float>(logits.size());
  /// Gradients of the loss by the logits.
  std::vector<float> scales;
  /// With penalties, what each layer's gradients are multiplied with; empty before the first.
  std::vector<float *> discriminatorFactors;
  /// What each block has to add to the loss, and each thread to the squared norm.
  std::vector<double> losses, partial;
};

Game &game(gt_game handle) {
  TORCH_CHECK(handle.raw != nullptr, "a game is missing");
  return *static_cast<Game *>(handle.raw);
}

} // namespace

gt_status gt_game_new(
    const gt_dense *generator, int32_t generator_count, const gt_dense *discriminator, int32_t discriminator_count,
    int64_t batch, int64_t packing, gt_objective objective, gt_game *out) noexcept {
  return guarded("perceptrons", [&] {
    out->raw = new Game(generator, generator_count, discriminator, discriminator_count, batch, packing, objective);
  });
}

void gt_game_free(gt_game handle) noexcept { delete static_cast<Game *>(handle.raw); }

gt_status gt_game_move_discriminator(
    gt_game handle, gt_tensor real, gt_tensor latents, double real_target, double real_gamma, double fake_gamma,
    gt_adam adam, gt_update *out) noexcept {
  return guarded(
      "discriminator's update",
      [&] {
        *out = game(handle).moveDiscriminator(
            borrow(real), borrow(latents), static_cast<float>(real_target), static_cast<float>(real_gamma),
            static_cast<float>(fake_gamma), adam);
      },
      real, latents);
}

gt_status gt_game_move_generator(gt_game handle, gt_tensor latents, gt_adam adam, gt_update *out) noexcept {
  return guarded(
      "generator's update",
      [&] {
        const at::Tensor given = borrowOptional(latents);
        *out = game(handle).moveGenerator(given.defined() ? &given : nullptr, adam);
      },
      latents);
}

gt_status gt_game_logits(gt_game handle, float *real, float *fake, int64_t capacity) noexcept {
  return guarded("logits", [&] {
    TORCH_CHECK(capacity >= game(handle).packs, "there is room for ", capacity, " of ", game(handle).packs, " logits");
    game(handle).copyLogits(real, fake);
  });
}
