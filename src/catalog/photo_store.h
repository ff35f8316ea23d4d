/* photo_store.h - photos beside the database, each under the SHA-256 of its bytes:
 *   DATA/images/3f/3fa9...c1.jpg
 *
 * A path is never written twice with other bytes, so that a photo may be cached
 * for ever under its digest, and one photo of many products is kept once. */
#ifndef WEFT_CATALOG_PHOTO_STORE_H
#define WEFT_CATALOG_PHOTO_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/status.h"

enum { WEFT_PHOTO_PATH_SIZE = 96 };

typedef struct {
    char digest[WEFT_DIGEST_HEX_SIZE];
    char path[WEFT_PHOTO_PATH_SIZE]; /* relative to the data folder */
} weft_photo_name;

/* What bytes[0..n) are called; extension is "jpg", "png" or "webp". */
void weft_photo_name_of(weft_photo_name *name, const void *bytes, size_t n, const char *extension);

/* Is a photo of n bytes there under that name? */
bool weft_photo_is_stored(const char *data_folder, const weft_photo_name *name, size_t n);

/* Writes the photo: whole or not at all, but not flushed to the disk
 * (weft_dir_flush once for many). Safe from any thread, also for one photo twice.
 * Folders that are missing are made. Fails with WEFT_E_IO, WEFT_E_LIMIT (path too long). */
weft_status weft_photo_save(const char *data_folder, const weft_photo_name *name, const void *bytes,
                            size_t n, weft_err *err);

#endif
