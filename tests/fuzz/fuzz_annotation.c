/* Annotations of DeepFashion2: what is usable is within its bounds, what is not says why. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/import_deepfashion2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static weft_annotation annotation;
    weft_err err = {0};
    if (weft_annotation_parse(&annotation, (weft_str){(const char *)data, size}, &err)) {
        if (!err.message[0]) abort();
        return 0;
    }
    if (annotation.count > WEFT_ANNOTATION_MAX_GARMENTS) abort();
    for (size_t i = 0; i < annotation.count; i++) {
        const weft_annotated_garment *g = &annotation.garments[i];
        if (!g->item || (i && g->item <= g[-1].item)) abort();
        if (!g->is_usable) {
            if (!weft_garment_issue_rejects(g->problem) || !g->detail[0]) abort();
            continue;
        }
        if (!weft_garment_category_name(g->category)) abort();
        if (g->corners.right <= g->corners.left || g->corners.bottom <= g->corners.top) abort();
    }
    return 0;
}
