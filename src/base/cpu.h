/* cpu.h - which vector instructions this process may use.
 *
 * weft is compiled for the oldest machine it runs on; the few functions that
 * use newer instructions live in files of their own and are chosen at run time
 * by this level. */
#ifndef WEFT_BASE_CPU_H
#define WEFT_BASE_CPU_H

#include <stdbool.h>

/* From the plainest to the most capable. A level does not always include the one
 * before it (AVX-VNNI machines may lack AVX-512 and the other way round): ask
 * weft_cpu_has. */
typedef enum {
    WEFT_CPU_PLAIN,       /* portable C only */
    WEFT_CPU_NEON,        /* AArch64: always there */
    WEFT_CPU_NEON_DOT,    /* AArch64 with the dot product instructions */
    WEFT_CPU_AVX2,        /* x86-64: AVX2, FMA */
    WEFT_CPU_AVX_VNNI,    /* AVX2 and the 256-bit byte products of client processors */
    WEFT_CPU_AVX512,      /* AVX-512 F, BW, DQ, VL */
    WEFT_CPU_AVX512_VNNI, /* and byte products */
    WEFT_CPU_AVX512_BF16, /* and bfloat16 products */
    WEFT_CPU_AMX,         /* and matrix tiles of bytes and bfloat16 */
    WEFT_CPU_LEVELS,
} weft_cpu;

/* The best level of this machine, or the best one up to what WEFT_CPU in the
 * environment names (weft_cpu_name's names); any other value is ignored.
 * Asked once, on the first call; safe from any thread. */
weft_cpu weft_cpu_level(void);

/* Can this machine run code of that level? Whatever WEFT_CPU says. */
bool weft_cpu_has(weft_cpu level);

const char *weft_cpu_name(weft_cpu level); /* "avx2"; never NULL */

#endif
