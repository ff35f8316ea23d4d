/* Filters from the network: any text is refused or runs over a catalog. */
#include <stdint.h>
#include <stdlib.h>

#include "catalog/filter.h"

static weft_catalog *make_catalog(void) {
    static const weft_product rows[] = {
        {"10", "A", "Apparel", "Dress", "Dresses", "Red", "Women", "Summer", "Casual", 2012, 80,
         false, "", ""},
        {"11", "B", "Apparel", "Topwear", "Shirts", "Blue", "Men", "", "NA", 0, 20, true, "", ""},
    };
    weft_catalog *catalog;
    if (weft_catalog_new(&catalog, NULL) || weft_catalog_add(catalog, &rows[0], NULL) ||
        weft_catalog_add(catalog, &rows[1], NULL) || weft_catalog_finish(catalog, NULL))
        abort();
    return catalog;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static weft_catalog *catalog;
    const weft_filter *filter;
    weft_arena arena;
    weft_bitset rows;
    weft_err err = {0};
    if (!catalog) catalog = make_catalog();
    weft_arena_init(&arena, 0);
    if (weft_filter_parse_text(&filter, (const char *)data, size, &arena, &err)) {
        if (!err.message[0]) abort();
    } else {
        if (weft_filter_apply(filter, catalog, &rows, NULL)) abort();
        if (weft_filter_is_empty(filter) && weft_bitset_popcount(&rows) != 2) abort();
        weft_bitset_deinit(&rows);
    }
    weft_arena_deinit(&arena);
    return 0;
}
