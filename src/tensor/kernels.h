/* kernels.h - the inner loops of nn.h, compiled once per CPU level.
 *
 * kernels.c is plain C with vectors of the width that the compiler is told to use;
 * meson builds it several times (WEFT_KERNELS names the table), and nn.c picks one
 * table at run time. So there is one source, no intrinsics, and the program still
 * starts on the oldest machine. */
#ifndef WEFT_TENSOR_KERNELS_H
#define WEFT_TENSOR_KERNELS_H

#include "base/cpu.h"
#include "tensor/nn.h"

typedef struct {
    void (*layernorm)(const weft_layernorm *norm, const float *x, size_t rows, float *out);
    void (*softmax)(float *x, size_t n);
    void (*quick_gelu)(float *x, size_t n);
    void (*gelu)(float *x, size_t n);
    void (*attention)(const weft_attention *attention);
    size_t lanes; /* floats of a vector */
} weft_kernels;

extern const weft_kernels weft_kernels_plain;
#if defined(__x86_64__)
extern const weft_kernels weft_kernels_avx2;
extern const weft_kernels weft_kernels_avx512;
#endif

/* The table for a level, or the next lower one that this build has. */
const weft_kernels *weft_kernels_for(weft_cpu level);

#endif
