/* synth_segments.h - the seed's eight segments of users. For synth.c only. */
#ifndef WEFT_RECOMMEND_SYNTH_SEGMENTS_H
#define WEFT_RECOMMEND_SYNTH_SEGMENTS_H

enum { SEGMENT_COUNT = 8, SEGMENT_TYPES = 12, SEGMENT_COLORS = 8, SEGMENT_USAGES = 3 };

/* In the words of the catalog that the demo has; of what a catalog has not, nothing is preferred.
 * Lists end with NULL. */
typedef struct {
    const char *name;
    double part;                        /* of all users */
    const char *types[SEGMENT_TYPES];   /* article types */
    const char *colors[SEGMENT_COLORS]; /* base colors */
    const char *usages[SEGMENT_USAGES]; /* usages */
    double cheapest, dearest;           /* quantiles of the catalog's prices */
} segment;

static const segment segments[SEGMENT_COUNT] = {
    {"casual",
     0.22,
     {"Tshirts", "Jeans", "Casual Shoes", "Shirts", "Shorts", "Sweatshirts", "Backpacks",
      "Flip Flops", "Tops", "Jackets"},
     {"Blue", "Black", "White", "Grey", "Navy Blue", "Green"},
     {"Casual"},
     0.15,
     0.75},
    {"formal",
     0.13,
     {"Shirts", "Trousers", "Formal Shoes", "Ties", "Blazers", "Belts", "Watches", "Heels",
      "Laptop Bag", "Cufflinks", "Suits"},
     {"Black", "White", "Navy Blue", "Grey", "Brown", "Blue"},
     {"Formal", "Smart Casual"},
     0.3,
     0.95},
    {"athletic",
     0.15,
     {"Sports Shoes", "Track Pants", "Tshirts", "Shorts", "Tracksuits", "Sports Sandals", "Caps",
      "Backpacks", "Sweatshirts", "Duffel Bag", "Socks"},
     {"Black", "White", "Blue", "Red", "Grey", "Green"},
     {"Sports"},
     0.2,
     0.9},
    {"trendy",
     0.14,
     {"Dresses", "Tops", "Heels", "Handbags", "Sunglasses", "Jackets", "Clutches", "Earrings",
      "Jeans", "Nail Polish", "Lipstick"},
     {"Red", "Pink", "Purple", "Black", "Yellow", "Orange", "Gold"},
     {"Party", "Casual"},
     0.3,
     0.9},
    {"vintage",
     0.1,
     {"Kurtas", "Sarees", "Kurtis", "Tunics", "Flats", "Bangle", "Earrings", "Dupatta", "Watches",
      "Handbags", "Waistcoat"},
     {"Brown", "Maroon", "Beige", "Olive", "Mustard", "Rust", "Cream"},
     {"Ethnic"},
     0.15,
     0.8},
    {"minimalist",
     0.1,
     {"Tshirts", "Shirts", "Watches", "Trousers", "Wallets", "Casual Shoes", "Handbags", "Sweaters",
      "Flats", "Jeans"},
     {"Black", "White", "Grey", "Beige", "Navy Blue", "Off White"},
     {"Casual", "Formal"},
     0.25,
     0.8},
    {"luxury",
     0.06,
     {"Watches", "Handbags", "Sunglasses", "Perfume and Body Mist", "Heels", "Jackets",
      "Formal Shoes", "Wallets", "Blazers", "Clutches"},
     {"Black", "Gold", "Silver", "Brown", "White", "Steel"},
     {"Casual", "Formal", "Party"},
     0.7,
     1},
    {"budget",
     0.1,
     {"Tshirts", "Flip Flops", "Kurtas", "Tops", "Socks", "Casual Shoes", "Earrings", "Sandals",
      "Wallets", "Briefs", "Leggings"},
     {"Blue", "Black", "Red", "Green", "White", "Pink"},
     {"Casual"},
     0,
     0.35},
};

#endif
