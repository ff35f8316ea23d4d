/* source_link.h - connections to a shop's own PostgreSQL: questions, its table, its slot.
 *
 * Every wait ends soon after *stop turns true, with WEFT_E_CANCELLED. A link belongs to one
 * thread. */
#ifndef WEFT_SYNC_SOURCE_LINK_H
#define WEFT_SYNC_SOURCE_LINK_H

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "sync/source_spec.h"

typedef struct {
    PGconn *pg;
    const atomic_bool *stop; /* may be NULL */
    char state[6];           /* SQLSTATE of what the server refused last; "" when it did not */
} weft_source_link;

/* Connects; the url is in no message. for_replication: takes the replication protocol's
 * commands too, and no parameters. WEFT_E_STORE says what libpq says. */
weft_status weft_source_link_open(weft_source_link *link, const char *url, bool for_replication,
                                  const atomic_bool *stop, weft_err *err);
void weft_source_link_close(weft_source_link *link); /* zeroed and closed ones are fine */

/* Runs one statement with texts ($1, ...) and gives its rows as text; the caller clears
 * *rows, which may be NULL when they do not matter. */
weft_status weft_source_ask(weft_source_link *link, const char *sql, const char *const *texts,
                            int n, PGresult **rows, weft_err *err);

/* Takes what the server has sent; false when nothing came within so many milliseconds (or a
 * little more). */
weft_status weft_source_wait(weft_source_link *link, int milliseconds, bool *came, weft_err *err);

/* Fails with what the server or libpq says; rows may be NULL. */
weft_status weft_source_fail(weft_source_link *link, const PGresult *rows, weft_err *err);

/* sql with %I replaced by names in quotes, in order; WEFT_E_NOMEM. The caller frees *sql with
 * weft_free. */
weft_status weft_source_format(weft_source_link *link, char **sql, const char *format,
                               const char *const *names, weft_err *err);

/* Can this table be followed with this spec? WEFT_E_UNSUPPORTED: the server's version or
 * wal_level; WEFT_E_NOT_FOUND: no such table; WEFT_E_INVALID: a column that is not there, or
 * an id whose deletion would not be told (it is not part of the replica identity). */
weft_status weft_source_check_table(weft_source_link *link, const weft_source_spec *spec,
                                    weft_err *err);

/* Is the table in the publication? */
weft_status weft_source_is_published(weft_source_link *link, const weft_source_spec *spec,
                                     const char *publication, bool *is, weft_err *err);

/* Makes the publication anew, for this table. */
weft_status weft_source_publish(weft_source_link *link, const weft_source_spec *spec,
                                const char *publication, weft_err *err);

/* Drops the slot and the publication where they are there. WEFT_E_BUSY: the slot is in use. */
weft_status weft_source_drop(weft_source_link *link, const char *slot, weft_err *err);

#endif
