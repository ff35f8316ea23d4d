/* index_random.h - SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): numbers that
 * look random and are the same on every machine for a seed. */
#ifndef WEFT_INDEX_INDEX_RANDOM_H
#define WEFT_INDEX_INDEX_RANDOM_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t weft_random_next(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0 <= result < n */
static inline size_t weft_random_below(uint64_t *state, size_t n) {
    return (size_t)(weft_random_next(state) % n);
}

#endif
