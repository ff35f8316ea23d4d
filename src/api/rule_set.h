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
    pthread_mutex_t lock; /* of which set is the present one; a leaf */
    weft_rule_set *present;
} weft_rule_sets;

/* Reads the rules. Fails as the store does. */
weft_status weft_rule_sets_init(weft_rule_sets *sets, weft_store *store, weft_err *err);
void weft_rule_sets_deinit(weft_rule_sets *sets);

/* Reads the rules again when they have changed; asks the store, so that it is no search's
 * business. A rule that cannot be read any more is left out, and told in the log. Fails as the
 * store does: the rules of before go on to hold. */
weft_status weft_rule_sets_look(weft_rule_sets *sets, weft_err *err);

/* The rules that hold; give them back by weft_rule_set_release. Never waits for the store. */
weft_rule_set *weft_rule_sets_acquire(weft_rule_sets *sets);
void weft_rule_set_release(weft_rule_set *set); /* NULL is fine */

#endif
