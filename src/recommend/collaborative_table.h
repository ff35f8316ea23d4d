/* collaborative_table.h - a log by user and by item. For the files of this room only. */
#ifndef WEFT_RECOMMEND_COLLABORATIVE_TABLE_H
#define WEFT_RECOMMEND_COLLABORATIVE_TABLE_H

#include "recommend/collaborative.h"

/* For each row of one side: which of the other, ascending, and how much. */
typedef struct {
    size_t rows;
    size_t *first; /* [rows + 1]: where each row's begin */
    uint32_t *numbers;
    float *weights;
} weft_collaborative_table;

/* The same whatever order the log is in, unless a pair comes again with another weight.
 * WEFT_E_NOMEM; both are to be given back whatever happens. */
weft_status weft_collaborative_tables_init(weft_collaborative_table *users,
                                           weft_collaborative_table *items,
                                           const weft_collaborative_log *log, weft_err *err);
void weft_collaborative_table_deinit(weft_collaborative_table *table);

/* The regularization (ridge.h) from which on all factors shrink to 0. WEFT_E_NOMEM. */
weft_status weft_collaborative_table_limit(const weft_collaborative_table *users,
                                           const weft_collaborative_table *items, float unobserved,
                                           double *limit, weft_err *err);

#endif
