// x86-64-v3 has AVX2 and FMA, v4 AVX-512; what has neither runs the first version.
#pragma once

#if defined(__x86_64__)
#define VECTORISED __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define VECTORISED
#endif
