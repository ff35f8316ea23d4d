/* outfit_table.h - all that outfits are judged by: the table of rules (a shop's own,
 * DATA/outfits.txt, or weft's), how kinds go together, and who was seen wearing what. */
#ifndef WEFT_RECOMMEND_OUTFIT_TABLE_H
#define WEFT_RECOMMEND_OUTFIT_TABLE_H

#include "recommend/wardrobe.h"
#include "store/store.h"

#define WEFT_OUTFIT_TABLE_NAME "outfits.txt"

typedef struct {
    weft_outfit_rules *rules;
    weft_str text; /* that they were read from */
    weft_pairing *pairing;
    uint64_t stamp;          /* weft_file_stamp of the shop's table; 0: there is none */
    int64_t edge_revision;   /* of the store's edges; 0: there are none */
    weft_outfit_edge *edges; /* [edge_count] */
    size_t edge_count, edge_capacity;
    weft_arena arena;
} weft_outfit_table;

/* Reads all; data_folder NULL: weft's own table. Fails as weft_outfit_rules_parse, naming the file,
 * and as the store does. Close also after a failure. */
weft_status weft_outfit_table_open(weft_outfit_table *table, const char *data_folder,
                                   weft_store *store, weft_err *err);
void weft_outfit_table_close(weft_outfit_table *table);

/* The products of a shelf by this table, which must outlive the wardrobe. */
weft_status weft_outfit_table_dress(const weft_outfit_table *table, const weft_shelf *shelf,
                                    weft_wardrobe **wardrobe, weft_err *err);

#endif
