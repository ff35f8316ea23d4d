/* first_failure.h - why a team of threads stops: the first failure of any of them. Any thread. */
#ifndef WEFT_SYNC_FIRST_FAILURE_H
#define WEFT_SYNC_FIRST_FAILURE_H

#include <pthread.h>

#include "base/status.h"

typedef struct {
    pthread_mutex_t lock;
    weft_status status; /* WEFT_OK: none yet */
    weft_err err;
} weft_first_failure;

void weft_first_failure_init(weft_first_failure *failure);
void weft_first_failure_deinit(weft_first_failure *failure);

/* Keeps it, if it is the first. */
void weft_first_failure_note(weft_first_failure *failure, weft_status status, const weft_err *err);

/* The first failure (err, which may be NULL, is filled), or WEFT_OK. */
weft_status weft_first_failure_get(weft_first_failure *failure, weft_err *err);

#endif
