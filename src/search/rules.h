/* rules.h - what a merchandiser wants of rankings, the same for every kind of search.
 *
 *   {"name": "Linen week", "queries": ["shirt", "summer dress"], "match": "words",
 *    "from": "2026-06-01T00:00:00Z", "until": "2026-06-08T00:00:00Z",
 *    "pin": [{"product_id": "17", "position": 1}],
 *    "boost": [{"filter": FILTER, "by": 2}], "bury": FILTER, "enabled": true}
 *
 * queries: the rule acts when the query has all the words of one of them ("match": "exact":
 * when it is one of them); without queries it acts everywhere, on photos too. Pinned products
 * stand at their positions when they pass the request's own filter. A boost adds `by` to the
 * log odds of what passes its filter (2: about 7 times the odds; below 0 it lowers). What is
 * buried comes last. */
#ifndef WEFT_SEARCH_RULES_H
#define WEFT_SEARCH_RULES_H

#include "catalog/filter.h"
#include "text/words.h"

typedef struct {
    const char *product_id;
    size_t position; /* from 1 */
} weft_rule_pin;

typedef struct {
    const weft_filter *filter;
    float by;
} weft_rule_boost;

typedef struct {
    const char *id, *name;
    bool is_enabled, is_exact;
    const char *const *queries; /* [query_count] stems apart by spaces; 0: everywhere */
    size_t query_count;
    int64_t from, until; /* seconds since 1970, from <= now < until; INT64_MIN, INT64_MAX */
    const weft_rule_pin *pins;
    size_t pin_count;
    const weft_rule_boost *boosts;
    size_t boost_count;
    const weft_filter *bury; /* NULL: nothing */
} weft_rule;

enum {
    WEFT_RULE_MAX_QUERIES = 100,
    WEFT_RULE_MAX_PINS = 50,
    WEFT_RULE_MAX_POSITION = 100,
    WEFT_RULE_MAX_BOOSTS = 20,
    WEFT_RULES_MAX = 1000
};

/* Reads a rule into the arena. Fails with WEFT_E_INVALID or WEFT_E_LIMIT, which name the
 * field, or WEFT_E_NOMEM. */
weft_status weft_rule_parse(weft_rule *rule, const char *id, const json_t *json, weft_arena *arena,
                            weft_err *err);

/* Those of rules[n] that act on a query (NULL: a photo, or no words) at a time, in the arena
 * and in their order. WEFT_E_NOMEM. */
weft_status weft_rules_select(const weft_rule *rules, size_t n, const char *query, int64_t now,
                              weft_arena *arena, const weft_rule ***acting, size_t *count,
                              weft_err *err);

#endif
