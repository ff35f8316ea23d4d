/* learning.h - what was learned from a shop's events, as files of a folder:
 *
 *   FOLDER/collaborative.bin   item factors (collaborative.h)
 *   FOLDER/blend.json          {"weights": {"user": 0.1, ...}, "events": 198464, "users": 10000,
 *                               "learned_at": "2026-01-02T03:04:05.678Z", "fitted": true}
 *
 * Each is written whole or not at all; the second comes last and tells that both are there. */
#ifndef WEFT_RECOMMEND_LEARNING_H
#define WEFT_RECOMMEND_LEARNING_H

#include "recommend/recommend.h"

typedef struct {
    weft_collaborative *model; /* owned */
    weft_recommend_weights weights;
    bool is_fitted; /* the weights were learned from the events, and are not the default */
    size_t events, users;
    char learned_at[32]; /* RFC 3339 */
} weft_learning;

/* The folder is made where it is missing. Fails as weft_file_write_atomic. */
weft_status weft_learning_write(const weft_learning *learning, const char *folder, weft_err *err);

/* WEFT_E_NOT_FOUND when nothing was learned yet; WEFT_E_FORMAT names the file and what is wrong
 * with it. Deinit after success. */
weft_status weft_learning_open(weft_learning *learning, const char *folder, weft_err *err);
void weft_learning_deinit(weft_learning *learning);

/* Something that is another after each weft_learning_write; 0: nothing is there. Cheap. */
uint64_t weft_learning_stamp(const char *folder);

#endif
