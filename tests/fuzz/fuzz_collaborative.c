/* fuzz_collaborative.c - any bytes as a saved collaborative model, once as they are and once
 * sealed with checksums that are right: whatever opens must be whole and answer with numbers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/recommend/collaborative_seal.h"
#include "base/mem.h"

enum { K = 5 };

static void check(const float *numbers, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!isfinite(numbers[i])) abort();
}

/* A new item, liked by one who likes the first. */
static void grow(const weft_collaborative *model, const float *user) {
    float factor[WEFT_COLLABORATIVE_DIM_MAX];
    weft_collaborative *fresh;
    const weft_collaborative_item item = {"a new one", factor};
    if (!weft_collaborative_factors_fit(user, weft_collaborative_dim(model))) return;
    if (weft_collaborative_learn(model, user, (float[]){1}, 1, factor, NULL)) abort();
    check(factor, weft_collaborative_dim(model));
    if (!weft_collaborative_apply(&fresh, model, &item, 1, NULL)) weft_collaborative_free(fresh);
}

static void use(const weft_collaborative *model) {
    static const float weights[] = {1, 3};
    float factor[WEFT_COLLABORATIVE_DIM_MAX], score;
    size_t items = weft_collaborative_items(model), n;
    weft_hit hits[K];
    for (uint32_t i = 0; i < items; i++) {
        uint32_t number;
        const char *id = weft_collaborative_id(model, i);
        if (id[0] == '\0' || !weft_collaborative_find(model, id, &number) || number != i) abort();
    }
    if (items == 0) return;
    const uint32_t taken[] = {0, (uint32_t)items - 1};
    if (weft_collaborative_fold_in(model, taken, weights, 2, factor, NULL)) abort();
    check(factor, weft_collaborative_dim(model));
    weft_collaborative_scores(model, factor, taken, 1, &score);
    weft_collaborative_similar(model, taken[1], K, hits, &n);
    for (size_t i = 0; i < n; i++)
        if (hits[i].row >= items || hits[i].row == taken[1] || !isfinite(hits[i].score)) abort();
    grow(model, factor);
}

static void parse(const unsigned char *bytes, size_t size) {
    weft_collaborative *model;
    weft_err err = {0};
    weft_status status = weft_collaborative_parse(&model, bytes, size, &err);
    if (status && (model || err.status != status || err.message[0] == '\0')) abort();
    if (!status) use(model);
    weft_collaborative_free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    parse(data, size);
    unsigned char *sealed = weft_alloc(size, 1);
    if (!sealed) abort();
    if (size) memcpy(sealed, data, size);
    collaborative_seal(sealed, size);
    parse(sealed, size);
    weft_free(sealed);
    return 0;
}
