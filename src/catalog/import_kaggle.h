/* import_kaggle.h - the catalog format of Kaggle's "Fashion Product Images". */
#ifndef WEFT_CATALOG_IMPORT_KAGGLE_H
#define WEFT_CATALOG_IMPORT_KAGGLE_H

#include "catalog/import.h"

/* Imports styles.csv and the photos beside it. Columns are found by name, in any
 * order and case: id and productDisplayName must be there; gender, masterCategory,
 * subCategory, articleType, baseColour (or baseColor), season, year, usage and price
 * may be. A row with more fields than the header and no quotes has commas in its
 * name, as Kaggle's original has: the surplus is put back into the name.
 *
 * Memory is bounded whatever the size of the table, but for the set of ids seen.
 * Importing the same data again writes no photo and hands over the same products,
 * so it changes nothing; an import that was cut off is simply begun again.
 *
 * Fails with what photo_source.h and the sink's callbacks fail with, WEFT_E_FORMAT
 * (the header), WEFT_E_CANCELLED, WEFT_E_IO, WEFT_E_NOMEM. *report tells what was
 * done until then. */
weft_status weft_import_kaggle(const weft_import_options *options, weft_import_report *report,
                               weft_err *err);

#endif
