/* PostgreSQL's replication messages: what they say, and what is refused. */
#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sync/pgoutput.h"

/* From a PostgreSQL 15 server (pg_logical_slot_peek_binary_changes), spaces between fields. */
#define BEGIN  "42 000000000152fd70 0003041127938bf6 000002da"
#define COMMIT "43 00 000000000152fd70 000000000152fda0 0003041127938bf6"
#define ORIGIN "4f 00000016b374d848 66617200"
#define RELATION                                                                                   \
    "52 0000400a 7075626c696300 77686f6c6500 66 0002"                                              \
    "01 6100 00000017 ffffffff  01 6200 00000019 ffffffff"
#define TYPE   "59 00004001 7075626c696300 6d6f6f6400"
#define INSERT "49 0000400a 4e 0002 74 00000001 31 74 00000001 78"
#define UPDATE "55 00004003 4e 0005 74 00000002 7031 74 00000002 3131 75 74 00000004 63616c6d 6e"
#define UPDATE_ROW                                                                                 \
    "55 0000400a 4f 0002 74 00000001 31 74 00000001 78  4e 0002 74 00000001 31 74 00000001 79"
#define DELETE_KEY "44 00004003 4b 0005 74 00000002 7032 6e 6e 6e 6e"
#define DELETE_ROW "44 0000400a 4f 0002 74 00000001 31 74 00000001 79"
#define TRUNCATE   "54 00000002 03 00004003 0000400a"
#define MESSAGE    "4d 01 0000000001530268 7765667400 00000005 68656c6c6f"
/* Made by hand. */
#define UPDATE_KEY       "55 00004003 4b 0002 74 00000002 7031 6e  4e 0002 74 00000002 7032 75"
#define INSERT_BINARY    "49 00000001 4e 0002 62 00000004 0000000a 62 00000000"
#define INSERT_NO_COLUMN "49 00000001 4e 0000"
#define TRUNCATE_NONE    "54 00000000 00"
#define KEEPALIVE        "6b 0000000001530268 0003041127938bf6 01"
#define XLOG_DATA        "77 000000000152fd70 0000000001530268 0003041127938bf6"

static const struct {
    const char *name, *hex;
} samples[] = {
    {"Begin", BEGIN},
    {"Commit", COMMIT},
    {"Origin", ORIGIN},
    {"Relation", RELATION},
    {"Type", TYPE},
    {"Insert", INSERT},
    {"Update", UPDATE},
    {"Update", UPDATE_KEY},
    {"Update", UPDATE_ROW},
    {"Delete", DELETE_KEY},
    {"Delete", DELETE_ROW},
    {"Truncate", TRUNCATE},
    {"Message", MESSAGE},
    {"Insert", INSERT_BINARY},
    {"Insert", INSERT_NO_COLUMN},
    {"Truncate", TRUNCATE_NONE},
};
enum { SAMPLES = sizeof samples / sizeof samples[0] };

static weft_arena arena;
static weft_err err;
static unsigned char *bytes; /* of the last message */
static size_t size;
static weft_pgoutput_message message;
static weft_pgoutput_stream stream;

static int set_up(void **state) {
    (void)state;
    weft_arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    weft_mem_fail_after(0);
    weft_arena_deinit(&arena);
    weft_free(bytes);
    bytes = NULL;
    return 0;
}

/* Puts what the digits say, with `extra` zeroes after it, into a block of just that size. */
static void set_bytes(const char *hex, size_t extra) {
    weft_free(bytes);
    bytes = weft_calloc(strlen(hex) / 2 + extra + 1, 1);
    assert_non_null(bytes);
    size = 0;
    while (*hex) {
        unsigned byte;
        if (*hex == ' ') {
            hex++;
            continue;
        }
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        bytes[size++] = (unsigned char)byte;
        hex += 2;
    }
    size += extra;
    unsigned char *fitting = weft_realloc(bytes, size, 1);
    assert_non_null(fitting);
    bytes = fitting;
}

static void parse(const char *hex) {
    set_bytes(hex, 0);
    memset(&message, 0xff, sizeof message);
    if (weft_pgoutput_parse(&message, bytes, size, &arena, &err))
        fail_msg("%s: %s", hex, err.message);
}

/* The message in `bytes` is refused, and out holds nothing. */
static void assert_refused(weft_status status, const char *why) {
    memset(&message, 0xff, sizeof message);
    err = (weft_err){0};
    assert_int_equal(weft_pgoutput_parse(&message, bytes, size, &arena, &err), status);
    assert_int_equal(err.status, status);
    if (!strstr(err.message, why)) fail_msg("\"%s\" does not say \"%s\"", err.message, why);
    assert_int_equal(message.kind, 0);
    assert_int_equal(weft_pgoutput_parse(&message, bytes, size, &arena, NULL), status);
}

static void assert_hex_refused(const char *hex, weft_status status, const char *why) {
    set_bytes(hex, 0);
    assert_refused(status, why);
}

static void assert_bytes(weft_str got, const char *expected) {
    assert_int_equal(got.size, strlen(expected));
    assert_memory_equal(got.data, expected, got.size);
    assert_true((const unsigned char *)got.data >= bytes);
    assert_true((const unsigned char *)got.data + got.size <= bytes + size);
}

/* expected: a letter and the text of each value, as "tp1|n|u". */
static void assert_tuple(const weft_pgoutput_tuple *tuple, const char *expected) {
    char copy[128], *rest = copy;
    snprintf(copy, sizeof copy, "%s", expected);
    size_t i = 0;
    for (char *value; (value = strsep(&rest, "|")) != NULL; i++) {
        assert_true(i < tuple->count);
        assert_int_equal(tuple->values[i].kind, value[0]);
        if (value[0] == 't') assert_bytes(tuple->values[i].bytes, value + 1);
        else if (value[0] != 'b') assert_null(tuple->values[i].bytes.data);
    }
    assert_int_equal(tuple->count, i);
}

static void transactions_are_read(void **state) {
    (void)state;
    parse(BEGIN);
    assert_int_equal(message.kind, WEFT_PGOUTPUT_BEGIN);
    assert_int_equal(message.begin.final_lsn, 0x152fd70);
    assert_int_equal(message.begin.commit_time, 0x3041127938bf6);
    assert_int_equal(message.begin.xid, 730);
    parse(COMMIT);
    assert_int_equal(message.kind, WEFT_PGOUTPUT_COMMIT);
    assert_int_equal(message.commit.commit_lsn, 0x152fd70);
    assert_int_equal(message.commit.end_lsn, 0x152fda0);
    assert_int_equal(message.commit.commit_time, 0x3041127938bf6);
    parse("42 fffffffffffffffe ffffffffffffffff ffffffff");
    assert_true(message.begin.final_lsn == UINT64_MAX - 1);
    assert_true(message.begin.commit_time == -1);
    assert_true(message.begin.xid == UINT32_MAX);
    parse(ORIGIN);
    assert_int_equal(message.kind, WEFT_PGOUTPUT_ORIGIN);
    assert_true(message.origin.commit_lsn == 0x16b374d848);
    assert_string_equal(message.origin.name, "far");
}

static void relations_are_read(void **state) {
    (void)state;
    parse(RELATION);
    const weft_pgoutput_relation *relation = &message.relation;
    assert_int_equal(message.kind, WEFT_PGOUTPUT_RELATION);
    assert_int_equal(relation->id, 0x400a);
    assert_string_equal(relation->schema, "public");
    assert_string_equal(relation->name, "whole");
    assert_int_equal(relation->identity, 'f');
    assert_int_equal(relation->column_count, 2);
    assert_int_equal(relation->columns[0].flags, WEFT_PGOUTPUT_COLUMN_KEY);
    assert_string_equal(relation->columns[0].name, "a");
    assert_int_equal(relation->columns[0].type, 23);
    assert_int_equal(relation->columns[0].type_modifier, -1);
    assert_string_equal(relation->columns[1].name, "b");
    assert_int_equal(relation->columns[1].type, 25);
    parse("52 00000001 00 7400 64 0000");
    assert_string_equal(message.relation.schema, "");
    assert_int_equal(message.relation.column_count, 0);
    parse(TYPE);
    assert_int_equal(message.kind, WEFT_PGOUTPUT_TYPE);
    assert_int_equal(message.type.id, 0x4001);
    assert_string_equal(message.type.schema, "public");
    assert_string_equal(message.type.name, "mood");
}

static void assert_change(const char *hex, weft_pgoutput_kind kind, weft_pgoutput_old_kind old_kind,
                          const char *old_tuple, const char *new_tuple) {
    parse(hex);
    assert_int_equal(message.kind, kind);
    assert_int_equal(message.change.old_kind, old_kind);
    if (old_tuple) assert_tuple(&message.change.old_tuple, old_tuple);
    else assert_int_equal(message.change.old_tuple.count, 0);
    if (new_tuple) assert_tuple(&message.change.new_tuple, new_tuple);
    else assert_int_equal(message.change.new_tuple.count, 0);
}

static void changes_are_read(void **state) {
    (void)state;
    assert_change(INSERT, WEFT_PGOUTPUT_INSERT, WEFT_PGOUTPUT_OLD_NONE, NULL, "t1|tx");
    assert_int_equal(message.change.relation, 0x400a);
    assert_change(UPDATE, WEFT_PGOUTPUT_UPDATE, WEFT_PGOUTPUT_OLD_NONE, NULL, "tp1|t11|u|tcalm|n");
    assert_int_equal(message.change.relation, 0x4003);
    assert_change(UPDATE_KEY, WEFT_PGOUTPUT_UPDATE, WEFT_PGOUTPUT_OLD_KEY, "tp1|n", "tp2|u");
    assert_change(UPDATE_ROW, WEFT_PGOUTPUT_UPDATE, WEFT_PGOUTPUT_OLD_ROW, "t1|tx", "t1|ty");
    assert_change(DELETE_KEY, WEFT_PGOUTPUT_DELETE, WEFT_PGOUTPUT_OLD_KEY, "tp2|n|n|n|n", NULL);
    assert_change(DELETE_ROW, WEFT_PGOUTPUT_DELETE, WEFT_PGOUTPUT_OLD_ROW, "t1|ty", NULL);
    assert_change(INSERT_NO_COLUMN, WEFT_PGOUTPUT_INSERT, WEFT_PGOUTPUT_OLD_NONE, NULL, NULL);
    assert_change(INSERT_BINARY, WEFT_PGOUTPUT_INSERT, WEFT_PGOUTPUT_OLD_NONE, NULL, "b|b");
    const weft_pgoutput_value *values = message.change.new_tuple.values;
    assert_int_equal(values[0].bytes.size, 4);
    assert_memory_equal(values[0].bytes.data, "\0\0\0\n", 4);
    assert_int_equal(values[1].bytes.size, 0);
    assert_non_null(values[1].bytes.data); /* empty is not null */
}

static void truncations_and_emitted_messages_are_read(void **state) {
    (void)state;
    parse(TRUNCATE);
    assert_int_equal(message.kind, WEFT_PGOUTPUT_TRUNCATE);
    assert_int_equal(message.truncate.options,
                     WEFT_PGOUTPUT_CASCADE | WEFT_PGOUTPUT_RESTART_IDENTITY);
    assert_int_equal(message.truncate.relation_count, 2);
    assert_int_equal(message.truncate.relations[0], 0x4003);
    assert_int_equal(message.truncate.relations[1], 0x400a);
    parse(TRUNCATE_NONE);
    assert_int_equal(message.truncate.relation_count, 0);
    parse(MESSAGE);
    assert_int_equal(message.kind, WEFT_PGOUTPUT_MESSAGE);
    assert_true(message.message.is_transactional);
    assert_int_equal(message.message.lsn, 0x1530268);
    assert_string_equal(message.message.prefix, "weft");
    assert_bytes(message.message.content, "hello");
    parse("4d 00 0000000000000001 00 00000000");
    assert_false(message.message.is_transactional);
    assert_bytes(message.message.content, "");
}

static void every_truncation_is_refused(void **state) {
    (void)state;
    for (size_t s = 0; s < SAMPLES; s++) {
        char named[32];
        set_bytes(samples[s].hex, 0);
        snprintf(named, sizeof named, "%s message, byte ", samples[s].name);
        while (--size > 0) {
            unsigned char *shorter = weft_realloc(bytes, size, 1);
            assert_non_null(shorter);
            bytes = shorter;
            assert_refused(WEFT_E_FORMAT, named);
        }
    }
    size = 0;
    assert_refused(WEFT_E_FORMAT, "pgoutput message, byte 0: the type needs 1 bytes, 0 are left");
    assert_int_equal(weft_pgoutput_parse(&message, NULL, 0, &arena, NULL), WEFT_E_FORMAT);
}

static void bytes_left_over_are_refused(void **state) {
    (void)state;
    for (size_t s = 0; s < SAMPLES; s++) {
        char why[80];
        set_bytes(samples[s].hex, 3);
        snprintf(why, sizeof why, "%s message, byte %zu: 3 bytes are left over", samples[s].name,
                 size - 3);
        assert_refused(WEFT_E_FORMAT, why);
    }
}

/* Counts and lengths beyond the message allocate nothing: a failing allocator is not asked. */
static void counts_that_lie_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *hex;
        weft_status status;
        const char *why;
    } lies[] = {
        {"52 00000001 00 7400 64 0002 00 00 00000017 ffffffff", WEFT_E_FORMAT,
         "Relation message, byte 11: 2 columns do not fit in the 10 bytes left"},
        {"52 00000001 00 7400 64 0641", WEFT_E_LIMIT,
         "Relation message, byte 9: 1601 columns, limit 1600"},
        {"52 00000001 00 7400 64 ffff", WEFT_E_LIMIT, "65535 columns"},
        {"49 00000001 4e 0640 6e", WEFT_E_FORMAT,
         "Insert message, byte 8: 1600 values do not fit in the 1 bytes left"},
        {"49 00000001 4e 0641 6e", WEFT_E_LIMIT, "Insert message, byte 6: 1601 columns"},
        {"44 00000001 4b 8000 6e", WEFT_E_LIMIT, "Delete message, byte 6: 32768 columns"},
        {"54 ffffffff 00 00000001", WEFT_E_FORMAT,
         "Truncate message, byte 6: 4294967295 relations do not fit in the 4 bytes left"},
        {"54 40000001 00 00000001", WEFT_E_FORMAT, "do not fit"},
        {"4d 00 0000000000000001 00 ffffffff 00", WEFT_E_FORMAT,
         "Message message, byte 15: the content needs 4294967295 bytes, 1 are left"},
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        set_bytes(lies[i].hex, 0);
        weft_mem_fail_after(1);
        assert_refused(lies[i].status, lies[i].why);
        weft_mem_fail_after(0);
    }
    assert_hex_refused("49 00000001 4e 0001 74 00000002 31", WEFT_E_FORMAT,
                       "Insert message, byte 13: a value needs 2 bytes, 1 are left");
    assert_hex_refused("49 00000001 4e 0001 62 ffffffff 31", WEFT_E_FORMAT, "a value needs");
    assert_hex_refused("49 00000001 4e 0001 74 80000000", WEFT_E_FORMAT, "a value needs");
}

static void as_many_columns_as_postgresql_allows_are_read(void **state) {
    (void)state;
    enum { HEAD = 8 };
    static const unsigned char head[HEAD] = {'I', 0, 0, 0, 1, 'N', 0x06, 0x40};
    set_bytes("", HEAD + WEFT_PGOUTPUT_COLUMNS_MAX);
    memset(bytes, 'n', size);
    memcpy(bytes, head, HEAD);
    assert_int_equal(weft_pgoutput_parse(&message, bytes, size, &arena, NULL), WEFT_OK);
    assert_int_equal(message.change.new_tuple.count, WEFT_PGOUTPUT_COLUMNS_MAX);
    assert_int_equal(message.change.new_tuple.values[WEFT_PGOUTPUT_COLUMNS_MAX - 1].kind, 'n');
}

static void values_outside_the_format_are_refused(void **state) {
    (void)state;
    assert_hex_refused("43 01 0000000000000001 0000000000000001 0000000000000001", WEFT_E_FORMAT,
                       "Commit message, byte 1: flags 0x01");
    assert_hex_refused("4d 02 0000000000000001 00 00000000", WEFT_E_FORMAT,
                       "Message message, byte 1: flags 0x02");
    assert_hex_refused("52 00000001 00 7400 78 0000", WEFT_E_FORMAT,
                       "Relation message, byte 8: replica identity 'x' is unknown");
    assert_hex_refused("52 00000001 00 7400 00 0000", WEFT_E_FORMAT, "replica identity 0x00");
    assert_hex_refused("49 00000001 4e 0001 7a", WEFT_E_FORMAT,
                       "Insert message, byte 8: a value of kind 'z', which is unknown");
    assert_hex_refused("49 00000001 4f 0000", WEFT_E_FORMAT,
                       "Insert message, byte 5: a tuple of kind 'O', not one of \"N\"");
    assert_hex_refused("49 00000001 00 0000", WEFT_E_FORMAT, "a tuple of kind 0x00");
    assert_hex_refused("55 00000001 4b 0000 4b 0000", WEFT_E_FORMAT,
                       "Update message, byte 8: a tuple of kind 'K'");
    assert_hex_refused("44 00000001 4e 0000", WEFT_E_FORMAT,
                       "Delete message, byte 5: a tuple of kind 'N', not one of \"KO\"");
    assert_hex_refused("59 00000001 00 7878", WEFT_E_FORMAT,
                       "Type message, byte 6: the type's name does not end");
}

static void unknown_types_are_unsupported(void **state) {
    (void)state;
    assert_hex_refused("53 00000001 01", WEFT_E_UNSUPPORTED,
                       "pgoutput message, byte 0: type 'S' is unknown");
    assert_hex_refused("00", WEFT_E_UNSUPPORTED, "type 0x00");
    assert_hex_refused("ff", WEFT_E_UNSUPPORTED, "type 0xff");
    for (unsigned letter = 0; letter < 256; letter++) {
        char hex[4];
        snprintf(hex, sizeof hex, "%02x", letter);
        bool is_known = letter && strchr("BCORYIUDTM", (int)letter);
        assert_hex_refused(hex, is_known ? WEFT_E_FORMAT : WEFT_E_UNSUPPORTED, "message, byte ");
    }
}

static void running_out_of_memory_is_reported(void **state) {
    (void)state;
    static const char *const with_arrays[] = {RELATION, INSERT, UPDATE_KEY, DELETE_KEY, TRUNCATE};
    for (size_t i = 0; i < sizeof with_arrays / sizeof with_arrays[0]; i++) {
        set_bytes(with_arrays[i], 0);
        weft_arena_deinit(&arena);
        weft_mem_fail_after(1);
        assert_refused(WEFT_E_NOMEM, "no memory for");
        weft_mem_fail_after(0);
    }
}

static void assert_stream_refused(weft_status status, const char *why) {
    err = (weft_err){0};
    memset(&stream, 0xff, sizeof stream);
    assert_int_equal(weft_pgoutput_stream_parse(&stream, bytes, size, &err), status);
    if (!strstr(err.message, why)) fail_msg("\"%s\" does not say \"%s\"", err.message, why);
    assert_int_equal(stream.kind, 0);
    assert_null(stream.payload.data);
}

static void the_stream_is_read(void **state) {
    (void)state;
    set_bytes(XLOG_DATA BEGIN, 0);
    assert_int_equal(weft_pgoutput_stream_parse(&stream, bytes, size, NULL), WEFT_OK);
    assert_int_equal(stream.kind, WEFT_PGOUTPUT_XLOG_DATA);
    assert_int_equal(stream.start_lsn, 0x152fd70);
    assert_int_equal(stream.end_lsn, 0x1530268);
    assert_int_equal(stream.time, 0x3041127938bf6);
    assert_false(stream.reply_wanted);
    assert_int_equal(
        weft_pgoutput_parse(&message, stream.payload.data, stream.payload.size, &arena, NULL),
        WEFT_OK);
    assert_int_equal(message.begin.xid, 730);
    set_bytes(XLOG_DATA, 0);
    assert_int_equal(weft_pgoutput_stream_parse(&stream, bytes, size, NULL), WEFT_OK);
    assert_int_equal(stream.payload.size, 0);
    set_bytes(KEEPALIVE, 0);
    assert_int_equal(weft_pgoutput_stream_parse(&stream, bytes, size, NULL), WEFT_OK);
    assert_int_equal(stream.kind, WEFT_PGOUTPUT_KEEPALIVE);
    assert_int_equal(stream.end_lsn, 0x1530268);
    assert_int_equal(stream.time, 0x3041127938bf6);
    assert_true(stream.reply_wanted);
}

static void a_broken_stream_is_refused(void **state) {
    (void)state;
    static const char *const whole[] = {XLOG_DATA, KEEPALIVE};
    static const char *const named[] = {"XLogData message, byte ", "keepalive message, byte "};
    for (size_t i = 0; i < 2; i++) {
        set_bytes(whole[i], 0);
        while (--size > 0) {
            unsigned char *shorter = weft_realloc(bytes, size, 1);
            assert_non_null(shorter);
            bytes = shorter;
            assert_stream_refused(WEFT_E_FORMAT, named[i]);
        }
        assert_stream_refused(WEFT_E_FORMAT, "the type needs 1 bytes");
    }
    set_bytes(KEEPALIVE, 1);
    assert_stream_refused(WEFT_E_FORMAT, "keepalive message, byte 18: 1 bytes are left over");
    set_bytes(BEGIN, 0);
    assert_stream_refused(WEFT_E_UNSUPPORTED, "replication message, byte 0: type 'B' is unknown");
}

static void a_status_update_is_written(void **state) {
    (void)state;
    unsigned char out[WEFT_PGOUTPUT_STANDBY_SIZE];
    weft_pgoutput_standby standby = {.written_lsn = 0x16b374d848,
                                     .flushed_lsn = 2,
                                     .applied_lsn = UINT64_MAX,
                                     .time = 0x3041127938bf6,
                                     .reply_wanted = true};
    set_bytes("72 00000016b374d848 0000000000000002 ffffffffffffffff 0003041127938bf6 01", 0);
    assert_int_equal(size, sizeof out);
    weft_pgoutput_standby_write(out, &standby);
    assert_memory_equal(out, bytes, size);
    standby.reply_wanted = false;
    weft_pgoutput_standby_write(out, &standby);
    assert_int_equal(out[size - 1], 0);
}

static void lsns_are_printed_and_parsed(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t lsn;
    } good[] = {{"0/0", 0},
                {"16/B374D848", 0x16b374d848},
                {"1/1", 0x100000001},
                {"FFFFFFFF/FFFFFFFF", UINT64_MAX},
                {"0/A", 10}};
    uint64_t lsn;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char text[WEFT_PGOUTPUT_LSN_SIZE];
        weft_pgoutput_lsn_print(text, good[i].lsn);
        assert_string_equal(text, good[i].text);
        assert_int_equal(weft_pgoutput_lsn_parse(&lsn, text, NULL), WEFT_OK);
        assert_true(lsn == good[i].lsn);
    }
    assert_int_equal(weft_pgoutput_lsn_parse(&lsn, "0016/b374d848", NULL), WEFT_OK);
    assert_true(lsn == 0x16b374d848);
    static const char *const bad[] = {"",     "/",   "0",     "0/",          "/0",          "0/0 ",
                                      " 0/0", "g/0", "0/0/0", "000000000/0", "0/000000000", "-1/0",
                                      "0x1/0"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        lsn = 7;
        assert_int_equal(weft_pgoutput_lsn_parse(&lsn, bad[i], &err), WEFT_E_FORMAT);
        assert_non_null(strstr(err.message, bad[i]));
        assert_int_equal(lsn, 7);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(transactions_are_read),
        TEST(relations_are_read),
        TEST(changes_are_read),
        TEST(truncations_and_emitted_messages_are_read),
        TEST(every_truncation_is_refused),
        TEST(bytes_left_over_are_refused),
        TEST(counts_that_lie_are_refused),
        TEST(as_many_columns_as_postgresql_allows_are_read),
        TEST(values_outside_the_format_are_refused),
        TEST(unknown_types_are_unsupported),
        TEST(running_out_of_memory_is_reported),
        TEST(the_stream_is_read),
        TEST(a_broken_stream_is_refused),
        TEST(a_status_update_is_written),
        TEST(lsns_are_printed_and_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
