/* rule_set.h - the merchandiser's rules as searches use them, read again when they change. */
#ifndef WEFT_API_RULE_SET_H
#define WEFT_API_RULE_SET_H

#include <pthread.h>
#include <stdatomic.h>

#include "search/rules.h"
#include "store/store.h"

/* Immutable and counted. */
typedef struct {
    weft_rule *rules; /* [count] */
    size_t count;
    int64_t revision;
    weft_arena arena;
    atomic_size_t holders;
} weft_rule_set;

/* The present set; any thread may ask. */
typedef struct {
    weft_store *store;
    pthread_mutex_t lock;
    weft_rule_set *present;
    double looked; /* weft_clock_seconds of the last look at the store */
} weft_rule_sets;

void weft_rule_sets_init(weft_rule_sets *sets, weft_store *store);
void weft_rule_sets_deinit(weft_rule_sets *sets);

/* The rules that hold, at most half a second old (is_fresh: as the store has them now); give
 * them back by weft_rule_set_release. A rule that cannot be read any more is left out, and
 * told in the log. Fails as the store does; while it cannot be asked, and is_fresh is false,
 * the rules of before go on to hold. */
weft_status weft_rule_sets_acquire(weft_rule_sets *sets, bool is_fresh, weft_rule_set **set,
                                   weft_err *err);
void weft_rule_set_release(weft_rule_set *set); /* NULL is fine */

#endif
