#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#include "base/mem.h"

typedef struct {
    weft_task run;
    void *argument;
} entry;

typedef struct {
    weft_pool *pool;
    size_t number;
    pthread_t thread;
} worker;

struct weft_pool {
    pthread_mutex_t lock;
    pthread_cond_t has_work; /* queue not empty, or stopping */
    pthread_cond_t has_room; /* queue not full */
    pthread_cond_t is_idle;  /* queue empty and no task running */
    entry *queue;            /* ring: one entry for each thread, and queue_size more */
    size_t queue_size, ring_size, first, waiting, running;
    bool stopping;
    worker *workers;
    size_t worker_count;
};

static void *worker_main(void *argument) {
    worker *self = argument;
    weft_pool *pool = self->pool;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->waiting == 0 && !pool->stopping)
            pthread_cond_wait(&pool->has_work, &pool->lock);
        if (pool->waiting == 0) break;
        entry task = pool->queue[pool->first];
        pool->first = (pool->first + 1) % pool->ring_size;
        pool->waiting--;
        pool->running++;
        pthread_cond_signal(&pool->has_room);
        pthread_mutex_unlock(&pool->lock);
        task.run(task.argument, self->number);
        pthread_mutex_lock(&pool->lock);
        pool->running--;
        if (pool->waiting == 0 && pool->running == 0) pthread_cond_broadcast(&pool->is_idle);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

weft_status weft_pool_new(weft_pool **out, size_t threads, size_t queue_size, weft_err *err) {
    weft_pool *pool = weft_calloc(1, sizeof *pool);
    if (!pool) return weft_fail(err, WEFT_E_NOMEM, "thread pool");
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->has_work, NULL);
    pthread_cond_init(&pool->has_room, NULL);
    pthread_cond_init(&pool->is_idle, NULL);
    pool->queue_size = queue_size;
    pool->ring_size = threads + queue_size;
    pool->queue = weft_alloc(pool->ring_size, sizeof *pool->queue);
    pool->workers = weft_calloc(threads, sizeof *pool->workers);
    if (!pool->queue || !pool->workers) {
        weft_pool_free(pool);
        return weft_fail(err, WEFT_E_NOMEM, "thread pool of %zu threads", threads);
    }
    for (size_t i = 0; i < threads; i++) {
        pool->workers[i] = (worker){.pool = pool, .number = i};
        if (pthread_create(&pool->workers[i].thread, NULL, worker_main, &pool->workers[i])) {
            weft_pool_free(pool);
            return weft_fail(err, WEFT_E_INTERNAL, "cannot start thread %zu of %zu", i + 1,
                             threads);
        }
        pool->worker_count++;
    }
    *out = pool;
    return WEFT_OK;
}

void weft_pool_free(weft_pool *pool) {
    if (!pool) return;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->has_work);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->worker_count; i++) pthread_join(pool->workers[i].thread, NULL);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->has_work);
    pthread_cond_destroy(&pool->has_room);
    pthread_cond_destroy(&pool->is_idle);
    weft_free(pool->queue);
    weft_free(pool->workers);
    weft_free(pool);
}

/* Puts a task into the ring, which has room; the lock is held. */
static void push(weft_pool *pool, weft_task task, void *argument) {
    pool->queue[(pool->first + pool->waiting) % pool->ring_size] = (entry){task, argument};
    pool->waiting++;
    pthread_cond_signal(&pool->has_work);
}

weft_status weft_pool_try_submit(weft_pool *pool, weft_task task, void *argument) {
    weft_status status = WEFT_E_BUSY;
    pthread_mutex_lock(&pool->lock);
    /* A task for a thread that is free, and has not woken yet, does not wait. */
    if (pool->waiting + pool->running < pool->ring_size) {
        push(pool, task, argument);
        status = WEFT_OK;
    }
    pthread_mutex_unlock(&pool->lock);
    return status;
}

void weft_pool_submit(weft_pool *pool, weft_task task, void *argument) {
    pthread_mutex_lock(&pool->lock);
    while (pool->waiting >= pool->queue_size) pthread_cond_wait(&pool->has_room, &pool->lock);
    push(pool, task, argument);
    pthread_mutex_unlock(&pool->lock);
}

void weft_pool_wait(weft_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    while (pool->waiting || pool->running) pthread_cond_wait(&pool->is_idle, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

size_t weft_pool_queued(weft_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    size_t n = pool->waiting;
    pthread_mutex_unlock(&pool->lock);
    return n;
}

size_t weft_cpu_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? (size_t)n : 1;
}
