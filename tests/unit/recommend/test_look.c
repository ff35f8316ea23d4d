/* Outfits put together from random products: none breaks a rule, as the plain words have them. */
#include "outfit_oracle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "recommend/look.h"

enum { ROWS = 1500, DIM = 16, OUTFITS = 10000 };

static weft_catalog *catalog;
static weft_index *indexes[WEFT_KIND_COUNT];
static weft_shelf *shelf;
static weft_pairing *pairing;
static weft_wardrobe *wardrobe;
static float (*vectors)[DIM];
static float popularity[ROWS];

static void add_random(uint32_t row) {
    char id[16];
    weft_product product = random_product();
    float squares = 0;
    snprintf(id, sizeof id, "p%u", row);
    product.product_id = id;
    product.price = 10 + below(200);
    assert_int_equal(weft_catalog_add(catalog, &product, NULL), WEFT_OK);
    for (int d = 0; d < DIM; d++) vectors[row][d] = (float)below(1000) / 500 - 1;
    for (int d = 0; d < DIM; d++) squares += vectors[row][d] * vectors[row][d];
    for (int d = 0; d < DIM; d++) vectors[row][d] /= sqrtf(squares);
    popularity[row] = (float)below(50);
}

/* Some pairs were seen together. */
static weft_wardrobe *dress(void) {
    static char ids[200][2][16];
    weft_outfit_edge edges[200];
    weft_wardrobe *fresh;
    for (int i = 0; i < 200; i++) {
        snprintf(ids[i][0], 16, "p%u", below(ROWS));
        snprintf(ids[i][1], 16, "p%u", below(ROWS));
        edges[i] = (weft_outfit_edge){ids[i][0], i % 20 ? ids[i][1] : "gone", 1 + below(12)};
    }
    assert_int_equal(weft_wardrobe_new(&fresh, shelf, rules, pairing, edges, 200, NULL), WEFT_OK);
    return fresh;
}

static int set_up(void **state) {
    weft_bitset present;
    if (shop_set_up(state)) return -1;
    vectors = weft_calloc(ROWS, sizeof *vectors);
    if (!vectors || weft_catalog_new(&catalog, NULL) || weft_bitset_init(&present, ROWS, NULL))
        return -1;
    for (uint32_t row = 0; row < ROWS; row++) {
        add_random(row);
        if (row % 31) weft_bitset_set(&present, row); /* a few have no embedding */
    }
    const weft_index_source source = {
        .vectors = vectors[0], .rows = ROWS, .dim = DIM, .present = &present};
    if (weft_catalog_finish(catalog, NULL)) return -1;
    for (int kind = 0; kind < WEFT_KIND_COUNT; kind++)
        if (weft_index_flat_new(&indexes[kind], &source, NULL)) return -1;
    weft_bitset_deinit(&present);
    if (weft_shelf_new(&shelf, catalog, indexes, NULL, NULL) ||
        weft_pairing_parse(&pairing, weft_pairing_default(), NULL))
        return -1;
    wardrobe = dress();
    return 0;
}

static int tear_down(void **state) {
    weft_wardrobe_free(wardrobe);
    weft_pairing_free(pairing);
    weft_shelf_free(shelf);
    for (int kind = 0; kind < WEFT_KIND_COUNT; kind++) weft_index_free(indexes[kind]);
    weft_catalog_free(catalog);
    weft_free(vectors);
    return shop_tear_down(state);
}

static const weft_product *product(uint32_t row) { return weft_catalog_product(catalog, row); }

/* One or two pieces that may be worn together. */
static size_t random_pieces(uint32_t *pieces) {
    size_t n = 0, wanted = 1 + below(2);
    while (n < wanted) {
        const weft_product *look[2] = {n ? product(pieces[0]) : NULL, NULL};
        pieces[n] = below(ROWS);
        look[n] = product(pieces[n]);
        if (n && pieces[0] == pieces[1]) continue;
        if (first_broken(look, n + 1, false) == WEFT_OUTFIT_FITS) n++;
    }
    return n;
}

static weft_look_request random_request(uint32_t *pieces) {
    return (weft_look_request){.wardrobe = wardrobe,
                               .pieces = pieces,
                               .piece_count = random_pieces(pieces),
                               .occasion = below(3) ? -1 : (int)below(2),
                               .budget = below(2) ? 0 : 80 + below(400),
                               .limit = 8};
}

static void check_outfit(const weft_look_request *q, const weft_outfit *o) {
    const weft_product *look[WEFT_LOOK_SIZE];
    double price = 0;
    assert_true(o->count >= 2);
    for (size_t i = 0; i < o->count; i++) {
        look[i] = product(o->rows[i]);
        price += look[i]->price;
        if (i < q->piece_count) assert_int_equal(o->rows[i], q->pieces[i]);
        else if (q->occasion >= 0)
            assert_true(weft_outfit_occasion_has_usage(rules, (size_t)q->occasion, look[i]->usage));
    }
    assert_int_equal(first_broken(look, o->count, true), WEFT_OUTFIT_FITS);
    assert_true(fabs(o->price - price) < 1e-6);
    if (q->budget > 0) assert_true(price <= q->budget);
    assert_true(o->score >= 0 && o->score <= 1);
}

static void no_outfit_of_ten_thousand_breaks_a_rule(void **state) {
    (void)state;
    size_t outfits = 0, with_budget = 0, with_occasion = 0;
    for (size_t tries = 0; outfits < OUTFITS && tries < 20 * OUTFITS; tries++) {
        weft_arena arena;
        weft_outfit *list;
        uint32_t pieces[2];
        size_t n;
        weft_arena_init(&arena, 1 << 18);
        weft_look_request q = random_request(pieces);
        assert_int_equal(weft_look_compose(&q, &arena, &list, &n, NULL), WEFT_OK);
        for (size_t i = 0; i < n; i++) {
            check_outfit(&q, &list[i]);
            for (size_t j = 0; j < i; j++)
                assert_false(
                    list[i].count == list[j].count &&
                    memcmp(list[i].rows, list[j].rows, list[i].count * sizeof *list[i].rows) == 0);
        }
        outfits += n;
        with_budget += q.budget > 0 ? n : 0;
        with_occasion += q.occasion >= 0 ? n : 0;
        weft_arena_deinit(&arena);
    }
    assert_true(outfits >= OUTFITS);
    assert_true(with_budget > OUTFITS / 10 && with_occasion > OUTFITS / 100);
}

static void outfits_from_nothing_keep_the_rules_too(void **state) {
    (void)state;
    for (int k = 0; k < 40; k++) {
        weft_arena arena;
        weft_outfit *list;
        size_t n;
        weft_arena_init(&arena, 1 << 18);
        const weft_look_request q = {.wardrobe = wardrobe,
                                     .occasion = k % 4 ? -1 : 0,
                                     .budget = k % 2 ? 100 + 20 * k : 0,
                                     .limit = 6};
        assert_int_equal(weft_look_begin(&q, popularity, &arena, &list, &n, NULL), WEFT_OK);
        if (!q.budget && q.occasion < 0) assert_int_equal(n, 6);
        for (size_t i = 0; i < n; i++) check_outfit(&q, &list[i]);
        weft_arena_deinit(&arena);
    }
}

static float cosine(uint32_t a, uint32_t b) {
    float sum = 0;
    for (int d = 0; d < DIM; d++) sum += vectors[a][d] * vectors[b][d];
    return sum;
}

static void what_completes_a_look_fits_each_piece(void **state) {
    (void)state;
    for (int k = 0; k < 500; k++) {
        weft_arena arena;
        weft_look_piece *list;
        uint32_t pieces[2];
        size_t n;
        weft_arena_init(&arena, 1 << 18);
        weft_look_request q = random_request(pieces);
        q.limit = 24;
        assert_int_equal(weft_look_complete(&q, &arena, &list, &n, NULL), WEFT_OK);
        for (size_t i = 0; i < n; i++) {
            for (size_t p = 0; p < q.piece_count; p++) {
                const weft_product *const two[] = {product(pieces[p]), product(list[i].row)};
                assert_int_equal(first_broken(two, 2, false), WEFT_OUTFIT_FITS);
                assert_true(list[i].photos >=
                            weft_wardrobe_photos(wardrobe, pieces[p], list[i].row));
            }
            if (q.budget > 0) assert_true(product(list[i].row)->price <= q.budget);
            assert_int_equal(list[i].slot, wardrobe->traits[list[i].row].slot);
            for (size_t j = 0; j < i; j++) assert_int_not_equal(list[i].row, list[j].row);
        }
        weft_arena_deinit(&arena);
    }
}

/* 0.6 edge + 0.4 cosine, and an edge is photos / 10 where that is more than half the pairing. */
static void candidates_are_scored_as_the_seed_does(void **state) {
    (void)state;
    size_t seen = 0;
    for (uint32_t row = 0; row < ROWS; row++) {
        weft_arena arena;
        weft_look_piece *list;
        size_t n;
        weft_arena_init(&arena, 1 << 18);
        const weft_look_request q = {
            .wardrobe = wardrobe, .pieces = &row, .piece_count = 1, .occasion = -1, .limit = 60};
        if (wardrobe->edge_begin[row] == wardrobe->edge_begin[row + 1] ||
            wardrobe->traits[row].slot < 0)
            continue;
        assert_int_equal(weft_look_complete(&q, &arena, &list, &n, NULL), WEFT_OK);
        for (size_t i = 0; i < n; i++) {
            float photos = fminf((float)list[i].photos / 10, 1);
            float kinds = isnan(list[i].pairing) ? 0.25f : list[i].pairing / 2;
            float near = isnan(list[i].cosine) ? 0 : fmaxf(cosine(row, list[i].row), 0);
            float expected = 0.6f * fmaxf(photos, kinds) + 0.4f * near;
            assert_true(fabsf(list[i].score - expected) < 1e-4f);
            seen += list[i].photos > 0;
        }
        weft_arena_deinit(&arena);
    }
    assert_true(seen > 10); /* those seen together are among the candidates */
}

static void compatibility_is_the_seeds(void **state) {
    (void)state;
    weft_arena arena;
    weft_arena_init(&arena, 0);
    for (uint32_t a = 1; a < ROWS; a += 7) {
        weft_look_match match, back;
        uint32_t b = (a * 13 + 5) % ROWS;
        assert_int_equal(weft_look_compare(wardrobe, a, b, &arena, &match, NULL), WEFT_OK);
        assert_int_equal(weft_look_compare(wardrobe, b, a, &arena, &back, NULL), WEFT_OK);
        float near = a % 31 && b % 31 ? fmaxf(cosine(a, b), 0) : 0;
        float photos = fminf((float)weft_wardrobe_photos(wardrobe, a, b) / 10, 1);
        assert_true(fabsf(match.score - (0.5f * photos + 0.5f * near)) < 1e-4f);
        assert_true(fabsf(match.score - back.score) < 1e-6f);
    }
    weft_arena_deinit(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_outfit_of_ten_thousand_breaks_a_rule),
        cmocka_unit_test(outfits_from_nothing_keep_the_rules_too),
        cmocka_unit_test(what_completes_a_look_fits_each_piece),
        cmocka_unit_test(candidates_are_scored_as_the_seed_does),
        cmocka_unit_test(compatibility_is_the_seeds),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
