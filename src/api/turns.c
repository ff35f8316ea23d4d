#include "api/turns.h"

#include <stdbool.h>

/* Of one that waits, on its stack. */
struct weft_turn {
    weft_turn *next;
    pthread_cond_t came;
    bool has_come;
};

void weft_turns_init(weft_turns *turns, size_t at_once) {
    *turns = (weft_turns){.free = at_once};
    pthread_mutex_init(&turns->lock, NULL);
}

void weft_turns_deinit(weft_turns *turns) { pthread_mutex_destroy(&turns->lock); }

static void wait(weft_turns *turns) {
    weft_turn mine = {0};
    pthread_cond_init(&mine.came, NULL);
    if (turns->last) turns->last->next = &mine;
    else turns->first = &mine;
    turns->last = &mine;
    while (!mine.has_come) pthread_cond_wait(&mine.came, &turns->lock);
    pthread_cond_destroy(&mine.came);
}

void weft_turns_enter(weft_turns *turns) {
    pthread_mutex_lock(&turns->lock);
    if (turns->free > 0) turns->free--;
    else wait(turns);
    pthread_mutex_unlock(&turns->lock);
}

/* Hands the turn to who has waited longest. */
void weft_turns_leave(weft_turns *turns) {
    pthread_mutex_lock(&turns->lock);
    weft_turn *next = turns->first;
    if (!next) {
        turns->free++;
    } else {
        turns->first = next->next;
        if (!turns->first) turns->last = NULL;
        next->has_come = true;
        pthread_cond_signal(&next->came);
    }
    pthread_mutex_unlock(&turns->lock);
}
