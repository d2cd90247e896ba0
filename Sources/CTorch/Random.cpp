// Random generators and what is drawn from them.
#include "Guard.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Generator.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randperm.h>

#include <cstring>

using namespace gand;

namespace {

at::Generator borrow(gt_generator handle) {
  TORCH_CHECK(handle.raw != nullptr, "a generator is missing");
  return *static_cast<at::Generator *>(handle.raw);
}

at::Tensor floats(const intptr_t *shape, int32_t rank) {
  return at::empty(sizes(shape, rank), at::TensorOptions(at::kFloat));
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
  return produce("uniform", out, [&] { return floats(shape, rank).uniform_(lower, upper, borrow(generator)); });
}

gt_status gt_random_integers(
    const intptr_t *shape, int32_t rank, int64_t lower, int64_t upper, gt_generator generator,
    gt_tensor *out) noexcept {
  return produce("random integers", out, [&] {
    return at::randint(lower, upper, sizes(shape, rank), borrow(generator), at::TensorOptions(at::kLong));
  });
}

gt_status gt_permutation(int64_t count, gt_generator generator, gt_tensor *out) noexcept {
  return produce(
      "permutation", out, [&] { return at::randperm(count, borrow(generator), at::TensorOptions(at::kLong)); });
}
