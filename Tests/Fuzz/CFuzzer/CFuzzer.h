// libFuzzer's entrance for programs that have a main of their own (llvm.org/docs/LibFuzzer.html, "Using libFuzzer as a
// library").
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*read)(const uint8_t *bytes, size_t size));
