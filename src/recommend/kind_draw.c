#include "recommend/kind_draw.h"

#include "index/index_random.h"

bool weft_kind_draw(const uint32_t *counts, size_t kinds, bool *taken, size_t n, uint64_t *state,
                    uint32_t *drawn) {
    size_t left = 0, choices = 0;
    for (size_t k = 0; k < kinds; k++) {
        if (taken[k]) continue;
        left += counts[k];
        choices += counts[k] > 0;
    }
    if (choices < n) return false;
    for (size_t i = 0; i < n; i++) {
        size_t at = weft_random_below(state, left);
        uint32_t kind = 0;
        for (;; kind++) {
            if (taken[kind]) continue;
            if (at < counts[kind]) break;
            at -= counts[kind];
        }
        drawn[i] = kind;
        taken[kind] = true;
        left -= counts[kind];
    }
    return true;
}
