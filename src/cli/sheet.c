#include "cli/sheet.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "image/image.h"

enum { SHEET_PHOTO_HEIGHT = 256 };

static const char head[] =
    "<!doctype html>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>\n"
    "body{font:14px/1.4 system-ui,sans-serif;margin:2rem;color:#222;background:#fff}\n"
    "main{display:grid;grid-template-columns:repeat(auto-fill,minmax(180px,1fr));gap:1.5rem}\n"
    "figure{margin:0}img,.none{width:100%;height:240px;object-fit:contain;background:#f5f5f4;"
    "border-radius:6px;display:block}\n"
    "h2{font-size:1rem;margin:2rem 0 "
    ".6rem}figcaption{margin-top:.4rem}small{color:#777;display:block}\n"
    "</style>\n";

static void write_escaped(weft_buf *out, const char *text) {
    for (; *text; text++) {
        switch (*text) {
        case '<': weft_buf_puts(out, "&lt;"); break;
        case '>': weft_buf_puts(out, "&gt;"); break;
        case '&': weft_buf_puts(out, "&amp;"); break;
        case '"': weft_buf_puts(out, "&quot;"); break;
        default: weft_buf_putc(out, *text);
        }
    }
}

static void write_data_uri(weft_buf *out, const unsigned char *jpeg, size_t n) {
    char *text = n <= INT_MAX ? weft_alloc(n / 3 + 1, 4 + 1) : NULL; /* with room for the NUL */
    if (!text) {
        out->failed = true;
        return;
    }
    EVP_EncodeBlock((unsigned char *)text, jpeg, (int)n);
    weft_buf_printf(out, "<img alt=\"\" src=\"data:image/jpeg;base64,%s\">", text);
    weft_free(text);
}

/* The photo as a small JPEG; an empty frame where there is none to show. */
static void write_photo(weft_buf *out, const char *data_folder, const weft_product *product) {
    char path[PATH_MAX];
    weft_buf bytes;
    weft_image photo = {0}, small = {0};
    unsigned char *jpeg = NULL;
    size_t n = 0;
    weft_buf_init(&bytes);
    snprintf(path, sizeof path, "%s/%s", data_folder, product->image_path);
    bool shown = product->image_path[0] &&
                 !weft_file_read(path, WEFT_IMAGE_LIMITS_DEFAULT.max_bytes, &bytes, NULL) &&
                 !weft_image_decode(&photo, bytes.data, bytes.size, NULL, NULL);
    if (shown) {
        uint32_t height = photo.height < SHEET_PHOTO_HEIGHT ? photo.height : SHEET_PHOTO_HEIGHT;
        uint32_t width = (uint32_t)((uint64_t)photo.width * height / photo.height);
        shown = !weft_image_resize(&small, &photo, width ? width : 1, height, NULL) &&
                !weft_image_encode_jpeg(&small, 85, &jpeg, &n, NULL);
    }
    if (shown) write_data_uri(out, jpeg, n);
    else weft_buf_puts(out, "<div class=\"none\"></div>");
    weft_free(jpeg);
    weft_image_deinit(&small);
    weft_image_deinit(&photo);
    weft_buf_deinit(&bytes);
}

void weft_sheet_begin(weft_sheet *sheet, const char *title, const char *data_folder) {
    *sheet = (weft_sheet){.data_folder = data_folder};
    weft_buf_init(&sheet->out);
    weft_buf_puts(&sheet->out, head);
    weft_buf_puts(&sheet->out, "<title>");
    write_escaped(&sheet->out, title);
    weft_buf_puts(&sheet->out, "</title>\n<h1>");
    write_escaped(&sheet->out, title);
    weft_buf_puts(&sheet->out, "</h1>\n");
}

void weft_sheet_row(weft_sheet *sheet, const char *heading) {
    if (sheet->has_row) weft_buf_puts(&sheet->out, "</main>\n");
    if (heading[0]) weft_buf_puts(&sheet->out, "<h2>");
    write_escaped(&sheet->out, heading);
    if (heading[0]) weft_buf_puts(&sheet->out, "</h2>\n");
    weft_buf_puts(&sheet->out, "<main>\n");
    sheet->has_row = true;
}

void weft_sheet_add(weft_sheet *sheet, const weft_product *product, const char *note) {
    weft_buf *out = &sheet->out;
    weft_buf_puts(out, "<figure>");
    write_photo(out, sheet->data_folder, product);
    weft_buf_puts(out, "<figcaption>");
    write_escaped(out, product->product_display_name);
    weft_buf_puts(out, "<small>");
    write_escaped(out, note);
    weft_buf_puts(out, "</small><small>");
    write_escaped(out, product->base_color);
    weft_buf_putc(out, ' ');
    write_escaped(out, product->article_type);
    weft_buf_puts(out, "</small></figcaption></figure>\n");
}

weft_status weft_sheet_end(weft_sheet *sheet, const char *path, weft_err *err) {
    if (sheet->has_row) weft_buf_puts(&sheet->out, "</main>\n");
    weft_status status = weft_buf_ok(&sheet->out)
                             ? weft_file_write_atomic(path, sheet->out.data, sheet->out.size, err)
                             : weft_fail(err, WEFT_E_NOMEM, "%s: contact sheet", path);
    weft_buf_deinit(&sheet->out);
    return status;
}
