#include "../unit.h"

#include <stdio.h>
#include <string.h>

#include "base/csv.h"
#include "base/mem.h"

/* Writes the rows of text as "number:[field][field];" or "number!problem;". */
static const char *read_all(const char *text, size_t size, const weft_csv_limits *limits) {
    static char out[2048];
    weft_csv *csv;
    weft_csv_row row;
    bool found;
    size_t used = 0;
    out[0] = '\0';
    assert_int_equal(weft_csv_new(&csv, text, size, limits, NULL), WEFT_OK);
    for (;;) {
        assert_int_equal(weft_csv_next(csv, &row, &found, NULL), WEFT_OK);
        if (!found) break;
        used += (size_t)snprintf(out + used, sizeof out - used, "%zu%s", row.number,
                                 row.problem ? "!" : ":");
        if (row.problem) used += (size_t)snprintf(out + used, sizeof out - used, "%s", row.problem);
        for (size_t i = 0; i < row.field_count; i++)
            used += (size_t)snprintf(out + used, sizeof out - used, "[%.*s]",
                                     (int)row.fields[i].size, row.fields[i].data);
        used += (size_t)snprintf(out + used, sizeof out - used, ";");
    }
    assert_int_equal(weft_csv_offset(csv), size);
    weft_csv_free(csv);
    return out;
}

#define ASSERT_ROWS(text, rows) assert_string_equal(read_all(text, sizeof(text) - 1, NULL), rows)

static void plain_rows(void **state) {
    (void)state;
    ASSERT_ROWS("", "");
    ASSERT_ROWS("a", "1:[a];");
    ASSERT_ROWS("a,b\nc,d\n", "1:[a][b];2:[c][d];");
    ASSERT_ROWS("a,b\r\nc,d", "1:[a][b];2:[c][d];");
    ASSERT_ROWS(",\n,,\n", "1:[][];2:[][][];");
    ASSERT_ROWS("a,\nb", "1:[a][];2:[b];");
    ASSERT_ROWS(" a , b \n", "1:[ a ][ b ];");
}

static void byte_order_mark_and_blank_lines_are_skipped(void **state) {
    (void)state;
    ASSERT_ROWS("\xef\xbb\xbfid,b\n", "1:[id][b];");
    ASSERT_ROWS("\xef\xbb\xbf", "");
    ASSERT_ROWS("\n\r\na\n\n\nb\n\n", "3:[a];6:[b];");
}

static void carriage_returns_alone_are_data(void **state) {
    (void)state;
    ASSERT_ROWS("a\rb,c\r", "1:[a\rb][c\r];");
    ASSERT_ROWS("a\r\r\nb", "1:[a\r];2:[b];");
}

static void quoted_fields(void **state) {
    (void)state;
    ASSERT_ROWS("\"a,b\",c\n", "1:[a,b][c];");
    ASSERT_ROWS("\"line\r\nbreak\",\"\"\nx,y", "1:[line\r\nbreak][];2:[x][y];");
    ASSERT_ROWS("\"say \"\"hi\"\"\",\"\"\"\"\r\n", "1:[say \"hi\"][\"];");
    ASSERT_ROWS("\"last\"", "1:[last];");
    ASSERT_ROWS("12\" bag,a\"b\"\n", "1:[12\" bag][a\"b\"];");
}

static void quotes_are_told(void **state) {
    (void)state;
    weft_csv *csv;
    weft_csv_row row;
    bool found;
    assert_int_equal(weft_csv_new(&csv, "a,\"b\"\nc,d\"", 10, NULL, NULL), WEFT_OK);
    assert_int_equal(weft_csv_next(csv, &row, &found, NULL), WEFT_OK);
    assert_true(found && row.is_quoted);
    assert_int_equal(weft_csv_next(csv, &row, &found, NULL), WEFT_OK);
    assert_true(found && !row.is_quoted);
    weft_csv_free(csv);
}

static void damage_costs_one_line(void **state) {
    (void)state;
    ASSERT_ROWS("a\n\"b,c\nd,e\n", "1:[a];2!a quoted field is not closed;3:[d][e];");
    ASSERT_ROWS("\"a\"b,c\nd\n", "1!text follows a closing quote;2:[d];");
    ASSERT_ROWS("\"", "1!a quoted field is not closed;");
    ASSERT_ROWS("\"a\"\rb", "1!text follows a closing quote;");
}

static void limits_hold(void **state) {
    (void)state;
    weft_csv_limits limits = {.max_row_bytes = 12, .max_field_bytes = 5, .max_fields = 3};
    const char text[] = "1,2,3\n1,2,3,4\n123456\n\"1\"\"3456\"\n1234,1234,1234\n12345,12345\nok\n";
    assert_string_equal(read_all(text, sizeof text - 1, &limits),
                        "1:[1][2][3];2!the row has too many fields;3!a field is too long;"
                        "4!a field is too long;5!the row is too long;6:[12345][12345];7:[ok];");
}

static void a_row_may_fill_its_limit(void **state) {
    (void)state;
    weft_csv_limits limits = {.max_row_bytes = 4};
    assert_string_equal(read_all("abcd", 4, &limits), "1:[abcd];");
    assert_string_equal(read_all("\"\"\"\"", 4, &limits), "1:[\"];");
    assert_string_equal(read_all("abc\nab\r\nabc\r\nd", 14, &limits),
                        "1:[abc];2:[ab];3!the row is too long;4:[d];");
    assert_string_equal(read_all("abcde\nf", 7, &limits), "1!the row is too long;2:[f];");
}

static void bytes_are_not_interpreted(void **state) {
    (void)state;
    weft_csv *csv;
    weft_csv_row row;
    bool found;
    assert_int_equal(weft_csv_new(&csv, "a\0b,\xff", 5, NULL, NULL), WEFT_OK);
    assert_int_equal(weft_csv_next(csv, &row, &found, NULL), WEFT_OK);
    assert_int_equal(row.field_count, 2);
    assert_memory_equal(row.fields[0].data, "a\0b", 3);
    assert_int_equal(row.fields[1].size, 1);
    weft_csv_free(csv);
}

static void reading_goes_on_at_an_offset(void **state) {
    (void)state;
    static const char text[] = "a\n\n\"b\nb\"\nc\n";
    weft_csv *csv;
    weft_csv_row row;
    bool found;
    assert_int_equal(weft_csv_new(&csv, text, sizeof text - 1, NULL, NULL), WEFT_OK);
    assert_int_equal(weft_csv_next(csv, &row, &found, NULL), WEFT_OK);
    assert_int_equal(weft_csv_next(csv, &row, &found, NULL), WEFT_OK);
    size_t offset = weft_csv_offset(csv), number = row.number;
    weft_csv_free(csv);
    assert_int_equal(weft_csv_new(&csv, text, sizeof text - 1, NULL, NULL), WEFT_OK);
    weft_csv_seek(csv, offset, number);
    assert_int_equal(weft_csv_next(csv, &row, &found, NULL), WEFT_OK);
    assert_true(found && row.number == 4 && weft_str_eq(row.fields[0], "c"));
    assert_int_equal(weft_csv_next(csv, &row, &found, NULL), WEFT_OK);
    assert_false(found);
    weft_csv_free(csv);
}

static void no_memory(void **state) {
    (void)state;
    const char text[] = "a,\"b\"\"c\"\n";
    weft_status status = WEFT_E_NOMEM;
    size_t failures = 0;
    for (; status == WEFT_E_NOMEM; failures++) {
        weft_csv *csv = NULL;
        weft_csv_row row;
        weft_err err = {0};
        bool found;
        weft_mem_fail_after(failures + 1);
        status = weft_csv_new(&csv, text, sizeof text - 1, NULL, &err);
        if (!status) status = weft_csv_next(csv, &row, &found, &err);
        weft_mem_fail_after(0);
        if (status) assert_int_equal(err.status, WEFT_E_NOMEM);
        weft_csv_free(csv);
    }
    assert_int_equal(status, WEFT_OK);
    assert_int_equal(failures, 4); /* reader, fields, unescaped text, then success */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_rows),
        cmocka_unit_test(byte_order_mark_and_blank_lines_are_skipped),
        cmocka_unit_test(carriage_returns_alone_are_data),
        cmocka_unit_test(quoted_fields),
        cmocka_unit_test(quotes_are_told),
        cmocka_unit_test(damage_costs_one_line),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_row_may_fill_its_limit),
        cmocka_unit_test(bytes_are_not_interpreted),
        cmocka_unit_test(reading_goes_on_at_an_offset),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
