/* kernels.c - which tables this build has, and which of them this machine can use.
 * The tables are compiled from kernels_level.c by meson.build. */
#include "tensor/kernels.h"

#if defined __x86_64__
extern const weft_kernels weft_kernels_avx2, weft_kernels_avxvnni, weft_kernels_avx512,
    weft_kernels_avx512vnni, weft_kernels_avx512bf16, weft_kernels_amx;
#elif defined __aarch64__
extern const weft_kernels weft_kernels_neon, weft_kernels_neondot;
#endif
extern const weft_kernels weft_kernels_plain;

static const weft_kernels *const tables[WEFT_CPU_LEVELS] = {
    [WEFT_CPU_PLAIN] = &weft_kernels_plain,
#if defined __x86_64__
    [WEFT_CPU_AVX2] = &weft_kernels_avx2,
    [WEFT_CPU_AVX_VNNI] = &weft_kernels_avxvnni,
    [WEFT_CPU_AVX512] = &weft_kernels_avx512,
    [WEFT_CPU_AVX512_VNNI] = &weft_kernels_avx512vnni,
    [WEFT_CPU_AVX512_BF16] = &weft_kernels_avx512bf16,
    [WEFT_CPU_AMX] = &weft_kernels_amx,
#elif defined __aarch64__
    [WEFT_CPU_NEON] = &weft_kernels_neon,
    [WEFT_CPU_NEON_DOT] = &weft_kernels_neondot,
#endif
};

const weft_kernels *weft_kernels_for(weft_cpu level) {
    return weft_cpu_has(level) ? tables[level] : NULL;
}

const weft_kernels *weft_kernels_best(void) {
    for (weft_cpu level = weft_cpu_level();; level--)
        if (weft_kernels_for(level)) return tables[level];
}
