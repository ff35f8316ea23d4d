/* index_ivf_file.h - the bytes of a saved inverted file (docs/index-format.md), as the
 * writer and the reader share them. For the files of this room and its tests only.
 *
 * A header, then sections in a fixed order, each from a multiple of 64 bytes on and the
 * last, of all cells' rows and codes, from a page on. Offsets and sizes follow from the
 * header's counts alone, so the reader computes them anew and wants the same. */
#ifndef WEFT_INDEX_INDEX_IVF_FILE_H
#define WEFT_INDEX_INDEX_IVF_FILE_H

#include "index/index_file.h"
#include "index/index_ivf.h"

#define WEFT_IVF_FILE_MAGIC "\x89WIVF\r\n\x1a" /* as PNG's: a transfer as text breaks it */

enum {
    WEFT_IVF_FILE_VERSION = 1,
    WEFT_IVF_FILE_ORDER = 0x01020304, /* reads 0x04030201 in the other byte order */
    WEFT_IVF_FILE_ALIGN = 64,
    WEFT_IVF_FILE_PAGE = 4096,
};

typedef enum {
    WEFT_IVF_MEAN, /* float32 from here ... */
    WEFT_IVF_AXES,
    WEFT_IVF_HEAD_OFFSET,
    WEFT_IVF_HEAD_STEP,
    WEFT_IVF_RESIDUAL_OFFSET,
    WEFT_IVF_RESIDUAL_STEP,
    WEFT_IVF_HEAD_VARIANCE,
    WEFT_IVF_RESIDUAL_VARIANCE,
    WEFT_IVF_REMAINDER_VARIANCE, /* ... to here: the space */
    WEFT_IVF_PRESENT,
    WEFT_IVF_GROUPS,
    WEFT_IVF_CENTROIDS,
    WEFT_IVF_REMAINDERS,
    WEFT_IVF_SPREADS,
    WEFT_IVF_SIZES,
    WEFT_IVF_CELLS,
    WEFT_IVF_SECTIONS,
} weft_ivf_section;

/* All numbers are little-endian, all checksums XXH3 of 64 bits without a seed. */
typedef struct {
    uint64_t offset, size;
    uint64_t checksum; /* of WEFT_IVF_CELLS 0: every group has its own */
} weft_ivf_file_section;

typedef struct {
    char magic[8];
    uint32_t version, order, header_size, section_count;
    uint64_t file_size;
    uint32_t dim, head;
    uint64_t rows, present, cells;
    uint32_t groups, zero;
    uint64_t changed, misfits;
    weft_index_stamp stamp;
    weft_ivf_file_section sections[WEFT_IVF_SECTIONS];
    unsigned char reserved[344]; /* 0 */
    uint64_t checksum;           /* of all bytes before */
} weft_ivf_file_header;

_Static_assert(sizeof(weft_ivf_file_header) == 1024, "the header has no padding");
_Static_assert(WEFT_DOT_CODE_PAD == 64, "rows of codes are padded to 64 in the file");

/* What WEFT_IVF_GROUPS has of each group. */
typedef struct {
    uint64_t checksum; /* of its cells' part of WEFT_IVF_CELLS */
    uint32_t cells, rows;
} weft_ivf_file_group;

/* Fills the header's file_size and the sections' offsets and sizes from its counts;
 * false when they are beyond all memory. */
bool weft_ivf_file_layout(weft_ivf_file_header *header, size_t cells_size);

/* Copies the header out of a file's bytes and checks all that it says of itself and of
 * where sections are. WEFT_E_FORMAT or WEFT_E_UNSUPPORTED; the message names no file. */
weft_status weft_ivf_file_check(weft_ivf_file_header *header, const unsigned char *bytes,
                                size_t size, weft_err *err);

const char *weft_ivf_file_section_name(weft_ivf_section section); /* for messages */

/* The array of the space that a section of floats holds, [*n]. */
float *weft_ivf_file_floats(const weft_space *space, weft_ivf_section section, size_t *n);

/* Opens a file whose bytes are in a block, 64-byte aligned; the index holds the block as
 * long as it has cells. Messages do not name the file. */
weft_status weft_ivf_file_read(weft_index **index, weft_ivf_block *block,
                               const weft_index_stamp *expected, weft_index_stamp *found,
                               weft_err *err);

#endif
