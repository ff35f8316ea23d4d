/* team.h - a few threads that work through one job together, stage by stage.
 *
 * A job is a function that every member runs. Within a stage the members take numbered
 * pieces until none is left; between stages they wait for each other:
 *
 *     static void job(weft_team *team, size_t member, void *argument) {
 *         for (size_t i; (i = weft_team_next(team)) < rows;) normalize(argument, i);
 *         weft_team_wait(team);
 *         for (size_t i; (i = weft_team_next(team)) < panels;) multiply(argument, i);
 *         weft_team_wait(team);
 *     }
 *
 * Stages last tens of microseconds, so members wait by looking again and again, and
 * only go to sleep between jobs, or when a member has evidently lost its processor. A
 * team of one has no threads and waits for nobody. */
#ifndef WEFT_TENSOR_TEAM_H
#define WEFT_TENSOR_TEAM_H

#include <stddef.h>

#include "base/status.h"

typedef struct weft_team weft_team; /* one job at a time */

/* size includes the calling thread; 0 counts as 1. Fails with WEFT_E_NOMEM, or
 * WEFT_E_INTERNAL when a thread cannot start. */
weft_status weft_team_new(weft_team **team, size_t size, weft_err *err);
void weft_team_free(weft_team *team); /* NULL is fine */
size_t weft_team_size(const weft_team *team);

/* member is 0 <= member < size; the calling thread's is 0. */
typedef void (*weft_team_job)(weft_team *team, size_t member, void *argument);

/* Runs job on every member, the calling thread among them, and returns when all have. */
void weft_team_run(weft_team *team, weft_team_job job, void *argument);

/* Only from within a job. Pieces count from 0 again after each wait. */
size_t weft_team_next(weft_team *team);
void weft_team_wait(weft_team *team);

#endif
