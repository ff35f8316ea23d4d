/* event_marks.h - how far a file of events has been imported already.
 *
 * The store knows an import by the SHA-256 of what it has read (store.h): of a whole file, or of
 * one that was stopped. A file is compared with each of them that is not longer, so that it is
 * recognised whatever its name, and when it has grown at its end. That reads the file once; a
 * gigabyte takes about a second. */
#ifndef WEFT_CLI_EVENT_MARKS_H
#define WEFT_CLI_EVENT_MARKS_H

#include "base/digest.h"
#include "catalog/import_events.h"
#include "store/store.h"

typedef struct {
    weft_event_place place;          /* where to go on; {0}: at the beginning */
    char from[WEFT_DIGEST_HEX_SIZE]; /* of the import that goes on; "": a new one begins */
    uint64_t seen;                   /* the highest step of any import */
    size_t events;                   /* that were written until there */
    bool is_done;                    /* all of the file has been imported */
    bool is_again;                   /* it had been, and is imported once more */
    char updated_at[32];             /* of what was found; "": nothing */
} weft_event_mark;

/* reading is the text of how the file is to be read (weft_event_reading_write): what was begun is
 * gone on with in the same way only. WEFT_E_CONFLICT says so; WEFT_E_NOMEM and what the store
 * fails with. */
weft_status weft_event_mark_find(weft_event_mark *mark, weft_store *store, const void *data,
                                 size_t size, const char *reading, bool again, weft_err *err);

#endif
