/* Postings in one array, by term and then by row, each with the part of BM25 that does not
 * depend on the query. Attribute values are split once a value, not once a row. */
#include "text/text_index.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "catalog/id_map.h"

static const float K1 = 1.2f, B = 0.5f; /* names differ little in length: half of BM25's usual b */

typedef struct {
    uint32_t row;
    float impact; /* tf (k1 + 1) / (tf + k1 (1 - b + b length / mean length)) */
} posting;

struct weft_text_index {
    weft_arena arena; /* of stems and words */
    weft_id_map stems;
    size_t rows, term_count;
    size_t *begins; /* [term_count + 1]: where each term's postings begin */
    posting *postings;
    weft_id_map words; /* folded word -> its number */
    const char **word_texts;
    weft_term *word_terms; /* both [words.count] */
    size_t word_capacity;
};

/* The words of all rows while the index is built: terms one row after the other. */
typedef struct {
    weft_text_index *index;
    weft_arena scratch; /* of one text */
    weft_stemmer *stemmer;
    weft_term *terms;
    size_t count, capacity;
    size_t *row_begins;                     /* [rows + 1] */
    weft_term **values[WEFT_FACET_COUNT];   /* the terms of each value of a facet, */
    size_t *value_counts[WEFT_FACET_COUNT]; /* and how many */
    weft_arena kept;                        /* of values */
} building;

static bool reserve_word(weft_text_index *ix) {
    if (ix->words.count < ix->word_capacity) return true;
    size_t capacity = ix->word_capacity ? 2 * ix->word_capacity : 1024;
    const char **texts = weft_realloc(ix->word_texts, capacity, sizeof *texts);
    if (texts) ix->word_texts = texts;
    weft_term *terms = weft_realloc(ix->word_terms, capacity, sizeof *terms);
    if (terms) ix->word_terms = terms;
    if (!texts || !terms) return false;
    ix->word_capacity = capacity;
    return true;
}

/* The term of a stem, a new one at its first appearance. */
static bool number_stem(weft_text_index *ix, const char *stem, weft_term *term) {
    if (weft_id_map_get(&ix->stems, stem, term)) return true;
    char *copy = weft_arena_strdup(&ix->arena, stem);
    *term = (weft_term)ix->term_count;
    if (!copy || weft_id_map_add(&ix->stems, copy, *term)) return false;
    ix->term_count++;
    return true;
}

static bool number_word(building *b, const char *word, weft_term *term) {
    weft_text_index *ix = b->index;
    uint32_t number;
    if (weft_id_map_get(&ix->words, word, &number)) {
        *term = ix->word_terms[number];
        return true;
    }
    const char *stem = weft_stem(b->stemmer, word);
    char *copy = weft_arena_strdup(&ix->arena, word);
    if (!stem || !copy || !number_stem(ix, stem, term) || !reserve_word(ix)) return false;
    number = (uint32_t)ix->words.count;
    ix->word_texts[number] = copy;
    ix->word_terms[number] = *term;
    return weft_id_map_add(&ix->words, copy, number) == WEFT_OK;
}

/* The terms of a text, in `in`. */
static weft_status split(building *b, const char *text, weft_arena *in, weft_term **terms,
                         size_t *n, weft_err *err) {
    weft_word *words;
    weft_status status = weft_words_split(weft_str_of(text), &b->scratch, &words, n, err);
    if (status) return status;
    *terms = weft_arena_alloc(in, *n, sizeof **terms);
    bool ok = *terms;
    for (size_t i = 0; ok && i < *n; i++) ok = number_word(b, words[i].text, &(*terms)[i]);
    return ok ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "text index");
}

static weft_status append(building *b, const weft_term *terms, size_t n, weft_err *err) {
    if (b->count + n > b->capacity) {
        size_t capacity = 2 * b->capacity + n + 4096;
        weft_term *larger = weft_realloc(b->terms, capacity, sizeof *larger);
        if (!larger) return weft_fail(err, WEFT_E_NOMEM, "text index");
        b->terms = larger;
        b->capacity = capacity;
    }
    if (n) memcpy(b->terms + b->count, terms, n * sizeof *terms);
    b->count += n;
    return WEFT_OK;
}

static weft_status split_values(building *b, const weft_catalog *catalog, weft_err *err) {
    for (int f = 0; f < WEFT_FACET_COUNT; f++) {
        const weft_catalog_facet *facet = weft_catalog_facet_of(catalog, (weft_facet)f);
        b->values[f] = weft_arena_alloc(&b->kept, facet->value_count, sizeof *b->values[f]);
        b->value_counts[f] =
            weft_arena_alloc(&b->kept, facet->value_count, sizeof *b->value_counts[f]);
        if (!b->values[f] || !b->value_counts[f]) return weft_fail(err, WEFT_E_NOMEM, "text index");
        for (size_t v = 0; v < facet->value_count; v++) {
            weft_status status =
                split(b, facet->values[v], &b->kept, &b->values[f][v], &b->value_counts[f][v], err);
            if (status) return status;
        }
    }
    return WEFT_OK;
}

static weft_status read_rows(building *b, const weft_catalog *catalog, weft_err *err) {
    weft_status status = split_values(b, catalog, err);
    for (uint32_t row = 0; row < b->index->rows && !status; row++) {
        weft_term *terms;
        size_t n;
        b->row_begins[row] = b->count;
        const char *name = weft_catalog_product(catalog, row)->product_display_name;
        status = split(b, name, &b->scratch, &terms, &n, err);
        if (!status) status = append(b, terms, n, err);
        for (int f = 0; f < WEFT_FACET_COUNT && !status; f++) {
            uint32_t code = weft_catalog_facet_of(catalog, (weft_facet)f)->codes[row];
            status = append(b, b->values[f][code], b->value_counts[f][code], err);
        }
        if (row % 256 == 255) weft_arena_deinit(&b->scratch);
    }
    b->row_begins[b->index->rows] = b->count;
    return status;
}

/* Counting sort by term: rows come in order, so each term's postings are in order of rows. */
static weft_status sort_postings(building *b, weft_err *err) {
    weft_text_index *ix = b->index;
    size_t terms = ix->term_count;
    float mean = ix->rows ? (float)b->count / (float)ix->rows : 1;
    size_t *ends = weft_calloc(terms + 1, sizeof *ends);
    ix->begins = weft_calloc(terms + 1, sizeof *ix->begins);
    uint32_t *last_row = weft_alloc(terms + 1, sizeof *last_row);
    weft_status status =
        ends && ix->begins && last_row ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "text index");
    if (status) goto cleanup;

    /* A term counts once a row. */
    memset(last_row, 0xff, (terms + 1) * sizeof *last_row);
    for (uint32_t row = 0; row < ix->rows; row++)
        for (size_t i = b->row_begins[row]; i < b->row_begins[row + 1]; i++) {
            if (last_row[b->terms[i]] == row) continue;
            last_row[b->terms[i]] = row;
            ix->begins[b->terms[i] + 1]++;
        }
    for (size_t t = 0; t < terms; t++) ix->begins[t + 1] += ix->begins[t];
    ix->postings = weft_alloc(ix->begins[terms], sizeof *ix->postings);
    if (!ix->postings) {
        status = weft_fail(err, WEFT_E_NOMEM, "text index");
        goto cleanup;
    }
    memcpy(ends, ix->begins, (terms + 1) * sizeof *ends);
    for (uint32_t row = 0; row < ix->rows; row++) {
        for (size_t i = b->row_begins[row]; i < b->row_begins[row + 1]; i++) {
            weft_term t = b->terms[i];
            posting *last = ends[t] > ix->begins[t] ? &ix->postings[ends[t] - 1] : NULL;
            if (last && last->row == row) last->impact++; /* tf, for now */
            else ix->postings[ends[t]++] = (posting){.row = row, .impact = 1};
        }
    }
    for (size_t i = 0; i < ix->begins[terms]; i++) {
        posting *p = &ix->postings[i];
        float length = (float)(b->row_begins[p->row + 1] - b->row_begins[p->row]);
        p->impact *= (K1 + 1) / (p->impact + K1 * (1 - B + B * length / mean));
    }

cleanup:
    weft_free(ends);
    weft_free(last_row);
    return status;
}

weft_status weft_text_index_new(weft_text_index **out, const weft_catalog *catalog, weft_err *err) {
    building b = {0};
    weft_text_index *ix = weft_calloc(1, sizeof *ix);
    if (!ix) return weft_fail(err, WEFT_E_NOMEM, "text index");
    weft_arena_init(&ix->arena, 1 << 16);
    weft_id_map_init(&ix->stems);
    weft_id_map_init(&ix->words);
    ix->rows = weft_catalog_rows(catalog);
    b.index = ix;
    weft_arena_init(&b.scratch, 1 << 16);
    weft_arena_init(&b.kept, 0);
    b.row_begins = weft_alloc(ix->rows + 1, sizeof *b.row_begins);
    weft_status status = b.row_begins ? weft_stemmer_new(&b.stemmer, err)
                                      : weft_fail(err, WEFT_E_NOMEM, "text index");
    if (!status) status = read_rows(&b, catalog, err);
    if (!status) status = sort_postings(&b, err);
    weft_stemmer_free(b.stemmer);
    weft_arena_deinit(&b.scratch);
    weft_arena_deinit(&b.kept);
    weft_free(b.terms);
    weft_free(b.row_begins);
    if (status) {
        weft_text_index_free(ix);
        return status;
    }
    *out = ix;
    return WEFT_OK;
}

void weft_text_index_free(weft_text_index *index) {
    if (!index) return;
    weft_id_map_deinit(&index->stems);
    weft_id_map_deinit(&index->words);
    weft_arena_deinit(&index->arena);
    weft_free(index->begins);
    weft_free(index->postings);
    weft_free(index->word_texts);
    weft_free(index->word_terms);
    weft_free(index);
}

size_t weft_text_index_terms(const weft_text_index *index) { return index->term_count; }

weft_term weft_text_index_term(const weft_text_index *index, const char *stem) {
    weft_term term;
    return weft_id_map_get(&index->stems, stem, &term) ? term : WEFT_NO_TERM;
}

size_t weft_text_index_rows_of(const weft_text_index *index, weft_term term) {
    return term == WEFT_NO_TERM ? 0 : index->begins[term + 1] - index->begins[term];
}

float weft_text_index_idf(const weft_text_index *index, weft_term term) {
    float rows = (float)index->rows, with = (float)weft_text_index_rows_of(index, term);
    return log1pf((rows - with + 0.5f) / (with + 0.5f));
}

void weft_text_index_each_word(const weft_text_index *index,
                               void (*visit)(void *context, const char *word, size_t rows),
                               void *context) {
    for (size_t i = 0; i < index->words.count; i++)
        visit(context, index->word_texts[i], weft_text_index_rows_of(index, index->word_terms[i]));
}

void weft_text_index_mark(const weft_text_index *index, weft_term term, weft_bitset *rows) {
    if (term == WEFT_NO_TERM) return;
    for (size_t i = index->begins[term]; i < index->begins[term + 1]; i++)
        weft_bitset_set(rows, index->postings[i].row);
}

void weft_text_index_score(const weft_text_index *index, const weft_text_query *words, size_t n,
                           float *scores) {
    for (size_t w = 0; w < n; w++) {
        weft_term term = words[w].term;
        if (term == WEFT_NO_TERM) continue;
        float weight = words[w].weight * weft_text_index_idf(index, term);
        for (size_t i = index->begins[term]; i < index->begins[term + 1]; i++)
            scores[index->postings[i].row] += weight * index->postings[i].impact;
    }
}

bool weft_text_index_has(const weft_text_index *index, weft_term term, uint32_t row) {
    if (term == WEFT_NO_TERM) return false;
    size_t low = index->begins[term], high = index->begins[term + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->postings[middle].row < row) low = middle + 1;
        else high = middle;
    }
    return low < index->begins[term + 1] && index->postings[low].row == row;
}

float weft_text_index_share(const weft_text_index *index, weft_term term, weft_term other) {
    size_t n = weft_text_index_rows_of(index, term), both = 0;
    for (size_t i = 0; i < n; i++)
        both += weft_text_index_has(index, other, index->postings[index->begins[term] + i].row);
    return n ? (float)both / (float)n : 0;
}
