// The CPU allocator: blocks that were freed are kept and handed out again.
//
// A training step frees and asks for the same sizes over and over. glibc maps each large one anew, and the kernel
// clears its pages at first touch, which costs more than many an operation on them.
#include "Guard.hpp"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <mutex>

namespace gand {
namespace {

/// Widest vector register and cache line of the processors we run on.
constexpr size_t alignment = 64;
constexpr size_t hugePage = size_t{2} << 20;
/// From here on a block is a mapping of its own, aligned so that the kernel may back it with huge pages.
constexpr size_t mappedFrom = size_t{4} << 20;
/// Bytes of freed blocks that are kept for reuse.
constexpr size_t cacheLimit = size_t{2} << 30;

/// Stands right before the elements of a block and fills one alignment unit.
struct alignas(alignment) Header {
  size_t capacity;
  size_t sizeClass;
  Header *older;
  Header *newer;
  Header *nextFree;
  Header *previousFree;
};
static_assert(sizeof(Header) == alignment);

/// Four sizes to each power of two: at most a quarter of a block is unused.
size_t classOf(size_t bytes) {
  const size_t units = std::max<size_t>((bytes + alignment - 1) / alignment, 1);
  if (units <= 4) return units - 1;
  const size_t exponent = std::bit_width(units - 1) - 1;
  return (exponent - 1) * 4 + (((units - 1) >> (exponent - 2)) & 3);
}

size_t capacityOf(size_t sizeClass) {
  if (sizeClass < 4) return (sizeClass + 1) * alignment;
  const size_t exponent = sizeClass / 4 + 1;
  return ((5 + sizeClass % 4) << (exponent - 2)) * alignment;
}

constexpr size_t classCount = 200;

size_t mappedLength(size_t capacity) { return (capacity + alignment + hugePage - 1) / hugePage * hugePage; }

void *mapped(size_t capacity) {
  const size_t length = mappedLength(capacity);
  const size_t reserved = length + hugePage;
  void *start = mmap(nullptr, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return nullptr;
  const auto address = reinterpret_cast<uintptr_t>(start);
  const uintptr_t aligned = (address + hugePage - 1) / hugePage * hugePage;
  if (aligned > address) munmap(start, aligned - address);
  const uintptr_t end = aligned + length;
  if (address + reserved > end) munmap(reinterpret_cast<void *>(end), address + reserved - end);
  // Fewer faults and fewer misses of the address cache; a kernel without huge pages just says no.
  madvise(reinterpret_cast<void *>(aligned), length, MADV_HUGEPAGE);
  return reinterpret_cast<void *>(aligned);
}

class CachingAllocator final : public c10::Allocator {
public:
  c10::DataPtr allocate(size_t bytes) override {
    if (bytes == 0) return {nullptr, nullptr, &release, c10::Device(c10::DeviceType::CPU)};
    void *elements = take(bytes);
    return {elements, elements, &release, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &release; }

  void copy_data(void *destination, const void *source, size_t count) const override {
    default_copy_data(destination, source, count);
  }

  gt_memory_statistics statistics() {
    const std::lock_guard lock(mutex);
    return figures;
  }

  size_t trim() {
    const std::lock_guard lock(mutex);
    const auto before = figures.cached_bytes;
    evict(0);
    return static_cast<size_t>(before);
  }

private:
  void *take(size_t bytes) {
    const size_t sizeClass = classOf(bytes);
    TORCH_CHECK(sizeClass < classCount, "not enough memory: a tensor of ", bytes, " bytes");
    const size_t capacity = capacityOf(sizeClass);
    {
      const std::lock_guard lock(mutex);
      ++figures.requests;
      if (Header *header = free[sizeClass]) {
        unlink(header);
        ++figures.requests_from_cache;
        countLive(capacity);
        return header + 1;
      }
    }
    Header *header = obtain(capacity);
    if (header == nullptr) {
      // What is kept for later may be what is missing now.
      trim();
      header = obtain(capacity);
    }
    TORCH_CHECK(header != nullptr, "not enough memory: ", bytes, " bytes could not be had");
    header->capacity = capacity;
    header->sizeClass = sizeClass;
    const std::lock_guard lock(mutex);
    countLive(capacity);
    return header + 1;
  }

  static void release(void *elements);

  void giveBack(Header *header) {
    const std::lock_guard lock(mutex);
    figures.live_bytes -= static_cast<int64_t>(header->capacity);
    --figures.live_blocks;
    if (header->capacity > cacheLimit) {
      discard(header);
      return;
    }
    evict(cacheLimit - header->capacity);
    link(header);
  }

  static Header *obtain(size_t capacity) {
    if (capacity >= mappedFrom) return static_cast<Header *>(mapped(capacity));
    return static_cast<Header *>(std::aligned_alloc(alignment, capacity + sizeof(Header)));
  }

  static void discard(Header *header) {
    if (header->capacity >= mappedFrom) {
      munmap(header, mappedLength(header->capacity));
    } else {
      std::free(header);
    }
  }

  void countLive(size_t capacity) {
    figures.live_bytes += static_cast<int64_t>(capacity);
    ++figures.live_blocks;
    figures.peak_live_bytes = std::max(figures.peak_live_bytes, figures.live_bytes);
  }

  /// Keeps a block: first of its size, newest of all.
  void link(Header *header) {
    header->previousFree = nullptr;
    header->nextFree = free[header->sizeClass];
    if (header->nextFree != nullptr) header->nextFree->previousFree = header;
    free[header->sizeClass] = header;
    header->newer = nullptr;
    header->older = newest;
    (newest != nullptr ? newest->newer : oldest) = header;
    newest = header;
    figures.cached_bytes += static_cast<int64_t>(header->capacity);
    ++figures.cached_blocks;
  }

  void unlink(Header *header) {
    (header->previousFree != nullptr ? header->previousFree->nextFree : free[header->sizeClass]) = header->nextFree;
    if (header->nextFree != nullptr) header->nextFree->previousFree = header->previousFree;
    (header->older != nullptr ? header->older->newer : oldest) = header->newer;
    (header->newer != nullptr ? header->newer->older : newest) = header->older;
    figures.cached_bytes -= static_cast<int64_t>(header->capacity);
    --figures.cached_blocks;
  }

  /// Discards the blocks that have been unused for longest until at most `limit` bytes are kept.
  void evict(size_t limit) {
    while (oldest != nullptr && static_cast<size_t>(figures.cached_bytes) > limit) {
      Header *header = oldest;
      unlink(header);
      discard(header);
    }
  }

  std::mutex mutex;
  std::array<Header *, classCount> free{};
  Header *newest = nullptr;
  Header *oldest = nullptr;
  gt_memory_statistics figures{};
};

/// Never destroyed: tensors that end with the process still give their blocks back.
CachingAllocator &allocator() {
  static CachingAllocator *const instance = new CachingAllocator;
  return *instance;
}

void CachingAllocator::release(void *elements) {
  if (elements != nullptr) allocator().giveBack(static_cast<Header *>(elements) - 1);
}

/// Before main, hence before any tensor of ours. A tensor made earlier carries its own allocator's deleter.
const bool installed = [] {
  c10::SetCPUAllocator(&allocator(), /*priority=*/1);
  return true;
}();

} // namespace
} // namespace gand

gt_memory_statistics gt_memory(void) noexcept { return gand::allocator().statistics(); }

size_t gt_trim_memory(void) noexcept {
  const size_t bytes = gand::allocator().trim();
  // Each thread's blocks lie in an arena of glibc's, whose freed pages stay with the process unless their end is free: what jobs
  // on changing threads left, of libtorch's and Swift's small blocks too, would add up.
  malloc_trim(0);
  return bytes;
}
