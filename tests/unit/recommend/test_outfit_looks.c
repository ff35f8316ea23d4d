/* Random looks, of which weft's own table and the plain words of outfit_oracle.h must think the
 * same. */
#include "outfit_oracle.h"

enum { CATALOG = 600, LOOKS = 10000, LOOK_MAX = 6 };

static weft_product products[CATALOG];
static weft_outfit_traits traits[CATALOG];

static int make_catalog(void **state) {
    if (shop_set_up(state)) return 1;
    for (size_t i = 0; i < CATALOG; i++) {
        products[i] = random_product();
        traits[i] = weft_outfit_traits_of(rules, &products[i]);
    }
    return 0;
}

typedef struct {
    size_t n;
    const weft_product *products[LOOK_MAX];
    weft_outfit_traits traits[LOOK_MAX];
} look;

/* Up to five pieces; most looks are made with some sense, or hardly one would fit. */
static look random_look(void) {
    look l = {0};
    const size_t n = 1 + below(LOOK_MAX - 1);
    const bool has_sense = below(4) > 0;
    while (l.n < n) {
        uint32_t at = below(CATALOG);
        l.products[l.n] = &products[at];
        l.traits[l.n] = traits[at];
        if (has_sense && below(5) > 0 && first_broken(l.products, l.n + 1, false)) continue;
        l.n++;
    }
    return l;
}

static void turn(look *l) {
    for (size_t i = l->n; i > 1; i--) {
        const size_t j = below((uint32_t)i);
        const look was = *l;
        l->products[i - 1] = was.products[j], l->products[j] = was.products[i - 1];
        l->traits[i - 1] = was.traits[j], l->traits[j] = was.traits[i - 1];
    }
}

static void fail_look(const look *l, weft_outfit_fault says, weft_outfit_fault expected) {
    for (size_t i = 0; i < l->n; i++)
        print_message("%s, %s, %s, %s\n", l->products[i]->article_type, l->products[i]->gender,
                      l->products[i]->usage, l->products[i]->base_color);
    fail_msg("%s, expected %s", weft_outfit_fault_name(says), weft_outfit_fault_name(expected));
}

/* ---- tests ---- */

static void looks_are_judged_as_the_plain_words_say(void **state) {
    (void)state;
    size_t seen[2][WEFT_OUTFIT_FAULT_COUNT] = {0};
    for (size_t k = 0; k < 2 * LOOKS; k++) {
        const look l = random_look();
        const bool is_whole = k % 2;
        const weft_outfit_fault expected = first_broken(l.products, l.n, is_whole);
        weft_outfit_verdict verdict = weft_outfit_check(rules, l.traits, l.n, is_whole);
        if (verdict.fault != expected) fail_look(&l, verdict.fault, expected);
        seen[is_whole][expected]++;
    }
    for (int f = 0; f < WEFT_OUTFIT_FAULT_COUNT; f++) /* or the test would show little */
        assert_true(seen[0][f] > 20 && seen[1][f] > 20);
}

/* Whichever way round: the same fault, and a pair that has it by itself. */
static void the_order_of_pieces_does_not_matter(void **state) {
    (void)state;
    for (size_t k = 0; k < LOOKS; k++) {
        look l = random_look();
        const bool is_whole = k % 2;
        const weft_outfit_fault fault = weft_outfit_check(rules, l.traits, l.n, is_whole).fault;
        turn(&l);
        weft_outfit_verdict turned = weft_outfit_check(rules, l.traits, l.n, is_whole);
        if (turned.fault != fault) fail_look(&l, turned.fault, fault);
        assert_true(turned.piece < l.n && turned.other < l.n);
        if (fault == WEFT_OUTFIT_NEVER) assert_int_equal(l.traits[turned.piece].slot, -1);
        if (fault > WEFT_OUTFIT_NEVER && fault < WEFT_OUTFIT_NEEDS)
            assert_true(pair_breaks(fault, l.products[turned.piece], l.products[turned.other]));
        if (fault == WEFT_OUTFIT_NEEDS)
            assert_true(
                ANY(l.products[turned.piece]->article_type, "Belts", "Ties", "Socks", "Stockings"));
    }
}

/* One may stop at the first fault while a look is put together. */
static void what_is_wrong_stays_wrong(void **state) {
    (void)state;
    for (size_t k = 0; k < LOOKS; k++) {
        const look l = random_look();
        bool was_wrong = false, is_wrong = false;
        for (size_t n = 1; n <= l.n; n++, was_wrong = is_wrong) {
            is_wrong = weft_outfit_check(rules, l.traits, n, false).fault != WEFT_OUTFIT_FITS;
            assert_true(is_wrong || !was_wrong);
        }
        if (is_wrong) assert_true(weft_outfit_check(rules, l.traits, l.n, true).fault);
    }
}

static void pairs_fit_as_looks_of_two(void **state) {
    (void)state;
    for (size_t a = 0; a < CATALOG; a += 3)
        for (size_t b = 0; b < CATALOG; b += 7) {
            const weft_product *const two[] = {&products[a], &products[b]};
            assert_int_equal(weft_outfit_fits_pair(rules, &traits[a], &traits[b]),
                             first_broken(two, 2, false) == WEFT_OUTFIT_FITS);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_are_judged_as_the_plain_words_say),
        cmocka_unit_test(the_order_of_pieces_does_not_matter),
        cmocka_unit_test(what_is_wrong_stays_wrong),
        cmocka_unit_test(pairs_fit_as_looks_of_two),
    };
    return cmocka_run_group_tests(tests, make_catalog, shop_tear_down);
}
