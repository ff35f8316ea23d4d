/* latent_log.h - a log of users who each like a few of some groups of items, with some products
 * more popular than others, as a test can know what is to be found. */
#ifndef WEFT_TESTS_LATENT_LOG_H
#define WEFT_TESTS_LATENT_LOG_H

#include <stdio.h>

#include "base/mem.h"
#include "index/index_random.h"
#include "recommend/collaborative.h"

enum { LOG_USERS = 600, LOG_ITEMS = 800, LOG_GROUPS = 12, LOG_EVENTS = 16 };

/* Item i is of group i % LOG_GROUPS. Each user has LOG_EVENTS interactions and one more that is
 * held out, with an item that none of hers has. */
typedef struct {
    weft_interaction all[LOG_USERS * LOG_EVENTS]; /* user u's are at u * LOG_EVENTS */
    uint32_t held_out[LOG_USERS];
    const char *ids[LOG_ITEMS];
    char text[LOG_ITEMS][8];
} latent_log;

static inline double latent_uniform(uint64_t *random) {
    return (double)(weft_random_next(random) >> 11) / (double)(UINT64_C(1) << 53);
}

/* Of a user with two groups: 3 of 5 from the first, 1 from the second, 1 from anywhere; the
 * lower its number, the more popular an item. */
static inline uint32_t latent_item(size_t user, uint64_t *random) {
    double kind = latent_uniform(random), skewed = latent_uniform(random);
    skewed *= skewed;
    size_t first = user % LOG_GROUPS, second = user / LOG_GROUPS % LOG_GROUPS;
    if (kind < 0.2) return (uint32_t)(skewed * LOG_ITEMS);
    size_t group = kind < 0.8 ? first : second;
    return (uint32_t)((size_t)(skewed * (LOG_ITEMS / LOG_GROUPS)) * LOG_GROUPS + group);
}

static inline bool latent_has(const weft_interaction *events, size_t n, uint32_t item) {
    for (size_t i = 0; i < n; i++)
        if (events[i].item == item) return true;
    return false;
}

static inline latent_log *latent_log_new(uint64_t seed) {
    latent_log *log = weft_calloc(1, sizeof *log);
    for (size_t u = 0; u < LOG_USERS; u++) {
        weft_interaction *events = log->all + u * LOG_EVENTS;
        for (size_t i = 0; i <= LOG_EVENTS; i++) {
            uint32_t item;
            do item = latent_item(u, &seed);
            while (latent_has(events, i, item));
            if (i == LOG_EVENTS) log->held_out[u] = item;
            else events[i] = (weft_interaction){(uint32_t)u, item, 1 + (float)(i % 3)};
        }
    }
    for (size_t i = 0; i < LOG_ITEMS; i++) {
        snprintf(log->text[i], sizeof log->text[i], "p%zu", i);
        log->ids[i] = log->text[i];
    }
    return log;
}

/* What the first `users` did. */
static inline weft_collaborative_log latent_log_of(const latent_log *log, size_t users) {
    return (weft_collaborative_log){.interactions = log->all,
                                    .n = users * LOG_EVENTS,
                                    .users = users,
                                    .items = LOG_ITEMS,
                                    .item_ids = log->ids};
}

#endif
