/* event_group.h - events of many requests, written together.
 *
 * Each request waits until its events are on the disk. What waits while one transaction is
 * written goes into the next, all at once (group commit: DeWitt et al., "Implementation
 * Techniques for Main Memory Database Systems", 1984): a flush of the disk is shared by as
 * many requests as came during the one before. */
#ifndef WEFT_API_EVENT_GROUP_H
#define WEFT_API_EVENT_GROUP_H

#include <pthread.h>

#include "store/store.h"

struct weft_event_entry;

typedef struct {
    weft_store *store;
    pthread_mutex_t lock; /* of what follows */
    bool is_writing;      /* by one of those who wait */
    struct weft_event_entry *first, **last;
} weft_event_group;

void weft_event_group_init(weft_event_group *group, weft_store *store);
void weft_event_group_deinit(weft_event_group *group); /* when no one waits any more */

/* As weft_store_put_events: durable when it returns. Any thread. */
weft_status weft_event_group_put(weft_event_group *group, const weft_event *events, size_t n,
                                 bool *is_known, weft_err *err);

#endif
