#include "http/http_internal.h"

#include <inttypes.h>

/* Upper bounds in seconds, from a cached answer to a handler that is stuck. */
static const double bounds[HTTP_BUCKET_COUNT - 1] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                     0.25,  0.5,    1,     2.5,  5,     10};

static void add(atomic_uint_fast64_t *counter, uint64_t n) {
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t get(atomic_uint_fast64_t *counter) {
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void http_metrics_count(weft_http_server *server, size_t number, unsigned status, double seconds) {
    http_route_metrics *route = &server->metrics[number];
    size_t bucket = 0;
    while (bucket < HTTP_BUCKET_COUNT - 1 && seconds > bounds[bucket]) bucket++;
    add(&route->buckets[bucket], 1);
    add(&route->microseconds, (uint64_t)(seconds * 1e6));
    if (status >= HTTP_STATUS_FIRST && status < HTTP_STATUS_FIRST + HTTP_STATUS_COUNT)
        add(&route->by_status[status - HTTP_STATUS_FIRST], 1);
}

/* The labels of a route; the two after the table are for what fits no pattern. */
static void write_labels(const weft_http_server *server, size_t number, weft_buf *out) {
    const weft_http_options *options = &server->options;
    const char *method = "", *pattern = number == options->route_count ? "fallback" : "none";
    if (number < options->route_count) {
        method = options->routes[number].method;
        pattern = options->routes[number].pattern;
    }
    weft_buf_printf(out, "method=\"%s\",route=\"%s\"", method, pattern);
}

static void write_requests(weft_http_server *server, size_t number, weft_buf *out) {
    for (unsigned i = 0; i < HTTP_STATUS_COUNT; i++) {
        uint64_t n = get(&server->metrics[number].by_status[i]);
        if (!n) continue;
        weft_buf_puts(out, "weft_http_requests_total{");
        write_labels(server, number, out);
        weft_buf_printf(out, ",status=\"%u\"} %" PRIu64 "\n", i + HTTP_STATUS_FIRST, n);
    }
}

static void write_latency(weft_http_server *server, size_t number, weft_buf *out) {
    http_route_metrics *route = &server->metrics[number];
    uint64_t counts[HTTP_BUCKET_COUNT], total = 0;
    for (size_t i = 0; i < HTTP_BUCKET_COUNT; i++) total += counts[i] = get(&route->buckets[i]);
    if (!total) return;
    uint64_t below = 0;
    for (size_t i = 0; i < HTTP_BUCKET_COUNT; i++) {
        below += counts[i];
        weft_buf_puts(out, "weft_http_request_seconds_bucket{");
        write_labels(server, number, out);
        if (i + 1 < HTTP_BUCKET_COUNT)
            weft_buf_printf(out, ",le=\"%g\"} %" PRIu64 "\n", bounds[i], below);
        else weft_buf_printf(out, ",le=\"+Inf\"} %" PRIu64 "\n", below);
    }
    weft_buf_puts(out, "weft_http_request_seconds_sum{");
    write_labels(server, number, out);
    weft_buf_printf(out, "} %.6f\n", (double)get(&route->microseconds) / 1e6);
    weft_buf_puts(out, "weft_http_request_seconds_count{");
    write_labels(server, number, out);
    weft_buf_printf(out, "} %" PRIu64 "\n", total);
}

static void write_value(weft_buf *out, const char *name, const char *type, const char *help,
                        uint64_t value) {
    weft_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", name, help, name, type,
                    name, value);
}

void weft_http_metrics_write(weft_http_server *server, weft_buf *out) {
    size_t count = server->options.route_count + 2;
    uint64_t busy = 0;
    for (size_t i = 0; i < count; i++)
        busy += get(&server->metrics[i].by_status[503 - HTTP_STATUS_FIRST]);
    pthread_mutex_lock(&server->lock);
    size_t in_flight = server->in_flight;
    pthread_mutex_unlock(&server->lock);

    weft_buf_puts(out, "# HELP weft_http_requests_total Requests answered.\n"
                       "# TYPE weft_http_requests_total counter\n");
    for (size_t i = 0; i < count; i++) write_requests(server, i, out);
    weft_buf_puts(out, "# HELP weft_http_request_seconds From the complete request to its answer.\n"
                       "# TYPE weft_http_request_seconds histogram\n");
    for (size_t i = 0; i < count; i++) write_latency(server, i, out);
    write_value(out, "weft_http_in_flight", "gauge", "Requests begun and not yet answered.",
                in_flight);
    write_value(out, "weft_http_queue_depth", "gauge", "Requests waiting for a worker.",
                weft_pool_queued(server->pool));
    write_value(out, "weft_http_body_bytes", "gauge", "Bytes of request bodies held.",
                atomic_load(&server->body_bytes));
    write_value(out, "weft_http_busy_total", "counter", "Requests answered with 503.", busy);
}
