// Work of a CUDA device that is recorded once and replayed: CUDA graphs, as libtorch has them.
//
// GAND_CUDA is defined where the libtorch that is built against has CUDA; without it nothing can be recorded.
#include "Guard.hpp"

#ifdef GAND_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

using namespace gand;

#ifdef GAND_CUDA
namespace {

struct Recording {
  explicit Recording(c10::DeviceIndex device)
      : stream(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device)) {}

  c10::cuda::CUDAStream stream;
  at::cuda::CUDAGraph graph;
};

Recording &recording(gt_graph graph) {
  TORCH_CHECK(graph.raw != nullptr, "a graph is missing");
  return *static_cast<Recording *>(graph.raw);
}

} // namespace

bool gt_can_record(void) noexcept { return true; }

gt_status gt_graph_new(gt_device device, gt_graph *out) noexcept {
  return guarded("graph", [&] {
    const auto index = static_cast<c10::DeviceIndex>(device.index);
    auto made = std::make_unique<Recording>(index);
    // What was told to the stream before comes first.
    c10::cuda::getCurrentCUDAStream(index).synchronize();
    c10::cuda::setCurrentCUDAStream(made->stream);
    out->raw = made.release();
  });
}

gt_status gt_graph_begin(gt_graph graph) noexcept {
  return guarded("graph's recording", [&] {
    recording(graph).stream.synchronize();
    // Other threads may go on to use the device meanwhile.
    recording(graph).graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
  });
}

gt_status gt_graph_end(gt_graph graph) noexcept {
  return guarded("graph's recording", [&] { recording(graph).graph.capture_end(); });
}

gt_status gt_graph_replay(gt_graph graph) noexcept {
  return guarded("graph", [&] { recording(graph).graph.replay(); });
}

void gt_graph_free(gt_graph graph) noexcept { delete static_cast<Recording *>(graph.raw); }

#else

namespace {

gt_status refuse() noexcept {
  return guarded("graph", [] { TORCH_CHECK(false, "this libtorch has no CUDA"); });
}

} // namespace

bool gt_can_record(void) noexcept { return false; }
gt_status gt_graph_new(gt_device, gt_graph *) noexcept { return refuse(); }
gt_status gt_graph_begin(gt_graph) noexcept { return refuse(); }
gt_status gt_graph_end(gt_graph) noexcept { return refuse(); }
gt_status gt_graph_replay(gt_graph) noexcept { return refuse(); }
void gt_graph_free(gt_graph) noexcept {}

#endif
