/* api_garments.c - POST /api/v1/search/garments: what is in a photo, and products like it; and
 * /shop-the-look: the same, one product of each that can be worn together, and what completes it.
 *
 * Boxes that may hold a garment are cut out and embedded together; those that resemble
 * products are kept, one for each garment (search/garments.h), and each is searched for. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "api/answer_search.h"
#include "api/api_internal.h"
#include "api/fields.h"
#include "base/clock.h"
#include "image/image_boxes.h"
#include "image/photo_part.h"
#include "recommend/look.h"
#include "search/garments.h"

enum { DEFAULT_LIMIT = 12, LOOKED_AT = 640 /* pixels of the longer side */ };

typedef struct {
    weft_fields fields;
    weft_serving *serving;
    weft_snapshot *snapshot;
    weft_rule_set *rules;
    weft_rank_request asked;
    weft_image_box boxes[WEFT_IMAGE_MAX_BOXES];
    weft_garment_box candidates[WEFT_IMAGE_MAX_BOXES];
    size_t box_count;
    weft_garment garments[WEFT_GARMENTS_MAX];
    size_t garment_count;
    weft_rank_page pages[WEFT_GARMENTS_MAX]; /* products like each garment */
} trip;

static weft_status read_request(trip *t, const weft_http_request *request, weft_str *photo,
                                weft_err *err) {
    static const char *const known[] = {"image", "limit", "filters", NULL};
    const json_t *filters;
    size_t limit = DEFAULT_LIMIT;
    weft_status status = weft_fields_init(&t->fields, request, known, err);
    if (!status) status = weft_fields_bytes(&t->fields, "image", photo, err);
    if (!status && !photo->data) {
        t->fields.at_fault = "image";
        status = weft_fail(err, WEFT_E_INVALID, "image: is needed");
    }
    if (!status)
        status = weft_fields_size(&t->fields, "limit", 1, WEFT_RANK_MAX_LIMIT, &limit, err);
    if (!status) status = weft_fields_object(&t->fields, "filters", &filters, err);
    if (status) return status;
    status = weft_filter_parse(&t->asked.filter, filters, t->fields.arena, err);
    if (status) {
        t->fields.at_fault = "filters";
        return weft_fail_in(err, status, "filters");
    }
    t->asked.limit = limit;
    return WEFT_OK;
}

/* Embeds what every box shows, in a few runs of the model. */
static weft_status embed_boxes(trip *t, const weft_image *image, weft_err *err) {
    enum { TOGETHER = 16 };
    size_t dim = weft_clip_model_info(t->serving->model).dim;
    weft_clip_item items[TOGETHER];
    weft_status status = WEFT_OK;
    for (size_t begin = 0; begin < t->box_count && !status; begin += TOGETHER) {
        size_t n = t->box_count - begin < TOGETHER ? t->box_count - begin : TOGETHER;
        for (size_t i = 0; i < n && !status; i++) {
            weft_image_box *box = &t->boxes[begin + i];
            items[i] =
                (weft_clip_item){.vector = weft_arena_alloc(t->fields.arena, dim, sizeof(float))};
            if (!items[i].vector) status = weft_fail(err, WEFT_E_NOMEM, "boxes of a photo");
            else status = weft_photo_part(image, box, t->fields.arena, &items[i].photo, err);
            t->candidates[begin + i] =
                (weft_garment_box){box->x, box->y, box->width, box->height, items[i].vector};
        }
        if (!status) status = weft_clip_queue_encode(t->serving->encoder, items, n, NULL, err);
    }
    return status;
}

static weft_status find_garments(trip *t, weft_api *api, weft_str photo, weft_err *err) {
    weft_image image = {0};
    const weft_rule **acting;
    sem_wait(&api->scalers); /* a decoded photo is much memory */
    weft_status status = weft_photo_open(&image, photo, LOOKED_AT, err);
    sem_post(&api->scalers);
    if (!status) status = weft_image_propose(&image, t->boxes, &t->box_count, err);
    if (!status) status = embed_boxes(t, &image, err);
    weft_image_deinit(&image);
    if (status) {
        t->fields.at_fault = "image";
        return weft_fail_in(err, weft_api_photo_status(status), "image");
    }
    status = weft_garments_find(t->candidates, t->box_count, &t->asked, t->fields.arena,
                                t->garments, &t->garment_count, err);
    t->rules = weft_rule_sets_acquire(&api->rules);
    if (!status)
        status = weft_rules_select(t->rules->rules, t->rules->count, NULL, (int64_t)time(NULL),
                                   t->fields.arena, &acting, &t->asked.rule_count, err);
    if (!status) t->asked.rules = acting;
    return status;
}

static weft_status write_garment(trip *t, weft_json *j, const weft_garment *garment,
                                 weft_err *err) {
    const weft_image_box *box = &t->boxes[garment->box];
    const weft_catalog_facet *types =
        weft_catalog_facet_of(t->snapshot->catalog, WEFT_FACET_article_type);
    weft_rank_page *page = &t->pages[garment - t->garments];
    weft_rank_request asked = t->asked;
    asked.embedding = t->candidates[garment->box].embedding;
    weft_status status = weft_rank_run(&asked, t->fields.arena, page, err);
    if (status) return status;
    weft_json_object(j);
    weft_json_key(j, "box");
    weft_json_object(j);
    weft_json_key_float(j, "x", box->x);
    weft_json_key_float(j, "y", box->y);
    weft_json_key_float(j, "width", box->width);
    weft_json_key_float(j, "height", box->height);
    weft_json_end(j);
    weft_json_key_string(j, "article_type", types->values[garment->type]);
    weft_json_key_float(j, "confidence", garment->confidence);
    weft_json_key(j, "products");
    weft_answer_results(j, page, &asked);
    weft_json_end(j);
    return WEFT_OK;
}

/* ---- one product of each garment ---- */

enum { TRIED = 6 /* products of each garment */, COMPLETING = 12 };

/* A product of each garment, or of most: those that are most like them and fit. */
typedef struct {
    const trip *trip;
    const weft_wardrobe *wardrobe;
    uint32_t rows[WEFT_GARMENTS_MAX], best[WEFT_GARMENTS_MAX];
    weft_outfit_traits traits[WEFT_GARMENTS_MAX];
    size_t count, best_count;
    float score, best_score;
} dressing;

static void dress(dressing *d, size_t garment) {
    const trip *t = d->trip;
    if (d->count > d->best_count ||
        (d->count == d->best_count && d->count && d->score > d->best_score)) {
        memcpy(d->best, d->rows, sizeof d->best);
        d->best_count = d->count;
        d->best_score = d->score;
    }
    if (garment == t->garment_count) return;
    const weft_rank_page *page = &t->pages[garment];
    for (size_t i = 0; i < page->count && i < TRIED; i++) {
        uint32_t row = page->results[i].row;
        d->rows[d->count] = row;
        d->traits[d->count] = d->wardrobe->traits[row];
        if (weft_outfit_check(d->wardrobe->rules, d->traits, d->count + 1, false).fault) continue;
        float likeness = page->results[i].score.relevance;
        d->count++;
        d->score += likeness;
        dress(d, garment + 1);
        d->score -= likeness;
        d->count--;
    }
    dress(d, garment + 1); /* without it */
}

static weft_status write_look(trip *t, const weft_recommender_view *view, weft_json *j,
                              weft_err *err) {
    const weft_wardrobe *w = view->wardrobe;
    const weft_catalog *catalog = t->snapshot->catalog;
    dressing d = {.trip = t, .wardrobe = w};
    weft_look_piece *pieces = NULL;
    size_t n = 0;
    double price = 0;
    dress(&d, 0);
    const weft_look_request request = {.wardrobe = w,
                                       .pieces = d.best,
                                       .piece_count = d.best_count,
                                       .filter = t->asked.filter,
                                       .occasion = -1,
                                       .limit = COMPLETING};
    weft_status status =
        d.best_count ? weft_look_complete(&request, t->fields.arena, &pieces, &n, err) : WEFT_OK;
    if (status) return status;
    weft_json_key(j, "look");
    weft_json_array(j);
    for (size_t i = 0; i < d.best_count; i++) {
        const weft_product *product = weft_catalog_product(catalog, d.best[i]);
        weft_json_object(j);
        weft_answer_product_fields(j, product);
        weft_json_key_string(j, "slot",
                             weft_outfit_slot_name(w->rules, (size_t)w->traits[d.best[i]].slot));
        weft_json_end(j);
        price += product->price;
    }
    weft_json_end(j);
    weft_json_key_double(j, "total_price", round(price * 100) / 100);
    weft_json_key(j, "complete");
    weft_json_array(j);
    for (size_t i = 0; i < n; i++) {
        weft_json_object(j);
        weft_answer_product_fields(j, weft_catalog_product(catalog, pieces[i].row));
        weft_json_key_string(j, "slot", weft_outfit_slot_name(w->rules, (size_t)pieces[i].slot));
        weft_json_key_float(j, "score", pieces[i].score);
        weft_json_end(j);
    }
    weft_json_end(j);
    return WEFT_OK;
}

/* ---- the answer ---- */

/* view NULL: the garments alone. */
static weft_status write_answer(trip *t, const weft_http_request *request,
                                const weft_recommender_view *view, weft_buf *out, double started,
                                weft_err *err) {
    weft_json j;
    weft_status status = WEFT_OK;
    weft_json_begin(&j, out);
    weft_json_object(&j);
    weft_json_key(&j, "garments");
    weft_json_array(&j);
    for (size_t i = 0; i < t->garment_count && !status; i++)
        status = write_garment(t, &j, &t->garments[i], err);
    weft_json_end(&j);
    if (!status && view) status = write_look(t, view, &j, err);
    weft_json_key_string(&j, "query_id", weft_http_request_id(request));
    weft_json_key_double(&j, "took_ms", round((weft_clock_seconds() - started) * 1e5) / 100);
    weft_json_end(&j);
    return status;
}

/* The view's snapshot, or without one the present one. */
static void answer_garments(const weft_http_request *request, weft_http_response *response,
                            weft_api *api, const weft_recommender_view *view) {
    double started = weft_clock_seconds();
    trip t = {.serving = view ? view->serving : weft_api_acquire(api)};
    weft_err err = {0};
    weft_str photo;
    weft_buf out;
    weft_buf_init(&out);
    weft_status status = read_request(&t, request, &photo, &err);
    if (!status) {
        t.snapshot =
            view ? (weft_snapshot *)(uintptr_t)view->snapshot : weft_live_acquire(t.serving->live);
        t.asked.catalog = t.snapshot->catalog;
        t.asked.lexicon = t.snapshot->lexicon;
        t.asked.indexes = t.snapshot->index;
        t.asked.engine = t.snapshot->engine;
        t.asked.kind = WEFT_KIND_IMAGE;
        status = find_garments(&t, api, photo, &err);
    }
    if (!status) status = write_answer(&t, request, view, &out, started, &err);
    if (status) {
        weft_buf_deinit(&out);
        weft_api_fail(response, request, status, t.fields.at_fault, &err);
    } else {
        weft_http_respond_json(response, 200, &out);
    }
    weft_rule_set_release(t.rules);
    if (!view) {
        weft_snapshot_release(t.snapshot);
        weft_api_release(t.serving);
    }
    weft_fields_deinit(&t.fields);
}

WEFT_HANDLER(weft_api_search_garments) { answer_garments(request, response, context, NULL); }

/* POST /api/v1/shop-the-look */
WEFT_HANDLER(weft_api_shop_look) {
    weft_api *api = context;
    weft_recommender_view *view = weft_recommender_acquire(api->recommender);
    answer_garments(request, response, api, view);
    weft_recommender_release(view);
}
