#include "search/garments.h"

#include <math.h>
#include <stdlib.h>

#include "search/depicted.h"

/* Boxes that agree less, or are further away from any product, are not garments. */
static const float LEAST = 0.25f;
/* Boxes that share more than this are of one garment: of the smaller one's area, of the same
 * type or not. */
static const float SAME_TYPE_SHARE = 0.35f, ANY_TYPE_SHARE = 0.6f;

typedef struct {
    weft_garment garment;
    float value; /* confidence, and a little for larger boxes: a whole is better than its part */
} candidate;

static int by_value(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    if (x->value != y->value) return x->value > y->value ? -1 : 1;
    return (x->garment.box > y->garment.box) - (x->garment.box < y->garment.box);
}

/* The intersection as a share of the smaller box. */
static float shared(const weft_garment_box *a, const weft_garment_box *b) {
    float width = fminf(a->x + a->width, b->x + b->width) - fmaxf(a->x, b->x);
    float height = fminf(a->y + a->height, b->y + b->height) - fmaxf(a->y, b->y);
    if (width <= 0 || height <= 0) return 0;
    return width * height / fminf(a->width * a->height, b->width * b->height);
}

weft_status weft_garments_find(const weft_garment_box *boxes, size_t n,
                               const weft_rank_request *request, weft_arena *arena,
                               weft_garment *garments, size_t *count, weft_err *err) {
    candidate *found = weft_arena_alloc(arena, n, sizeof *found);
    size_t candidates = 0;
    *count = 0;
    if (!found) return weft_fail(err, WEFT_E_NOMEM, "%zu boxes", n);
    for (size_t i = 0; i < n; i++) {
        weft_depiction seen;
        weft_status status = weft_depict(request, boxes[i].embedding, arena, &seen, err);
        if (status) return status;
        float confidence = seen.share * seen.nearness;
        if (!seen.is_known || confidence < LEAST) continue;
        float area = boxes[i].width * boxes[i].height;
        found[candidates++] =
            (candidate){.garment = {.box = i, .type = seen.type, .confidence = confidence},
                        .value = confidence + 0.05f * sqrtf(area)};
    }
    qsort(found, candidates, sizeof *found, by_value);
    for (size_t i = 0; i < candidates && *count < WEFT_GARMENTS_MAX; i++) {
        bool is_taken = false;
        for (size_t g = 0; g < *count && !is_taken; g++) {
            float share = shared(&boxes[found[i].garment.box], &boxes[garments[g].box]);
            bool same = garments[g].type == found[i].garment.type;
            is_taken = share > (same ? SAME_TYPE_SHARE : ANY_TYPE_SHARE);
        }
        if (!is_taken) garments[(*count)++] = found[i].garment;
    }
    return WEFT_OK;
}
