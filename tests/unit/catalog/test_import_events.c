#include "../unit.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "catalog/import_events.h"

/* ---- a sink that writes down what it is told ---- */

typedef struct {
    char events[4096]; /* "user product type query time" lines */
    char issues[4096]; /* "row user product kind: detail" lines */
    char columns[512]; /* "field=column ..., others" */
    weft_event_place ends[64];
    size_t batches, progress, fail_batch; /* the batch that the sink refuses; 0: none */
    bool has_last;
    size_t cancel_after; /* issues; 0: never */
    size_t issue_count;
    atomic_bool cancel;
} notes;

static notes seen;
static weft_event_report report;
static weft_err err;

#define APPEND(to, ...) snprintf(to + strlen(to), sizeof to - strlen(to), __VA_ARGS__)

/* "gone" is no product. */
static weft_status note_events(void *context, const weft_event_batch *batch, weft_err *why) {
    notes *s = context;
    assert_false(s->has_last);
    if (s->batches + 1 == s->fail_batch) return weft_fail(why, WEFT_E_STORE, "full");
    s->ends[s->batches++] = batch->end;
    s->has_last = batch->is_last;
    for (size_t i = 0; i < batch->n; i++) {
        const weft_event *e = &batch->events[i];
        char at[WEFT_TIMESTAMP_SIZE] = "now";
        batch->is_known[i] = strcmp(e->product_id, "gone") != 0;
        if (!batch->is_known[i]) continue;
        if (e->at) weft_clock_format(e->at, at);
        APPEND(s->events, "%s %s %s %s %s\n", e->user_id, e->product_id, e->event_type, e->query_id,
               at);
    }
    return weft_event_batch_tell_unknown(batch, why);
}

static weft_status note_issue(void *context, const weft_event_issue *issue, weft_err *why) {
    notes *s = context;
    (void)why;
    APPEND(s->issues, "%zu %s %s %s: %s\n", issue->row, issue->user_id, issue->product_id,
           weft_event_issue_name(issue->kind), issue->detail);
    if (++s->issue_count == s->cancel_after) atomic_store(&s->cancel, true);
    return WEFT_OK;
}

static void note_columns(void *context, const weft_event_columns *columns) {
    notes *s = context;
    for (int i = 0; i < WEFT_EVENT_FIELD_COUNT; i++)
        if (columns->columns[i])
            APPEND(s->columns, "%s=%s ", weft_event_field_name((weft_event_field)i),
                   columns->columns[i]);
    for (size_t i = 0; i < columns->passed_over_count; i++)
        APPEND(s->columns, ", %s", columns->passed_over[i]);
}

static void note_progress(void *context, size_t rows, size_t offset) {
    notes *s = context;
    assert_true(offset >= s->progress);
    assert_int_equal(rows, report.rows);
    s->progress = offset;
}

static weft_event_import import_of(const char *name, const char *text) {
    return (weft_event_import){
        .name = name,
        .data = text,
        .size = strlen(text),
        .cancel = &seen.cancel,
        .sink = {&seen, note_events, note_issue, note_columns, note_progress}};
}

/* rows = events + issues, always. */
static weft_status run(const weft_event_import *import) {
    const size_t fail_batch = seen.fail_batch, cancel_after = seen.cancel_after;
    memset(&seen, 0, sizeof seen);
    seen.fail_batch = fail_batch;
    seen.cancel_after = cancel_after;
    err = (weft_err){0};
    weft_status status = weft_import_events(import, &report, &err);
    size_t rejected = 0;
    for (int i = 0; i < WEFT_EVENT_ISSUE_COUNT; i++) rejected += report.issues[i];
    if (!status) assert_int_equal(report.rows, report.events + rejected);
    if (!status) assert_true(seen.has_last);
    return status;
}

static void import_text(const char *name, const char *text) {
    const weft_event_import import = import_of(name, text);
    if (run(&import)) fail_msg("%s", err.message);
}

static void assert_fails(const weft_event_import *import, weft_status status, const char *part) {
    assert_int_equal(run(import), status);
    if (!strstr(err.message, part)) fail_msg("%s", err.message);
    assert_int_equal(seen.batches, 0);
}

static int begin(void **state) {
    (void)state;
    memset(&seen, 0, sizeof seen);
    return 0;
}

/* ---- what logs look like ---- */

static void a_log_in_wefts_own_names(void **state) {
    (void)state;
    import_text("log.csv", "user_id,product_id,event_type,query_id,created_at\n"
                           "anna,1,view,q7,2026-01-02T03:04:05.678Z\n"
                           "\"ben, jr\",2,purchase,,2026-01-02T03:04:05+01:00\n");
    assert_string_equal(seen.events, "anna 1 view q7 2026-01-02T03:04:05.678Z\n"
                                     "ben, jr 2 purchase  2026-01-02T02:04:05.000Z\n");
    assert_string_equal(seen.issues, "");
    assert_string_equal(seen.columns, "user_id=user_id product_id=product_id event_type=event_type "
                                      "created_at=created_at query_id=query_id ");
    assert_int_equal(report.events, 2);
    assert_int_equal(report.untimed, 0);
}

static void logs_that_are_known(void **state) {
    (void)state;
    /* Retailrocket */
    import_text("events.csv", "timestamp,visitorid,event,itemid,transactionid\n"
                              "1433221332117,257597,view,355908,\n"
                              "1433224214164,992329,addtocart,248676,\n"
                              "1433221078505,102019,transaction,150318,12452\n");
    assert_string_equal(seen.events, "257597 355908 view  2015-06-02T05:02:12.117Z\n"
                                     "992329 248676 add_to_cart  2015-06-02T05:50:14.164Z\n"
                                     "102019 150318 purchase  2015-06-02T04:57:58.505Z\n");
    assert_string_equal(seen.columns, "user_id=visitorid product_id=itemid event_type=event "
                                      "created_at=timestamp , transactionid");
    /* REES46: the user, although there is a session */
    import_text("2019-Oct.csv",
                "event_time,event_type,product_id,category_id,user_id,user_session\n"
                "2019-10-01 00:00:00 UTC,cart,44600062,210,541312140,72d7\n");
    assert_string_equal(seen.events, "541312140 44600062 add_to_cart  2019-10-01T00:00:00.000Z\n");
    /* H&M: purchases all of them, ids with zeros in front */
    weft_event_import import =
        import_of("transactions_train.csv", "t_dat,customer_id,article_id,price,sales_channel_id\n"
                                            "2018-09-20,000058a12d5b43e6,0663713001,0.05,2\n");
    import.reading.event_type = "purchase";
    assert_int_equal(run(&import), WEFT_OK);
    assert_string_equal(seen.events,
                        "000058a12d5b43e6 0663713001 purchase  2018-09-20T00:00:00.000Z\n");
    /* Sessions, where there is no user */
    import_text("s.csv", "Session ID,Timestamp,Item-ID,Type\n1,1407158400,9,clicks\n");
    assert_string_equal(seen.events, "1 9 click  2014-08-04T13:20:00.000Z\n");
}

static void json_lines(void **state) {
    (void)state;
    static const char text[] =
        "\xef\xbb\xbf{\"user\": \"anna\", \"sku\": 17, \"type\": \"PV\", \"ts\": [1, {\"a\": "
        "2}]}\r\n"
        "\n"
        "{\"session_id\": \"s1\", \"userId\": null, \"sku\": \"18\", \"type\": \"Buy\", \"time\": "
        "1575158400}\n"
        "{\"session_id\": \"s1\", \"userId\": \" ben \", \"sku\": \"\\u00e9\", \"type\": "
        "\"click\"}";
    import_text("log", text);
    assert_string_equal(seen.events, "anna 17 view  now\n"
                                     "s1 18 purchase  2019-12-01T00:00:00.000Z\n"
                                     "ben \xc3\xa9 click  now\n");
    assert_string_equal(seen.columns, "user_id=userId product_id=sku event_type=type "
                                      "created_at=time , ts");
    assert_int_equal(report.untimed, 2);
}

static void columns_of_other_names_are_mapped(void **state) {
    (void)state;
    weft_arena arena;
    weft_buf text;
    weft_event_import import =
        import_of("log.csv", "Who,What,How,user_id,item\nanna,1,order,7,8\n");
    weft_arena_init(&arena, 0);
    weft_buf_init(&text);
    assert_int_equal(
        weft_event_reading_map(&import.reading, "user_id=who, product_id = What", &arena, NULL),
        WEFT_OK);
    assert_int_equal(weft_event_reading_map(&import.reading, "event_type=HOW", &arena, NULL),
                     WEFT_OK);
    assert_int_equal(run(&import), WEFT_OK);
    assert_string_equal(seen.events, "anna 1 purchase  now\n");
    assert_string_equal(seen.columns, "user_id=Who product_id=What event_type=How , user_id, item");
    weft_event_reading_write(&import.reading, &text);
    assert_string_equal(text.data, "user_id=who,product_id=What,event_type=HOW");

    static const struct {
        const char *text, *message;
    } bad[] = {{"buyer=who", "\"buyer\": known are user_id"},
               {"user_id", "\"user_id\": FIELD=COLUMN"},
               {"", "FIELD=COLUMN"},
               {"query_id=", "takes one column"},
               {"query_id=a,query_id=b", "takes one column"},
               {"query_id=Q,created_at=q", "column Q is given to two"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        weft_event_reading reading = {0};
        assert_int_equal(weft_event_reading_map(&reading, bad[i].text, &arena, &err),
                         WEFT_E_INVALID);
        if (!strstr(err.message, bad[i].message)) fail_msg("%s", err.message);
    }
    weft_buf_deinit(&text);
    weft_arena_deinit(&arena);
}

/* ---- what is wrong with rows ---- */

#define HEADER "user_id,product_id,event_type,created_at\n"
#define TEN    "0123456789"
#define FIFTY  TEN TEN TEN TEN TEN

static void every_bad_row_is_told(void **state) {
    (void)state;
    import_text("log.csv", HEADER "anna,1,view,2026-01-02\n"
                                  ",1,view,\n"
                                  "nan,1,view,\n"
                                  "anna, ,view,\n"
                                  "anna,1,stare,\n"
                                  "anna,1,,\n"
                                  "anna,1,view,yesterday\n"
                                  "anna,1,view,20180920\n"
                                  "anna,1,view,0001-01-01T00:00:00Z\n"
                                  "anna,1,view,2200-01-01\n"
                                  "anna,1,view,1575158400000000\n"
                                  "anna,gone,view,\n"
                                  "anna,1\n"
                                  "anna,1,view,,more\n"
                                  "\"anna,1,view,\n"
                                  "an\xffna,1,view,\n"
                                  "anna,\"1\n1\",view,\n"
                                  "anna," FIFTY FIFTY FIFTY FIFTY "0,view,\n"
                                  "anna," FIFTY FIFTY FIFTY FIFTY ",view,1575158400.0\n");
    assert_string_equal(seen.issues, "3  1 no_user: \n"
                                     "4 nan 1 no_user: nan\n"
                                     "5 anna  no_product: \n"
                                     "6 anna 1 unknown_event: stare\n"
                                     "7 anna 1 unknown_event: \n"
                                     "8 anna 1 bad_time: yesterday\n"
                                     "9 anna 1 bad_time: 20180920\n"
                                     "10 anna 1 bad_time: 0001-01-01T00:00:00Z\n"
                                     "11 anna 1 future_time: 2200-01-01\n"
                                     "12 anna 1 future_time: 1575158400000000\n"
                                     "14   too_few_fields: 2 fields, the header has 4\n"
                                     "15   too_many_fields: 5 fields, the header has 4\n"
                                     "16   bad_row: text follows a closing quote\n"
                                     "17  1 bad_text: user_id\n"
                                     "18 anna  bad_text: product_id\n"
                                     "19 anna  too_long: product_id: 201 bytes\n"
                                     "13 anna gone unknown_product: gone\n");
    assert_string_equal(seen.events,
                        "anna 1 view  2026-01-02T00:00:00.000Z\n"
                        "anna " FIFTY FIFTY FIFTY FIFTY " view  2019-12-01T00:00:00.000Z\n");
    assert_int_equal(report.rows, 19);
}

static void a_day_ahead_is_not_far(void **state) {
    (void)state;
    char text[256], soon[WEFT_TIMESTAMP_SIZE], late[WEFT_TIMESTAMP_SIZE];
    weft_clock_format(weft_clock_now() + 23 * 3600000, soon);
    weft_clock_format(weft_clock_now() + 25 * 3600000, late);
    snprintf(text, sizeof text, HEADER "anna,1,view,%s\nben,1,view,%s\n", soon, late);
    import_text("log.csv", text);
    assert_int_equal(report.events, 1);
    assert_int_equal(report.issues[WEFT_EVENT_FUTURE_TIME], 1);
}

static void every_bad_line_is_told(void **state) {
    (void)state;
    import_text("log.jsonl",
                "no json\n"
                "{\"user\": \"anna\", \"item\": 1, \"event\": \"view\"}\n"
                "{\"user\": \"anna\", \"item\": 1, \"event\": \"view\"\n"
                "[1]\n"
                "{\"user\": 1.5, \"item\": 1, \"event\": \"view\"}\n"
                "{\"user\": \"anna\", \"item\": {}, \"event\": \"view\"}\n"
                "{\"item\": 1, \"event\": \"view\"}\n"
                "{\"user\": \"a\\u0007\", \"item\": 1, \"event\": \"view\"}\n"
                "{\"user\": \"a\xff\", \"item\": 1, \"event\": \"view\"}\n"
                "{\"user\": \"a\", \"user\": \"b\", \"item\": 1, \"event\": \"view\"}\n"
                "{\"user\": \"a\", \"item\": 99999999999999999999, \"event\": \"view\"}\n"
                "{\"user\": \"ben\", \"item\": 2, \"event\": \"view\"}\n");
    assert_string_equal(seen.events, "anna 1 view  now\nben 2 view  now\n");
    assert_string_equal(seen.issues,
                        "1   bad_row: no JSON object\n"
                        "3   bad_row: '}' expected near end of file, at byte 43\n"
                        "4   bad_row: no JSON object\n"
                        "5   bad_row: user is no text or whole number\n"
                        "6 anna  bad_row: item is no text or whole number\n"
                        "7  1 no_user: \n"
                        "8  1 bad_text: user_id\n"
                        "9   bad_text: the row is not UTF-8\n"
                        "10   bad_row: duplicate object key near '\"user\"', at byte 20\n"
                        "11   bad_row: too big integer near '99999999999999999999', "
                        "at byte 42\n");
}

/* ---- what is no log ---- */

static void headers_without_what_is_needed(void **state) {
    (void)state;
    static const struct {
        const char *name, *text, *message;
    } bad[] = {
        {"l.csv", "", "l.csv: the file is empty"},
        {"l.csv", "\n\n", "the file is empty"},
        {"l.csv", "who,item,event\n", "no column is known as user_id (--map user_id=COLUMN"},
        {"l.csv", "user,what,event\n",
         "product_id=COLUMN says which it is); it has: user, event, what"},
        {"l.csv", "user,item,day\n",
         "--event-type TYPE what all rows are; it has: user, item, day"},
        {"l.csv", "user;item;event\n", "it has: user;item;event"},
        {"l.csv", "user,item,event,User\n", "has user twice"},
        {"l.csv", "\"user,item\n", "the header cannot be read"},
        {"l.csv", "[user],item,event\n", "user_id"},
        {"l.json", "  \n", "none of its first rows is a JSON object"},
        {"l.json", "user,item,event\n", "none of its first rows is a JSON object"},
        {"l", "{\"user\": 1, \"event\": \"view\"}", "no column is known as product_id"},
        {"l", "{\"user\": 1, \"item\": \"view\"}", "--event-type TYPE"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const weft_event_import import = import_of(bad[i].name, bad[i].text);
        assert_fails(&import, WEFT_E_FORMAT, bad[i].message);
    }
    weft_event_import import = import_of("l.csv", "user,item,event\n");
    import.reading.columns[WEFT_EVENT_QUERY_ID] = "search";
    assert_fails(&import, WEFT_E_FORMAT, "there is no column \"search\"; it has: user, item");
    /* Of JSON lines few rows may have it. */
    import = import_of("l", "{\"user\": 1, \"item\": 1, \"event\": \"view\"}");
    import.reading.columns[WEFT_EVENT_QUERY_ID] = "search";
    assert_int_equal(run(&import), WEFT_OK);
}

static void other_formats_say_how_to_convert_them(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } bad[] = {{"PAR1\x15\x04", "COPY (FROM 'log.parquet') TO 'log.csv' (HEADER)"},
               {"\x1f\x8b\x08", "gunzip"},
               {"PK\x03\x04", "save it as CSV"},
               {"\xff\xfeu", "iconv"},
               {" [\n{", "jq -c '.[]'"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const weft_event_import import = import_of("log.json", bad[i].text);
        assert_fails(&import, WEFT_E_UNSUPPORTED, bad[i].message);
    }
}

/* ---- batches ---- */

#define CSV                                                                                        \
    HEADER "a,1,view,\nb,gone,view,\n\"c\nc\",1,view,\n\nd,2,click,2026-01-02\n,1,view,\ne,3,"     \
           "cart,"
#define LINE(user, item)                                                                           \
    "{\"user_id\": " user ", \"product_id\": " item ", \"event_type\": \"view\"}\n"
#define JSON_LINES                                                                                 \
    LINE("1", "2") LINE("1", "\"gone\"") "\n\n" LINE("null", "7") "{\n" LINE("2", "4")

/* Wherever a batch ends, going on there reads what is left of the whole. */
static void an_import_goes_on_behind_any_batch(void **state) {
    (void)state;
    static const struct {
        const char *name, *text;
        size_t batches;
    } logs[] = {{"l.csv", CSV, 4}, {"l.jsonl", JSON_LINES, 3}};
    for (size_t l = 0; l < 2; l++) {
        weft_event_import import = import_of(logs[l].name, logs[l].text);
        import.batch_rows = 2;
        assert_int_equal(run(&import), WEFT_OK);
        const notes whole = seen;
        const weft_event_report all = report;
        assert_int_equal(whole.batches, logs[l].batches);
        assert_int_equal(whole.ends[whole.batches - 1].offset, import.size);
        for (size_t i = 0; i < whole.batches; i++) {
            import.start = whole.ends[i];
            assert_int_equal(run(&import), WEFT_OK);
            assert_int_equal(seen.batches, whole.batches - 1 - i + (i + 1 == whole.batches));
            size_t from = strlen(whole.events) - strlen(seen.events);
            assert_string_equal(seen.events, whole.events + from);
            from = strlen(whole.issues) - strlen(seen.issues);
            assert_string_equal(seen.issues, whole.issues + from);
            assert_string_equal(seen.columns, whole.columns);
            assert_int_equal(report.rows, i + 1 == whole.batches ? 0 : all.rows - 2 * (i + 1));
        }
    }
}

static void a_cancelled_import_hands_over_what_it_read(void **state) {
    (void)state;
    weft_event_import import = import_of("l.csv", HEADER "a,1,view,\n,1,view,\nb,1,view,\n");
    seen.cancel_after = 1;
    assert_int_equal(run(&import), WEFT_E_CANCELLED);
    assert_string_equal(err.message, "stopped after 2 rows");
    assert_string_equal(seen.events, "a 1 view  now\n");
    assert_false(seen.has_last);
    assert_int_equal(seen.ends[0].row, 3);
}

static void a_sink_that_fails_ends_it(void **state) {
    (void)state;
    weft_event_import import = import_of("l.csv", CSV);
    import.batch_rows = 2;
    seen.fail_batch = 2;
    assert_int_equal(run(&import), WEFT_E_STORE);
    assert_string_equal(err.message, "l.csv: full");
    assert_int_equal(seen.batches, 1);
}

static void no_memory(void **state) {
    (void)state;
    static const struct {
        const char *name, *text;
    } logs[] = {{"l.csv", CSV}, {"l.jsonl", JSON_LINES}};
    for (size_t l = 0; l < 2; l++) {
        const weft_event_import import = import_of(logs[l].name, logs[l].text);
        weft_status status = WEFT_E_NOMEM;
        size_t failures = 0;
        for (; status == WEFT_E_NOMEM; failures++) {
            memset(&seen, 0, sizeof seen);
            weft_mem_fail_after(failures + 1);
            status = weft_import_events(&import, &report, &err);
            weft_mem_fail_after(0);
        }
        assert_int_equal(status, WEFT_OK);
        assert_true(failures > 4);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(a_log_in_wefts_own_names),
        TEST(logs_that_are_known),
        TEST(json_lines),
        TEST(columns_of_other_names_are_mapped),
        TEST(every_bad_row_is_told),
        TEST(a_day_ahead_is_not_far),
        TEST(every_bad_line_is_told),
        TEST(headers_without_what_is_needed),
        TEST(other_formats_say_how_to_convert_them),
        TEST(an_import_goes_on_behind_any_batch),
        TEST(a_cancelled_import_hands_over_what_it_read),
        TEST(a_sink_that_fails_ends_it),
        TEST(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
