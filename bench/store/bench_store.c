/* Times of the store's calls that a page of the shop waits for.
 *
 *   bench_store URL [CALLS]      URL: sqlite:PATH or postgresql://...; with products in it
 *
 * Events are written and stay: use a database that may have them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store.h"

typedef struct {
    weft_store *store;
    char **ids;
    size_t count, capacity;
} catalog;

static weft_status keep_id(void *context, const weft_product *product,
                           const weft_embedding *embedding, weft_err *err) {
    catalog *c = context;
    (void)embedding;
    if (c->count == c->capacity) {
        c->capacity = c->capacity ? 2 * c->capacity : 1024;
        char **larger = weft_realloc(c->ids, c->capacity, sizeof *larger);
        if (!larger) return weft_fail(err, WEFT_E_NOMEM, "ids");
        c->ids = larger;
    }
    c->ids[c->count] = weft_strdup(product->product_id);
    return c->ids[c->count++] ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "ids");
}

/* One call of each kind; i picks the product. */
static weft_status get_product(const catalog *c, size_t i, weft_err *err) {
    weft_arena arena;
    weft_product product;
    weft_arena_init(&arena, 0);
    weft_status status =
        weft_store_get_product(c->store, c->ids[i * 7919 % c->count], &arena, &product, err);
    weft_arena_deinit(&arena);
    return status;
}

static weft_status check_token(const catalog *c, size_t i, weft_err *err) {
    char digest[65];
    bool good;
    snprintf(digest, sizeof digest, "%064zx", i);
    return weft_store_check_token(c->store, digest, &good, err);
}

static weft_status put_event(const catalog *c, size_t i, weft_err *err) {
    const weft_event event = {.user_id = "bench",
                              .product_id = c->ids[i * 7919 % c->count],
                              .event_type = "view",
                              .query_id = ""};
    return weft_store_put_event(c->store, &event, err);
}

static weft_status change_seq(const catalog *c, size_t i, weft_err *err) {
    uint64_t seq;
    (void)i;
    return weft_store_change_seq(c->store, &seq, err);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static weft_status measure(const catalog *c, const char *what, size_t calls,
                           weft_status (*call)(const catalog *, size_t, weft_err *),
                           weft_err *err) {
    double *ms = weft_alloc(calls, sizeof *ms);
    if (!ms) return weft_fail(err, WEFT_E_NOMEM, "times");
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < 20 && !status; i++) status = call(c, i, err); /* connections, plans */
    for (size_t i = 0; i < calls && !status; i++) {
        double begun = weft_clock_seconds();
        status = call(c, i, err);
        ms[i] = (weft_clock_seconds() - begun) * 1000;
    }
    if (!status) {
        qsort(ms, calls, sizeof *ms, compare);
        printf("%-22s median %.3f ms, p95 %.3f ms, p99 %.3f ms\n", what, ms[calls / 2],
               ms[calls * 95 / 100], ms[calls * 99 / 100]);
    }
    weft_free(ms);
    return status;
}

int main(int argc, char **argv) {
    catalog c = {0};
    weft_err err = {0};
    if (argc < 2) {
        fprintf(stderr, "usage: bench_store URL [CALLS]\n");
        return 2;
    }
    size_t calls = argc > 2 ? strtoul(argv[2], NULL, 10) : 2000;
    weft_status status = weft_store_open(&c.store, argv[1], &err);
    if (!status) status = weft_store_each(c.store, "", false, keep_id, &c, &err);
    if (!status && c.count == 0) status = weft_fail(&err, WEFT_E_NOT_FOUND, "no products");
    if (!status) printf("%zu products, %zu calls of each kind, one at a time\n", c.count, calls);
    if (!status) status = measure(&c, "get a product", calls, get_product, &err);
    if (!status) status = measure(&c, "check a token", calls, check_token, &err);
    if (!status) status = measure(&c, "note an event", calls, put_event, &err);
    if (!status) status = measure(&c, "number of last change", calls, change_seq, &err);
    for (size_t i = 0; i < c.count; i++) weft_free(c.ids[i]);
    weft_free(c.ids);
    weft_store_close(c.store);
    if (status) fprintf(stderr, "bench_store: %s\n", err.message);
    return status ? 1 : 0;
}
