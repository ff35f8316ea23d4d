/* photo_source.h - where an import reads from: a table and photos named by
 * product id, in a folder or in a .zip.
 *
 *   FOLDER/styles.csv   and   FOLDER/images/<id>.jpg   or   FOLDER/images.zip
 *   FILE.zip            holding styles.csv and images/<id>.jpg, at any depth
 *
 * Photos end in .jpg, .jpeg, .png or .webp. Nothing outside the folder is read:
 * an id that is no plain file name has no photo, symbolic links among photos are
 * refused, and those of the table, images/ and images.zip must stay within.
 * One thread at a time. */
#ifndef WEFT_CATALOG_PHOTO_SOURCE_H
#define WEFT_CATALOG_PHOTO_SOURCE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/status.h"

typedef struct weft_photo_source weft_photo_source;

/* A photo of more than max_photo_bytes is not read. Fails with WEFT_E_NOT_FOUND (no
 * such folder or file), WEFT_E_FORMAT (not a zip archive), WEFT_E_DENIED (a link
 * that leaves the folder), WEFT_E_IO, WEFT_E_NOMEM. */
weft_status weft_photo_source_open(weft_photo_source **source, const char *path,
                                   size_t max_photo_bytes, weft_err *err);
void weft_photo_source_close(weft_photo_source *source); /* NULL is fine */

/* Maps styles.csv; the caller closes the map. From an archive it is unpacked into
 * an unnamed temporary file first. Fails with WEFT_E_NOT_FOUND, WEFT_E_DENIED,
 * WEFT_E_LIMIT (more than 8 GiB unpacked), WEFT_E_FORMAT, WEFT_E_IO. */
weft_status weft_photo_source_table(weft_photo_source *source, weft_file_map *table, weft_err *err);

/* Appends the photo of a product to out; *extension is "jpg", "png" or "webp".
 * Fails with WEFT_E_NOT_FOUND (it has none), WEFT_E_LIMIT (too many bytes),
 * WEFT_E_DENIED (a link), WEFT_E_FORMAT (a damaged archive), WEFT_E_IO, WEFT_E_NOMEM. */
weft_status weft_photo_source_read(weft_photo_source *source, const char *product_id, weft_buf *out,
                                   const char **extension, weft_err *err);

#endif
