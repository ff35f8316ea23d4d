/* Parts of an inverted file and who holds them; see index_ivf.h. */
#include "index/index_ivf.h"

#include <math.h>
#include <string.h>

#include "base/cpu.h"
#include "base/mem.h"

enum {
    LINE = 64,
    MISFIT_WEIGHT = 100, /* a row that is told badly is worse than one that changed */
};

_Static_assert((int)WEFT_IVF_LEAD <= (int)WEFT_DOT_CODE_PAD, "shorter heads are padded");

static size_t round_up(size_t n) { return (n + LINE - 1) / LINE * LINE; }

/* ---- blocks and cells ---- */

static void free_heap_block(weft_ivf_block *block) {
    weft_free(block->bytes);
    weft_free(block);
}

weft_status weft_ivf_block_new(weft_ivf_block **out, size_t size, weft_err *err) {
    weft_ivf_block *block = weft_calloc(1, sizeof *block);
    unsigned char *bytes = weft_alloc_aligned(size, 1);
    if (!block || !bytes) {
        weft_free(block);
        weft_free(bytes);
        return weft_fail(err, WEFT_E_NOMEM, "index: codes of %zu bytes", size);
    }
    *block = (weft_ivf_block){.free = free_heap_block, .bytes = bytes, .size = size};
    atomic_init(&block->holders, 1);
    *out = block;
    return WEFT_OK;
}

void weft_ivf_block_release(weft_ivf_block *block) {
    if (block && atomic_fetch_sub(&block->holders, 1) == 1) block->free(block);
}

size_t weft_ivf_cell_size(const weft_space *space, size_t n) {
    return round_up(n * sizeof(uint32_t)) + n * space->heads.stride + n * space->residuals.stride;
}

void weft_ivf_cell_place(weft_ivf_cell *cell, const weft_space *space, size_t n,
                         unsigned char *bytes) {
    unsigned char *heads = bytes + round_up(n * sizeof(uint32_t));
    cell->n = (uint32_t)n;
    cell->rows = (const uint32_t *)(const void *)bytes;
    cell->heads = (const int8_t *)heads;
    cell->residuals = (const int8_t *)heads + n * space->heads.stride;
}

/* ---- groups ---- */

weft_status weft_ivf_group_new(weft_ivf_group **out, const weft_space *space, size_t n,
                               weft_err *err) {
    weft_ivf_group *group = weft_calloc(1, sizeof *group);
    if (!group) return weft_fail(err, WEFT_E_NOMEM, "index: a group of %zu cells", n);
    atomic_init(&group->holders, 1);
    group->n = (uint32_t)n;
    group->centroids = weft_alloc_aligned(n, space->heads.stride);
    group->leads = weft_alloc_aligned(weft_ivf_leads_size(n), 1);
    group->remainders = weft_alloc_aligned(n, space->residuals.stride);
    group->spread = weft_calloc(n, sizeof *group->spread);
    group->cells = weft_calloc(n, sizeof *group->cells);
    if (!group->centroids || !group->leads || !group->remainders || !group->spread ||
        !group->cells) {
        weft_ivf_group_release(group);
        return weft_fail(err, WEFT_E_NOMEM, "index: a group of %zu cells", n);
    }
    memset(group->centroids, 0, n * space->heads.stride);
    memset(group->leads, 0, weft_ivf_leads_size(n));
    memset(group->remainders, 0, n * space->residuals.stride);
    *out = group;
    return WEFT_OK;
}

static void average_codes(const int8_t *codes, size_t n, size_t stride, int8_t *mean) {
    for (size_t j = 0; j < stride; j++) {
        long sum = 0;
        for (size_t i = 0; i < n; i++) sum += codes[i * stride + j];
        mean[j] = (int8_t)lround((double)sum / (double)n);
    }
}

void weft_ivf_set_centroid(const weft_space *space, weft_ivf_group *group, size_t c) {
    const weft_ivf_cell *cell = &group->cells[c];
    size_t heads = space->heads.stride, residuals = space->residuals.stride;
    average_codes(cell->heads, cell->n, heads, group->centroids + c * heads);
    average_codes(cell->residuals, cell->n, residuals, group->remainders + c * residuals);
    weft_ivf_set_lead(space, group, c);
}

void weft_ivf_set_lead(const weft_space *space, weft_ivf_group *group, size_t c) {
    const int8_t *centroid = group->centroids + c * space->heads.stride;
    for (size_t j = 0; j < WEFT_IVF_LEAD; j++)
        *weft_ivf_lead_at(group, c, j) = (uint8_t)(centroid[j] + 128);
}

void weft_ivf_set_spread(weft_ivf_group *group, size_t c, float spread) {
    size_t block = c / WEFT_DOT_BLOCK, begin = block * WEFT_DOT_BLOCK;
    group->spread[c] = spread;
    group->widest[block] = 0;
    for (size_t i = begin; i < begin + WEFT_DOT_BLOCK && i < group->n; i++)
        if (group->spread[i] > group->widest[block]) group->widest[block] = group->spread[i];
}

void weft_ivf_group_release(weft_ivf_group *group) {
    if (!group || atomic_fetch_sub(&group->holders, 1) != 1) return;
    for (size_t i = 0; group->cells && i < group->n; i++)
        weft_ivf_block_release(group->cells[i].block);
    weft_free(group->centroids);
    weft_free(group->leads);
    weft_free(group->remainders);
    weft_free(group->spread);
    weft_free(group->cells);
    weft_free(group);
}

/* ---- the index ---- */

void weft_ivf_page_release(weft_ivf_page *page) {
    if (page && atomic_fetch_sub(&page->holders, 1) == 1) weft_free(page);
}

static void ivf_free(weft_index *index) {
    weft_ivf *ivf = (weft_ivf *)index;
    for (size_t i = 0; ivf->groups && i < ivf->group_count; i++)
        weft_ivf_group_release(ivf->groups[i]);
    for (size_t i = 0; ivf->pages && i < ivf->page_count; i++) weft_ivf_page_release(ivf->pages[i]);
    weft_space_release(ivf->space);
    weft_bitset_deinit(&index->present);
    weft_free(ivf->groups);
    weft_free(ivf->pages);
    weft_free(ivf);
}

static weft_status make_pages(weft_ivf *ivf, weft_err *err) {
    ivf->page_count = (ivf->base.rows + WEFT_IVF_PAGE_ROWS - 1) / WEFT_IVF_PAGE_ROWS;
    ivf->pages = weft_calloc(ivf->page_count, sizeof *ivf->pages);
    for (size_t i = 0; ivf->pages && i < ivf->page_count; i++) {
        ivf->pages[i] = weft_calloc(1, sizeof *ivf->pages[i]);
        if (!ivf->pages[i]) break;
        atomic_init(&ivf->pages[i]->holders, 1);
        if (i + 1 == ivf->page_count) return WEFT_OK;
    }
    if (ivf->pages && ivf->page_count == 0) return WEFT_OK;
    return weft_fail(err, WEFT_E_NOMEM, "index of %zu rows", ivf->base.rows);
}

weft_status weft_ivf_new(weft_ivf **out, const weft_index_source *source, weft_space *space,
                         size_t group_count, weft_err *err) {
    weft_ivf *ivf = weft_calloc(1, sizeof *ivf);
    if (!ivf) return weft_fail(err, WEFT_E_NOMEM, "index of %zu rows", source->rows);
    weft_space_hold(space);
    ivf->space = space;
    ivf->dot = weft_dot_for(weft_cpu_level());
    weft_status status = weft_index_init(&ivf->base, &weft_ivf_engine, source, err);
    ivf->group_count = group_count;
    ivf->groups = weft_calloc(group_count, sizeof(weft_ivf_group *));
    if (!status && !ivf->groups)
        status = weft_fail(err, WEFT_E_NOMEM, "index: %zu groups", group_count);
    if (!status) status = make_pages(ivf, err);
    if (status) ivf_free(&ivf->base);
    else *out = ivf;
    return status;
}

weft_status weft_ivf_share(weft_ivf **out, const weft_ivf *old, size_t rows, weft_err *err) {
    const weft_index_source source = {.rows = rows, .dim = old->base.dim};
    weft_ivf *ivf;
    weft_status status = weft_ivf_new(&ivf, &source, old->space, old->group_count, err);
    if (status) return status;
    ivf->cell_count = old->cell_count;
    ivf->changed = old->changed;
    ivf->misfits = old->misfits;
    for (size_t i = 0; i < old->group_count; i++) {
        ivf->groups[i] = old->groups[i];
        atomic_fetch_add(&ivf->groups[i]->holders, 1);
    }
    for (size_t i = 0; i < old->page_count; i++) {
        weft_ivf_page_release(ivf->pages[i]);
        ivf->pages[i] = old->pages[i];
        atomic_fetch_add(&ivf->pages[i]->holders, 1);
    }
    size_t words = (rows + 63) / 64, old_words = (old->base.rows + 63) / 64;
    memset(ivf->base.present.words, 0, words * sizeof(uint64_t));
    memcpy(ivf->base.present.words, old->base.present.words, old_words * sizeof(uint64_t));
    ivf->base.present_count = old->base.present_count;
    *out = ivf;
    return WEFT_OK;
}

void weft_ivf_measure_centroids(weft_ivf *ivf) {
    const weft_quant *heads = &ivf->space->heads;
    long sums[WEFT_SPACE_HEAD_MAX] = {0}, squares[WEFT_SPACE_HEAD_MAX] = {0};
    for (size_t g = 0; g < ivf->group_count; g++)
        for (size_t c = 0; c < ivf->groups[g]->n; c++)
            for (size_t j = 0; j < ivf->space->head; j++) {
                int code = ivf->groups[g]->centroids[c * heads->stride + j];
                sums[j] += code;
                squares[j] += code * code;
            }
    for (size_t j = 0; j < ivf->space->head; j++) {
        double n = (double)ivf->cell_count, mean = n > 0 ? (double)sums[j] / n : 0;
        double variance = n > 0 ? (double)squares[j] / n - mean * mean : 0;
        ivf->space->centroid_variance[j] = (float)variance * heads->step[j] * heads->step[j];
    }
}

static double ivf_wear(const weft_index *index) {
    const weft_ivf *ivf = (const weft_ivf *)index;
    double worn = (double)ivf->changed + (double)MISFIT_WEIGHT * (double)ivf->misfits;
    if (worn <= 0) return 0; /* also when there is no row at all: building adds none */
    return index->present_count ? worn / (double)index->present_count : 1;
}

static void ivf_vector(const weft_index *index, uint32_t row, float *out) {
    const weft_ivf *ivf = (const weft_ivf *)index;
    const weft_ivf_cell *cell = weft_ivf_cell_of(ivf, row);
    size_t slot = weft_ivf_slot_of(cell, row);
    weft_space_decode(ivf->space, cell->heads + slot * ivf->space->heads.stride,
                      cell->residuals + slot * ivf->space->residuals.stride, out);
}

const weft_index_engine weft_ivf_engine = {"ivf",          weft_ivf_search, NULL,
                                           weft_ivf_apply, weft_ivf_verify, weft_ivf_scores,
                                           ivf_vector,     ivf_wear,        ivf_free};
