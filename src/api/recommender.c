#include "api/recommender.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api/api_internal.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "recommend/user_features.h"

static const double LOOK = 0.2, LOOK_AFTER_FAILURE = 5, RENEW = 2, RENEW_BOOK = 5; /* seconds */
/* A view costs some milliseconds for 40,000 products, and at most this part of a thread's time. */
static const double RENEWING = 0.05;
enum {
    FEATURE_EVENTS = 2000, /* a step */
    PAGES = 8,             /* that are missing, made in a look */
    NEIGHBOURS = 8         /* of each, whose pages are made again */
};

/* Shared by the views of one snapshot. */
struct weft_recommender_shelf {
    weft_serving *serving; /* whose engine the snapshot may have */
    weft_snapshot *snapshot;
    weft_shelf *shelf;
    weft_outfit_table table;
    uint64_t table_stamp; /* of the file, also when it cannot be read */
    weft_wardrobe *wardrobe;
    atomic_size_t holders;
};

/* Shared by the views between two learnings. */
struct weft_recommender_learning {
    weft_learning learning; /* model NULL: nothing was learned */
    uint64_t stamp;
    atomic_size_t holders;
};

/* Of one shelf and one learning; shared by the views between two of them. */
struct weft_recommender_tastes {
    weft_recommender_shelf *shelf;
    weft_recommender_learning *learning;
    weft_tastes *tastes; /* NULL: nothing was learned */
    atomic_size_t holders;
};

/* The store's pages as rows of one shelf. */
struct weft_recommender_pages {
    weft_recommender_shelf *shelf;
    weft_book *book;
    weft_pages *pages;
    atomic_size_t holders;
};

struct weft_recommender {
    weft_api *api;
    char folder[PATH_MAX], table_path[PATH_MAX];
    pthread_t thread;
    pthread_mutex_t lock; /* of the rest */
    pthread_cond_t wake;
    bool is_stopping;
    weft_recommender_view *view;

    /* The thread's own. */
    weft_trends *trends;
    weft_recommender_shelf *shelf;
    weft_recommender_learning *learning;
    weft_recommender_tastes *tastes;
    weft_recommender_pages *pages; /* NULL: there are none */
    int64_t pages_revision;
    uint32_t next_page; /* rows before it have been looked at for pages that are missing */
    uint64_t generation;
    bool has_news;     /* events since the last view */
    bool is_behind;    /* the view is of a shelf, a learning or pages that were */
    bool has_features; /* more of them may have to be written */
    double next_view, next_book;
};

/* ---- what is shared ---- */

static void release_shelf(weft_recommender_shelf *shelf) {
    if (!shelf || atomic_fetch_sub(&shelf->holders, 1) != 1) return;
    weft_wardrobe_free(shelf->wardrobe);
    weft_outfit_table_close(&shelf->table);
    weft_shelf_free(shelf->shelf);
    weft_snapshot_release(shelf->snapshot);
    if (shelf->serving) weft_api_release(shelf->serving);
    weft_free(shelf);
}

static void release_learning(weft_recommender_learning *learning) {
    if (!learning || atomic_fetch_sub(&learning->holders, 1) != 1) return;
    weft_learning_deinit(&learning->learning);
    weft_free(learning);
}

static void release_tastes(weft_recommender_tastes *tastes) {
    if (!tastes || atomic_fetch_sub(&tastes->holders, 1) != 1) return;
    weft_tastes_free(tastes->tastes);
    release_learning(tastes->learning);
    release_shelf(tastes->shelf);
    weft_free(tastes);
}

static void release_pages(weft_recommender_pages *pages) {
    if (!pages || atomic_fetch_sub(&pages->holders, 1) != 1) return;
    weft_pages_free(pages->pages);
    weft_book_free(pages->book);
    release_shelf(pages->shelf);
    weft_free(pages);
}

void weft_recommender_release(weft_recommender_view *view) {
    if (!view || atomic_fetch_sub(&view->holders, 1) != 1) return;
    weft_crowd_free((weft_crowd *)(uintptr_t)view->crowd);
    release_tastes(view->tastes_holder);
    release_pages(view->pages_holder);
    release_shelf(view->shelf_holder);
    weft_free(view);
}

weft_recommender_view *weft_recommender_acquire(weft_recommender *r) {
    pthread_mutex_lock(&r->lock);
    weft_recommender_view *view = r->view;
    atomic_fetch_add(&view->holders, 1);
    pthread_mutex_unlock(&r->lock);
    return view;
}

/* ---- taking up what is new ---- */

/* The shop's own table, or weft's where it cannot be read, which is told. */
static weft_status read_table(weft_recommender *r, weft_recommender_shelf *shelf, weft_err *err) {
    weft_err why = {0};
    weft_store *store = r->api->options.store;
    shelf->table_stamp = weft_file_stamp(r->table_path);
    weft_status status =
        weft_outfit_table_open(&shelf->table, r->api->options.data_folder, store, &why);
    if (!status) return WEFT_OK;
    weft_outfit_table_close(&shelf->table);
    weft_log(WEFT_LOG_ERROR, "outfit rules: %s; weft's own hold", why.message);
    return weft_outfit_table_open(&shelf->table, NULL, store, err);
}

static weft_status make_shelf(weft_recommender *r, weft_snapshot *snapshot,
                              weft_recommender_shelf **out, weft_err *err) {
    weft_recommender_shelf *shelf = weft_calloc(1, sizeof *shelf);
    if (!shelf) return weft_fail(err, WEFT_E_NOMEM, "shelf");
    atomic_init(&shelf->holders, 1);
    weft_status status =
        weft_shelf_new(&shelf->shelf, snapshot->catalog, snapshot->index, snapshot->engine, err);
    if (!status) status = read_table(r, shelf, err);
    if (!status)
        status = weft_outfit_table_dress(&shelf->table, shelf->shelf, &shelf->wardrobe, err);
    if (status) release_shelf(shelf);
    else *out = shelf;
    return status;
}

static weft_status take_snapshot(weft_recommender *r, weft_err *err) {
    weft_recommender_shelf *fresh = NULL;
    weft_serving *serving = weft_api_acquire(r->api);
    weft_snapshot *snapshot = weft_live_acquire(serving->live);
    int64_t edges = 0;
    weft_status status = weft_store_outfit_edges_revision(r->api->options.store, &edges, err);
    bool is_new = !r->shelf || r->shelf->snapshot != snapshot ||
                  r->shelf->table_stamp != weft_file_stamp(r->table_path) ||
                  r->shelf->table.edge_revision != edges;
    if (!status && is_new) status = make_shelf(r, snapshot, &fresh, err);
    if (status || !is_new) {
        weft_snapshot_release(snapshot);
        weft_api_release(serving);
        return status;
    }
    fresh->serving = serving;
    fresh->snapshot = snapshot;
    release_shelf(r->shelf);
    r->shelf = fresh;
    r->is_behind = true;
    return WEFT_OK;
}

/* What cannot be read is told once; what was learned before stays. */
static weft_status take_learning(weft_recommender *r, weft_err *err) {
    weft_err why = {0};
    uint64_t stamp = weft_learning_stamp(r->folder);
    if (r->learning && r->learning->stamp == stamp) return WEFT_OK;
    weft_recommender_learning *fresh = weft_calloc(1, sizeof *fresh);
    if (!fresh) return weft_fail(err, WEFT_E_NOMEM, "what was learned");
    weft_status status = stamp ? weft_learning_open(&fresh->learning, r->folder, &why) : WEFT_OK;
    if (status) {
        weft_learning_deinit(&fresh->learning);
        weft_log(WEFT_LOG_ERROR, "recommendations: %s", why.message);
        if (r->learning) {
            r->learning->stamp = stamp;
            weft_free(fresh);
            return WEFT_OK;
        }
    }
    if (!fresh->learning.model) fresh->learning.weights = weft_recommend_default_weights;
    fresh->stamp = stamp;
    atomic_init(&fresh->holders, 1);
    release_learning(r->learning);
    r->learning = fresh;
    r->is_behind = true;
    return WEFT_OK;
}

/* The model's items as the shelf's rows, when one of them is another. */
static weft_status take_tastes(weft_recommender *r, weft_err *err) {
    const weft_collaborative *model = r->learning->learning.model;
    if (r->tastes && r->tastes->shelf == r->shelf && r->tastes->learning == r->learning)
        return WEFT_OK;
    weft_recommender_tastes *fresh = weft_calloc(1, sizeof *fresh);
    if (!fresh) return weft_fail(err, WEFT_E_NOMEM, "tastes");
    weft_status status = WEFT_OK;
    if (model) status = weft_tastes_new(&fresh->tastes, r->shelf->snapshot->catalog, model, err);
    if (status) {
        weft_free(fresh);
        return status;
    }
    fresh->shelf = r->shelf;
    fresh->learning = r->learning;
    atomic_fetch_add(&r->shelf->holders, 1);
    atomic_fetch_add(&r->learning->holders, 1);
    atomic_init(&fresh->holders, 1);
    release_tastes(r->tastes);
    r->tastes = fresh;
    r->is_behind = true;
    return WEFT_OK;
}

static weft_status take_events(weft_recommender *r, weft_err *err) {
    int64_t last, before = weft_trends_position(r->trends);
    weft_status status = weft_store_last_event(r->api->options.store, &last, err);
    if (status || last == before) return status;
    status =
        weft_store_each_event(r->api->options.store, before, 0, weft_trends_visit, r->trends, err);
    r->has_news |= weft_trends_position(r->trends) != before;
    return status;
}

/* ---- pages ---- */

static weft_page_source page_source(const weft_recommender_shelf *shelf) {
    return (weft_page_source){.wardrobe = shelf->wardrobe,
                              .lexicon = shelf->snapshot->lexicon,
                              .basis =
                                  weft_page_basis(shelf->serving->embedding_model,
                                                  shelf->table.text, shelf->table.edge_revision)};
}

static weft_status add_page(void *context, const weft_store_page *page, weft_err *err) {
    return weft_book_add(context, page, err);
}

static weft_status read_pages(weft_recommender *r, weft_recommender_pages *fresh, weft_err *err) {
    const weft_page_source source = page_source(r->shelf);
    weft_status status = weft_book_new(&fresh->book, err);
    if (!status) status = weft_store_each_page(r->api->options.store, add_page, fresh->book, err);
    if (!status) status = weft_pages_new(&fresh->pages, fresh->book, &source, err);
    return status;
}

/* Reads them when there are others, or they are to be another shelf's. */
static weft_status take_pages(weft_recommender *r, weft_err *err) {
    int64_t revision;
    double started = weft_clock_seconds();
    weft_status status = weft_store_pages_revision(r->api->options.store, &revision, err);
    if (status || revision == 0) return status;
    bool is_due = revision != r->pages_revision && started >= r->next_book;
    bool is_of_shelf = r->pages && r->pages->shelf == r->shelf;
    if (is_of_shelf && !is_due) return WEFT_OK;
    weft_recommender_pages *fresh = weft_calloc(1, sizeof *fresh);
    if (!fresh) return weft_fail(err, WEFT_E_NOMEM, "pages");
    atomic_init(&fresh->holders, 1);
    fresh->shelf = r->shelf;
    atomic_fetch_add(&r->shelf->holders, 1);
    status = read_pages(r, fresh, err);
    if (status) {
        release_pages(fresh);
        return status;
    }
    release_pages(r->pages);
    r->pages = fresh;
    r->pages_revision = revision;
    r->next_page = 0;
    r->is_behind = true;
    /* A build writes many times in a minute. */
    double now = weft_clock_seconds(), pause = (now - started) / RENEWING;
    r->next_book = now + (pause > RENEW_BOOK ? pause : RENEW_BOOK);
    return WEFT_OK;
}

/* Adds the nearest of a row to those whose pages are to be made again: it is new to their lists. */
static weft_status add_nearest(const weft_recommender *r, uint32_t row, float *vector,
                               uint32_t *rows, size_t *n, weft_err *err) {
    const weft_index *index = r->shelf->snapshot->index[WEFT_KIND_HYBRID];
    weft_hit hits[NEIGHBOURS];
    size_t found;
    if (r->shelf->snapshot->engine || !weft_index_vector(index, row, vector)) return WEFT_OK;
    const weft_index_query query = {.query = vector, .k = NEIGHBOURS};
    weft_status status = weft_index_search(index, &query, hits, &found, err);
    for (size_t i = 0; i < found && !status; i++) {
        bool is_there = false;
        for (size_t j = 0; j < *n && !is_there; j++) is_there = rows[j] == hits[i].row;
        if (!is_there) rows[(*n)++] = hits[i].row;
    }
    return status;
}

/* Makes some of the pages that are missing, and those of their neighbours; a shop that never
 * made any has none. */
static weft_status make_pages(weft_recommender *r, weft_err *err) {
    uint32_t rows[PAGES * (NEIGHBOURS + 1)];
    size_t n = 0;
    if (!r->pages) return WEFT_OK;
    while (n < PAGES && weft_pages_missing(r->pages->pages, &r->next_page))
        rows[n++] = r->next_page++;
    if (!n) return WEFT_OK;
    const weft_page_source source = page_source(r->shelf);
    float *vector = weft_alloc(r->shelf->shelf->dim, sizeof *vector);
    weft_status status = vector ? WEFT_OK : weft_fail(err, WEFT_E_NOMEM, "pages");
    size_t missing = n;
    for (size_t i = 0; i < missing && !status; i++)
        status = add_nearest(r, rows[i], vector, rows, &n, err);
    if (!status) status = weft_pages_make(&source, r->api->options.store, rows, n, 1, NULL, err);
    weft_free(vector);
    return status;
}

/* A step of it: many events must not keep the view waiting. */
static weft_status write_features(weft_recommender *r, weft_err *err) {
    weft_features_step step = {0};
    weft_status status =
        weft_features_follow(r->api->options.store, r->shelf->shelf,
                             r->shelf->serving->embedding_model, FEATURE_EVENTS, &step, err);
    r->has_features = step.events == FEATURE_EVENTS;
    return status;
}

static weft_status renew_view(weft_recommender *r, weft_err *err) {
    weft_crowd *crowd;
    double started = weft_clock_seconds();
    weft_recommender_view *fresh = weft_calloc(1, sizeof *fresh), *old;
    if (!fresh) return weft_fail(err, WEFT_E_NOMEM, "recommendations");
    if (r->is_behind) r->generation++;
    weft_status status = weft_crowd_new(&crowd, r->shelf->snapshot->catalog, r->trends,
                                        r->tastes->tastes, weft_clock_now(), err);
    if (status) {
        weft_free(fresh);
        return status;
    }
    *fresh = (weft_recommender_view){.serving = r->shelf->serving,
                                     .snapshot = r->shelf->snapshot,
                                     .shelf = r->shelf->shelf,
                                     .wardrobe = r->shelf->wardrobe,
                                     .pages = r->pages ? r->pages->pages : NULL,
                                     .crowd = crowd,
                                     .weights = &r->tastes->learning->learning.weights,
                                     .generation = r->generation,
                                     .shelf_holder = r->shelf,
                                     .tastes_holder = r->tastes,
                                     .pages_holder = r->pages};
    if (r->pages) atomic_fetch_add(&r->pages->holders, 1);
    atomic_fetch_add(&r->shelf->holders, 1);
    atomic_fetch_add(&r->tastes->holders, 1);
    atomic_init(&fresh->holders, 1);
    pthread_mutex_lock(&r->lock);
    old = r->view;
    r->view = fresh;
    pthread_mutex_unlock(&r->lock);
    weft_recommender_release(old);
    double now = weft_clock_seconds(), pause = (now - started) / RENEWING;
    r->has_news = r->is_behind = false;
    r->next_view = now + (pause > RENEW ? pause : RENEW);
    return WEFT_OK;
}

/* One look at everything. */
static weft_status look(weft_recommender *r, weft_err *err) {
    weft_status status = take_snapshot(r, err);
    if (!status) status = take_learning(r, err);
    if (!status) status = take_tastes(r, err);
    if (!status) status = take_pages(r, err);
    if (!status) status = take_events(r, err);
    if (status) return status;
    bool is_due = r->has_news && weft_clock_seconds() >= r->next_view;
    return r->is_behind || is_due ? renew_view(r, err) : WEFT_OK;
}

/* ---- the thread ---- */

static bool wait_for_turn(weft_recommender *r, double seconds) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t ns = until.tv_nsec + (int64_t)(seconds * 1e9);
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&r->lock);
    while (!r->is_stopping && pthread_cond_timedwait(&r->wake, &r->lock, &until) != ETIMEDOUT) {
    }
    bool goes_on = !r->is_stopping;
    pthread_mutex_unlock(&r->lock);
    return goes_on;
}

static void *follow(void *context) {
    weft_recommender *r = context;
    bool has_failed = false;
    while (wait_for_turn(r, has_failed ? LOOK_AFTER_FAILURE : r->has_features ? 0 : LOOK)) {
        weft_err err = {0};
        weft_status status = look(r, &err);
        if (!status) status = write_features(r, &err);
        if (!status) status = make_pages(r, &err);
        /* A database that is away is told by the sync thread. */
        if (status && !has_failed && status != WEFT_E_STORE)
            weft_log(WEFT_LOG_ERROR, "recommendations: %s", err.message);
        has_failed = status != WEFT_OK;
    }
    return NULL;
}

static void free_recommender(weft_recommender *r) {
    weft_recommender_release(r->view);
    release_shelf(r->shelf);
    release_pages(r->pages);
    release_tastes(r->tastes);
    release_learning(r->learning);
    weft_trends_free(r->trends);
    pthread_cond_destroy(&r->wake);
    pthread_mutex_destroy(&r->lock);
    weft_free(r);
}

weft_status weft_recommender_start(weft_recommender **out, weft_api *api, weft_err *err) {
    const char *data_folder = api->options.data_folder;
    weft_recommender *r = weft_calloc(1, sizeof *r);
    *out = NULL;
    if (!r) return weft_fail(err, WEFT_E_NOMEM, "recommendations");
    r->api = api;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->wake, NULL);
    weft_status status = WEFT_OK;
    if (snprintf(r->folder, sizeof r->folder, "%s/recommend", data_folder) >= PATH_MAX ||
        snprintf(r->table_path, sizeof r->table_path, "%s/%s", data_folder,
                 WEFT_OUTFIT_TABLE_NAME) >= PATH_MAX)
        status = weft_fail(err, WEFT_E_LIMIT, "%s: the path is too long", data_folder);
    if (!status) status = weft_trends_new(&r->trends, weft_clock_now(), err);
    if (!status) status = look(r, err);
    if (!status && pthread_create(&r->thread, NULL, follow, r) != 0)
        status = weft_fail(err, WEFT_E_INTERNAL, "recommendations: a thread cannot start");
    if (status) free_recommender(r);
    else *out = r;
    return status;
}

void weft_recommender_stop(weft_recommender *r) {
    if (!r) return;
    pthread_mutex_lock(&r->lock);
    r->is_stopping = true;
    pthread_cond_broadcast(&r->wake);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    free_recommender(r);
}
