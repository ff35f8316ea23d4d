#include "engine/opensearch_client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"

enum { MAX_NODES = 32, MAX_IDLE = 64, MAX_ANSWER = 64 << 20, CONNECT_MS = 700 };

/* A node that did not answer is asked last for so long; a busy one is let alone for a moment
 * that doubles, up to the longest. */
static const double aside_seconds = 2, shortest_wait = 0.05, longest_wait = 1;

typedef struct {
    char *url; /* "http://HOST:PORT", for messages too */
    double aside_until;
} node;

struct weft_opensearch {
    node nodes[MAX_NODES];
    size_t node_count;
    char *credentials, *prefix; /* credentials NULL: none; never in a message */
    struct curl_slist *headers;
    pthread_mutex_t lock; /* of what follows and aside_until */
    CURL *idle[MAX_IDLE]; /* with their open connections */
    size_t idle_count;
    size_t next; /* node to begin with */
    unsigned jitter;
};

/* ---- the url ---- */

static weft_status add_node(weft_opensearch *c, const char *host, size_t n, bool uses_tls,
                            weft_err *err) {
    char url[320];
    const char *colon = n ? memchr(host, ':', n) : NULL;
    if (host[0] == '[') colon = memchr(host, ']', n) ? strstr(memchr(host, ']', n), "]:") : NULL;
    if (n == 0 || n > 255 || strcspn(host, " \t\"'<>\\?#") < n)
        return weft_fail(err, WEFT_E_INVALID, "index engine: \"%.*s\" is not HOST:PORT", (int)n,
                         host);
    if (c->node_count == MAX_NODES)
        return weft_fail(err, WEFT_E_LIMIT, "index engine: more than %d hosts", MAX_NODES);
    snprintf(url, sizeof url, "http%s://%.*s%s", uses_tls ? "s" : "", (int)n, host,
             colon ? "" : ":9200");
    c->nodes[c->node_count].url = weft_strdup(url);
    if (!c->nodes[c->node_count].url) return weft_fail(err, WEFT_E_NOMEM, "index engine");
    c->node_count++;
    return WEFT_OK;
}

static weft_status read_prefix(weft_opensearch *c, const char *slash, weft_err *err) {
    const char *prefix = slash && slash[1] ? slash + 1 : "weft";
    size_t n = strspn(prefix, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    if (prefix[n] || n > 100 || prefix[0] == '_' || prefix[0] == '-')
        return weft_fail(err, WEFT_E_INVALID,
                         "index engine: prefix \"%.64s\": lower-case letters, digits, _ and -,"
                         " beginning with a letter or digit",
                         prefix);
    c->prefix = weft_strdup(prefix);
    return c->prefix ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "index engine");
}

static weft_status read_place(weft_opensearch *c, const char *place, bool uses_tls, weft_err *err) {
    const char *slash = strchr(place, '/');
    size_t n = slash ? (size_t)(slash - place) : strlen(place);
    const char *at = memrchr(place, '@', n);
    if (at) {
        c->credentials = weft_strndup(place, (size_t)(at - place));
        if (!c->credentials) return weft_fail(err, WEFT_E_NOMEM, "index engine");
        n -= (size_t)(at + 1 - place);
        place = at + 1;
    }
    weft_status status = read_prefix(c, slash, err);
    while (!status) {
        const char *comma = memchr(place, ',', n);
        size_t host = comma ? (size_t)(comma - place) : n;
        status = add_node(c, place, host, uses_tls, err);
        if (!comma) break;
        n -= host + 1;
        place = comma + 1;
    }
    return status;
}

static void init_curl(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

weft_status weft_opensearch_new(weft_opensearch **client, const char *place, bool uses_tls,
                                weft_err *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_curl);
    weft_opensearch *c = weft_calloc(1, sizeof *c);
    if (!c) return weft_fail(err, WEFT_E_NOMEM, "index engine");
    pthread_mutex_init(&c->lock, NULL);
    c->jitter = (unsigned)time(NULL);
    /* Lines of JSON are taken under this name too. No "Expect: 100-continue": it would cost a
     * round trip for every body. */
    c->headers = curl_slist_append(NULL, "Content-Type: application/json");
    struct curl_slist *more = curl_slist_append(c->headers, "Expect:");
    weft_status status = WEFT_OK;
    if (!c->headers || !more) status = weft_fail(err, WEFT_E_NOMEM, "index engine");
    if (!status) status = read_place(c, place, uses_tls, err);
    if (status) weft_opensearch_free(c);
    else *client = c;
    return status;
}

void weft_opensearch_free(weft_opensearch *c) {
    if (!c) return;
    for (size_t i = 0; i < c->idle_count; i++) curl_easy_cleanup(c->idle[i]);
    for (size_t i = 0; i < c->node_count; i++) weft_free(c->nodes[i].url);
    curl_slist_free_all(c->headers);
    pthread_mutex_destroy(&c->lock);
    weft_free(c->credentials);
    weft_free(c->prefix);
    weft_free(c);
}

const char *weft_opensearch_prefix(const weft_opensearch *client) { return client->prefix; }

void weft_opensearch_write_segment(weft_buf *path, const char *text) {
    static const char digits[] = "0123456789ABCDEF";
    for (const char *p = text; *p; p++) {
        unsigned char b = (unsigned char)*p;
        bool plain = (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') ||
                     strchr("-._~", b);
        if (plain) weft_buf_putc(path, (char)b);
        else weft_buf_printf(path, "%%%c%c", digits[b >> 4], digits[b & 15]);
    }
}

/* ---- handles and nodes ---- */

static CURL *take_handle(weft_opensearch *c) {
    CURL *handle = NULL;
    pthread_mutex_lock(&c->lock);
    if (c->idle_count) handle = c->idle[--c->idle_count];
    pthread_mutex_unlock(&c->lock);
    return handle ? handle : curl_easy_init();
}

static void give_handle(weft_opensearch *c, CURL *handle) {
    pthread_mutex_lock(&c->lock);
    bool keeps = c->idle_count < MAX_IDLE;
    if (keeps) c->idle[c->idle_count++] = handle;
    pthread_mutex_unlock(&c->lock);
    if (!keeps) curl_easy_cleanup(handle);
}

/* The next node in turn that is not set aside; if all are, the one that waits the longest. */
static node *choose_node(weft_opensearch *c) {
    double now = weft_clock_seconds();
    pthread_mutex_lock(&c->lock);
    node *best = &c->nodes[c->next % c->node_count];
    for (size_t i = 0; i < c->node_count; i++) {
        node *n = &c->nodes[(c->next + i) % c->node_count];
        bool is_better = n->aside_until < best->aside_until;
        if (best->aside_until > now && is_better) best = n;
    }
    c->next = (size_t)(best - c->nodes) + 1;
    pthread_mutex_unlock(&c->lock);
    return best;
}

static void set_aside(weft_opensearch *c, node *n) {
    pthread_mutex_lock(&c->lock);
    n->aside_until = weft_clock_seconds() + aside_seconds;
    pthread_mutex_unlock(&c->lock);
}

/* Half of the time to all of it, so that many who wait do not come back together. */
static void wait_jittered(weft_opensearch *c, double seconds) {
    pthread_mutex_lock(&c->lock);
    c->jitter = c->jitter * 1664525u + 1013904223u;
    double share = 0.5 + (double)(c->jitter >> 8) / (double)(1u << 25);
    pthread_mutex_unlock(&c->lock);
    double pause = seconds * share;
    const struct timespec sleep = {.tv_sec = (time_t)pause,
                                   .tv_nsec = (long)((pause - (double)(time_t)pause) * 1e9)};
    nanosleep(&sleep, NULL);
}

/* ---- calls ---- */

static size_t take_bytes(char *bytes, size_t size, size_t n, void *to) {
    weft_buf *answer = to;
    if (answer->size + size * n > MAX_ANSWER) return 0;
    weft_buf_append(answer, bytes, size * n);
    return weft_buf_ok(answer) ? size * n : 0;
}

/* One try with one node. *code is 0 when there was no answer. */
static CURLcode try_node(const weft_opensearch *c, CURL *handle, const node *n,
                         const weft_opensearch_request *request, double seconds, long *code,
                         weft_buf *answer) {
    char url[4096];
    *code = 0;
    weft_buf_clear(answer);
    if (snprintf(url, sizeof url, "%s%s", n->url, request->path) >= (int)sizeof url)
        return CURLE_URL_MALFORMAT;
    curl_easy_reset(handle);
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, c->headers);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)(seconds * 1000) + 1);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, answer);
    if (c->credentials) curl_easy_setopt(handle, CURLOPT_USERPWD, c->credentials);
    if (request->body.data) {
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request->body.data);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
    }
    CURLcode result = curl_easy_perform(handle);
    if (result == CURLE_OK) curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, code);
    return result;
}

static weft_status fail_try(const node *n, CURLcode result, long code, const weft_buf *answer,
                            weft_err *err) {
    if (result) return weft_fail(err, WEFT_E_STORE, "%s: %s", n->url, curl_easy_strerror(result));
    return weft_fail(err, WEFT_E_STORE, "%s: HTTP %ld: %.200s", n->url, code,
                     answer->data ? answer->data : "");
}

weft_status weft_opensearch_call(weft_opensearch *c, const weft_opensearch_request *request,
                                 long *code, weft_buf *answer, weft_err *err) {
    double until = weft_clock_seconds() + request->seconds, wait = shortest_wait;
    weft_status status = WEFT_E_STORE;
    CURL *handle = take_handle(c);
    if (!handle) return weft_fail(err, WEFT_E_NOMEM, "index engine");
    for (size_t tries = 1;; tries++) {
        double left = until - weft_clock_seconds();
        if (left <= 0) break;
        node *n = choose_node(c);
        CURLcode result =
            try_node(c, handle, n, request,
                     left < request->try_seconds ? left : request->try_seconds, code, answer);
        if (!weft_buf_ok(answer)) status = weft_fail(err, WEFT_E_NOMEM, "answer of %s", n->url);
        else if (result == CURLE_WRITE_ERROR)
            status = weft_fail(err, WEFT_E_LIMIT, "%s: an answer of more than %d bytes", n->url,
                               MAX_ANSWER);
        else if (!result && *code < 500 && *code != 429) status = WEFT_OK;
        else status = fail_try(n, result, *code, answer, err);
        if (status != WEFT_E_STORE) break;
        if (result) set_aside(c, n);
        /* Every node once at full speed, then with pauses. */
        if (*code == 429 || tries >= c->node_count) {
            left = until - weft_clock_seconds();
            wait_jittered(c, left < wait ? (left > 0 ? left : 0) : wait);
            wait = wait * 2 < longest_wait ? wait * 2 : longest_wait;
        }
    }
    give_handle(c, handle);
    return status;
}
