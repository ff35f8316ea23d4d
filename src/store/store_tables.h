/* store_tables.h - the tables that a backup holds, in an order in which rows can be put back.
 *
 * A backup is a SQLite database of weft's schema, whatever store it came from. A table or
 * column that a migration adds is added here, or to the list of those that are left out. */
#ifndef WEFT_STORE_STORE_TABLES_H
#define WEFT_STORE_STORE_TABLES_H

#include <stddef.h>

/* What a column holds, and so how the stores' forms become each other. SQLite's is the one
 * that its migrations say: booleans are 0 and 1, times RFC 3339, lists JSON. */
typedef enum {
    WEFT_COLUMN_TEXT,
    WEFT_COLUMN_INTEGER,
    WEFT_COLUMN_REAL,
    WEFT_COLUMN_BOOLEAN,
    WEFT_COLUMN_TIME,
    WEFT_COLUMN_TIME_OR_EMPTY, /* PostgreSQL: NULL where SQLite has '' */
    WEFT_COLUMN_LIST,          /* of texts */
    WEFT_COLUMN_JSON,
    WEFT_COLUMN_VECTOR
} weft_column_type;

typedef struct {
    const char *name;
    weft_column_type type;
} weft_column;

enum { WEFT_TABLE_COLUMNS_MAX = 16 };

typedef struct {
    const char *name;
    const char *identity; /* the column whose values the database gives out; NULL: none */
    weft_column columns[WEFT_TABLE_COLUMNS_MAX]; /* up to the first without a name */
} weft_table;

extern const weft_table weft_tables[]; /* the last one has no name */

/* What a backup does not hold: history and work that a restored database makes anew, and how
 * far sources were followed, since they are copied again. Ends with NULL. */
extern const char *const weft_tables_left_out[];

size_t weft_table_column_count(const weft_table *table);

#endif
