#include "api/search_log.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"

enum { CAPACITY = 4096, TOGETHER = 256, WAIT_NANOSECONDS = 500 * 1000 * 1000 };

struct weft_search_log {
    weft_store *store;
    pthread_mutex_t lock; /* of what follows; a leaf */
    pthread_cond_t wake;
    weft_store_search waiting[CAPACITY]; /* a ring; strings are each entry's one block */
    size_t first, count;
    bool stopping;
    weft_search_log_counts counts;
    pthread_t thread;
    bool has_thread;
};

/* One block for all strings; its beginning is query_id. False when out of memory. */
static bool copy_search(weft_store_search *to, const weft_store_search *from) {
    const char *const strings[] = {from->query_id,    from->user_id, from->experiment, from->arm,
                                   from->search_type, from->query,   from->results};
    enum { COUNT = sizeof strings / sizeof *strings };
    size_t sizes[COUNT], total = 0;
    const char *copies[COUNT];
    for (size_t i = 0; i < COUNT; i++) total += sizes[i] = strlen(strings[i]) + 1;
    char *block = weft_alloc(total, 1);
    if (!block) return false;
    char *at = block;
    for (size_t i = 0; i < COUNT; i++) {
        memcpy(at, strings[i], sizes[i]);
        copies[i] = at;
        at += sizes[i];
    }
    *to = (weft_store_search){copies[0], copies[1], copies[2], copies[3],
                              copies[4], copies[5], copies[6], NULL};
    return true;
}

void weft_search_log_add(weft_search_log *log, const weft_store_search *search) {
    weft_store_search copy;
    if (!log) return;
    bool is_copied = copy_search(&copy, search);
    pthread_mutex_lock(&log->lock);
    bool fits = is_copied && log->count < CAPACITY;
    if (fits) log->waiting[(log->first + log->count++) % CAPACITY] = copy;
    else log->counts.dropped++;
    if (log->count == TOGETHER) pthread_cond_signal(&log->wake);
    pthread_mutex_unlock(&log->lock);
    if (is_copied && !fits) weft_free((void *)(uintptr_t)copy.query_id);
}

/* Takes up to TOGETHER entries, waiting a while for so many; false: there are none and it is
 * time to stop. */
static bool take(weft_search_log *log, weft_store_search *taken, size_t *n) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WAIT_NANOSECONDS;
    if (until.tv_nsec >= 1000000000L) until.tv_sec++, until.tv_nsec -= 1000000000L;
    pthread_mutex_lock(&log->lock);
    while (!log->stopping && log->count < TOGETHER &&
           pthread_cond_timedwait(&log->wake, &log->lock, &until) == 0) {
    }
    for (*n = 0; *n < TOGETHER && log->count; log->count--) {
        taken[(*n)++] = log->waiting[log->first];
        log->first = (log->first + 1) % CAPACITY;
    }
    bool goes_on = *n > 0 || !log->stopping;
    pthread_mutex_unlock(&log->lock);
    return goes_on;
}

static void *write_main(void *argument) {
    weft_search_log *log = argument;
    weft_store_search taken[TOGETHER];
    size_t n;
    while (take(log, taken, &n)) {
        weft_err err = {0};
        weft_status status = n ? weft_store_put_searches(log->store, taken, n, &err) : WEFT_OK;
        if (status) weft_log(WEFT_LOG_ERROR, "%zu searches were not kept: %s", n, err.message);
        pthread_mutex_lock(&log->lock);
        if (status) log->counts.dropped += n;
        else log->counts.written += n;
        pthread_mutex_unlock(&log->lock);
        for (size_t i = 0; i < n; i++) weft_free((void *)(uintptr_t)taken[i].query_id);
    }
    return NULL;
}

weft_status weft_search_log_new(weft_search_log **out, weft_store *store, weft_err *err) {
    weft_search_log *log = weft_calloc(1, sizeof *log);
    if (!log) return weft_fail(err, WEFT_E_NOMEM, "log of searches");
    log->store = store;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&log->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&log->lock, NULL);
    log->has_thread = pthread_create(&log->thread, NULL, write_main, log) == 0;
    if (!log->has_thread) {
        weft_search_log_free(log);
        return weft_fail(err, WEFT_E_INTERNAL, "cannot start the thread that keeps searches");
    }
    *out = log;
    return WEFT_OK;
}

void weft_search_log_free(weft_search_log *log) {
    if (!log) return;
    if (log->has_thread) {
        pthread_mutex_lock(&log->lock);
        log->stopping = true;
        pthread_cond_signal(&log->wake);
        pthread_mutex_unlock(&log->lock);
        pthread_join(log->thread, NULL);
    }
    pthread_cond_destroy(&log->wake);
    pthread_mutex_destroy(&log->lock);
    weft_free(log);
}

weft_search_log_counts weft_search_log_count(weft_search_log *log) {
    pthread_mutex_lock(&log->lock);
    weft_search_log_counts counts = log->counts;
    pthread_mutex_unlock(&log->lock);
    return counts;
}
