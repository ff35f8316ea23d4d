/* outfit_graph.h - which products are worn together, from garments that people wear in photos.
 *
 * A garment in a photo is none of the shop's products, but it resembles some: it stands for the
 * five nearest by image embedding, of the slot that its category belongs to. Products that two
 * garments of one photo stand for share an edge, which counts the photos: that is the seed's
 * graph of outfits, "worn together in so many photos". */
#ifndef WEFT_RECOMMEND_OUTFIT_GRAPH_H
#define WEFT_RECOMMEND_OUTFIT_GRAPH_H

#include "recommend/outfit_rules.h"
#include "recommend/shelf.h"
#include "store/store.h"

enum {
    WEFT_OUTFIT_GRAPH_NEAREST = 5,
    WEFT_OUTFIT_GRAPH_MAX_GARMENTS = 64 /* of one photo that count: the first */
};

typedef struct {
    const weft_shelf *shelf;        /* with its image index in memory */
    const weft_outfit_rules *rules; /* whose slots are meant; NULL: garments stand for products of
                                     * any slot, as do those whose slot the rules have not */
    weft_store *store;              /* with the garments */
    const char *embedding_model;    /* of the shelf; garments of others are not looked at */

    void (*on_progress)(void *context, double done); /* 0 to 1; may be NULL */
    void *context;
    const atomic_bool *cancel; /* may be NULL */
} weft_outfit_graph_options;

typedef struct {
    weft_store_outfit_edge *edges; /* [count] in order; ids are the catalog's */
    size_t count;
    size_t garments, photos; /* that were looked at */
    size_t paired;           /* photos that made an edge */
} weft_outfit_graph;

/* The slot of the outfit rules that garments of a category ("vest") belong to: "tops", "bottoms",
 * "outerwear" or "dress"; NULL: none of the 13 categories. */
const char *weft_outfit_graph_slot(const char *category);

/* Deinit after success. Fails as weft_store_each_item and weft_index_search_batch (with
 * WEFT_E_UNSUPPORTED where the vectors are in an engine), with WEFT_E_INVALID when a garment's
 * embedding is of another dimension, WEFT_E_CANCELLED, WEFT_E_NOMEM. */
weft_status weft_outfit_graph_build(weft_outfit_graph *graph,
                                    const weft_outfit_graph_options *options, weft_err *err);
void weft_outfit_graph_deinit(weft_outfit_graph *graph);

#endif
