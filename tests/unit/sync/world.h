/* world.h - a folder and a store with products whose embeddings are made up, so that no
 * model is needed. */
#ifndef WEFT_TESTS_WORLD_H
#define WEFT_TESTS_WORLD_H

#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../index/clustered.h"
#include "sync/snapshot.h"

static char folder[64];
static weft_store *store;

static inline int tear_down(void **state) {
    char command[128];
    (void)state;
    weft_store_close(store);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static inline weft_product product_of(const char *id, const char *name, const char *photo) {
    return (weft_product){
        .product_id = id,
        .product_display_name = name,
        .master_category = "Apparel",
        .sub_category = "Dress",
        .article_type = "Dresses",
        .base_color = "Red",
        .gender = "Women",
        .season = "Summer",
        .usage = "Casual",
        .year = 2020,
        .price = 30,
        .image_path = photo,
        .image_digest = photo[0] ? "0123" : "",
    };
}

static inline void put(const weft_product *products, size_t n) {
    weft_store_put_result result = {0};
    assert_int_equal(weft_store_put_products(store, products, n, &result, NULL), WEFT_OK);
}

enum { FAKES = 60, FAKE_DIM = 512 };

/* Products f00, f01, ... with made-up embeddings of "fake@1". */
static inline void put_fakes(size_t first, size_t n, float tilt) {
    for (size_t i = first; i < first + n; i++) {
        char id[16];
        snprintf(id, sizeof id, "f%02zu", i);
        weft_product product = product_of(id, id, "");
        float vector[FAKE_DIM] = {0};
        vector[i] = 1;
        vector[FAKE_DIM - 1] = tilt;
        clustered_normalize(vector, FAKE_DIM);
        const weft_embedding row = {.product_id = id,
                                    .embedding_model = "fake@1",
                                    .text_digest = "t",
                                    .image_digest = "",
                                    .dim = FAKE_DIM,
                                    .image_embedding = i % 3 ? vector : NULL,
                                    .text_embedding = vector,
                                    .hybrid_embedding = vector};
        put(&product, 1);
        assert_int_equal(weft_store_put_embeddings(store, &row, 1, NULL), WEFT_OK);
    }
}

static inline weft_snapshot_options fake_options(size_t ivf_from) {
    return (weft_snapshot_options){
        .store = store, .embedding_model = "fake@1", .dim = FAKE_DIM, .ivf_from = ivf_from};
}

/* Both hold the same products with the same vectors, in whatever rows. */
static inline void assert_alike(const weft_snapshot *a, const weft_snapshot *b, float tolerance) {
    assert_int_equal(weft_catalog_rows(a->catalog), weft_catalog_rows(b->catalog));
    assert_int_equal(a->pending, b->pending);
    assert_int_equal(a->change_seq, b->change_seq);
    for (uint32_t row = 0; row < weft_catalog_rows(a->catalog); row++) {
        const weft_product *product = weft_catalog_product(a->catalog, row);
        uint32_t other;
        assert_true(weft_catalog_find(b->catalog, product->product_id, &other));
        assert_string_equal(product->product_display_name,
                            weft_catalog_product(b->catalog, other)->product_display_name);
        for (int k = 0; k < WEFT_KIND_COUNT; k++) {
            float x[FAKE_DIM], y[FAKE_DIM];
            bool has = weft_index_vector(a->index[k], row, x);
            assert_int_equal(has, weft_index_vector(b->index[k], other, y));
            /* So few rows teach an inverted file too little to be precise. */
            for (size_t j = 0; has && tolerance >= 0 && j < FAKE_DIM; j++)
                assert_float_equal(x[j], y[j], tolerance);
        }
    }
    for (int k = 0; k < WEFT_KIND_COUNT; k++) {
        assert_int_equal(weft_index_verify(a->index[k], NULL), WEFT_OK);
        assert_int_equal(weft_bitset_popcount(weft_index_present(a->index[k])),
                         weft_bitset_popcount(weft_index_present(b->index[k])));
    }
}

#endif
