/* Holding the rows of a catalog against a query. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "search/query_internal.h"

static bool has_code(const weft_meaning *meaning, size_t n, uint32_t code) {
    for (size_t i = 0; i < n; i++)
        if (meaning->codes[i] == code) return true;
    return false;
}

static uint32_t code_of(const weft_meaning *meaning, const weft_catalog *catalog,
                        const weft_lexicon *lexicon, uint32_t row) {
    if (meaning->kind == WEFT_MEANS_BRAND)
        return weft_vocabulary_brand_of(lexicon->vocabulary, row);
    return weft_catalog_facet_of(catalog, meaning->facet)->codes[row];
}

/* Terms that are alternatives of each other. */
static bool is_same_kind(const weft_query_term *a, const weft_query_term *b) {
    return a->meaning && b->meaning && weft_query_bit(a->meaning) == weft_query_bit(b->meaning);
}

static bool must_hold(const weft_query_term *term) {
    return !term->is_preference && !term->is_relaxed;
}

/* What a row must have, looked up by its codes: made once for all rows. */
typedef struct {
    /* Of each attribute the values that pass: of what must hold, with categories as
     * alternatives of each other; NULL: the attribute was not asked for. */
    bool *wanted[WEFT_FACET_COUNT], *unwanted[WEFT_FACET_COUNT];
    bool *wanted_brands, *unwanted_brands;
    bool asks_category;
    double low, high;
    weft_bitset forbidden; /* rows with words that are not wanted */
    weft_bitset named;     /* rows that a query which may be a name names; words NULL: none */
} demands;

static void demands_free(demands *d) {
    for (int f = 0; f < WEFT_FACET_COUNT; f++) {
        weft_free(d->wanted[f]);
        weft_free(d->unwanted[f]);
    }
    weft_free(d->wanted_brands);
    weft_free(d->unwanted_brands);
    weft_bitset_deinit(&d->forbidden);
    weft_bitset_deinit(&d->named);
}

static bool is_category(weft_facet facet) {
    return facet == WEFT_FACET_article_type || facet == WEFT_FACET_sub_category ||
           facet == WEFT_FACET_master_category;
}

static bool add_values(demands *d, const weft_query_term *term, const weft_catalog *catalog,
                       const weft_lexicon *lexicon) {
    const weft_meaning *m = term->meaning;
    bool is_brand = m->kind == WEFT_MEANS_BRAND;
    bool **table = is_brand ? (term->is_negated ? &d->unwanted_brands : &d->wanted_brands)
                            : (term->is_negated ? &d->unwanted[m->facet] : &d->wanted[m->facet]);
    size_t values = is_brand ? weft_vocabulary_brands(lexicon->vocabulary)
                             : weft_catalog_facet_of(catalog, m->facet)->value_count;
    if (!*table && !(*table = weft_calloc(values + 1, sizeof **table))) return false;
    /* What is not wanted is what was said, not what only contains it. */
    for (size_t i = 0; i < (term->is_negated ? m->exact : m->count); i++)
        (*table)[m->codes[i]] = true;
    if (!is_brand && !term->is_negated && is_category(m->facet)) d->asks_category = true;
    return true;
}

/* Marks the rows that have all of the words. */
static weft_status mark_all(const weft_lexicon *lexicon, const weft_term *words, size_t n,
                            size_t rows, weft_bitset *marked, weft_err *err) {
    weft_bitset with;
    weft_status status = weft_bitset_init(marked, rows, err);
    if (!status && n) weft_text_index_mark(lexicon->texts, words[0], marked);
    for (size_t i = 1; i < n && !status; i++) {
        status = weft_bitset_init(&with, rows, err);
        if (status) break;
        weft_text_index_mark(lexicon->texts, words[i], &with);
        weft_bitset_and(marked, &with);
        weft_bitset_deinit(&with);
    }
    return status;
}

static weft_status forbid(demands *d, const weft_query_term *term, const weft_lexicon *lexicon,
                          size_t rows, weft_err *err) {
    weft_bitset marked = {0};
    weft_status status = WEFT_OK;
    if (!d->forbidden.words) status = weft_bitset_init(&d->forbidden, rows, err);
    if (!status) status = mark_all(lexicon, term->words, term->word_count, rows, &marked, err);
    if (!status) weft_bitset_or(&d->forbidden, &marked);
    for (size_t i = 0; i < term->synonym_count && !status; i++)
        weft_text_index_mark(lexicon->texts, term->synonyms[i], &d->forbidden);
    weft_bitset_deinit(&marked);
    return status;
}

static weft_status name_rows(demands *d, const weft_query *q, const weft_lexicon *lexicon,
                             size_t rows, weft_err *err) {
    weft_term words[WEFT_QUERY_MAX_WORDS];
    size_t n = 0;
    for (size_t w = 0; w < q->word_count; w++)
        if (q->words[w].weight >= 1) words[n++] = q->words[w].term; /* no synonym */
    return mark_all(lexicon, words, n, rows, &d->named, err);
}

static weft_status demands_init(demands *d, const weft_query *q, const weft_catalog *catalog,
                                const weft_lexicon *lexicon, weft_err *err) {
    size_t rows = weft_catalog_rows(catalog);
    weft_status status = WEFT_OK;
    *d = (demands){.low = -INFINITY, .high = INFINITY};
    for (size_t t = 0; t < q->term_count && !status; t++) {
        const weft_query_term *term = &q->terms[t];
        if (!must_hold(term)) continue;
        if (term->meaning && !add_values(d, term, catalog, lexicon))
            status = weft_fail(err, WEFT_E_NOMEM, "query");
        if (term->kind == WEFT_TERM_WORDS) status = forbid(d, term, lexicon, rows, err);
        if (term->kind == WEFT_TERM_PRICE) {
            if (term->low > d->low) d->low = term->low;
            if (term->high < d->high) d->high = term->high;
        }
    }
    if (!status && q->may_be_name) status = name_rows(d, q, lexicon, rows, err);
    if (status) demands_free(d);
    return status;
}

/* The 64 rows from `begin` on whose code the table has; without branches, because this is done
 * for every row of the catalog. */
static uint64_t look_up(const bool *table, const uint32_t *codes, size_t begin, size_t n) {
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++) bits |= (uint64_t)table[codes[begin + i]] << i;
    return bits;
}

static uint64_t look_up_brands(const bool *table, const weft_vocabulary *vocabulary, size_t begin,
                               uint64_t rows) {
    uint64_t bits = 0;
    for (uint64_t left = rows; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        uint32_t brand = weft_vocabulary_brand_of(vocabulary, (uint32_t)(begin + i));
        if (brand != WEFT_NO_BRAND && table[brand]) bits |= UINT64_C(1) << i;
    }
    return bits;
}

static uint64_t in_price(const demands *d, const weft_catalog *catalog, size_t begin,
                         uint64_t rows) {
    uint64_t bits = 0;
    if (!isfinite(d->low) && !isfinite(d->high)) return rows;
    for (uint64_t left = rows; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        double price = weft_catalog_product(catalog, (uint32_t)(begin + i))->price;
        if (price >= d->low && price <= d->high) bits |= UINT64_C(1) << i;
    }
    return bits;
}

/* Of the rows [64 word, 64 word + 64) in `rows` those that pass. */
static uint64_t passing(const demands *d, const weft_catalog *catalog, const weft_lexicon *lexicon,
                        size_t word, uint64_t rows) {
    size_t begin = word * 64, n = weft_catalog_rows(catalog) - begin;
    uint64_t fits, in_category = 0;
    if (n > 64) n = 64;
    if (d->forbidden.words) rows &= ~d->forbidden.words[word];
    if (d->unwanted_brands)
        rows &= ~look_up_brands(d->unwanted_brands, lexicon->vocabulary, begin, rows);
    rows = in_price(d, catalog, begin, rows);
    fits = rows;
    for (int f = 0; f < WEFT_FACET_COUNT; f++) {
        const uint32_t *codes = weft_catalog_facet_of(catalog, (weft_facet)f)->codes;
        if (d->unwanted[f]) {
            uint64_t unwanted = look_up(d->unwanted[f], codes, begin, n);
            rows &= ~unwanted;
            fits &= ~unwanted;
        }
        if (!d->wanted[f]) continue;
        uint64_t wanted = look_up(d->wanted[f], codes, begin, n);
        if (is_category((weft_facet)f)) in_category |= wanted;
        else fits &= wanted;
    }
    if (d->asks_category) fits &= in_category;
    if (d->wanted_brands) fits = look_up_brands(d->wanted_brands, lexicon->vocabulary, begin, fits);
    return fits | (d->named.words ? rows & d->named.words[word] : 0);
}

weft_status weft_query_keep(const weft_query *query, const weft_catalog *catalog,
                            const weft_lexicon *lexicon, weft_bitset *rows, weft_err *err) {
    demands d;
    weft_status status = demands_init(&d, query, catalog, lexicon, err);
    if (status) return status;
    for (size_t word = 0; word < (rows->count + 63) / 64; word++)
        if (rows->words[word])
            rows->words[word] = passing(&d, catalog, lexicon, word, rows->words[word]);
    demands_free(&d);
    return WEFT_OK;
}

weft_status weft_query_rows(weft_query *query, const weft_catalog *catalog,
                            const weft_lexicon *lexicon, weft_bitset *rows, weft_err *err) {
    static const unsigned let_go[] = {WEFT_UNDERSTAND_COLOR, WEFT_UNDERSTAND_GENDER,
                                      WEFT_UNDERSTAND_BRAND, WEFT_UNDERSTAND_CATEGORY};
    weft_bitset before;
    bool any = false;
    for (size_t t = 0; t < query->term_count; t++) any |= must_hold(&query->terms[t]);
    if (!any || weft_bitset_popcount(rows) == 0) return WEFT_OK;
    weft_status status = weft_bitset_init(&before, rows->count, err);
    if (status) return status;
    weft_bitset_copy(&before, rows);
    status = weft_query_keep(query, catalog, lexicon, rows, err);
    for (size_t i = 0; i < sizeof let_go / sizeof *let_go && !status && !weft_bitset_popcount(rows);
         i++) {
        bool changed = false;
        for (size_t t = 0; t < query->term_count; t++) {
            weft_query_term *term = &query->terms[t];
            if (!term->meaning || term->is_negated || term->is_preference ||
                weft_query_bit(term->meaning) != let_go[i])
                continue;
            changed = term->is_relaxed = true;
        }
        if (!changed) continue;
        weft_bitset_copy(rows, &before);
        status = weft_query_keep(query, catalog, lexicon, rows, err);
    }
    weft_bitset_deinit(&before);
    return status;
}

/* Of prices and sizes: does the row have it? */
static bool meets(const weft_query_term *term, const weft_catalog *catalog,
                  const weft_lexicon *lexicon, uint32_t row) {
    if (term->kind == WEFT_TERM_PRICE) {
        double price = weft_catalog_product(catalog, row)->price;
        return price >= term->low && price <= term->high;
    }
    for (size_t i = 0; i < term->word_count; i++)
        if (!weft_text_index_has(lexicon->texts, term->words[i], row)) return false;
    return true;
}

float weft_query_match(const weft_query *query, const weft_catalog *catalog,
                       const weft_lexicon *lexicon, uint32_t row) {
    float met = 0;
    size_t asked = 0;
    for (size_t t = 0; t < query->term_count; t++) {
        const weft_query_term *term = &query->terms[t];
        if (term->is_negated) continue;
        bool is_first = true; /* alternatives count once */
        float best = 0;
        for (size_t o = 0; o < query->term_count; o++) {
            const weft_query_term *other = &query->terms[o];
            if (other->is_negated || (o != t && !is_same_kind(term, other))) continue;
            if (o < t) is_first = false;
            float here = 0;
            if (!other->meaning) {
                here = meets(other, catalog, lexicon, row) ? 1 : 0;
            } else {
                uint32_t code = code_of(other->meaning, catalog, lexicon, row);
                if (has_code(other->meaning, other->meaning->exact, code)) here = 1;
                else if (has_code(other->meaning, other->meaning->count, code)) here = 0.5f;
            }
            if (here > best) best = here;
        }
        if (!is_first) continue;
        asked++;
        met += best;
    }
    return asked ? met / (float)asked : 1;
}

/* ---- as a filter ---- */

static bool add_condition(json_t *conditions, const char *key, const char *operator,
                          json_t * value) {
    json_t *of_key = json_object_get(conditions, key);
    if (!of_key) {
        of_key = json_object();
        if (json_object_set_new(conditions, key, of_key)) of_key = NULL;
    }
    return of_key && json_object_set_new(of_key, operator, value) == 0;
}

/* The values of all terms of this kind; NULL when they are not all of one facet. */
static json_t *values_of(const weft_query *query, const weft_query_term *term,
                         const weft_catalog *catalog) {
    json_t *values = json_array();
    for (size_t t = 0; t < query->term_count; t++) {
        const weft_query_term *other = &query->terms[t];
        if (other->kind != WEFT_TERM_VALUE || other->is_negated != term->is_negated ||
            !must_hold(other) || !is_same_kind(other, term))
            continue;
        if (other->meaning->facet != term->meaning->facet) {
            json_decref(values);
            return NULL;
        }
        const weft_catalog_facet *facet = weft_catalog_facet_of(catalog, term->meaning->facet);
        size_t n = term->is_negated ? other->meaning->exact : other->meaning->count;
        for (size_t c = 0; c < n; c++)
            json_array_append_new(values, json_string(facet->values[other->meaning->codes[c]]));
    }
    return values;
}

weft_status weft_query_filter(const weft_query *query, const weft_catalog *catalog,
                              weft_arena *arena, const weft_filter **filter, weft_err *err) {
    json_t *conditions = json_object();
    bool ok = conditions;
    for (size_t t = 0; ok && t < query->term_count; t++) {
        const weft_query_term *term = &query->terms[t];
        if (!must_hold(term)) continue;
        if (term->kind == WEFT_TERM_VALUE) {
            json_t *values = values_of(query, term, catalog);
            const char *name = weft_catalog_facet_of(catalog, term->meaning->facet)->name;
            if (values)
                ok = add_condition(conditions, name, term->is_negated ? "$nin" : "$in", values);
        } else if (term->kind == WEFT_TERM_PRICE) {
            if (isfinite(term->low))
                ok = add_condition(conditions, "price", "$gte", json_real(term->low));
            if (ok && isfinite(term->high))
                ok = add_condition(conditions, "price", "$lte", json_real(term->high));
        }
    }
    weft_status status = ok ? weft_filter_parse(filter, conditions, arena, err)
                            : weft_fail(err, WEFT_E_NOMEM, "query");
    json_decref(conditions);
    return status;
}
