/* Many callers, one queue, the real model: each must get the vector it would get alone. */
#include "../unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "clip/clip_queue.h"

enum { TEXTS = 12, PHOTOS = 5, CALLERS = 8, ROUNDS = 3, MAX_DIM = 512 };

static weft_clip_model *model;
static size_t dim;
static char texts[TEXTS][256];
static struct {
    unsigned char *bytes;
    size_t n;
} photos[PHOTOS];
static float text_alone[TEXTS][MAX_DIM], photo_alone[PHOTOS][MAX_DIM];

/* Lengths from none to beyond the model's 77 tokens. */
static void make_texts(void) {
    for (size_t i = 0; i < TEXTS; i++)
        for (size_t word = 0; word < i * i / 2; word++)
            snprintf(texts[i] + strlen(texts[i]), 4, "%c ", (char)('a' + (i + word) % 26));
}

static void make_photos(void) {
    static uint8_t pixels[60 * 40 * 3];
    for (size_t i = 0; i < PHOTOS; i++) {
        weft_image image = {pixels, 40, 60};
        for (size_t j = 0; j < sizeof pixels; j++) pixels[j] = (uint8_t)(j / 7 * (i + 1));
        assert_int_equal(weft_image_encode_jpeg(&image, 90, &photos[i].bytes, &photos[i].n, NULL),
                         WEFT_OK);
    }
}

static weft_clip_item text_item(size_t i, float *vector) {
    return (weft_clip_item){.text = weft_str_of(texts[i]), .vector = vector};
}

static weft_clip_item photo_item(size_t i, float *vector) {
    return (weft_clip_item){.photo = {(const char *)photos[i].bytes, photos[i].n},
                            .vector = vector};
}

static int set_up(void **state) {
    weft_clip_session *session;
    weft_err err = {0};
    (void)state;
    if (weft_clip_model_open(&model, "models/weft-mini", NULL, &err)) fail_msg("%s", err.message);
    dim = weft_clip_model_info(model).dim;
    assert_true(dim <= MAX_DIM);
    make_texts();
    make_photos();
    assert_int_equal(weft_clip_session_new(&session, model, NULL), WEFT_OK);
    for (size_t i = 0; i < TEXTS; i++) {
        weft_str text = weft_str_of(texts[i]);
        assert_int_equal(weft_clip_encode_text(session, &text, 1, text_alone[i], NULL), WEFT_OK);
    }
    for (size_t i = 0; i < PHOTOS; i++)
        assert_int_equal(
            weft_clip_encode_photo(session, photos[i].bytes, photos[i].n, photo_alone[i], NULL),
            WEFT_OK);
    weft_clip_session_free(session);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    for (size_t i = 0; i < PHOTOS; i++) weft_free(photos[i].bytes);
    weft_clip_model_free(model);
    return 0;
}

static weft_clip_queue *open_queue(const weft_clip_queue_options *options) {
    weft_clip_queue *queue;
    assert_int_equal(weft_clip_queue_new(&queue, model, options, NULL), WEFT_OK);
    return queue;
}

static bool same(const float *a, const float *b) { return memcmp(a, b, dim * sizeof *a) == 0; }

static size_t in_hand(weft_clip_queue *queue) {
    return weft_clip_queue_stats_of(queue, WEFT_CLIP_TEXT).in_hand +
           weft_clip_queue_stats_of(queue, WEFT_CLIP_PHOTO).in_hand;
}

/* cmocka's asserts belong to the main thread, so callers count what is wrong. */
typedef struct {
    weft_clip_queue *queue;
    pthread_t thread;
    size_t number;
    size_t rounds;
    atomic_size_t *wrong;
} caller;

static void *call_with_both(void *argument) {
    const caller *self = argument;
    static _Thread_local float vectors[4][MAX_DIM];
    for (size_t round = 0; round < self->rounds; round++) {
        size_t i = self->number + round, j = i * 5;
        weft_clip_item items[] = {
            text_item(i % TEXTS, vectors[0]), photo_item(i % PHOTOS, vectors[1]),
            text_item(j % TEXTS, vectors[2]), photo_item(j % PHOTOS, vectors[3])};
        weft_status status = weft_clip_queue_encode(self->queue, items, 4, NULL, NULL);
        *self->wrong += status || !same(vectors[0], text_alone[i % TEXTS]) ||
                        !same(vectors[1], photo_alone[i % PHOTOS]) ||
                        !same(vectors[2], text_alone[j % TEXTS]) ||
                        !same(vectors[3], photo_alone[j % PHOTOS]);
    }
    return NULL;
}

static void begin(caller *callers, size_t n, const caller *as, void *(*run)(void *)) {
    for (size_t i = 0; i < n; i++) {
        callers[i] = *as;
        callers[i].number = i;
        assert_int_equal(pthread_create(&callers[i].thread, NULL, run, &callers[i]), 0);
    }
}

static void join(caller *callers, size_t n) {
    for (size_t i = 0; i < n; i++) pthread_join(callers[i].thread, NULL);
}

static void everyone_gets_their_own_vectors(void **state) {
    (void)state;
    static const weft_clip_queue_options all[] = {
        {.encoders = 1}, {.encoders = 3, .decoders = 1, .max_batch = {3, 2}}, {0}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        caller callers[CALLERS];
        atomic_size_t wrong = 0;
        weft_clip_queue *queue = open_queue(&all[i]);
        begin(callers, CALLERS, &(caller){.queue = queue, .rounds = ROUNDS, .wrong = &wrong},
              call_with_both);
        join(callers, CALLERS);
        assert_int_equal(wrong, 0);
        for (weft_clip_kind kind = WEFT_CLIP_TEXT; kind <= WEFT_CLIP_PHOTO; kind++) {
            weft_clip_queue_stats stats = weft_clip_queue_stats_of(queue, kind);
            uint64_t runs = 0;
            for (size_t j = 0; j < WEFT_CLIP_BATCH_BUCKETS; j++) runs += stats.buckets[j];
            assert_int_equal(stats.encoded, 2 * CALLERS * ROUNDS);
            assert_true(runs >= 1 && runs < stats.encoded); /* some did run together */
            assert_true(stats.seconds > 0);
            assert_int_equal(stats.waiting + stats.in_hand + stats.rejected, 0);
        }
        weft_clip_queue_free(queue);
    }
}

/* One call's items, more than a batch holds, arrive in their places. */
static void a_long_call_is_cut_into_batches(void **state) {
    (void)state;
    enum { N = 30 };
    static float vectors[N][MAX_DIM];
    weft_clip_item items[N];
    weft_clip_queue *queue =
        open_queue(&(weft_clip_queue_options){.encoders = 1, .max_batch = {8, 8}});
    for (size_t i = 0; i < N; i++) items[i] = text_item(i % TEXTS, vectors[i]);
    assert_int_equal(weft_clip_queue_encode(queue, items, N, NULL, NULL), WEFT_OK);
    for (size_t i = 0; i < N; i++) assert_true(same(vectors[i], text_alone[i % TEXTS]));
    assert_int_equal(weft_clip_queue_encode(queue, items, 0, NULL, NULL), WEFT_OK);
    weft_clip_queue_stats stats = weft_clip_queue_stats_of(queue, WEFT_CLIP_TEXT);
    assert_int_equal(stats.buckets[3], 4); /* 8, 8, 8 and 6 */
    weft_clip_queue_free(queue);
}

static void *call_until_told(void *argument) {
    const caller *self = argument;
    static _Thread_local float vectors[2][MAX_DIM];
    weft_clip_item items[] = {photo_item(0, vectors[0]), photo_item(1, vectors[1])};
    while (!*self->wrong) weft_clip_queue_encode(self->queue, items, 2, NULL, NULL);
    return NULL;
}

static void a_full_queue_refuses_and_recovers(void **state) {
    (void)state;
    float vector[MAX_DIM];
    weft_clip_item items[] = {photo_item(0, vector), text_item(1, vector), photo_item(0, vector),
                              photo_item(0, vector)};
    weft_err err = {0};
    size_t at_fault = 0;
    weft_clip_queue *queue =
        open_queue(&(weft_clip_queue_options){.encoders = 1, .capacity = {4, 2}});
    assert_int_equal(weft_clip_queue_encode(queue, items, 4, &at_fault, &err), WEFT_E_LIMIT);
    assert_string_equal(err.message, "3 photos, limit 2");
    assert_int_equal(at_fault, 4);

    /* Another caller holds both places of photos nearly all the time. */
    caller other;
    atomic_size_t told = 0;
    begin(&other, 1, &(caller){.queue = queue, .wrong = &told}, call_until_told);
    weft_status status = WEFT_OK;
    while (status == WEFT_OK) status = weft_clip_queue_encode(queue, items, 2, &at_fault, &err);
    told = 1;
    join(&other, 1);
    assert_int_equal(status, WEFT_E_BUSY);
    assert_int_equal(at_fault, 2);
    weft_clip_queue_stats stats = weft_clip_queue_stats_of(queue, WEFT_CLIP_PHOTO);
    assert_true(stats.rejected >= 1);
    assert_int_equal(in_hand(queue), 0); /* the text's place was not kept */
    assert_int_equal(weft_clip_queue_encode(queue, items, 2, NULL, NULL), WEFT_OK);
    weft_clip_queue_free(queue);
}

static void *call_with_a_broken_photo(void *argument) {
    const caller *self = argument;
    static _Thread_local float vectors[3][MAX_DIM];
    for (size_t round = 0; round < self->rounds; round++) {
        weft_clip_item items[] = {text_item(0, vectors[0]), photo_item(1, vectors[1]),
                                  photo_item(2, vectors[2])};
        size_t at_fault = 0;
        if (round % 2) items[1].photo = weft_str_of("no photo");
        else items[1].photo.size /= 2;
        weft_status status = weft_clip_queue_encode(self->queue, items, 3, &at_fault, NULL);
        *self->wrong += status != (round % 2 ? WEFT_E_UNSUPPORTED : WEFT_E_FORMAT) || at_fault != 1;
    }
    return NULL;
}

static void a_broken_photo_hurts_nobody_else(void **state) {
    (void)state;
    caller good[CALLERS], bad[CALLERS];
    atomic_size_t wrong = 0;
    weft_clip_queue *queue = open_queue(&(weft_clip_queue_options){.encoders = 2});
    const caller as = {.queue = queue, .rounds = ROUNDS, .wrong = &wrong};
    begin(bad, CALLERS, &as, call_with_a_broken_photo);
    begin(good, CALLERS, &as, call_with_both);
    join(bad, CALLERS);
    join(good, CALLERS);
    assert_int_equal(wrong, 0);
    assert_int_equal(in_hand(queue), 0);
    weft_clip_queue_free(queue);
}

/* Freed while callers wait: all of them get their vectors first. */
static void nobody_is_lost_at_the_end(void **state) {
    (void)state;
    caller callers[CALLERS];
    atomic_size_t wrong = 0;
    weft_clip_queue *queue =
        open_queue(&(weft_clip_queue_options){.encoders = 1, .max_batch = {2, 1}});
    begin(callers, CALLERS, &(caller){.queue = queue, .rounds = 1, .wrong = &wrong},
          call_with_both);
    size_t seen = 0;
    while (seen < 2 * CALLERS) { /* until each has entered: then only leaving is left */
        weft_clip_queue_stats stats = weft_clip_queue_stats_of(queue, WEFT_CLIP_TEXT);
        seen = stats.in_hand + (size_t)stats.encoded;
        usleep(100);
    }
    weft_clip_queue_free(queue);
    join(callers, CALLERS);
    assert_int_equal(wrong, 0);
}

static void no_memory(void **state) {
    (void)state;
    float vectors[2][MAX_DIM];
    weft_clip_queue *queue = NULL;
    weft_status status = WEFT_E_NOMEM;
    for (size_t nth = 1; status == WEFT_E_NOMEM; nth++) {
        assert_true(nth < 1000);
        weft_mem_fail_after(nth);
        status =
            weft_clip_queue_new(&queue, model, &(weft_clip_queue_options){.encoders = 2}, NULL);
        weft_mem_fail_after(0);
    }
    assert_int_equal(status, WEFT_OK);
    weft_clip_item items[] = {text_item(3, vectors[0]), photo_item(0, vectors[1])};
    status = WEFT_E_NOMEM;
    for (size_t nth = 1; status == WEFT_E_NOMEM; nth++) {
        assert_true(nth < 1000);
        weft_mem_fail_after(nth);
        status = weft_clip_queue_encode(queue, items, 2, NULL, NULL);
        weft_mem_fail_after(0);
        assert_int_equal(in_hand(queue), 0);
    }
    assert_int_equal(status, WEFT_OK);
    assert_true(same(vectors[0], text_alone[3]) && same(vectors[1], photo_alone[0]));
    weft_clip_queue_free(queue);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(everyone_gets_their_own_vectors),
                                       cmocka_unit_test(a_long_call_is_cut_into_batches),
                                       cmocka_unit_test(a_full_queue_refuses_and_recovers),
                                       cmocka_unit_test(a_broken_photo_hurts_nobody_else),
                                       cmocka_unit_test(nobody_is_lost_at_the_end),
                                       cmocka_unit_test(no_memory)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
