/* synonyms_file.h - a shop's own synonyms, DATA/synonyms.txt, and when it changes.
 *
 * Without such a file weft's own list holds (text/synonyms.h). One thread. */
#ifndef WEFT_SYNC_SYNONYMS_FILE_H
#define WEFT_SYNC_SYNONYMS_FILE_H

#include "text/synonyms.h"

typedef struct weft_synonyms_file weft_synonyms_file;

enum { WEFT_SYNONYMS_MAX_BYTES = 4 << 20 };
#define WEFT_SYNONYMS_NAME "synonyms.txt"

/* Reads what holds now. Fails as weft_synonyms_parse, naming the file, and as
 * weft_file_read; *file is then NULL. */
weft_status weft_synonyms_file_open(weft_synonyms_file **file, const char *data_folder,
                                    weft_err *err);
void weft_synonyms_file_close(weft_synonyms_file *file); /* and all it has given out */

/* What holds now: another pointer when the file has changed since the last look. When it
 * cannot be read, fails once for each change; what held before goes on to. */
weft_status weft_synonyms_file_look(weft_synonyms_file *file, weft_err *err);
const weft_synonyms *weft_synonyms_file_current(const weft_synonyms_file *file);

#endif
