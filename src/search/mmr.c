#include "search/mmr.h"

#include <math.h>
#include <stdbool.h>

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

/* Of one that may be chosen: how like it is to the most alike of the first `compared` chosen. As
 * that can only grow, what it is worth by these alone is no less than what it is worth. */
typedef struct {
    float nearest;
    uint32_t compared;
    bool is_chosen;
} standing;

static void compare_all(const weft_mmr_list *list, const uint32_t *chosen, size_t count, size_t i,
                        standing *s) {
    for (; s->compared < count; s->compared++) {
        float like = likeness(list, chosen[s->compared], i);
        if (s->compared == 0 || like > s->nearest) s->nearest = like;
    }
}

weft_status weft_mmr_order(const weft_mmr_list *list, weft_arena *arena, uint32_t *order,
                           weft_err *err) {
    size_t n = list->n;
    standing *standings = weft_arena_calloc(arena, n, sizeof *standings);
    if (!standings) return weft_fail(err, WEFT_E_NOMEM, "%zu results", n);
    if (n == 0) return WEFT_OK;
    float high = list->scores[0], low = list->scores[n - 1];
    float range = high > low ? high - low : 1;
    size_t places = list->places && list->places < n ? list->places : n, place = 0;
    for (; place < places; place++) {
        size_t best = n;
        float best_value = -INFINITY;
        for (size_t i = 0; i < n; i++) {
            standing *s = &standings[i];
            if (s->is_chosen) continue;
            float gain = list->lambda * (list->scores[i] - low) / range, loss = 1 - list->lambda;
            bool is_known = s->compared > 0 || place == 0;
            if (is_known && !(gain - loss * s->nearest > best_value)) continue;
            compare_all(list, order, place, i, s);
            float value = gain - loss * s->nearest;
            if (value > best_value) best_value = value, best = i;
        }
        order[place] = (uint32_t)best;
        standings[best].is_chosen = true;
    }
    for (size_t i = 0; i < n; i++)
        if (!standings[i].is_chosen) order[place++] = (uint32_t)i;
    return WEFT_OK;
}
