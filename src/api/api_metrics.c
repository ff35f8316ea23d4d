/* api_metrics.c - GET /metrics, in the text format of Prometheus. */
#include <inttypes.h>

#include "api/api_internal.h"

/* ---- the encoder ---- */

/* One metric of the encoder for words and photos; the two stats are theirs. */
static void write_kinds(weft_buf *out, const char *name, const char *type, const char *help,
                        uint64_t texts, uint64_t photos) {
    weft_buf_printf(out,
                    "# HELP %s %s\n# TYPE %s %s\n%s{kind=\"text\"} %" PRIu64
                    "\n%s{kind=\"photo\"} %" PRIu64 "\n",
                    name, help, name, type, name, texts, name, photos);
}

static void write_batches(weft_buf *out, const char *kind, const weft_clip_queue_stats *stats) {
    static const char name[] = "weft_encoder_batch_size";
    uint64_t below = 0;
    for (unsigned i = 0; i < WEFT_CLIP_BATCH_BUCKETS; i++) {
        below += stats->buckets[i];
        weft_buf_printf(out, "%s_bucket{kind=\"%s\",le=\"", name, kind);
        if (i + 1 < WEFT_CLIP_BATCH_BUCKETS) weft_buf_printf(out, "%u", 1u << i);
        else weft_buf_puts(out, "+Inf");
        weft_buf_printf(out, "\"} %" PRIu64 "\n", below);
    }
    weft_buf_printf(out, "%s_sum{kind=\"%s\"} %" PRIu64 "\n%s_count{kind=\"%s\"} %" PRIu64 "\n",
                    name, kind, stats->encoded, name, kind, below);
}

static void write_encoder(weft_buf *out, weft_clip_queue *encoder) {
    weft_clip_queue_stats t = weft_clip_queue_stats_of(encoder, WEFT_CLIP_TEXT);
    weft_clip_queue_stats p = weft_clip_queue_stats_of(encoder, WEFT_CLIP_PHOTO);
    write_kinds(out, "weft_encoder_waiting", "gauge", "Items waiting for the encoder.", t.waiting,
                p.waiting);
    write_kinds(out, "weft_encoder_in_hand", "gauge",
                "Items being decoded, waiting or running; bounded.", t.in_hand, p.in_hand);
    write_kinds(out, "weft_encoder_rejected_total", "counter",
                "Items refused because the queue was full.", t.rejected, p.rejected);
    weft_buf_printf(out,
                    "# HELP weft_encoder_seconds_total Time spent encoding, all threads.\n"
                    "# TYPE weft_encoder_seconds_total counter\n"
                    "weft_encoder_seconds_total{kind=\"text\"} %.6f\n"
                    "weft_encoder_seconds_total{kind=\"photo\"} %.6f\n"
                    "# HELP weft_encoder_batch_size Items of one run of the encoder.\n"
                    "# TYPE weft_encoder_batch_size histogram\n",
                    t.seconds, p.seconds);
    write_batches(out, "text", &t);
    write_batches(out, "photo", &p);
}

/* ---- the sources ---- */

typedef enum {
    PHASE,
    FAILING,
    LAG_BYTES,
    LAG_SECONDS,
    PUT,
    DELETED,
    REJECTED,
    COPIES
} source_metric;

static const struct {
    source_metric metric;
    const char *name, *type, *help;
} source_metrics[] = {
    {PHASE, "phase", "gauge", "0 connecting, 1 standing by, 2 copying, 3 following."},
    {FAILING, "failing", "gauge", "1 while it cannot be followed."},
    {LAG_BYTES, "lag_bytes", "gauge", "Of the source's log, known and not applied."},
    {LAG_SECONDS, "lag_seconds", "gauge", "Since all there was had been applied; 0 while it is."},
    {PUT, "products_put_total", "counter", "Products inserted or updated."},
    {DELETED, "products_deleted_total", "counter", "Products deleted one by one."},
    {REJECTED, "rejected_total", "counter", "Rows that made no product, photos that were none."},
    {COPIES, "copies_total", "counter", "Copies of the whole table begun."},
};

static double source_value(const weft_source_state *state, source_metric metric) {
    switch (metric) {
    case PHASE: return (double)state->phase;
    case FAILING: return state->is_failing;
    case LAG_BYTES: return (double)state->lag_bytes;
    case LAG_SECONDS: return state->lag_seconds;
    case PUT: return (double)state->put;
    case DELETED: return (double)state->deleted;
    case REJECTED: return (double)state->rejected;
    case COPIES: return (double)state->copies;
    }
    return 0;
}

static void write_sources(weft_buf *out, weft_sources *sources, weft_arena *arena) {
    weft_source_state *states;
    size_t n;
    if (weft_sources_states(sources, arena, &states, &n, NULL) || n == 0) return;
    for (size_t m = 0; m < sizeof source_metrics / sizeof *source_metrics; m++) {
        const char *name = source_metrics[m].name;
        weft_buf_printf(out, "# HELP weft_source_%s %s\n# TYPE weft_source_%s %s\n", name,
                        source_metrics[m].help, name, source_metrics[m].type);
        for (size_t i = 0; i < n; i++)
            weft_buf_printf(out, "weft_source_%s{source=\"%s\"} %.15g\n", name, states[i].name,
                            source_value(&states[i], source_metrics[m].metric));
    }
}

static void write_searches(weft_buf *out, weft_search_log *searches) {
    if (!searches) return;
    weft_search_log_counts counts = weft_search_log_count(searches);
    weft_buf_printf(
        out,
        "# HELP weft_searches_kept_total Searches written to the store.\n"
        "# TYPE weft_searches_kept_total counter\nweft_searches_kept_total %llu\n"
        "# HELP weft_searches_dropped_total Searches that were not written.\n"
        "# TYPE weft_searches_dropped_total counter\nweft_searches_dropped_total %llu\n",
        (unsigned long long)counts.written, (unsigned long long)counts.dropped);
}

WEFT_HANDLER(weft_api_metrics) {
    weft_api *api = context;
    weft_buf out;
    weft_serving *serving = weft_api_acquire(api);
    weft_snapshot *snapshot = weft_live_acquire(serving->live);
    weft_buf_init(&out);
    weft_http_metrics_write(weft_http_request_server(request), &out);
    write_encoder(&out, serving->encoder);
    write_sources(&out, api->options.sources, weft_http_request_arena(request));
    write_searches(&out, api->options.searches);
    weft_buf_printf(
        &out,
        "# HELP weft_recommendations_explored_total Products recommended because few have looked "
        "at them.\n"
        "# TYPE weft_recommendations_explored_total counter\n"
        "weft_recommendations_explored_total %llu\n"
        "# HELP weft_catalog_products Products in the published snapshot.\n"
        "# TYPE weft_catalog_products gauge\nweft_catalog_products %zu\n"
        "# HELP weft_catalog_pending Products without an embedding of the present model.\n"
        "# TYPE weft_catalog_pending gauge\nweft_catalog_pending %zu\n"
        "# HELP weft_snapshot_change_seq The store's change that the snapshot shows.\n"
        "# TYPE weft_snapshot_change_seq gauge\nweft_snapshot_change_seq %llu\n",
        atomic_load(&api->explored), weft_catalog_rows(snapshot->catalog), snapshot->pending,
        (unsigned long long)atomic_load(&snapshot->change_seq));
    weft_snapshot_release(snapshot);
    weft_api_release(serving);
    weft_http_respond_buf(response, 200, "text/plain; version=0.0.4; charset=utf-8", &out);
}
