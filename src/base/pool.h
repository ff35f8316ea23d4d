/* pool.h - a fixed number of threads behind a bounded queue.
 *
 * A full queue refuses (try) or makes the caller wait (submit): work never piles
 * up in memory. Each thread has a number, so that a task can use state of its
 * own, such as an encoder session, without a lock. */
#ifndef WEFT_BASE_POOL_H
#define WEFT_BASE_POOL_H

#include <stddef.h>

#include "base/status.h"

typedef struct weft_pool weft_pool; /* opaque; any thread may submit */

/* worker is 0 <= worker < threads. */
typedef void (*weft_task)(void *argument, size_t worker);

/* Fails with WEFT_E_NOMEM, or WEFT_E_INTERNAL when a thread cannot start. */
weft_status weft_pool_new(weft_pool **pool, size_t threads, size_t queue_size, weft_err *err);

/* Finishes what is queued, then ends the threads. No one may submit any more. */
void weft_pool_free(weft_pool *pool);

/* WEFT_E_BUSY at once when every thread has a task and the queue is full. */
weft_status weft_pool_try_submit(weft_pool *pool, weft_task task, void *argument);

/* Waits for room. Must not be called from a task of the same pool. */
void weft_pool_submit(weft_pool *pool, weft_task task, void *argument);

/* Waits until the queue is empty and every thread is idle. */
void weft_pool_wait(weft_pool *pool);

size_t weft_pool_queued(weft_pool *pool); /* tasks waiting now; for metrics */

/* How many processors this process may use; at least 1. */
size_t weft_cpu_count(void);

#endif
