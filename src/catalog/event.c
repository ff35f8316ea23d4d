#include "catalog/event.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *type;
    const char *names[8]; /* up to the first NULL */
} types[] = {
    {"view", {"view", "views", "pv", "page_view", "product_view", "view_item", "detail"}},
    {"click", {"click", "clicks"}},
    {"add_to_cart", {"add_to_cart", "add_to_basket", "add_to_bag", "cart", "carts"}},
    {"purchase", {"purchase", "purchased", "buy", "order", "orders", "sale", "transaction"}},
};
enum { TYPE_COUNT = sizeof types / sizeof *types };

bool weft_event_type_is_known(const char *type) {
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strcmp(type, types[i].type) == 0) return true;
    return false;
}

const char *weft_event_type_of(weft_str name) {
    for (size_t i = 0; i < TYPE_COUNT; i++)
        for (size_t k = 0; types[i].names[k]; k++)
            if (weft_event_names_match(name, weft_str_of(types[i].names[k]))) return types[i].type;
    return NULL;
}

/* The next character that counts, in lower case; -1 at the end. */
static int next_letter(weft_str *s) {
    while (s->size) {
        char c = *s->data;
        *s = (weft_str){s->data + 1, s->size - 1};
        if (c == ' ' || c == '-' || c == '_') continue;
        return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
    }
    return -1;
}

bool weft_event_names_match(weft_str a, weft_str b) {
    int letter;
    do {
        letter = next_letter(&a);
        if (letter != next_letter(&b)) return false;
    } while (letter >= 0);
    return true;
}
