#include "search/judged.h"

#include <stdlib.h>
#include <string.h>

#include "text/words.h"

enum { PAIR_MIN = 10, MISSPELT_MIN = 5 };

const char *weft_judged_group_name(weft_judged_group group) {
    static const char *const names[] = {
        "color + type + gender", "not a color", "misspelt", "broad", "names", "by hand",
        "nothing fits"};
    return names[group];
}

static weft_status add(weft_judged *judged, const weft_judged_query *query, weft_arena *arena,
                       weft_err *err) {
    if (judged->count == judged->capacity) {
        size_t capacity = judged->capacity ? 2 * judged->capacity : 256;
        weft_judged_query *larger = weft_arena_alloc(arena, capacity, sizeof *larger);
        if (!larger) return weft_fail(err, WEFT_E_NOMEM, "judged queries");
        if (judged->count) memcpy(larger, judged->queries, judged->count * sizeof *larger);
        judged->queries = larger;
        judged->capacity = capacity;
    }
    judged->queries[judged->count++] = *query;
    return WEFT_OK;
}

/* ---- by hand ---- */

static weft_status read_words(const json_t *json, weft_arena *arena, const char *const **words,
                              size_t *n, weft_err *err) {
    *n = json_array_size(json);
    if (json && !json_is_array(json))
        return weft_fail(err, WEFT_E_FORMAT, "words are an array of strings");
    const char **list = weft_arena_alloc(arena, *n, sizeof *list);
    if (!list) return weft_fail(err, WEFT_E_NOMEM, "judged queries");
    for (size_t i = 0; i < *n; i++) {
        const char *word = json_string_value(json_array_get(json, i));
        if (!word) return weft_fail(err, WEFT_E_FORMAT, "words are an array of strings");
        list[i] = weft_arena_strdup(arena, word);
        if (!list[i]) return weft_fail(err, WEFT_E_NOMEM, "judged queries");
    }
    *words = list;
    return WEFT_OK;
}

static weft_status read_query(const json_t *json, weft_arena *arena, weft_judged_query *q,
                              weft_err *err) {
    const char *text = json_string_value(json_object_get(json, "query"));
    if (!text) return weft_fail(err, WEFT_E_FORMAT, "there is no \"query\"");
    *q = (weft_judged_query){.group = WEFT_JUDGED_HARD, .text = weft_arena_strdup(arena, text)};
    if (!q->text) return weft_fail(err, WEFT_E_NOMEM, "judged queries");
    if (json_is_true(json_object_get(json, "nothing"))) {
        q->group = WEFT_JUDGED_NOTHING;
        return WEFT_OK;
    }
    const json_t *right = json_object_get(json, "right"), *wrong = json_object_get(json, "wrong");
    if (!right) return weft_fail(err, WEFT_E_FORMAT, "there is neither \"right\" nor \"nothing\"");
    weft_status status = weft_filter_parse(&q->right, right, arena, err);
    if (!status && wrong) status = weft_filter_parse(&q->wrong, wrong, arena, err);
    if (!status)
        status = read_words(json_object_get(json, "words"), arena, &q->words, &q->word_count, err);
    if (!status)
        status = read_words(json_object_get(json, "wrong_words"), arena, &q->wrong_words,
                            &q->wrong_word_count, err);
    return status;
}

weft_status weft_judged_parse(weft_judged *judged, weft_str text, weft_arena *arena,
                              weft_err *err) {
    size_t line = 0;
    for (const char *at = text.data, *end = text.data + text.size; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        weft_str row = weft_str_trim((weft_str){at, (size_t)(stop - at)});
        at = stop + (stop < end);
        line++;
        if (!row.size) continue;
        json_error_t where;
        json_t *json = json_loadb(row.data, row.size, JSON_REJECT_DUPLICATES, &where);
        weft_judged_query query;
        weft_status status = json ? read_query(json, arena, &query, err)
                                  : weft_fail(err, WEFT_E_FORMAT, "%s", where.text);
        json_decref(json);
        if (status) return weft_fail_in(err, status, "line %zu", line);
        status = add(judged, &query, arena, err);
        if (status) return status;
    }
    return WEFT_OK;
}

/* ---- from the catalog ---- */

/* A combination of values, and how many products have it. */
typedef struct {
    uint32_t codes[3]; /* of color, type, gender */
    size_t rows;
} combination;

static const weft_facet combined[] = {WEFT_FACET_base_color, WEFT_FACET_article_type,
                                      WEFT_FACET_gender};

static int by_codes(const void *a, const void *b) {
    return memcmp(a, b, sizeof((combination *)NULL)->codes);
}

/* The combinations of the catalog, each once. */
static combination *combine(const weft_catalog *catalog, weft_arena *arena, size_t *n) {
    size_t rows = weft_catalog_rows(catalog), kept = 0;
    combination *all = weft_arena_calloc(arena, rows + 1, sizeof *all);
    *n = 0;
    if (!all) return NULL;
    for (size_t row = 0; row < rows; row++)
        for (size_t f = 0; f < 3; f++)
            all[row].codes[f] = weft_catalog_facet_of(catalog, combined[f])->codes[row];
    qsort(all, rows, sizeof *all, by_codes);
    for (size_t i = 0; i < rows; i++) {
        if (kept == 0 || by_codes(&all[kept - 1], &all[i]) != 0) all[kept++] = all[i];
        all[kept - 1].rows++;
    }
    *n = kept;
    return all;
}

static const char *value_of(const weft_catalog *catalog, const combination *c, size_t f) {
    return weft_catalog_facet_of(catalog, combined[f])->values[c->codes[f]];
}

static weft_status make_filter(const weft_catalog *catalog, const combination *c, const char *color,
                               bool has_gender, weft_arena *arena, const weft_filter **filter,
                               weft_err *err) {
    json_t *json = json_pack("{s:s}", "article_type", value_of(catalog, c, 1));
    bool ok = json;
    if (ok && color)
        ok = json_object_set_new(json, "base_color",
                                 json_pack("{s:s}", color, value_of(catalog, c, 0))) == 0;
    if (ok && has_gender)
        ok = json_object_set_new(json, "gender", json_string(value_of(catalog, c, 2))) == 0;
    weft_status status = ok ? weft_filter_parse(filter, json, arena, err)
                            : weft_fail(err, WEFT_E_NOMEM, "judged queries");
    json_decref(json);
    return status;
}

/* One slip in the longest word: two letters exchanged, one left out, doubled or changed. */
static void misspell(char *text, uint32_t seed) {
    char *word = text, *longest = text;
    size_t length = 0;
    for (char *at = text;; at++) {
        if (*at && *at != ' ') continue;
        if ((size_t)(at - word) > length) length = (size_t)(at - word), longest = word;
        if (!*at) break;
        word = at + 1;
    }
    if (length < MISSPELT_MIN) return;
    size_t at = 1 + seed % (length - 2), rest = strlen(longest + at);
    char c = longest[at];
    switch (seed / 7 % 4) {
    case 0:
        longest[at] = longest[at + 1];
        longest[at + 1] = c;
        break;
    case 1: memmove(longest + at, longest + at + 1, rest); break;
    case 2: memmove(longest + at + 1, longest + at, rest + 1); break;
    default: longest[at] = c == 'e' ? 'a' : 'e';
    }
}

static weft_status add_combination(weft_judged *judged, const weft_catalog *catalog,
                                   const combination *c, weft_judged_group group, uint32_t seed,
                                   weft_arena *arena, weft_err *err) {
    weft_judged_query query = {.group = group};
    const char *color = value_of(catalog, c, 0), *type = value_of(catalog, c, 1),
               *gender = value_of(catalog, c, 2);
    weft_status status = WEFT_OK;
    char *text = NULL;
    /* Room for a letter more: slips double one. */
    if (group == WEFT_JUDGED_NEGATED) {
        text = weft_arena_printf(arena, "%s not %s", type, color);
        status = make_filter(catalog, c, "$ne", false, arena, &query.right, err);
        if (!status) status = make_filter(catalog, c, "$eq", false, arena, &query.wrong, err);
    } else if (group == WEFT_JUDGED_BROAD) {
        text = weft_arena_printf(arena, "%s %s", gender, type);
        status = make_filter(catalog, c, NULL, true, arena, &query.right, err);
    } else {
        text = weft_arena_printf(arena, "%s %s %s ", color, gender, type);
        status = make_filter(catalog, c, "$eq", true, arena, &query.right, err);
        if (text) text[strlen(text) - 1] = '\0';
        if (text && group == WEFT_JUDGED_MISSPELT) misspell(text, seed);
    }
    query.text = text;
    if (!status && !text) status = weft_fail(err, WEFT_E_NOMEM, "judged queries");
    return status ? status : add(judged, &query, arena, err);
}

static bool is_whole(const weft_catalog *catalog, const combination *c) {
    return *value_of(catalog, c, 0) && *value_of(catalog, c, 1) && *value_of(catalog, c, 2);
}

/* Every n-th of those with products enough, so that all kinds come in. */
static weft_status add_combinations(weft_judged *judged, const weft_catalog *catalog,
                                    const combination *all, size_t n, size_t each,
                                    weft_arena *arena, weft_err *err) {
    static const weft_judged_group groups[] = {WEFT_JUDGED_ATTRIBUTES, WEFT_JUDGED_NEGATED,
                                               WEFT_JUDGED_MISSPELT};
    size_t good = 0, seen = 0, taken = 0;
    for (size_t i = 0; i < n; i++) good += all[i].rows >= PAIR_MIN && is_whole(catalog, &all[i]);
    if (each > good) each = good;
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < n && !status; i++) {
        if (all[i].rows < PAIR_MIN || !is_whole(catalog, &all[i])) continue;
        if (seen++ * each / good < taken) continue; /* not this one's turn yet */
        taken++;
        for (size_t g = 0; g < sizeof groups / sizeof *groups && !status; g++)
            status = add_combination(judged, catalog, &all[i], groups[g],
                                     (uint32_t)(i * 2654435761u >> 8), arena, err);
    }
    return status;
}

/* Gender and type whose products have at least ten colors. */
static weft_status add_broad(weft_judged *judged, const weft_catalog *catalog,
                             const combination *all, size_t n, size_t each, weft_arena *arena,
                             weft_err *err) {
    size_t types = weft_catalog_facet_of(catalog, combined[1])->value_count;
    size_t genders = weft_catalog_facet_of(catalog, combined[2])->value_count, taken = 0;
    unsigned char *colors = weft_arena_calloc(arena, types * genders + 1, 1);
    if (!colors) return weft_fail(err, WEFT_E_NOMEM, "judged queries");
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < n && taken < each && !status; i++) {
        unsigned char *count = &colors[all[i].codes[1] * genders + all[i].codes[2]];
        if (!is_whole(catalog, &all[i]) || *count == UINT8_MAX) continue;
        if (++*count != PAIR_MIN) continue;
        taken++;
        status = add_combination(judged, catalog, &all[i], WEFT_JUDGED_BROAD, 0, arena, err);
    }
    return status;
}

static weft_status add_names(weft_judged *judged, const weft_catalog *catalog, size_t each,
                             weft_arena *arena, weft_err *err) {
    size_t rows = weft_catalog_rows(catalog);
    if (each > rows) each = rows;
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < each && !status; i++) {
        const weft_product *p = weft_catalog_product(catalog, (uint32_t)(i * rows / each));
        const weft_judged_query query = {.group = WEFT_JUDGED_NAMES,
                                         .text = p->product_display_name,
                                         .product_id = p->product_id};
        if (p->image_path[0]) status = add(judged, &query, arena, err);
    }
    return status;
}

weft_status weft_judged_generate(weft_judged *judged, const weft_catalog *catalog, size_t each,
                                 weft_arena *arena, weft_err *err) {
    size_t n;
    const combination *all = combine(catalog, arena, &n);
    if (!all) return weft_fail(err, WEFT_E_NOMEM, "judged queries");
    weft_status status = add_combinations(judged, catalog, all, n, each, arena, err);
    if (!status) status = add_broad(judged, catalog, all, n, each, arena, err);
    if (!status) status = add_names(judged, catalog, each, arena, err);
    return status;
}

/* ---- judging ---- */

/* Has the name one of the alternatives "a|b" as a word? */
static bool has_word(const weft_word *words, size_t n, const char *alternatives) {
    for (const char *at = alternatives; *at;) {
        size_t length = strcspn(at, "|");
        for (size_t i = 0; i < n; i++)
            if (strlen(words[i].text) == length && memcmp(words[i].text, at, length) == 0)
                return true;
        at += length + (at[length] == '|');
    }
    return false;
}

/* Leaves of rows those whose names have all of the words, or any of them. */
static weft_status keep_named(const weft_catalog *catalog, const char *const *wanted, size_t n,
                              bool any, weft_bitset *rows, weft_err *err) {
    weft_arena arena;
    weft_status status = WEFT_OK;
    weft_arena_init(&arena, 0);
    for (uint32_t row = 0; row < rows->count && !status; row++) {
        weft_word *words;
        size_t count, met = 0;
        if (!weft_bitset_get(rows, row)) continue;
        const char *name = weft_catalog_product(catalog, row)->product_display_name;
        status = weft_words_split(weft_str_of(name), &arena, &words, &count, err);
        for (size_t i = 0; i < n && !status; i++) met += has_word(words, count, wanted[i]);
        if (any ? met == 0 : met < n) weft_bitset_unset(rows, row);
        if (row % 256 == 255) weft_arena_deinit(&arena);
    }
    weft_arena_deinit(&arena);
    return status;
}

weft_status weft_judged_rows(const weft_judged_query *q, const weft_catalog *catalog,
                             weft_bitset *right, weft_bitset *wrong, weft_err *err) {
    size_t rows = weft_catalog_rows(catalog);
    uint32_t row;
    *right = *wrong = (weft_bitset){0};
    weft_status status;
    if (q->product_id || q->group == WEFT_JUDGED_NOTHING) {
        status = weft_bitset_init(right, rows, err);
        if (!status && q->product_id && weft_catalog_find(catalog, q->product_id, &row))
            weft_bitset_set(right, row);
    } else {
        status = weft_filter_apply(q->right, catalog, right, err);
        if (!status && q->word_count)
            status = keep_named(catalog, q->words, q->word_count, false, right, err);
    }
    if (!status && (q->wrong || q->wrong_word_count)) {
        status = weft_filter_apply(q->wrong, catalog, wrong, err);
        if (!status && q->wrong_word_count)
            status = keep_named(catalog, q->wrong_words, q->wrong_word_count, true, wrong, err);
    } else if (!status) {
        status = weft_bitset_init(wrong, rows, err);
    }
    if (status) {
        weft_bitset_deinit(right);
        weft_bitset_deinit(wrong);
    }
    return status;
}
