/* index_work.h - work in numbered pieces, done by a team of threads: the first failure
 * or a wish to stop ends it, and progress is told. */
#ifndef WEFT_INDEX_INDEX_WORK_H
#define WEFT_INDEX_INDEX_WORK_H

#include <pthread.h>

#include "index/index.h"
#include "tensor/team.h"

/* The caller owns the struct; runs follow each other. */
typedef struct {
    weft_team *team;
    const weft_index_source *source; /* whom to tell, and who may cancel */
    size_t done, total;              /* pieces, for the progress */
    pthread_mutex_t lock;
    weft_status status;
    weft_err err;
} weft_work;

/* threads 0: one per processor. total is how many pieces all runs will have, about. */
weft_status weft_work_init(weft_work *work, const weft_index_source *source, size_t total,
                           weft_err *err);
void weft_work_deinit(weft_work *work);

/* Does every piece, on any thread and in any order, and returns when all are done;
 * fails with what the first one failed with, or WEFT_E_CANCELLED. */
typedef weft_status (*weft_work_piece)(void *context, size_t piece, weft_err *err);
weft_status weft_work_run(weft_work *work, weft_work_piece piece, void *context, size_t pieces,
                          weft_err *err);

#endif
