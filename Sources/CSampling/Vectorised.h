// x86-64-v3 has AVX2 and FMA, v4 AVX-512; what has neither runs the first version. ThreadSanitizer would watch the functions
// that choose, which run before it is ready.
#pragma once

#if defined(__x86_64__) && !__has_feature(thread_sanitizer)
#define VECTORISED __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define VECTORISED
#endif
