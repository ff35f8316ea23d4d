/* opensearch_body.h - what OpenSearch is told and what it answers, without a connection. */
#ifndef WEFT_ENGINE_OPENSEARCH_BODY_H
#define WEFT_ENGINE_OPENSEARCH_BODY_H

#include "engine/engine.h"

/* OpenSearch's limit on k and on size. */
enum { WEFT_OPENSEARCH_MAX_HITS = 10000, WEFT_OPENSEARCH_ID_SIZE = 512 };

/* The document's id of a product: the product's own, or for long ones, and those that look
 * like it, "weft:" and its SHA-256. */
void weft_opensearch_document_id(char id[WEFT_OPENSEARCH_ID_SIZE], const char *product_id);

/* ---- written; failures to find memory show in weft_buf_ok ---- */

/* Settings and mapping of a new index for vectors of dim dimensions, as it is while it is
 * filled: with one copy of each shard, and unseen by searches. */
void weft_opensearch_write_index(weft_buf *out, size_t dim);
/* The settings that it gets when it is full. */
void weft_opensearch_write_settings(weft_buf *out);

/* Two lines of a bulk: a product with its embeddings; embedding NULL: none. */
void weft_opensearch_write_put(weft_buf *out, const weft_product *product,
                               const weft_embedding *embedding, uint64_t version);
/* One line. */
void weft_opensearch_write_delete(weft_buf *out, const char *product_id, uint64_t version);

void weft_opensearch_write_search(weft_buf *out, const weft_engine_query *query, size_t dim);

/* ---- read: bytes from the network ---- */

/* The hits of a whole answer of one search, ids in the arena; hits is [max]. WEFT_E_STORE: the
 * answer is partial or none, and says what it says; WEFT_E_NOMEM. */
weft_status weft_opensearch_read_hits(const char *json, size_t size, weft_arena *arena,
                                      weft_engine_hit *hits, size_t max, size_t *n, weft_err *err);

/* Did every action of a bulk do what it was for? A document that has a newer version, and one
 * to delete that is not there, are as good. WEFT_E_BUSY: some were put off, and must all be
 * sent again; WEFT_E_STORE names the document and why. */
weft_status weft_opensearch_read_bulk(const char *json, size_t size, weft_err *err);

/* Did a refresh reach all shards? */
weft_status weft_opensearch_read_shards(const char *json, size_t size, weft_err *err);

/* The vector called name of a document; *found is false when it has none. */
weft_status weft_opensearch_read_vector(const char *json, size_t size, const char *name, float *out,
                                        size_t dim, bool *found, weft_err *err);

/* "image_embedding" */
const char *weft_opensearch_vector_name(weft_embedding_kind kind);

#endif
