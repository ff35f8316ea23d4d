#include "search/rule_effects.h"

#include <stdlib.h>

static weft_status note_boosts(weft_rule_effects *e, const weft_rule *rule,
                               const weft_catalog *catalog, weft_err *err) {
    for (size_t b = 0; b < rule->boost_count; b++) {
        weft_bitset rows;
        weft_status status = weft_filter_apply(rule->boosts[b].filter, catalog, &rows, err);
        if (status) return status;
        e->boosts[e->boost_count++] =
            (weft_rule_raise){.rows = rows, .by = rule->boosts[b].by, .rule = rule};
    }
    return WEFT_OK;
}

static weft_status note_buried(weft_rule_effects *e, const weft_rule *rule,
                               const weft_catalog *catalog, weft_err *err) {
    weft_bitset rows;
    if (!rule->bury) return WEFT_OK;
    weft_status status = weft_filter_apply(rule->bury, catalog, &rows, err);
    if (status) return status;
    if (!e->buried.words) {
        e->buried = rows;
    } else {
        weft_bitset_or(&e->buried, &rows);
        weft_bitset_deinit(&rows);
    }
    return WEFT_OK;
}

/* Pins of rows that may come back; the first rule that pins a row, or has a position, wins. */
static void note_pins(weft_rule_effects *e, const weft_rule *rule, const weft_catalog *catalog,
                      const weft_bitset *filtered) {
    for (size_t i = 0; i < rule->pin_count && e->pin_count < WEFT_RULE_EFFECTS_MAX_PINS; i++) {
        uint32_t row;
        if (!weft_catalog_find(catalog, rule->pins[i].product_id, &row) ||
            !weft_bitset_get(filtered, row))
            continue;
        bool is_taken = false;
        for (size_t p = 0; p < e->pin_count; p++)
            is_taken |= e->pins[p].row == row || e->pins[p].position == rule->pins[i].position;
        if (!is_taken)
            e->pins[e->pin_count++] =
                (weft_rule_place){.row = row, .position = rule->pins[i].position, .rule = rule};
    }
}

static int by_position(const void *a, const void *b) {
    const weft_rule_place *x = a, *y = b;
    return (x->position > y->position) - (x->position < y->position);
}

weft_status weft_rule_effects_init(weft_rule_effects *effects, const weft_rule *const *rules,
                                   size_t n, const weft_catalog *catalog,
                                   const weft_bitset *filtered, weft_arena *arena, weft_err *err) {
    size_t boosts = 0;
    weft_status status = WEFT_OK;
    effects->buried = (weft_bitset){0};
    effects->pin_count = effects->boost_count = 0;
    for (size_t i = 0; i < n; i++) boosts += rules[i]->boost_count;
    effects->boosts = weft_arena_calloc(arena, boosts, sizeof *effects->boosts);
    if (!effects->boosts) return weft_fail(err, WEFT_E_NOMEM, "rules");
    for (size_t i = 0; i < n && !status; i++) {
        note_pins(effects, rules[i], catalog, filtered);
        status = note_boosts(effects, rules[i], catalog, err);
        if (!status) status = note_buried(effects, rules[i], catalog, err);
    }
    qsort(effects->pins, effects->pin_count, sizeof *effects->pins, by_position);
    for (size_t p = 0; p < effects->pin_count && effects->buried.words; p++)
        weft_bitset_unset(&effects->buried, effects->pins[p].row);
    return status;
}

void weft_rule_effects_deinit(weft_rule_effects *effects) {
    weft_bitset_deinit(&effects->buried);
    for (size_t b = 0; b < effects->boost_count; b++) weft_bitset_deinit(&effects->boosts[b].rows);
}

float weft_rule_effects_boost(const weft_rule_effects *effects, uint32_t row) {
    float sum = 0;
    for (size_t b = 0; b < effects->boost_count; b++)
        if (weft_bitset_get(&effects->boosts[b].rows, row)) sum += effects->boosts[b].by;
    return sum;
}
