/* Pages of many rows at once (pages.h). */
#include "base/mem.h"
#include "base/pool.h"
#include "recommend/pages.h"

/* What one thread does: every so many of the rows. */
typedef struct {
    const weft_page_source *source;
    const uint32_t *rows;
    size_t n, first, step;
    const atomic_bool *cancel;
    weft_store_page *stored; /* [n] of all threads */
    weft_arena kept;         /* their texts */
    weft_status status;
    weft_err err;
} part;

static void make_part(void *argument, size_t worker) {
    part *p = argument;
    (void)worker;
    for (size_t i = p->first; i < p->n && !p->status; i += p->step) {
        weft_arena scratch;
        weft_page *page = weft_alloc(1, sizeof *page);
        weft_arena_init(&scratch, 1 << 18);
        p->status = page ? WEFT_OK : weft_fail(&p->err, WEFT_E_NOMEM, "pages");
        if (p->cancel && atomic_load(p->cancel))
            p->status = weft_fail(&p->err, WEFT_E_CANCELLED, "interrupted");
        if (!p->status) p->status = weft_page_make(p->source, p->rows[i], &scratch, page, &p->err);
        if (!p->status)
            p->status =
                weft_page_write(p->source, p->rows[i], page, &p->kept, &p->stored[i], &p->err);
        weft_arena_deinit(&scratch);
        weft_free(page);
    }
}

static weft_status run_parts(part *parts, size_t threads, weft_err *err) {
    weft_pool *pool;
    weft_status status = weft_pool_new(&pool, threads, threads, err);
    if (status) return status;
    for (size_t t = 0; t < threads; t++) weft_pool_submit(pool, make_part, &parts[t]);
    weft_pool_wait(pool);
    weft_pool_free(pool);
    for (size_t t = 0; t < threads && !status; t++) {
        status = parts[t].status;
        if (status && err) *err = parts[t].err;
    }
    return status;
}

weft_status weft_pages_make(const weft_page_source *source, weft_store *store, const uint32_t *rows,
                            size_t n, size_t threads, const atomic_bool *cancel, weft_err *err) {
    if (threads == 0) threads = weft_cpu_count();
    if (threads > n) threads = n;
    if (n == 0) return WEFT_OK;
    weft_store_page *stored = weft_calloc(n, sizeof *stored);
    part *parts = weft_calloc(threads, sizeof *parts);
    weft_status status = stored && parts ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "pages");
    for (size_t t = 0; t < threads && !status; t++) {
        parts[t] = (part){.source = source,
                          .rows = rows,
                          .n = n,
                          .first = t,
                          .step = threads,
                          .cancel = cancel,
                          .stored = stored};
        weft_arena_init(&parts[t].kept, 1 << 18);
    }
    if (!status) {
        status = run_parts(parts, threads, err);
        if (!status) status = weft_store_put_pages(store, stored, n, err);
        for (size_t t = 0; t < threads; t++) weft_arena_deinit(&parts[t].kept);
    }
    weft_free(parts);
    weft_free(stored);
    return status;
}
