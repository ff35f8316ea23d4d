#include "text/vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "catalog/id_map.h"
#include "text/brands.h"

/* Categories from the narrowest: what a phrase means first. */
static const weft_facet facet_order[] = {
    WEFT_FACET_article_type, WEFT_FACET_sub_category, WEFT_FACET_master_category,
    WEFT_FACET_base_color,   WEFT_FACET_gender,       WEFT_FACET_season,
    WEFT_FACET_usage,
};
enum { FACET_ORDER = sizeof facet_order / sizeof *facet_order, CATEGORY_FACETS = 3 };

struct weft_vocabulary {
    weft_arena arena;
    weft_stemmer *stemmer; /* of the build, and keeper of its strings */
    weft_id_map phrases;   /* stems apart by spaces -> number of a meaning */
    weft_meaning *meanings;
    size_t meaning_count, meaning_capacity;
    weft_id_map phrase_words;  /* stems that are part of a phrase */
    weft_id_map synonym_words; /* folded words of synonyms that lead somewhere */
    weft_id_map same;          /* stem -> number in same_lists */
    struct same_list {
        const char **stems; /* [count] */
        size_t count;
    } * same_lists;
    size_t same_count, same_capacity;
    weft_brands brands;
};

/* How many rows have each value, while building. */
typedef struct {
    weft_vocabulary *vocabulary;
    const weft_catalog *catalog;
    size_t *value_rows[WEFT_FACET_COUNT];
    const char **value_phrases[WEFT_FACET_COUNT]; /* stems of each value */
    weft_arena scratch;
} building;

/* ---- phrases ---- */

static const char *phrase_of(building *b, weft_str text, size_t *words_count) {
    weft_word *words;
    size_t n;
    if (weft_words_split(text, &b->scratch, &words, &n, NULL)) return NULL;
    if (words_count) *words_count = n;
    return weft_stem_phrase(b->vocabulary->stemmer, words, n, &b->vocabulary->arena);
}

static bool note_word(weft_vocabulary *v, const char *word, size_t n) {
    const char *copy = weft_arena_strndup(&v->arena, word, n);
    return copy && (weft_id_map_get(&v->phrase_words, copy, NULL) ||
                    !weft_id_map_add(&v->phrase_words, copy, 0));
}

/* The value of a meaning's first code, kept by the vocabulary. */
static const char *value_of(building *b, const weft_meaning *meaning) {
    weft_vocabulary *v = b->vocabulary;
    if (meaning->kind == WEFT_MEANS_BRAND) return v->brands.names[meaning->codes[0]];
    const weft_catalog_facet *facet = weft_catalog_facet_of(b->catalog, meaning->facet);
    return weft_arena_strdup(&v->arena, facet->values[meaning->codes[0]]);
}

/* Gives a phrase its meaning; one that it has already stays. */
static bool add_meaning(building *b, const char *phrase, const weft_meaning *meaning) {
    weft_vocabulary *v = b->vocabulary;
    if (!phrase[0] || weft_id_map_get(&v->phrases, phrase, NULL)) return true;
    if (v->meaning_count == v->meaning_capacity) {
        size_t capacity = 2 * v->meaning_capacity + 256;
        weft_meaning *larger = weft_realloc(v->meanings, capacity, sizeof *larger);
        if (!larger) return false;
        v->meanings = larger;
        v->meaning_capacity = capacity;
    }
    v->meanings[v->meaning_count] = *meaning;
    v->meanings[v->meaning_count].value = value_of(b, meaning);
    if (!v->meanings[v->meaning_count].value ||
        weft_id_map_add(&v->phrases, phrase, (uint32_t)v->meaning_count))
        return false;
    v->meaning_count++;
    for (const char *at = phrase; *at;) {
        size_t n = strcspn(at, " ");
        if (!note_word(v, at, n)) return false;
        at += n + (at[n] == ' ');
    }
    return true;
}

static const weft_meaning *meaning_of(const weft_vocabulary *v, const char *phrase) {
    uint32_t number;
    return weft_id_map_get(&v->phrases, phrase, &number) ? &v->meanings[number] : NULL;
}

/* ---- values of facets ---- */

static bool read_values(building *b) {
    for (int f = 0; f < WEFT_FACET_COUNT; f++) {
        const weft_catalog_facet *facet = weft_catalog_facet_of(b->catalog, (weft_facet)f);
        b->value_rows[f] = weft_arena_calloc(&b->scratch, facet->value_count, sizeof(size_t));
        b->value_phrases[f] = weft_arena_alloc(&b->scratch, facet->value_count, sizeof(char *));
        if (!b->value_rows[f] || !b->value_phrases[f]) return false;
        for (size_t row = 0; row < weft_catalog_rows(b->catalog); row++)
            b->value_rows[f][facet->codes[row]]++;
        for (size_t v = 0; v < facet->value_count; v++) {
            b->value_phrases[f][v] = phrase_of(b, weft_str_of(facet->values[v]), NULL);
            if (!b->value_phrases[f][v]) return false;
        }
    }
    return true;
}

/* Does phrase hold part as whole words; at its end only, if asked so? */
static bool holds(const char *phrase, const char *part, bool at_end) {
    size_t n = strlen(part);
    for (const char *at = phrase; (at = strstr(at, part)); at++) {
        bool begins = at == phrase || at[-1] == ' ';
        bool ends = at[n] == '\0' || (at[n] == ' ' && !at_end);
        if (begins && ends) return true;
    }
    return false;
}

/* All values of the facet that hold the phrase; the ones that are it come first. Those that
 * only hold it are what was said too when none is it. */
static bool add_holders(building *b, weft_facet f, const char *phrase, bool at_end) {
    size_t values = weft_catalog_facet_of(b->catalog, f)->value_count;
    uint32_t *codes = weft_arena_alloc(&b->vocabulary->arena, values, sizeof *codes);
    if (!codes) return false;
    weft_meaning meaning = {.facet = f, .codes = codes};
    for (uint32_t v = 0; v < values; v++)
        if (strcmp(b->value_phrases[f][v], phrase) == 0) codes[meaning.count++] = v;
    meaning.exact = meaning.count;
    for (uint32_t v = 0; v < values; v++)
        if (strcmp(b->value_phrases[f][v], phrase) != 0 &&
            holds(b->value_phrases[f][v], phrase, at_end))
            codes[meaning.count++] = v;
    if (meaning.exact == 0) meaning.exact = meaning.count;
    return meaning.count == 0 || add_meaning(b, phrase, &meaning);
}

/* What is for both goes with what is for one. */
static const char for_all[] = "unisex";

static bool add_one_value(building *b, weft_facet f, const char *phrase, uint32_t value) {
    uint32_t *code = weft_arena_alloc(&b->vocabulary->arena, 2, sizeof *code);
    if (!code) return false;
    weft_meaning meaning = {.facet = f, .codes = code, .exact = 1, .count = 1};
    code[0] = value;
    size_t values = weft_catalog_facet_of(b->catalog, f)->value_count;
    for (uint32_t v = 0; f == WEFT_FACET_gender && v < values && meaning.count == 1; v++)
        if (v != value && strcmp(b->value_phrases[f][v], for_all) == 0) code[meaning.count++] = v;
    return add_meaning(b, phrase, &meaning);
}

/* Is part all of a phrase, or a side of it: "x and part", "part and x"? */
static bool is_side(const char *phrase, const char *part) {
    size_t n = strlen(part), whole = strlen(phrase);
    if (strcmp(phrase, part) == 0) return true;
    if (whole < n + 5) return false;
    return (strncmp(phrase, part, n) == 0 && strncmp(phrase + n, " and ", 5) == 0) ||
           (strcmp(phrase + whole - n, part) == 0 &&
            strncmp(phrase + whole - n - 5, " and ", 5) == 0);
}

/* Is there another category's or color's value with twice as many products whose phrase, or
 * one side of whose phrase, is the same? "Perfumes", 6 of them, does not hide "Perfume and
 * Body Mist", nor the category "Skin" the color. */
static bool is_outdone(const building *b, weft_facet f, size_t value) {
    for (int i = 0; i <= CATEGORY_FACETS; i++) { /* colors come after categories */
        weft_facet other = facet_order[i];
        size_t values = weft_catalog_facet_of(b->catalog, other)->value_count;
        for (size_t v = 0; other != f && v < values; v++)
            if (is_side(b->value_phrases[other][v], b->value_phrases[f][value]) &&
                b->value_rows[other][v] > 2 * b->value_rows[f][value])
                return true;
    }
    return false;
}

static bool add_values(building *b) {
    for (int i = 0; i < FACET_ORDER; i++) {
        weft_facet f = facet_order[i];
        const weft_catalog_facet *facet = weft_catalog_facet_of(b->catalog, f);
        for (uint32_t v = 0; v < facet->value_count; v++) {
            const char *phrase = b->value_phrases[f][v];
            if (!phrase[0] || (i < CATEGORY_FACETS && is_outdone(b, f, v))) continue;
            if (f == WEFT_FACET_base_color ? !add_holders(b, f, phrase, false)
                                           : !add_one_value(b, f, phrase, v))
                return false;
        }
    }
    return true;
}

/* "Necklace and Chains" is what "necklace" means, and "chains". */
static bool add_sides(building *b) {
    for (int i = 0; i < CATEGORY_FACETS; i++) {
        weft_facet f = facet_order[i];
        const weft_catalog_facet *facet = weft_catalog_facet_of(b->catalog, f);
        for (uint32_t v = 0; v < facet->value_count; v++) {
            const char *and = strcasestr(facet->values[v], " and ");
            if (!and) continue;
            weft_str left = {facet->values[v], (size_t)(and-facet->values[v])};
            const char *first = phrase_of(b, left, NULL);
            const char *second = phrase_of(b, weft_str_of(and+5), NULL);
            if (!first || !second || !add_one_value(b, f, first, v) ||
                !add_one_value(b, f, second, v))
                return false;
        }
    }
    return true;
}

/* The ends of values of more than one word mean all that end so ("shoes"), and the words of
 * colors all that have them. */
static bool add_parts(building *b) {
    static const weft_facet parts[] = {WEFT_FACET_article_type, WEFT_FACET_sub_category,
                                       WEFT_FACET_base_color};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        weft_facet f = parts[i];
        bool is_color = f == WEFT_FACET_base_color;
        size_t values = weft_catalog_facet_of(b->catalog, f)->value_count;
        for (size_t v = 0; v < values; v++) {
            const char *phrase = b->value_phrases[f][v], *space = strchr(phrase, ' ');
            for (; space; space = strchr(space + 1, ' '))
                if (!add_holders(b, f, space + 1, !is_color)) return false;
            size_t first = strcspn(phrase, " ");
            if (!is_color || !phrase[first]) continue;
            const char *word = weft_arena_strndup(&b->vocabulary->arena, phrase, first);
            if (!word || !add_holders(b, f, word, false)) return false;
        }
    }
    return true;
}

/* ---- synonyms ---- */

static bool has_code(const weft_meaning *meaning, uint32_t code) {
    for (size_t i = 0; i < meaning->count; i++)
        if (meaning->codes[i] == code) return true;
    return false;
}

/* What all of a rule's right side means together; only of the facet of the first that means
 * anything. */
static bool join_meanings(building *b, const weft_synonym_rule *rule, weft_meaning *joined) {
    weft_vocabulary *v = b->vocabulary;
    *joined = (weft_meaning){0};
    uint32_t *codes = NULL;
    for (size_t i = 0; i < rule->to_count; i++) {
        const char *phrase = phrase_of(b, weft_str_of(rule->to[i]), NULL);
        if (!phrase) return false;
        const weft_meaning *meaning = meaning_of(v, phrase);
        if (!meaning || (joined->count && meaning->facet != joined->facet)) continue;
        if (!codes) {
            size_t values = weft_catalog_facet_of(b->catalog, meaning->facet)->value_count;
            codes = weft_arena_alloc(&v->arena, values, sizeof *codes);
            if (!codes) return false;
            *joined = (weft_meaning){.facet = meaning->facet, .codes = codes};
        }
        for (size_t c = 0; c < meaning->exact; c++) {
            if (!has_code(joined, meaning->codes[c])) codes[joined->count++] = meaning->codes[c];
        }
    }
    joined->exact = joined->count;
    /* What is for both goes with what is for one. */
    size_t values =
        joined->count ? weft_catalog_facet_of(b->catalog, joined->facet)->value_count : 0;
    for (uint32_t u = 0; joined->facet == WEFT_FACET_gender && u < values; u++)
        if (strcmp(b->value_phrases[WEFT_FACET_gender][u], for_all) == 0 && !has_code(joined, u))
            codes[joined->count++] = u;
    return true;
}

static bool note_synonym_words(building *b, const char *phrase) {
    weft_vocabulary *v = b->vocabulary;
    weft_word *words;
    size_t n;
    if (weft_words_split(weft_str_of(phrase), &v->arena, &words, &n, NULL)) return false;
    for (size_t w = 0; w < n; w++)
        if (!weft_id_map_get(&v->synonym_words, words[w].text, NULL) &&
            weft_id_map_add(&v->synonym_words, words[w].text, 0))
            return false;
    return true;
}

static bool add_same(weft_vocabulary *v, const char *stem, const char *other) {
    uint32_t number;
    if (strcmp(stem, other) == 0) return true;
    if (!weft_id_map_get(&v->same, stem, &number)) {
        if (v->same_count == v->same_capacity) {
            size_t capacity = 2 * v->same_capacity + 64;
            struct same_list *larger = weft_realloc(v->same_lists, capacity, sizeof *larger);
            if (!larger) return false;
            v->same_lists = larger;
            v->same_capacity = capacity;
        }
        number = (uint32_t)v->same_count;
        v->same_lists[number] = (struct same_list){
            .stems = weft_arena_alloc(&v->arena, WEFT_SYNONYMS_MAX_PHRASES, sizeof(char *))};
        if (!v->same_lists[number].stems || weft_id_map_add(&v->same, stem, number)) return false;
        v->same_count++;
    }
    struct same_list *list = &v->same_lists[number];
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->stems[i], other) == 0) return true;
    if (list->count < WEFT_SYNONYMS_MAX_PHRASES) list->stems[list->count++] = other;
    return true;
}

/* Single words of a rule stand for each other where words are compared with names. */
static bool add_rule_words(building *b, const weft_synonym_rule *rule) {
    weft_vocabulary *v = b->vocabulary;
    for (size_t i = 0; i < rule->from_count; i++) {
        const char *from = phrase_of(b, weft_str_of(rule->from[i]), NULL);
        if (!from) return false;
        for (size_t j = 0; j < rule->to_count; j++) {
            const char *to = phrase_of(b, weft_str_of(rule->to[j]), NULL);
            if (!to) return false;
            if (strchr(from, ' ') || strchr(to, ' ')) continue;
            if (!add_same(v, from, to)) return false;
        }
    }
    return true;
}

static bool add_synonyms(building *b, const weft_synonyms *synonyms) {
    for (size_t r = 0; r < synonyms->count; r++) {
        const weft_synonym_rule *rule = &synonyms->rules[r];
        weft_meaning joined;
        if (!join_meanings(b, rule, &joined) || !add_rule_words(b, rule)) return false;
        for (size_t i = 0; i < rule->from_count; i++) {
            const char *phrase = phrase_of(b, weft_str_of(rule->from[i]), NULL);
            if (!phrase) return false;
            if (joined.count &&
                (!add_meaning(b, phrase, &joined) || !note_synonym_words(b, rule->from[i])))
                return false;
        }
    }
    return true;
}

/* ---- brands ---- */

static bool add_brands(building *b) {
    weft_vocabulary *v = b->vocabulary;
    for (uint32_t i = 0; i < v->brands.count; i++) {
        uint32_t *codes = weft_arena_alloc(&v->arena, v->brands.count, sizeof *codes);
        size_t n = 0;
        if (!codes) return false;
        codes[n++] = i;
        /* "Levis" is "Levis Kids" too. */
        size_t length = strlen(v->brands.phrases[i]);
        for (uint32_t o = 0; o < v->brands.count; o++)
            if (strncmp(v->brands.phrases[o], v->brands.phrases[i], length) == 0 &&
                v->brands.phrases[o][length] == ' ')
                codes[n++] = o;
        const weft_meaning meaning = {
            .kind = WEFT_MEANS_BRAND, .codes = codes, .exact = n, .count = n};
        if (!add_meaning(b, v->brands.phrases[i], &meaning)) return false;
    }
    return true;
}

/* ---- the vocabulary ---- */

weft_status weft_vocabulary_new(weft_vocabulary **out, const weft_catalog *catalog,
                                const weft_synonyms *synonyms, weft_err *err) {
    weft_vocabulary *v = weft_calloc(1, sizeof *v);
    if (!v) return weft_fail(err, WEFT_E_NOMEM, "vocabulary");
    building b = {.vocabulary = v, .catalog = catalog};
    weft_arena_init(&v->arena, 1 << 16);
    weft_arena_init(&b.scratch, 1 << 16);
    weft_id_map_init(&v->phrases);
    weft_id_map_init(&v->phrase_words);
    weft_id_map_init(&v->synonym_words);
    weft_id_map_init(&v->same);
    weft_status status = weft_stemmer_new(&v->stemmer, err);
    if (!status) status = weft_brands_find(&v->brands, catalog, v->stemmer, &v->arena, err);
    /* The first to give a phrase a meaning wins: values, their sides, synonyms, parts, brands;
     * and synonyms once more, for those that lead to parts. */
    if (!status &&
        !(read_values(&b) && add_values(&b) && add_sides(&b) && add_synonyms(&b, synonyms) &&
          add_parts(&b) && add_synonyms(&b, synonyms) && add_brands(&b)))
        status = weft_fail(err, WEFT_E_NOMEM, "vocabulary");
    weft_arena_deinit(&b.scratch);
    if (status) {
        weft_vocabulary_free(v);
        return status;
    }
    *out = v;
    return WEFT_OK;
}

void weft_vocabulary_free(weft_vocabulary *v) {
    if (!v) return;
    weft_id_map_deinit(&v->phrases);
    weft_id_map_deinit(&v->phrase_words);
    weft_id_map_deinit(&v->synonym_words);
    weft_id_map_deinit(&v->same);
    weft_free(v->meanings);
    weft_free(v->same_lists);
    weft_stemmer_free(v->stemmer);
    weft_arena_deinit(&v->arena);
    weft_free(v);
}

const weft_meaning *weft_vocabulary_find(const weft_vocabulary *vocabulary,
                                         const char *const *stems, size_t n) {
    char phrase[(WEFT_WORD_MAX + 1) * WEFT_PHRASE_MAX];
    size_t used = 0;
    if (n == 0 || n > WEFT_PHRASE_MAX) return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t size = strlen(stems[i]);
        if (used + size + 1 > sizeof phrase) return NULL;
        memcpy(phrase + used, stems[i], size);
        used += size;
        phrase[used++] = ' ';
    }
    phrase[used - 1] = '\0';
    return meaning_of(vocabulary, phrase);
}

bool weft_vocabulary_has_word(const weft_vocabulary *vocabulary, const char *stem) {
    return weft_id_map_get(&vocabulary->phrase_words, stem, NULL);
}

const char *const *weft_vocabulary_same(const weft_vocabulary *vocabulary, const char *stem,
                                        size_t *n) {
    uint32_t number;
    *n = 0;
    if (!weft_id_map_get(&vocabulary->same, stem, &number)) return NULL;
    *n = vocabulary->same_lists[number].count;
    return vocabulary->same_lists[number].stems;
}

void weft_vocabulary_each_word(const weft_vocabulary *vocabulary,
                               void (*visit)(void *context, const char *word, size_t rows),
                               void *context) {
    for (size_t i = 0; i < vocabulary->synonym_words.capacity; i++)
        if (vocabulary->synonym_words.slots[i].key)
            visit(context, vocabulary->synonym_words.slots[i].key, 1);
}

size_t weft_vocabulary_brands(const weft_vocabulary *vocabulary) {
    return vocabulary->brands.count;
}

const char *weft_vocabulary_brand_name(const weft_vocabulary *vocabulary, uint32_t brand) {
    return vocabulary->brands.names[brand];
}

uint32_t weft_vocabulary_brand_of(const weft_vocabulary *vocabulary, uint32_t row) {
    return vocabulary->brands.row_brand[row];
}
