/* index_ivf.h - an inverted file: rows in cells, and a bound that says which cells a
 * search may pass over. For the files of this room only.
 *
 * The idea. k-means puts similar rows into cells of about WEFT_IVF_CELL_ROWS. A search
 * scores the centroids of all cells, then the rows of promising cells. What "promising"
 * means is the heart of it. For a cell with centroid c the score of its row x is
 *
 *     q.x = q.c + q.(x - c)
 *
 * and q.(x - c) varies from row to row with a deviation sigma that can be computed
 * for each query: the index keeps the variance along every axis of what centroids
 * leave open, and sigma^2 = sum_j q_j^2 variance_j, times how wide this cell is
 * compared with the average one. So q.c + reach * sigma is what the best row of the
 * cell can be expected to score. Cells are visited from the highest such bound down
 * until the highest bound left is below the k-th best score found.
 *
 * Most cells are ruled out by their lead alone, the first axes of their centroid: of 1,000,000
 * rows the leads are 3 MB, and reading them is what a search of so many takes longest for.
 * The axes behind the lead (the tail) add a score with a deviation known in the same way;
 * but a photo resembles its best cells along these axes too, far beyond any deviation, so
 * what the tails of the first cells visited added is allowed to all others as well.
 *
 * Why not a graph. Graphs (HNSW, Vamana, and all that came of them) follow edges
 * between rows that are near each other. A shopper's words are not near any photo:
 * CLIP puts texts and photos into two separate cones, the best hits of a text lie
 * far apart from each other, and a graph walks over many rows to find them all
 * (RoarGraph, Chen et al., arXiv:2408.08933, measures this and adds edges from
 * training queries). The bound above needs no training queries: a text makes sigma
 * large compared with the spread of the scores, and more cells are visited; a photo
 * that resembles a few rows visits few. One number, reach, gives about the same
 * recall for both. docs/decisions/0008 has the measurements against graphs.
 *
 * The parts: inverted file, Sivic and Zisserman 2003, Jegou et al. 2011 (IVFADC);
 * early termination by a per-query decision, Li et al. (SIGMOD 2020), there learned;
 * a short code first and a residual for the few, as LVQ (Aguerrebere et al.,
 * arXiv:2304.04759). Cells are kept small and current by splitting, as in SPFresh
 * (Xu et al., SOSP 2023).
 *
 * Versions. An index is immutable. A change (index_ivf_update.c) makes a new one that
 * shares every group and cell that did not change; counts of holders say when memory
 * can go. Groups are only that: cells whose records are copied together. Rows of codes lie in
 * blocks: one for all cells of a built or mapped index, one per cell changed since. */
#ifndef WEFT_INDEX_INDEX_IVF_H
#define WEFT_INDEX_INDEX_IVF_H

#include <stdatomic.h>

#include "index/index_dot.h"
#include "index/index_internal.h"
#include "index/index_space.h"

enum {
    WEFT_IVF_CELL_ROWS = 20,    /* rows of a cell, on average, after building */
    WEFT_IVF_CELL_MAX = 64,     /* a cell of more is split */
    WEFT_IVF_GROUP_CELLS = 128, /* cells of a group, at most */
    WEFT_IVF_LEAD = 64,         /* axes of a head that a search compares first */
    WEFT_IVF_BLOCKS = WEFT_IVF_GROUP_CELLS / WEFT_DOT_BLOCK,
    WEFT_IVF_PAGE_ROWS = 4096,
};

/* Memory that cells point into; counted. */
typedef struct weft_ivf_block {
    atomic_size_t holders;
    void (*free)(struct weft_ivf_block *block);
    unsigned char *bytes;
    size_t size;
} weft_ivf_block;

/* Rows that are near each other. Plain data: whoever copies one holds its block. */
typedef struct {
    uint32_t n;
    const uint32_t *rows;    /* [n] */
    const int8_t *heads;     /* [n][space->heads.stride] */
    const int8_t *residuals; /* [n][space->residuals.stride] */
    weft_ivf_block *block;
} weft_ivf_cell;

/* Cells that lie together in memory and are copied together when one of them changes;
 * counted. */
typedef struct {
    atomic_size_t holders;
    uint32_t n;
    int8_t *centroids;             /* [n][space->heads.stride], codes of mean heads */
    uint8_t *leads;                /* their first axes, in whole blocks (index_dot.h) */
    int8_t *remainders;            /* [n][space->residuals.stride], codes of mean residuals */
    float *spread;                 /* [n], variance of the cell's rows over the average's */
    float widest[WEFT_IVF_BLOCKS]; /* the largest spread of each block */
    weft_ivf_cell *cells;          /* [n] */
} weft_ivf_group;

/* Where the rows of one range are; counted. A place is group << 16 | cell. */
typedef struct {
    atomic_size_t holders;
    uint32_t places[WEFT_IVF_PAGE_ROWS];
} weft_ivf_page;

typedef struct {
    weft_index base;
    const weft_dot *dot;
    weft_space *space;
    size_t group_count, cell_count, page_count;
    size_t changed;          /* rows added or removed since it was built */
    size_t misfits;          /* rows added that codes tell badly, see weft_index_wear */
    weft_ivf_group **groups; /* [group_count] */
    weft_ivf_page **pages;   /* [page_count], of WEFT_IVF_PAGE_ROWS rows each */
} weft_ivf;

extern const weft_index_engine weft_ivf_engine;

static inline uint32_t weft_ivf_place(size_t group, size_t cell) {
    return (uint32_t)(group << 16 | cell);
}

static inline uint32_t *weft_ivf_place_of(const weft_ivf *ivf, uint32_t row) {
    return &ivf->pages[row / WEFT_IVF_PAGE_ROWS]->places[row % WEFT_IVF_PAGE_ROWS];
}

static inline const weft_ivf_cell *weft_ivf_cell_of(const weft_ivf *ivf, uint32_t row) {
    uint32_t place = *weft_ivf_place_of(ivf, row);
    return &ivf->groups[place >> 16]->cells[place & 0xffff];
}

/* Which of the cell's rows this is; the row is in the cell. */
static inline size_t weft_ivf_slot_of(const weft_ivf_cell *cell, uint32_t row) {
    size_t slot = 0;
    while (cell->rows[slot] != row) slot++;
    return slot;
}

/* Bytes of a cell's part of a block: rows, heads and residuals, each from a cache line on. */
size_t weft_ivf_cell_size(const weft_space *space, size_t n);
/* Points the cell, of n rows, at its part of a block. */
void weft_ivf_cell_place(weft_ivf_cell *cell, const weft_space *space, size_t n,
                         unsigned char *bytes);

/* The same parts to write to, for whoever fills a cell that no one else sees yet. */
static inline uint32_t *weft_ivf_cell_rows(const weft_ivf_cell *cell) {
    return (uint32_t *)(uintptr_t)cell->rows;
}
static inline int8_t *weft_ivf_cell_heads(const weft_ivf_cell *cell) {
    return (int8_t *)(uintptr_t)cell->heads;
}
static inline int8_t *weft_ivf_cell_residuals(const weft_ivf_cell *cell) {
    return (int8_t *)(uintptr_t)cell->residuals;
}

/* Makes the centroid and the remainder of cell c the means of its rows' codes. */
void weft_ivf_set_centroid(const weft_space *space, weft_ivf_group *group, size_t c);
void weft_ivf_set_spread(weft_ivf_group *group, size_t c, float spread);
/* Takes the lead of cell c from its centroid: for whoever wrote that without the above. */
void weft_ivf_set_lead(const weft_space *space, weft_ivf_group *group, size_t c);
/* Bytes of the leads of n cells: whole blocks. */
static inline size_t weft_ivf_leads_size(size_t n) {
    return (n + WEFT_DOT_BLOCK - 1) / WEFT_DOT_BLOCK * WEFT_DOT_BLOCK * WEFT_IVF_LEAD;
}
/* Value j of a cell's. */
static inline uint8_t *weft_ivf_lead_at(const weft_ivf_group *group, size_t c, size_t j) {
    uint8_t *octet = group->leads + c / WEFT_DOT_OCTET * WEFT_DOT_OCTET * WEFT_IVF_LEAD;
    size_t quad = j / WEFT_DOT_QUAD * WEFT_DOT_OCTET + c % WEFT_DOT_OCTET;
    return &octet[quad * WEFT_DOT_QUAD + j % WEFT_DOT_QUAD];
}
/* Measures the variance of centroids along each axis, for an index that no one uses yet. */
void weft_ivf_measure_centroids(weft_ivf *ivf);

weft_status weft_ivf_group_new(weft_ivf_group **group, const weft_space *space, size_t n,
                               weft_err *err);
void weft_ivf_group_release(weft_ivf_group *group); /* and its cells' blocks; NULL is fine */
void weft_ivf_block_release(weft_ivf_block *block); /* NULL is fine */
void weft_ivf_page_release(weft_ivf_page *page);    /* likewise */

/* A block of the heap, one holder, 64-byte aligned. */
weft_status weft_ivf_block_new(weft_ivf_block **block, size_t size, weft_err *err);

/* An index with room for the groups, which are NULL, and pages for source->rows. Holds
 * the space once more. */
weft_status weft_ivf_new(weft_ivf **ivf, const weft_index_source *source, weft_space *space,
                         size_t group_count, weft_err *err);

/* Another index with all that old has, shared, and room for more rows. */
weft_status weft_ivf_share(weft_ivf **ivf, const weft_ivf *old, size_t rows, weft_err *err);

weft_status weft_ivf_apply(weft_index **fresh, const weft_index *old,
                           const weft_index_change *changes, size_t n, weft_err *err);
weft_status weft_ivf_verify(const weft_index *index, weft_err *err);
weft_status weft_ivf_scores(const weft_index *index, const float *query, const uint32_t *rows,
                            size_t n, float *scores, weft_err *err);
weft_status weft_ivf_search(const weft_index *index, const weft_index_query *query, weft_hit *hits,
                            size_t *n, weft_err *err);

#endif
