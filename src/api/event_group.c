#include "api/event_group.h"

#include <errno.h>
#include <semaphore.h>
#include <string.h>

#include "base/mem.h"

enum { MAX_TOGETHER = 8192 }; /* events a transaction */

/* A request that waits; it lives on its thread's stack. */
typedef struct weft_event_entry {
    const weft_event *events;
    bool *is_known;
    size_t n;
    weft_status status;
    weft_err err;
    sem_t turn; /* it is written, or its thread shall write */
    bool is_writer;
    struct weft_event_entry *next;
} entry;

void weft_event_group_init(weft_event_group *group, weft_store *store) {
    *group = (weft_event_group){.store = store};
    group->last = &group->first;
    pthread_mutex_init(&group->lock, NULL);
}

void weft_event_group_deinit(weft_event_group *group) { pthread_mutex_destroy(&group->lock); }

/* Takes the entries that wait off the list, as many as go together; *total is their events. */
static entry *take(weft_event_group *group, size_t *total) {
    entry *first = group->first, **end = &group->first;
    *total = 0;
    do {
        *total += (*end)->n;
        end = &(*end)->next;
    } while (*end && *total + (*end)->n <= MAX_TOGETHER);
    group->first = *end;
    if (!group->first) group->last = &group->first;
    *end = NULL;
    return first;
}

static void write_alone(weft_store *store, entry *e) {
    e->err = (weft_err){0};
    e->status = weft_store_put_events(store, e->events, e->n, e->is_known, &e->err);
}

/* All in one transaction; false when that cannot be. */
static bool write_together(weft_store *store, entry *first, size_t total) {
    size_t at = 0;
    weft_event *events = weft_calloc(total, sizeof *events);
    bool *is_known = weft_calloc(total, sizeof *is_known);
    bool is_written = events && is_known;
    for (entry *e = first; e && is_written; at += e->n, e = e->next)
        memcpy(events + at, e->events, e->n * sizeof *events);
    weft_err err = {0};
    weft_status status =
        is_written ? weft_store_put_events(store, events, total, is_known, &err) : WEFT_OK;
    /* One that the database does not take must not fail the others. */
    if (status == WEFT_E_INVALID) is_written = false;
    at = 0;
    for (entry *e = first; e && is_written; at += e->n, e = e->next) {
        e->status = status;
        e->err = err;
        memcpy(e->is_known, is_known + at, e->n * sizeof *is_known);
    }
    weft_free(events);
    weft_free(is_known);
    return is_written;
}

static void write_entries(weft_store *store, entry *first, size_t total) {
    if (first->next && write_together(store, first, total)) return;
    for (entry *e = first; e; e = e->next) write_alone(store, e);
}

/* Writes what waits, its own entry first, and passes the turn on. Each thread is woken once. */
static void write_turn(weft_event_group *group, entry *own) {
    size_t total;
    pthread_mutex_lock(&group->lock);
    entry *first = take(group, &total);
    pthread_mutex_unlock(&group->lock);
    write_entries(group->store, first, total);
    pthread_mutex_lock(&group->lock);
    entry *writer = group->first;
    group->is_writing = writer != NULL;
    if (writer) writer->is_writer = true;
    pthread_mutex_unlock(&group->lock);
    if (writer) sem_post(&writer->turn);
    /* An entry is gone as soon as its thread has its turn. */
    for (entry *e = first, *next; e; e = next) {
        next = e->next;
        if (e != own) sem_post(&e->turn);
    }
}

weft_status weft_event_group_put(weft_event_group *group, const weft_event *events, size_t n,
                                 bool *is_known, weft_err *err) {
    entry own = {.events = events, .is_known = is_known, .n = n};
    sem_init(&own.turn, 0, 0);
    pthread_mutex_lock(&group->lock);
    *group->last = &own;
    group->last = &own.next;
    own.is_writer = !group->is_writing;
    group->is_writing = true;
    bool waits = !own.is_writer;
    pthread_mutex_unlock(&group->lock);
    while (waits && sem_wait(&own.turn) != 0 && errno == EINTR) {
    }
    if (own.is_writer) write_turn(group, &own);
    sem_destroy(&own.turn);
    if (own.status && err) *err = own.err;
    return own.status;
}
