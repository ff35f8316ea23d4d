/* collaborative_seal.h - makes size and checksums of a changed model's bytes right again, so
 * that tests reach the checks behind them. */
#ifndef WEFT_TESTS_COLLABORATIVE_SEAL_H
#define WEFT_TESTS_COLLABORATIVE_SEAL_H

#include <string.h>
#include <xxhash.h>

#include "recommend/collaborative_internal.h"

static inline void collaborative_seal(unsigned char *bytes, size_t size) {
    weft_collaborative_header header;
    if (size < sizeof header) return;
    memcpy(&header, bytes, sizeof header);
    const size_t sizes[WEFT_COLLABORATIVE_PARTS] = {
        [WEFT_COLLABORATIVE_USER_GRAM] = (size_t)header.dim * header.dim * sizeof(float),
        [WEFT_COLLABORATIVE_FACTORS] = header.items * header.dim * sizeof(float),
        [WEFT_COLLABORATIVE_IDS] = header.text_size};
    size_t at = sizeof header;
    for (size_t i = 0; i < WEFT_COLLABORATIVE_PARTS && sizes[i] <= size - at; i++) {
        header.part_checksums[i] = XXH3_64bits(bytes + at, sizes[i]);
        at += sizes[i];
    }
    header.file_size = size;
    header.checksum = XXH3_64bits(&header, offsetof(weft_collaborative_header, checksum));
    memcpy(bytes, &header, sizeof header);
}

#endif
