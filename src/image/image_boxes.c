#include "image/image_boxes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    GRID = 96,      /* cells of the longer side in which parts are looked for */
    DIFFERENT = 30, /* levels of a channel from the border's color */
    MAX_PARTS = 24, /* boxes that come from connected parts */
    CHANNELS = 3,
    MARGIN_PERCENT = 4, /* of a cut's longer side, left around the box */
};
static const float SMALLEST = 0.004f;    /* share of the photo that a part must fill */
static const float PLAIN_BORDER = 0.15f; /* share of the border that differs from its median */
/* Of windows on a plain ground: what they hold at least, and what they may cut at most. */
static const float FULL_ENOUGH = 0.35f, WHOLE_ENOUGH = 0.3f;
static const float DUPLICATE = 0.85f; /* overlap of boxes that are the same */

/* ---- the border ---- */

static int by_level(const void *a, const void *b) {
    return *(const unsigned char *)a - *(const unsigned char *)b;
}

/* The median color along the photo's edges. */
static weft_status border_color(const weft_image *image, unsigned char color[CHANNELS],
                                weft_err *err) {
    size_t w = image->width, h = image->height, n = 2 * (w + h);
    unsigned char *levels = weft_alloc(n, 1);
    if (!levels) return weft_fail(err, WEFT_E_NOMEM, "border of a photo");
    for (size_t c = 0; c < CHANNELS; c++) {
        size_t count = 0;
        for (size_t x = 0; x < w; x++) {
            levels[count++] = image->pixels[x * CHANNELS + c];
            levels[count++] = image->pixels[((h - 1) * w + x) * CHANNELS + c];
        }
        for (size_t y = 0; y < h; y++) {
            levels[count++] = image->pixels[y * w * CHANNELS + c];
            levels[count++] = image->pixels[(y * w + w - 1) * CHANNELS + c];
        }
        qsort(levels, count, 1, by_level);
        color[c] = levels[count / 2];
    }
    weft_free(levels);
    return WEFT_OK;
}

/* ---- connected parts ---- */

typedef struct {
    size_t width, height;   /* cells */
    unsigned char *differs; /* [height][width]; taken away as parts are found */
    uint32_t *stack;
} mask;

static weft_status mask_init(mask *m, const weft_image *image, weft_err *err) {
    uint32_t longer = image->width > image->height ? image->width : image->height;
    m->width = (size_t)GRID * image->width / longer + 1;
    m->height = (size_t)GRID * image->height / longer + 1;
    m->differs = weft_calloc(m->width * m->height, 1);
    m->stack = weft_alloc(m->width * m->height * 4, sizeof *m->stack);
    unsigned char ground[CHANNELS];
    if (!m->differs || !m->stack) return weft_fail(err, WEFT_E_NOMEM, "parts of a photo");
    weft_status status = border_color(image, ground, err);
    for (size_t y = 0; y < m->height && !status; y++)
        for (size_t x = 0; x < m->width; x++) {
            size_t px = x * (image->width - 1) / (m->width > 1 ? m->width - 1 : 1);
            size_t py = y * (image->height - 1) / (m->height > 1 ? m->height - 1 : 1);
            const unsigned char *p = image->pixels + (py * image->width + px) * CHANNELS;
            int most = 0;
            for (size_t c = 0; c < CHANNELS; c++) {
                int difference = abs((int)p[c] - (int)ground[c]);
                if (difference > most) most = difference;
            }
            m->differs[y * m->width + x] = most > DIFFERENT;
        }
    return status;
}

static void mask_deinit(mask *m) {
    weft_free(m->differs);
    weft_free(m->stack);
}

/* The box of the part that cell `from` belongs to, and how many cells it has; takes it away. */
static size_t take_part(mask *m, size_t from, weft_image_box *box) {
    size_t left = m->width, right = 0, top = m->height, bottom = 0, count = 0, n = 0;
    m->stack[n++] = (uint32_t)from;
    m->differs[from] = 0;
    while (n) {
        size_t at = m->stack[--n], x = at % m->width, y = at / m->width;
        count++;
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        if (y > bottom) bottom = y;
        for (int d = 0; d < 4; d++) {
            size_t nx = x + (size_t)((d == 0) - (d == 1)), ny = y + (size_t)((d == 2) - (d == 3));
            if (nx >= m->width || ny >= m->height || !m->differs[ny * m->width + nx]) continue;
            m->differs[ny * m->width + nx] = 0;
            m->stack[n++] = (uint32_t)(ny * m->width + nx);
        }
    }
    *box = (weft_image_box){(float)left / (float)m->width, (float)top / (float)m->height,
                            (float)(right - left + 1) / (float)m->width,
                            (float)(bottom - top + 1) / (float)m->height};
    return count;
}

/* ---- proposals ---- */

float weft_image_box_overlap(const weft_image_box *a, const weft_image_box *b) {
    float width = fminf(a->x + a->width, b->x + b->width) - fmaxf(a->x, b->x);
    float height = fminf(a->y + a->height, b->y + b->height) - fmaxf(a->y, b->y);
    if (width <= 0 || height <= 0) return 0;
    float both = width * height;
    return both / (a->width * a->height + b->width * b->height - both);
}

static void add_box(weft_image_box *boxes, size_t *n, size_t most, weft_image_box box) {
    if (*n >= most) return;
    for (size_t i = 0; i < *n; i++)
        if (weft_image_box_overlap(&boxes[i], &box) > DUPLICATE) return;
    boxes[(*n)++] = box;
}

/* Of a box the share of cells that differ from the ground, and the same along its edges. */
static void look_inside(const mask *m, const unsigned char *differs, const weft_image_box *box,
                        float *filled, float *cut) {
    size_t left = (size_t)(box->x * (float)m->width), top = (size_t)(box->y * (float)m->height);
    size_t right = left + (size_t)(box->width * (float)m->width);
    size_t bottom = top + (size_t)(box->height * (float)m->height);
    size_t inside = 0, all = 0, edge = 0, edges = 0;
    if (right >= m->width) right = m->width - 1;
    if (bottom >= m->height) bottom = m->height - 1;
    for (size_t y = top; y <= bottom; y++)
        for (size_t x = left; x <= right; x++) {
            bool is_edge = y == top || y == bottom || x == left || x == right;
            inside += differs[y * m->width + x];
            all++;
            edges += is_edge;
            edge += is_edge && differs[y * m->width + x];
        }
    *filled = all ? (float)inside / (float)all : 0;
    *cut = edges ? (float)edge / (float)edges : 0;
}

/* Windows of several sizes. Where the ground is plain, those that hold little, or cut through
 * what they hold, are left out. */
static void add_windows(const mask *m, const unsigned char *differs, bool is_plain,
                        weft_image_box *boxes, size_t *n) {
    static const struct {
        float width, height;
    } shapes[] = {{1, 0.5f},    {0.5f, 1},     {0.6f, 0.6f},  {0.8f, 0.4f},
                  {0.4f, 0.7f}, {0.5f, 0.35f}, {0.34f, 0.34f}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        float w = shapes[s].width, h = shapes[s].height, filled, cut;
        int across = w >= 1 ? 1 : w > 0.45f ? 3 : 4, down = h >= 1 ? 1 : h > 0.45f ? 3 : 4;
        for (int i = 0; i < down; i++)
            for (int j = 0; j < across; j++) {
                float x = across > 1 ? (1 - w) * (float)j / (float)(across - 1) : 0;
                float y = down > 1 ? (1 - h) * (float)i / (float)(down - 1) : 0;
                const weft_image_box box = {x, y, w, h};
                look_inside(m, differs, &box, &filled, &cut);
                if (!is_plain || (filled > FULL_ENOUGH && cut < WHOLE_ENOUGH))
                    add_box(boxes, n, WEFT_IMAGE_MAX_BOXES, box);
            }
    }
}

weft_status weft_image_propose(const weft_image *image, weft_image_box *boxes, size_t *n,
                               weft_err *err) {
    static const weft_image_box whole = {0, 0, 1, 1};
    mask m;
    float filled, at_border;
    *n = 0;
    weft_status status = mask_init(&m, image, err);
    float cells = (float)(m.width * m.height);
    unsigned char *differs = status ? NULL : weft_alloc(m.width * m.height, 1);
    if (!status && !differs) status = weft_fail(err, WEFT_E_NOMEM, "parts of a photo");
    if (status) {
        mask_deinit(&m);
        return status;
    }
    memcpy(differs, m.differs, m.width * m.height);
    look_inside(&m, differs, &whole, &filled, &at_border);
    for (size_t i = 0; i < m.width * m.height; i++) {
        weft_image_box box;
        if (!m.differs[i]) continue;
        if ((float)take_part(&m, i, &box) >= SMALLEST * cells) add_box(boxes, n, MAX_PARTS, box);
    }
    /* Several things on a plain ground are not one: the whole says nothing then. */
    bool is_plain = at_border < PLAIN_BORDER;
    if (!is_plain || *n < 2) add_box(boxes, n, WEFT_IMAGE_MAX_BOXES, whole);
    add_windows(&m, differs, is_plain, boxes, n);
    weft_free(differs);
    mask_deinit(&m);
    return WEFT_OK;
}

/* ---- cutting out ---- */

static weft_status check_box(const weft_image_box *box, weft_err *err) {
    bool inside = box->x >= 0 && box->y >= 0 && box->width > 0 && box->height > 0 &&
                  box->x + box->width <= 1.001f && box->y + box->height <= 1.001f;
    if (inside) return WEFT_OK;
    return weft_fail(err, WEFT_E_INVALID, "a box must lie within the photo, as shares of 0 to 1");
}

weft_status weft_image_cut(weft_image *out, const weft_image *image, const weft_image_box *box,
                           uint32_t max_side, weft_err *err) {
    unsigned char ground[CHANNELS];
    weft_image canvas = {0};
    *out = (weft_image){0};
    weft_status status = check_box(box, err);
    if (!status) status = border_color(image, ground, err);
    if (status) return status;
    uint32_t left = (uint32_t)(box->x * (float)image->width);
    uint32_t top = (uint32_t)(box->y * (float)image->height);
    if (left >= image->width) left = image->width - 1;
    if (top >= image->height) top = image->height - 1;
    uint32_t width = (uint32_t)ceilf(box->width * (float)image->width);
    uint32_t height = (uint32_t)ceilf(box->height * (float)image->height);
    if (width > image->width - left) width = image->width - left;
    if (height > image->height - top) height = image->height - top;
    if (!width) width = 1;
    if (!height) height = 1;
    uint32_t margin = (width > height ? width : height) * MARGIN_PERCENT / 100;
    canvas.width = width + 2 * margin;
    canvas.height = height + 2 * margin;
    if ((uint64_t)canvas.width * 4 > (uint64_t)canvas.height * 3)
        canvas.height = (uint32_t)((uint64_t)canvas.width * 4 / 3) + 1;
    else canvas.width = (uint32_t)((uint64_t)canvas.height * 3 / 4) + 1;
    canvas.pixels = weft_alloc((size_t)canvas.width * canvas.height, CHANNELS);
    if (!canvas.pixels) return weft_fail(err, WEFT_E_NOMEM, "part of a photo");
    for (size_t i = 0; i < (size_t)canvas.width * canvas.height; i++)
        memcpy(canvas.pixels + i * CHANNELS, ground, CHANNELS);
    size_t to_x = (canvas.width - width) / 2, to_y = (canvas.height - height) / 2;
    for (size_t y = 0; y < height; y++)
        memcpy(canvas.pixels + ((to_y + y) * canvas.width + to_x) * CHANNELS,
               image->pixels + ((size_t)(top + y) * image->width + left) * CHANNELS,
               (size_t)width * CHANNELS);
    if (canvas.height <= max_side) { /* it is higher than wide */
        *out = canvas;
        return WEFT_OK;
    }
    uint32_t narrow = (uint32_t)((uint64_t)canvas.width * max_side / canvas.height);
    status = weft_image_resize(out, &canvas, narrow ? narrow : 1, max_side, err);
    weft_image_deinit(&canvas);
    return status;
}
