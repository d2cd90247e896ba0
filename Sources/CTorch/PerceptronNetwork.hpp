// A perceptron with all that training it without a gradient graph needs: its layers' passes forward and back, memory for a
// number of rows, Adam.
#pragma once

#include "Guard.hpp"
#include "Linear.hpp"
#include "MatrixProduct.hpp"
#include "Parallel.hpp"
#include "Vectors.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <initializer_list>
#include <limits>

namespace gand {

/// Items `[begin, end)` of what threads share.
struct Part {
  int64_t begin, end;
  int64_t count() const { return end - begin; }
};

Part part(int64_t count, int64_t index, int64_t parts) {
  const auto [begin, end] = share(count, index, parts);
  return {begin, end};
}

/// A parameter with what training keeps of it.
struct Parameter {
  float *values = nullptr, *means = nullptr, *squares = nullptr, *average = nullptr;
  /// As many copies, one after another, as there are blocks of rows, which add up.
  float *gradients = nullptr;
  int64_t count = 0;

  /// Adds up some of the gradients, in the first copy. Returns the sum of their squares.
  double addUp(Part some, int64_t copies) const {
    double sum = 0;
    inPieces(some, [&](int64_t from, int64_t count) {
      float *const start = gradients + from;
      if (copies > 1) addRows(start, start + this->count, nullptr, copies - 1, count, this->count);
      sum += squaredNorm(start, count);
    });
    return sum;
  }

  void move(Part some, const AdamFactors &factors) const {
    inPieces(some, [&](int64_t from, int64_t count) {
      adam(
          values + from, gradients + from, means + from, squares + from, average == nullptr ? nullptr : average + from,
          count, factors);
    });
  }

private:
  /// Pieces so short that what reads one twice finds it in the nearest cache.
  template <typename Body> static void inPieces(Part some, const Body &body) {
    constexpr int64_t piece = 2048;
    for (int64_t from = some.begin; from < some.end; from += piece) body(from, std::min(piece, some.end - from));
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
  gt_matrix_product product;
  int64_t inputs, outputs;
  gt_activation activation;
  float slope;
  Parameter weight;
  /// Null pointers where there is none.
  Parameter bias;
  /// Room for as many sums as there are outputs, for each block of rows.
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
          product, inputGradients + some.begin, inputs, {gradients, outputs}, {weight.values + some.begin, inputs}, rows,
          some.count(), outputs);
      multiplyByDerivative(
          inputGradients + some.begin, derivative.results + some.begin, {rows, some.count(), inputs},
          derivative.activation, derivative.slope);
    });
  }

  void multiplySome(Part some, float *results, const float *input, int64_t rows) const {
    multiply(
        product, results + some.begin, outputs, {input, inputs}, {weight.values + some.begin * inputs, inputs, true}, rows,
        some.count(), inputs);
  }

  /// Gradients of the weights of some inputs and of the biases of some outputs, out of a block of rows.
  ///
  /// A bias is added up by groups of rows: where only the difference of a pair's logits counts, what is alike in both items
  /// gets opposite gradients, and added up in the same order the two sums cancel without a rest, which Adam would take for a
  /// gradient.
  void multiplyOut(
      int64_t block, Part ofInputs, Part ofOutputs, const float *gradients, const float *input, const float *scales,
      std::initializer_list<Part> groups) const {
    const Part all{groups.begin()->begin, (groups.end() - 1)->end};
    multiply(
        product, weight.gradients + block * weight.count + ofInputs.begin, inputs,
        {gradients + all.begin * outputs, outputs, true}, {input + all.begin * inputs + ofInputs.begin, inputs}, outputs,
        ofInputs.count(), all.count());
    if (bias.gradients == nullptr) return;
    float *const target = bias.gradients + block * bias.count;
    std::fill_n(target + ofOutputs.begin, ofOutputs.count(), 0.0f);
    float *const sum = sums + block * outputs;
    for (const Part rows : groups) {
      std::fill_n(sum + ofOutputs.begin, ofOutputs.count(), 0.0f);
      addRows(
          sum + ofOutputs.begin, gradients + rows.begin * outputs + ofOutputs.begin,
          scales == nullptr ? nullptr : scales + rows.begin, rows.count(), ofOutputs.count(), outputs);
      for (int64_t output = ofOutputs.begin; output < ofOutputs.end; ++output) target[output] += sum[output];
    }
  }
};

/// A network with memory for a number of rows, and for the gradients of a number of blocks of them.
class Network {
public:
  Network(const gt_dense *layers, int32_t count, int64_t rows, int64_t blocks) : rows(rows), blocks(blocks) {
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

  /// Multiplies out the gradients of a block of rows, which come in groups that are added up by themselves. The rows' gradients
  /// count by `scales`, all alike where there are none; with them, what the weights are multiplied with is in `factors` instead
  /// of the inputs.
  void multiplyOut(
      int64_t block, std::initializer_list<Part> groups, int64_t parts, const float *scales,
      const std::vector<float *> *factors) const {
    together(parts, [&](int64_t index) {
      for (size_t layer = 0; layer < layers.size(); ++layer) {
        layers[layer].multiplyOut(
            block, part(layers[layer].inputs, index, parts), part(layers[layer].outputs, index, parts),
            gradients[layer], factors == nullptr ? inputs[layer] : (*factors)[layer], scales, groups);
      }
    });
  }

  /// Adds up a part of all gradients over the blocks. Returns the sum of their squares.
  double addUp(int64_t index, int64_t parts) const {
    double squares = 0;
    forEachParameter([&](const Parameter &parameter) {
      squares += parameter.addUp(part(parameter.count, index, parts), blocks);
    });
    return squares;
  }

  void move(int64_t index, int64_t parts, const AdamFactors &factors) const {
    forEachParameter([&](const Parameter &parameter) {
      parameter.move(part(parameter.count, index, parts), factors);
    });
  }

  float *memory(int64_t count) {
    kept.push_back(at::empty({std::max<int64_t>(count, 1)}, at::TensorOptions(at::kFloat)));
    return kept.back().mutable_data_ptr<float>();
  }

  const int64_t rows, blocks;
  std::vector<Layer> layers;
  /// What each layer is given, [rows, inputs].
  std::vector<float *> inputs;
  /// Gradients by each layer's sums, before its activation, [rows, outputs].
  std::vector<float *> gradients;

private:
  template <typename Body> void forEachParameter(const Body &body) const {
    for (const Layer &layer : layers) {
      body(layer.weight);
      if (layer.bias.values != nullptr) body(layer.bias);
    }
  }

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
        matrixProduct(), weight.size(1), weight.size(0), dense.activation, static_cast<float>(dense.slope),
        parameter(dense.weight, dense.weight_moments, dense.weight_average, weight.sizes()), {},
        memory(blocks * weight.size(0))});
    if (dense.bias.raw == nullptr) return;
    layers.back().bias = parameter(dense.bias, dense.bias_moments, dense.bias_average, {weight.size(0)});
  }

  Parameter parameter(gt_tensor values, const gt_tensor moments[2], gt_tensor average, at::IntArrayRef sizes) {
    Parameter parameter;
    parameter.values = elements(values, sizes);
    parameter.means = elements(moments[0], sizes);
    parameter.squares = elements(moments[1], sizes);
    if (average.raw != nullptr) parameter.average = elements(average, sizes);
    parameter.count = borrow(values).numel();
    parameter.gradients = memory(blocks * parameter.count);
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

} // namespace gand
