/* store_postgres_users.c - users, and what their events say of them. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "store/store_postgres_internal.h"
#include "store/store_postgres_vector.h"

#define USER_COLUMNS                                                                               \
    "user_id, segment,"                                                                            \
    " to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

/* ---- users ---- */

static weft_status bind_user(void *context, size_t i, weft_postgres_parameters *p, weft_err *err) {
    const weft_store_user *user = (const weft_store_user *)context + i;
    (void)err;
    weft_postgres_add_text(p, user->user_id);
    weft_postgres_add_text(p, user->segment);
    return WEFT_OK;
}

weft_status weft_postgres_put_users(weft_store *store, const weft_store_user *users, size_t n,
                                    weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    const weft_postgres_batch batch = {
        .sql = "WITH put AS (INSERT INTO users (user_id, segment) VALUES ($1, $2)"
               " ON CONFLICT (user_id) DO UPDATE SET segment = excluded.segment)"
               " UPDATE user_style_features SET segment = $2 WHERE user_id = $1",
        .what = "writing users",
        .n = n,
        .context = (void *)(uintptr_t)users,
        .bind = bind_user,
    };
    weft_status status = weft_postgres_begin(s, &connection, err);
    if (status) return status;
    status = weft_postgres_run_batch(s, connection, &batch, err);
    return weft_postgres_end(s, connection, status, err);
}

static bool copy_user(const PGresult *rows, int row, weft_arena *arena, weft_store_user *user) {
    *user = (weft_store_user){
        .user_id = weft_arena_strdup(arena, weft_postgres_text(rows, row, 0)),
        .segment = weft_arena_strdup(arena, weft_postgres_text(rows, row, 1)),
        .created_at = weft_arena_strdup(arena, weft_postgres_text(rows, row, 2)),
    };
    return user->user_id && user->segment && user->created_at;
}

static void add_segment(weft_postgres_parameters *p, const char *segment) {
    if (segment) weft_postgres_add_text(p, segment);
    else weft_postgres_add_null(p);
}

weft_status weft_postgres_list_users(weft_store *store, const char *segment, const char *after,
                                     size_t limit, weft_arena *arena, weft_store_user **users,
                                     size_t *n, weft_err *err) {
    static const char sql[] = "SELECT " USER_COLUMNS " FROM users WHERE user_id > $1"
                              " AND ($2::text IS NULL OR segment = $2) ORDER BY user_id LIMIT $3";
    weft_postgres_parameters p = {0};
    PGresult *rows;
    weft_postgres_add_text(&p, after);
    add_segment(&p, segment);
    weft_postgres_add_int(&p, (int64_t)limit);
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, sql, &p, "reading users", &rows, err);
    if (status) return status;
    *n = (size_t)PQntuples(rows);
    *users = weft_arena_alloc(arena, *n ? *n : 1, sizeof **users);
    bool is_copied = *users != NULL;
    for (size_t i = 0; i < *n && is_copied; i++)
        is_copied = copy_user(rows, (int)i, arena, &(*users)[i]);
    PQclear(rows);
    return is_copied ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "list of users");
}

weft_status weft_postgres_get_user(weft_store *store, const char *user_id, weft_arena *arena,
                                   weft_store_user *user, weft_err *err) {
    static const char sql[] = "SELECT " USER_COLUMNS " FROM users WHERE user_id = $1";
    weft_postgres_parameters p = {0};
    PGresult *rows;
    weft_postgres_add_text(&p, user_id);
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, sql, &p, "reading a user", &rows, err);
    if (status) return status;
    if (PQntuples(rows) == 0)
        status = weft_fail(err, WEFT_E_NOT_FOUND, "user %s: no such user", user_id);
    else if (!copy_user(rows, 0, arena, user)) status = weft_fail(err, WEFT_E_NOMEM, "user");
    PQclear(rows);
    return status;
}

weft_status weft_postgres_count_users(weft_store *store, const char *segment, size_t *count,
                                      weft_err *err) {
    static const char sql[] = "SELECT count(*) FROM users WHERE $1::text IS NULL OR segment = $1";
    weft_postgres_parameters p = {0};
    PGresult *rows;
    add_segment(&p, segment);
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, sql, &p, "counting users", &rows, err);
    if (!status) *count = (size_t)weft_postgres_int(rows, 0, 0);
    PQclear(rows);
    return status;
}

/* ---- features ---- */

typedef struct {
    const weft_store_features *features;
    unsigned char *packed; /* [n][stride]: embeddings in pgvector's form */
    size_t stride;
} writing;

static void add_price(weft_postgres_parameters *p, double price) {
    if (isnan(price)) weft_postgres_add_null(p);
    else weft_postgres_add_double(p, price);
}

static weft_status bind_features(void *context, size_t i, weft_postgres_parameters *p,
                                 weft_err *err) {
    const writing *w = context;
    const weft_store_features *f = &w->features[i];
    unsigned char *packed = w->packed + i * w->stride;
    (void)err;
    weft_postgres_add_text(p, f->user_id);
    if (f->embedding) {
        weft_postgres_pack_vector(packed, f->embedding, f->dim);
        weft_postgres_add_binary(p, packed, weft_postgres_packed_size(f->dim));
    } else {
        weft_postgres_add_null(p);
    }
    weft_postgres_add_int(p, (int64_t)f->interactions);
    weft_postgres_add_text(p, f->category_prefs);
    weft_postgres_add_text(p, f->color_prefs);
    weft_postgres_add_text(p, f->preferred_brands);
    add_price(p, f->avg_price);
    add_price(p, f->min_price);
    add_price(p, f->max_price);
    add_price(p, f->p25_price);
    add_price(p, f->p75_price);
    weft_postgres_add_text(p, f->embedding_model);
    return WEFT_OK;
}

#define LIST(parameter) "ARRAY(SELECT json_array_elements_text(" parameter "::json))"

static const char put_features_sql[] =
    "WITH known AS (INSERT INTO users (user_id, segment) VALUES ($1, '')"
    "  ON CONFLICT (user_id) DO UPDATE SET user_id = excluded.user_id RETURNING segment)"
    " INSERT INTO user_style_features (user_id, user_embedding, segment, num_interactions,"
    "  category_prefs, color_prefs, preferred_brands, avg_price_point, min_price, max_price,"
    "  p25_price, p75_price, embedding_model)"
    " SELECT $1, $2::vector, segment, $3::integer, " LIST("$4") ", " LIST("$5") ", " LIST(
        "$6") ", $7::float8, $8::float8, $9::float8, $10::float8, $11::float8, $12 FROM known"
              " ON CONFLICT (user_id) DO UPDATE SET user_embedding = excluded.user_embedding,"
              "  num_interactions = excluded.num_interactions, category_prefs = "
              "excluded.category_prefs,"
              "  color_prefs = excluded.color_prefs, preferred_brands = excluded.preferred_brands,"
              "  avg_price_point = excluded.avg_price_point, min_price = excluded.min_price,"
              "  max_price = excluded.max_price, p25_price = excluded.p25_price,"
              "  p75_price = excluded.p75_price, embedding_model = excluded.embedding_model,"
              "  updated_at = now()";

static weft_status move_position(weft_postgres *s, weft_postgres_connection *connection,
                                 int64_t from, int64_t to, weft_err *err) {
    static const char sql[] = "UPDATE user_features_position SET transaction_id = $2"
                              " WHERE transaction_id = $1 RETURNING 1";
    weft_postgres_parameters p = {0};
    PGresult *rows;
    if (from < 0) return WEFT_OK;
    weft_postgres_add_int(&p, from);
    weft_postgres_add_int(&p, to);
    weft_status status =
        weft_postgres_run(s, connection, sql, &p, "writing the features of users", &rows, err);
    if (!status && PQntuples(rows) == 0)
        status = weft_fail(err, WEFT_E_CONFLICT, "features of users: written by another server");
    PQclear(rows);
    return status;
}

weft_status weft_postgres_put_features(weft_store *store, const weft_store_features *features,
                                       size_t n, int64_t from, int64_t to, weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    writing w = {.features = features};
    for (size_t i = 0; i < n; i++)
        if (weft_postgres_packed_size(features[i].dim) > w.stride)
            w.stride = weft_postgres_packed_size(features[i].dim);
    w.packed = weft_calloc(n ? n : 1, w.stride ? w.stride : 1);
    if (!w.packed) return weft_fail(err, WEFT_E_NOMEM, "features of %zu users", n);
    const weft_postgres_batch batch = {.sql = put_features_sql,
                                       .what = "writing the features of users",
                                       .n = n,
                                       .context = &w,
                                       .bind = bind_features};
    weft_status status = weft_postgres_begin(s, &connection, err);
    if (!status) {
        status = move_position(s, connection, from, to, err);
        if (!status) status = weft_postgres_run_batch(s, connection, &batch, err);
        status = weft_postgres_end(s, connection, status, err);
    }
    weft_free(w.packed);
    return status;
}

weft_status weft_postgres_features_position(weft_store *store, int64_t *number, weft_err *err) {
    uint64_t position;
    weft_status status = weft_postgres_ask_number(
        store, "SELECT transaction_id FROM user_features_position", &position, err);
    *number = (int64_t)position;
    return status;
}

static double read_price(const PGresult *rows, int column) {
    return PQgetisnull(rows, 0, column) ? NAN : weft_postgres_double(rows, 0, column);
}

static bool copy_features(const PGresult *rows, weft_arena *arena, weft_store_features *f) {
    bool has_embedding = !PQgetisnull(rows, 0, 1);
    size_t size = (size_t)PQgetlength(rows, 0, 1);
    size_t dim = has_embedding && size > WEFT_POSTGRES_VECTOR_HEAD
                     ? (size - WEFT_POSTGRES_VECTOR_HEAD) / sizeof(float)
                     : 0;
    float *embedding = has_embedding ? weft_arena_alloc(arena, dim, sizeof *embedding) : NULL;
    *f = (weft_store_features){
        .user_id = weft_arena_strdup(arena, weft_postgres_text(rows, 0, 0)),
        .embedding = embedding,
        .dim = dim,
        .interactions = (size_t)weft_postgres_int(rows, 0, 2),
        .category_prefs = weft_arena_strdup(arena, weft_postgres_text(rows, 0, 3)),
        .color_prefs = weft_arena_strdup(arena, weft_postgres_text(rows, 0, 4)),
        .preferred_brands = weft_arena_strdup(arena, weft_postgres_text(rows, 0, 5)),
        .avg_price = read_price(rows, 6),
        .min_price = read_price(rows, 7),
        .max_price = read_price(rows, 8),
        .p25_price = read_price(rows, 9),
        .p75_price = read_price(rows, 10),
        .embedding_model = weft_arena_strdup(arena, weft_postgres_text(rows, 0, 11)),
    };
    if (embedding) weft_postgres_unpack_vector(embedding, PQgetvalue(rows, 0, 1), dim);
    return (embedding || !has_embedding) && f->user_id && f->category_prefs && f->color_prefs &&
           f->preferred_brands && f->embedding_model;
}

weft_status weft_postgres_get_features(weft_store *store, const char *user_id, weft_arena *arena,
                                       weft_store_features *features, weft_err *err) {
    static const char sql[] =
        "SELECT user_id, user_embedding, num_interactions, to_json(category_prefs)::text,"
        " to_json(color_prefs)::text, to_json(preferred_brands)::text, avg_price_point, min_price,"
        " max_price, p25_price, p75_price, embedding_model FROM user_style_features"
        " WHERE user_id = $1";
    weft_postgres_parameters p = {0};
    PGresult *rows;
    weft_postgres_add_text(&p, user_id);
    weft_status status = weft_postgres_ask((weft_postgres *)store, sql, &p,
                                           "reading the features of a user", &rows, err);
    if (status) return status;
    if (PQntuples(rows) == 0)
        status = weft_fail(err, WEFT_E_NOT_FOUND, "user %s: no features", user_id);
    else if (!copy_features(rows, arena, features))
        status = weft_fail(err, WEFT_E_NOMEM, "features of a user");
    PQclear(rows);
    return status;
}
