/* Saving an inverted file; see index_ivf_file.h.
 *
 * Every part is walked twice: once for its checksum, once to be written. So the header,
 * which has all checksums, comes first, and the writer only ever appends; the index does
 * not change in between, and hashing costs a tenth of what the disk does. */
#include <string.h>

#include <xxhash.h>

#include "base/file.h"
#include "base/mem.h"
#include "index/index_internal.h"
#include "index/index_ivf_file.h"

static const unsigned char zeros[WEFT_IVF_FILE_PAGE];

typedef struct {
    const weft_ivf *ivf;
    weft_ivf_file_header header;
    weft_ivf_file_group *groups; /* [group_count] */
    XXH3_state_t *hash;
    weft_file_writer *file; /* NULL: bytes go into the hash */
    weft_status status;     /* of writing */
    weft_err *err;
} saving;

static void put(saving *s, const void *data, size_t n) {
    if (n == 0 || s->status) return;
    if (s->file) s->status = weft_file_writer_append(s->file, data, n, s->err);
    else XXH3_64bits_update(s->hash, data, n);
}

/* ---- parts ---- */

static void put_group_cells(saving *s, const weft_ivf_group *group) {
    const weft_space *space = s->ivf->space;
    for (size_t c = 0; c < group->n; c++) {
        const weft_ivf_cell *cell = &group->cells[c];
        size_t heads = cell->n * space->heads.stride, rest = cell->n * space->residuals.stride;
        size_t rows = cell->n * sizeof *cell->rows;
        put(s, cell->rows, rows);
        put(s, zeros, weft_ivf_cell_size(space, cell->n) - heads - rest - rows);
        put(s, cell->heads, heads);
        put(s, cell->residuals, rest);
    }
}

/* A group's part of a section that has something of every cell. */
static void put_group(saving *s, weft_ivf_section section, const weft_ivf_group *group) {
    const weft_space *space = s->ivf->space;
    switch (section) {
    case WEFT_IVF_CENTROIDS: put(s, group->centroids, group->n * space->heads.stride); break;
    case WEFT_IVF_REMAINDERS: put(s, group->remainders, group->n * space->residuals.stride); break;
    case WEFT_IVF_SPREADS: put(s, group->spread, group->n * sizeof *group->spread); break;
    case WEFT_IVF_SIZES:
        for (size_t c = 0; c < group->n; c++) put(s, &group->cells[c].n, sizeof(uint32_t));
        break;
    default: put_group_cells(s, group);
    }
}

static void put_section(saving *s, weft_ivf_section section) {
    const weft_ivf *ivf = s->ivf;
    if (section < WEFT_IVF_PRESENT) {
        size_t n;
        const float *floats = weft_ivf_file_floats(ivf->space, section, &n);
        put(s, floats, n * sizeof *floats);
    } else if (section == WEFT_IVF_PRESENT) {
        put(s, ivf->base.present.words, (ivf->base.rows + 63) / 64 * sizeof(uint64_t));
    } else if (section == WEFT_IVF_GROUPS) {
        put(s, s->groups, ivf->group_count * sizeof *s->groups);
    } else {
        for (size_t g = 0; g < ivf->group_count; g++) put_group(s, section, ivf->groups[g]);
    }
}

/* ---- the header ---- */

/* Lists the groups; returns how many bytes all cells take. */
static size_t list_groups(saving *s) {
    size_t size = 0;
    for (size_t g = 0; g < s->ivf->group_count; g++) {
        const weft_ivf_group *group = s->ivf->groups[g];
        weft_ivf_file_group *entry = &s->groups[g];
        XXH3_64bits_reset(s->hash);
        put_group_cells(s, group);
        *entry = (weft_ivf_file_group){XXH3_64bits_digest(s->hash), group->n, 0};
        for (size_t c = 0; c < group->n; c++) {
            entry->rows += group->cells[c].n;
            size += weft_ivf_cell_size(s->ivf->space, group->cells[c].n);
        }
    }
    return size;
}

static weft_status fill_header(saving *s, const weft_index_stamp *stamp) {
    const weft_ivf *ivf = s->ivf;
    weft_ivf_file_header *header = &s->header;
    *header = (weft_ivf_file_header){
        .version = WEFT_IVF_FILE_VERSION,
        .order = WEFT_IVF_FILE_ORDER,
        .header_size = sizeof *header,
        .section_count = WEFT_IVF_SECTIONS,
        .dim = (uint32_t)ivf->space->dim,
        .head = (uint32_t)ivf->space->head,
        .rows = ivf->base.rows,
        .present = ivf->base.present_count,
        .cells = ivf->cell_count,
        .groups = (uint32_t)ivf->group_count,
        .changed = ivf->changed,
        .misfits = ivf->misfits,
    };
    memcpy(header->magic, WEFT_IVF_FILE_MAGIC, sizeof header->magic);
    if (stamp) { /* only up to their ends: what follows may be anything */
        memcpy(header->stamp.model, stamp->model, strlen(stamp->model));
        memcpy(header->stamp.generation, stamp->generation, strlen(stamp->generation));
        header->stamp.change_seq = stamp->change_seq;
    }
    if (!weft_ivf_file_layout(header, list_groups(s)))
        return weft_fail(s->err, WEFT_E_LIMIT, "index: %zu rows are beyond all files",
                         ivf->base.rows);
    for (size_t i = 0; i < WEFT_IVF_CELLS; i++) {
        XXH3_64bits_reset(s->hash);
        put_section(s, (weft_ivf_section)i);
        header->sections[i].checksum = XXH3_64bits_digest(s->hash);
    }
    header->checksum = XXH3_64bits(header, offsetof(weft_ivf_file_header, checksum));
    return WEFT_OK;
}

/* ---- the whole ---- */

static weft_status write_file(saving *s, const char *path) {
    weft_file_writer file;
    weft_status status = weft_file_writer_open(&file, path, s->err);
    if (status) return status;
    s->file = &file;
    put(s, &s->header, sizeof s->header);
    size_t end = sizeof s->header;
    for (size_t i = 0; i < WEFT_IVF_SECTIONS && !s->status; i++) {
        const weft_ivf_file_section *section = &s->header.sections[i];
        put(s, zeros, section->offset - end); /* less than a page */
        put_section(s, (weft_ivf_section)i);
        end = section->offset + section->size;
    }
    if (!s->status) return weft_file_writer_commit(&file, s->err);
    weft_file_writer_abandon(&file);
    return s->status;
}

static weft_status check_savable(const weft_index *index, const weft_index_stamp *stamp,
                                 weft_err *err) {
    if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
        return weft_fail(err, WEFT_E_UNSUPPORTED, "index files need a little-endian machine");
    if (index->engine != &weft_ivf_engine)
        return weft_fail(err, WEFT_E_UNSUPPORTED, "an index of the kind '%s' has no file format",
                         weft_index_engine_name(index));
    if (stamp && (!memchr(stamp->model, '\0', sizeof stamp->model) ||
                  !memchr(stamp->generation, '\0', sizeof stamp->generation)))
        return weft_fail(err, WEFT_E_INVALID, "the stamp's model or generation is too long");
    return WEFT_OK;
}

weft_status weft_index_save(const weft_index *index, const char *path,
                            const weft_index_stamp *stamp, weft_err *err) {
    weft_status status = check_savable(index, stamp, err);
    if (status) return weft_fail_in(err, status, "%s", path);
    saving s = {.ivf = (const weft_ivf *)index, .err = err};
    s.groups = weft_alloc(s.ivf->group_count, sizeof *s.groups);
    s.hash = XXH3_createState();
    if (!s.groups || !s.hash) status = weft_fail(err, WEFT_E_NOMEM, "%s: writing", path);
    if (!status) status = fill_header(&s, stamp);
    if (!status) status = write_file(&s, path);
    XXH3_freeState(s.hash);
    weft_free(s.groups);
    return status;
}
