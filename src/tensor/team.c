/* team.c - members, and a barrier that spins.
 *
 * The barrier counts arrivals; the last to arrive resets the count and the piece
 * counter and starts the next phase, which is what the others look at. All writes of a
 * phase are released by an arrival and acquired by whoever sees the new phase. */
#include "tensor/team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/mem.h"

/* About 50 microseconds of looking before a processor is given up. */
enum { SPINS = 2000 };

typedef struct {
    weft_team *team;
    size_t number;
    pthread_t thread;
} member;

struct weft_team {
    size_t size;
    member *members; /* [size - 1], all but the calling thread */
    size_t started;

    _Alignas(64) atomic_size_t next; /* pieces taken in this phase */
    _Alignas(64) atomic_size_t arrived;
    _Alignas(64) atomic_size_t phase;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    size_t jobs; /* begun so far */
    bool stop;
    weft_team_job job;
    void *argument;
};

static inline void relax(void) {
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

size_t weft_team_size(const weft_team *team) { return team->size; }

size_t weft_team_next(weft_team *team) {
    return atomic_fetch_add_explicit(&team->next, 1, memory_order_relaxed);
}

void weft_team_wait(weft_team *team) {
    size_t phase = atomic_load_explicit(&team->phase, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&team->arrived, 1, memory_order_acq_rel) + 1 == team->size) {
        atomic_store_explicit(&team->arrived, 0, memory_order_relaxed);
        atomic_store_explicit(&team->next, 0, memory_order_relaxed);
        atomic_store_explicit(&team->phase, phase + 1, memory_order_release);
        return;
    }
    for (size_t spins = 0; atomic_load_explicit(&team->phase, memory_order_acquire) == phase;
         spins++)
        if (spins < SPINS) relax();
        else sched_yield();
}

static void *member_thread(void *self_argument) {
    const member *self = self_argument;
    weft_team *team = self->team;
    size_t seen = 0;
    for (;;) {
        pthread_mutex_lock(&team->lock);
        while (team->jobs == seen && !team->stop) pthread_cond_wait(&team->wake, &team->lock);
        bool stop = team->stop;
        weft_team_job job = team->job;
        void *argument = team->argument;
        seen = team->jobs;
        pthread_mutex_unlock(&team->lock);
        if (stop) return NULL;
        job(team, self->number, argument);
        weft_team_wait(team);
    }
}

void weft_team_run(weft_team *team, weft_team_job job, void *argument) {
    if (team->size > 1) {
        pthread_mutex_lock(&team->lock);
        team->job = job;
        team->argument = argument;
        team->jobs++;
        pthread_cond_broadcast(&team->wake);
        pthread_mutex_unlock(&team->lock);
    }
    job(team, 0, argument);
    weft_team_wait(team);
}

weft_status weft_team_new(weft_team **out, size_t size, weft_err *err) {
    *out = NULL;
    weft_team *team = weft_alloc_aligned(1, sizeof *team);
    if (!team) return weft_fail(err, WEFT_E_NOMEM, "no memory for a team of threads");
    *team = (weft_team){.size = size ? size : 1};
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->wake, NULL);
    weft_status status = WEFT_OK;
    team->members = weft_calloc(team->size, sizeof *team->members);
    if (!team->members) status = weft_fail(err, WEFT_E_NOMEM, "no memory for a team of threads");
    while (!status && team->started + 1 < team->size) {
        member *m = &team->members[team->started];
        *m = (member){.team = team, .number = team->started + 1};
        if (pthread_create(&m->thread, NULL, member_thread, m))
            status = weft_fail(err, WEFT_E_INTERNAL, "cannot start thread %zu of a team of %zu",
                               team->started + 2, team->size);
        else team->started++;
    }
    if (status) weft_team_free(team);
    else *out = team;
    return status;
}

void weft_team_free(weft_team *team) {
    if (!team) return;
    pthread_mutex_lock(&team->lock);
    team->stop = true;
    pthread_cond_broadcast(&team->wake);
    pthread_mutex_unlock(&team->lock);
    for (size_t i = 0; i < team->started; i++) pthread_join(team->members[i].thread, NULL);
    pthread_mutex_destroy(&team->lock);
    pthread_cond_destroy(&team->wake);
    weft_free(team->members);
    weft_free(team);
}
