/* user_features.h - the table user_style_features, kept in step with the events. */
#ifndef WEFT_RECOMMEND_USER_FEATURES_H
#define WEFT_RECOMMEND_USER_FEATURES_H

#include "recommend/profile.h"

typedef struct {
    size_t events; /* that were new; 0: all features are current */
    size_t users;  /* whose features were written */
} weft_features_step;

/* Takes up to `limit` events after the position that the store keeps, and writes the features of
 * the users they are of, made from all that each did (profile.h), with the new position, at once.
 * Any number of processes may do so: when another was faster, what was done here is dropped and
 * counts as a step. Fails as the store does, and with WEFT_E_NOMEM. */
weft_status weft_features_follow(weft_store *store, const weft_shelf *shelf,
                                 const char *embedding_model, size_t limit,
                                 weft_features_step *step, weft_err *err);

#endif
