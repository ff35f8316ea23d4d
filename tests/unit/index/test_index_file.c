#include "../unit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "clustered.h"
#include "index/index_file.h"
#include "ivf_seal.h"

enum { DIM = 96, ROWS = 1500, CLUSTER = 30, K = 20 };

static const weft_index_stamp STAMP = {
    .model = "weft-mini", .generation = "2026-1", .change_seq = 42};

static char folder[64];
static float *vectors; /* [2 * ROWS][DIM] */
static weft_index *built;

static const char *in_folder(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static weft_index *build(size_t rows, const weft_bitset *present) {
    weft_index *index;
    const weft_index_source source = {
        .vectors = vectors, .rows = rows, .dim = DIM, .present = present, .threads = 2};
    assert_int_equal(weft_index_ivf_new(&index, &source, NULL), WEFT_OK);
    return index;
}

static void save(const weft_index *index, const char *name) {
    weft_err err = {0};
    if (weft_index_save(index, in_folder(name), &STAMP, &err)) fail_msg("%s", err.message);
}

static weft_index *open_saved(const char *name) {
    weft_index *index;
    weft_err err = {0};
    if (weft_index_open(&index, in_folder(name), &STAMP, NULL, &err)) fail_msg("%s", err.message);
    if (weft_index_verify(index, &err)) fail_msg("%s", err.message);
    return index;
}

static weft_index *save_and_open(const weft_index *index) {
    save(index, "index");
    return open_saved("index");
}

/* The bytes of a file in memory that is 64-byte aligned and exactly as long. */
static unsigned char *read_saved(const char *name, size_t *n) {
    weft_file_map map;
    assert_int_equal(weft_file_map_open(&map, in_folder(name), NULL), WEFT_OK);
    unsigned char *bytes = weft_alloc_aligned(map.size, 1);
    memcpy(bytes, map.data, map.size);
    *n = map.size;
    weft_file_map_close(&map);
    return bytes;
}

/* Opens a copy of bytes[n]; whatever comes of it is freed. */
static weft_status read_bytes(const unsigned char *bytes, size_t n, weft_err *err) {
    weft_ivf_block *block;
    weft_index *index;
    assert_int_equal(weft_ivf_block_new(&block, n, NULL), WEFT_OK);
    if (n) memcpy(block->bytes, bytes, n);
    weft_status status = weft_ivf_file_read(&index, block, NULL, NULL, err);
    weft_ivf_block_release(block);
    if (status) assert_null(index);
    weft_index_free(index);
    return status;
}

static void assert_same_hits(const weft_index *a, const weft_index *b) {
    float x[DIM], y[DIM];
    weft_bitset allow;
    assert_int_equal(weft_index_rows(a), weft_index_rows(b));
    assert_true(weft_index_wear(a) == weft_index_wear(b));
    assert_int_equal(weft_bitset_init(&allow, weft_index_rows(a), NULL), WEFT_OK);
    for (size_t row = 0; row < weft_index_rows(a); row += 3) weft_bitset_set(&allow, row);
    for (uint32_t i = 0; i < 2 * ROWS; i += 37) {
        const weft_index_query q = {.query = vectors + i * DIM,
                                    .k = K,
                                    .reach = (float)(i % 5),
                                    .allow = i % 2 ? &allow : NULL};
        weft_hit hits[K], same[K];
        size_t n, m;
        assert_int_equal(weft_index_search(a, &q, hits, &n, NULL), WEFT_OK);
        assert_int_equal(weft_index_search(b, &q, same, &m, NULL), WEFT_OK);
        assert_int_equal(n, m);
        assert_memory_equal(hits, same, n * sizeof *hits);
        bool has = weft_index_vector(a, i, x);
        assert_int_equal(has, weft_index_vector(b, i, y));
        if (has) assert_memory_equal(x, y, sizeof x);
    }
    weft_bitset_deinit(&allow);
}

/* Rows [first, first + n) go and as many come, from ROWS + first on. */
static weft_index *churn(const weft_index *index, uint32_t first, uint32_t n) {
    weft_index *fresh;
    weft_index_change changes[2 * ROWS];
    for (uint32_t i = 0; i < n; i++) {
        uint32_t come = ROWS + first + i;
        changes[2 * i] = (weft_index_change){.row = first + i};
        changes[2 * i + 1] = (weft_index_change){.row = come, .vector = vectors + come * DIM};
    }
    assert_int_equal(weft_index_apply(&fresh, index, changes, 2 * n, NULL), WEFT_OK);
    return fresh;
}

/* ---- what is saved is what is opened ---- */

static void an_opened_index_gives_the_same_hits(void **state) {
    (void)state;
    weft_index *opened = save_and_open(built);
    assert_same_hits(built, opened);
    weft_index_free(opened);
}

static void it_changes_like_the_one_that_was_built(void **state) {
    (void)state;
    weft_index *opened = save_and_open(built);
    weft_index *a = churn(built, 0, 300), *b = churn(opened, 0, 300);
    weft_index_free(opened); /* what b shares with it stays mapped */
    assert_int_equal(weft_index_verify(b, NULL), WEFT_OK);
    assert_same_hits(a, b);
    weft_index_free(a);
    a = churn(b, 300, ROWS - 300); /* every cell changes: the mapping goes */
    weft_index_free(b);
    assert_int_equal(weft_index_verify(a, NULL), WEFT_OK);
    weft_index_free(a);
}

static void it_outlives_its_file(void **state) {
    (void)state;
    weft_index *opened = save_and_open(built);
    assert_int_equal(unlink(in_folder("index")), 0);
    assert_same_hits(built, opened);
    save(opened, "index");
    weft_index_free(opened);
}

static void a_changed_index_is_saved_as_if_new(void **state) {
    (void)state;
    size_t n, m;
    weft_index *changed = churn(built, 0, 400), *more = churn(changed, 400, 400);
    weft_index *opened = save_and_open(more);
    assert_true(weft_index_wear(opened) > 0.5);
    assert_same_hits(more, opened);
    unsigned char *first = read_saved("index", &n);
    save(opened, "again"); /* onto another file, while it is mapped */
    unsigned char *second = read_saved("again", &m);
    assert_int_equal(n, m);
    assert_memory_equal(first, second, n);
    save(opened, "index"); /* over the file that it maps */
    assert_same_hits(more, opened);
    weft_free(first);
    weft_free(second);
    weft_index_free(opened);
    weft_index_free(changed);
    weft_index_free(more);
}

static void odd_shapes_are_saved(void **state) {
    (void)state;
    for (size_t rows = 0; rows < 300; rows += rows < 4 ? 1 : 63) {
        weft_bitset present;
        assert_int_equal(weft_bitset_init(&present, rows, NULL), WEFT_OK);
        for (size_t row = 0; row < rows; row += 2) weft_bitset_set(&present, row);
        for (int all = 0; all < 2; all++) {
            weft_index *index = build(rows, all ? NULL : &present);
            weft_index *opened = save_and_open(index);
            assert_same_hits(index, opened);
            weft_index *grown = churn(opened, 0, 50);
            assert_int_equal(weft_index_verify(grown, NULL), WEFT_OK);
            weft_index_free(grown);
            weft_index_free(index);
            weft_index_free(opened);
        }
        weft_bitset_deinit(&present);
    }
    float tiny[3] = {1, -1, 1};
    weft_index *index;
    const weft_index_source source = {.vectors = tiny, .rows = 3, .dim = 1};
    assert_int_equal(weft_index_ivf_new(&index, &source, NULL), WEFT_OK);
    weft_index_free(save_and_open(index));
    weft_index_free(index);
}

/* Enough bytes that several threads check them. */
static void a_larger_index_is_opened_by_several_threads(void **state) {
    (void)state;
    enum { MANY = 45000 };
    float *many = clustered_rows(MANY, DIM, CLUSTER);
    weft_index *index, *opened;
    const weft_index_source source = {.vectors = many, .rows = MANY, .dim = DIM};
    assert_int_equal(weft_index_ivf_new(&index, &source, NULL), WEFT_OK);
    save(index, "index");
    assert_int_equal(weft_index_open(&opened, in_folder("index"), &STAMP, NULL, NULL), WEFT_OK);
    assert_same_hits(index, opened);
    size_t n;
    unsigned char *bytes = read_saved("index", &n);
    weft_err err = {0};
    assert_true(((weft_ivf_file_header *)bytes)->sections[WEFT_IVF_CELLS].size > 8 << 20);
    bytes[n - 1000] ^= 1;
    assert_int_equal(read_bytes(bytes, n, &err), WEFT_E_FORMAT);
    assert_non_null(strstr(err.message, "cells are damaged"));
    weft_free(bytes);
    weft_free(many);
    weft_index_free(index);
    weft_index_free(opened);
}

/* ---- stamps ---- */

static void a_stamp_is_kept_and_compared(void **state) {
    (void)state;
    weft_index *index;
    weft_index_stamp found = {0}, other = STAMP;
    weft_err err = {0};
    save(built, "index");
    assert_int_equal(weft_index_open(&index, in_folder("index"), NULL, &found, &err), WEFT_OK);
    weft_index_free(index);
    assert_string_equal(found.model, STAMP.model);
    assert_string_equal(found.generation, STAMP.generation);
    assert_int_equal(found.change_seq, STAMP.change_seq);

    found = (weft_index_stamp){0};
    strcpy(other.model, "ViT-B/32");
    assert_int_equal(weft_index_open(&index, in_folder("index"), &other, &found, &err),
                     WEFT_E_CONFLICT);
    assert_null(index);
    assert_non_null(strstr(err.message, "/index: an index of model 'weft-mini', not 'ViT-B/32'"));
    assert_string_equal(found.model, "weft-mini");
    other = STAMP;
    strcpy(other.generation, "2");
    assert_int_equal(weft_index_open(&index, in_folder("index"), &other, NULL, &err),
                     WEFT_E_CONFLICT);
    other.generation[0] = '\0'; /* any */
    other.change_seq++;         /* not compared */
    assert_int_equal(weft_index_open(&index, in_folder("index"), &other, NULL, &err), WEFT_OK);
    weft_index_free(index);
    memset(other.model, 'x', sizeof other.model);
    assert_int_equal(weft_index_save(built, in_folder("index"), &other, &err), WEFT_E_INVALID);
}

/* ---- what is not such a file ---- */

static void cut_files_are_refused(void **state) {
    (void)state;
    size_t n;
    save(built, "index");
    unsigned char *bytes = read_saved("index", &n);
    weft_ivf_file_header header;
    memcpy(&header, bytes, sizeof header);
    for (size_t i = 0; i < WEFT_IVF_SECTIONS; i++)
        for (size_t at = header.sections[i].offset - 1; at <= header.sections[i].offset + 1; at++) {
            assert_int_equal(read_bytes(bytes, at, NULL), WEFT_E_FORMAT);
            assert_int_equal(read_bytes(bytes, at + header.sections[i].size - 1, NULL),
                             at == header.sections[i].offset + 1 && i == WEFT_IVF_CELLS
                                 ? WEFT_OK
                                 : WEFT_E_FORMAT);
        }
    for (int i = 0; i < 300; i++) {
        weft_err err = {0};
        size_t cut = (size_t)rand() % n;
        assert_int_equal(read_bytes(bytes, cut, &err), WEFT_E_FORMAT);
        assert_true(err.message[0]);
    }
    for (size_t cut = 0; cut <= sizeof header; cut += 16)
        assert_int_equal(read_bytes(bytes, cut, NULL), WEFT_E_FORMAT);
    assert_int_equal(read_bytes(bytes, n, NULL), WEFT_OK);
    weft_free(bytes);
}

static void any_flipped_bit_is_noticed(void **state) {
    (void)state;
    size_t n;
    save(built, "index");
    unsigned char *bytes = read_saved("index", &n);
    for (size_t i = 0; i < 2000; i++) {
        size_t at = i < sizeof(weft_ivf_file_header) ? i : (size_t)rand() % n;
        unsigned char bit = (unsigned char)(1 << rand() % 8);
        bytes[at] ^= bit;
        weft_status status = read_bytes(bytes, n, NULL);
        if (status != WEFT_E_FORMAT && status != WEFT_E_UNSUPPORTED)
            fail_msg("bit %u of byte %zu: %s", bit, at, weft_status_name(status));
        bytes[at] ^= bit;
    }
    assert_int_equal(read_bytes(bytes, n, NULL), WEFT_OK);
    weft_free(bytes);
}

static void foreign_and_newer_files_are_named(void **state) {
    (void)state;
    size_t n;
    weft_err err = {0};
    weft_index *index;
    static const char text[4096] = "PK\3\4 something else";
    assert_int_equal(weft_file_write_atomic(in_folder("zip"), text, sizeof text, NULL), WEFT_OK);
    assert_int_equal(weft_index_open(&index, in_folder("zip"), NULL, NULL, &err), WEFT_E_FORMAT);
    assert_null(index);
    assert_non_null(strstr(err.message, "/zip: not an index of weft"));
    assert_int_equal(weft_file_write_atomic(in_folder("empty"), "", 0, NULL), WEFT_OK);
    assert_int_equal(weft_index_open(&index, in_folder("empty"), NULL, NULL, &err), WEFT_E_FORMAT);
    assert_int_equal(weft_index_open(&index, in_folder("none"), NULL, NULL, &err),
                     WEFT_E_NOT_FOUND);
    assert_int_equal(weft_index_open(&index, folder, NULL, NULL, &err), WEFT_E_INVALID);

    save(built, "index");
    unsigned char *bytes = read_saved("index", &n);
    weft_ivf_file_header *header = (void *)bytes;
    header->version++;
    ivf_seal(bytes, n);
    assert_int_equal(read_bytes(bytes, n, &err), WEFT_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "format version 2; this weft reads 1"));
    header->version = __builtin_bswap32(1);
    header->order = __builtin_bswap32(header->order);
    assert_int_equal(read_bytes(bytes, n, &err), WEFT_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "byte order"));
    weft_free(bytes);
}

/* ---- files that lie, with checksums that are right ---- */

typedef struct {
    const char *what;
    weft_ivf_section section;
    size_t at;
    uint32_t value; /* 4 bytes, or the lowest `bytes` of them */
    size_t bytes;
    const char *message;
} lie;

static const lie LIES[] = {
    {"a row beyond the end", WEFT_IVF_CELLS, 0, ROWS, 4, "not in the index"},
    {"a code of -128", WEFT_IVF_CELLS, 64 * 4 + 3, 0x80, 1, "-128"},
    {"a centroid's -128", WEFT_IVF_CENTROIDS, 3, 0x80, 1, "centroid has a code of -128"},
    {"a remainder's -128", WEFT_IVF_REMAINDERS, 3, 0x80, 1, "centroid has a code of -128"},
    {"a spread that is no number", WEFT_IVF_SPREADS, 4, 0x7fc00000, 4, "spread, value 1: nan"},
    {"an infinite spread", WEFT_IVF_SPREADS, 4, 0x7f800000, 4, "spread, value 1: inf"},
    {"a negative spread", WEFT_IVF_SPREADS, 4, 0xbf800000, 4, "spread, value 1: -1"},
    {"a negative variance", WEFT_IVF_HEAD_VARIANCE, 0, 0xbf800000, 4, "head variance, value 0"},
    {"a negative variance", WEFT_IVF_RESIDUAL_VARIANCE, 0, 0xbf800000, 4, "residual variance"},
    {"a negative variance", WEFT_IVF_REMAINDER_VARIANCE, 0, 0xbf800000, 4, "remainder variance"},
    {"a negative step", WEFT_IVF_HEAD_STEP, 0, 0xbf800000, 4, "head steps"},
    {"a mean that is no number", WEFT_IVF_MEAN, 8, 0x7fc00000, 4, "mean, value 2: nan"},
    {"a long axis", WEFT_IVF_AXES, 8, 0x40000000, 4, "axes, value 2: 2"},
    {"a cell too large", WEFT_IVF_SIZES, 0, 65, 4, "65 rows, limit 64"},
    {"a cell beyond all memory", WEFT_IVF_SIZES, 0, UINT32_MAX, 4, "limit 64"},
    {"no cell", WEFT_IVF_GROUPS, 8, 0, 4, "group 0: 0 cells"},
    {"too many cells", WEFT_IVF_GROUPS, 8, 129, 4, "group 0: 129 cells"},
    {"fewer cells", WEFT_IVF_GROUPS, 8, 1, 4, "group 0"},
    {"other rows", WEFT_IVF_GROUPS, 12, 7, 4, "rows in cells, not 7"},
    {"a missing row", WEFT_IVF_PRESENT, 0, 0, 4, "the header says"},
    {"rows beyond the last", WEFT_IVF_PRESENT, ROWS / 8 + 1, 0xff, 1, "beyond the last"},
};

static void lies_are_refused(void **state) {
    (void)state;
    size_t n;
    save(built, "index");
    unsigned char *sound = read_saved("index", &n), *bytes = weft_alloc_aligned(n, 1);
    for (size_t i = 0; i < sizeof LIES / sizeof *LIES; i++) {
        weft_err err = {0};
        memcpy(bytes, sound, n);
        const weft_ivf_file_header *header = (const void *)bytes;
        memcpy(bytes + header->sections[LIES[i].section].offset + LIES[i].at, &LIES[i].value,
               LIES[i].bytes);
        ivf_seal(bytes, n);
        assert_int_equal(read_bytes(bytes, n, &err), WEFT_E_FORMAT);
        if (!strstr(err.message, LIES[i].message))
            fail_msg("%s: '%s' is not '%s'", LIES[i].what, err.message, LIES[i].message);
    }
    weft_free(sound);
    weft_free(bytes);
}

/* Every number of the header becomes several others. */
static void lies_of_the_header_are_refused(void **state) {
    (void)state;
    static const uint32_t values[] = {0, 1, 63, 65, 257, 65537, 1u << 31, UINT32_MAX};
    size_t n;
    weft_err err = {0};
    save(built, "index");
    unsigned char *sound = read_saved("index", &n), *bytes = weft_alloc_aligned(n, 1);
    memcpy(bytes, sound, n);
    ivf_seal(bytes, n); /* changes nothing */
    assert_memory_equal(bytes, sound, n);
    for (size_t at = 32; at < offsetof(weft_ivf_file_header, reserved); at += 4) {
        if (at >= offsetof(weft_ivf_file_header, zero) &&
            at < offsetof(weft_ivf_file_header, sections))
            continue; /* changed and the stamp may be anything */
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            uint32_t is;
            memcpy(&is, sound + at, 4);
            memcpy(bytes, sound, n);
            memcpy(bytes + at, &values[i], 4);
            ivf_seal(bytes, n);
            if (is == values[i] || memcmp(bytes, sound, n) == 0) continue;
            assert_int_equal(read_bytes(bytes, n, &err), WEFT_E_FORMAT);
        }
    }
    memcpy(bytes, sound, n);
    memset(((weft_ivf_file_header *)bytes)->stamp.model, 'm', sizeof STAMP.model);
    ivf_seal(bytes, n);
    assert_int_equal(read_bytes(bytes, n, &err), WEFT_E_FORMAT);
    assert_non_null(strstr(err.message, "texts do not end"));
    weft_free(sound);
    weft_free(bytes);
}

static void a_row_twice_is_refused(void **state) {
    (void)state;
    size_t n;
    weft_err err = {0};
    save(built, "index");
    unsigned char *bytes = read_saved("index", &n);
    const weft_ivf_file_header *header = (const void *)bytes;
    uint32_t *rows = (uint32_t *)(void *)(bytes + header->sections[WEFT_IVF_CELLS].offset);
    rows[1] = rows[0];
    ivf_seal(bytes, n);
    assert_int_equal(read_bytes(bytes, n, &err), WEFT_E_FORMAT);
    assert_non_null(strstr(err.message, "or twice"));
    weft_free(bytes);
}

/* ---- failures ---- */

static void no_memory_leaves_nothing_behind(void **state) {
    (void)state;
    bool opens = false, saves = false;
    save(built, "index");
    for (size_t nth = 1; !opens || !saves; nth++) {
        weft_index *index;
        weft_err err = {0};
        weft_mem_fail_after(nth);
        weft_status status = weft_index_save(built, in_folder("index"), &STAMP, &err);
        weft_mem_fail_after(0);
        saves = status == WEFT_OK;
        if (!saves) assert_int_equal(status, WEFT_E_NOMEM);
        weft_mem_fail_after(nth);
        status = weft_index_open(&index, in_folder("index"), &STAMP, NULL, &err);
        weft_mem_fail_after(0);
        opens = status == WEFT_OK;
        if (!opens) {
            assert_int_equal(status, WEFT_E_NOMEM);
            assert_non_null(strstr(err.message, "/index: "));
            assert_null(index);
        }
        weft_index_free(index);
    }
}

static void what_cannot_be_written_is_reported(void **state) {
    (void)state;
    struct rlimit before, small;
    weft_err err = {0};
    weft_index *flat;
    size_t size;
    save(built, "index");
    weft_free(read_saved("index", &size));
    assert_int_equal(weft_index_save(built, in_folder("no/where"), NULL, &err), WEFT_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "/no/where: cannot create"));
    const weft_index_source source = {.vectors = vectors, .rows = 10, .dim = DIM};
    assert_int_equal(weft_index_flat_new(&flat, &source, NULL), WEFT_OK);
    assert_int_equal(weft_index_save(flat, in_folder("index"), NULL, &err), WEFT_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "/index: an index of the kind 'flat'"));
    weft_index_free(flat);

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t room = 0; room < size; room += size / 7) { /* as a full disk */
        small = (struct rlimit){.rlim_cur = room, .rlim_max = before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        weft_status status = weft_index_save(built, in_folder("index"), NULL, &err);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(status, WEFT_E_IO);
        assert_non_null(strstr(err.message, "/index: cannot write"));
    }
    signal(SIGXFSZ, SIG_DFL);
    weft_index_free(open_saved("index")); /* the old file is as it was */
}

/* ---- a crash at any moment ---- */

static void save_for_ever(uint64_t seq) {
    char path[256];
    strcpy(path, in_folder("crash"));
    weft_index_stamp stamp = STAMP;
    for (;; seq++) {
        stamp.change_seq = seq;
        if (weft_index_save(built, path, &stamp, NULL)) _exit(1);
    }
}

static void a_killed_writer_leaves_the_old_file_or_the_new(void **state) {
    (void)state;
    enum { KILLS = 200 };
    uint64_t last = 0;
    size_t moved = 0;
    save(built, "crash");
    for (int i = 0; i < KILLS; i++) {
        int ended;
        weft_index *index;
        weft_index_stamp found;
        weft_err err = {0};
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) save_for_ever(last + 1);
        usleep((useconds_t)(rand() % 20000));
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &ended, 0), child);
        assert_true(WIFSIGNALED(ended));
        if (weft_index_open(&index, in_folder("crash"), NULL, &found, &err))
            fail_msg("after kill %d: %s", i, err.message);
        assert_int_equal(weft_index_verify(index, NULL), WEFT_OK);
        weft_index_free(index);
        assert_true(i == 0 || found.change_seq >= last);
        moved += found.change_seq != last;
        last = found.change_seq;
    }
    assert_true(moved > KILLS / 20); /* it did save, now and then */
}

static int start(void **state) {
    (void)state;
    strcpy(folder, "/tmp/weft-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    vectors = clustered_rows((size_t)2 * ROWS, DIM, CLUSTER);
    built = build(ROWS, NULL);
    return 0;
}

static int finish(void **state) {
    (void)state;
    char command[128];
    weft_index_free(built);
    weft_free(vectors);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_opened_index_gives_the_same_hits),
        cmocka_unit_test(it_changes_like_the_one_that_was_built),
        cmocka_unit_test(it_outlives_its_file),
        cmocka_unit_test(a_changed_index_is_saved_as_if_new),
        cmocka_unit_test(odd_shapes_are_saved),
        cmocka_unit_test(a_larger_index_is_opened_by_several_threads),
        cmocka_unit_test(a_stamp_is_kept_and_compared),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(any_flipped_bit_is_noticed),
        cmocka_unit_test(foreign_and_newer_files_are_named),
        cmocka_unit_test(lies_are_refused),
        cmocka_unit_test(lies_of_the_header_are_refused),
        cmocka_unit_test(a_row_twice_is_refused),
        cmocka_unit_test(no_memory_leaves_nothing_behind),
        cmocka_unit_test(what_cannot_be_written_is_reported),
        cmocka_unit_test(a_killed_writer_leaves_the_old_file_or_the_new),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
