/* kind_draw.h - kinds of pieces drawn at random, each as often as it occurs. */
#ifndef WEFT_RECOMMEND_KIND_DRAW_H
#define WEFT_RECOMMEND_KIND_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Draws n kinds that differ from one another and from those that `taken` marks, each with a
 * chance in proportion to counts[kind], and marks them taken. drawn is [n]. False when fewer
 * than n kinds with a count are free; nothing is drawn then. The same for the same *state
 * (index_random.h) on every machine. O(n kinds). */
bool weft_kind_draw(const uint32_t *counts, size_t kinds, bool *taken, size_t n, uint64_t *state,
                    uint32_t *drawn);

#endif
