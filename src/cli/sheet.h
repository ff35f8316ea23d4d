/* sheet.h - a contact sheet: one page of HTML with the photos inside it.
 *
 * Begin, a row, its products, the next row, ..., end: the page needs no other file. A photo that
 * cannot be read is an empty frame. */
#ifndef WEFT_CLI_SHEET_H
#define WEFT_CLI_SHEET_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/status.h"
#include "catalog/product.h"

typedef struct {
    weft_buf out;
    const char *data_folder; /* where photos lie */
    bool has_row;
} weft_sheet;

void weft_sheet_begin(weft_sheet *sheet, const char *title, const char *data_folder);
void weft_sheet_row(weft_sheet *sheet, const char *heading); /* "": none */
void weft_sheet_add(weft_sheet *sheet, const weft_product *product, const char *note);

/* Writes the page to path (.html) and frees it, also on failure. */
weft_status weft_sheet_end(weft_sheet *sheet, const char *path, weft_err *err);

#endif
