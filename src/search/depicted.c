#include "search/depicted.h"

#include <math.h>
#include <stdlib.h>

enum { NEIGHBOURS = 15, NEAREST = 5 };
static const float MOST = 0.5f; /* of their votes must agree */

static bool says_category(const weft_query *query) {
    for (size_t t = 0; t < query->term_count; t++) {
        const weft_query_term *term = &query->terms[t];
        if (term->kind == WEFT_TERM_VALUE && !term->is_negated &&
            (term->meaning->facet == WEFT_FACET_article_type ||
             term->meaning->facet == WEFT_FACET_sub_category ||
             term->meaning->facet == WEFT_FACET_master_category))
            return true;
    }
    return false;
}

/* The code that n hits vote for, each with 1 / rank, and its share of the votes. */
static uint32_t vote(const uint32_t *codes, const weft_hit *hits, size_t n, double *share) {
    uint32_t winner = 0;
    double most = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        double votes = 0;
        for (size_t j = 0; j < n; j++)
            if (codes[hits[j].row] == codes[hits[i].row]) votes += 1 / (double)(j + 1);
        if (votes > most) most = votes, winner = codes[hits[i].row];
        all += 1 / (double)(i + 1);
    }
    *share = n ? most / all : 0;
    return winner;
}

weft_status weft_depict(const weft_rank_request *request, const float *embedding, weft_arena *arena,
                        weft_depiction *depiction, weft_err *err) {
    const weft_catalog_facet *types =
        weft_catalog_facet_of(request->catalog, WEFT_FACET_article_type);
    const weft_retrieval from = {.catalog = request->catalog,
                                 .index = request->indexes[WEFT_KIND_IMAGE],
                                 .engine = request->engine,
                                 .kind = WEFT_KIND_IMAGE,
                                 .embedding = embedding,
                                 .allow = weft_index_present(request->indexes[WEFT_KIND_IMAGE])};
    weft_hit *hits;
    size_t n;
    double share;
    *depiction = (weft_depiction){0};
    weft_status status = weft_retrieve(&from, NEIGHBOURS, arena, &hits, &n, err);
    if (status || n == 0) return status;
    uint32_t type = vote(types->codes, hits, n, &share);
    float sum = 0;
    size_t few = n < NEAREST ? n : NEAREST;
    for (size_t i = 0; i < few; i++) sum += hits[i].score;
    *depiction = (weft_depiction){.is_known = types->values[type][0] != '\0',
                                  .type = type,
                                  .share = (float)share,
                                  .nearness = fmaxf(2 * sum / (float)few - 1, 0)};
    return WEFT_OK;
}

weft_status weft_query_add_depicted(weft_query *query, const weft_rank_request *request,
                                    const float *embedding, weft_arena *arena, weft_err *err) {
    weft_depiction seen;
    if (says_category(query) || query->term_count == WEFT_QUERY_MAX_TERMS) return WEFT_OK;
    weft_status status = weft_depict(request, embedding, arena, &seen, err);
    if (status || !seen.is_known || seen.share < MOST) return status;
    uint32_t *code = weft_arena_alloc(arena, 1, sizeof *code);
    weft_meaning *meaning = weft_arena_calloc(arena, 1, sizeof *meaning);
    if (!code || !meaning) return weft_fail(err, WEFT_E_NOMEM, "query");
    *code = seen.type;
    *meaning = (weft_meaning){
        .facet = WEFT_FACET_article_type,
        .codes = code,
        .exact = 1,
        .count = 1,
        .value =
            weft_catalog_facet_of(request->catalog, WEFT_FACET_article_type)->values[seen.type]};
    query->terms[query->term_count++] = (weft_query_term){.kind = WEFT_TERM_VALUE,
                                                          .text = "",
                                                          .is_preference = true,
                                                          .meaning = meaning,
                                                          .low = -INFINITY,
                                                          .high = INFINITY};
    return WEFT_OK;
}
