/* A merchandiser's rules in a ranking: what they raise, put last, and put in its place. */
#include <stdlib.h>
#include <string.h>

#include "search/rank_internal.h"

static weft_status note_boosts(weft_ranking *r, const weft_rule *rule, weft_err *err) {
    const weft_rank_request *q = r->request;
    for (size_t b = 0; b < rule->boost_count; b++) {
        weft_bitset rows;
        weft_status status = weft_filter_apply(rule->boosts[b].filter, q->catalog, &rows, err);
        if (status) return status;
        r->boosts[r->boost_count++] =
            (weft_rank_boost){.rows = rows, .by = rule->boosts[b].by, .rule = rule};
    }
    return WEFT_OK;
}

static weft_status note_buried(weft_ranking *r, const weft_rule *rule, weft_err *err) {
    weft_bitset rows;
    if (!rule->bury) return WEFT_OK;
    weft_status status = weft_filter_apply(rule->bury, r->request->catalog, &rows, err);
    if (status) return status;
    if (!r->buried.words) {
        r->buried = rows;
    } else {
        weft_bitset_or(&r->buried, &rows);
        weft_bitset_deinit(&rows);
    }
    return WEFT_OK;
}

/* Pins of rows that pass the request's own filter and are in the catalog; the first rule that
 * pins a row, or has a position, wins. */
static void note_pins(weft_ranking *r, const weft_rule *rule, const weft_bitset *filtered) {
    const weft_rank_request *q = r->request;
    for (size_t i = 0; i < rule->pin_count && r->pin_count < WEFT_RANK_MAX_PINS; i++) {
        uint32_t row;
        if (!weft_catalog_find(q->catalog, rule->pins[i].product_id, &row) ||
            !weft_bitset_get(filtered, row) || (q->exclude && *q->exclude == row))
            continue;
        bool is_taken = false;
        for (size_t p = 0; p < r->pin_count; p++)
            is_taken |= r->pins[p].row == row || r->pins[p].position == rule->pins[i].position;
        if (!is_taken)
            r->pins[r->pin_count++] =
                (weft_rank_pin){.row = row, .position = rule->pins[i].position, .rule = rule};
    }
}

static int by_position(const void *a, const void *b) {
    const weft_rank_pin *x = a, *y = b;
    return (x->position > y->position) - (x->position < y->position);
}

weft_status weft_rank_apply_rules(weft_ranking *r, weft_err *err) {
    const weft_rank_request *q = r->request;
    weft_bitset filtered;
    size_t boosts = 0;
    if (!q->rule_count) return WEFT_OK;
    for (size_t i = 0; i < q->rule_count; i++) boosts += q->rules[i]->boost_count;
    r->boosts = weft_arena_calloc(r->arena, boosts, sizeof *r->boosts);
    if (!r->boosts) return weft_fail(err, WEFT_E_NOMEM, "rules");
    weft_status status = weft_filter_apply(q->filter, q->catalog, &filtered, err);
    if (status) return status;
    for (size_t i = 0; i < q->rule_count && !status; i++) {
        note_pins(r, q->rules[i], &filtered);
        status = note_boosts(r, q->rules[i], err);
        if (!status) status = note_buried(r, q->rules[i], err);
    }
    weft_bitset_deinit(&filtered);
    if (status) return status;
    qsort(r->pins, r->pin_count, sizeof *r->pins, by_position);
    /* What is pinned or buried is ranked on its own. */
    for (size_t p = 0; p < r->pin_count; p++) {
        if (r->pins[p].row < r->allow.count) weft_bitset_unset(&r->allow, r->pins[p].row);
        if (r->buried.words) weft_bitset_unset(&r->buried, r->pins[p].row);
    }
    if (!r->buried.words) return WEFT_OK;
    weft_bitset_and(&r->buried, &r->allow);
    for (size_t word = 0; word < (r->allow.count + 63) / 64; word++)
        r->allow.words[word] &= ~r->buried.words[word];
    return WEFT_OK;
}

float weft_rank_boost_of(const weft_ranking *r, uint32_t row) {
    float sum = 0;
    for (size_t b = 0; b < r->boost_count; b++)
        if (weft_bitset_get(&r->boosts[b].rows, row)) sum += r->boosts[b].by;
    return sum;
}
