#include "base/cpu.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

static const char *const level_names[] = {
    [WEFT_CPU_PLAIN] = "plain",
    [WEFT_CPU_NEON] = "neon",
    [WEFT_CPU_AVX2] = "avx2",
    [WEFT_CPU_AVX512] = "avx512",
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static weft_cpu detected;

static weft_cpu machine_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return WEFT_CPU_PLAIN;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni"))
        return WEFT_CPU_AVX512;
    return WEFT_CPU_AVX2;
#elif defined(__aarch64__)
    return WEFT_CPU_NEON;
#else
    return WEFT_CPU_PLAIN;
#endif
}

/* "neon" on x86-64 names a level below AVX2 without code there: it means plain. */
static void detect(void) {
    detected = machine_level();
    const char *wanted = getenv("WEFT_CPU");
    if (!wanted) return;
    for (weft_cpu level = WEFT_CPU_PLAIN; level < detected; level++)
        if (strcmp(wanted, level_names[level]) == 0) detected = level;
#if defined(__x86_64__)
    if (detected == WEFT_CPU_NEON) detected = WEFT_CPU_PLAIN;
#endif
}

weft_cpu weft_cpu_level(void) {
    pthread_once(&once, detect);
    return detected;
}

const char *weft_cpu_name(weft_cpu level) { return level_names[level]; }
