/* embedding_kind.h - a product's three embeddings, each of which can be searched. */
#ifndef WEFT_CATALOG_EMBEDDING_KIND_H
#define WEFT_CATALOG_EMBEDDING_KIND_H

#include <stdbool.h>

typedef enum {
    WEFT_KIND_IMAGE,  /* vs_image_search */
    WEFT_KIND_TEXT,   /* vs_text_search */
    WEFT_KIND_HYBRID, /* vs_hybrid_search */
    WEFT_KIND_COUNT
} weft_embedding_kind;

/* "image", "text" or "hybrid". */
const char *weft_embedding_kind_name(weft_embedding_kind kind);
bool weft_embedding_kind_named(const char *name, weft_embedding_kind *kind);

#endif
