/* The words of a search, as anyone may type them, and a shop's synonyms. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "search/query.h"

typedef struct {
    const char *name, *type, *color;
} row;

static const row rows[] = {
    {"Alder Women Red Dress", "Dresses", "Red"},
    {"Alder Women Navy Blue Dress", "Dresses", "Navy Blue"},
    {"Birch Men Black Shoes", "Casual Shoes", "Black"},
    {"Birch Men Flip Flops", "Flip Flops", "Black"},
    {"Birch Men Striped Tshirt XL", "Tshirts", "White"},
    {"Gold Chain", "Necklace and Chains", "Gold"},
};

static weft_catalog *catalog;
static weft_lexicon *lexicon;
static weft_arena kept;

static void prepare(void) {
    weft_synonyms synonyms;
    weft_arena_init(&kept, 0);
    if (weft_catalog_new(&catalog, NULL)) abort();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char id[] = {(char)('a' + i), '\0'};
        const weft_product product = {.product_id = id,
                                      .product_display_name = rows[i].name,
                                      .master_category = "",
                                      .sub_category = "",
                                      .article_type = rows[i].type,
                                      .base_color = rows[i].color,
                                      .gender = i % 2 ? "Men" : "Women",
                                      .season = "Summer",
                                      .usage = "Casual",
                                      .price = 10 * (double)(i + 1),
                                      .image_path = "",
                                      .image_digest = ""};
        if (weft_catalog_add(catalog, &product, NULL)) abort();
    }
    if (weft_catalog_finish(catalog, NULL) ||
        weft_synonyms_parse(&synonyms, weft_synonyms_default(), &kept, NULL) ||
        weft_lexicon_new(&lexicon, catalog, &synonyms, NULL))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    weft_arena arena;
    weft_synonyms synonyms;
    weft_query query;
    weft_bitset left;
    const weft_filter *filter;
    if (!lexicon) prepare();
    weft_arena_init(&arena, 0);
    (void)weft_synonyms_parse(&synonyms, (weft_str){(const char *)data, size}, &arena, NULL);
    char *text = weft_arena_strndup(&arena, (const char *)data, strnlen((const char *)data, size));
    if (!text || weft_query_parse(&query, text, size % 7 ? WEFT_UNDERSTAND_ALL : (unsigned)size,
                                  lexicon, &arena, NULL))
        abort();
    for (size_t t = 0; t < query.term_count; t++)
        if (query.terms[t].begin > query.terms[t].end || query.terms[t].end > strlen(text)) abort();
    if (weft_bitset_init(&left, weft_catalog_rows(catalog), NULL)) abort();
    weft_bitset_fill(&left);
    if (weft_query_rows(&query, catalog, lexicon, &left, NULL) ||
        weft_query_filter(&query, catalog, &arena, &filter, NULL))
        abort();
    for (uint32_t r = 0; r < left.count; r++) {
        float match = weft_query_match(&query, catalog, lexicon, r);
        if (!(match >= 0 && match <= 1)) abort();
    }
    weft_bitset_deinit(&left);
    weft_arena_deinit(&arena);
    return 0;
}
