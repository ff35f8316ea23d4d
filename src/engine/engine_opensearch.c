/* engine_opensearch.c - a cluster of OpenSearch with its k-NN plugin as the engine.
 *
 * Each set of embeddings has an alias; behind it is one index, a generation, with a document
 * for each product. Every write carries the store's change number as its external version, so
 * that what comes twice or late does no harm. One document more says up to which change the
 * generation is fed, and by which database's history: who follows reads it, applies what
 * changed since, makes that visible, and moves it on. Several servers may do so at once.
 *
 * A first filling, or one for a database with another history, goes into a new generation
 * beside the old one, which the alias then turns to in one step. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/engine_vtable.h"
#include "engine/opensearch_body.h"
#include "engine/opensearch_client.h"

enum {
    FORMAT = 1,           /* of the documents; another one is filled anew */
    BULK_BYTES = 2 << 20, /* of a bulk, about */
    ALIAS_SIZE = 160,
    INDEX_SIZE = ALIAS_SIZE + 20,
    ABANDONED_SECONDS = 3600, /* after which a generation that no alias names was left behind */
    PROGRESS_EACH = 500,
};
static const double search_try = 2, search_total = 8, write_try = 20, write_total = 60;
static const char position_id[] = "weft:position";

typedef struct {
    weft_engine engine; /* first, so that the one can be cast to the other */
    weft_engine_options options;
    char *embedding_model;
    weft_opensearch *client;
    char alias[ALIAS_SIZE];
} opensearch;

/* Up to which change an index is fed. */
typedef struct {
    bool is_there;
    uint64_t seq;
    char mark[WEFT_STORE_MARK_SIZE];
} position;

static weft_status fail_answer(const char *what, long code, const weft_buf *answer, weft_err *err) {
    return weft_fail(err, WEFT_E_STORE, "%s: HTTP %ld: %.300s", what, code,
                     answer->data ? answer->data : "");
}

/* ---- calls ---- */

/* A call whose path is made of a format; the answer's status code is looked at by the caller. */
static weft_status call(const opensearch *o, const char *method, const char *path,
                        const weft_buf *body, long *code, weft_buf *answer, weft_err *err) {
    const weft_opensearch_request request = {
        .method = method,
        .path = path,
        .body = body ? (weft_str){body->data, body->size} : (weft_str){0},
        .try_seconds = write_try,
        .seconds = write_total,
    };
    if (body && !weft_buf_ok(body)) return weft_fail(err, WEFT_E_NOMEM, "request");
    return weft_opensearch_call(o->client, &request, code, answer, err);
}

/* The same where only a 200 will do, and its body does not matter. */
static weft_status order(const opensearch *o, const char *method, const char *path,
                         const weft_buf *body, const char *what, weft_err *err) {
    weft_buf answer;
    long code;
    weft_buf_init(&answer);
    weft_status status = call(o, method, path, body, &code, &answer, err);
    if (!status && code != 200 && code != 201) status = fail_answer(what, code, &answer, err);
    weft_buf_deinit(&answer);
    return status;
}

/* ---- writing many ---- */

typedef struct {
    const opensearch *o;
    const char *index; /* or alias */
    weft_buf lines;
    uint64_t version;
    size_t sent, total;
    const weft_engine_watch *watch;
} bulk;

/* Sends a bulk until every part of it is done: repeating is harmless. */
static weft_status send_lines(const bulk *b, weft_err *err) {
    char path[INDEX_SIZE + 32];
    weft_buf answer;
    long code;
    double until = weft_clock_seconds() + write_total;
    weft_status status;
    weft_buf_init(&answer);
    snprintf(path, sizeof path, "/%s/_bulk", b->index);
    for (;;) {
        status = call(b->o, "POST", path, &b->lines, &code, &answer, err);
        if (!status && code != 200) status = fail_answer("bulk", code, &answer, err);
        else if (!status) status = weft_opensearch_read_bulk(answer.data, answer.size, err);
        if (status != WEFT_E_BUSY || weft_clock_seconds() > until) break;
        usleep(200 * 1000);
    }
    weft_buf_deinit(&answer);
    return status == WEFT_E_BUSY ? WEFT_E_STORE : status;
}

static weft_status flush_bulk(bulk *b, weft_err *err) {
    if (b->lines.size == 0) return WEFT_OK;
    weft_status status = send_lines(b, err);
    weft_buf_clear(&b->lines);
    return status;
}

static weft_status put_document(bulk *b, const weft_product *product,
                                const weft_embedding *embedding, weft_err *err) {
    const weft_engine_options *options = &b->o->options;
    const weft_engine_watch *watch = b->watch;
    bool is_usable = embedding && embedding->dim == options->dim &&
                     strcmp(embedding->embedding_model, b->o->embedding_model) == 0;
    if (watch->cancel && atomic_load(watch->cancel))
        return weft_fail(err, WEFT_E_CANCELLED, "stopped");
    weft_opensearch_write_put(&b->lines, product, is_usable ? embedding : NULL, b->version);
    b->sent++;
    if (watch->on_progress && b->total && b->sent % PROGRESS_EACH == 0)
        watch->on_progress(watch->context, b->sent, b->total);
    return b->lines.size < BULK_BYTES ? WEFT_OK : flush_bulk(b, err);
}

static weft_status visit_product(void *context, const weft_product *product,
                                 const weft_embedding *embedding, weft_err *err) {
    return put_document(context, product, embedding, err);
}

/* seq points to where the walk has put the number of its state: the changes' version. */
typedef struct {
    bulk bulk;
    const uint64_t *seq;
} changes;

static weft_status visit_change(void *context, const char *product_id, const weft_product *product,
                                const weft_embedding *embedding, weft_err *err) {
    changes *c = context;
    c->bulk.version = *c->seq;
    if (product) return put_document(&c->bulk, product, embedding, err);
    weft_opensearch_write_delete(&c->bulk.lines, product_id, *c->seq);
    return c->bulk.lines.size < BULK_BYTES ? WEFT_OK : flush_bulk(&c->bulk, err);
}

/* Makes what was written visible to searches, on every copy of every shard. */
static weft_status refresh(const opensearch *o, const char *index, weft_err *err) {
    char path[INDEX_SIZE + 32];
    weft_buf answer;
    long code;
    double until = weft_clock_seconds() + write_total;
    weft_status status;
    weft_buf_init(&answer);
    snprintf(path, sizeof path, "/%s/_refresh", index);
    for (;;) {
        status = call(o, "POST", path, NULL, &code, &answer, err);
        if (!status && code != 200) status = fail_answer("refresh", code, &answer, err);
        if (status || !weft_opensearch_read_shards(answer.data, answer.size, err)) break;
        if (weft_clock_seconds() > until) {
            status = WEFT_E_STORE;
            break;
        }
        usleep(200 * 1000);
    }
    weft_buf_deinit(&answer);
    return status;
}

/* ---- the position ---- */

static weft_status parse_position(const weft_buf *answer, position *at, weft_err *err) {
    json_error_t why;
    json_t *root = json_loadb(answer->data ? answer->data : "", answer->size, 0, &why);
    const json_t *source = json_object_get(root, "_source");
    const json_t *seq = json_object_get(source, "change_seq");
    const char *mark = json_string_value(json_object_get(source, "mark"));
    weft_status status = WEFT_OK;
    if (!json_is_object(source)) {
        status = weft_fail(err, WEFT_E_STORE, "the position cannot be read");
    } else if (json_is_integer(seq) && mark && strlen(mark) < sizeof at->mark &&
               json_integer_value(json_object_get(source, "format")) == FORMAT) {
        at->is_there = true;
        at->seq = (uint64_t)json_integer_value(seq);
        snprintf(at->mark, sizeof at->mark, "%s", mark);
    }
    json_decref(root);
    return status;
}

static weft_status read_position(const opensearch *o, position *at, weft_err *err) {
    char path[ALIAS_SIZE + 48];
    weft_buf answer;
    long code;
    *at = (position){0};
    weft_buf_init(&answer);
    snprintf(path, sizeof path, "/%s/_doc/%s", o->alias, position_id);
    weft_status status = call(o, "GET", path, NULL, &code, &answer, err);
    if (!status && code == 200) status = parse_position(&answer, at, err);
    else if (!status && code != 404) status = fail_answer("position", code, &answer, err);
    weft_buf_deinit(&answer);
    return status;
}

/* The mark of the store's change; "" before the first. */
static weft_status mark_of(const opensearch *o, uint64_t seq, char mark[WEFT_STORE_MARK_SIZE],
                           weft_err *err) {
    mark[0] = '\0';
    if (!seq) return WEFT_OK;
    weft_status status = weft_store_change_mark(o->options.store, seq, mark, err);
    return status == WEFT_E_NOT_FOUND ? WEFT_OK : status;
}

/* Written like every document, so that it never goes back. */
static weft_status write_position(const opensearch *o, const char *index, uint64_t seq,
                                  weft_err *err) {
    char path[INDEX_SIZE + 96], mark[WEFT_STORE_MARK_SIZE];
    weft_buf body, answer;
    weft_json j;
    long code;
    weft_status status = mark_of(o, seq, mark, err);
    if (status) return status;
    weft_buf_init(&body);
    weft_buf_init(&answer);
    weft_json_begin(&j, &body);
    weft_json_object(&j);
    weft_json_key_int(&j, "format", FORMAT);
    weft_json_key_int(&j, "change_seq", (int64_t)seq);
    weft_json_key_string(&j, "mark", mark);
    weft_json_end(&j);
    snprintf(path, sizeof path, "/%s/_doc/%s?version=%" PRIu64 "&version_type=external_gte", index,
             position_id, seq);
    status = call(o, "PUT", path, &body, &code, &answer, err);
    if (!status && code != 200 && code != 201 && code != 409)
        status = fail_answer("position", code, &answer, err);
    weft_buf_deinit(&body);
    weft_buf_deinit(&answer);
    return status;
}

/* Is the index fed from this very database, up to a change that it has had? */
static weft_status is_ours(const opensearch *o, const position *at, uint64_t seq, bool *ours,
                           weft_err *err) {
    char mark[WEFT_STORE_MARK_SIZE];
    *ours = false;
    if (!at->is_there || at->seq > seq) return WEFT_OK;
    weft_status status = mark_of(o, at->seq, mark, err);
    if (!status) *ours = strcmp(mark, at->mark) == 0;
    return status;
}

/* ---- generations ---- */

/* Names the index behind the alias; "" when there is none. */
static weft_status find_generation(const opensearch *o, char index[INDEX_SIZE], weft_err *err) {
    char path[ALIAS_SIZE + 16];
    weft_buf answer;
    long code;
    json_error_t why;
    index[0] = '\0';
    weft_buf_init(&answer);
    snprintf(path, sizeof path, "/_alias/%s", o->alias);
    weft_status status = call(o, "GET", path, NULL, &code, &answer, err);
    if (!status && code == 200) {
        json_t *root = json_loadb(answer.data, answer.size, 0, &why);
        const char *name = json_object_iter_key(json_object_iter(root));
        if (name) snprintf(index, INDEX_SIZE, "%s", name);
        json_decref(root);
    } else if (!status && code != 404) {
        status = fail_answer("alias", code, &answer, err);
    }
    weft_buf_deinit(&answer);
    return status;
}

static weft_status make_generation(const opensearch *o, char index[INDEX_SIZE], weft_err *err) {
    uint32_t number;
    char path[INDEX_SIZE + 48];
    weft_buf body, answer;
    long code;
    weft_random_bytes(&number, sizeof number);
    snprintf(index, INDEX_SIZE, "%s-%08" PRIx32, o->alias, number);
    snprintf(path, sizeof path, "/%s?wait_for_active_shards=all", index);
    weft_buf_init(&body);
    weft_buf_init(&answer);
    weft_opensearch_write_index(&body, o->options.dim);
    weft_status status = call(o, "PUT", path, &body, &code, &answer, err);
    /* A try that was not answered may have made it. */
    bool is_there = answer.data && strstr(answer.data, "resource_already_exists");
    if (!status && code != 200 && !is_there) status = fail_answer("new index", code, &answer, err);
    weft_buf_deinit(&body);
    weft_buf_deinit(&answer);
    return status;
}

static void drop_index(const opensearch *o, const char *index) {
    char path[INDEX_SIZE + 8];
    snprintf(path, sizeof path, "/%s", index);
    order(o, "DELETE", path, NULL, "dropping an index", NULL); /* else the next filling does */
}

/* Turns the alias from one index to another, in one step; from "": there was none. */
static weft_status turn_alias(const opensearch *o, const char *from, const char *to,
                              weft_err *err) {
    const char *const indexes[] = {from, to}, *const actions[] = {"remove", "add"};
    weft_buf body;
    weft_json j;
    weft_buf_init(&body);
    weft_json_begin(&j, &body);
    weft_json_object(&j);
    weft_json_key(&j, "actions");
    weft_json_array(&j);
    for (int i = *from ? 0 : 1; i < 2; i++) {
        weft_json_object(&j);
        weft_json_key(&j, actions[i]);
        weft_json_object(&j);
        weft_json_key_string(&j, "index", indexes[i]);
        weft_json_key_string(&j, "alias", o->alias);
        weft_json_end(&j);
        weft_json_end(&j);
    }
    weft_json_end(&j);
    weft_json_end(&j);
    weft_status status = order(o, "POST", "/_aliases", &body, "alias", err);
    weft_buf_deinit(&body);
    return status;
}

/* Drops generations that a filling left behind when it was cut off. */
static void drop_abandoned(const opensearch *o, const char *current) {
    char path[ALIAS_SIZE + 64];
    weft_buf answer;
    long code;
    const char *name;
    json_t *value;
    weft_buf_init(&answer);
    snprintf(path, sizeof path, "/%s-*/_settings/index.creation_date?flat_settings=true", o->alias);
    if (call(o, "GET", path, NULL, &code, &answer, NULL) == WEFT_OK && code == 200) {
        json_t *root = json_loadb(answer.data, answer.size, 0, NULL);
        json_object_foreach(root, name, value) {
            const char *made = json_string_value(
                json_object_get(json_object_get(value, "settings"), "index.creation_date"));
            int64_t ms;
            bool is_old = made && weft_str_to_i64(weft_str_of(made), &ms) &&
                          (int64_t)time(NULL) - ms / 1000 > ABANDONED_SECONDS;
            if (is_old && strcmp(name, current) != 0) drop_index(o, name);
        }
        json_decref(root);
    }
    weft_buf_deinit(&answer);
}

/* Gives a full index its second copies, and waits for them a while: without them it can be
 * searched as well. */
static weft_status settle_index(const opensearch *o, const char *index, weft_err *err) {
    char path[INDEX_SIZE + 80];
    weft_buf body;
    weft_buf_init(&body);
    weft_opensearch_write_settings(&body);
    snprintf(path, sizeof path, "/%s/_settings", index);
    weft_status status = order(o, "PUT", path, &body, "settings", err);
    weft_buf_deinit(&body);
    snprintf(path, sizeof path, "/_cluster/health/%s?wait_for_status=green&timeout=15s", index);
    if (!status) order(o, "GET", path, NULL, "waiting for copies", NULL);
    return status;
}

static weft_status fill_index(const opensearch *o, const char *index,
                              const weft_engine_watch *watch, weft_err *err) {
    uint64_t seq;
    bulk b = {.o = o, .index = index, .watch = watch};
    /* Read before the walk, whose state is that of this change or a later one. */
    weft_status status = weft_store_change_seq(o->options.store, &seq, err);
    if (!status) status = weft_store_count_products(o->options.store, &b.total, err);
    if (status) return status;
    b.version = seq;
    weft_buf_init(&b.lines);
    status = weft_store_each(o->options.store, o->embedding_model, true, visit_product, &b, err);
    if (!status) status = flush_bulk(&b, err);
    weft_buf_deinit(&b.lines);
    if (!status) status = settle_index(o, index, err);
    if (!status) status = refresh(o, index, err);
    if (!status) status = write_position(o, index, seq, err);
    if (!status && watch->on_progress) watch->on_progress(watch->context, b.sent, b.sent);
    return status;
}

static weft_status fill(const opensearch *o, const weft_engine_watch *watch, weft_err *err) {
    char old[INDEX_SIZE], fresh[INDEX_SIZE];
    weft_status status = find_generation(o, old, err);
    if (!status) status = make_generation(o, fresh, err);
    if (status) return status;
    status = fill_index(o, fresh, watch, err);
    if (!status) status = turn_alias(o, old, fresh, err);
    if (status) {
        drop_index(o, fresh);
        return status;
    }
    if (*old) drop_index(o, old);
    drop_abandoned(o, fresh);
    return WEFT_OK;
}

/* ---- following ---- */

static weft_status apply_changes(const opensearch *o, uint64_t since,
                                 const weft_engine_watch *watch, weft_err *err) {
    uint64_t seq = since;
    changes c = {.bulk = {.o = o, .index = o->alias, .watch = watch}, .seq = &seq};
    weft_buf_init(&c.bulk.lines);
    weft_status status = weft_store_each_changed(o->options.store, o->embedding_model, since, true,
                                                 visit_change, &c, &seq, err);
    if (!status) status = flush_bulk(&c.bulk, err);
    weft_buf_deinit(&c.bulk.lines);
    if (!status) status = refresh(o, o->alias, err);
    return status ? status : write_position(o, o->alias, seq, err);
}

static weft_status opensearch_follow(weft_engine *engine, const weft_engine_watch *watch,
                                     weft_err *err) {
    const opensearch *o = (const opensearch *)engine;
    uint64_t seq;
    position at;
    bool ours = false;
    weft_status status = weft_store_change_seq(o->options.store, &seq, err);
    if (!status) status = read_position(o, &at, err);
    if (!status) status = is_ours(o, &at, seq, &ours, err);
    if (status) return status;
    if (!ours) return fill(o, watch, err);
    return at.seq == seq ? WEFT_OK : apply_changes(o, at.seq, watch, err);
}

/* ---- searching ---- */

static weft_status search_once(const opensearch *o, const weft_engine_query *query,
                               weft_arena *arena, weft_engine_hit *hits, size_t *n, weft_err *err) {
    char path[ALIAS_SIZE + 64];
    weft_buf body, answer;
    long code;
    weft_buf_init(&body);
    weft_buf_init(&answer);
    snprintf(path, sizeof path, "/%s/_search?allow_partial_search_results=false", o->alias);
    weft_opensearch_write_search(&body, query, o->options.dim);
    const weft_opensearch_request request = {
        .method = "POST",
        .path = path,
        .body = {body.data, body.size},
        .try_seconds = search_try,
        .seconds = search_total,
    };
    weft_status status = WEFT_OK;
    if (!weft_buf_ok(&body)) status = weft_fail(err, WEFT_E_NOMEM, "search");
    if (!status) status = weft_opensearch_call(o->client, &request, &code, &answer, err);
    if (!status && code != 200) status = fail_answer("search", code, &answer, err);
    if (!status)
        status = weft_opensearch_read_hits(answer.data, answer.size, arena, hits, query->k, n, err);
    weft_buf_deinit(&body);
    weft_buf_deinit(&answer);
    return status;
}

/* Each shard looks for k; a graph walk that a filter has starved may come back with fewer, and
 * looks further when it is asked for more. */
static weft_status opensearch_search(weft_engine *engine, const weft_engine_query *query,
                                     weft_arena *arena, weft_engine_hit *hits, size_t *n,
                                     weft_err *err) {
    const opensearch *o = (const opensearch *)engine;
    weft_engine_query asked = *query;
    size_t wanted = query->k < query->allowed ? query->k : query->allowed;
    weft_engine_hit *all = hits;
    if (query->k == 0) return WEFT_OK;
    if (query->k > WEFT_OPENSEARCH_MAX_HITS)
        return weft_fail(err, WEFT_E_LIMIT, "%zu results deep, OpenSearch gives at most %d",
                         query->k, WEFT_OPENSEARCH_MAX_HITS);
    for (int tries = 0;; tries++) {
        weft_status status = search_once(o, &asked, arena, all, n, err);
        bool is_enough = *n >= wanted || asked.k == WEFT_OPENSEARCH_MAX_HITS || tries == 2;
        if (status || is_enough) {
            if (*n > query->k) *n = query->k;
            if (!status && all != hits) memcpy(hits, all, *n * sizeof *hits);
            return status;
        }
        asked.k = asked.k * 8 < WEFT_OPENSEARCH_MAX_HITS ? asked.k * 8 : WEFT_OPENSEARCH_MAX_HITS;
        all = weft_arena_alloc(arena, asked.k, sizeof *all);
        if (!all) return weft_fail(err, WEFT_E_NOMEM, "%zu hits", asked.k);
    }
}

static weft_status opensearch_vector(weft_engine *engine, weft_embedding_kind kind,
                                     const char *product_id, float *out, bool *found,
                                     weft_err *err) {
    const opensearch *o = (const opensearch *)engine;
    const char *name = weft_opensearch_vector_name(kind);
    char id[WEFT_OPENSEARCH_ID_SIZE];
    weft_buf path, answer;
    long code;
    weft_buf_init(&path);
    weft_buf_init(&answer);
    weft_opensearch_document_id(id, product_id);
    weft_buf_printf(&path, "/%s/_doc/", o->alias);
    weft_opensearch_write_segment(&path, id);
    weft_buf_printf(&path, "?_source_includes=%s", name);
    weft_status status = weft_buf_ok(&path) ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "vector");
    if (!status && *id) status = call(o, "GET", path.data, NULL, &code, &answer, err);
    if (!status && *id && code == 200)
        status = weft_opensearch_read_vector(answer.data, answer.size, name, out, o->options.dim,
                                             found, err);
    else if (!status && *id && code != 404) status = fail_answer("vector", code, &answer, err);
    weft_buf_deinit(&path);
    weft_buf_deinit(&answer);
    return status;
}

/* ---- opening ---- */

static void opensearch_close(weft_engine *engine) {
    opensearch *o = (opensearch *)engine;
    weft_opensearch_free(o->client);
    weft_free(o->embedding_model);
    weft_free(o);
}

/* "PREFIX-0123456789ab": of the set and its dimension. */
static void name_alias(opensearch *o) {
    char text[512], digest[WEFT_DIGEST_HEX_SIZE];
    int n = snprintf(text, sizeof text, "%s %zu", o->embedding_model, o->options.dim);
    weft_digest_hex(text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1, digest);
    snprintf(o->alias, sizeof o->alias, "%.120s-%.12s", weft_opensearch_prefix(o->client), digest);
}

static weft_status opensearch_open(weft_engine **engine, const char *scheme, const char *place,
                                   const weft_engine_options *options, weft_err *err) {
    opensearch *o = weft_calloc(1, sizeof *o);
    if (!o) return weft_fail(err, WEFT_E_NOMEM, "index engine");
    o->engine.vtable = &weft_engine_opensearch;
    o->options = *options;
    o->embedding_model = weft_strdup(options->embedding_model);
    bool uses_tls = strcmp(scheme, "opensearchs") == 0;
    weft_status status =
        o->embedding_model ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "index engine");
    if (!status) status = weft_opensearch_new(&o->client, place, uses_tls, err);
    if (!status) name_alias(o);
    if (!status) status = order(o, "GET", "/_cluster/health", NULL, "looking at the cluster", err);
    if (status) opensearch_close(&o->engine);
    else *engine = &o->engine;
    return status;
}

static const char *const schemes[] = {"opensearch", "opensearchs", NULL};

const weft_engine_vtable weft_engine_opensearch = {
    .name = "opensearch",
    .schemes = schemes,
    .open = opensearch_open,
    .close = opensearch_close,
    .follow = opensearch_follow,
    .search = opensearch_search,
    .vector = opensearch_vector,
};
