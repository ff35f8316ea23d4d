/* query_internal.h - a query while it is read, word by word. */
#ifndef WEFT_SEARCH_QUERY_INTERNAL_H
#define WEFT_SEARCH_QUERY_INTERNAL_H

#include "search/query.h"

typedef enum { ROLE_FREE, ROLE_TERM, ROLE_FUNCTION, ROLE_GONE } word_role;

/* A word: free text, part of a term, a little word, or not to be embedded. */
typedef struct {
    const char *text, *stem;
    size_t begin, end;
    word_role role;
    bool has_minus;    /* "-black" */
    bool has_currency; /* "$50", "50 dollars" */
    bool ends_clause;  /* a comma follows */
    double number;     /* NAN when it is none */
} query_word;

typedef struct {
    weft_query *query;
    const char *source;
    const weft_lexicon *lexicon;
    weft_arena *arena;
    weft_stemmer *stemmer;
    unsigned understand;
    bool has_joined; /* words of it: the text is not as it was written */
    query_word words[WEFT_QUERY_MAX_WORDS];
    size_t count;
    weft_err *err;
} query_reader;

/* In query_words.c: splits, corrects, joins and parts. */
weft_status weft_query_read_words(query_reader *r);

/* In query_price.c: takes prices and sizes out of the words. */
weft_status weft_query_read_prices(query_reader *r);

/* Which WEFT_UNDERSTAND_... a meaning belongs to; terms of one are alternatives. */
unsigned weft_query_bit(const weft_meaning *meaning);

/* Is word i one of the list, which is apart by spaces? */
bool weft_query_is_one_of(const query_reader *r, size_t i, const char *list);

/* A new term over words first..last, or NULL when there are too many. */
weft_query_term *weft_query_add_term(query_reader *r, weft_term_kind kind, size_t first,
                                     size_t last);

#endif
