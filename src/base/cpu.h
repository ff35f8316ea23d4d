/* cpu.h - which vector instructions this process may use.
 *
 * weft is compiled for the oldest machine it runs on; the few functions that
 * use newer instructions live in files of their own and are chosen at run time
 * by this level. */
#ifndef WEFT_BASE_CPU_H
#define WEFT_BASE_CPU_H

/* Ordered: on one architecture a higher level includes the lower ones. */
typedef enum {
    WEFT_CPU_PLAIN,  /* portable C only */
    WEFT_CPU_NEON,   /* AArch64: always there */
    WEFT_CPU_AVX2,   /* x86-64: AVX2 and FMA */
    WEFT_CPU_AVX512, /* x86-64: AVX-512 F, BW, VL and VNNI as well */
} weft_cpu;

/* The best level of this machine. WEFT_CPU=plain|neon|avx2|avx512 in the
 * environment lowers it (never raises it); any other value is ignored.
 * Asked once, on the first call; safe from any thread. */
weft_cpu weft_cpu_level(void);

const char *weft_cpu_name(weft_cpu level); /* "avx2"; never NULL */

#endif
