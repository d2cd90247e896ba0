// What ThreadSanitizer has to know of Swift's Mutex. scripts/sanitize links it into the tests that it watches.
//
// The Mutex of Linux is a futex with priority inheritance (swift/stdlib/public/Synchronization/Mutex/LinuxImpl.swift). As
// long as nobody waits, it is an atomic exchange in the caller's own, instrumented code. Where somebody does wait, the kernel
// hands it on, called from a library that isn't instrumented: without these two lines all that a contended Mutex guards would
// be reported. Both functions stand before the library's, since the program's own symbols are found first.

#define _GNU_SOURCE

#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>
#include <stdint.h>
#include <stdlib.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// A method finds its own address where Swift's calling convention keeps the context.
#define SELF __attribute__((swift_context)) void *handle

typedef __attribute__((swiftcall)) void lock_function(uint32_t thread, SELF);
typedef __attribute__((swiftcall)) void unlock_function(SELF);

static lock_function *lock_of_library;
static unlock_function *unlock_of_library;

__attribute__((constructor)) static void find_library(void) {
    lock_of_library = (lock_function *)dlsym(RTLD_NEXT, LOCK);
    unlock_of_library = (unlock_function *)dlsym(RTLD_NEXT, UNLOCK);
    if (lock_of_library == NULL || unlock_of_library == NULL) abort();
}

lock_function lock_slowly __asm__(LOCK);
unlock_function unlock_slowly __asm__(UNLOCK);

__attribute__((swiftcall)) void lock_slowly(uint32_t thread, SELF) {
    lock_of_library(thread, handle);
    __tsan_acquire(handle);
}

__attribute__((swiftcall)) void unlock_slowly(SELF) {
    __tsan_release(handle);
    unlock_of_library(handle);
}
