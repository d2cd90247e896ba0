#include "CSharedCores.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

// Some 20 µs.
static char spins[] = "GOMP_SPINCOUNT=2000";

static int sets(const char *entry, const char *name) {
    size_t length = strlen(name);
    return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

static void start_again(int count, char **words, char **environment) {
    enum { most = 4096 };
    if (count < 2 || strcmp(words[1], "serve") != 0) return;
    size_t size = 0;
    for (; environment[size] != NULL; size++) {
        if (size == most || sets(environment[size], "GOMP_SPINCOUNT") || sets(environment[size], "OMP_WAIT_POLICY")) return;
    }
    // Nothing is initialised yet, the C library's memory and its own environment included.
    char *changed[most + 2];
    memcpy(changed, environment, size * sizeof *environment);
    changed[size] = spins;
    changed[size + 1] = NULL;
    execve("/proc/self/exe", words, changed);
}

// glibc calls these before the initialisers of any library (System V ABI, DT_PREINIT_ARRAY).
__attribute__((section(".preinit_array"), used)) static void (*const first)(int, char **, char **) = start_again;
