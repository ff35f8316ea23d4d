/* backup.h - all of a shop in one folder, made while it is served, and put back.
 *
 *     FOLDER/manifest.json          written last: without it there is no backup
 *     FOLDER/weft-DIGEST.db         the database, as SQLite (weft_store_backup)
 *     FOLDER/images/..              photos, under the SHA-256 of their bytes as in DATA
 *
 * The manifest names the database by its digest, so that a new backup into the same folder
 * never harms the old one: it lies beside it until the manifest is replaced. Photos that are
 * there already are not copied again. Indexes are not kept: they are made from the rest. */
#ifndef WEFT_SYNC_BACKUP_H
#define WEFT_SYNC_BACKUP_H

#include <stdatomic.h>
#include <stddef.h>

#include "base/status.h"
#include "store/store.h"

typedef struct {
    size_t products, photos; /* photos: files, of which many products may have one */
    size_t copied;           /* of the photos, in this run */
    size_t missing;          /* photos that were not there, or not whole, when it was made */
    size_t database_bytes;
} weft_backup_report;

/* Told how many photos are done; may be NULL. cancel likewise: WEFT_E_CANCELLED. */
typedef struct {
    void (*on_progress)(void *context, size_t done, size_t total);
    void *context;
    const atomic_bool *cancel;
} weft_backup_watch;

/* Makes a backup of the store and the photos in data_folder. A photo that the store names and
 * the folder does not have is counted as missing. Fails as the store does and with WEFT_E_IO;
 * the backup that was in the folder is then as it was. */
weft_status weft_backup_make(weft_store *store, const char *data_folder, const char *folder,
                             const weft_backup_watch *watch, weft_backup_report *report,
                             weft_err *err);

/* Is the backup whole: the database to the byte, every photo to its digest? WEFT_E_NOT_FOUND
 * (no manifest: no backup), WEFT_E_FORMAT (damaged; says what), WEFT_E_UNSUPPORTED (of a
 * newer weft). */
weft_status weft_backup_verify(const char *folder, const weft_backup_watch *watch,
                               weft_backup_report *report, weft_err *err);

/* Verifies it, then puts it into an empty store and a data folder. WEFT_E_CONFLICT when the
 * store is not empty. Until it returns WEFT_OK the store is as it was. */
weft_status weft_backup_restore(weft_store *store, const char *data_folder, const char *folder,
                                const weft_backup_watch *watch, weft_backup_report *report,
                                weft_err *err);

#endif
