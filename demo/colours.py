"""The dye book: what each catalog colour looks like, and what goes with it."""

DYES = {
    "Black": (36, 36, 40), "White": (247, 247, 248), "Off White": (242, 237, 222),
    "Cream": (245, 231, 198), "Beige": (220, 198, 164), "Tan": (196, 143, 88),
    "Khaki": (176, 158, 112), "Brown": (112, 70, 42), "Coffee Brown": (76, 49, 36),
    "Taupe": (146, 128, 116), "Nude": (231, 190, 166), "Grey": (140, 142, 147),
    "Grey Melange": (182, 183, 187), "Charcoal": (74, 77, 84), "Silver": (196, 199, 205),
    "Steel": (168, 174, 182), "Gold": (212, 170, 74), "Copper": (186, 112, 70), "Bronze": (150, 110, 62),
    "Red": (204, 32, 42), "Maroon": (118, 24, 36), "Burgundy": (94, 20, 48), "Rust": (182, 76, 34),
    "Orange": (240, 124, 34), "Peach": (252, 190, 156), "Mustard": (214, 160, 32), "Yellow": (248, 212, 52),
    "Lime Green": (164, 208, 52), "Green": (38, 132, 70), "Olive": (104, 106, 52), "Sea Green": (62, 164, 130),
    "Teal": (14, 118, 122), "Turquoise Blue": (52, 184, 200), "Blue": (44, 98, 186), "Navy Blue": (30, 42, 88),
    "Lavender": (188, 172, 222), "Purple": (106, 52, 142), "Magenta": (196, 30, 122), "Mauve": (178, 132, 158),
    "Pink": (244, 142, 174), "Rose": (214, 92, 112), "Multi": (248, 240, 224),
}

# Denim and leather are not dyed flat: these are their own shades of a colour.
DENIM = {"Blue": (74, 108, 156), "Navy Blue": (42, 56, 92), "Black": (48, 49, 54), "Grey": (128, 132, 138),
         "White": (240, 240, 238)}

_DARK = ["Black", "Navy Blue", "Charcoal", "Coffee Brown", "Brown", "Maroon", "Burgundy", "Purple", "Olive", "Teal"]
_GOES_WITH = {
    "Black": ["White", "Grey", "Red", "Cream"], "White": ["Navy Blue", "Black", "Red", "Blue", "Green"],
    "Off White": ["Navy Blue", "Maroon", "Olive", "Rust"], "Cream": ["Maroon", "Teal", "Brown", "Rust"],
    "Beige": ["Brown", "Navy Blue", "White"], "Navy Blue": ["White", "Red", "Cream", "Turquoise Blue"],
    "Blue": ["White", "Navy Blue", "Yellow"], "Red": ["White", "Black", "Navy Blue"],
    "Green": ["White", "Navy Blue", "Yellow"], "Yellow": ["White", "Navy Blue", "Orange"],
    "Pink": ["White", "Magenta", "Maroon"], "Purple": ["White", "Lavender", "Yellow"],
    "Grey": ["White", "Charcoal", "Navy Blue"], "Orange": ["White", "Navy Blue", "Maroon"],
    "Olive": ["Khaki", "Cream", "Black"], "Maroon": ["Cream", "Gold", "Pink"],
    "Brown": ["Cream", "Tan", "Orange"], "Teal": ["Cream", "Mustard", "White"],
    "Gold": ["Red", "Green", "Blue"], "Silver": ["Blue", "Purple", "Turquoise Blue"], "Steel": ["Navy Blue", "Black", "Blue"],
    "Copper": ["Teal", "Maroon", "Green"], "Bronze": ["Red", "Sea Green", "Black"],
    "Multi": ["Red", "Teal", "Mustard", "Blue"],
}


def accents(name, rng):
    """Three colours that go with the named one, the main companion first."""
    choices = _GOES_WITH.get(name) or (["White", "Cream", "Gold"] if name in _DARK else ["White", "Navy Blue", "Maroon"])
    first = rng.randrange(len(choices))
    return tuple(DYES[choices[(first + i) % len(choices)]] for i in range(3))


def mix(a, b, t):
    return tuple(x + (y - x) * t for x, y in zip(a, b))


def darker(colour, t):
    return mix(colour, (0, 0, 0), t)


def lighter(colour, t):
    return mix(colour, (255, 255, 255), t)


def brightness(colour):
    return (0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]) / 255


def thread(colour):
    """The colour of a seam: darker than the cloth, or lighter where the cloth is too dark for that."""
    return darker(colour, 0.38) if brightness(colour) > 0.26 else lighter(colour, 0.26)


def varied(colour, rng):
    """The same dye from another vat."""
    lift = rng.uniform(-5, 5)
    return tuple(min(255, max(0, c + lift + rng.uniform(-4, 4))) for c in colour)
