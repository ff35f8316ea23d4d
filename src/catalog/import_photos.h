/* import_photos.h - the photos of one batch of products: read, checked, hashed and
 * stored by several threads. Used by the importers. */
#ifndef WEFT_CATALOG_IMPORT_PHOTOS_H
#define WEFT_CATALOG_IMPORT_PHOTOS_H

#include "catalog/import.h"
#include "catalog/photo_source.h"

typedef struct weft_import_photos weft_import_photos;

/* options, source and report, into which photos and issues are counted, must
 * outlive it. Fails with WEFT_E_NOMEM, WEFT_E_INTERNAL. */
weft_status weft_import_photos_new(weft_import_photos **photos, const weft_import_options *options,
                                   weft_photo_source *source, weft_import_report *report,
                                   weft_err *err);
void weft_import_photos_free(weft_import_photos *photos); /* NULL is fine */

/* Finds the photos of products[0..n), n <= weft_import_batch_size, and sets image_path and
 * image_digest, whose strings live until the next call; what was written has
 * reached the disk. A product whose photo is missing or broken keeps "" and gets
 * an issue with rows[i]. Fails with WEFT_E_IO, WEFT_E_NOMEM,
 * WEFT_E_CANCELLED, or as on_issue does. */
weft_status weft_import_photos_find(weft_import_photos *photos, weft_product *products,
                                    const size_t *rows, size_t n, weft_err *err);

#endif
