/* rule_effects.h - what a merchandiser's rules do to one ranking: what they raise, put last,
 * and put in its place. */
#ifndef WEFT_SEARCH_RULE_EFFECTS_H
#define WEFT_SEARCH_RULE_EFFECTS_H

#include "base/bitset.h"
#include "search/rules.h"

enum { WEFT_RULE_EFFECTS_MAX_PINS = 100 };

typedef struct {
    weft_bitset rows;
    float by;
    const weft_rule *rule;
} weft_rule_raise;

typedef struct {
    uint32_t row;
    size_t position; /* from 1 */
    const weft_rule *rule;
} weft_rule_place;

typedef struct {
    weft_bitset buried;                               /* words NULL: nothing is */
    weft_rule_place pins[WEFT_RULE_EFFECTS_MAX_PINS]; /* [pin_count] by position */
    size_t pin_count;
    weft_rule_raise *boosts; /* [boost_count] */
    size_t boost_count;
} weft_rule_effects;

/* Of rules[n] that act, on rows that pass the request's own filter; deinit also after a
 * failure. WEFT_E_NOMEM. */
weft_status weft_rule_effects_init(weft_rule_effects *effects, const weft_rule *const *rules,
                                   size_t n, const weft_catalog *catalog,
                                   const weft_bitset *filtered, weft_arena *arena, weft_err *err);
void weft_rule_effects_deinit(weft_rule_effects *effects);

/* The sum of the boosts of a row. */
float weft_rule_effects_boost(const weft_rule_effects *effects, uint32_t row);

#endif
