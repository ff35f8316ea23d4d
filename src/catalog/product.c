#include "catalog/product.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "catalog/id_map.h"

static bool copy_string(const char **to, const char *from, weft_arena *arena) {
    *to = weft_arena_strdup(arena, from);
    return *to != NULL;
}

bool weft_product_copy(weft_product *to, const weft_product *from, weft_arena *arena) {
    *to = *from;
#define COPY(field) &&copy_string(&to->field, from->field, arena)
    return copy_string(&to->product_id, from->product_id, arena) COPY(product_display_name)
        COPY(image_path) COPY(image_digest) WEFT_PRODUCT_FACETS(COPY);
#undef COPY
}

/* ---- the sentence that is embedded ---- */

weft_str weft_product_value(weft_str text) {
    weft_str value = weft_str_trim(text);
    if (weft_str_eq(value, "NA") || weft_str_eq(value, "nan")) value.size = 0;
    return value;
}

/* Appends text if it is known, after the separator if something has been
 * appended since start. */
static void append_value(weft_buf *out, size_t start, const char *separator, const char *text) {
    weft_str value = weft_product_value(weft_str_of(text));
    if (!value.size) return;
    if (out->size > start) weft_buf_puts(out, separator);
    weft_buf_append(out, value.data, value.size);
}

/* "{name}. {gender} {color} {article type}, {season} {usage}", where what is not
 * known is left out together with the punctuation before it. It equals embed_text
 * of training/captions.py: a model reads best what it was trained on. */
void weft_product_text(const weft_product *product, weft_buf *out) {
    size_t start = out->size;
    append_value(out, start, "", product->product_display_name);

    const char *separator = ". ";
    const char *const parts[2][3] = {
        {product->gender, product->base_color, product->article_type},
        {product->season, product->usage, ""},
    };
    for (int i = 0; i < 2; i++) {
        size_t part = out->size;
        for (int j = 0; j < 3; j++) {
            const char *before = out->size == part ? separator : " ";
            append_value(out, start, before, parts[i][j]);
        }
        if (out->size > part) separator = ", ";
    }
}

/* ---- synthetic prices ---- */

typedef struct {
    const char *kind; /* an article type, sub-category or master category */
    double low, high;
} price_range;

/* What such things cost in an ordinary shop; the most particular name decides. */
/* clang-format off */
static const price_range price_ranges[] = {
    /* article types */
    {"Watches", 120, 3500}, {"Handbags", 80, 1600}, {"Backpacks", 45, 320},
    {"Clutches", 40, 380}, {"Laptop Bag", 55, 380}, {"Trolley Bag", 120, 900},
    {"Wallets", 28, 240}, {"Sunglasses", 45, 520}, {"Blazers", 140, 900}, {"Suits", 260, 1900},
    {"Jackets", 80, 750}, {"Nehru Jackets", 90, 420}, {"Rain Jacket", 60, 320},
    {"Sweaters", 42, 290}, {"Sweatshirts", 38, 190}, {"Jeans", 45, 280}, {"Trousers", 40, 240},
    {"Shorts", 26, 110}, {"Shirts", 32, 220}, {"Tshirts", 24, 95}, {"Tops", 24, 140},
    {"Kurtas", 30, 190}, {"Lehenga Choli", 180, 1800}, {"Dresses", 48, 620},
    {"Formal Shoes", 75, 620}, {"Sports Shoes", 60, 340}, {"Casual Shoes", 50, 320},
    {"Heels", 50, 520}, {"Booties", 70, 480}, {"Necklace and Chains", 40, 1400},
    {"Ring", 36, 2200}, {"Cufflinks", 30, 260}, {"Perfume and Body Mist", 30, 260},
    {"Ipad", 390, 1200},
    /* sub-categories */
    {"Bags", 40, 400}, {"Jewellery", 28, 600}, {"Saree", 70, 1200}, {"Dress", 48, 620},
    {"Apparel Set", 60, 420}, {"Shoes", 45, 380}, {"Sandal", 30, 180}, {"Flip Flops", 24, 70},
    {"Socks", 24, 38}, {"Innerwear", 24, 85}, {"Loungewear and Nightwear", 28, 130},
    {"Belts", 26, 180}, {"Ties", 26, 140}, {"Headwear", 24, 80}, {"Scarves", 26, 220},
    {"Fragrance", 26, 220},
    /* master categories */
    {"Apparel", 28, 220}, {"Footwear", 35, 300}, {"Accessories", 26, 240},
    {"Personal Care", 24, 90}, {"Sporting Goods", 24, 160}, {"Home", 24, 200},
    {"Free Items", 24, 40},
};
/* clang-format on */

static const price_range *find_range(const weft_product *product) {
    static const price_range anything = {"", 24, 400};
    const char *const names[] = {product->article_type, product->sub_category,
                                 product->master_category};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t j = 0; j < sizeof price_ranges / sizeof *price_ranges; j++)
            if (strcasecmp(names[i], price_ranges[j].kind) == 0) return &price_ranges[j];
    return &anything;
}

/* The two hashes are stirred (the finalizer of MurmurHash3) because FNV leaves
 * neighboring ids with neighboring high bits. */
static double uniform_of(const weft_product *product) {
    uint64_t h = weft_id_hash(product->product_id) * 31 + weft_id_hash(product->article_type);
    h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return (double)((h ^ h >> 33) >> 11) * 0x1p-53;
}

double weft_product_synthetic_price(const weft_product *product) {
    /* Log-uniform leans to the low end, as prices do; squaring the number leans
     * a little more, so that the dear ends of the ranges stay rare. */
    const price_range *range = find_range(product);
    double u = uniform_of(product);
    double price = range->low * pow(range->high / range->low, u * u * 0.5 + u * 0.5);
    if (price >= 200) price = round(price / 5) * 5;                 /* 245.00 */
    else if (price >= 24.5) price = (round(price) * 100 - 1) / 100; /* 38.99 */
    else price = 24;
    return fmin(fmax(price, 24), 3500);
}
