#include "catalog/embedding_kind.h"

#include <string.h>

static const char *const names[WEFT_KIND_COUNT] = {"image", "text", "hybrid"};

const char *weft_embedding_kind_name(weft_embedding_kind kind) { return names[kind]; }

bool weft_embedding_kind_named(const char *name, weft_embedding_kind *kind) {
    for (int i = 0; i < WEFT_KIND_COUNT; i++) {
        if (strcmp(names[i], name) != 0) continue;
        *kind = (weft_embedding_kind)i;
        return true;
    }
    return false;
}
