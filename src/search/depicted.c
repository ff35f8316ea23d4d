#include "search/depicted.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

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
    double color_share;
    uint32_t color = vote(weft_catalog_facet_of(request->catalog, WEFT_FACET_base_color)->codes,
                          hits, n, &color_share);
    uint32_t type = vote(types->codes, hits, n, &share);
    float sum = 0;
    size_t few = n < NEAREST ? n : NEAREST;
    for (size_t i = 0; i < few; i++) sum += hits[i].score;
    *depiction = (weft_depiction){.is_known = types->values[type][0] != '\0',
                                  .type = type,
                                  .color = color,
                                  .share = (float)share,
                                  .nearness = fmaxf(2 * sum / (float)few - 1, 0)};
    return WEFT_OK;
}

/* ---- changes of what a photo shows ---- */

/* Lightness of colors by name, CIELAB L*; others are not compared. */
static const struct {
    const char *name;
    float lightness;
} lightnesses[] = {
    {"black", 5},
    {"charcoal", 29},
    {"navy blue", 13},
    {"coffee brown", 25},
    {"brown", 38},
    {"burgundy", 24},
    {"maroon", 26},
    {"purple", 35},
    {"blue", 40},
    {"green", 48},
    {"olive", 52},
    {"teal", 48},
    {"red", 50},
    {"rust", 44},
    {"magenta", 54},
    {"grey", 58},
    {"steel", 55},
    {"bronze", 56},
    {"copper", 54},
    {"metallic", 65},
    {"khaki", 68},
    {"tan", 74},
    {"mustard", 70},
    {"gold", 76},
    {"orange", 68},
    {"mauve", 70},
    {"rose", 68},
    {"taupe", 50},
    {"mushroom brown", 55},
    {"sea green", 52},
    {"turquoise blue", 72},
    {"grey melange", 70},
    {"pink", 78},
    {"silver", 78},
    {"lavender", 80},
    {"skin", 82},
    {"nude", 82},
    {"peach", 85},
    {"lime green", 85},
    {"fluorescent green", 86},
    {"beige", 88},
    {"yellow", 90},
    {"cream", 94},
    {"off white", 96},
    {"white", 100},
};
static const float VISIBLY = 8; /* so much lighter or darker is another color */

/* -1: not known. */
static float lightness_of(const char *color) {
    for (size_t i = 0; i < sizeof lightnesses / sizeof *lightnesses; i++)
        if (strcasecmp(lightnesses[i].name, color) == 0) return lightnesses[i].lightness;
    return -1;
}

static bool says_color(const weft_query *query) {
    for (size_t t = 0; t < query->term_count; t++)
        if (query->terms[t].kind == WEFT_TERM_VALUE && !query->terms[t].is_negated &&
            query->terms[t].meaning->facet == WEFT_FACET_base_color)
            return true;
    return false;
}

/* Appends a term over these values, which no word says. */
static weft_status add_term(weft_query *query, const weft_rank_request *request, weft_facet facet,
                            const uint32_t *codes, size_t n, bool is_preference, const char *text,
                            weft_arena *arena, weft_err *err) {
    weft_meaning *meaning = weft_arena_calloc(arena, 1, sizeof *meaning);
    if (!meaning) return weft_fail(err, WEFT_E_NOMEM, "query");
    *meaning = (weft_meaning){.facet = facet, .codes = codes, .exact = n, .count = n};
    meaning->value = weft_catalog_facet_of(request->catalog, facet)->values[codes[0]];
    query->terms[query->term_count++] = (weft_query_term){.kind = WEFT_TERM_VALUE,
                                                          .text = text,
                                                          .is_preference = is_preference,
                                                          .meaning = meaning,
                                                          .low = -INFINITY,
                                                          .high = INFINITY};
    return WEFT_OK;
}

/* The colors that are darker, or lighter, than the one the photo shows. */
static weft_status add_lightness(weft_query *query, const weft_rank_request *request,
                                 const weft_depiction *seen, weft_arena *arena, weft_err *err) {
    const weft_catalog_facet *colors =
        weft_catalog_facet_of(request->catalog, WEFT_FACET_base_color);
    float from = lightness_of(colors->values[seen->color]);
    uint32_t *codes = weft_arena_alloc(arena, colors->value_count, sizeof *codes);
    size_t n = 0;
    if (!codes) return weft_fail(err, WEFT_E_NOMEM, "query");
    for (uint32_t code = 0; from >= 0 && code < colors->value_count; code++) {
        float lightness = lightness_of(colors->values[code]);
        float change = (lightness - from) * (float)query->lightness;
        if (lightness >= 0 && change >= VISIBLY) codes[n++] = code;
    }
    if (n == 0 || query->term_count == WEFT_QUERY_MAX_TERMS) return WEFT_OK;
    return add_term(query, request, WEFT_FACET_base_color, codes, n, false,
                    query->lightness < 0 ? "darker" : "lighter", arena, err);
}

weft_status weft_query_add_depicted(weft_query *query, const weft_rank_request *request,
                                    const float *embedding, weft_arena *arena, weft_err *err) {
    weft_depiction seen;
    bool asks_type = !says_category(query), asks_color = query->lightness && !says_color(query);
    if ((!asks_type && !asks_color) || query->term_count == WEFT_QUERY_MAX_TERMS) return WEFT_OK;
    weft_status status = weft_depict(request, embedding, arena, &seen, err);
    if (status || !seen.is_known) return status;
    if (asks_type && seen.share >= MOST) {
        uint32_t *code = weft_arena_alloc(arena, 1, sizeof *code);
        if (!code) return weft_fail(err, WEFT_E_NOMEM, "query");
        *code = seen.type;
        status = add_term(query, request, WEFT_FACET_article_type, code, 1, true, "", arena, err);
    }
    if (!status && asks_color) status = add_lightness(query, request, &seen, arena, err);
    return status;
}
