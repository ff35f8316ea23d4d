#include "search/query.h"

#include <math.h>
#include <string.h>

#include "search/query_internal.h"

/* A synonym says less than the word itself. */
static const float SYNONYM_WEIGHT = 0.6f;

unsigned weft_understand_named(const char *name) {
#define NAMED(bit, text)                                                                           \
    if (strcmp(name, text) == 0) return WEFT_UNDERSTAND_##bit;
    WEFT_UNDERSTAND_LIST(NAMED)
#undef NAMED
    return 0;
}

static unsigned bit_of(const weft_meaning *meaning) {
    if (meaning->kind == WEFT_MEANS_BRAND) return WEFT_UNDERSTAND_BRAND;
    switch (meaning->facet) {
    case WEFT_FACET_base_color: return WEFT_UNDERSTAND_COLOR;
    case WEFT_FACET_gender: return WEFT_UNDERSTAND_GENDER;
    case WEFT_FACET_season: return WEFT_UNDERSTAND_SEASON;
    case WEFT_FACET_usage: return WEFT_UNDERSTAND_USAGE;
    default: return WEFT_UNDERSTAND_CATEGORY;
    }
}

/* ---- reading ---- */

weft_query_term *weft_query_add_term(query_reader *r, weft_term_kind kind, size_t first,
                                     size_t last) {
    weft_query *q = r->query;
    if (q->term_count == WEFT_QUERY_MAX_TERMS) return NULL;
    weft_buf text;
    weft_buf_init(&text);
    for (size_t i = first; i <= last; i++)
        weft_buf_printf(&text, "%s%s", i > first ? " " : "", r->words[i].text);
    const char *copy =
        weft_buf_ok(&text) ? weft_arena_strndup(r->arena, text.data, text.size) : NULL;
    weft_buf_deinit(&text);
    if (!copy) return NULL;
    weft_query_term *term = &q->terms[q->term_count++];
    *term = (weft_query_term){.kind = kind,
                              .begin = r->words[first].begin,
                              .end = r->words[last].end,
                              .text = copy,
                              .low = -INFINITY,
                              .high = INFINITY};
    return term;
}

/* The longest phrase at i that means something that may be understood; *length: its words. */
static const weft_meaning *phrase_at(const query_reader *r, size_t i, size_t *length) {
    const char *stems[WEFT_PHRASE_MAX];
    for (size_t n = WEFT_PHRASE_MAX; n > 0; n--) {
        if (i + n > r->count) continue;
        bool is_whole = true;
        for (size_t w = 0; w < n; w++) {
            stems[w] = r->words[i + w].stem;
            is_whole = is_whole && r->words[i + w].role != ROLE_GONE &&
                       (w + 1 == n || !r->words[i + w].ends_clause);
        }
        /* A little word alone means nothing, whatever a brand is called. */
        if (!is_whole || (n == 1 && r->words[i].role == ROLE_FUNCTION)) continue;
        const weft_meaning *meaning = weft_vocabulary_find(r->lexicon->vocabulary, stems, n);
        if (!meaning || !(r->understand & bit_of(meaning))) continue;
        *length = n;
        return meaning;
    }
    return NULL;
}

/* How many words of a negation stand at i. */
static size_t negation_at(const query_reader *r, size_t i) {
    if (weft_query_is_one_of(r, i, "without no not non except excluding minus isnt arent dont"))
        return 1;
    if (weft_query_is_one_of(r, i, "instead") && weft_query_is_one_of(r, i + 1, "of")) return 2;
    if (weft_query_is_one_of(r, i, "rather other") && weft_query_is_one_of(r, i + 1, "than"))
        return 2;
    if (weft_query_is_one_of(r, i, "anything") && weft_query_is_one_of(r, i + 1, "but")) return 2;
    if (weft_query_is_one_of(r, i, "w") && weft_query_is_one_of(r, i + 1, "o") &&
        r->source[r->words[i].end] == '/')
        return 2;
    return 0;
}

static void take_out(query_reader *r, size_t first, size_t n) {
    for (size_t i = first; i < first + n && i < r->count; i++) r->words[i].role = ROLE_GONE;
}

static bool add_value(query_reader *r, size_t first, size_t n, const weft_meaning *meaning,
                      bool is_negated) {
    bool is_brand = meaning->kind == WEFT_MEANS_BRAND;
    weft_query_term *term =
        weft_query_add_term(r, is_brand ? WEFT_TERM_BRAND : WEFT_TERM_VALUE, first, first + n - 1);
    if (!term) return false;
    term->meaning = meaning;
    term->is_negated = is_negated;
    term->is_preference = !is_negated && !is_brand &&
                          (meaning->facet == WEFT_FACET_season || meaning->facet == WEFT_FACET_usage);
    for (size_t i = first; i < first + n; i++)
        r->words[i].role = is_negated ? ROLE_GONE : ROLE_TERM;
    return true;
}

/* Up to two free words that are not wanted: left out of the results that have both, and kept
 * away from in the space of embeddings. */
static size_t add_unwanted(query_reader *r, size_t i) {
    size_t n = 0, ignored;
    while (n < 2 && i + n < r->count && r->words[i + n].role == ROLE_FREE &&
           !phrase_at(r, i + n, &ignored)) {
        n++;
        if (r->words[i + n - 1].ends_clause) break;
    }
    if (!n) return 0;
    weft_query_term *term = weft_query_add_term(r, WEFT_TERM_WORDS, i, i + n - 1);
    weft_term *words = weft_arena_alloc(r->arena, n, sizeof *words);
    if (!term || !words) return 0;
    for (size_t w = 0; w < n; w++)
        words[w] = weft_text_index_term(r->lexicon->texts, r->words[i + w].stem);
    term->is_negated = true;
    term->words = words;
    term->word_count = n;
    if (r->query->unwanted_count < WEFT_QUERY_MAX_UNWANTED)
        r->query->unwanted[r->query->unwanted_count++] = term->text;
    take_out(r, i, n);
    return n;
}

/* What is negated from word i on; how many words it was. */
static size_t read_negated(query_reader *r, size_t i) {
    size_t begin = i, length;
    while (weft_query_is_one_of(r, i, "a an the any too very so with want have")) i++;
    size_t little = i - begin;
    for (bool first = true;; first = false) {
        const weft_meaning *meaning = phrase_at(r, i, &length);
        if (meaning) add_value(r, i, length, meaning, true);
        else length = add_unwanted(r, i);
        if (!length && first) return 0;
        if (first) take_out(r, begin, little);
        i += length;
        /* "not black or white"; "and" only between values of one attribute. */
        size_t next;
        const weft_meaning *more = phrase_at(r, i + 1, &next);
        bool is_or = weft_query_is_one_of(r, i, "or nor");
        bool is_and = weft_query_is_one_of(r, i, "and") && meaning && more &&
                      meaning->kind == more->kind && meaning->facet == more->facet;
        if (!length || !(is_or || is_and)) break;
        r->words[i++].role = ROLE_GONE;
    }
    return i - begin;
}

static bool is_category(const weft_query_term *term) {
    return term->kind == WEFT_TERM_VALUE && !term->is_negated &&
           bit_of(term->meaning) == WEFT_UNDERSTAND_CATEGORY;
}

/* The category said just before, without a word between, is not what is meant: "shirt dress". */
static void drop_modifier(query_reader *r, size_t first) {
    weft_query *q = r->query;
    if (!q->term_count || first == 0) return;
    weft_query_term *last = &q->terms[q->term_count - 1];
    if (!is_category(last) || last->end != r->words[first - 1].end ||
        r->words[first - 1].ends_clause)
        return;
    for (size_t i = 0; i < first; i++)
        if (r->words[i].begin >= last->begin) r->words[i].role = ROLE_FREE;
    q->term_count--;
}

static void read_terms(query_reader *r) {
    bool is_after_with = false;
    for (size_t i = 0; i < r->count;) {
        size_t length = 0, negation = 0;
        if (r->words[i].role == ROLE_GONE) {
            i++;
            continue;
        }
        if (r->understand & WEFT_UNDERSTAND_NEGATION) {
            negation = negation_at(r, i);
            bool is_minus = r->words[i].has_minus && !negation;
            size_t taken = negation || is_minus ? read_negated(r, i + negation) : 0;
            if (taken) {
                take_out(r, i, negation);
                i += negation + taken;
                continue;
            }
        }
        if (weft_query_is_one_of(r, i, "with")) is_after_with = true;
        const weft_meaning *meaning = phrase_at(r, i, &length);
        bool is_part = meaning && is_after_with && bit_of(meaning) == WEFT_UNDERSTAND_CATEGORY;
        if (meaning && !is_part) {
            if (bit_of(meaning) == WEFT_UNDERSTAND_CATEGORY) drop_modifier(r, i);
            add_value(r, i, length, meaning, false);
        }
        i += length ? length : 1;
    }
}

/* ---- what is left to compare and to embed ---- */

static void add_word(query_reader *r, const char *stem, float weight) {
    weft_query *q = r->query;
    weft_term term = weft_text_index_term(r->lexicon->texts, stem);
    if (term == WEFT_NO_TERM || q->word_count == WEFT_QUERY_MAX_WORDS) return;
    for (size_t i = 0; i < q->word_count; i++)
        if (q->words[i].term == term) return;
    q->words[q->word_count++] = (weft_text_query){.term = term, .weight = weight};
}

static void collect_words(query_reader *r) {
    for (size_t i = 0; i < r->count; i++) {
        const query_word *w = &r->words[i];
        size_t n;
        if (w->role != ROLE_FREE && w->role != ROLE_TERM) continue;
        weft_term term = weft_text_index_term(r->lexicon->texts, w->stem);
        const char *const *same = weft_vocabulary_same(r->lexicon->vocabulary, w->stem, &n);
        for (size_t s = 0; s < n && term == WEFT_NO_TERM; s++)
            term = weft_text_index_term(r->lexicon->texts, same[s]);
        float idf = weft_text_index_idf(r->lexicon->texts, term);
        r->query->asked_idf += idf;
        if (term != WEFT_NO_TERM || w->role == ROLE_TERM) r->query->known_idf += idf;
        add_word(r, w->stem, 1);
        for (size_t s = 0; s < n; s++) add_word(r, same[s], SYNONYM_WEIGHT);
    }
}

/* The term that begins at word i and none of whose words any product has, so that the model
 * is better told the catalog's own ("trainers"); else NULL. */
static const weft_query_term *unknown_term(const query_reader *r, size_t i) {
    for (size_t t = 0; t < r->query->term_count; t++) {
        const weft_query_term *term = &r->query->terms[t];
        if (term->kind != WEFT_TERM_VALUE || term->is_negated || r->words[i].role != ROLE_TERM ||
            term->begin != r->words[i].begin)
            continue;
        for (size_t w = i; w < r->count && r->words[w].end <= term->end; w++)
            if (weft_text_index_term(r->lexicon->texts, r->words[w].stem) != WEFT_NO_TERM)
                return NULL;
        return term;
    }
    return NULL;
}

static weft_status write_text(query_reader *r) {
    weft_buf out;
    bool is_whole = r->query->correction_count == 0 && !r->has_joined;
    weft_buf_init(&out);
    for (size_t i = 0; i < r->count; i++) {
        const weft_query_term *unknown = unknown_term(r, i);
        if (unknown || r->words[i].role == ROLE_GONE) is_whole = false;
        if (r->words[i].role == ROLE_GONE) continue;
        const char *word = unknown ? unknown->meaning->value : r->words[i].text;
        weft_buf_printf(&out, "%s%s", out.size ? " " : "", word);
        while (unknown && i + 1 < r->count && r->words[i + 1].end <= unknown->end) i++;
    }
    /* As it was written, when all of it counts. */
    r->query->text = is_whole ? weft_arena_strdup(r->arena, r->source)
                     : weft_buf_ok(&out)
                         ? weft_arena_strndup(r->arena, out.data ? out.data : "", out.size)
                         : NULL;
    weft_buf_deinit(&out);
    return r->query->text ? WEFT_OK : weft_fail(r->err, WEFT_E_NOMEM, "query");
}

weft_status weft_query_parse(weft_query *query, const char *text, unsigned understand,
                             const weft_lexicon *lexicon, weft_arena *arena, weft_err *err) {
    query_reader r = {.query = query,
                      .source = text,
                      .lexicon = lexicon,
                      .arena = arena,
                      .understand = understand,
                      .err = err};
    *query = (weft_query){0};
    weft_status status = weft_stemmer_new(&r.stemmer, err);
    if (!status) status = weft_query_read_words(&r);
    if (!status) status = weft_query_read_prices(&r);
    if (!status) {
        read_terms(&r);
        collect_words(&r);
        status = write_text(&r);
    }
    weft_stemmer_free(r.stemmer);
    return status;
}

/* ---- holding rows against it ---- */

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
    return a->meaning && b->meaning && bit_of(a->meaning) == bit_of(b->meaning);
}

static bool must_hold(const weft_query_term *term) {
    return !term->is_preference && !term->is_relaxed;
}

static bool meets(const weft_query_term *term, const weft_catalog *catalog,
                  const weft_lexicon *lexicon, uint32_t row) {
    switch (term->kind) {
    case WEFT_TERM_VALUE:
    case WEFT_TERM_BRAND:
        /* What is not wanted is what was said, not what only contains it. */
        return has_code(term->meaning, term->is_negated ? term->meaning->exact : term->meaning->count,
                        code_of(term->meaning, catalog, lexicon, row));
    case WEFT_TERM_PRICE: {
        double price = weft_catalog_product(catalog, row)->price;
        return price >= term->low && price <= term->high;
    }
    case WEFT_TERM_SIZE:
    case WEFT_TERM_WORDS:
        for (size_t i = 0; i < term->word_count; i++)
            if (!weft_text_index_has(lexicon->texts, term->words[i], row)) return false;
        return term->word_count > 0 || term->kind == WEFT_TERM_SIZE;
    }
    return true;
}

static bool row_passes(const weft_query *q, const weft_catalog *catalog,
                       const weft_lexicon *lexicon, uint32_t row) {
    for (size_t t = 0; t < q->term_count; t++) {
        const weft_query_term *term = &q->terms[t];
        if (!must_hold(term)) continue;
        if (term->is_negated) {
            if (meets(term, catalog, lexicon, row)) return false;
            continue;
        }
        bool met = meets(term, catalog, lexicon, row);
        for (size_t o = 0; o < q->term_count && !met; o++) {
            const weft_query_term *other = &q->terms[o];
            if (o != t && !other->is_negated && must_hold(other) && is_same_kind(term, other))
                met = meets(other, catalog, lexicon, row);
        }
        if (!met) return false;
    }
    return true;
}

void weft_query_keep(const weft_query *query, const weft_catalog *catalog,
                     const weft_lexicon *lexicon, weft_bitset *rows) {
    for (size_t word = 0; word < (rows->count + 63) / 64; word++)
        for (uint64_t bits = rows->words[word]; bits; bits &= bits - 1) {
            uint32_t row = (uint32_t)(word * 64 + (size_t)__builtin_ctzll(bits));
            if (!row_passes(query, catalog, lexicon, row)) weft_bitset_unset(rows, row);
        }
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
    weft_query_keep(query, catalog, lexicon, rows);
    for (size_t i = 0; i < sizeof let_go / sizeof *let_go && !weft_bitset_popcount(rows); i++) {
        bool changed = false;
        for (size_t t = 0; t < query->term_count; t++) {
            weft_query_term *term = &query->terms[t];
            if (!term->meaning || term->is_negated || term->is_preference ||
                bit_of(term->meaning) != let_go[i])
                continue;
            changed = term->is_relaxed = true;
        }
        if (!changed) continue;
        weft_bitset_copy(rows, &before);
        weft_query_keep(query, catalog, lexicon, rows);
    }
    weft_bitset_deinit(&before);
    return WEFT_OK;
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
            if (!other->meaning) here = meets(other, catalog, lexicon, row) ? 1 : 0;
            else {
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

static bool add_condition(json_t *conditions, const char *key, const char *operator, json_t *value) {
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
