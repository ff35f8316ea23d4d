/* Outfits, their categories and names of kinds: files from outside. What is read can be
 * learned from. */
#include <stdint.h>
#include <stdlib.h>

#include "recommend/pairing.h"

static const char CATEGORIES[] = "2 Clothing\n3 Dresses\n21 T-Shirts\n27 Jeans\n43 Pumps\n";

static void read_outfits(weft_str text, weft_arena *arena) {
    weft_outfit_categories categories;
    weft_kind_names names;
    weft_outfits outfits, renamed;
    weft_pairing *pairing;
    const weft_pairing_options quick = {.rounds = 1};
    weft_err err = {0};
    if (weft_outfit_categories_parse(&categories, weft_str_of(CATEGORIES), arena, NULL) ||
        weft_kind_names_parse(&names, weft_kind_names_default(), arena, NULL))
        abort();
    if (weft_outfits_parse(&outfits, text, &categories, arena, &err)) {
        if (!err.message[0]) abort();
        return;
    }
    if (weft_outfits_rename(&renamed, &outfits, &names, arena, NULL)) abort();
    if (outfits.starts[outfits.count] > 200) return;
    if (weft_pairing_learn(&pairing, &outfits, &quick, NULL) == WEFT_OK) weft_pairing_free(pairing);
    if (weft_pairing_learn(&pairing, &renamed, &quick, NULL) == WEFT_OK) weft_pairing_free(pairing);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const weft_str text = {(const char *)data, size};
    weft_arena arena;
    weft_outfit_categories categories;
    weft_kind_names names;
    weft_arena_init(&arena, 0);
    read_outfits(text, &arena);
    if (weft_outfit_categories_parse(&categories, text, &arena, NULL) == WEFT_OK)
        for (size_t i = 1; i < categories.count; i++)
            if (categories.categories[i - 1].id >= categories.categories[i].id) abort();
    if (weft_kind_names_parse(&names, text, &arena, NULL) == WEFT_OK)
        for (size_t i = 0; i < names.count; i++)
            if (weft_kind_names_find(&names, names.names[i].category) != &names.names[i]) abort();
    weft_arena_deinit(&arena);
    return 0;
}
