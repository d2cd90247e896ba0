// Work shared among the threads that libtorch computes with.
//
// at::parallel_for is a template that does nothing in parallel unless it is compiled with GCC's OpenMP, which clang can't
// be told to use. So the team is asked for itself: GCC's compiled code does the same (libgomp's ABI, GOMP_parallel).
#pragma once

#include <cstdint>
#include <exception>
#include <utility>

namespace gand {

/// Threads that the calling one may use, itself included.
int64_t availableThreads();

/// Runs body(context, 0), …, body(context, count - 1), at most as many at a time as there are threads available. They must
/// not throw. Operations of libtorch within them run on one thread each.
void runTogether(int64_t count, void (*body)(void *, int64_t), void *context);

/// Runs body(0), …, body(count - 1) likewise; what one throws is thrown when all have ended.
template <typename Body> void together(int64_t count, const Body &body) {
  struct Work {
    const Body &body;
    std::exception_ptr failure;
    bool hasFailed = false;
  } work{body, nullptr};
  runTogether(
      count,
      [](void *context, int64_t index) {
        auto &work = *static_cast<Work *>(context);
        try {
          work.body(index);
        } catch (...) {
          if (!__atomic_exchange_n(&work.hasFailed, true, __ATOMIC_ACQ_REL)) work.failure = std::current_exception();
        }
      },
      &work);
  if (work.failure) std::rethrow_exception(work.failure);
}

/// The part `index` of `parts` nearly equal ones of the numbers below `count`, as a half-open range.
inline std::pair<int64_t, int64_t> share(int64_t count, int64_t index, int64_t parts) {
  return {count * index / parts, count * (index + 1) / parts};
}

} // namespace gand
