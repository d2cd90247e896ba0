// Random generators and what is drawn from them.
#include "Guard.hpp"
#include "Vectors.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Generator.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randperm.h>

#include <algorithm>
#include <cstring>
#include <mutex>

using namespace gand;

namespace {

at::Generator borrow(gt_generator handle) {
  TORCH_CHECK(handle.raw != nullptr, "a generator is missing");
  return *static_cast<at::Generator *>(handle.raw);
}

at::Tensor floats(const intptr_t *shape, int32_t rank) {
  return at::empty(sizes(shape, rank), at::TensorOptions(at::kFloat));
}

/// The numbers that uniform_ gives, many at once, and the generator left as it leaves it.
void drawShares(at::Tensor &target, at::Generator generator) {
  const std::scoped_lock lock(generator.mutex());
  auto &source = *at::check_generator<at::CPUGeneratorImpl>(generator);
  at::mt19937 engine = source.engine();
  at::mt19937_data_pod state = engine.data();
  float *place = target.mutable_data_ptr<float>();
  for (int64_t left = target.numel(); left > 0;) {
    if (state.left_ == 1) {
      twist(state.state_.data());
      state.left_ = twistedWords + 1;
      state.next_ = 0;
    }
    const int64_t count = std::min<int64_t>(left, state.left_ - 1);
    temper(place, state.state_.data() + state.next_, count);
    place += count;
    left -= count;
    state.left_ -= static_cast<int>(count);
    state.next_ += static_cast<uint32_t>(count);
  }
  engine.set_data(state);
  source.set_engine(engine);
}

} // namespace

gt_status gt_generator_new(uint64_t seed, gt_generator *out) noexcept {
  return guarded("new generator", [&] { out->raw = new at::Generator(at::detail::createCPUGenerator(seed)); });
}

void gt_generator_free(gt_generator generator) noexcept { delete static_cast<at::Generator *>(generator.raw); }

gt_status gt_generator_state_size(gt_generator generator, size_t *out) noexcept {
  return guarded("generator state", [&] { *out = borrow(generator).get_state().nbytes(); });
}

gt_status gt_generator_state(gt_generator generator, uint8_t *buffer, size_t length) noexcept {
  return guarded("generator state", [&] {
    const at::Tensor state = borrow(generator).get_state();
    TORCH_CHECK(state.nbytes() == length, "a generator's state has ", state.nbytes(), " bytes, not ", length);
    std::memcpy(buffer, state.const_data_ptr(), length);
  });
}

gt_status gt_generator_restore(gt_generator generator, const uint8_t *bytes, size_t length) noexcept {
  return guarded("restoring a generator", [&] {
    at::Tensor state = at::empty({static_cast<int64_t>(length)}, at::TensorOptions(at::kByte));
    std::memcpy(state.mutable_data_ptr(), bytes, length);
    borrow(generator).set_state(state);
  });
}

gt_status gt_normal(
    const intptr_t *shape, int32_t rank, double mean, double deviation, gt_generator generator,
    gt_tensor *out) noexcept {
  return produce("normal", out, [&] { return floats(shape, rank).normal_(mean, deviation, borrow(generator)); });
}

gt_status gt_uniform(
    const intptr_t *shape, int32_t rank, double lower, double upper, gt_generator generator, gt_tensor *out) noexcept {
  return produce("uniform", out, [&] {
    at::Tensor numbers = floats(shape, rank);
    if (lower == 0 && upper == 1) {
      drawShares(numbers, borrow(generator));
      return numbers;
    }
    return numbers.uniform_(lower, upper, borrow(generator));
  });
}
