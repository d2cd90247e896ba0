#include "Parallel.hpp"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <dlfcn.h>

#include <algorithm>

namespace gand {
namespace {

/// What of libgomp is used; absent where libtorch runs on other threads.
struct Team {
  void (*parallel)(void (*)(void *), void *, unsigned, unsigned);
  int (*threadNumber)();
  int (*threadCount)();

  bool exists() const { return parallel != nullptr && threadNumber != nullptr && threadCount != nullptr; }
};

template <typename Function> void find(Function &function, const char *name) {
  function = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

const Team &team() {
  static const Team found = [] {
    Team team{};
    find(team.parallel, "GOMP_parallel");
    find(team.threadNumber, "omp_get_thread_num");
    find(team.threadCount, "omp_get_num_threads");
    return team;
  }();
  return found;
}

struct Share {
  int64_t count;
  void (*body)(void *, int64_t);
  void *context;
};

} // namespace

int64_t availableThreads() { return at::in_parallel_region() ? 1 : std::max(1, at::get_num_threads()); }

void runTogether(int64_t count, void (*body)(void *, int64_t), void *context) {
  const int64_t threads = std::min(count, availableThreads());
  if (threads <= 1 || !team().exists()) {
    for (int64_t index = 0; index < count; ++index) body(context, index);
    return;
  }
  Share share{count, body, context};
  team().parallel(
      [](void *given) {
        const Share &share = *static_cast<Share *>(given);
        // A thread of the team knows nothing of the caller's mode.
        const c10::AutoGradMode withoutGradients(false);
        for (int64_t index = team().threadNumber(); index < share.count; index += team().threadCount()) {
          share.body(share.context, index);
        }
      },
      &share, static_cast<unsigned>(threads), 0);
}

} // namespace gand
