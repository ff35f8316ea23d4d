/* Which rows match a question, and how many of them have what. */
#include <string.h>

#include "search/rank_internal.h"

/* The rows that pass the filter, or the filter without what it says of one facet. */
static weft_status pass_filter(const weft_ranking *r, const weft_facet *without, weft_bitset *rows,
                               weft_err *err) {
    const weft_rank_request *q = r->request;
    const weft_filter *filter = q->filter;
    weft_status status = WEFT_OK;
    if (without) status = weft_filter_without(filter, *without, r->arena, &filter, err);
    if (!status) status = weft_filter_apply(filter, q->catalog, rows, err);
    if (status) return status;
    weft_bitset_and(rows, weft_index_present(q->indexes[q->kind]));
    if (q->exclude) weft_bitset_unset(rows, *q->exclude);
    return WEFT_OK;
}

weft_status weft_rank_match(weft_ranking *r, weft_err *err) {
    const weft_rank_request *q = r->request;
    weft_status status = pass_filter(r, NULL, &r->allow, err);
    r->filter = q->filter;
    if (status || !q->query) return status;
    size_t before = weft_bitset_popcount(&r->allow);
    status = weft_query_rows(q->query, q->catalog, q->lexicon, &r->allow, err);
    if (status || weft_bitset_popcount(&r->allow) == before) return status;
    r->is_narrower = true;
    if (!q->engine) return WEFT_OK;
    const weft_filter *said;
    status = weft_query_filter(q->query, q->catalog, r->arena, &said, err);
    if (!status) status = weft_filter_join(q->filter, said, r->arena, &r->filter, err);
    return status;
}

/* ---- counting ---- */

/* Counts groups of variants instead of rows. */
static weft_status count_groups(const weft_ranking *r, const weft_bitset *rows,
                                weft_facet_counts *counts, weft_err *err) {
    const weft_variants *variants = r->request->lexicon->variants;
    weft_bitset firsts; /* one row of each group and value; made anew for each facet */
    weft_status status = weft_facet_count(counts, r->request->catalog, rows, r->arena, err);
    for (int f = 0; f < WEFT_FACET_COUNT && !status; f++) {
        const uint32_t *codes = weft_catalog_facet_of(r->request->catalog, (weft_facet)f)->codes;
        weft_facet_counts one;
        status = weft_bitset_init(&firsts, rows->count, err);
        if (status) return status;
        for (uint32_t group = 0; group < weft_variants_groups(variants); group++) {
            size_t n;
            const uint32_t *members = weft_variants_rows(variants, group, &n);
            for (size_t i = 0; i < n; i++) {
                bool is_first = weft_bitset_get(rows, members[i]);
                for (size_t k = 0; k < i && is_first; k++)
                    is_first = !(weft_bitset_get(rows, members[k]) &&
                                 codes[members[k]] == codes[members[i]]);
                if (is_first) weft_bitset_set(&firsts, members[i]);
            }
        }
        status = weft_facet_count(&one, r->request->catalog, &firsts, r->arena, err);
        counts->facets[f] = one.facets[f];
        weft_bitset_deinit(&firsts);
    }
    return status;
}

static weft_status count(const weft_ranking *r, const weft_bitset *rows, weft_facet_counts *counts,
                         weft_err *err) {
    if (r->request->collapse) return count_groups(r, rows, counts, err);
    return weft_facet_count(counts, r->request->catalog, rows, r->arena, err);
}

/* Does the filter say anything of the facet? */
static bool is_filtered(const weft_filter *filter, weft_facet facet) {
    size_t n;
    const weft_filter_condition *conditions = weft_filter_conditions(filter, &n);
    for (size_t i = 0; i < n; i++)
        if (conditions[i].field.kind == WEFT_FIELD_FACET && conditions[i].field.facet == facet)
            return true;
    return false;
}

/* What would match if the filter said nothing of this facet: its other values are a choice
 * too. */
static weft_status count_choices(const weft_ranking *r, weft_facet facet, weft_facet_values *out,
                                 weft_err *err) {
    weft_facet_counts counts;
    weft_bitset rows;
    weft_status status = pass_filter(r, &facet, &rows, err);
    if (status) return status;
    if (r->request->query)
        status = weft_query_keep(r->request->query, r->request->catalog, r->request->lexicon, &rows,
                                 err);
    if (!status && r->request->min_relevance > 0) status = weft_rank_cut_off(r, &rows, err);
    if (!status) status = count(r, &rows, &counts, err);
    if (!status) *out = counts.facets[facet];
    weft_bitset_deinit(&rows);
    return status;
}

weft_status weft_rank_count(const weft_ranking *r, weft_rank_page *page, weft_err *err) {
    const weft_rank_request *q = r->request;
    weft_bitset all; /* also what rules put elsewhere */
    weft_status status = weft_bitset_init(&all, r->allow.count, err);
    if (status) return status;
    weft_bitset_copy(&all, &r->allow);
    if (r->effects.buried.words) weft_bitset_or(&all, &r->effects.buried);
    for (size_t p = 0; p < r->effects.pin_count; p++) weft_bitset_set(&all, r->effects.pins[p].row);
    status = count(r, &all, &page->facets, err);
    weft_bitset_deinit(&all);
    for (int f = 0; f < WEFT_FACET_COUNT && !status; f++) {
        weft_facet_values *facet = &page->facets.facets[f];
        bool is_chosen = is_filtered(q->filter, (weft_facet)f);
        if (is_chosen) status = count_choices(r, (weft_facet)f, facet, err);
        if (!is_chosen && facet->value_count < 2) facet->value_count = 0;
    }
    return status;
}
