#include "search/quality.h"

#include <math.h>

static void add_bins(weft_quality *q, const weft_ranked *result, bool is_right,
                     weft_embedding_kind kind) {
    float relevance = result->score.relevance, cosine = result->score.signals.cosine[kind];
    size_t bin = (size_t)(relevance * (WEFT_QUALITY_BINS - 0.001f));
    (is_right ? q->right_bins : q->wrong_bins)[bin]++;
    if (isnan(cosine)) return;
    float share = fminf(fmaxf((cosine + 1) / 2, 0), 1);
    bin = (size_t)(share * (WEFT_QUALITY_BINS - 0.001f));
    (is_right ? q->right_cosine : q->wrong_cosine)[bin]++;
}

static size_t count_looks(const weft_catalog *catalog, const weft_rank_page *page) {
    const uint32_t *colors = weft_catalog_facet_of(catalog, WEFT_FACET_base_color)->codes;
    const uint32_t *types = weft_catalog_facet_of(catalog, WEFT_FACET_article_type)->codes;
    size_t distinct = 0;
    for (size_t i = 0; i < page->count && i < WEFT_QUALITY_LOOKS_K; i++) {
        uint32_t row = page->results[i].row;
        bool is_new = true;
        for (size_t j = 0; j < i && is_new; j++) {
            uint32_t other = page->results[j].row;
            is_new = colors[row] != colors[other] || types[row] != types[other];
        }
        distinct += is_new;
    }
    return distinct;
}

void weft_quality_add(weft_quality *q, const weft_rank_request *request, const weft_rank_page *page,
                      const weft_bitset *right, const weft_bitset *wrong) {
    size_t rights = weft_bitset_popcount(right), hits = 0, rank = 0;
    size_t most = rights < WEFT_QUALITY_K ? rights : WEFT_QUALITY_K;
    double gain = 0, ideal = 0;
    for (size_t i = 0; i < page->count && i < WEFT_QUALITY_K; i++) {
        bool is_right = weft_bitset_get(right, page->results[i].row);
        if (is_right && !rank) rank = i + 1;
        hits += is_right;
        if (is_right) gain += 1 / log2((double)i + 2);
        q->wrong += weft_bitset_get(wrong, page->results[i].row);
        q->shown++;
    }
    for (size_t i = 0; i < page->count; i++)
        add_bins(q, &page->results[i], weft_bitset_get(right, page->results[i].row), request->kind);
    for (size_t i = 0; i < most; i++) ideal += 1 / log2((double)i + 2);
    q->queries++;
    q->answered += page->count > 0;
    q->first += rank == 1;
    q->reciprocal += rank ? 1 / (double)rank : 0;
    q->precision += most ? (double)hits / (double)most : 0;
    q->recall += rights ? (double)hits / (double)rights : 0;
    q->ndcg += ideal > 0 ? gain / ideal : 0;
    q->looks += (double)count_looks(request->catalog, page);
}

double weft_quality_mean(const weft_quality *quality, double sum) {
    return quality->queries ? sum / (double)quality->queries : 0;
}
