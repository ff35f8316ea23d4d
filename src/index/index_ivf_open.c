/* Opening a saved inverted file; see index_ivf_file.h.
 *
 * Nothing in the file is believed. First the header, then the small sections, which are
 * copied; then, group by group on all processors, the cells' block, which stays where it
 * is; last, every row must be in one cell. What a search could fall over (a row beyond the
 * end, a code of -128, a NaN) is refused even when every checksum is right. */
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/file.h"
#include "base/mem.h"
#include "index/index_internal.h"
#include "index/index_ivf_file.h"
#include "index/index_work.h"

enum { MANY_BYTES = 8 << 20 }; /* of cells: more pay for several threads */

/* Beyond these, products of several such numbers would no longer be finite. */
static const float FLOAT_MAX = 1e9f, AXIS_MAX = 1.01f;

typedef struct {
    weft_ivf_block *block;
    weft_ivf_file_header header;
    const weft_ivf_file_group *groups; /* [header.groups], in the file */
    const uint32_t *sizes;             /* [header.cells], likewise */
    size_t *first_cell, *first_byte;   /* [groups + 1], into all cells and their section */
    weft_space *space;
    weft_ivf *ivf;
} opening;

static const unsigned char *section_at(const opening *o, weft_ivf_section section) {
    return o->block->bytes + o->header.sections[section].offset;
}

/* ---- small sections ---- */

static weft_status check_stamp(const weft_index_stamp *is, const weft_index_stamp *expected,
                               weft_err *err) {
    if (strncmp(is->model, expected->model, sizeof is->model) != 0)
        return weft_fail(err, WEFT_E_CONFLICT, "an index of model '%s', not '%.127s'", is->model,
                         expected->model);
    if (expected->generation[0] &&
        strncmp(is->generation, expected->generation, sizeof is->generation) != 0)
        return weft_fail(err, WEFT_E_CONFLICT, "an index of generation '%s', not '%.63s'",
                         is->generation, expected->generation);
    return WEFT_OK;
}

static weft_status check_sections(const opening *o, weft_err *err) {
    size_t end = sizeof o->header;
    for (size_t i = 0; i < WEFT_IVF_SECTIONS; i++) {
        const weft_ivf_file_section *section = &o->header.sections[i];
        for (; end < section->offset; end++)
            if (o->block->bytes[end])
                return weft_fail(err, WEFT_E_FORMAT, "byte %zu, between sections, is not 0", end);
        end = section->offset + section->size;
        uint64_t sum =
            i == WEFT_IVF_CELLS ? 0 : XXH3_64bits(o->block->bytes + section->offset, section->size);
        if (sum != section->checksum)
            return weft_fail(err, WEFT_E_FORMAT, "section '%s' is damaged (checksum)",
                             weft_ivf_file_section_name((weft_ivf_section)i));
    }
    return WEFT_OK;
}

static bool is_signed(weft_ivf_section section) {
    return section == WEFT_IVF_MEAN || section == WEFT_IVF_AXES ||
           section == WEFT_IVF_HEAD_OFFSET || section == WEFT_IVF_RESIDUAL_OFFSET;
}

static weft_status check_floats(const float *x, size_t n, float min, float max, const char *what,
                                weft_err *err) {
    for (size_t i = 0; i < n; i++)
        if (!(x[i] >= min && x[i] <= max))
            return weft_fail(err, WEFT_E_FORMAT, "%s, value %zu: %g", what, i, (double)x[i]);
    return WEFT_OK;
}

static weft_status read_space(opening *o, weft_err *err) {
    weft_status status = weft_space_new(&o->space, o->header.dim, o->header.head, err);
    for (size_t i = 0; i < WEFT_IVF_PRESENT && !status; i++) {
        weft_ivf_section section = (weft_ivf_section)i;
        size_t n;
        float *floats = weft_ivf_file_floats(o->space, section, &n);
        float max = section == WEFT_IVF_AXES ? AXIS_MAX : FLOAT_MAX;
        memcpy(floats, section_at(o, section), n * sizeof *floats);
        status = check_floats(floats, n, is_signed(section) ? -max : 0, max,
                              weft_ivf_file_section_name(section), err);
    }
    return status ? status : weft_space_pack(o->space, err);
}

static weft_status read_present(opening *o, weft_err *err) {
    weft_index *index = &o->ivf->base;
    size_t rows = index->rows, words = (rows + 63) / 64;
    memcpy(index->present.words, section_at(o, WEFT_IVF_PRESENT), words * sizeof(uint64_t));
    index->present_count = weft_bitset_popcount(&index->present);
    if (rows % 64 && index->present.words[words - 1] >> (rows % 64))
        return weft_fail(err, WEFT_E_FORMAT, "rows beyond the last one are present");
    if (index->present_count != o->header.present)
        return weft_fail(err, WEFT_E_FORMAT, "%zu rows are present, the header says %llu",
                         index->present_count, (unsigned long long)o->header.present);
    return WEFT_OK;
}

/* ---- groups ---- */

/* Where each group's cells begin. */
static weft_status measure_groups(opening *o, weft_err *err) {
    size_t groups = o->header.groups, cell = 0, byte = 0;
    o->groups = (const void *)section_at(o, WEFT_IVF_GROUPS);
    o->sizes = (const void *)section_at(o, WEFT_IVF_SIZES);
    o->first_cell = weft_calloc(groups + 1, sizeof *o->first_cell);
    o->first_byte = weft_calloc(groups + 1, sizeof *o->first_byte);
    if (!o->first_cell || !o->first_byte)
        return weft_fail(err, WEFT_E_NOMEM, "%zu groups of cells", groups);
    for (size_t g = 0; g < groups; g++) {
        size_t cells = o->groups[g].cells, rows = 0;
        if (cells == 0 || cells > WEFT_IVF_GROUP_CELLS || cells > o->header.cells - cell)
            return weft_fail(err, WEFT_E_FORMAT, "group %zu: %zu cells", g, cells);
        for (size_t end = cell + cells; cell < end; cell++) {
            if (o->sizes[cell] > WEFT_IVF_CELL_MAX)
                return weft_fail(err, WEFT_E_FORMAT, "cell %zu: %u rows, limit %d", cell,
                                 o->sizes[cell], (int)WEFT_IVF_CELL_MAX);
            rows += o->sizes[cell];
            byte += weft_ivf_cell_size(o->space, o->sizes[cell]);
        }
        if (rows != o->groups[g].rows)
            return weft_fail(err, WEFT_E_FORMAT, "group %zu: %zu rows in cells, not %u", g, rows,
                             o->groups[g].rows);
        o->first_cell[g + 1] = cell;
        o->first_byte[g + 1] = byte;
    }
    if (cell != o->header.cells || byte != o->header.sections[WEFT_IVF_CELLS].size)
        return weft_fail(err, WEFT_E_FORMAT, "cells of %zu bytes, the header says %llu", byte,
                         (unsigned long long)o->header.sections[WEFT_IVF_CELLS].size);
    return WEFT_OK;
}

/* Sums of products are only known to fit their 32 bits for codes from -127 on. */
static bool has_least_code(const int8_t *codes, size_t n) {
    unsigned char found = 0;
    for (size_t i = 0; i < n; i++) found |= codes[i] == INT8_MIN;
    return found;
}

static weft_status fill_group(opening *o, size_t number, weft_err *err) {
    const weft_space *space = o->space;
    weft_ivf_group *group = o->ivf->groups[number];
    size_t first = o->first_cell[number], n = group->n;
    size_t head = space->heads.stride, rest = space->residuals.stride;
    memcpy(group->centroids, section_at(o, WEFT_IVF_CENTROIDS) + first * head, n * head);
    memcpy(group->remainders, section_at(o, WEFT_IVF_REMAINDERS) + first * rest, n * rest);
    const float *spread = (const float *)(const void *)section_at(o, WEFT_IVF_SPREADS) + first;
    for (size_t i = 0; i < n; i++) {
        weft_ivf_set_lead(space, group, i);
        weft_ivf_set_spread(group, i, spread[i]);
    }
    if (has_least_code(group->centroids, n * head) || has_least_code(group->remainders, n * rest))
        return weft_fail(err, WEFT_E_FORMAT, "group %zu: a centroid has a code of -128", number);
    char what[40];
    snprintf(what, sizeof what, "group %zu: spread", number);
    return check_floats(group->spread, n, 0, FLOAT_MAX, what, err);
}

/* One group of cells, by any thread. */
static weft_status open_group(void *context, size_t number, weft_err *err) {
    opening *o = context;
    const weft_space *space = o->space;
    const unsigned char *bytes = section_at(o, WEFT_IVF_CELLS) + o->first_byte[number];
    weft_ivf_group **group = &o->ivf->groups[number];
    weft_status status = weft_ivf_group_new(group, space, o->groups[number].cells, err);
    if (!status) status = fill_group(o, number, err);
    if (status) return status;
    if (XXH3_64bits(bytes, o->first_byte[number + 1] - o->first_byte[number]) !=
        o->groups[number].checksum)
        return weft_fail(err, WEFT_E_FORMAT, "group %zu: its cells are damaged (checksum)", number);
    for (size_t c = 0; c < (*group)->n; c++) {
        weft_ivf_cell *cell = &(*group)->cells[c];
        size_t n = o->sizes[o->first_cell[number] + c];
        weft_ivf_cell_place(cell, space, n, (unsigned char *)(uintptr_t)bytes);
        cell->block = o->block;
        atomic_fetch_add(&o->block->holders, 1);
        if (has_least_code(cell->heads, n * (space->heads.stride + space->residuals.stride)))
            return weft_fail(err, WEFT_E_FORMAT, "group %zu: a row has a code of -128", number);
        bytes += weft_ivf_cell_size(space, n);
    }
    return WEFT_OK;
}

static weft_status open_groups(opening *o, weft_err *err) {
    size_t groups = o->header.groups;
    bool alone = o->header.sections[WEFT_IVF_CELLS].size < MANY_BYTES;
    const weft_index_source source = {.threads = alone ? 1 : 0};
    weft_work work;
    weft_status status = weft_work_init(&work, &source, groups + 1, err);
    if (!status) status = weft_work_run(&work, open_group, o, groups, err);
    weft_work_deinit(&work);
    return status;
}

/* ---- rows ---- */

static weft_status place_rows(const opening *o, weft_bitset *missing, weft_err *err) {
    weft_ivf *ivf = o->ivf;
    for (size_t g = 0; g < ivf->group_count; g++)
        for (size_t c = 0; c < ivf->groups[g]->n; c++) {
            const weft_ivf_cell *cell = &ivf->groups[g]->cells[c];
            for (size_t i = 0; i < cell->n; i++) {
                uint32_t row = cell->rows[i];
                if (row >= ivf->base.rows || !weft_bitset_get(missing, row))
                    return weft_fail(err, WEFT_E_FORMAT,
                                     "group %zu, cell %zu: row %u is not in the index, or twice", g,
                                     c, row);
                weft_bitset_unset(missing, row);
                *weft_ivf_place_of(ivf, row) = weft_ivf_place(g, c);
            }
        }
    size_t left = weft_bitset_popcount(missing);
    if (left) return weft_fail(err, WEFT_E_FORMAT, "%zu rows are in no cell", left);
    return WEFT_OK;
}

static weft_status open_rows(const opening *o, weft_err *err) {
    weft_bitset missing;
    weft_status status = weft_bitset_init(&missing, o->ivf->base.rows, err);
    if (status) return status;
    weft_bitset_fill(&missing);
    weft_bitset_and(&missing, &o->ivf->base.present);
    status = place_rows(o, &missing, err);
    weft_bitset_deinit(&missing);
    return status;
}

/* ---- the whole ---- */

static weft_status open_index(opening *o, weft_err *err) {
    weft_status status = check_sections(o, err);
    if (!status) status = read_space(o, err);
    if (!status) status = measure_groups(o, err);
    if (status) return status;
    const weft_index_source source = {.rows = o->header.rows, .dim = o->header.dim};
    status = weft_ivf_new(&o->ivf, &source, o->space, o->header.groups, err);
    if (status) return status;
    o->ivf->cell_count = o->header.cells;
    o->ivf->changed = o->header.changed;
    o->ivf->misfits = o->header.misfits;
    status = read_present(o, err);
    if (!status) status = open_groups(o, err);
    if (!status) status = open_rows(o, err);
    if (!status) weft_ivf_measure_centroids(o->ivf);
    return status;
}

weft_status weft_ivf_file_read(weft_index **out, weft_ivf_block *block,
                               const weft_index_stamp *expected, weft_index_stamp *found,
                               weft_err *err) {
    *out = NULL;
    opening o = {.block = block};
    weft_status status = weft_ivf_file_check(&o.header, block->bytes, block->size, err);
    if (status) return status;
    if (found) *found = o.header.stamp;
    if (expected) status = check_stamp(&o.header.stamp, expected, err);
    if (!status) status = open_index(&o, err);
    if (status && o.ivf) weft_index_free(&o.ivf->base);
    else if (!status) *out = &o.ivf->base;
    weft_space_release(o.space);
    weft_free(o.first_cell);
    weft_free(o.first_byte);
    return status;
}

static void free_mapped_block(weft_ivf_block *block) {
    weft_file_map map = {.data = block->bytes, .size = block->size};
    weft_file_map_close(&map);
    weft_free(block);
}

weft_status weft_index_open(weft_index **out, const char *path, const weft_index_stamp *expected,
                            weft_index_stamp *found, weft_err *err) {
    weft_file_map map;
    *out = NULL;
    weft_status status = weft_file_map_open(&map, path, err);
    if (status) return status;
    weft_ivf_block *block = weft_calloc(1, sizeof *block);
    if (!block) {
        weft_file_map_close(&map);
        return weft_fail(err, WEFT_E_NOMEM, "%s: opening", path);
    }
    *block = (weft_ivf_block){
        .free = free_mapped_block, .bytes = (unsigned char *)(uintptr_t)map.data, .size = map.size};
    atomic_init(&block->holders, 1); /* the index's cells have theirs */
    status = weft_ivf_file_read(out, block, expected, found, err);
    weft_ivf_block_release(block);
    return status ? weft_fail_in(err, status, "%s", path) : WEFT_OK;
}
