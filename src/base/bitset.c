#include "base/bitset.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

static size_t word_count(const weft_bitset *set) { return (set->count + 63) / 64; }

weft_status weft_bitset_init(weft_bitset *set, size_t count, weft_err *err) {
    set->count = count;
    set->words = weft_calloc(word_count(set), sizeof *set->words);
    if (!set->words) return weft_fail(err, WEFT_E_NOMEM, "bitset of %zu rows", count);
    return WEFT_OK;
}

void weft_bitset_deinit(weft_bitset *set) {
    weft_free(set->words);
    *set = (weft_bitset){0};
}

void weft_bitset_fill(weft_bitset *set) {
    size_t n = word_count(set);
    memset(set->words, 0xff, n * sizeof *set->words);
    if (set->count % 64) set->words[n - 1] = (UINT64_C(1) << (set->count % 64)) - 1;
}

void weft_bitset_copy(weft_bitset *to, const weft_bitset *from) {
    assert(to->count == from->count);
    memcpy(to->words, from->words, word_count(to) * sizeof *to->words);
}

void weft_bitset_and(weft_bitset *set, const weft_bitset *other) {
    for (size_t i = 0; i < word_count(set); i++)
        set->words[i] &= i < word_count(other) ? other->words[i] : 0;
}

void weft_bitset_or(weft_bitset *set, const weft_bitset *other) {
    assert(set->count == other->count);
    for (size_t i = 0; i < word_count(set); i++) set->words[i] |= other->words[i];
}

size_t weft_bitset_popcount(const weft_bitset *set) {
    size_t total = 0;
    for (size_t i = 0; i < word_count(set); i++)
        total += (size_t)__builtin_popcountll(set->words[i]);
    return total;
}

size_t weft_bitset_popcount_and(const weft_bitset *a, const weft_bitset *b) {
    assert(a->count == b->count);
    size_t total = 0;
    for (size_t i = 0; i < word_count(a); i++)
        total += (size_t)__builtin_popcountll(a->words[i] & b->words[i]);
    return total;
}
