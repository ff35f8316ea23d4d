/* store_postgres_products.c - products, and the numbers of their changes. */
#include <math.h>
#include <string.h>

#include "base/digest.h"
#include "store/store_postgres_internal.h"

/* ---- writing ---- */

#define ATTRIBUTES                                                                                 \
    "product_display_name, master_category, sub_category, article_type, base_color, gender,"       \
    " season, usage, year, price, price_is_synthetic, image_path, image_digest"
#define NEW_ATTRIBUTES(photo) "$2,$3,$4,$5,$6,$7,$8,$9,$10::integer,$11::float8,$12::boolean," photo
#define NEW_PHOTO             "coalesce($13,''),coalesce($14,'')"
#define SAME_OR_NEW_PHOTO     "coalesce($13,p.image_path),coalesce($14,p.image_digest)"

/* Answers with a row when something was written; its column tells whether it is new (a row
 * version that replaces none has no xmax). */
static const char put_sql[] =
    "INSERT INTO products AS p (product_id, " ATTRIBUTES ") VALUES ($1," NEW_ATTRIBUTES(
        NEW_PHOTO) ")"
                   " ON CONFLICT (product_id) DO UPDATE SET (" ATTRIBUTES ", updated_at) ="
                   " (" NEW_ATTRIBUTES(
                       SAME_OR_NEW_PHOTO) ", now())"
                                          " WHERE (p.product_display_name, p.master_category, "
                                          "p.sub_category, p.article_type,"
                                          " p.base_color, p.gender, p.season, p.usage, p.year, "
                                          "p.price, p.price_is_synthetic,"
                                          " p.image_path, p.image_digest) IS DISTINCT FROM "
                                          "(" NEW_ATTRIBUTES(
                                              SAME_OR_NEW_PHOTO) ")"
                                                                 " RETURNING (xmax = 0)";

typedef struct {
    const weft_product *products;
    weft_store_put_result done;
} put_run;

static weft_status bind_product(void *context, size_t i, weft_postgres_parameters *to,
                                weft_err *err) {
    const weft_product *p = &((const put_run *)context)->products[i];
    const char *const texts[] = {
        p->product_id,   p->product_display_name, p->master_category, p->sub_category,
        p->article_type, p->base_color,           p->gender,          p->season,
        p->usage};
    if (!*p->product_id) return weft_fail(err, WEFT_E_INVALID, "the id is empty");
    if (!isfinite(p->price) || p->price < 0)
        return weft_fail(err, WEFT_E_INVALID, "the price is not a number from 0 up");
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) weft_postgres_add_text(to, texts[t]);
    if (p->year) weft_postgres_add_int(to, p->year);
    else weft_postgres_add_null(to);
    weft_postgres_add_double(to, p->price);
    weft_postgres_add_text(to, p->price_is_synthetic ? "t" : "f");
    weft_postgres_add_text(to, p->image_path);
    weft_postgres_add_text(to, p->image_digest);
    return WEFT_OK;
}

static void count_put(void *context, size_t i, const PGresult *result) {
    weft_store_put_result *done = &((put_run *)context)->done;
    (void)i;
    if (PQntuples(result) == 0) done->unchanged++;
    else if (weft_postgres_int(result, 0, 0)) done->inserted++;
    else done->updated++;
}

static void name_product(void *context, size_t i, weft_status status, weft_err *err) {
    const put_run *p = context;
    weft_fail_in(err, status, "product \"%s\"", p->products[i].product_id);
}

/* weft's own writers take turns: two that touch the same products in another order would
 * stop each other half-way. */
weft_status weft_postgres_write_products(weft_postgres *s, weft_postgres_connection *connection,
                                         const weft_product *products, size_t n,
                                         weft_store_put_result *done, weft_err *err) {
    put_run putting = {.products = products};
    const weft_postgres_batch batch = {
        .sql = put_sql,
        .what = "writing a product",
        .n = n,
        .context = &putting,
        .bind = bind_product,
        .answer = count_put,
        .name = name_product,
    };
    weft_status status =
        weft_postgres_take_lock(s, connection->pg, WEFT_POSTGRES_LOCK_PRODUCTS, err);
    if (!status) status = weft_postgres_run_batch(s, connection, &batch, err);
    *done = putting.done;
    return status;
}

weft_status weft_postgres_put_products(weft_store *store, const weft_product *products, size_t n,
                                       weft_store_put_result *result, weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    weft_store_put_result done;
    weft_status status = weft_postgres_begin(s, &connection, err);
    if (status) return status;
    status = weft_postgres_write_products(s, connection, products, n, &done, err);
    status = weft_postgres_end(s, connection, status, err);
    if (!status) weft_store_add_result(result, &done);
    return status;
}

weft_status weft_postgres_delete_product(weft_store *store, const char *product_id, weft_err *err) {
    weft_postgres_parameters p = {0};
    PGresult *result;
    weft_postgres_add_text(&p, product_id);
    weft_status status = weft_postgres_ask(
        (weft_postgres *)store, "DELETE FROM products WHERE product_id = $1 RETURNING product_id",
        &p, "deleting a product", &result, err);
    if (!status && PQntuples(result) == 0)
        status = weft_fail(err, WEFT_E_NOT_FOUND, "product %s: no such product", product_id);
    PQclear(result);
    return status;
}

/* ---- reading ---- */

void weft_postgres_read_product(const PGresult *rows, int row, weft_product *product) {
    *product = (weft_product){
        .product_id = weft_postgres_text(rows, row, 0),
        .product_display_name = weft_postgres_text(rows, row, 1),
        .master_category = weft_postgres_text(rows, row, 2),
        .sub_category = weft_postgres_text(rows, row, 3),
        .article_type = weft_postgres_text(rows, row, 4),
        .base_color = weft_postgres_text(rows, row, 5),
        .gender = weft_postgres_text(rows, row, 6),
        .season = weft_postgres_text(rows, row, 7),
        .usage = weft_postgres_text(rows, row, 8),
        .year = (int32_t)weft_postgres_int(rows, row, 9),
        .price = weft_postgres_double(rows, row, 10),
        .price_is_synthetic = weft_postgres_int(rows, row, 11) != 0,
        .image_path = weft_postgres_text(rows, row, 12),
        .image_digest = weft_postgres_text(rows, row, 13),
    };
}

weft_status weft_postgres_get_product(weft_store *store, const char *product_id, weft_arena *arena,
                                      weft_product *product, weft_err *err) {
    static const char sql[] =
        "SELECT " WEFT_POSTGRES_PRODUCT_COLUMNS " FROM products WHERE product_id = $1";
    weft_postgres_parameters p = {0};
    weft_product found;
    PGresult *rows;
    weft_postgres_add_text(&p, product_id);
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, sql, &p, "reading a product", &rows, err);
    if (status) return status;
    if (PQntuples(rows) == 0) {
        status = weft_fail(err, WEFT_E_NOT_FOUND, "product %s: no such product", product_id);
    } else {
        weft_postgres_read_product(rows, 0, &found);
        if (!weft_product_copy(product, &found, arena))
            status = weft_fail(err, WEFT_E_NOMEM, "product %s", product_id);
    }
    PQclear(rows);
    return status;
}

weft_status weft_postgres_ask_number(weft_store *store, const char *sql, uint64_t *number,
                                     weft_err *err) {
    PGresult *rows;
    weft_status status =
        weft_postgres_ask((weft_postgres *)store, sql, NULL, "reading a number", &rows, err);
    if (!status) *number = (uint64_t)weft_postgres_int(rows, 0, 0);
    PQclear(rows);
    return status;
}

weft_status weft_postgres_count_products(weft_store *store, size_t *count, weft_err *err) {
    static const char sql[] = "SELECT count(*) FROM products";
    uint64_t number;
    weft_status status = weft_postgres_ask_number(store, sql, &number, err);
    if (!status) *count = (size_t)number;
    return status;
}

weft_status weft_postgres_change_seq(weft_store *store, uint64_t *seq, weft_err *err) {
    static const char sql[] = WEFT_POSTGRES_CHANGE_SEQ_SQL;
    return weft_postgres_ask_number(store, sql, seq, err);
}

weft_status weft_postgres_change_mark(weft_store *store, uint64_t seq,
                                      char mark[WEFT_STORE_MARK_SIZE], weft_err *err) {
    static const char sql[] = "SELECT kind || ' ' || extract(epoch from at)::text || ' ' ||"
                              " product_id FROM changes WHERE seq = $1";
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_parameters p = {0};
    PGresult *rows;
    weft_postgres_add_int(&p, (int64_t)seq);
    weft_status status = weft_postgres_ask(s, sql, &p, "reading a change", &rows, err);
    if (status) return status;
    if (PQntuples(rows) == 0) {
        status = weft_fail(err, WEFT_E_NOT_FOUND, "%s: no change number %llu", s->label,
                           (unsigned long long)seq);
    } else {
        const char *change = weft_postgres_text(rows, 0, 0);
        weft_digest_hex(change, strlen(change), mark);
    }
    PQclear(rows);
    return status;
}
