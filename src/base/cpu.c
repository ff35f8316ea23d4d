/* cpu.c - asks the processor by CPUID (Intel SDM volume 2A; AMD APM volume 3) and the
 * operating system, which must save the registers of what is used. */
#include "base/cpu.h"

#include <stdlib.h>
#include <string.h>

#include <pthread.h>
#if defined __x86_64__
#include <cpuid.h>
#endif
#if defined __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif
#if defined __aarch64__ && defined __linux__
#include <sys/auxv.h>
#endif

static const char *const level_names[] = {
    [WEFT_CPU_PLAIN] = "plain",
    [WEFT_CPU_NEON] = "neon",
    [WEFT_CPU_NEON_DOT] = "neondot",
    [WEFT_CPU_AVX2] = "avx2",
    [WEFT_CPU_AVX_VNNI] = "avxvnni",
    [WEFT_CPU_AVX512] = "avx512",
    [WEFT_CPU_AVX512_VNNI] = "avx512vnni",
    [WEFT_CPU_AVX512_BF16] = "avx512bf16",
    [WEFT_CPU_AMX] = "amx",
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has[WEFT_CPU_LEVELS];
static weft_cpu best;

#if defined __x86_64__
/* Linux hands out the 8 KiB of tile registers only to a process that asks
 * (Documentation/arch/x86/xstate.rst). */
static bool may_use_tiles(void) {
#if defined __linux__
    enum { ARCH_REQUEST_XCOMP_PERMISSION = 0x1023, TILE_DATA = 18 };
    return syscall(SYS_arch_prctl, ARCH_REQUEST_XCOMP_PERMISSION, TILE_DATA) == 0;
#else
    return false;
#endif
}

/* __builtin_cpu_supports covers what the system must save; the newest bits are read
 * here, because compilers differ in which of them they know. */
static void detect_x86(void) {
    unsigned a = 0, b, c, d, a1 = 0, b1, c1, d1 = 0;
    enum { AVX_VNNI = 1 << 4, AVX512_BF16 = 1 << 5 };                    /* leaf 7.1, eax */
    enum { AMX_BF16 = 1 << 22, AMX_TILE = 1 << 24, AMX_INT8 = 1 << 25 }; /* leaf 7.0, edx */
    const unsigned amx = AMX_BF16 | AMX_TILE | AMX_INT8;
    __builtin_cpu_init();
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return;
    if (a >= 1) __get_cpuid_count(7, 1, &a1, &b1, &c1, &d1);
    has[WEFT_CPU_AVX2] = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    has[WEFT_CPU_AVX_VNNI] = has[WEFT_CPU_AVX2] && (a1 & AVX_VNNI);
    has[WEFT_CPU_AVX512] = has[WEFT_CPU_AVX2] && __builtin_cpu_supports("avx512f") &&
                           __builtin_cpu_supports("avx512bw") &&
                           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    has[WEFT_CPU_AVX512_VNNI] = has[WEFT_CPU_AVX512] && __builtin_cpu_supports("avx512vnni");
    has[WEFT_CPU_AVX512_BF16] = has[WEFT_CPU_AVX512_VNNI] && (a1 & AVX512_BF16);
    has[WEFT_CPU_AMX] = has[WEFT_CPU_AVX512_BF16] && (d & amx) == amx && may_use_tiles();
}
#endif

static void detect(void) {
    has[WEFT_CPU_PLAIN] = true;
#if defined __x86_64__
    detect_x86();
#elif defined __aarch64__
    has[WEFT_CPU_NEON] = true;
#if defined __linux__
    enum { HAS_DOT = 1 << 20 }; /* HWCAP_ASIMDDP */
    has[WEFT_CPU_NEON_DOT] = (getauxval(AT_HWCAP) & HAS_DOT) != 0;
#endif
#endif
    weft_cpu limit = WEFT_CPU_LEVELS - 1;
    const char *wanted = getenv("WEFT_CPU");
    for (weft_cpu level = 0; wanted && level < WEFT_CPU_LEVELS; level++)
        if (strcmp(wanted, level_names[level]) == 0) limit = level;
    for (weft_cpu level = 0; level <= limit; level++)
        if (has[level]) best = level;
}

weft_cpu weft_cpu_level(void) {
    pthread_once(&once, detect);
    return best;
}

bool weft_cpu_has(weft_cpu level) {
    pthread_once(&once, detect);
    return has[level];
}

const char *weft_cpu_name(weft_cpu level) { return level_names[level]; }
