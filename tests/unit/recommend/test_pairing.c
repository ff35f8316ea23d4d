#include "../unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "planted.h"
#include "recommend/pairing.h"

static planted data;

static int set_up(void **state) {
    (void)state;
    planted_make(&data, 1);
    return 0;
}

static weft_pairing *learn(const weft_outfits *outfits, const weft_pairing_options *options) {
    weft_pairing *pairing;
    weft_err err = {0};
    if (weft_pairing_learn(&pairing, outfits, options, &err)) fail_msg("%s", err.message);
    return pairing;
}

static weft_pairing *parse(const char *table) {
    weft_pairing *pairing;
    weft_err err = {0};
    if (weft_pairing_parse(&pairing, weft_str_of(table), &err)) fail_msg("%s", err.message);
    return pairing;
}

static uint32_t find(const weft_pairing *p, const char *name) {
    uint32_t kind = UINT32_MAX;
    if (!weft_pairing_find(p, name, &kind)) fail_msg("no %s", name);
    return kind;
}

static float pair(const weft_pairing *p, const char *a, const char *b) {
    return weft_pairing_pair(p, find(p, a), find(p, b));
}

/* ---- learning ---- */

static void what_is_worn_together_goes_together(void **state) {
    (void)state;
    const weft_pairing_options counts = {.rounds = 0};
    const weft_pairing_options *ways[] = {NULL, &counts};
    for (size_t way = 0; way < 2; way++) {
        weft_pairing *p = learn(&data.outfits, ways[way]);
        assert_int_equal(weft_pairing_kinds(p), 10);
        assert_int_equal(weft_pairing_outfits(p), PLANTED_OUTFITS);
        for (size_t a = 0; a < 8; a++)
            for (size_t b = 0; b < 8; b++) {
                if (a == b) continue;
                float score = pair(p, planted_kinds[a], planted_kinds[b]);
                assert_true(score == pair(p, planted_kinds[b], planted_kinds[a]));
                if (a / 4 == b / 4) assert_true(score > 0);
                else assert_true(score < -1);
            }
        /* What goes with both styles tells nothing. */
        float shared = pair(p, "Watches", "Ties");
        assert_true(shared < pair(p, "Shirts", "Ties") && shared > pair(p, "Caps", "Ties") + 1);
        weft_pairing_free(p);
    }
}

static void outfits_are_the_sum_of_their_pairs(void **state) {
    (void)state;
    weft_pairing *p = parse("outfits 7\noffset -50\n"
                            "Caps | 3 | 10 | -100\n"
                            "Shirts, Blouses | 1 | -20 | 150 -200\n"
                            "Tshirts | 4 | 0 | 25 -75 -300\n");
    const uint32_t all[] = {0, 1, 2}, mixed[] = {2, 0, 1}, twice[] = {2, 2};
    assert_true(weft_pairing_outfit(p, all, 3) == 0.4f); /* -50 + 10 - 20 + 150 + 25 - 75 */
    assert_true(weft_pairing_outfit(p, mixed, 3) == 0.4f);
    assert_true(weft_pairing_outfit(p, twice, 2) == -3.5f);
    assert_true(weft_pairing_outfit(p, all, 1) == 0 && weft_pairing_outfit(p, all, 0) == 0);
    assert_true(weft_pairing_addition(p, all, 2, 2) == -0.5f);
    assert_true(weft_pairing_addition(p, all, 0, 1) == -0.2f);
    assert_true(weft_pairing_share(p, 2) == 0.5);
    assert_int_equal(weft_pairing_pieces(p), 8);
    weft_pairing_free(p);
}

static void a_missing_piece_is_found(void **state) {
    (void)state;
    weft_pairing *p = learn(&data.outfits, NULL);
    const uint32_t formal[] = {find(p, "Blazers"), find(p, "Ties"), find(p, "Watches")};
    uint32_t best = 0;
    for (uint32_t k = 0; k < weft_pairing_kinds(p); k++)
        if (weft_pairing_addition(p, formal, 3, k) > weft_pairing_addition(p, formal, 3, best))
            best = k;
    const char *name = weft_pairing_name(p, best);
    assert_true(strcmp(name, "Shirts") == 0 || strcmp(name, "Formal Shoes") == 0);
    /* Likely a person's, and not. */
    const uint32_t odd[] = {find(p, "Blazers"), find(p, "Shorts"), find(p, "Watches")};
    assert_true(weft_pairing_outfit(p, formal, 3) > 0 && weft_pairing_outfit(p, odd, 3) < -1);
    weft_pairing_free(p);
}

static void no_kind_goes_with_itself_unless_seen(void **state) {
    (void)state;
    weft_pairing *p = learn(&data.outfits, NULL);
    assert_true(pair(p, "Ties", "Ties") < -1);
    weft_pairing_free(p);
    const char *rings[400];
    size_t starts[101];
    for (size_t i = 0; i <= 100; i++) starts[i] = 4 * i;
    for (size_t i = 0; i < 400; i++) rings[i] = i % 4 < 2 ? "Rings" : i % 4 == 2 ? "Tops" : "Jeans";
    const weft_outfits outfits = {.kinds = rings, .starts = starts, .count = 100};
    p = learn(&outfits, NULL);
    assert_true(pair(p, "Rings", "Rings") > pair(p, "Tops", "Tops") + 0.5f);
    weft_pairing_free(p);
}

static void the_same_outfits_give_the_same_table(void **state) {
    (void)state;
    weft_buf one, other;
    weft_buf_init(&one);
    weft_buf_init(&other);
    for (int i = 0; i < 2; i++) {
        weft_pairing *p = learn(&data.outfits, NULL);
        weft_pairing_write(p, i ? &other : &one);
        weft_pairing_free(p);
    }
    assert_string_equal(one.data, other.data);
    weft_buf_deinit(&one);
    weft_buf_deinit(&other);
}

static void what_cannot_be_learned_from_is_refused(void **state) {
    (void)state;
    static const char *const lone[] = {"Tops", "Caps"}, *const odd[] = {"Tops", "a|b"};
    static const size_t each_alone[] = {0, 1, 2}, both[] = {0, 2}, none[] = {0};
    const weft_outfits alone = {.kinds = lone, .starts = each_alone, .count = 2},
                       bad_name = {.kinds = odd, .starts = both, .count = 1},
                       empty = {.kinds = lone, .starts = none, .count = 0};
    const char *many[WEFT_OUTFIT_MAX_PIECES + 1];
    const size_t starts[] = {0, WEFT_OUTFIT_MAX_PIECES + 1};
    for (size_t i = 0; i <= WEFT_OUTFIT_MAX_PIECES; i++) many[i] = i % 2 ? "Tops" : "Caps";
    const weft_outfits large = {.kinds = many, .starts = starts, .count = 1};
    weft_pairing *p;
    weft_err err = {0};
    assert_int_equal(weft_pairing_learn(&p, &empty, NULL, NULL), WEFT_E_INVALID);
    assert_int_equal(weft_pairing_learn(&p, &alone, NULL, NULL), WEFT_E_INVALID);
    assert_int_equal(weft_pairing_learn(&p, &large, NULL, NULL), WEFT_E_LIMIT);
    assert_int_equal(weft_pairing_learn(&p, &bad_name, NULL, &err), WEFT_E_INVALID);
    assert_non_null(strstr(err.message, "a|b"));
    assert_null(p);
}

static void without_memory_nothing_leaks(void **state) {
    (void)state;
    const weft_pairing_options quick = {.rounds = 1};
    weft_pairing *p = NULL;
    weft_status status = WEFT_E_NOMEM;
    for (size_t n = 1; status == WEFT_E_NOMEM; n++) {
        weft_mem_fail_after(n);
        status = weft_pairing_learn(&p, &data.outfits, &quick, NULL);
        weft_mem_fail_after(0);
        assert_true(status == WEFT_OK || !p);
    }
    assert_int_equal(status, WEFT_OK);
    weft_pairing_free(p);
}

/* ---- the table ---- */

static void what_is_written_reads_back(void **state) {
    (void)state;
    weft_pairing *p = learn(&data.outfits, NULL), *again;
    weft_buf table, same;
    weft_buf_init(&table);
    weft_buf_init(&same);
    weft_pairing_write(p, &table);
    again = parse(table.data);
    weft_pairing_write(again, &same);
    assert_string_equal(table.data, same.data);
    const uint32_t kinds[] = {0, 3, 5, 9};
    assert_true(weft_pairing_outfit(p, kinds, 4) == weft_pairing_outfit(again, kinds, 4));
    weft_pairing_free(p);
    weft_pairing_free(again);
    weft_buf_deinit(&table);
    weft_buf_deinit(&same);
}

static void kinds_have_other_names(void **state) {
    (void)state;
    weft_pairing *p = parse("# comment | with a bar\r\n\r\nCaps , Hats,hat |3|0|-100\r\n"
                            "Tshirts, T-Shirts, tshirts | 1 | 2 | 3   4");
    uint32_t kind;
    assert_int_equal(find(p, "hats"), 0);
    assert_int_equal(find(p, "HAT"), 0);
    assert_int_equal(find(p, "t-shirts"), 1);
    assert_string_equal(weft_pairing_name(p, 1), "Tshirts");
    assert_true(pair(p, "T-shirts", "Caps") == 0.03f);
    assert_false(weft_pairing_find(p, "Hat s", &kind));
    assert_false(weft_pairing_find(p, "", &kind));
    assert_false(weft_pairing_find(
        p, "a name that is far too long to be that of a kind of piece of clothing", &kind));
    weft_pairing_free(p);
}

static void damage_is_refused_with_its_line(void **state) {
    (void)state;
    static const struct {
        const char *table;
        weft_status status;
        const char *said;
    } cases[] = {
        {"Caps | 1 | 2", WEFT_E_FORMAT, "line 1"},
        {"\nCaps | 1 | 2 | 3 4", WEFT_E_FORMAT, "line 2: more than 1"},
        {"Caps | 1 | 2 | 3\nTops | 1 | 2 | 3", WEFT_E_FORMAT, "line 2: \"\""},
        {"Caps | -1 | 2 | 3", WEFT_E_FORMAT, "\"-1\""},
        {"Caps | 1 | 2 | 10001", WEFT_E_FORMAT, "10001"},
        {"Caps | 1 | 2 | 1.5", WEFT_E_FORMAT, "1.5"},
        {"Caps | 1 | 99999999999999999999 | 1", WEFT_E_FORMAT, "9999"},
        {" | 1 | 2 | 1", WEFT_E_FORMAT, "no name"},
        {"Caps, , Hat | 1 | 2 | 1", WEFT_E_FORMAT, "no name"},
        {"Ca\x01ps | 1 | 2 | 1", WEFT_E_FORMAT, "no name"},
        {"Ca\xFFps | 1 | 2 | 1", WEFT_E_FORMAT, "no name"},
        {"Tops | 1 | 2 | 1\nCaps | 1 | 2 | 1 1", WEFT_E_FORMAT, "not behind \"Tops\""},
        {"Caps | 1 | 2 | 1\nCaps | 1 | 2 | 1 1", WEFT_E_CONFLICT, "line 2"},
        {"Caps, Hats | 1 | 2 | 1\nHats | 1 | 2 | 1 1", WEFT_E_CONFLICT, "\"Caps\""},
        {"outfits many", WEFT_E_FORMAT, "many"},
        {"offset", WEFT_E_FORMAT, "\"\""},
        {"out", WEFT_E_FORMAT, "neither"},
    };
    weft_pairing *p;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weft_err err = {0};
        weft_status status = weft_pairing_parse(&p, weft_str_of(cases[i].table), &err);
        if (status != cases[i].status || !strstr(err.message, cases[i].said))
            fail_msg("%zu: %s", i, err.message);
        assert_null(p);
    }
    weft_buf large;
    weft_buf_init(&large);
    for (int i = 0; i <= WEFT_PAIRING_MAX_KINDS; i++) weft_buf_puts(&large, "A | 1 | 1 | 1\n");
    assert_int_equal(weft_pairing_parse(&p, (weft_str){large.data, large.size}, NULL),
                     WEFT_E_LIMIT);
    weft_buf_deinit(&large);
    assert_int_equal(weft_pairing_parse(&p, (weft_str){NULL, 0}, NULL), WEFT_OK);
    assert_int_equal(weft_pairing_kinds(p), 0);
    weft_pairing_free(p);
}

static void weft_has_a_table(void **state) {
    (void)state;
    weft_pairing *p;
    weft_err err = {0};
    if (weft_pairing_parse(&p, weft_pairing_default(), &err)) fail_msg("%s", err.message);
    assert_true(weft_pairing_kinds(p) > 50);
    assert_true(pair(p, "Tshirts", "Jeans") > 1 && pair(p, "Heels", "Dresses") > 1);
    assert_true(pair(p, "Jeans", "Skirts") < -1 && pair(p, "Dresses", "Tops") < -1);
    assert_int_equal(find(p, "Sports Shoes"), find(p, "Casual Shoes"));
    assert_true(pair(p, "Jeans", "Jeans") < -1 && pair(p, "Gloves", "Gloves") < -1);
    weft_pairing_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_worn_together_goes_together),
        cmocka_unit_test(outfits_are_the_sum_of_their_pairs),
        cmocka_unit_test(a_missing_piece_is_found),
        cmocka_unit_test(no_kind_goes_with_itself_unless_seen),
        cmocka_unit_test(the_same_outfits_give_the_same_table),
        cmocka_unit_test(what_cannot_be_learned_from_is_refused),
        cmocka_unit_test(without_memory_nothing_leaks),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(kinds_have_other_names),
        cmocka_unit_test(damage_is_refused_with_its_line),
        cmocka_unit_test(weft_has_a_table),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
