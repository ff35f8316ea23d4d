/* bitset.h - a fixed number of bits; the caller owns the struct.
 * Readers may share one; writers must be alone. */
#ifndef WEFT_BASE_BITSET_H
#define WEFT_BASE_BITSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct {
    uint64_t *words; /* [(count + 63) / 64]; bits past count are 0 */
    size_t count;
} weft_bitset;

/* count bits, all 0. Fails with WEFT_E_NOMEM. */
weft_status weft_bitset_init(weft_bitset *set, size_t count, weft_err *err);
void weft_bitset_deinit(weft_bitset *set);

static inline bool weft_bitset_get(const weft_bitset *set, size_t i) {
    return (set->words[i / 64] >> (i % 64)) & 1u;
}
static inline void weft_bitset_set(weft_bitset *set, size_t i) {
    set->words[i / 64] |= UINT64_C(1) << (i % 64);
}
static inline void weft_bitset_unset(weft_bitset *set, size_t i) {
    set->words[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

void weft_bitset_fill(weft_bitset *set);                          /* all 1 */
void weft_bitset_copy(weft_bitset *to, const weft_bitset *from);  /* of the same count */
void weft_bitset_and(weft_bitset *set, const weft_bitset *other); /* bits it lacks are 0 */
void weft_bitset_or(weft_bitset *set, const weft_bitset *other);  /* of the same count */
size_t weft_bitset_popcount(const weft_bitset *set);

/* How many bits are 1 in both; a and b have the same count. */
size_t weft_bitset_popcount_and(const weft_bitset *a, const weft_bitset *b);

#endif
