/* What the writer and the reader of a saved inverted file agree on; see index_ivf_file.h. */
#include "index/index_ivf_file.h"

#include <string.h>
#include <xxhash.h>

#include "base/mem.h"

enum { DIM_MAX = 65536, GROUPS_MAX = UINT16_MAX };

static const char *const SECTIONS[WEFT_IVF_SECTIONS] = {
    "mean",
    "axes",
    "head offsets",
    "head steps",
    "residual offsets",
    "residual steps",
    "head variance",
    "residual variance",
    "remainder variance",
    "present",
    "groups",
    "centroids",
    "remainders",
    "spreads",
    "sizes",
    "cells",
};

const char *weft_ivf_file_section_name(weft_ivf_section section) { return SECTIONS[section]; }

/* ---- the layout ---- */

float *weft_ivf_file_floats(const weft_space *space, weft_ivf_section section, size_t *n) {
    *n = space->dim;
    switch (section) {
    case WEFT_IVF_MEAN: return space->mean;
    case WEFT_IVF_AXES: *n = space->head * space->dim; return space->axes;
    case WEFT_IVF_HEAD_OFFSET: *n = space->head; return space->heads.offset;
    case WEFT_IVF_HEAD_STEP: *n = space->head; return space->heads.step;
    case WEFT_IVF_RESIDUAL_OFFSET: return space->residuals.offset;
    case WEFT_IVF_RESIDUAL_STEP: return space->residuals.step;
    case WEFT_IVF_HEAD_VARIANCE: *n = space->head; return space->head_variance;
    case WEFT_IVF_RESIDUAL_VARIANCE: return space->residual_variance;
    default: return space->remainder_variance;
    }
}

static size_t stride_of(size_t dim) {
    return (dim + WEFT_DOT_CODE_PAD - 1) / WEFT_DOT_CODE_PAD * WEFT_DOT_CODE_PAD;
}

/* How many items a section has, and of how many bytes. */
static size_t count_items(const weft_ivf_file_header *header, weft_ivf_section section,
                          size_t *bytes) {
    *bytes = sizeof(float);
    switch (section) {
    case WEFT_IVF_AXES: *bytes = header->dim * sizeof(float); return header->head;
    case WEFT_IVF_HEAD_OFFSET:
    case WEFT_IVF_HEAD_STEP:
    case WEFT_IVF_HEAD_VARIANCE: return header->head;
    case WEFT_IVF_PRESENT: *bytes = sizeof(uint64_t); return (header->rows + 63) / 64;
    case WEFT_IVF_GROUPS: *bytes = sizeof(weft_ivf_file_group); return header->groups;
    case WEFT_IVF_CENTROIDS: *bytes = stride_of(header->head); return header->cells;
    case WEFT_IVF_REMAINDERS: *bytes = stride_of(header->dim); return header->cells;
    case WEFT_IVF_SPREADS: return header->cells;
    case WEFT_IVF_SIZES: *bytes = sizeof(uint32_t); return header->cells;
    default: return header->dim;
    }
}

bool weft_ivf_file_layout(weft_ivf_file_header *header, size_t cells_size) {
    size_t end = sizeof *header;
    for (size_t i = 0; i < WEFT_IVF_SECTIONS; i++) {
        size_t align = i == WEFT_IVF_CELLS ? WEFT_IVF_FILE_PAGE : WEFT_IVF_FILE_ALIGN;
        size_t bytes, n = count_items(header, (weft_ivf_section)i, &bytes);
        size_t size = cells_size;
        if (i != WEFT_IVF_CELLS && !weft_mul_size(n, bytes, &size)) return false;
        if (!weft_add_size(end, align - 1, &end)) return false;
        header->sections[i].offset = end = end / align * align;
        header->sections[i].size = size;
        if (!weft_add_size(end, size, &end)) return false;
    }
    header->file_size = end;
    return true;
}

/* ---- what a header must be ---- */

static weft_status check_kind(const weft_ivf_file_header *header, size_t size, weft_err *err) {
    if (memcmp(header->magic, WEFT_IVF_FILE_MAGIC, sizeof header->magic) != 0)
        return weft_fail(err, WEFT_E_FORMAT, "not an index of weft");
    if (header->order != WEFT_IVF_FILE_ORDER)
        return header->order == __builtin_bswap32(WEFT_IVF_FILE_ORDER)
                   ? weft_fail(err, WEFT_E_UNSUPPORTED, "written in the other byte order")
                   : weft_fail(err, WEFT_E_FORMAT, "the header is damaged (byte order)");
    if (header->version != WEFT_IVF_FILE_VERSION)
        return weft_fail(err, WEFT_E_UNSUPPORTED, "format version %u; this weft reads %d",
                         header->version, (int)WEFT_IVF_FILE_VERSION);
    if (header->header_size != sizeof *header || header->section_count != WEFT_IVF_SECTIONS ||
        header->checksum != XXH3_64bits(header, offsetof(weft_ivf_file_header, checksum)))
        return weft_fail(err, WEFT_E_FORMAT, "the header is damaged (checksum)");
    if (header->file_size != size)
        return weft_fail(err, WEFT_E_FORMAT, "%zu bytes, the header says %llu", size,
                         (unsigned long long)header->file_size);
    return WEFT_OK;
}

static weft_status check_counts(const weft_ivf_file_header *header, weft_err *err) {
    if (header->dim == 0 || header->dim > DIM_MAX || header->head == 0 ||
        header->head > header->dim || header->head > WEFT_SPACE_HEAD_MAX)
        return weft_fail(err, WEFT_E_FORMAT, "%u dimensions, %u of them in the head", header->dim,
                         header->head);
    if (header->rows > UINT32_MAX || header->present > header->rows)
        return weft_fail(err, WEFT_E_FORMAT, "%llu rows, %llu of them present",
                         (unsigned long long)header->rows, (unsigned long long)header->present);
    if (header->groups > GROUPS_MAX || header->cells < header->groups ||
        header->cells > (uint64_t)header->groups * WEFT_IVF_GROUP_CELLS)
        return weft_fail(err, WEFT_E_FORMAT, "%llu cells in %u groups",
                         (unsigned long long)header->cells, header->groups);
    if (!memchr(header->stamp.model, '\0', sizeof header->stamp.model) ||
        !memchr(header->stamp.generation, '\0', sizeof header->stamp.generation))
        return weft_fail(err, WEFT_E_FORMAT, "the stamp's texts do not end");
    return WEFT_OK;
}

/* Offsets and sizes are those that the counts ask for. */
static weft_status check_layout(const weft_ivf_file_header *header, weft_err *err) {
    weft_ivf_file_header wanted = *header;
    bool fits = weft_ivf_file_layout(&wanted, header->sections[WEFT_IVF_CELLS].size);
    for (size_t i = 0; i < WEFT_IVF_SECTIONS && fits; i++)
        if (wanted.sections[i].offset != header->sections[i].offset ||
            wanted.sections[i].size != header->sections[i].size)
            return weft_fail(err, WEFT_E_FORMAT, "section '%s' is not where the counts put it",
                             SECTIONS[i]);
    if (!fits || wanted.file_size != header->file_size)
        return weft_fail(err, WEFT_E_FORMAT, "sections of %llu bytes do not end with the file",
                         (unsigned long long)header->sections[WEFT_IVF_CELLS].size);
    return WEFT_OK;
}

weft_status weft_ivf_file_check(weft_ivf_file_header *header, const unsigned char *bytes,
                                size_t size, weft_err *err) {
    if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
        return weft_fail(err, WEFT_E_UNSUPPORTED, "index files need a little-endian machine");
    if (size < sizeof *header)
        return weft_fail(err, WEFT_E_FORMAT, "%zu bytes are no index of weft", size);
    memcpy(header, bytes, sizeof *header);
    weft_status status = check_kind(header, size, err);
    if (!status) status = check_counts(header, err);
    if (!status) status = check_layout(header, err);
    return status;
}
