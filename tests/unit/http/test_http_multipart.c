#include "http/http_multipart.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

#define NAMED(name) "Content-Disposition: form-data; name=\"" name "\"\r\n"

static weft_http_part parts[WEFT_HTTP_PARTS_MAX];
static size_t count;
static weft_err err;

static weft_status parse(const char *body) {
    return weft_http_multipart_parse(weft_str_of(body), weft_str_of("B"), parts, &count, &err);
}

static void text_and_file(void **state) {
    (void)state;
    assert_int_equal(
        parse("preamble\r\n--B \t\r\n" NAMED(
            "query") "\r\nred dress\r\n--B\r\n"
                     "content-disposition: form-data; name=image; filename=\"a b.jpg\"\r\n"
                     "Content-Type: image/jpeg\r\n\r\n\r\n--Bx--\r\n\r\n--B--\r\nepilogue"),
        0);
    assert_int_equal(count, 2);
    const weft_http_part *query = weft_http_part_find(parts, count, "query");
    const weft_http_part *image = weft_http_part_find(parts, count, "image");
    assert_true(weft_str_eq(query->bytes, "red dress"));
    assert_true(weft_str_eq(query->content_type, "text/plain"));
    assert_null(query->filename.data);
    assert_true(weft_str_eq(image->filename, "a b.jpg"));
    assert_true(weft_str_eq(image->content_type, "image/jpeg"));
    assert_true(weft_str_eq(image->bytes, "\r\n--Bx--\r\n"));
    assert_null(weft_http_part_find(parts, count, "quer"));
}

static void nothing_inside(void **state) {
    (void)state;
    assert_int_equal(parse("--B\r\n" NAMED("a") "\r\n\r\n--B--"), 0);
    assert_int_equal(count, 1);
    assert_int_equal(parts[0].bytes.size, 0);
    assert_int_equal(parse("--B\r\n" NAMED("a") "\r\n--B--"), 0); /* one CRLF for both */
    assert_int_equal(parts[0].bytes.size, 0);
    assert_int_equal(parse("--B--"), 0);
    assert_int_equal(count, 0);
}

static void binary_bytes(void **state) {
    (void)state;
    char body[400];
    int head = snprintf(body, sizeof body, "--B\r\n" NAMED("x") "\r\n");
    for (int i = 0; i < 256; i++) body[head + i] = (char)i;
    memcpy(body + head + 256, "\r\n--B--", 7);
    weft_str all = {body, (size_t)head + 256 + 7};
    assert_int_equal(weft_http_multipart_parse(all, weft_str_of("B"), parts, &count, &err), 0);
    assert_int_equal(parts[0].bytes.size, 256);
    assert_memory_equal(parts[0].bytes.data, body + head, 256);
}

static void refuses(weft_status status, const char *body, const char *what) {
    assert_int_equal(parse(body), status);
    if (!strstr(err.message, what)) fail_msg("\"%s\" does not say \"%s\"", err.message, what);
}

static void bad_bodies(void **state) {
    (void)state;
    refuses(WEFT_E_FORMAT, "", "boundary");
    refuses(WEFT_E_FORMAT, "nothing", "boundary");
    refuses(WEFT_E_FORMAT, "--C\r\n" NAMED("a") "\r\nx\r\n--C--", "boundary");
    refuses(WEFT_E_FORMAT, "--B\r\n" NAMED("a") "\r\nx\r\n--B", "part 1: it does not end");
    refuses(WEFT_E_FORMAT, "--B\r\n" NAMED("a") "\r\nx\r\n--B\r\n", "part 2: headers are cut off");
    refuses(WEFT_E_FORMAT, "--B\r\n" NAMED("a"), "cut off");
    refuses(WEFT_E_FORMAT, "--B\r\n\r\nx\r\n--B--", "no name");
    refuses(WEFT_E_FORMAT, "--B\r\n" NAMED("") "\r\nx\r\n--B--", "no name");
    refuses(WEFT_E_FORMAT, "--B\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--B--",
            "form-data");
    refuses(WEFT_E_FORMAT, "--B\r\nno colon\r\n\r\nx\r\n--B--", "':'");
    refuses(WEFT_E_UNSUPPORTED,
            "--B\r\n" NAMED("a") "Content-Transfer-Encoding: base64\r\n\r\nx\r\n--B--", "binary");
}

static void limits(void **state) {
    (void)state;
    static char body[200 * (WEFT_HTTP_PARTS_MAX + 2) + WEFT_HTTP_PART_HEADER_MAX];
    body[0] = '\0';
    for (int i = 0; i < WEFT_HTTP_PARTS_MAX; i++) strcat(body, "--B\r\n" NAMED("a") "\r\nx\r\n");
    size_t full = strlen(body);
    strcat(body, "--B--");
    assert_int_equal(parse(body), 0);
    assert_int_equal(count, WEFT_HTTP_PARTS_MAX);
    strcpy(body + full, "--B\r\n" NAMED("a") "\r\nx\r\n--B--");
    refuses(WEFT_E_LIMIT, body, "64 parts");

    strcpy(body, "--B\r\nX: ");
    memset(body + strlen(body), 'x', WEFT_HTTP_PART_HEADER_MAX);
    strcpy(body + 8 + WEFT_HTTP_PART_HEADER_MAX, "\r\n" NAMED("a") "\r\nx\r\n--B--");
    refuses(WEFT_E_LIMIT, body, "4096 bytes of headers");

    char boundary[WEFT_HTTP_BOUNDARY_MAX + 2] = "";
    memset(boundary, 'b', WEFT_HTTP_BOUNDARY_MAX + 1);
    assert_int_equal(
        weft_http_multipart_parse(weft_str_of("x"), weft_str_of(boundary), parts, &count, &err),
        WEFT_E_FORMAT);
    assert_int_equal(
        weft_http_multipart_parse(weft_str_of("x"), (weft_str){0}, parts, &count, &err),
        WEFT_E_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_file), cmocka_unit_test(nothing_inside),
        cmocka_unit_test(binary_bytes),  cmocka_unit_test(bad_bodies),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
