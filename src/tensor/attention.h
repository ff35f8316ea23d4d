/* attention.h - scaled dot-product attention of one head over one sequence
 * (Vaswani et al., arXiv:1706.03762, section 3.2.1):
 *
 *     out[i] = softmax(q[i] k^T / sqrt(width)) v
 *
 * Keys and values are packed like weights and multiplied by the same inner loops. */
#ifndef WEFT_TENSOR_ATTENTION_H
#define WEFT_TENSOR_ATTENTION_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const void *q, *k, *v;   /* [length][width] floats or bfloat16 inside wider rows */
    size_t q_stride, stride; /* numbers from row to row of q, and of k and v */
    bool is_bf16;            /* only where weft_gemm_prefers_bf16 */
    bool is_causal;          /* a query sees only positions up to its own */
    size_t length, width;
    size_t first, count; /* the positions that ask; q's row 0 is position `first` */
} weft_attention;

/* out is [count][width] floats in rows of out_stride; scratch has room for
 * weft_attention_scratch(length, width) bytes and is aligned to 64. Any thread. */
void weft_attention_run(const weft_attention *head, float *out, size_t out_stride, void *scratch);
size_t weft_attention_scratch(size_t length, size_t width);

#endif
