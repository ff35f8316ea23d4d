/* source_follow.h - follows one table of a shop's own PostgreSQL by logical replication.
 *
 * The first time, and whenever the stream cannot go on where it was (the slot is lost, the
 * database is another one), the whole table is copied at the snapshot that a new slot
 * exports; then the slot's stream of transactions is applied, each in one transaction with
 * its position (weft_store_apply_source): nothing is lost, nothing is applied twice,
 * whatever is stopped or cut off when. Products stay searchable during a copy; those that it
 * has not go at its end. A transaction of more than 50,000 changed products is applied in
 * parts of so many, its position with the last.
 *
 * Of many processes with the same store one follows (it holds an advisory lock in the shop's
 * database); the others stand by. */
#ifndef WEFT_SYNC_SOURCE_FOLLOW_H
#define WEFT_SYNC_SOURCE_FOLLOW_H

#include <stdatomic.h>

#include "store/store.h"
#include "sync/source_spec.h"

typedef enum {
    WEFT_SOURCE_CONNECTING,
    WEFT_SOURCE_STANDBY, /* another process follows it */
    WEFT_SOURCE_COPYING,
    WEFT_SOURCE_FOLLOWING
} weft_source_phase;

/* What a follower shows of itself; read by any thread. */
typedef struct {
    atomic_int phase;
    atomic_uint_fast64_t lag_bytes;    /* of the shop's log, known and not applied */
    atomic_uint_fast64_t in_step_ms;   /* of weft_clock_seconds, when it last had applied all */
    atomic_uint_fast64_t put, deleted; /* products; in copies and after them */
    atomic_uint_fast64_t rejected;     /* rows that make no product, and photos that are none */
    atomic_uint_fast64_t copies;       /* begun */
} weft_source_gauge;

typedef struct {
    weft_store *store;
    const weft_store_source *source; /* as the store has it */
    const char *data_folder;         /* photos are stored under it */
    /* Can these bytes be used as a photo? May be NULL. */
    weft_status (*check_photo)(void *context, const void *bytes, size_t n, weft_err *err);
    /* Told of each row that is rejected, by the caller's thread; may be NULL. */
    void (*on_reject)(void *context, const weft_err *why);
    void *context;
    weft_source_gauge *gauge;
    const atomic_bool *stop; /* ends it soon after it turns true */
} weft_source_follow_options;

/* Follows until it is stopped (WEFT_OK) or fails: WEFT_E_STORE when either database is away,
 * WEFT_E_BUSY when another process follows, WEFT_E_NOT_FOUND when the store has no such
 * source any more or it is to be copied again, and what weft_source_check_table and
 * weft_source_spec_parse say. Calling it again goes on where it was. */
weft_status weft_source_follow(const weft_source_follow_options *options, weft_err *err);

/* Connects and looks whether this table can be followed; fails as weft_source_follow. */
weft_status weft_source_try(const char *url, const weft_source_spec *spec, weft_err *err);

/* Drops the slot and the publication in the shop's database; waits up to ten seconds for
 * whoever follows the slot to let go of it (WEFT_E_BUSY). Those that are gone are fine. */
weft_status weft_source_clean_up(const weft_store_source *source, weft_err *err);

#endif
