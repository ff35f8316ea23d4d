/* import.h - what every importer shares: where it reads, whom it tells, and what
 * it counted. Importers know no store: products go to a sink in batches. */
#ifndef WEFT_CATALOG_IMPORT_H
#define WEFT_CATALOG_IMPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "catalog/product.h"

/* What can be wrong with a row: X(code, name as the report has it, what becomes
 * of the row, what it means). */
#define WEFT_IMPORT_ISSUES(X)                                                                      \
    X(BAD_ROW, "bad_row", REJECTED, "quotes or sizes make it unreadable")                          \
    X(TOO_FEW_FIELDS, "too_few_fields", REJECTED, "fewer fields than the header")                  \
    X(TOO_MANY_FIELDS, "too_many_fields", REJECTED, "more fields than the header, quoted")         \
    X(BAD_TEXT, "bad_text", REJECTED, "a field is not UTF-8 or holds control characters")          \
    X(BAD_ID, "bad_id", REJECTED, "the id is empty, too long or of several lines")                 \
    X(DUPLICATE_ID, "duplicate_id", REJECTED, "an earlier row has the id")                         \
    X(REJOINED_NAME, "rejoined_name", KEPT, "a name with commas and no quotes, put together")      \
    X(BAD_YEAR, "bad_year", KEPT, "not a year; imported as not known")                             \
    X(BAD_PRICE, "bad_price", KEPT, "not a price; a synthetic one is used")                        \
    X(NO_PHOTO, "no_photo", KEPT, "no photo; imported without")                                    \
    X(BROKEN_PHOTO, "broken_photo", KEPT, "the photo cannot be used; imported without")            \
    X(UNKNOWN_COLUMN, "unknown_column", KEPT, "a column of the header that is not imported")

typedef enum {
#define WEFT_IMPORT_ENUM(code, name, fate, text) WEFT_IMPORT_##code,
    WEFT_IMPORT_ISSUES(WEFT_IMPORT_ENUM)
#undef WEFT_IMPORT_ENUM
        WEFT_IMPORT_ISSUE_COUNT
} weft_import_kind;

const char *weft_import_kind_name(weft_import_kind kind); /* "duplicate_id" */
const char *weft_import_kind_text(weft_import_kind kind); /* "an earlier row has the id" */
bool weft_import_kind_rejects(weft_import_kind kind);     /* is the row left out? */

/* Valid during the call that hands it over. */
typedef struct {
    size_t row;             /* as a spreadsheet counts; 1 is the header */
    const char *product_id; /* "" when it cannot be told */
    weft_import_kind kind;
    const char *detail; /* the value or the reason */
} weft_import_issue;

/* rows = products + the issues whose kind rejects. */
typedef struct {
    size_t rows;           /* of the table, without the header */
    size_t products;       /* handed to the sink */
    size_t photos;         /* products with a photo */
    size_t photos_written; /* that were not stored yet; two rows may share one */
    size_t unknown_values; /* attributes that are empty or "NA" */
    size_t issues[WEFT_IMPORT_ISSUE_COUNT];
} weft_import_report;

typedef struct {
    size_t rows;                    /* done so far */
    size_t bytes_done, bytes_total; /* of the table */
} weft_import_progress;

/* Whom an import tells. All but put_products may be NULL. */
typedef struct {
    void *context; /* of all callbacks */

    /* A batch, in the order of the rows; a status other than WEFT_OK ends the
     * import. Their photos are on the disk by then. */
    weft_status (*put_products)(void *context, const weft_product *products, size_t n,
                                weft_err *err);
    /* Each issue as a line for the report; in the order of rows but for photos,
     * which come at the end of their batch. */
    weft_status (*on_issue)(void *context, const weft_import_issue *issue, weft_err *err);
    void (*on_progress)(void *context, const weft_import_progress *progress); /* once a batch */

    /* Can these bytes be used as a photo? Called from several threads at once,
     * for photos that are not stored yet. WEFT_E_NOMEM ends the import; any other
     * failure makes a broken photo, err saying why. */
    weft_status (*check_photo)(void *context, const void *bytes, size_t n, weft_err *err);
} weft_import_sink;

typedef struct {
    const char *source;        /* a folder or a .zip file (photo_source.h) */
    const char *data_folder;   /* photos are stored under it (photo_store.h) */
    size_t batch_size;         /* products a batch; 0: 500 */
    size_t workers;            /* threads for photos; 0: one per processor */
    size_t max_photo_bytes;    /* 0: 20 MiB */
    const atomic_bool *cancel; /* stops soon after it turns true; may be NULL */
    weft_import_sink sink;
} weft_import_options;

size_t weft_import_batch_size(const weft_import_options *options); /* with the default */

/* For importers: counts the issue and tells the sink, whose status it returns. */
weft_status weft_import_tell(const weft_import_sink *sink, const weft_import_issue *issue,
                             weft_import_report *report, weft_err *err);

#endif
