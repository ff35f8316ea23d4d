/* answer.h - products and search results as the API's JSON. `weft search --json`
 * prints the same. */
#ifndef WEFT_API_ANSWER_H
#define WEFT_API_ANSWER_H

#include "base/json.h"
#include "catalog/catalog.h"
#include "catalog/facet.h"
#include "search/search.h"

/* One product object; score NULL leaves similarity_score out. */
void weft_answer_product(weft_json *j, const weft_product *product, const float *score);

/* Parts of it, inside an object that is open: all but the score, and "image_url" alone. */
void weft_answer_product_fields(weft_json *j, const weft_product *product);
void weft_answer_image_url(weft_json *j, const weft_product *product);

/* A page of a list of rows: {products, total, page, page_size, has_more}. Pages count from 1. */
typedef struct {
    const uint32_t *rows; /* [total] */
    size_t total, page, page_size;
} weft_answer_rows;
void weft_answer_page(weft_buf *out, const weft_catalog *catalog, const weft_answer_rows *list);

/* {base_color: [{value, count}], ..., price: {min, max}}; only_useful leaves out attributes
 * without values. */
void weft_answer_facets(weft_json *j, const weft_facet_counts *counts, bool only_useful);

/* What surrounds the products of a search. */
typedef struct {
    const char *query;       /* the words; NULL when there were none */
    const char *search_type; /* "text", "image", "hybrid", "cross-modal", "similar" */
    const char *user_id;     /* or NULL */
    const char *index;       /* "image", "text", "hybrid" */
    const char *next_cursor; /* NULL on the last page */
    const char *query_id;
    double took_ms;
} weft_answer_frame;

/* The whole object {products, query, search_type, user_id, index, total,
 * next_cursor, query_id, took_ms}. */
void weft_answer_search(weft_json *j, const weft_catalog *catalog, const weft_search_page *page,
                        const weft_answer_frame *frame);

/* All of that but the products, inside an object that is open. */
void weft_answer_frame_fields(weft_json *j, const weft_answer_frame *frame, size_t total);

#endif
