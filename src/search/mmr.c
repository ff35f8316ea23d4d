#include "search/mmr.h"

#include <math.h>

#include "index/index_float.h"

/* Of likeness, what the same look counts; the rest is cosine. */
static const float LOOKS_SHARE = 0.5f;

static float likeness(const weft_mmr_list *list, size_t a, size_t b) {
    float cosine =
        weft_float_dot(list->vectors + a * list->dim, list->vectors + b * list->dim, list->dim);
    if (!list->looks) return cosine;
    float same = list->looks[a] == list->looks[b] ? 1 : 0;
    return (1 - LOOKS_SHARE) * cosine + LOOKS_SHARE * same;
}

weft_status weft_mmr_order(const weft_mmr_list *list, weft_arena *arena, uint32_t *order,
                           weft_err *err) {
    size_t n = list->n;
    float *nearest = weft_arena_alloc(arena, n, sizeof *nearest); /* to what is chosen */
    unsigned char *chosen = weft_arena_calloc(arena, n, 1);
    if (!nearest || !chosen) return weft_fail(err, WEFT_E_NOMEM, "%zu results", n);
    if (n == 0) return WEFT_OK;
    float high = list->scores[0], low = list->scores[n - 1];
    float range = high > low ? high - low : 1;
    for (size_t i = 0; i < n; i++) nearest[i] = 0;
    size_t places = list->places && list->places < n ? list->places : n, place = 0;
    for (; place < places; place++) {
        size_t best = n;
        float best_value = -INFINITY;
        for (size_t i = 0; i < n; i++) {
            if (chosen[i]) continue;
            float value =
                list->lambda * (list->scores[i] - low) / range - (1 - list->lambda) * nearest[i];
            if (value > best_value) best_value = value, best = i;
        }
        order[place] = (uint32_t)best;
        chosen[best] = 1;
        for (size_t i = 0; i < n; i++) {
            if (chosen[i]) continue;
            float like = likeness(list, best, i);
            if (place == 0 || like > nearest[i]) nearest[i] = like;
        }
    }
    for (size_t i = 0; i < n; i++)
        if (!chosen[i]) order[place++] = (uint32_t)i;
    return WEFT_OK;
}
