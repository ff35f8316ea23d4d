/* turns.h - work that only computes takes turns, first come first served.
 *
 * More of it at a time than there are processors ends no sooner and makes all of it late. A plain
 * semaphore serves waiters in no order, which shows in the slowest answers. Any thread. */
#ifndef WEFT_API_TURNS_H
#define WEFT_API_TURNS_H

#include <pthread.h>
#include <stddef.h>

typedef struct weft_turn weft_turn;

typedef struct {
    pthread_mutex_t lock;
    size_t free;             /* turns nobody has */
    weft_turn *first, *last; /* who waits, in order of coming */
} weft_turns;

void weft_turns_init(weft_turns *turns, size_t at_once);
void weft_turns_deinit(weft_turns *turns); /* nobody waits or has a turn */

/* Waits until it is the caller's turn, which ends with weft_turns_leave. */
void weft_turns_enter(weft_turns *turns);
void weft_turns_leave(weft_turns *turns);

#endif
