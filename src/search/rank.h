/* rank.h - from a question, understood and embedded, to a page of products.
 *
 *   filter and what the words say must hold -> the rows that match (totals, facets)
 *   -> candidates: the nearest by embedding, the best by words (BM25)
 *   -> one score for each from all that is known of it (score.h)
 *   -> a merchandiser's rules (rules.h)
 *   -> variants of one product collapsed, neighbours that look alike moved apart (mmr.h)
 *   -> the page
 *
 * Candidates are ranked among each other; what lies beyond them follows in the order of the
 * embedding alone. The order is decided by the question and the snapshot, never by the page:
 * pages neither repeat nor leave out a product. */
#ifndef WEFT_SEARCH_RANK_H
#define WEFT_SEARCH_RANK_H

#include "catalog/facet.h"
#include "search/learned.h"
#include "search/query.h"
#include "search/retrieve.h"
#include "search/rules.h"
#include "search/score.h"

/* The limit is one of pages that users ask for; weft_rank_run itself has none. */
enum { WEFT_RANK_MAX_LIMIT = 100, WEFT_RANK_MAX_OFFSET = 100000 };

typedef struct {
    const weft_catalog *catalog;
    const weft_lexicon *lexicon;
    weft_index *const *indexes;    /* [WEFT_KIND_COUNT]; rows are the catalog's */
    weft_engine *engine;           /* asked in their place, or NULL */
    weft_embedding_kind kind;      /* that candidates come from */
    const float *embedding;        /* [dim], L2-normalised; NULL: there is nothing to be near to */
    const float *const *unwanted;  /* [unwanted_count] embeddings to keep away from */
    const float *unwanted_weights; /* [unwanted_count], above 0; NULL: all 1 */
    size_t unwanted_count;
    weft_query *query;             /* NULL: no words, or not understood; terms are marked in it */
    const weft_filter *filter;     /* NULL: everything */
    const uint32_t *exclude;       /* one row that may not come back, or NULL */
    const weft_rule *const *rules; /* [rule_count] of those that act on this question */
    size_t rule_count;
    weft_fusion fusion;
    const weft_learned *learned; /* for WEFT_FUSE_LEARNED; NULL: there is none */
    float diversity;     /* 0: none, to 1: as unlike each other as can be; lambda of MMR is the
                          * rest to 1 */
    bool collapse;       /* only the best of each product's color variants */
    float min_relevance; /* products below it do not match; 0: all do */
    bool wants_facets;
    bool explains; /* results know the cosines of every kind */
    size_t offset, limit;
} weft_rank_request;

typedef struct {
    uint32_t row;
    weft_score score;
    const weft_rule *pinned_by; /* or NULL */
    const uint32_t *variants;   /* [variant_count]: other rows of the product that match */
    size_t variant_count;
    char team; /* of a joint list (interleave.h): whose pick it is, 'a' or 'b'; 0: nobody's */
} weft_ranked;

typedef struct {
    const weft_ranked *results; /* [count] in the arena, best first */
    size_t count;
    size_t total;             /* products that match, whatever the page; collapsed: groups */
    weft_facet_counts facets; /* when wanted: how many would match with this value in place of
                               * what the filter says of its field; in products, or collapsed
                               * in groups. Facets that cannot narrow have no values. */
} weft_rank_page;

/* Fails with WEFT_E_LIMIT (offset), WEFT_E_NOMEM, and as weft_retrieve does. */
weft_status weft_rank_run(const weft_rank_request *request, weft_arena *arena, weft_rank_page *page,
                          weft_err *err);

#endif
