/* answer_search.h - a ranked page as the API's JSON: products with their scores, what was
 * understood, facets. */
#ifndef WEFT_API_ANSWER_SEARCH_H
#define WEFT_API_ANSWER_SEARCH_H

#include "api/answer.h"
#include "search/rank.h"

typedef struct {
    weft_answer_frame frame;
    const weft_rank_request *request; /* that the page answers */
} weft_answer_ranked;

/* The products alone, an array. */
void weft_answer_results(weft_json *j, const weft_rank_page *page,
                         const weft_rank_request *request);

/* The whole object: as weft_answer_search, and
 *   products: relevance, variants [{product_id, base_color, image_url}], explain (when asked)
 *   understood: text, corrected, terms (when there are words)
 *   facets: {base_color: [{value, count}], ..., price: {min, max}} (when asked) */
void weft_answer_ranked_write(weft_json *j, const weft_rank_page *page,
                              const weft_answer_ranked *about);

#endif
