/* tastes.h - a collaborative model as the rows of one catalog. */
#ifndef WEFT_RECOMMEND_TASTES_H
#define WEFT_RECOMMEND_TASTES_H

#include "catalog/catalog.h"
#include "recommend/collaborative.h"

/* Immutable; any number of threads. */
typedef struct {
    const weft_collaborative *model; /* not owned */
    size_t rows;
    uint32_t *row_item; /* [rows]: the model's number; UINT32_MAX: not known to it */
    weft_index *index;  /* [rows]: item factors, made so that their order by cosine is the one by
                         * inner product; NULL when the model knows none of the rows */
    float longest;      /* norm of the longest factor */
} weft_tastes;

/* The model must outlive them. Takes a second for 40,000 products, some milliseconds below 4,000.
 * WEFT_E_NOMEM. */
weft_status weft_tastes_new(weft_tastes **tastes, const weft_catalog *catalog,
                            const weft_collaborative *model, weft_err *err);
void weft_tastes_free(weft_tastes *tastes); /* NULL is fine */

/* Writes what a user's factor becomes for a search of the index, into query[dim of model + 1];
 * returns what scores are to be multiplied with to be inner products. */
float weft_tastes_query(const weft_tastes *tastes, const float *factor, float *query);

#endif
