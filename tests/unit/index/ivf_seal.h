/* ivf_seal.h - makes the checksums of a changed index file right again, so that tests
 * reach the checks behind them. */
#ifndef WEFT_TESTS_IVF_SEAL_H
#define WEFT_TESTS_IVF_SEAL_H

#include <string.h>
#include <xxhash.h>

#include "index/index_ivf_file.h"

static inline bool ivf_seal_fits(const weft_ivf_file_section *section, size_t n) {
    return section->offset <= n && section->size <= n - section->offset &&
           section->offset % WEFT_IVF_FILE_ALIGN == 0;
}

/* The groups' checksums, as far as groups, sizes and cells are where they should be. */
static inline void ivf_seal_groups(unsigned char *bytes, const weft_ivf_file_header *header) {
    weft_ivf_file_group *groups = (void *)(bytes + header->sections[WEFT_IVF_GROUPS].offset);
    const weft_ivf_file_section *sizes = &header->sections[WEFT_IVF_SIZES];
    const weft_ivf_file_section *cells = &header->sections[WEFT_IVF_CELLS];
    weft_space space = {.heads = {.stride = (header->head + 63) / 64 * 64},
                        .residuals = {.stride = (header->dim + 63) / 64 * 64}};
    size_t cell = 0, byte = 0;
    for (size_t g = 0; g < header->sections[WEFT_IVF_GROUPS].size / sizeof *groups; g++) {
        size_t first = byte;
        for (uint32_t c = 0; c < groups[g].cells; c++, cell++) {
            if (cell >= sizes->size / sizeof(uint32_t)) return;
            uint32_t n;
            memcpy(&n, bytes + sizes->offset + cell * sizeof n, sizeof n);
            byte += weft_ivf_cell_size(&space, n);
            if (byte > cells->size) return;
        }
        groups[g].checksum = XXH3_64bits(bytes + cells->offset + first, byte - first);
    }
}

/* bytes are 64-byte aligned. */
static inline void ivf_seal(unsigned char *bytes, size_t n) {
    weft_ivf_file_header header;
    if (n < sizeof header) return;
    memcpy(&header, bytes, sizeof header);
    if (ivf_seal_fits(&header.sections[WEFT_IVF_GROUPS], n) &&
        ivf_seal_fits(&header.sections[WEFT_IVF_SIZES], n) &&
        ivf_seal_fits(&header.sections[WEFT_IVF_CELLS], n))
        ivf_seal_groups(bytes, &header);
    for (size_t i = 0; i < WEFT_IVF_CELLS; i++) {
        weft_ivf_file_section *section = &header.sections[i];
        if (ivf_seal_fits(section, n))
            section->checksum = XXH3_64bits(bytes + section->offset, section->size);
    }
    header.file_size = n;
    header.checksum = XXH3_64bits(&header, offsetof(weft_ivf_file_header, checksum));
    memcpy(bytes, &header, sizeof header);
}

#endif
