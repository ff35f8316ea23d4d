/* query.h - what a shopper's sentence asks for.
 *
 *   "womens red drss under 50 without floral"
 *   -> gender Women, base_color Red, article_type Dresses (spelling corrected),
 *      price up to 50, not the word "floral"; to embed: "womens red dress"
 *
 * The rules are few and can each be switched off:
 *   - phrases that mean values of an attribute, or a brand, must hold; several of one
 *     attribute are alternatives. Of categories side by side the last is meant ("shirt dress"),
 *     and none after "with" ("watch with leather belt"). Season and usage only prefer;
 *   - prices: under, up to, over, at least, between, around, "$20-40";
 *   - not, no, without, except, "-black": the next phrase, and what "or" adds to it;
 *   - beside a photo, changes of it: "darker", "lighter" (depicted.h), "less shiny" keeps away
 *     from shiny, "longer sleeves" are long sleeves;
 *   - "size 9", "in XL": preferred where the catalog writes sizes, and not embedded;
 *   - a word that the catalog does not know is corrected to the nearest that it does, joined
 *     with its neighbour ("sun glasses") or parted ("flipflops"). */
#ifndef WEFT_SEARCH_QUERY_H
#define WEFT_SEARCH_QUERY_H

#include "catalog/filter.h"
#include "text/lexicon.h"

/* What may be understood: X(NAME, "as the API writes it"). */
#define WEFT_UNDERSTAND_LIST(X)                                                                    \
    X(SPELLING, "spelling")                                                                        \
    X(NEGATION, "negation")                                                                        \
    X(CATEGORY, "category")                                                                        \
    X(COLOR, "color")                                                                              \
    X(GENDER, "gender")                                                                            \
    X(SEASON, "season")                                                                            \
    X(USAGE, "usage")                                                                              \
    X(BRAND, "brand")                                                                              \
    X(PRICE, "price")                                                                              \
    X(SIZE, "size")                                                                                \
    X(RELATIVE, "relative")

enum {
#define BIT_NUMBER(name, text) WEFT_UNDERSTAND_BIT_##name,
    WEFT_UNDERSTAND_LIST(BIT_NUMBER)
#undef BIT_NUMBER
#define BIT(name, text) WEFT_UNDERSTAND_##name = 1 << WEFT_UNDERSTAND_BIT_##name,
        WEFT_UNDERSTAND_LIST(BIT)
#undef BIT
            WEFT_UNDERSTAND_ALL = (1 << 11) - 1
};

/* The bit of a name ("color"); 0 when there is none. */
unsigned weft_understand_named(const char *name);

typedef enum {
    WEFT_TERM_VALUE, /* of a facet */
    WEFT_TERM_BRAND,
    WEFT_TERM_PRICE,
    WEFT_TERM_SIZE,
    WEFT_TERM_WORDS /* words that are not wanted */
} weft_term_kind;

typedef struct {
    weft_term_kind kind;
    size_t begin, end; /* bytes of the query as it was written */
    const char *text;  /* the words, corrected */
    bool is_negated;
    bool is_preference;          /* raises what fits and leaves out nothing */
    bool is_relaxed;             /* nothing fitted all, so that it was let go (weft_query_rows) */
    const weft_meaning *meaning; /* of VALUE and BRAND; the vocabulary's */
    double low, high;            /* of PRICE: both included; -INFINITY, INFINITY */
    const weft_term *words;      /* [word_count] of SIZE and WORDS: all in one product */
    size_t word_count;
    const weft_term *synonyms; /* [synonym_count] of one word that is not wanted: each by itself */
    size_t synonym_count;
} weft_query_term;

typedef struct {
    size_t begin, end; /* bytes of the query */
    const char *from, *to;
} weft_query_correction;

enum { WEFT_QUERY_MAX_TERMS = 32, WEFT_QUERY_MAX_WORDS = 64, WEFT_QUERY_MAX_UNWANTED = 4 };

/* Lives in its arena, and as long as the lexicon. */
typedef struct {
    const char *text; /* to embed: without what is not wanted, prices and sizes; "" when
                       * nothing is left */
    weft_query_term terms[WEFT_QUERY_MAX_TERMS];
    size_t term_count;
    weft_query_correction corrections[WEFT_QUERY_MAX_WORDS];
    size_t correction_count;
    weft_text_query words[WEFT_QUERY_MAX_WORDS]; /* of text, and their synonyms */
    size_t word_count;
    float known_idf, asked_idf; /* of text's words: those that the catalog knows, and all */
    bool has_free_words;        /* in text: some that no rule took */
    bool may_be_name; /* then a row with all of its words is meant, whatever its attributes */
    weft_term rarest; /* of words */
    int lightness;    /* asked for beside a photo: -1 darker than it, 1 lighter; else 0 */
    const char *unwanted[WEFT_QUERY_MAX_UNWANTED]; /* phrases to embed and keep away from */
    size_t unwanted_count;
} weft_query;

/* understand: WEFT_UNDERSTAND_... Words beyond WEFT_QUERY_MAX_WORDS are not looked at.
 * Fails with WEFT_E_NOMEM. */
weft_status weft_query_parse(weft_query *query, const char *text, unsigned understand,
                             const weft_lexicon *lexicon, weft_arena *arena, weft_err *err);

/* Takes the rows that do not have what must hold out of `rows`. When none would be left,
 * terms are let go one kind after the other (color, gender, brand, category), and marked so;
 * what is not wanted, prices and sizes are never let go. WEFT_E_NOMEM. */
weft_status weft_query_rows(weft_query *query, const weft_catalog *catalog,
                            const weft_lexicon *lexicon, weft_bitset *rows, weft_err *err);

/* The same for other rows with what was let go the first time. */
weft_status weft_query_keep(const weft_query *query, const weft_catalog *catalog,
                            const weft_lexicon *lexicon, weft_bitset *rows, weft_err *err);

/* How much of what was asked a row has: 1 for each term that it meets (0.5 when its value
 * only contains what was said), by the number of terms; 1 when there is none. */
float weft_query_match(const weft_query *query, const weft_catalog *catalog,
                       const weft_lexicon *lexicon, uint32_t row);

/* The part of what must hold that a filter can say, for index engines. */
weft_status weft_query_filter(const weft_query *query, const weft_catalog *catalog,
                              weft_arena *arena, const weft_filter **filter, weft_err *err);

#endif
