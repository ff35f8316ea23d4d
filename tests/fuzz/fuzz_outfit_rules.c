/* A shop's table of outfit rules, and products with words that may be in it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "recommend/outfit_rules.h"

enum { PRODUCTS = 6 };

/* Products of the words of the text itself, so that its rules are met. */
static void make_products(weft_product *products, char *text) {
    char *save = NULL, *word = strtok_r(text, ":,=#\n", &save);
    for (size_t i = 0; i < PRODUCTS; i++) {
#define FILL(field) products[i].field = word ? word : "", word = strtok_r(NULL, ":,=#\n", &save);
        WEFT_PRODUCT_FACETS(FILL)
#undef FILL
    }
}

static void check_looks(const weft_outfit_rules *rules, const weft_outfit_traits *traits) {
    weft_outfit_traits turned[PRODUCTS];
    for (size_t i = 0; i < PRODUCTS; i++) turned[i] = traits[PRODUCTS - 1 - i];
    bool was_wrong = false;
    for (size_t n = 0; n <= PRODUCTS; n++) {
        weft_outfit_verdict part = weft_outfit_check(rules, traits, n, false),
                            whole = weft_outfit_check(rules, traits, n, true),
                            back = weft_outfit_check(rules, turned + PRODUCTS - n, n, true);
        if (whole.fault != back.fault || (was_wrong && !part.fault)) abort();
        if (part.fault && part.fault != whole.fault) abort();
        if (whole.fault && (whole.piece >= n || whole.other >= n)) abort();
        was_wrong = part.fault;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    weft_outfit_rules *rules;
    weft_product products[PRODUCTS] = {0};
    weft_outfit_traits traits[PRODUCTS];
    weft_err err = {0};
    if (weft_outfit_rules_parse(&rules, (weft_str){(const char *)data, size}, &err)) {
        if (!err.message[0]) abort();
        return 0;
    }
    char *text = strndup((const char *)data, size);
    if (!text) abort();
    make_products(products, text);
    for (size_t i = 0; i < PRODUCTS; i++) {
        traits[i] = weft_outfit_traits_of(rules, &products[i]);
        if (traits[i].slot >= (int)weft_outfit_slot_count(rules)) abort();
    }
    check_looks(rules, traits);
    for (size_t o = 0; o < weft_outfit_occasion_count(rules); o++)
        if (weft_outfit_occasion(rules, weft_outfit_occasion_name(rules, o)) != (int)o) abort();
    free(text);
    weft_outfit_rules_free(rules);
    return 0;
}
