/* index_measure.h - what a snapshot's inverted files find, and how fast, beside exact
 * search in the same store. Prints; one thread searches.
 *
 * Both take the vectors of up to `queries` products, evenly spaced, as queries, and match
 * rows by product id: the two snapshots may number them differently. */
#ifndef WEFT_CLI_INDEX_MEASURE_H
#define WEFT_CLI_INDEX_MEASURE_H

#include "sync/snapshot.h"

/* A table of recall@10 of each index, and of the image index searched with texts. Fails
 * with WEFT_E_FORMAT, which names it, when one is below 0.90. */
weft_status weft_measure_recall(const weft_snapshot *snapshot, const weft_snapshot *exact,
                                size_t queries, weft_err *err);

/* Recall@10, rate and times of the image index, searched with photos and with texts, by
 * reach: a table, or lines of JSON. */
weft_status weft_measure_speed(const weft_snapshot *snapshot, const weft_snapshot *exact,
                               size_t queries, bool as_json, weft_err *err);

#endif
