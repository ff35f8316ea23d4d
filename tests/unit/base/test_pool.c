#include "../unit.h"

#include <stdatomic.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"

static atomic_int counter;
static atomic_bool gate;

static void count(void *argument, size_t worker) {
    (void)worker;
    atomic_fetch_add(&counter, *(int *)argument);
}

static void wait_at_gate(void *argument, size_t worker) {
    (void)argument;
    (void)worker;
    while (!atomic_load(&gate)) usleep(1000);
}

static void every_task_runs_once(void **state) {
    (void)state;
    weft_pool *pool;
    int one = 1;
    atomic_store(&counter, 0);
    assert_int_equal(weft_pool_new(&pool, 3, 4, NULL), WEFT_OK);
    for (int i = 0; i < 1000; i++) weft_pool_submit(pool, count, &one);
    weft_pool_wait(pool);
    assert_int_equal(atomic_load(&counter), 1000);
    weft_pool_submit(pool, count, &one);
    weft_pool_free(pool); /* finishes what is queued */
    assert_int_equal(atomic_load(&counter), 1001);
}

static void a_full_queue_refuses(void **state) {
    (void)state;
    weft_pool *pool;
    int one = 1;
    atomic_store(&gate, false);
    atomic_store(&counter, 0);
    assert_int_equal(weft_pool_new(&pool, 1, 2, NULL), WEFT_OK);
    weft_pool_submit(pool, wait_at_gate, NULL);
    while (weft_pool_queued(pool)) usleep(1000); /* the worker has taken it */
    assert_int_equal(weft_pool_try_submit(pool, count, &one), WEFT_OK);
    assert_int_equal(weft_pool_try_submit(pool, count, &one), WEFT_OK);
    assert_int_equal(weft_pool_try_submit(pool, count, &one), WEFT_E_BUSY);
    assert_int_equal(weft_pool_queued(pool), 2);
    atomic_store(&gate, true);
    weft_pool_free(pool);
    assert_int_equal(atomic_load(&counter), 2);
}

/* Threads that are free but have not woken yet are room as well. */
static void a_burst_finds_every_thread(void **state) {
    (void)state;
    for (int round = 0; round < 100; round++) {
        weft_pool *pool;
        atomic_store(&gate, false);
        assert_int_equal(weft_pool_new(&pool, 4, 1, NULL), WEFT_OK);
        for (int i = 0; i < 5; i++)
            assert_int_equal(weft_pool_try_submit(pool, wait_at_gate, NULL), WEFT_OK);
        assert_int_equal(weft_pool_try_submit(pool, wait_at_gate, NULL), WEFT_E_BUSY);
        atomic_store(&gate, true);
        weft_pool_free(pool);
    }
}

static void no_memory(void **state) {
    (void)state;
    for (size_t nth = 1; nth <= 3; nth++) {
        weft_pool *pool = NULL;
        weft_mem_fail_after(nth);
        weft_status status = weft_pool_new(&pool, 2, 2, NULL);
        weft_mem_fail_after(0);
        assert_int_equal(status, WEFT_E_NOMEM);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_runs_once), cmocka_unit_test(a_full_queue_refuses),
        cmocka_unit_test(a_burst_finds_every_thread), cmocka_unit_test(no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
