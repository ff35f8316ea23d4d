/* store_sqlite_products.c - products, and the number of the last change. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "store/store_sqlite_internal.h"

/* ---- writing ---- */

static const char insert_sql[] =
    "INSERT INTO products (" WEFT_SQLITE_PRODUCT_COLUMNS ", created_at, updated_at)"
    " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,coalesce(?13,''),coalesce(?14,''),"
    "?15,?15) ON CONFLICT (product_id) DO NOTHING";

/* A row that is the same already is not touched, so its triggers leave no change. */
static const char update_sql[] =
    "UPDATE products SET product_display_name = ?2, master_category = ?3, sub_category = ?4,"
    " article_type = ?5, base_color = ?6, gender = ?7, season = ?8, usage = ?9, year = ?10,"
    " price = ?11, price_is_synthetic = ?12, image_path = coalesce(?13, image_path),"
    " image_digest = coalesce(?14, image_digest),"
    " updated_at = ?15"
    " WHERE product_id = ?1 AND (" WEFT_SQLITE_PRODUCT_COLUMNS ")"
    " IS NOT (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,coalesce(?13,image_path),"
    "coalesce(?14,image_digest))";

static void bind_product(sqlite3_stmt *statement, const weft_product *p, const char *now) {
    const char *const texts[] = {
        p->product_id,   p->product_display_name, p->master_category, p->sub_category,
        p->article_type, p->base_color,           p->gender,          p->season,
        p->usage};
    enum { TEXT_COUNT = sizeof texts / sizeof *texts };
    for (int i = 0; i < TEXT_COUNT; i++) weft_sqlite_bind_text(statement, i + 1, texts[i]);
    if (p->year) sqlite3_bind_int(statement, 10, p->year);
    sqlite3_bind_double(statement, 11, p->price);
    sqlite3_bind_int(statement, 12, p->price_is_synthetic);
    weft_sqlite_bind_text(statement, 13, p->image_path);
    weft_sqlite_bind_text(statement, 14, p->image_digest);
    weft_sqlite_bind_text(statement, WEFT_SQLITE_PRODUCT_COLUMN_COUNT + 1, now);
}

/* Runs the insert or the update; sqlite3_changes tells whether it did anything. */
static weft_status run_put(weft_sqlite *s, const char *sql, const weft_product *product,
                           const char *now, weft_err *err) {
    sqlite3_stmt *statement;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    bind_product(statement, product, now);
    return weft_sqlite_run(s, statement, "writing a product", err);
}

static weft_status put_product(weft_sqlite *s, const weft_product *product, const char *now,
                               weft_store_put_result *done, weft_err *err) {
    if (!isfinite(product->price) || product->price < 0)
        return weft_fail(err, WEFT_E_INVALID, "the price is not a number from 0 up");
    weft_status status = run_put(s, insert_sql, product, now, err);
    if (status) return status;
    if (sqlite3_changes(s->db)) {
        done->inserted++;
        return WEFT_OK;
    }
    status = run_put(s, update_sql, product, now, err);
    if (sqlite3_changes(s->db)) done->updated++;
    else done->unchanged++;
    return status;
}

weft_status weft_sqlite_write_product(weft_sqlite *s, const weft_product *product, const char *now,
                                      weft_store_put_result *done, weft_err *err) {
    weft_status status = put_product(s, product, now, done, err);
    return status ? weft_fail_in(err, status, "product \"%s\"", product->product_id) : WEFT_OK;
}

weft_status weft_sqlite_put_products(weft_store *store, const weft_product *products, size_t n,
                                     weft_store_put_result *result, weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    weft_store_put_result done = {0};
    char now[WEFT_TIMESTAMP_SIZE];
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    weft_clock_timestamp(now);
    for (size_t i = 0; i < n && !status; i++)
        status = weft_sqlite_write_product(s, &products[i], now, &done, err);
    status = weft_sqlite_end(s, status, err);
    if (!status) weft_store_add_result(result, &done);
    return status;
}

static weft_status delete_product(weft_sqlite *s, const char *product_id, weft_err *err) {
    sqlite3_stmt *statement;
    weft_status status =
        weft_sqlite_prepare(s, "DELETE FROM products WHERE product_id = ?1", &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, product_id);
    status = weft_sqlite_run(s, statement, "deleting a product", err);
    if (status || sqlite3_changes(s->db) > 0) return status;
    return weft_fail(err, WEFT_E_NOT_FOUND, "product %s: no such product", product_id);
}

weft_status weft_sqlite_delete_product(weft_store *store, const char *product_id, weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    weft_status status = weft_sqlite_begin(s, err);
    if (status) return status;
    return weft_sqlite_end(s, delete_product(s, product_id, err), err);
}

/* ---- reading ---- */

void weft_sqlite_read_product(sqlite3_stmt *statement, weft_product *product) {
    *product = (weft_product){
        .product_id = weft_sqlite_text(statement, 0),
        .product_display_name = weft_sqlite_text(statement, 1),
        .master_category = weft_sqlite_text(statement, 2),
        .sub_category = weft_sqlite_text(statement, 3),
        .article_type = weft_sqlite_text(statement, 4),
        .base_color = weft_sqlite_text(statement, 5),
        .gender = weft_sqlite_text(statement, 6),
        .season = weft_sqlite_text(statement, 7),
        .usage = weft_sqlite_text(statement, 8),
        .year = sqlite3_column_int(statement, 9),
        .price = sqlite3_column_double(statement, 10),
        .price_is_synthetic = sqlite3_column_int(statement, 11) != 0,
        .image_path = weft_sqlite_text(statement, 12),
        .image_digest = weft_sqlite_text(statement, 13),
    };
}

static weft_status get_product(weft_sqlite *s, const char *product_id, weft_arena *arena,
                               weft_product *product, weft_err *err) {
    static const char sql[] =
        "SELECT " WEFT_SQLITE_PRODUCT_COLUMNS " FROM products WHERE product_id = ?1";
    sqlite3_stmt *statement;
    weft_product found;
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (status) return status;
    weft_sqlite_bind_text(statement, 1, product_id);
    int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) {
        status = weft_fail(err, WEFT_E_NOT_FOUND, "product %s: no such product", product_id);
    } else if (code != SQLITE_ROW) {
        status = weft_sqlite_fail(s->db, s->path, "reading a product", err);
    } else {
        weft_sqlite_read_product(statement, &found);
        if (!weft_product_copy(product, &found, arena))
            status = weft_fail(err, WEFT_E_NOMEM, "product %s", product_id);
    }
    sqlite3_reset(statement);
    return status;
}

weft_status weft_sqlite_get_product(weft_store *store, const char *product_id, weft_arena *arena,
                                    weft_product *product, weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    pthread_mutex_lock(&s->lock);
    weft_status status = get_product(s, product_id, arena, product, err);
    pthread_mutex_unlock(&s->lock);
    return status;
}

weft_status weft_sqlite_ask_number(weft_store *store, const char *sql, int64_t *number,
                                   weft_err *err) {
    weft_sqlite *s = weft_sqlite_reader(store);
    sqlite3_stmt *statement;
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(s, sql, &statement, err);
    if (!status) {
        int code = sqlite3_step(statement);
        *number = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
        if (code != SQLITE_ROW && code != SQLITE_DONE)
            status = weft_sqlite_fail(s->db, s->path, "reading a number", err);
        sqlite3_reset(statement);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

weft_status weft_sqlite_count(weft_sqlite *s, const char *sql, const char *text, const char *what,
                              size_t *count, weft_err *err) {
    sqlite3_stmt *row;
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(s, sql, &row, err);
    if (!status) {
        if (text) weft_sqlite_bind_text(row, 1, text);
        if (sqlite3_step(row) == SQLITE_ROW) *count = (size_t)sqlite3_column_int64(row, 0);
        else status = weft_sqlite_fail(s->db, s->path, what, err);
        sqlite3_reset(row);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

weft_status weft_sqlite_count_products(weft_store *store, size_t *count, weft_err *err) {
    int64_t number;
    weft_status status =
        weft_sqlite_ask_number(store, "SELECT count(*) FROM products", &number, err);
    if (!status) *count = (size_t)number;
    return status;
}

/* AUTOINCREMENT's own memory of the highest seq: one look-up, and right also when
 * old changes have been cleared away. */
weft_status weft_sqlite_change_seq(weft_store *store, uint64_t *seq, weft_err *err) {
    static const char sql[] = WEFT_SQLITE_CHANGE_SEQ_SQL;
    int64_t number;
    weft_status status = weft_sqlite_ask_number(store, sql, &number, err);
    if (!status) *seq = (uint64_t)number;
    return status;
}

weft_status weft_sqlite_change_mark(weft_store *store, uint64_t seq,
                                    char mark[WEFT_STORE_MARK_SIZE], weft_err *err) {
    weft_sqlite *s = (weft_sqlite *)store;
    sqlite3_stmt *statement;
    pthread_mutex_lock(&s->lock);
    weft_status status = weft_sqlite_prepare(
        s, "SELECT kind || ' ' || at || ' ' || product_id FROM changes WHERE seq = ?1", &statement,
        err);
    if (!status) {
        sqlite3_bind_int64(statement, 1, (sqlite3_int64)seq);
        int code = sqlite3_step(statement);
        if (code == SQLITE_ROW) {
            const char *change = weft_sqlite_text(statement, 0);
            weft_digest_hex(change, strlen(change), mark);
        } else if (code == SQLITE_DONE)
            status = weft_fail(err, WEFT_E_NOT_FOUND, "%s: no change number %llu", s->path,
                               (unsigned long long)seq);
        else status = weft_sqlite_fail(s->db, s->path, "reading a change", err);
        sqlite3_reset(statement);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}
