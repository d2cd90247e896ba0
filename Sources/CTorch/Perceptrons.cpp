// Two perceptrons trained against each other without a gradient graph.
//
// A graph costs a small network more than its arithmetic: a node and a tensor for each operation, and a wait of all
// threads after each. Here an update is two pieces of work that threads share. In the first each thread takes some of
// the packs through both networks and back, and multiplies out what they have to say of the weights; in the second each adds
// up a share of the gradients and moves its weights while they are still in its cache. All memory is there before the first
// step.
//
// Where a layer's weights are large, the first piece is shared otherwise: threads take all packs together from layer to
// layer, each some of its outputs, so that each reads a part of the weights only. That costs a wait after each layer, which
// is then short beside the layer itself.
#include "PerceptronNetwork.hpp"
#include "TableRows.hpp"

#include <c10/core/GradMode.h>

#include <cmath>
#include <optional>

using namespace gand;

namespace {

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
      int64_t batch, int64_t packing, gt_objective objective, const gt_rows *tableRows)
      : packs(packing > 0 ? batch / packing : 0), packing(packing), threads(availableThreads()),
        objective(objective), blocks(isLarge(generator, generatorCount) || isLarge(discriminator, discriminatorCount) ? 1 : threads),
        generator(generator, generatorCount, batch, blocks),
        discriminator(discriminator, discriminatorCount, 2 * packs, blocks),
        parts(threads / blocks), logits(static_cast<size_t>(2 * packs)), scales(static_cast<size_t>(2 * packs)),
        partial(static_cast<size_t>(threads)) {
    if (tableRows != nullptr) {
      table.emplace(*tableRows, batch);
      TORCH_CHECK(
          this->generator.outputCount() == table->width(), "rows of ", table->width(), " numbers were expected, not of ",
          this->generator.outputCount());
      shownGradients = this->discriminator.memory(2 * packs * this->discriminator.inputCount());
    }
    TORCH_CHECK(
        batch > 0 && packs * packing == batch, "a batch of ", batch, " isn't made of packs of ", packing);
    TORCH_CHECK(this->discriminator.outputCount() == 1, "the discriminator's last layer must have one output");
    TORCH_CHECK(
        shownWidth() * packing == this->discriminator.inputCount(), "the discriminator takes ",
        this->discriminator.inputCount(), " numbers, a pack has ", shownWidth() * packing);
  }

  gt_update moveDiscriminator(
      const at::Tensor &real, const at::Tensor &latents, const at::Tensor &labels, const at::Tensor &noise, float target,
      float realGamma, float fakeGamma, const gt_adam &adam) {
    const float *const items = rows(real, packs * packing, generator.outputCount());
    copyLatents(latents, labels, noise);
    const bool isPenalised = realGamma > 0 || fakeGamma > 0;
    if (isPenalised) prepareForPenalty();
    losses.assign(static_cast<size_t>(blocks), 0);
    run(blocks, [&](int64_t block) {
      const Part some = part(packs, block, blocks);
      show(some, items);
      generate(some);
      losses[static_cast<size_t>(block)] = judge(some, target, isPenalised);
      const Part both{2 * some.begin, 2 * some.end};
      discriminator.backward(
          both, isPenalised ? discriminatorFactors.front() + inputOffset(both.begin) : nullptr,
          {GT_ACTIVATION_NONE, 0, discriminator.input(both.begin)}, parts);
      if (isPenalised) penalise(some, realGamma, fakeGamma);
      discriminator.multiplyOut(
          block, {{both.begin, both.begin + some.count()}, {both.begin + some.count(), both.end}}, parts,
          isPenalised ? scales.data() : nullptr, isPenalised ? &discriminatorFactors : nullptr);
    });
    return move(discriminator, adam);
  }

  gt_update moveGenerator(
      const at::Tensor *latents, const at::Tensor &labels, const at::Tensor &noise, const gt_adam &adam) {
    if (latents != nullptr) copyLatents(*latents, labels, noise);
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
      const Part made{some.begin * packing, some.end * packing};
      const Layer &last = generator.layers.back();
      if (table) {
        float *const shown = shownGradients + fakes.begin * discriminator.inputCount();
        discriminator.backward(fakes, shown, {GT_ACTIVATION_NONE, 0, discriminator.input(fakes.begin)}, parts);
        loss += static_cast<double>(packs) * chooseBackward(made, shown);
      } else {
        discriminator.backward(
            fakes, generator.lastGradients(made.begin),
            {last.activation, last.slope, discriminator.input(fakes.begin)}, parts);
      }
      losses[static_cast<size_t>(block)] = loss;
      generator.backward(made, nullptr, {}, parts);
      generator.multiplyOut(block, {made}, parts, nullptr, nullptr);
    });
    return move(generator, adam);
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

  int64_t shownWidth() const { return table ? table->shownWidth() : generator.outputCount(); }

  void copyLatents(const at::Tensor &latents, const at::Tensor &labels, const at::Tensor &noise) {
    const int64_t count = packs * packing;
    const int64_t conditions = table ? table->conditions() : 0, width = generator.inputCount() - conditions;
    const float *const given = rows(latents, count, width);
    if (!table) return void(std::copy_n(given, count * width, generator.input(0)));
    table->take(labels, noise);
    for (int64_t row = 0; row < count; ++row) {
      std::copy_n(given + row * width, width, generator.input(row));
      table->writeCondition(generator.input(row) + width, row);
    }
  }

  /// Puts real items in front of the discriminator.
  void show(Part some, const float *items) {
    if (!table) {
      std::copy_n(
          items + some.begin * discriminator.inputCount(), some.count() * discriminator.inputCount(),
          discriminator.input(2 * some.begin));
      return;
    }
    float *const target = discriminator.input(2 * some.begin);
    const int64_t first = some.begin * packing;
    for (int64_t row = first; row < some.end * packing; ++row) {
      table->show(target + (row - first) * shownWidth(), items + row * table->width(), row);
    }
  }

  /// Takes the gradients by shown rows back to what the generator made. Returns the rows' mean distance from conditions.
  double chooseBackward(Part made, const float *shown) {
    std::vector<double> distances(static_cast<size_t>(parts));
    together(parts, [&](int64_t index) {
      const Part rows = part(made.count(), index, parts);
      for (int64_t row = rows.begin; row < rows.end; ++row) {
        distances[static_cast<size_t>(index)] += table->backward(
            generator.lastGradients(made.begin + row), shown + row * shownWidth(), made.begin + row);
      }
    });
    return sum(distances) / static_cast<double>(packs * packing);
  }

  int64_t inputOffset(int64_t row) const { return row * discriminator.inputCount(); }

  /// The real packs of a block come first, the generated ones after them.
  void generate(Part some) {
    const Part made{some.begin * packing, some.end * packing};
    float *const target = discriminator.input(2 * some.begin + some.count());
    if (!table) return generator.forward(made, target, parts);
    generator.forward(made, table->made(made.begin), parts);
    together(parts, [&](int64_t index) {
      const Part rows = part(made.count(), index, parts);
      for (int64_t row = rows.begin; row < rows.end; ++row) {
        table->show(target + row * shownWidth(), made.begin + row);
      }
    });
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
      // A condition is given, so how a logit changes with it is no slope at an item.
      for (int64_t item = 0; table && item < packing; ++item) {
        std::fill_n(
            slope + row * width + item * shownWidth() + table->width(), table->conditions(), 0.0f);
      }
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

  gt_update move(Network &network, const gt_adam &adam) {
    const double loss = sum(losses) / static_cast<double>(packs);
    AdamFactors factors = adamFactors(adam);
    const bool isLimited = std::isfinite(adam.norm_limit);
    run(threads, [&](int64_t thread) {
      partial[static_cast<size_t>(thread)] = network.addUp(thread, threads);
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

  /// Whether threads had better take parts of a layer than of the packs: so many numbers fill a cache of 256 KiB.
  static bool isLarge(const gt_dense *layers, int32_t count) {
    return std::any_of(layers, layers + count, [](const gt_dense &layer) {
      return borrow(layer.weight).numel() > int64_t{1} << 16;
    });
  }

  /// Blocks of packs that are taken through the networks by themselves, and parts that each layer is then shared in: the one or
  /// the other is 1.
  const int64_t blocks;
  Network generator, discriminator;
  const int64_t parts;
  /// Where the items are rows of a table.
  std::optional<TableRows> table;
  /// Gradients by what the discriminator is shown, where they aren't those by what the generator makes.
  float *shownGradients = nullptr;
  /// Logits of the discriminator's last update, and of the generator's, which judges anew.
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
    int64_t batch, int64_t packing, gt_objective objective, const gt_rows *rows, gt_game *out) noexcept {
  return guarded("perceptrons", [&] {
    out->raw = new Game(generator, generator_count, discriminator, discriminator_count, batch, packing, objective, rows);
  });
}

void gt_game_free(gt_game handle) noexcept { delete static_cast<Game *>(handle.raw); }

gt_status gt_game_move_discriminator(
    gt_game handle, gt_tensor real, gt_tensor latents, gt_tensor labels, gt_tensor noise, double real_target,
    double real_gamma, double fake_gamma, gt_adam adam, gt_update *out) noexcept {
  return guarded(
      "discriminator's update",
      [&] {
        *out = game(handle).moveDiscriminator(
            borrow(real), borrow(latents), borrowOptional(labels), borrowOptional(noise), static_cast<float>(real_target), static_cast<float>(real_gamma),
            static_cast<float>(fake_gamma), adam);
      },
      real, latents);
}

gt_status gt_game_move_generator(
    gt_game handle, gt_tensor latents, gt_tensor labels, gt_tensor noise, gt_adam adam, gt_update *out) noexcept {
  return guarded(
      "generator's update",
      [&] {
        const at::Tensor given = borrowOptional(latents);
        *out = game(handle).moveGenerator(
            given.defined() ? &given : nullptr, borrowOptional(labels), borrowOptional(noise), adam);
      },
      latents);
}

gt_status gt_game_logits(gt_game handle, float *real, float *fake, int64_t capacity) noexcept {
  return guarded("logits", [&] {
    TORCH_CHECK(capacity >= game(handle).packs, "there is room for ", capacity, " of ", game(handle).packs, " logits");
    game(handle).copyLogits(real, fake);
  });
}
