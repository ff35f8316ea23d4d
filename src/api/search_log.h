/* search_log.h - searches on their way to the store: what was shown, for experiments and for
 * learning from what users do.
 *
 * Requests never wait for the store: entries are kept in memory and written by a thread, many
 * at once, at least every half second. When more come than the store takes, they are counted
 * and dropped. */
#ifndef WEFT_API_SEARCH_LOG_H
#define WEFT_API_SEARCH_LOG_H

#include "store/store.h"

typedef struct weft_search_log weft_search_log; /* any thread may add */

/* Starts the thread. WEFT_E_NOMEM, WEFT_E_INTERNAL. */
weft_status weft_search_log_new(weft_search_log **log, weft_store *store, weft_err *err);

/* Writes what is left and ends the thread; NULL is fine. */
void weft_search_log_free(weft_search_log *log);

/* Copies the search. NULL is fine: nothing is kept. */
void weft_search_log_add(weft_search_log *log, const weft_store_search *search);

typedef struct {
    uint64_t written, dropped;
} weft_search_log_counts;
weft_search_log_counts weft_search_log_count(weft_search_log *log);

#endif
