/* sheet.h - a contact sheet: one page of HTML with the photos inside it. */
#ifndef WEFT_CLI_SHEET_H
#define WEFT_CLI_SHEET_H

#include "base/status.h"
#include "catalog/catalog.h"
#include "search/search.h"

/* Writes the hits with photo, name, attributes and score to path (.html). The
 * page needs no other file. A photo that cannot be read is an empty frame. */
weft_status weft_sheet_write(const char *path, const char *title, const char *data_folder,
                             const weft_catalog *catalog, const weft_search_page *page,
                             weft_err *err);

#endif
