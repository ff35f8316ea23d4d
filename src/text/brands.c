#include "text/brands.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "catalog/id_map.h"

enum { MIN_PRODUCTS = 3, MAX_WORDS = 4 };

/* The name's words before the first attribute word, as a number in `prefixes`. */
typedef struct {
    weft_arena *arena;
    weft_arena scratch;
    weft_stemmer *stemmer;
    weft_id_map attribute_words; /* stems of words of article types, colors and genders */
    weft_id_map prefixes;        /* folded words apart by spaces -> number */
    const char **texts;          /* [prefixes.count]: as written where it was first */
    const char **folded;
    size_t *counts;
    size_t capacity;
    uint32_t *of_row; /* [rows] */
} finding;

static bool note_attribute_words(finding *f, const weft_catalog *catalog) {
    static const weft_facet facets[] = {WEFT_FACET_article_type, WEFT_FACET_base_color,
                                        WEFT_FACET_gender};
    for (size_t i = 0; i < sizeof facets / sizeof *facets; i++) {
        const weft_catalog_facet *facet = weft_catalog_facet_of(catalog, facets[i]);
        for (size_t v = 0; v < facet->value_count; v++) {
            weft_word *words;
            size_t n;
            if (weft_words_split(weft_str_of(facet->values[v]), f->arena, &words, &n, NULL))
                return false;
            for (size_t w = 0; w < n; w++) {
                const char *stem = weft_stem(f->stemmer, words[w].text);
                if (!stem) return false;
                if (weft_id_map_get(&f->attribute_words, stem, NULL)) continue;
                if (weft_id_map_add(&f->attribute_words, stem, 0)) return false;
            }
        }
    }
    return true;
}

static bool reserve(finding *f) {
    if (f->prefixes.count < f->capacity) return true;
    size_t capacity = 2 * f->capacity + 256;
    const char **texts = weft_realloc(f->texts, capacity, sizeof *texts);
    if (texts) f->texts = texts;
    const char **folded = weft_realloc(f->folded, capacity, sizeof *folded);
    if (folded) f->folded = folded;
    size_t *counts = weft_realloc(f->counts, capacity, sizeof *counts);
    if (counts) f->counts = counts;
    if (!texts || !folded || !counts) return false;
    f->capacity = capacity;
    return true;
}

/* How many of words[n] come before the first that is an attribute; 0: none of them is, so
 * that nothing says where a brand would end. */
static size_t prefix_length(finding *f, const weft_word *words, size_t n) {
    for (size_t w = 0; w < n && w <= MAX_WORDS; w++) {
        const char *stem = weft_stem(f->stemmer, words[w].text);
        if (stem && weft_id_map_get(&f->attribute_words, stem, NULL)) return w;
    }
    return 0;
}

static bool note_row(finding *f, uint32_t row, const char *name) {
    weft_word *words;
    size_t n;
    weft_buf key;
    if (weft_words_split(weft_str_of(name), &f->scratch, &words, &n, NULL)) return false;
    f->of_row[row] = UINT32_MAX;
    size_t length = prefix_length(f, words, n);
    if (!length) return true;
    weft_buf_init(&key);
    for (size_t w = 0; w < length; w++) weft_buf_printf(&key, "%s%s", w ? " " : "", words[w].text);
    bool ok = weft_buf_ok(&key);
    uint32_t number = 0;
    if (ok && !weft_id_map_get(&f->prefixes, key.data, &number)) {
        number = (uint32_t)f->prefixes.count;
        const char *copy = weft_arena_strndup(f->arena, key.data, key.size);
        ok = copy && reserve(f);
        if (ok) {
            f->counts[number] = 0;
            f->folded[number] = copy;
            f->texts[number] = weft_arena_strndup(f->arena, name + words[0].begin,
                                                  words[length - 1].end - words[0].begin);
            ok = f->texts[number] && !weft_id_map_add(&f->prefixes, copy, number);
        }
    }
    if (ok) {
        f->counts[number]++;
        f->of_row[row] = number;
    }
    weft_buf_deinit(&key);
    return ok;
}

static const char *stems_of(finding *f, const char *folded) {
    weft_word *words;
    size_t n;
    if (weft_words_split(weft_str_of(folded), &f->scratch, &words, &n, NULL)) return NULL;
    return weft_stem_phrase(f->stemmer, words, n, f->arena);
}

/* Keeps what is frequent, and numbers it anew. */
static bool keep_frequent(finding *f, weft_brands *brands, size_t rows) {
    size_t n = f->prefixes.count;
    uint32_t *renumbered = weft_arena_alloc(f->arena, n, sizeof *renumbered);
    brands->names = weft_arena_alloc(f->arena, n, sizeof *brands->names);
    brands->phrases = weft_arena_alloc(f->arena, n, sizeof *brands->phrases);
    if (!renumbered || !brands->names || !brands->phrases) return false;
    for (size_t i = 0; i < n; i++) {
        renumbered[i] = UINT32_MAX;
        if (f->counts[i] < MIN_PRODUCTS) continue;
        renumbered[i] = (uint32_t)brands->count;
        brands->names[brands->count] = f->texts[i];
        brands->phrases[brands->count] = stems_of(f, f->folded[i]);
        if (!brands->phrases[brands->count++]) return false;
    }
    for (size_t row = 0; row < rows; row++)
        if (f->of_row[row] != UINT32_MAX) f->of_row[row] = renumbered[f->of_row[row]];
    return true;
}

weft_status weft_brands_find(weft_brands *brands, const weft_catalog *catalog,
                             weft_stemmer *stemmer, weft_arena *arena, weft_err *err) {
    size_t rows = weft_catalog_rows(catalog);
    finding f = {.arena = arena, .stemmer = stemmer};
    *brands = (weft_brands){0};
    weft_arena_init(&f.scratch, 1 << 16);
    weft_id_map_init(&f.attribute_words);
    weft_id_map_init(&f.prefixes);
    f.of_row = weft_arena_alloc(arena, rows, sizeof *f.of_row);
    bool ok = f.of_row && note_attribute_words(&f, catalog);
    for (uint32_t row = 0; ok && row < rows; row++) {
        ok = note_row(&f, row, weft_catalog_product(catalog, row)->product_display_name);
        if (row % 256 == 255) weft_arena_deinit(&f.scratch);
    }
    ok = ok && keep_frequent(&f, brands, rows);
    brands->row_brand = f.of_row;
    weft_arena_deinit(&f.scratch);
    weft_id_map_deinit(&f.attribute_words);
    weft_id_map_deinit(&f.prefixes);
    weft_free(f.texts);
    weft_free(f.folded);
    weft_free(f.counts);
    return ok ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "brands");
}
