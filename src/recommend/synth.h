/* synth.h - users who are not real, and what they did: for trying recommendations out before a
 * shop has a log of its own.
 *
 * As the seed has them: eight segments; 5 to 50 events a user, 60 % of them views, 25 %
 * add_to_cart, 15 % purchases; four of five within the categories that the user prefers. What
 * people do in shops beyond that is planted: a few products are popular (a log-normal weight
 * each), each user has colors, a price range and a gender that she buys for, she stays with
 * what she looks at for some clicks, and belongs to a circle of about a hundred users whose
 * favorites are the same for no reason that a product shows.
 *
 * The same catalog, seed and time give the same users and events. */
#ifndef WEFT_RECOMMEND_SYNTH_H
#define WEFT_RECOMMEND_SYNTH_H

#include <stdatomic.h>

#include "catalog/catalog.h"
#include "store/store.h"

typedef struct {
    size_t users;              /* 0: 10,000 */
    uint64_t seed;             /* 0: 1 */
    int64_t until;             /* milliseconds since 1970: when the last events are */
    double days;               /* over which they are; 0: 120 */
    const atomic_bool *cancel; /* may be NULL */
    void (*on_progress)(void *context, size_t done, size_t all); /* users; may be NULL */
    void *context;
} weft_synth_options;

/* Strings of both are the synth's or the catalog's. */
typedef struct {
    weft_store_user *users; /* [user_count]: "user_00001" and so on */
    size_t user_count;
    weft_event *events; /* [event_count] in order of time */
    size_t event_count;
    weft_arena arena;
} weft_synth;

/* Deinit also after a failure. Fails with WEFT_E_INVALID (no product can be bought),
 * WEFT_E_CANCELLED, WEFT_E_NOMEM. */
weft_status weft_synth_make(weft_synth *synth, const weft_catalog *catalog,
                            const weft_synth_options *options, weft_err *err);
void weft_synth_deinit(weft_synth *synth);

#endif
