/* embedded.h - files that were compiled into the program (scripts/embed.c). */
#ifndef WEFT_BASE_EMBEDDED_H
#define WEFT_BASE_EMBEDDED_H

#include <stddef.h>
#include <string.h>

#include "base/str.h"

typedef struct {
    const char *name;           /* relative to the folder, "assets/index.js" */
    const unsigned char *bytes; /* [size], followed by a NUL */
    size_t size;
} weft_embedded_file;

/* A table of these is sorted by name and ends with one whose name is NULL. */

/* The file of that name; NULL when there is none. */
static inline const weft_embedded_file *weft_embedded_find(const weft_embedded_file *files,
                                                           const char *name) {
    for (; files->name; files++)
        if (strcmp(files->name, name) == 0) return files;
    return NULL;
}

/* The text of a file that is there. */
static inline weft_str weft_embedded_text(const weft_embedded_file *files, const char *name) {
    const weft_embedded_file *file = weft_embedded_find(files, name);
    return (weft_str){(const char *)file->bytes, file->size};
}

#endif
