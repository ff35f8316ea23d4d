/* store_postgres.c - the store in PostgreSQL: connections, statements, transactions.
 *
 * A small pool of connections does everything but the long walks, which open one of their
 * own. Statements are prepared once for each connection; many of one kind are sent in
 * pipeline mode (PostgreSQL's manual, chapter 34.5), so a batch waits for one answer and
 * not for one each. A commit is durable when the call returns (synchronous_commit is on
 * unless whoever runs the server has turned it off). */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/store_postgres_internal.h"

/* ---- failures ---- */

static bool has_class(const char *state, const char *class) {
    return state && strncmp(state, class, 2) == 0;
}

/* The classes of SQLSTATE (PostgreSQL's manual, appendix A). */
static weft_status status_of(const char *state) {
    if (has_class(state, "22") || has_class(state, "23")) return WEFT_E_INVALID;
    if (has_class(state, "40") || has_class(state, "55")) return WEFT_E_BUSY;
    if (has_class(state, "42") && strcmp(state, "42501") == 0) return WEFT_E_DENIED;
    if (state && strcmp(state, "53200") == 0) return WEFT_E_NOMEM;
    return WEFT_E_STORE;
}

static int length_without_newlines(const char *text) {
    size_t n = strlen(text);
    while (n && text[n - 1] == '\n') n--;
    return (int)n;
}

weft_status weft_postgres_fail(const weft_postgres *s, PGconn *pg, const PGresult *result,
                               const char *what, weft_err *err) {
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *text = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (!text) text = PQerrorMessage(pg);
    return weft_fail(err, status_of(state), "%s: %s: %.*s", s->label, what,
                     length_without_newlines(text), text);
}

/* ---- parameters and rows ---- */

static int next_parameter(weft_postgres_parameters *p, const char *value, int length, int format) {
    assert(p->count < WEFT_POSTGRES_PARAMETER_LIMIT);
    p->values[p->count] = value;
    p->lengths[p->count] = length;
    p->formats[p->count] = format;
    return p->count++;
}

void weft_postgres_add_text(weft_postgres_parameters *p, const char *text) {
    next_parameter(p, text, 0, 0);
}

void weft_postgres_add_null(weft_postgres_parameters *p) { next_parameter(p, NULL, 0, 0); }

void weft_postgres_add_int(weft_postgres_parameters *p, int64_t number) {
    int i = next_parameter(p, NULL, 0, 0);
    snprintf(p->numbers[i], sizeof p->numbers[i], "%" PRId64, number);
    p->values[i] = p->numbers[i];
}

void weft_postgres_add_double(weft_postgres_parameters *p, double number) {
    int i = next_parameter(p, NULL, 0, 0);
    snprintf(p->numbers[i], sizeof p->numbers[i], "%.17g", number);
    p->values[i] = p->numbers[i];
}

void weft_postgres_add_binary(weft_postgres_parameters *p, const void *bytes, size_t size) {
    next_parameter(p, bytes, (int)size, 1);
}

int64_t weft_postgres_int(const PGresult *rows, int row, int column) {
    const unsigned char *bytes = (const unsigned char *)PQgetvalue(rows, row, column);
    int size = PQgetlength(rows, row, column);
    uint64_t number = size > 0 && bytes[0] & 0x80 ? UINT64_MAX : 0;
    for (int i = 0; i < size; i++) number = number << 8 | bytes[i];
    return (int64_t)number;
}

double weft_postgres_double(const PGresult *rows, int row, int column) {
    int64_t bits = weft_postgres_int(rows, row, column);
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

const char *weft_postgres_text(const PGresult *rows, int row, int column) {
    return PQgetvalue(rows, row, column);
}

/* ---- connecting ---- */

static void ignore_notice(void *context, const PGresult *result) { (void)context, (void)result; }

/* What the url says wins over the defaults before it. A peer that has vanished without a
 * word is given up after 20 seconds. */
weft_status weft_postgres_connect(PGconn **pg, const char *url, const char *label, weft_err *err) {
    const char *const keywords[] = {
        "application_name", "connect_timeout", "keepalives_idle", "keepalives_interval",
        "tcp_user_timeout", "dbname",          "client_encoding", NULL};
    const char *const values[] = {"weft", "10", "10", "5", "20000", url, "UTF8", NULL};
    static const char settings[] = "SET search_path = " WEFT_POSTGRES_SCHEMA ", public;"
                                   "SET lock_timeout = '10s';"
                                   "SET hnsw.iterative_scan = strict_order;"
                                   "SET hnsw.ef_search = 100";
    *pg = PQconnectdbParams(keywords, values, 1);
    if (!*pg) return weft_fail(err, WEFT_E_NOMEM, "connection to the database");
    PGresult *result = NULL;
    weft_status status = WEFT_OK;
    if (PQstatus(*pg) == CONNECTION_OK) {
        PQsetNoticeReceiver(*pg, ignore_notice, NULL);
        result = PQexec(*pg, settings);
    }
    if (!result || PQresultStatus(result) != PGRES_COMMAND_OK) {
        const char *text = PQerrorMessage(*pg);
        status = weft_fail(err, WEFT_E_STORE, "%s: %.*s", label ? label : "database",
                           length_without_newlines(text), text);
        PQfinish(*pg);
        *pg = NULL;
    }
    PQclear(result);
    return status;
}

/* ---- the pool ---- */

static void disconnect(weft_postgres_connection *connection) {
    PQfinish(connection->pg);
    connection->pg = NULL;
    connection->prepared_count = 0;
}

/* Has the server hung up while the connection was idle? Costs a look at the socket. */
static bool is_alive(PGconn *pg) {
    return PQstatus(pg) == CONNECTION_OK && PQconsumeInput(pg) && PQstatus(pg) == CONNECTION_OK;
}

/* A free connection, one that is open already if there is any. */
static weft_postgres_connection *find_free(weft_postgres *s) {
    weft_postgres_connection *unopened = NULL;
    for (int i = 0; i < WEFT_POSTGRES_POOL_SIZE; i++) {
        weft_postgres_connection *c = &s->pool[i];
        if (c->is_taken) continue;
        if (c->pg) return c;
        if (!unopened) unopened = c;
    }
    return unopened;
}

weft_status weft_postgres_acquire(weft_postgres *s, weft_postgres_connection **connection,
                                  weft_err *err) {
    weft_postgres_connection *c;
    pthread_mutex_lock(&s->lock);
    while (!(c = find_free(s))) pthread_cond_wait(&s->released, &s->lock);
    c->is_taken = true;
    pthread_mutex_unlock(&s->lock);

    if (c->pg && !is_alive(c->pg)) disconnect(c);
    weft_status status = WEFT_OK;
    if (!c->pg) status = weft_postgres_connect(&c->pg, s->url, s->label, err);
    if (status) weft_postgres_release(s, c);
    else *connection = c;
    return status;
}

/* A connection that is not idle has been left in the middle of something. */
void weft_postgres_release(weft_postgres *s, weft_postgres_connection *connection) {
    if (connection->pg && PQtransactionStatus(connection->pg) != PQTRANS_IDLE)
        disconnect(connection);
    pthread_mutex_lock(&s->lock);
    connection->is_taken = false;
    pthread_cond_signal(&s->released);
    pthread_mutex_unlock(&s->lock);
}

/* ---- statements ---- */

weft_status weft_postgres_prepare(weft_postgres *s, weft_postgres_connection *connection,
                                  const char *sql, char name[WEFT_POSTGRES_NAME_SIZE],
                                  weft_err *err) {
    int i = 0;
    while (i < connection->prepared_count && connection->prepared[i] != sql) i++;
    snprintf(name, WEFT_POSTGRES_NAME_SIZE, "weft%d", i);
    if (i < connection->prepared_count) return WEFT_OK;
    assert(i < WEFT_POSTGRES_STATEMENT_LIMIT);
    PGresult *result = PQprepare(connection->pg, name, sql, 0, NULL);
    weft_status status = WEFT_OK;
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        status = weft_postgres_fail(s, connection->pg, result, "preparing a statement", err);
    else connection->prepared[connection->prepared_count++] = sql;
    PQclear(result);
    return status;
}

static bool is_good(const PGresult *result) {
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

weft_status weft_postgres_run(weft_postgres *s, weft_postgres_connection *connection,
                              const char *sql, const weft_postgres_parameters *parameters,
                              const char *what, PGresult **result, weft_err *err) {
    static const weft_postgres_parameters none = {0};
    const weft_postgres_parameters *p = parameters ? parameters : &none;
    char name[WEFT_POSTGRES_NAME_SIZE];
    *result = NULL;
    weft_status status = weft_postgres_prepare(s, connection, sql, name, err);
    if (status) return status;
    *result = PQexecPrepared(connection->pg, name, p->count, p->values, p->lengths, p->formats, 1);
    if (is_good(*result)) return WEFT_OK;
    status = weft_postgres_fail(s, connection->pg, *result, what, err);
    PQclear(*result);
    *result = NULL;
    return status;
}

weft_status weft_postgres_ask(weft_postgres *s, const char *sql,
                              const weft_postgres_parameters *parameters, const char *what,
                              PGresult **result, weft_err *err) {
    weft_postgres_connection *connection;
    *result = NULL;
    weft_status status = weft_postgres_acquire(s, &connection, err);
    if (status) return status;
    status = weft_postgres_run(s, connection, sql, parameters, what, result, err);
    weft_postgres_release(s, connection);
    return status;
}

weft_status weft_postgres_command(const weft_postgres *s, PGconn *pg, const char *sql,
                                  weft_err *err) {
    PGresult *result = PQexec(pg, sql);
    weft_status status = WEFT_OK;
    if (!is_good(result)) status = weft_postgres_fail(s, pg, result, sql, err);
    PQclear(result);
    return status;
}

/* The first number is "weft" in ASCII, so that other programs' locks are others. */
weft_status weft_postgres_take_lock(const weft_postgres *s, PGconn *pg, weft_postgres_lock lock,
                                    weft_err *err) {
    char sql[80];
    snprintf(sql, sizeof sql, "SELECT pg_advisory_xact_lock(2003134068, %d)", (int)lock);
    return weft_postgres_command(s, pg, sql, err);
}

weft_status weft_postgres_begin(weft_postgres *s, weft_postgres_connection **connection,
                                weft_err *err) {
    weft_status status = weft_postgres_acquire(s, connection, err);
    if (status) return status;
    status = weft_postgres_command(s, (*connection)->pg, "BEGIN", err);
    if (status) weft_postgres_release(s, *connection);
    return status;
}

weft_status weft_postgres_end(weft_postgres *s, weft_postgres_connection *connection,
                              weft_status status, weft_err *err) {
    if (!status) status = weft_postgres_command(s, connection->pg, "COMMIT", err);
    else weft_postgres_command(s, connection->pg, "ROLLBACK", NULL);
    weft_postgres_release(s, connection);
    return status;
}

/* ---- batches ---- */

/* So many statements are on their way before their answers are read: what they and their
 * answers take must fit into the buffers between here and the server. */
enum { IN_FLIGHT = 64 };

static weft_status send_some(weft_postgres *s, PGconn *pg, const char *name,
                             const weft_postgres_batch *b, size_t from, size_t to, size_t *sent,
                             weft_err *err) {
    weft_status status = WEFT_OK;
    *sent = 0;
    for (size_t i = from; i < to && !status; i++) {
        weft_postgres_parameters p = {0};
        status = b->bind(b->context, i, &p, err);
        if (!status && !PQsendQueryPrepared(pg, name, p.count, p.values, p.lengths, p.formats, 1))
            status = weft_postgres_fail(s, pg, NULL, b->what, err);
        if (status && b->name) b->name(b->context, i, status, err);
        if (!status) ++*sent;
    }
    if (!PQpipelineSync(pg) && !status) status = weft_postgres_fail(s, pg, NULL, b->what, err);
    return status;
}

/* Reads to the end also after a failure, of which the first is kept. */
static weft_status read_answers(weft_postgres *s, PGconn *pg, const weft_postgres_batch *b,
                                size_t from, size_t sent, weft_status status, weft_err *err) {
    PGresult *result;
    for (size_t i = from; i < from + sent; i++) {
        while ((result = PQgetResult(pg))) {
            if (!status && !is_good(result)) {
                status = weft_postgres_fail(s, pg, result, b->what, err);
                if (b->name) b->name(b->context, i, status, err);
            } else if (!status && b->answer) b->answer(b->context, i, result);
            PQclear(result);
            if (PQstatus(pg) != CONNECTION_OK) break;
        }
        if (PQstatus(pg) != CONNECTION_OK)
            return status ? status : weft_postgres_fail(s, pg, NULL, b->what, err);
    }
    result = PQgetResult(pg); /* of the sync */
    if (!status && PQresultStatus(result) != PGRES_PIPELINE_SYNC)
        status = weft_postgres_fail(s, pg, result, b->what, err);
    PQclear(result);
    return status;
}

weft_status weft_postgres_run_batch(weft_postgres *s, weft_postgres_connection *connection,
                                    const weft_postgres_batch *batch, weft_err *err) {
    char name[WEFT_POSTGRES_NAME_SIZE];
    PGconn *pg = connection->pg;
    weft_status status = weft_postgres_prepare(s, connection, batch->sql, name, err);
    if (status) return status;
    if (!PQenterPipelineMode(pg)) return weft_postgres_fail(s, pg, NULL, batch->what, err);
    for (size_t from = 0, sent; from < batch->n && !status; from += IN_FLIGHT) {
        size_t to = batch->n - from < IN_FLIGHT ? batch->n : from + IN_FLIGHT;
        status = send_some(s, pg, name, batch, from, to, &sent, err);
        if (PQstatus(pg) == CONNECTION_OK)
            status = read_answers(s, pg, batch, from, sent, status, err);
    }
    if (!PQexitPipelineMode(pg) && !status)
        status = weft_postgres_fail(s, pg, NULL, batch->what, err);
    return status;
}

/* ---- opening and closing ---- */

static void close_store(weft_store *store) {
    weft_postgres *s = (weft_postgres *)store;
    for (int i = 0; i < WEFT_POSTGRES_POOL_SIZE; i++) disconnect(&s->pool[i]);
    pthread_cond_destroy(&s->released);
    pthread_mutex_destroy(&s->lock);
    weft_free(s->label);
    weft_free(s->url);
    weft_free(s);
}

static char *print_url(const char *format, const char *a, const char *b, const char *c) {
    int n = snprintf(NULL, 0, format, a, b, c);
    char *url = weft_alloc((size_t)n + 1, 1);
    if (url) snprintf(url, (size_t)n + 1, format, a, b, c);
    return url;
}

static weft_status open_first(weft_postgres *s, weft_err *err) {
    PGconn *pg;
    weft_status status = weft_postgres_connect(&pg, s->url, NULL, err);
    if (status) return status;
    s->label = print_url("postgresql://%s:%s/%s", PQhost(pg), PQport(pg), PQdb(pg));
    if (!s->label) status = weft_fail(err, WEFT_E_NOMEM, "database");
    if (!status) status = weft_postgres_migrate(s, pg, err);
    if (status) PQfinish(pg);
    else s->pool[0].pg = pg;
    return status;
}

static weft_status open_store(weft_store **out, const char *place, weft_err *err) {
    weft_postgres *s = weft_calloc(1, sizeof *s);
    if (!s) return weft_fail(err, WEFT_E_NOMEM, "database");
    s->store.vtable = &weft_store_postgres;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->released, NULL);
    s->url = print_url("%s:%s%s", weft_store_postgres.scheme, place, "");
    weft_status status = s->url ? open_first(s, err) : weft_fail(err, WEFT_E_NOMEM, "database");
    if (status) close_store(&s->store);
    else *out = &s->store;
    return status;
}

const weft_store_vtable weft_store_postgres = {
    .scheme = "postgresql",
    .open = open_store,
    .close = close_store,
    .put_products = weft_postgres_put_products,
    .delete_product = weft_postgres_delete_product,
    .get_product = weft_postgres_get_product,
    .count_products = weft_postgres_count_products,
    .put_embeddings = weft_postgres_put_embeddings,
    .each = weft_postgres_each,
    .each_changed = weft_postgres_each_changed,
    .change_seq = weft_postgres_change_seq,
    .change_mark = weft_postgres_change_mark,
    .nearest = weft_postgres_nearest,
    .index_nearest = weft_postgres_index_nearest,
    .get_vector = weft_postgres_get_vector,
    .queue_put = weft_postgres_queue_put,
    .queue_lease = weft_postgres_queue_lease,
    .queue_finish = weft_postgres_queue_finish,
    .queue_end = weft_postgres_queue_end,
    .queue_count = weft_postgres_queue_count,
    .put_set = weft_postgres_put_set,
    .list_sets = weft_postgres_list_sets,
    .serving_set = weft_postgres_serving_set,
    .switch_set = weft_postgres_switch_set,
    .drop_set = weft_postgres_drop_set,
    .put_source = weft_postgres_put_source,
    .change_source = weft_postgres_change_source,
    .list_sources = weft_postgres_list_sources,
    .remove_source = weft_postgres_remove_source,
    .begin_source = weft_postgres_begin_source,
    .apply_source = weft_postgres_apply_source,
    .backup = weft_postgres_backup,
    .restore = weft_postgres_restore,
    .put_events = weft_postgres_put_events,
    .list_event_imports = weft_postgres_list_event_imports,
    .each_event = weft_postgres_each_event,
    .each_user_event = weft_postgres_each_user_event,
    .last_event = weft_postgres_last_event,
    .put_pages = weft_postgres_put_pages,
    .each_page = weft_postgres_each_page,
    .pages_revision = weft_postgres_pages_revision,
    .put_users = weft_postgres_put_users,
    .list_users = weft_postgres_list_users,
    .get_user = weft_postgres_get_user,
    .count_users = weft_postgres_count_users,
    .put_features = weft_postgres_put_features,
    .features_position = weft_postgres_features_position,
    .get_features = weft_postgres_get_features,
    .put_token = weft_postgres_put_token,
    .list_tokens = weft_postgres_list_tokens,
    .revoke_token = weft_postgres_revoke_token,
    .check_token = weft_postgres_check_token,
    .token_name = weft_postgres_token_name,

    .put_searches = weft_postgres_put_searches,
    .each_search = weft_postgres_each_search,

    .put_items = weft_postgres_put_items,
    .have_items = weft_postgres_have_items,
    .count_items = weft_postgres_count_items,
    .each_item = weft_postgres_each_item,
    .put_outfit_edges = weft_postgres_put_outfit_edges,
    .each_outfit_edge = weft_postgres_each_outfit_edge,
    .outfit_edges_revision = weft_postgres_outfit_edges_revision,

    .put_rule = weft_postgres_put_rule,
    .list_rules = weft_postgres_list_rules,
    .rules_revision = weft_postgres_rules_revision,
};
