/* The graph of outfits beside a plain computation of it. */
#include "../unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "index/index_random.h"
#include "recommend/outfit_graph.h"

enum { DIM = 16, PRODUCTS = 90, PHOTOS = 500, MAX_GARMENTS = 8000 };

static const char *const types[] = {"Tshirts", "Jeans", "Jackets", "Dresses", "Watches"};
static const char *const slots[] = {"tops", "bottoms", "outerwear", "dress", "accessories"};
static const char *const worn[] = {"vest", "trousers", "long sleeve outwear", "sling dress",
                                   "nothing known"};
enum { TYPES = sizeof types / sizeof *types };

static char folder[64];
static weft_store *store;
static weft_catalog *catalog;
static weft_index *indexes[WEFT_KIND_COUNT];
static weft_shelf *shelf;
static weft_outfit_rules *rules;

static char ids[PRODUCTS][16];
static float products[PRODUCTS][DIM];
static bool has_photo[PRODUCTS];

typedef struct {
    char id[24], photo[16];
    size_t category; /* of worn */
    float vector[DIM];
} garment;

static garment garments[MAX_GARMENTS];
static size_t garment_count;
static uint64_t seed;

static void draw_vector(float *vector) {
    double sum = 0;
    for (size_t i = 0; i < DIM; i++) {
        vector[i] = (float)weft_random_below(&seed, 2001) / 1000 - 1;
        sum += (double)vector[i] * (double)vector[i];
    }
    for (size_t i = 0; i < DIM; i++) vector[i] = (float)(vector[i] / sqrt(sum));
}

/* Products in an order that is not that of their ids; some have no photo. */
static void make_shelf(void) {
    weft_bitset present;
    assert_int_equal(weft_catalog_new(&catalog, NULL), WEFT_OK);
    assert_int_equal(weft_bitset_init(&present, PRODUCTS, NULL), WEFT_OK);
    for (size_t i = 0; i < PRODUCTS; i++) {
        snprintf(ids[i], sizeof ids[i], "p%zu", (i * 37) % PRODUCTS);
        const weft_product product = {.product_id = ids[i],
                                      .product_display_name = "",
                                      .master_category = "",
                                      .sub_category = "",
                                      .article_type = types[i % TYPES],
                                      .base_color = "",
                                      .gender = "Women",
                                      .season = "",
                                      .usage = "",
                                      .image_path = "",
                                      .image_digest = ""};
        assert_int_equal(weft_catalog_add(catalog, &product, NULL), WEFT_OK);
        draw_vector(products[i]);
        has_photo[i] = i % 11 != 0;
        if (has_photo[i]) weft_bitset_set(&present, i);
    }
    assert_int_equal(weft_catalog_finish(catalog, NULL), WEFT_OK);
    const weft_index_source source = {
        .vectors = &products[0][0], .rows = PRODUCTS, .dim = DIM, .present = &present};
    for (int k = 0; k < WEFT_KIND_COUNT; k++)
        assert_int_equal(weft_index_flat_new(&indexes[k], &source, NULL), WEFT_OK);
    weft_bitset_deinit(&present);
    assert_int_equal(weft_shelf_new(&shelf, catalog, indexes, NULL, NULL), WEFT_OK);
}

static int set_up(void **state) {
    char url[128];
    (void)state;
    seed = 7;
    garment_count = 0;
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(url, sizeof url, "sqlite:%s/weft.db", folder);
    assert_int_equal(weft_store_open(&store, url, NULL), WEFT_OK);
    assert_int_equal(weft_outfit_rules_parse(&rules, weft_outfit_rules_default(), NULL), WEFT_OK);
    make_shelf();
    return 0;
}

static int tear_down(void **state) {
    char command[128];
    (void)state;
    weft_shelf_free(shelf);
    for (int k = 0; k < WEFT_KIND_COUNT; k++) weft_index_free(indexes[k]);
    weft_catalog_free(catalog);
    weft_outfit_rules_free(rules);
    weft_store_close(store);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void add_garment(size_t photo, size_t category, const float *vector) {
    garment *g = &garments[garment_count];
    snprintf(g->id, sizeof g->id, "g%05zu", garment_count++);
    snprintf(g->photo, sizeof g->photo, "photo %04zu", photo);
    g->category = category;
    memcpy(g->vector, vector, sizeof g->vector);
}

static void put_garments(const char *model) {
    char attributes[64];
    snprintf(attributes, sizeof attributes, "{\"embedding_model\": \"%s\"}", model);
    weft_store_item *items = calloc(garment_count + 1, sizeof *items);
    assert_non_null(items);
    for (size_t i = 0; i < garment_count; i++)
        items[i] = (weft_store_item){.item_id = garments[i].id,
                                     .image_path = garments[i].photo,
                                     .category = worn[garments[i].category],
                                     .attributes = attributes,
                                     .embedding = garments[i].vector,
                                     .dim = DIM};
    assert_int_equal(weft_store_put_items(store, items, garment_count, NULL), WEFT_OK);
    free(items);
}

static weft_outfit_graph_options options_of(bool with_rules) {
    return (weft_outfit_graph_options){.shelf = shelf,
                                       .rules = with_rules ? rules : NULL,
                                       .store = store,
                                       .embedding_model = "m@1"};
}

/* ---- the plain computation ---- */

static size_t plain_photos[PRODUCTS][PRODUCTS]; /* by row; of the smaller id first */

static double dot(const float *a, const float *b) {
    double sum = 0;
    for (size_t i = 0; i < DIM; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

static bool stands_for(const garment *g, size_t row, bool with_rules) {
    size_t better = 0;
    size_t slot = with_rules && g->category < 4 ? g->category : SIZE_MAX;
    if (!has_photo[row] || (slot != SIZE_MAX && row % TYPES != slot)) return false;
    for (size_t other = 0; other < PRODUCTS; other++)
        better += has_photo[other] && (slot == SIZE_MAX || other % TYPES == slot) &&
                  dot(g->vector, products[other]) > dot(g->vector, products[row]);
    return better < WEFT_OUTFIT_GRAPH_NEAREST;
}

static void compute_plainly(bool with_rules) {
    static bool stands[WEFT_OUTFIT_GRAPH_MAX_GARMENTS][PRODUCTS], worn_together[PRODUCTS][PRODUCTS];
    memset(plain_photos, 0, sizeof plain_photos);
    for (size_t first = 0, end; first < garment_count; first = end) {
        memset(worn_together, 0, sizeof worn_together);
        for (end = first;
             end < garment_count && strcmp(garments[end].photo, garments[first].photo) == 0; end++)
            for (size_t row = 0; row < PRODUCTS && end - first < WEFT_OUTFIT_GRAPH_MAX_GARMENTS;
                 row++)
                stands[end - first][row] = stands_for(&garments[end], row, with_rules);
        size_t n = end - first < WEFT_OUTFIT_GRAPH_MAX_GARMENTS ? end - first
                                                                : WEFT_OUTFIT_GRAPH_MAX_GARMENTS;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                for (size_t a = 0; i != j && a < PRODUCTS; a++)
                    for (size_t b = 0; stands[i][a] && b < PRODUCTS; b++)
                        if (stands[j][b] && strcmp(ids[a], ids[b]) < 0) worn_together[a][b] = true;
        for (size_t a = 0; a < PRODUCTS; a++)
            for (size_t b = 0; b < PRODUCTS; b++) plain_photos[a][b] += worn_together[a][b];
    }
}

static void assert_plain(const weft_outfit_graph *graph) {
    size_t edges = 0;
    for (size_t a = 0; a < PRODUCTS; a++)
        for (size_t b = 0; b < PRODUCTS; b++) edges += plain_photos[a][b] > 0;
    assert_int_equal(graph->count, edges);
    for (size_t i = 0; i < graph->count; i++) {
        const weft_store_outfit_edge *edge = &graph->edges[i];
        uint32_t a, b;
        assert_true(weft_catalog_find(catalog, edge->product_a, &a));
        assert_true(weft_catalog_find(catalog, edge->product_b, &b));
        assert_int_equal(edge->photos, plain_photos[a][b]);
        if (!i) continue;
        int order = strcmp(edge[-1].product_a, edge->product_a);
        assert_true(order < 0 || (!order && strcmp(edge[-1].product_b, edge->product_b) < 0));
    }
}

/* ---- the tests ---- */

static void edges_are_those_of_a_plain_computation(void **state) {
    (void)state;
    for (size_t photo = 0; photo < PHOTOS; photo++)
        for (size_t i = 0, n = 1 + weft_random_below(&seed, 4); i < n; i++) {
            float vector[DIM];
            draw_vector(vector);
            add_garment(photo, weft_random_below(&seed, TYPES), vector);
        }
    put_garments("m@1");
    for (int with_rules = 0; with_rules < 2; with_rules++) {
        const weft_outfit_graph_options options = options_of(with_rules);
        weft_outfit_graph graph;
        assert_int_equal(weft_outfit_graph_build(&graph, &options, NULL), WEFT_OK);
        compute_plainly(with_rules);
        assert_plain(&graph);
        assert_true(graph.count > 500);
        assert_int_equal(graph.garments, garment_count);
        assert_int_equal(graph.photos, PHOTOS);
        assert_true(graph.paired > PHOTOS / 2 && graph.paired < PHOTOS);
        /* The store takes them as they are. */
        assert_int_equal(weft_store_put_outfit_edges(store, graph.edges, graph.count, NULL),
                         WEFT_OK);
        weft_outfit_graph_deinit(&graph);
    }
}

/* The same outfit in three photos, in one of them twice: its edges have three photos. */
static void a_photo_counts_a_pair_once(void **state) {
    (void)state;
    for (size_t photo = 0; photo < 3; photo++)
        for (size_t i = 0; i < (photo == 1 ? 4 : 2); i++)
            add_garment(photo, i % 2, products[i % 2 ? 6 : 5]); /* Jeans, Tshirts */
    put_garments("m@1");
    const weft_outfit_graph_options options = options_of(true);
    weft_outfit_graph graph;
    assert_int_equal(weft_outfit_graph_build(&graph, &options, NULL), WEFT_OK);
    compute_plainly(true);
    assert_plain(&graph);
    bool is_there = false;
    for (size_t i = 0; i < graph.count; i++) {
        const weft_store_outfit_edge *edge = &graph.edges[i];
        /* What shows two of a kind joins two products of it. */
        uint32_t a, b;
        assert_true(weft_catalog_find(catalog, edge->product_a, &a));
        assert_true(weft_catalog_find(catalog, edge->product_b, &b));
        assert_int_equal(edge->photos, a % TYPES == b % TYPES ? 1 : 3);
        is_there |= (a == 5 && b == 6) || (a == 6 && b == 5);
    }
    assert_true(is_there);
    weft_outfit_graph_deinit(&graph);
}

/* Photos with more garments than count, and more pairs than there is room for at first. */
static void crowded_photos_are_bounded(void **state) {
    (void)state;
    for (size_t photo = 0; photo < 40; photo++)
        for (size_t i = 0; i < (photo % 2 ? 100u : 30u); i++) {
            float vector[DIM];
            draw_vector(vector);
            add_garment(photo, weft_random_below(&seed, TYPES), vector);
        }
    put_garments("m@1");
    const weft_outfit_graph_options options = options_of(true);
    weft_outfit_graph graph;
    assert_int_equal(weft_outfit_graph_build(&graph, &options, NULL), WEFT_OK);
    compute_plainly(true);
    assert_plain(&graph);
    assert_int_equal(graph.garments, garment_count);
    weft_outfit_graph_deinit(&graph);
}

static void nothing_makes_no_edges(void **state) {
    (void)state;
    weft_outfit_graph graph;
    const weft_outfit_graph_options options = options_of(true);
    assert_int_equal(weft_outfit_graph_build(&graph, &options, NULL), WEFT_OK);
    assert_int_equal(graph.count, 0);
    assert_int_equal(graph.photos, 0);
    weft_outfit_graph_deinit(&graph);
    add_garment(0, 0, products[1]);
    add_garment(0, 1, products[2]);
    put_garments("other@1");
    assert_int_equal(weft_outfit_graph_build(&graph, &options, NULL), WEFT_OK);
    assert_int_equal(graph.count + graph.garments, 0);
    weft_outfit_graph_deinit(&graph);
}

static void note_progress(void *context, double done) {
    double *last = context;
    assert_true(done >= *last && done <= 1);
    *last = done;
}

static void it_tells_how_far_it_is_and_can_be_stopped(void **state) {
    (void)state;
    atomic_bool stop = false;
    double last = 0;
    weft_err err = {0};
    weft_outfit_graph graph;
    weft_outfit_graph_options options = options_of(true);
    for (size_t photo = 0; photo < 2000; photo++) add_garment(photo, 0, products[photo % PRODUCTS]);
    put_garments("m@1");
    options.on_progress = note_progress;
    options.context = &last;
    options.cancel = &stop;
    assert_int_equal(weft_outfit_graph_build(&graph, &options, &err), WEFT_OK);
    assert_true(last == 1.0);
    assert_int_equal(graph.count + graph.paired, 0);
    weft_outfit_graph_deinit(&graph);
    atomic_store(&stop, true);
    assert_int_equal(weft_outfit_graph_build(&graph, &options, &err), WEFT_E_CANCELLED);
}

static void embeddings_of_another_size_are_refused(void **state) {
    (void)state;
    weft_err err = {0};
    const weft_store_item item = {.item_id = "odd one",
                                  .image_path = "p",
                                  .category = "vest",
                                  .attributes = "{\"embedding_model\": \"m@1\"}",
                                  .embedding = products[0],
                                  .dim = DIM - 1};
    const weft_outfit_graph_options options = options_of(true);
    weft_outfit_graph graph;
    assert_int_equal(weft_store_put_items(store, &item, 1, NULL), WEFT_OK);
    assert_int_equal(weft_outfit_graph_build(&graph, &options, &err), WEFT_E_INVALID);
    assert_non_null(strstr(err.message, "odd one"));
}

static void every_category_has_a_slot_of_the_rules(void **state) {
    (void)state;
    static const char *const known[] = {"short sleeve top",
                                        "tops",
                                        "long sleeve top",
                                        "tops",
                                        "short sleeve outwear",
                                        "outerwear",
                                        "vest",
                                        "tops",
                                        "sling",
                                        "tops",
                                        "long sleeve outwear",
                                        "outerwear",
                                        "shorts",
                                        "bottoms",
                                        "trousers",
                                        "bottoms",
                                        "skirt",
                                        "bottoms",
                                        "short sleeve dress",
                                        "dress",
                                        "long sleeve dress",
                                        "dress",
                                        "vest dress",
                                        "dress",
                                        "sling dress",
                                        "dress"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i += 2) {
        assert_string_equal(weft_outfit_graph_slot(known[i]), known[i + 1]);
        assert_true(weft_outfit_slot(rules, known[i + 1]) >= 0);
    }
    assert_null(weft_outfit_graph_slot("Vest"));
    for (size_t i = 0; i < TYPES; i++)
        assert_int_equal(
            weft_outfit_traits_of(rules, weft_catalog_product(catalog, (uint32_t)i)).slot,
            weft_outfit_slot(rules, slots[i]));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(edges_are_those_of_a_plain_computation),
        TEST(a_photo_counts_a_pair_once),
        TEST(crowded_photos_are_bounded),
        TEST(nothing_makes_no_edges),
        TEST(it_tells_how_far_it_is_and_can_be_stopped),
        TEST(embeddings_of_another_size_are_refused),
        TEST(every_category_has_a_slot_of_the_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
