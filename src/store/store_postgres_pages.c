/* store_postgres_pages.c - pages of products, worked out beforehand. */
#include "store/store_postgres_internal.h"

static weft_status bind_page(void *context, size_t i, weft_postgres_parameters *p, weft_err *err) {
    const weft_store_page *page = (const weft_store_page *)context + i;
    (void)err;
    weft_postgres_add_text(p, page->product_id);
    weft_postgres_add_text(p, page->digest);
    weft_postgres_add_text(p, page->similar);
    weft_postgres_add_text(p, page->complete);
    weft_postgres_add_int(p, (int64_t)page->total);
    return WEFT_OK;
}

static weft_status raise_revision(weft_postgres *s, weft_postgres_connection *connection,
                                  weft_err *err) {
    PGresult *rows;
    weft_status status = weft_postgres_run(
        s, connection, "UPDATE product_pages_revision SET revision = revision + 1", NULL,
        "writing pages", &rows, err);
    PQclear(rows);
    return status;
}

weft_status weft_postgres_put_pages(weft_store *store, const weft_store_page *pages, size_t n,
                                    weft_err *err) {
    weft_postgres *s = (weft_postgres *)store;
    weft_postgres_connection *connection;
    const weft_postgres_batch batch = {
        .sql = "INSERT INTO product_pages (product_id, digest, similar_products, complete_look,"
               "  total)"
               " SELECT $1::text,$2::text,$3::text,$4::text,$5::bigint"
               " WHERE EXISTS (SELECT 1 FROM products WHERE product_id = $1)"
               " ON CONFLICT (product_id) DO UPDATE SET digest = excluded.digest,"
               "  similar_products = excluded.similar_products,"
               "  complete_look = excluded.complete_look,"
               "  total = excluded.total, updated_at = now()",
        .what = "writing pages",
        .n = n,
        .context = (void *)(uintptr_t)pages,
        .bind = bind_page,
    };
    weft_status status = weft_postgres_begin(s, &connection, err);
    if (status) return status;
    status = weft_postgres_run_batch(s, connection, &batch, err);
    if (!status) status = raise_revision(s, connection, err);
    return weft_postgres_end(s, connection, status, err);
}

/* So many at a time, so that an answer is never much memory. */
weft_status weft_postgres_each_page(weft_store *store, weft_store_visit_page visit, void *context,
                                    weft_err *err) {
    enum { TOGETHER = 2000 };
    static const char sql[] = "SELECT product_id, digest, similar_products, complete_look, total"
                              " FROM product_pages WHERE product_id > $1 ORDER BY product_id"
                              " LIMIT $2";
    weft_status status = WEFT_OK;
    PGresult *rows = NULL;
    bool has_more = true;
    while (!status && has_more) {
        weft_postgres_parameters p = {0};
        PGresult *next;
        int n = rows ? PQntuples(rows) : 0;
        weft_postgres_add_text(&p, n ? weft_postgres_text(rows, n - 1, 0) : "");
        weft_postgres_add_int(&p, TOGETHER);
        status = weft_postgres_ask((weft_postgres *)store, sql, &p, "reading pages", &next, err);
        PQclear(rows);
        rows = next;
        for (int i = 0; !status && i < PQntuples(rows); i++) {
            const weft_store_page page = {.product_id = weft_postgres_text(rows, i, 0),
                                          .digest = weft_postgres_text(rows, i, 1),
                                          .similar = weft_postgres_text(rows, i, 2),
                                          .complete = weft_postgres_text(rows, i, 3),
                                          .total = (size_t)weft_postgres_int(rows, i, 4)};
            status = visit(context, &page, err);
        }
        has_more = !status && PQntuples(rows) == TOGETHER;
    }
    PQclear(rows);
    return status;
}

weft_status weft_postgres_pages_revision(weft_store *store, int64_t *revision, weft_err *err) {
    uint64_t number;
    weft_status status = weft_postgres_ask_number(
        store, "SELECT revision FROM product_pages_revision", &number, err);
    *revision = (int64_t)number;
    return status;
}
