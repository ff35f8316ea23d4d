#include "search/query.h"

#include <math.h>
#include <string.h>

#include "search/query_internal.h"

/* A synonym says less than the word itself. */
static const float SYNONYM_WEIGHT = 0.6f;

/* So many words that say nothing of attributes, all known, may be a product's name. */
enum { NAME_WORDS = 2 };

unsigned weft_understand_named(const char *name) {
#define NAMED(bit, text)                                                                           \
    if (strcmp(name, text) == 0) return WEFT_UNDERSTAND_##bit;
    WEFT_UNDERSTAND_LIST(NAMED)
#undef NAMED
    return 0;
}

unsigned weft_query_bit(const weft_meaning *meaning) {
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
        if (!meaning || !(r->understand & weft_query_bit(meaning))) continue;
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
    term->is_preference =
        !is_negated && !is_brand &&
        (meaning->facet == WEFT_FACET_season || meaning->facet == WEFT_FACET_usage);
    for (size_t i = first; i < first + n; i++)
        r->words[i].role = is_negated ? ROLE_GONE : ROLE_TERM;
    return true;
}

static void add_synonyms(query_reader *r, weft_query_term *term, const char *stem) {
    size_t n, known = 0;
    const char *const *same = weft_vocabulary_same(r->lexicon->vocabulary, stem, &n);
    weft_term *terms = weft_arena_alloc(r->arena, n, sizeof *terms);
    for (size_t i = 0; terms && i < n; i++) {
        terms[known] = weft_text_index_term(r->lexicon->texts, same[i]);
        known += terms[known] != WEFT_NO_TERM;
    }
    term->synonyms = terms;
    term->synonym_count = known;
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
    if (n == 1) add_synonyms(r, term, r->words[i].stem);
    if (r->query->unwanted_count < WEFT_QUERY_MAX_UNWANTED)
        r->query->unwanted[r->query->unwanted_count++] = term->text;
    take_out(r, i, n);
    return n;
}

/* "less shiny": kept away from in the space of embeddings, and no more. */
static size_t add_less(query_reader *r, size_t i) {
    if (i >= r->count || r->words[i].role != ROLE_FREE) return 0;
    weft_query_term *term = weft_query_add_term(r, WEFT_TERM_WORDS, i, i);
    if (!term) return 0;
    term->is_negated = true;
    term->is_preference = true;
    if (r->query->unwanted_count < WEFT_QUERY_MAX_UNWANTED)
        r->query->unwanted[r->query->unwanted_count++] = term->text;
    take_out(r, i, 1);
    return 1;
}

/* What is negated from word i on; how many words it was. */
static size_t read_negated(query_reader *r, size_t i) {
    size_t begin = i, length;
    while (weft_query_is_one_of(r, i, "a an the any too very so with for want have")) i++;
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
           weft_query_bit(term->meaning) == WEFT_UNDERSTAND_CATEGORY;
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
        if (r->understand & WEFT_UNDERSTAND_RELATIVE && weft_query_is_one_of(r, i, "less fewer")) {
            size_t taken = add_less(r, i + 1);
            if (taken) {
                take_out(r, i, 1);
                i += 1 + taken;
                continue;
            }
        }
        if (weft_query_is_one_of(r, i, "with")) is_after_with = true;
        const weft_meaning *meaning = phrase_at(r, i, &length);
        bool is_part =
            meaning && is_after_with && weft_query_bit(meaning) == WEFT_UNDERSTAND_CATEGORY;
        if (meaning && !is_part) {
            if (weft_query_bit(meaning) == WEFT_UNDERSTAND_CATEGORY) drop_modifier(r, i);
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

/* Has the value of a meaning this word? */
static bool value_has(const query_reader *r, const weft_meaning *meaning, const char *stem) {
    weft_word *words;
    size_t n;
    if (weft_words_split(weft_str_of(meaning->value), r->arena, &words, &n, NULL)) return true;
    for (size_t w = 0; w < n; w++) {
        const char *other = weft_stem(r->stemmer, words[w].text);
        if (other && strcmp(other, stem) == 0) return true;
    }
    return false;
}

/* The term that begins at word i when it was said in other words than the catalog's own
 * ("trainers"): the model is better told those, and products are not held against these. */
static const weft_query_term *reworded_term(const query_reader *r, size_t i) {
    for (size_t t = 0; t < r->query->term_count; t++) {
        const weft_query_term *term = &r->query->terms[t];
        if (term->kind != WEFT_TERM_VALUE || term->is_negated || r->words[i].role != ROLE_TERM ||
            term->begin != r->words[i].begin)
            continue;
        for (size_t w = i; w < r->count && r->words[w].end <= term->end; w++)
            if (!value_has(r, term->meaning, r->words[w].stem)) return term;
    }
    return NULL;
}

static void collect_words(query_reader *r) {
    size_t known = 0, unknown = 0; /* words that no rule took */
    float most = 0;
    for (size_t i = 0; i < r->count; i++) {
        const query_word *w = &r->words[i];
        size_t n;
        if (w->role != ROLE_FREE && w->role != ROLE_TERM) continue;
        const weft_query_term *other = reworded_term(r, i);
        if (other) {
            while (i + 1 < r->count && r->words[i + 1].end <= other->end) i++;
            continue;
        }
        weft_term term = weft_text_index_term(r->lexicon->texts, w->stem);
        const char *const *same = weft_vocabulary_same(r->lexicon->vocabulary, w->stem, &n);
        for (size_t s = 0; s < n && term == WEFT_NO_TERM; s++)
            term = weft_text_index_term(r->lexicon->texts, same[s]);
        float idf = weft_text_index_idf(r->lexicon->texts, term);
        r->query->asked_idf += idf;
        if (term != WEFT_NO_TERM || w->role == ROLE_TERM) r->query->known_idf += idf;
        if (w->role == ROLE_FREE) (*(term == WEFT_NO_TERM ? &unknown : &known))++;
        if (term != WEFT_NO_TERM && idf > most) {
            most = idf;
            r->query->rarest = term;
        }
        add_word(r, w->stem, 1);
        for (size_t s = 0; s < n; s++) add_word(r, same[s], SYNONYM_WEIGHT);
    }
    r->query->has_free_words = known + unknown > 0;
    r->query->may_be_name = known >= NAME_WORDS && unknown == 0;
}

static weft_status write_text(query_reader *r) {
    weft_buf out;
    bool is_whole = r->query->correction_count == 0 && !r->has_joined;
    weft_buf_init(&out);
    for (size_t i = 0; i < r->count; i++) {
        const weft_query_term *other = reworded_term(r, i);
        if (other || r->words[i].role == ROLE_GONE) is_whole = false;
        if (r->words[i].role == ROLE_GONE) continue;
        const char *word = other ? other->meaning->value : r->words[i].text;
        weft_buf_printf(&out, "%s%s", out.size ? " " : "", word);
        while (other && i + 1 < r->count && r->words[i + 1].end <= other->end) i++;
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
