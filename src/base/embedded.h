/* embedded.h - files that were compiled into the program (scripts/embed.c). */
#ifndef WEFT_BASE_EMBEDDED_H
#define WEFT_BASE_EMBEDDED_H

#include <stddef.h>

typedef struct {
    const char *name;           /* relative to the folder, "assets/index.js" */
    const unsigned char *bytes; /* [size], followed by a NUL */
    size_t size;
} weft_embedded_file;

/* A table of these is sorted by name and ends with one whose name is NULL. */

#endif
