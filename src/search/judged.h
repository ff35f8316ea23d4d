/* judged.h - queries with the answers that are right, to measure rankings by.
 *
 * Right is decided by rules over attributes, so that one list of queries judges any catalog
 * with such attributes. Some are written by hand (quality/hard-queries.jsonl), one JSON
 * object a line:
 *
 *   {"query": "polo not black", "right": FILTER, "words": ["polo"], "wrong": FILTER,
 *    "wrong_words": ["print|printed"]}         or   {"query": "car tyres", "nothing": true}
 *
 * right: what passes the filter and whose name has every one of words ("a|b": either);
 * wrong: what must not be among the results. Others are made from the catalog's own values. */
#ifndef WEFT_SEARCH_JUDGED_H
#define WEFT_SEARCH_JUDGED_H

#include "base/arena.h"
#include "base/bitset.h"
#include "catalog/filter.h"
#include "text/lexicon.h"

typedef enum {
    WEFT_JUDGED_ATTRIBUTES, /* "navy blue men shirts": color, type and gender */
    WEFT_JUDGED_NEGATED,    /* "shirts not black" */
    WEFT_JUDGED_MISSPELT,   /* those of ATTRIBUTES with a slip in a word */
    WEFT_JUDGED_BROAD,      /* "men shirts": what diversity is for */
    WEFT_JUDGED_NAMES,      /* a product's name, which is the one right answer */
    WEFT_JUDGED_HARD,       /* by hand */
    WEFT_JUDGED_NOTHING,    /* by hand: nothing fits */
    WEFT_JUDGED_GROUPS
} weft_judged_group;

const char *weft_judged_group_name(weft_judged_group group);

typedef struct {
    weft_judged_group group;
    const char *text;
    const weft_filter *right, *wrong; /* NULL: everything; nothing */
    const char *const *words;         /* [word_count] alternatives, apart by '|' */
    size_t word_count;
    const char *const *wrong_words; /* [wrong_word_count] */
    size_t wrong_word_count;
    const char *product_id; /* of NAMES */
} weft_judged_query;

typedef struct {
    weft_judged_query *queries; /* [count], in an arena */
    size_t count, capacity;
} weft_judged;

/* Appends those of a file's text. WEFT_E_FORMAT names the line; WEFT_E_NOMEM. */
weft_status weft_judged_parse(weft_judged *judged, weft_str text, weft_arena *arena, weft_err *err);

/* Appends up to `each` queries of every group that is made from the catalog, the same ones
 * for the same catalog: of ATTRIBUTES those that at least 10 products have. WEFT_E_NOMEM. */
weft_status weft_judged_generate(weft_judged *judged, const weft_catalog *catalog, size_t each,
                                 weft_arena *arena, weft_err *err);

/* The rows that are right, and those that must not come (both are initialised here).
 * WEFT_E_NOMEM. */
weft_status weft_judged_rows(const weft_judged_query *query, const weft_catalog *catalog,
                             weft_bitset *right, weft_bitset *wrong, weft_err *err);

#endif
