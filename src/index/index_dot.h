/* index_dot.h - the inner loops of searches, one set per CPU level.
 *
 * Every set computes bit for bit the same numbers: codes are integer
 * arithmetic, and floats are added in a fixed order (see index_dot.c). */
#ifndef WEFT_INDEX_INDEX_DOT_H
#define WEFT_INDEX_INDEX_DOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/cpu.h"

enum {
    WEFT_DOT_CODE_PAD = 64, /* a row of codes is a multiple of this many int8 */
    WEFT_DOT_OCTET = 8,
    WEFT_DOT_QUAD = 4,
    WEFT_DOT_BLOCK = 4 * WEFT_DOT_OCTET, /* rows */
    WEFT_DOT_BLOCK_QUERY = 63,           /* two products of 255 times that fit into 16 bits */
    WEFT_DOT_FLOAT_PAD = 16,             /* a row of floats is a multiple of this many float32 */
};

typedef struct {
    /* scores[i] = sum over j < stride of rows[i * stride + j] * query[j], for i < n.
     * The caller's query must keep the sum within int32 for codes up to +-127. */
    void (*codes)(const int8_t *rows, size_t stride, const int16_t *query, size_t n,
                  int32_t *scores);
    /* The same with coarser queries, for BLOCK rows at a time whose values lie so that sums
     * need not be gathered from the lanes of a vector: codes[block][octet][j / 4][8][4] holds
     * value j of eight rows plus 128; scores is [blocks][BLOCK], the highest score of each
     * block goes to best[blocks], and stride is a multiple of 4. Query values are up to
     * +-WEFT_DOT_BLOCK_QUERY. As many bytes from `next` on are fetched into the cache
     * meanwhile. */
    void (*blocks)(const uint8_t *codes, size_t stride, const int8_t *query, size_t blocks,
                   int32_t *scores, int32_t *best, const uint8_t *next);
    /* The inner product of row and query over `stride` values, in double. */
    double (*floats)(const float *row, const double *query, size_t stride);
} weft_dot;

/* rows and queries are 64-byte aligned and zero-padded to their stride. The
 * set of a level; never NULL. A level without code here gets the plain set. */
const weft_dot *weft_dot_for(weft_cpu level);

extern const weft_dot weft_dot_plain;
void weft_dot_plain_blocks(const uint8_t *codes, size_t stride, const int8_t *query, size_t blocks,
                           int32_t *scores, int32_t *best, const uint8_t *next);
#if defined(__x86_64__)
extern const weft_dot weft_dot_avx2;
extern const weft_dot weft_dot_avx512;
#elif defined(__aarch64__)
extern const weft_dot weft_dot_neon;
#endif

/* Adds the 16 partial sums of `floats` pairwise; overwrites them. */
static inline double weft_dot_reduce(double lanes[WEFT_DOT_FLOAT_PAD]) {
    for (size_t width = WEFT_DOT_FLOAT_PAD / 2; width > 0; width /= 2)
        for (size_t lane = 0; lane < width; lane++) lanes[lane] += lanes[lane + width];
    return lanes[0];
}

#endif
