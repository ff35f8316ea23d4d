"""What the shop sells: every range, who it is for, and what the labels say.

A product's name is put together from the very words its drawing is made of, so
that whatever the name promises can be seen in the picture.
"""

import csv
import dataclasses
import random
import typing
import zlib

import accessories as a
import bottoms as b
import dresses as d
import footwear as f
import outerwear as o
import tops as t
from colours import DENIM, DYES, accents, varied
from studio import Cloth, photograph

FIRST_ID = 900001
HEADER = ["id", "gender", "masterCategory", "subCategory", "articleType", "baseColour",
          "season", "year", "usage", "productDisplayName"]

BRANDS = {
    "Men": ["Northlight", "Harrow & Vale", "Oakmere", "Tidewright", "Corvane", "Ashdown Mills", "Brasswell"],
    "Women": ["Alder & Finch", "Maison Ilvane", "Juniper Row", "Saffron Lane", "Wrenfield", "Lumisa", "Odelle"],
    "Kids": ["Little Larkin", "Pebblejack", "Tumbletown", "Mini Merrow"],
    "Sports": ["Velotrek", "Strydeon", "Kitefast"],
    "Ethnic": ["Rangmahi", "Suvarnika", "Indrani Loom"],
    "Jewellery": ["Auriselle", "Moonbract"],
    "Watches": ["Tickhaven", "Meridiem"],
}

SECTIONS = {
    "Topwear": ("Apparel", ["Tshirts", "Shirts", "Tops", "Tunics", "Kurtas", "Kurtis", "Sweaters", "Sweatshirts",
                            "Jackets", "Blazers", "Shrug", "Waistcoat", "Rain Jacket", "Nehru Jackets"]),
    "Bottomwear": ("Apparel", ["Jeans", "Trousers", "Shorts", "Skirts", "Leggings", "Capris", "Track Pants"]),
    "Dress": ("Apparel", ["Dresses", "Jumpsuit"]), "Saree": ("Apparel", ["Sarees"]),
    "Innerwear": ("Apparel", ["Innerwear Vests"]),
    "Shoes": ("Footwear", ["Casual Shoes", "Sports Shoes", "Formal Shoes", "Heels", "Flats"]),
    "Sandal": ("Footwear", ["Sandals", "Sports Sandals"]), "Flip Flops": ("Footwear", ["Flip Flops"]),
    "Bags": ("Accessories", ["Handbags", "Backpacks", "Clutches", "Laptop Bag", "Duffel Bag"]),
    "Wallets": ("Accessories", ["Wallets"]), "Belts": ("Accessories", ["Belts"]), "Ties": ("Accessories", ["Ties"]),
    "Scarves": ("Accessories", ["Scarves"]), "Stoles": ("Accessories", ["Stoles"]), "Socks": ("Accessories", ["Socks"]),
    "Headwear": ("Accessories", ["Caps", "Hat"]), "Gloves": ("Accessories", ["Gloves"]),
    "Umbrellas": ("Accessories", ["Umbrellas"]), "Eyewear": ("Accessories", ["Sunglasses"]),
    "Watches": ("Accessories", ["Watches"]), "Cufflinks": ("Accessories", ["Cufflinks"]),
    "Jewellery": ("Accessories", ["Earrings", "Necklace and Chains", "Bangle", "Bracelet", "Ring"]),
}
SECTION_OF = {article: (master, sub) for sub, (master, articles) in SECTIONS.items() for article in articles}

NEUTRALS = ["Black", "White", "Grey", "Navy Blue", "Beige"]
BRIGHTS = ["Red", "Blue", "Green", "Yellow", "Orange", "Pink", "Purple", "Turquoise Blue"]
SOFT = ["Peach", "Lavender", "Cream", "Pink", "Off White", "Sea Green", "Mauve"]
DEEP = ["Maroon", "Teal", "Olive", "Mustard", "Rust", "Burgundy", "Magenta"]
LEATHERS = ["Black", "Brown", "Tan", "Coffee Brown"]
SUITING = ["Black", "Navy Blue", "Charcoal", "Grey", "Brown", "Khaki", "Beige"]
METALS = ["Gold", "Silver", "Gold", "Silver", "Copper", "Bronze"]

# Some prints only make sense in their own colours.
_PRINT_COLOURS = {"Camouflage": ["Olive", "Khaki", "Green"], "Leopard": ["Beige", "Tan", "Cream"],
                  "Tie-Dye": ["White", "Blue", "Pink", "Purple", "Yellow"], "Houndstooth": ["White", "Grey", "Beige"],
                  "Pinstriped": ["Navy Blue", "Charcoal", "Black", "Blue", "Grey", "White"]}

SOLID = ("",)
NECKS = ("Round Neck", "V-Neck", "Scoop Neck")


@dataclasses.dataclass(frozen=True)
class Range:
    """So many pieces of one article, cut by one drawing in every mix of its options."""
    article: str
    noun: str
    count: int
    who: str
    draw: typing.Callable
    colours: list
    options: dict = dataclasses.field(default_factory=dict)
    patterns: tuple = SOLID
    materials: tuple = ("",)
    usage: tuple = ("Casual",)
    seasons: tuple = ("Summer", "Fall")
    brand: str = ""
    zoom: float = 1.0


RANGES = [
    # T-shirts
    Range("Tshirts", "T-Shirt", 10, "Men", t.tshirt, NEUTRALS + BRIGHTS + ["Grey Melange", "Olive", "Maroon"],
          dict(neck=("Round Neck", "V-Neck", "Henley"), sleeve=("", "", "Long Sleeve"), style=("", "", "Pocket"),
               fit=("", ", Slim Fit", ", Relaxed Fit")),
          ("", "", "Striped", "Color-Block", "Camouflage", "Tie-Dye", "Polka Dot"), ("Cotton", "")),
    Range("Tshirts", "T-Shirt", 6, "Men", t.tshirt, NEUTRALS + BRIGHTS + ["Mustard", "Teal"],
          dict(neck=("Round Neck",), style=("", "Ringer", "Raglan"), graphic=tuple(t.GRAPHICS))),
    Range("Tshirts", "T-Shirt", 8, "Men", t.tshirt, NEUTRALS + BRIGHTS + DEEP, dict(neck=("Polo",)),
          ("", "", "Striped", "Color-Block"), ("Cotton",), ("Casual", "Smart Casual", "Sports")),
    Range("Tshirts", "T-Shirt", 10, "Women", t.tshirt, NEUTRALS + BRIGHTS + SOFT,
          dict(neck=NECKS, sleeve=("", "Cap Sleeve", "Three-Quarter Sleeve", "Long Sleeve")),
          ("", "", "Striped", "Polka Dot", "Floral", "Leopard", "Tie-Dye"), ("Cotton", "")),
    Range("Tshirts", "T-Shirt", 4, "Women", t.tshirt, NEUTRALS + SOFT,
          dict(neck=("Round Neck", "Scoop Neck"),
               graphic=("Heart Graphic", "Star Graphic", "Sunset Graphic", "Wave Graphic"))),
    Range("Tshirts", "T-Shirt", 4, "Boys", t.tshirt, BRIGHTS + ["Navy Blue", "White"],
          dict(graphic=("", "Lightning Graphic", "Mountain Graphic", "Star Graphic"), style=("", "Raglan")),
          ("", "Striped")),
    Range("Tshirts", "T-Shirt", 3, "Girls", t.tshirt, BRIGHTS + SOFT,
          dict(graphic=("Heart Graphic", "Star Graphic", "Sunset Graphic"))),
    Range("Innerwear Vests", "Vest", 4, "Men", t.vest, ["White", "Black", "Grey Melange", "Navy Blue", "Grey"],
          dict(neck=("Round Neck", "Deep Neck")), SOLID, ("Cotton", "Ribbed")),

    # Shirts
    Range("Shirts", "Shirt", 13, "Men", t.shirt, NEUTRALS + BRIGHTS + DEEP,
          dict(collar=("", "Button-Down Collar", "Mandarin Collar"),
               sleeve=("Long Sleeve", "Long Sleeve", "Short Sleeve"), pocket=("", "Pocket", "Two Pocket"),
               fit=("", ", Slim Fit", ", Regular Fit")),
          ("Checked", "Checked", "Striped", "", "Floral", "Polka Dot", "Paisley", "Geometric", "Camouflage"),
          ("Cotton", "Linen", "")),
    Range("Shirts", "Formal Shirt", 9, "Men", t.shirt,
          ["White", "Blue", "Pink", "Lavender", "Grey", "Black", "Cream", "Navy Blue"],
          dict(collar=("", "Button-Down Collar"), sleeve=("Long Sleeve",), fit=("", ", Slim Fit")),
          ("", "", "Pinstriped", "Checked"), ("Cotton",), ("Formal",), ("Fall", "Winter", "Summer")),
    Range("Shirts", "Shirt", 3, "Men", t.shirt, ["Blue", "Navy Blue", "Black"],
          dict(pocket=("Two Pocket",), sleeve=("Long Sleeve",)), SOLID, ("Denim",), ("Casual",), ("Winter", "Fall")),
    Range("Shirts", "Shirt", 8, "Women", t.shirt, NEUTRALS + BRIGHTS + SOFT,
          dict(sleeve=("Long Sleeve", "Short Sleeve", "Three-Quarter Sleeve"), pocket=("", "Pocket")),
          ("", "Striped", "Checked", "Polka Dot", "Floral", "Pinstriped"), ("Cotton", "Satin", ""),
          ("Casual", "Formal", "Smart Casual")),
    Range("Shirts", "Shirt", 3, "Boys", t.shirt, BRIGHTS + ["Navy Blue"],
          dict(sleeve=("Long Sleeve", "Short Sleeve")), ("Checked", "Striped", "")),

    # Women's tops
    Range("Tops", "Top", 15, "Women", t.top, BRIGHTS + SOFT + DEEP + ["Black", "White"],
          dict(neck=("Round Neck", "V-Neck", "Scoop Neck", "Boat Neck", "Square Neck"),
               sleeve=("Sleeveless", "Cap Sleeve", "Puff Sleeve", "Bell Sleeve"), style=("", "Peplum", "Crop"),
               detail=("", "Bow", "Ruffle", "Button Front", "Tie Waist")),
          ("", "", "Floral", "Polka Dot", "Striped", "Paisley", "Chevron", "Leopard"), ("", "Satin"),
          ("Casual", "Casual", "Party")),
    Range("Tops", "Camisole Top", 5, "Women", t.top, SOFT + ["Black", "White", "Red", "Teal"],
          dict(sleeve=("Strappy",), neck=("V-Neck", ""), detail=("", "Ruffle Hem", "Lace Trim")),
          ("", "", "Floral", "Polka Dot"), ("Satin", "Cotton"), ("Casual", "Party"), ("Summer",)),
    Range("Tops", "Top", 4, "Women", t.top, BRIGHTS + ["White", "Black", "Teal"], dict(neck=("Off-Shoulder",)),
          ("", "Floral", "Striped", "Polka Dot"), ("",), ("Casual", "Party"), ("Summer",)),
    Range("Tops", "Top", 3, "Girls", t.top, BRIGHTS + SOFT,
          dict(sleeve=("Sleeveless", "Puff Sleeve"), detail=("", "Bow", "Ruffle")), ("Floral", "Polka Dot", "")),
    Range("Tunics", "Tunic", 8, "Women", t.tunic, BRIGHTS + DEEP + SOFT,
          dict(neck=("V-Neck", "Round Neck", "Scoop Neck"),
               sleeve=("Three-Quarter Sleeve", "Short Sleeve", "Long Sleeve"), detail=("", "Embroidered", "Belted")),
          ("", "Floral", "Paisley", "Chevron", "Geometric", "Striped"), ("Cotton", ""), ("Casual", "Ethnic"),
          ("Summer", "Fall")),
    Range("Kurtas", "Kurta", 10, "Men", t.kurta,
          ["White", "Cream", "Off White", "Maroon", "Blue", "Navy Blue", "Mustard", "Black", "Olive", "Sea Green",
           "Rust"],
          dict(collar=("Mandarin Collar",), sleeve=("Long Sleeve",), detail=("", "Embroidered", "Contrast Trim")),
          ("", "", "", "Striped", "Paisley"), ("Cotton", "Linen", "Silk"), ("Ethnic",), ("Summer", "Fall"),
          brand="Ethnic", zoom=1.02),
    Range("Kurtas", "Kurta", 8, "Women", t.kurti, BRIGHTS + DEEP + ["White", "Black"],
          dict(neck=("Round Neck", "V-Neck", "Boat Neck"), sleeve=("Three-Quarter Sleeve", "Long Sleeve"),
               detail=("", "Embroidered")), ("", "Floral", "Paisley", "Geometric", "Polka Dot"), ("Cotton", "Silk"),
          ("Ethnic",), ("Summer", "Fall"), brand="Ethnic", zoom=1.02),
    Range("Kurtis", "Kurti", 4, "Women", t.kurti, BRIGHTS + DEEP,
          dict(neck=("Round Neck", "V-Neck"), sleeve=("Short Sleeve", "Cap Sleeve"), detail=("", "Embroidered")),
          ("Floral", "Paisley", "", "Chevron"), ("Cotton",), ("Ethnic",), ("Summer",), brand="Ethnic", zoom=1.02),

    # Knitwear and fleece
    Range("Sweaters", "Sweater", 8, "Men", t.sweater,
          ["Grey", "Navy Blue", "Maroon", "Charcoal", "Cream", "Olive", "Brown", "Black", "Mustard"],
          dict(neck=("Round Neck", "V-Neck", "Turtle Neck"), style=("", "", "Sleeveless")),
          ("", "", "Argyle", "Striped", "Chevron"), ("Woollen", "Knitted"), ("Casual", "Smart Casual"),
          ("Winter", "Fall")),
    Range("Sweaters", "Sweater", 7, "Women", t.sweater,
          ["Red", "Pink", "Cream", "Lavender", "Grey", "Mustard", "Teal", "Black", "Beige", "Rust"],
          dict(neck=("Round Neck", "V-Neck", "Turtle Neck")), ("", "", "Argyle", "Striped", "Chevron"),
          ("Woollen", "Knitted"), ("Casual",), ("Winter", "Fall")),
    Range("Sweaters", "Sweater", 3, "Men", t.sweater, ["Cream", "Grey", "Navy Blue", "Olive"],
          dict(neck=("Round Neck", "Turtle Neck"), style=("Cable Knit",)), SOLID, ("Woollen",), ("Casual",),
          ("Winter",)),
    Range("Sweaters", "Sweater", 3, "Women", t.sweater, ["Red", "Beige", "Cream", "Teal"],
          dict(neck=("V-Neck", "Turtle Neck"), style=("Cable Knit",)), SOLID, ("Woollen",), ("Casual",), ("Winter",)),
    Range("Sweaters", "", 5, "Women", t.sweater, ["Grey", "Mustard", "Maroon", "Navy Blue", "Cream", "Pink", "Green"],
          dict(style=("Cardigan",)), ("", "", "Striped"), ("Woollen", "Knitted"), ("Casual",), ("Winter", "Fall")),
    Range("Sweatshirts", "Sweatshirt", 8, "Men", t.sweatshirt,
          NEUTRALS + ["Grey Melange", "Green", "Maroon", "Red", "Olive", "Blue"],
          dict(style=("Hooded", "Hooded Zip", "", "Hooded"), graphic=("", "", "Mountain Graphic", "Star Graphic")),
          ("", "", "", "Striped", "Camouflage"), ("Cotton", "Fleece"), ("Casual", "Sports"),
          ("Winter", "Fall")),
    Range("Sweatshirts", "Sweatshirt", 5, "Women", t.sweatshirt, SOFT + ["Grey Melange", "Teal", "Black", "Red"],
          dict(style=("Hooded", "Hooded Zip", ""), graphic=("", "", "Heart Graphic")), ("", "", "Leopard", "Striped"),
          ("Cotton", "Fleece"), ("Casual", "Sports"), ("Winter", "Fall")),
    Range("Sweatshirts", "Sweatshirt", 3, "Boys", t.sweatshirt, BRIGHTS + ["Navy Blue"],
          dict(style=("Hooded", "Hooded Zip")), SOLID, ("",), ("Casual",), ("Winter",)),

    # Outerwear
    Range("Jackets", "Jacket", 3, "Men", o.jacket, ["Black", "Olive", "Navy Blue", "Maroon", "Khaki"],
          dict(style=("Bomber",)), ("", "Camouflage"), ("",), ("Casual",), ("Winter", "Fall")),
    Range("Jackets", "Jacket", 3, "Men", o.jacket, ["Black", "Red", "Navy Blue", "Orange", "Grey"],
          dict(style=("Quilted",)), SOLID, ("Nylon",), ("Casual", "Travel"), ("Winter",)),
    Range("Jackets", "Jacket", 2, "Men", o.jacket, ["Blue", "Navy Blue", "Black"], dict(style=("",)), SOLID,
          ("Denim",), ("Casual",), ("Fall", "Winter")),
    Range("Jackets", "Jacket", 2, "Men", o.jacket, LEATHERS, dict(style=("Biker",)), SOLID, ("Leather",),
          ("Casual", "Party"), ("Winter",)),
    Range("Jackets", "Jacket", 3, "Men", o.jacket, ["Navy Blue", "Black", "Red", "Green", "Grey"],
          dict(style=("Track",)), SOLID, ("",), ("Sports",), ("Fall", "Winter"), brand="Sports"),
    Range("Jackets", "Jacket", 2, "Women", o.jacket, ["Red", "Purple", "Black", "Cream", "Pink"],
          dict(style=("Quilted",)), SOLID, ("Nylon",), ("Casual",), ("Winter",)),
    Range("Jackets", "Jacket", 2, "Women", o.jacket, ["Blue", "White", "Black"], dict(style=("",)), SOLID, ("Denim",),
          ("Casual",), ("Fall", "Winter")),
    Range("Jackets", "Jacket", 2, "Women", o.jacket, ["Black", "Tan", "Burgundy", "Brown"], dict(style=("Biker",)),
          SOLID, ("Leather",), ("Casual", "Party"), ("Winter", "Fall")),
    Range("Jackets", "Jacket", 2, "Women", o.jacket, ["Pink", "Black", "Olive", "Beige"], dict(style=("Bomber",)),
          ("", "Floral"), ("",), ("Casual",), ("Fall",)),
    Range("Blazers", "Blazer", 5, "Men", o.blazer, SUITING + ["Maroon"],
          dict(style=("Single-Breasted", "Single-Breasted", "Double-Breasted")), ("", "", "Pinstriped", "Checked"),
          ("Wool-Blend", "Linen", ""), ("Formal", "Smart Casual"), ("Winter", "Fall")),
    Range("Blazers", "Blazer", 4, "Women", o.blazer, ["Black", "Beige", "White", "Red", "Navy Blue", "Pink", "Grey"],
          dict(style=("Single-Breasted", "Double-Breasted")), ("", "", "Checked", "Pinstriped"), ("",),
          ("Formal", "Smart Casual"), ("Winter", "Fall")),
    Range("Waistcoat", "Waistcoat", 4, "Men", o.waistcoat, SUITING, {}, ("", "Pinstriped", "Checked", "Houndstooth"),
          ("",), ("Formal", "Smart Casual"), ("Winter", "Fall")),
    Range("Nehru Jackets", "Nehru Jacket", 4, "Men", o.nehru_jacket,
          ["Maroon", "Navy Blue", "Black", "Cream", "Olive", "Mustard"], {}, ("", "", "Checked", "Paisley"),
          ("Linen", "Silk"), ("Ethnic",), ("Fall", "Winter"), brand="Ethnic"),
    Range("Rain Jacket", "Hooded Rain Jacket", 2, "Women", o.rain_jacket, ["Yellow", "Red", "Navy Blue", "Teal"], {},
          ("", "Polka Dot"), ("Nylon",), ("Travel", "Casual"), ("Summer",)),
    Range("Rain Jacket", "Hooded Rain Jacket", 2, "Men", o.rain_jacket, ["Yellow", "Olive", "Navy Blue", "Orange"],
          {}, SOLID, ("Nylon",), ("Travel", "Casual"), ("Summer",)),
    Range("Shrug", "Shrug", 4, "Women", o.shrug, ["Black", "White", "Pink", "Teal", "Grey", "Maroon"],
          dict(sleeve=("Three-Quarter Sleeve", "Short Sleeve", "Long Sleeve")), ("", "", "Striped", "Floral"), ("",),
          ("Casual",), ("Summer", "Fall"), zoom=1.12),

    # Bottoms
    Range("Jeans", "Jeans", 8, "Men", b.jeans, ["Blue", "Navy Blue", "Black", "Grey"],
          dict(fit=("Regular Fit", "Slim Fit", "Skinny Fit"), wash=("", "Light Wash", "Faded"),
               finish=("", "", "Ripped", "Rolled Hem")), SOLID, ("Denim",), ("Casual",), ("Summer", "Fall", "Winter"),
          zoom=1.04),
    Range("Jeans", "Jeans", 7, "Women", b.jeans, ["Blue", "Navy Blue", "Black", "White"],
          dict(fit=("Skinny Fit", "Bootcut", "Regular Fit"), wash=("", "Light Wash", "Faded"),
               finish=("", "", "Ripped", "Rolled Hem")), SOLID, ("Denim",), ("Casual",), ("Summer", "Fall", "Winter"),
          zoom=1.04),
    Range("Jeans", "Jeans", 2, "Boys", b.jeans, ["Blue", "Navy Blue"], dict(fit=("Regular Fit",), wash=("", "Faded")),
          SOLID, ("Denim",), ("Casual",), ("Fall",)),
    Range("Trousers", "Trousers", 8, "Men", b.trousers, SUITING + ["Olive", "Cream"],
          dict(fit=("", "Slim Fit"), front=("Flat Front", "Pleated")), ("", "", "", "Pinstriped", "Checked"),
          ("Cotton", "Linen", ""), ("Formal", "Casual", "Smart Casual"), ("Summer", "Fall", "Winter"), zoom=1.04),
    Range("Trousers", "Cargo Trousers", 3, "Men", b.cargo, ["Khaki", "Olive", "Black", "Beige"], {},
          ("", "Camouflage"), ("Cotton",), ("Casual",), ("Fall", "Summer"), zoom=1.04),
    Range("Trousers", "Trousers", 6, "Women", b.trousers,
          ["Black", "Beige", "Navy Blue", "White", "Grey", "Maroon", "Teal"],
          dict(fit=("Slim Fit", "Wide Leg", ""), front=("", "Pleated")), ("", "", "Pinstriped", "Checked"),
          ("", "Linen"), ("Formal", "Casual"), ("Summer", "Fall"), zoom=1.04),
    Range("Shorts", "Shorts", 7, "Men", b.shorts, ["Beige", "Navy Blue", "Olive", "Grey", "Khaki", "Red", "White"],
          dict(style=("", "Cargo", "Bermuda")), ("", "", "Checked", "Camouflage", "Floral"), ("Cotton", "Linen"),
          ("Casual",), ("Summer",), zoom=1.1),
    Range("Shorts", "Shorts", 4, "Men", b.shorts, ["Black", "Blue", "Red", "Grey", "Lime Green", "Orange"],
          dict(style=("Running",)), SOLID, ("",), ("Sports",), ("Summer",), brand="Sports", zoom=1.1),
    Range("Shorts", "Shorts", 4, "Women", b.shorts, ["Blue", "White", "Navy Blue", "Black"], dict(style=("Hot", "")),
          SOLID, ("Denim",), ("Casual",), ("Summer",), zoom=1.14),
    Range("Shorts", "Shorts", 2, "Women", b.shorts, ["White", "Pink", "Mustard", "Black"], dict(style=("",)),
          ("Floral", "Polka Dot", "Striped"), ("Cotton",), ("Casual",), ("Summer",), zoom=1.14),
    Range("Shorts", "Shorts", 2, "Boys", b.shorts, ["Red", "Blue", "Khaki"], dict(style=("Cargo", "")),
          ("", "Checked"), ("Cotton",), ("Casual",), ("Summer",)),
    Range("Track Pants", "Track Pants", 7, "Men", b.track_pants,
          ["Black", "Navy Blue", "Grey Melange", "Grey", "Red", "Green"],
          dict(detail=("Side Stripe", "Double Stripe", "Triple Stripe", ""), hem=("", "Cuffed Hem")), SOLID,
          ("", "Cotton"), ("Sports",), ("Fall", "Winter", "Summer"), brand="Sports", zoom=1.04),
    Range("Track Pants", "Track Pants", 4, "Women", b.track_pants,
          ["Black", "Pink", "Purple", "Grey Melange", "Teal"],
          dict(detail=("Side Stripe", "Triple Stripe"), hem=("", "Cuffed Hem")), SOLID, ("",), ("Sports",),
          ("Fall", "Summer"), brand="Sports", zoom=1.04),
    Range("Leggings", "Leggings", 6, "Women", b.leggings,
          ["Black", "Navy Blue", "Maroon", "Purple", "Grey", "Green", "White", "Magenta"],
          dict(length=("", "", "Cropped")), ("", "", "Floral", "Leopard", "Geometric", "Striped"), ("Cotton", ""),
          ("Casual", "Sports", "Ethnic"), ("Summer", "Fall"), zoom=1.04),
    Range("Capris", "Capris", 4, "Women", b.capris, ["Black", "White", "Khaki", "Navy Blue", "Pink", "Beige"],
          dict(hem=("Rolled Hem", "")), ("", "", "Checked"), ("Cotton",), ("Casual",), ("Summer",), zoom=1.1),
    Range("Skirts", "Skirt", 11, "Women", b.skirt, BRIGHTS + DEEP + ["Black", "White", "Beige"],
          dict(style=("A-Line", "Pencil", "Pleated", "Maxi", "Tiered")),
          ("", "", "Floral", "Polka Dot", "Checked", "Striped", "Chevron", "Houndstooth"), ("",),
          ("Casual", "Formal", "Party"), ("Summer", "Fall"), zoom=1.04),
    Range("Skirts", "Skirt", 2, "Women", b.skirt, ["Blue", "Navy Blue", "Black"], dict(style=("Button-Front",)),
          SOLID, ("Denim",), ("Casual",), ("Summer",), zoom=1.1),
    Range("Skirts", "Skirt", 2, "Girls", b.skirt, BRIGHTS, dict(style=("Pleated", "Tiered", "A-Line")),
          ("", "Polka Dot", "Floral")),

    # Dresses and whole outfits
    Range("Dresses", "Dress", 11, "Women", d.dress, BRIGHTS + SOFT + DEEP + ["Black", "White", "Navy Blue"],
          dict(style=("Fit and Flare", "Tiered"),
               neck=("Round Neck", "V-Neck", "Square Neck", "Strappy", "Halter", "Boat Neck"),
               sleeve=("Sleeveless",), length=("", "Midi", "Maxi"), waist=("", "", "Belted", "Bow")),
          ("", "", "Floral", "Floral", "Polka Dot", "Striped", "Paisley", "Geometric", "Checked"),
          ("", "Cotton", "Satin"), ("Casual", "Party"), ("Summer",)),
    Range("Dresses", "Dress", 7, "Women", d.dress, BRIGHTS + DEEP + ["Black", "Navy Blue"],
          dict(style=("Wrap", "Shirt", "Fit and Flare"),
               sleeve=("Short Sleeve", "Three-Quarter Sleeve", "Long Sleeve", "Puff Sleeve"), length=("", "Midi")),
          ("", "Floral", "Polka Dot", "Striped", "Leopard"), ("", "Cotton"), ("Casual", "Formal"),
          ("Fall", "Summer")),
    Range("Dresses", "Dress", 5, "Women", d.dress, ["Black", "White", "Mustard", "Grey", "Red", "Teal", "Orange"],
          dict(style=("Shift",), neck=("Round Neck", "Boat Neck"),
               sleeve=("Sleeveless", "Short Sleeve", "Three-Quarter Sleeve")),
          ("", "Color-Block", "Geometric", "Chevron", "Houndstooth", "Tie-Dye"), ("",), ("Casual", "Formal"),
          ("Fall", "Summer")),
    Range("Dresses", "Dress", 5, "Women", d.dress, ["Black", "Red", "Gold", "Purple", "Maroon", "Silver", "Magenta"],
          dict(style=("Bodycon",), neck=("Strapless", "V-Neck", "Halter", "Strappy"), sleeve=("Sleeveless",)),
          ("", "", "Leopard"), ("Satin", ""), ("Party",), ("Winter", "Summer")),
    Range("Dresses", "Frock", 4, "Girls", d.dress, BRIGHTS + SOFT,
          dict(style=("Fit and Flare", "Tiered"), sleeve=("Sleeveless", "Puff Sleeve"), waist=("Bow", "Bow", "")),
          ("Floral", "Polka Dot", "Checked", "")),
    Range("Jumpsuit", "Jumpsuit", 4, "Women", d.jumpsuit, ["Black", "Navy Blue", "Red", "Olive", "Teal"],
          dict(neck=("V-Neck", "Strappy", "Halter"), sleeve=("Sleeveless",), leg=("", "Wide Leg")),
          ("", "", "Floral", "Striped"), ("",), ("Casual", "Party"), ("Summer",)),
    Range("Sarees", "Contrast Border Saree", 8, "Women", d.saree,
          ["Red", "Maroon", "Green", "Purple", "Magenta", "Blue", "Mustard", "Teal", "Pink", "Black"], {},
          ("", "Paisley", "Floral", "Checked", "Polka Dot"), ("Silk", "Cotton"), ("Ethnic", "Party"),
          ("Fall", "Winter", "Summer"), brand="Ethnic"),

    # Footwear
    Range("Casual Shoes", "Sneakers", 10, "Men", f.sneaker,
          NEUTRALS + ["Red", "Blue", "Green", "Olive", "Brown", "Maroon"],
          dict(style=("Low-Top", "High-Top", "Slip-On")), ("", "", "", "Checked", "Camouflage"), ("Canvas",),
          ("Casual",), ("Summer", "Fall")),
    Range("Casual Shoes", "Shoes", 6, "Men", f.loafer, LEATHERS + ["Navy Blue", "Beige"],
          dict(style=("Penny Loafer", "Boat", "Tassel Loafer")), SOLID, ("Leather", "Suede"),
          ("Casual", "Smart Casual"), ("Summer", "Fall")),
    Range("Casual Shoes", "Boots", 4, "Men", f.boots, LEATHERS, dict(style=("Lace-Up", "Chelsea")), SOLID,
          ("Leather", "Suede"), ("Casual",), ("Winter",)),
    Range("Casual Shoes", "Sneakers", 6, "Women", f.sneaker,
          ["White", "Pink", "Black", "Lavender", "Red", "Turquoise Blue"],
          dict(style=("Low-Top", "High-Top", "Slip-On")), ("", "", "Floral", "Polka Dot", "Leopard", "Striped"),
          ("Canvas",), ("Casual",), ("Summer",)),
    Range("Casual Shoes", "Sneakers", 3, "Boys", f.sneaker, ["Blue", "Red", "Green", "Navy Blue"],
          dict(style=("Low-Top", "High-Top")), ("",), ("Canvas",)),
    Range("Sports Shoes", "Running Shoes", 8, "Men", f.runner,
          ["Black", "Blue", "White", "Grey", "Red", "Navy Blue", "Lime Green", "Orange"], {}, SOLID, ("Mesh",),
          ("Sports",), ("Summer", "Fall"), brand="Sports"),
    Range("Sports Shoes", "Running Shoes", 5, "Women", f.runner,
          ["White", "Pink", "Purple", "Turquoise Blue", "Grey", "Black"], {}, SOLID, ("Mesh",), ("Sports",),
          ("Summer", "Fall"), brand="Sports"),
    Range("Formal Shoes", "Shoes", 10, "Men", f.formal, LEATHERS + ["Burgundy"],
          dict(style=("Oxford", "Derby", "Brogue", "Monk Strap", "Slip-On")), SOLID, ("Leather",), ("Formal",),
          ("Winter", "Fall", "Summer")),
    Range("Heels", "", 13, "Women", f.heels,
          ["Black", "Red", "Nude", "Gold", "Silver", "Pink", "Tan", "Purple", "Teal", "White", "Navy Blue"],
          dict(height=("High Heel", "Block Heel", "Kitten Heel", "Wedge Heel"),
               style=("Pumps", "Peep Toe Pumps", "Strappy Sandals", "Mary Jane Pumps")), ("", "", "", "", "Leopard"),
          ("Patent", "Suede", "Satin"), ("Party", "Formal", "Casual"), ("Summer", "Winter")),
    Range("Heels", "", 3, "Women", f.heels, ["Black", "Brown", "Tan", "Burgundy"],
          dict(height=("Block Heel", "High Heel"), style=("Ankle Boots",)), SOLID, ("Leather", "Suede"),
          ("Casual", "Party"), ("Winter",)),
    Range("Flats", "", 10, "Women", f.flats,
          ["Black", "Pink", "Red", "Nude", "Gold", "Navy Blue", "White", "Tan", "Silver", "Peach"],
          dict(style=("Ballerina Flats", "Bow Flats", "Pointed Toe Flats", "Ankle Strap Flats", "Mules")),
          ("", "", "", "Leopard", "Polka Dot", "Floral"), ("", "Suede", "Patent"), ("Casual", "Formal"),
          ("Summer", "Spring")),
    Range("Sandals", "Sandals", 5, "Men", f.sandals, LEATHERS, dict(style=("Two Strap", "Cross Strap")), SOLID,
          ("Leather",), ("Casual",), ("Summer",)),
    Range("Sandals", "Sandals", 5, "Women", f.sandals, ["Gold", "Tan", "Black", "White", "Silver", "Brown", "Red"],
          dict(style=("Gladiator", "T-Strap", "Cross Strap")), SOLID, ("",), ("Casual", "Party"), ("Summer",)),
    Range("Sports Sandals", "Sports Sandals", 4, "Men", f.sandals, ["Black", "Grey", "Navy Blue", "Olive", "Blue"],
          dict(style=("Velcro Strap",)), SOLID, ("",), ("Sports", "Casual"), ("Summer",), brand="Sports"),
    Range("Flip Flops", "Flip Flops", 6, "Men", f.flip_flops, ["Black", "Blue", "Navy Blue", "Green", "Red", "Grey"],
          dict(style=("", "Two-Tone")), ("", "", "Striped", "Camouflage"), ("",), ("Casual",), ("Summer",)),
    Range("Flip Flops", "Flip Flops", 4, "Women", f.flip_flops,
          ["Pink", "Yellow", "Turquoise Blue", "Purple", "White", "Orange"], dict(style=("", "Embellished")),
          ("", "Floral", "Polka Dot"), ("",), ("Casual",), ("Summer",)),

    # Bags and small leather goods
    Range("Handbags", "", 14, "Women", a.handbag,
          ["Black", "Brown", "Tan", "Red", "Beige", "Pink", "Teal", "Mustard", "White", "Purple", "Navy Blue"],
          dict(style=("Tote Bag", "Satchel", "Hobo Bag", "Bucket Bag", "Sling Bag")),
          ("", "", "", "", "Leopard", "Floral", "Houndstooth"), ("Leather", "Leather", "Suede"),
          ("Casual", "Formal", "Party"), ("Summer", "Winter")),
    Range("Backpacks", "Backpack", 8, "Unisex", a.backpack,
          ["Black", "Blue", "Grey", "Olive", "Red", "Navy Blue", "Purple", "Maroon"],
          dict(style=("", "Flap", "Two-Tone")), ("", "", "", "Camouflage", "Geometric", "Checked"),
          ("Canvas", "Nylon"), ("Casual", "Travel", "Sports"), ("Summer", "Fall")),
    Range("Backpacks", "Backpack", 2, "Girls", a.backpack, ["Pink", "Lavender", "Turquoise Blue"],
          dict(style=("", "Two-Tone")), ("Polka Dot", "Floral"), ("Canvas",)),
    Range("Laptop Bag", "Laptop Bag", 4, "Unisex", a.laptop_bag, ["Black", "Brown", "Grey", "Navy Blue", "Tan"],
          dict(style=("Messenger", "Slim")), SOLID, ("Leather", "Canvas"), ("Formal", "Travel"),
          ("Summer", "Winter")),
    Range("Duffel Bag", "Duffel Bag", 4, "Unisex", a.duffel, ["Navy Blue", "Black", "Red", "Grey", "Green"], {},
          ("", "", "Camouflage"), ("Canvas", "Nylon"), ("Travel", "Sports"), ("Summer",)),
    Range("Clutches", "Clutch", 8, "Women", a.clutch,
          ["Gold", "Silver", "Black", "Red", "Purple", "Pink", "Teal", "Cream"],
          dict(style=("Envelope", "Quilted", "Box", "Wristlet")), ("", "", "", "Leopard", "Floral"),
          ("Satin", "Leather", ""), ("Party",), ("Winter", "Summer"), zoom=1.02),
    Range("Wallets", "Wallet", 5, "Men", a.wallet, LEATHERS + ["Navy Blue"], dict(style=("Bifold",)), SOLID,
          ("Leather",), ("Casual", "Formal"), ("Summer", "Winter"), zoom=1.1),
    Range("Wallets", "Wallet", 4, "Women", a.wallet, ["Red", "Pink", "Black", "Tan", "Purple", "Mustard"],
          dict(style=("Zip Around", "Flap")), ("", "", "Leopard", "Floral"), ("Leather", ""), ("Casual",),
          ("Summer",), zoom=0.94),
    Range("Belts", "Belt", 8, "Men", a.belt, LEATHERS + ["Navy Blue"], dict(style=("", "Plate Buckle", "Braided")),
          SOLID, ("Leather",), ("Casual", "Formal"), ("Summer", "Fall")),
    Range("Belts", "Belt", 3, "Women", a.belt, ["Red", "Tan", "Gold", "White", "Black"],
          dict(style=("", "Plate Buckle")), ("", "", "Leopard"), ("Leather", ""), ("Casual",), ("Summer",)),

    # Cloth accessories
    Range("Ties", "Tie", 8, "Men", a.tie, ["Navy Blue", "Maroon", "Black", "Red", "Grey", "Purple", "Green", "Blue"],
          dict(style=("", "Slim")), ("", "Striped", "Striped", "Polka Dot", "Paisley", "Checked"), ("Silk", ""),
          ("Formal",), ("Winter", "Summer"), zoom=1.05),
    Range("Scarves", "Scarf", 7, "Women", a.scarf, ["Red", "Mustard", "Grey", "Teal", "Pink", "Cream", "Navy Blue"],
          dict(style=("Fringed", "")), ("", "Checked", "Striped", "Floral", "Leopard", "Polka Dot"),
          ("Woollen", "Cotton"), ("Casual",), ("Winter", "Fall"), zoom=1.06),
    Range("Scarves", "Scarf", 2, "Men", a.scarf, ["Charcoal", "Navy Blue", "Brown"], dict(style=("Fringed",)),
          ("", "Checked", "Striped"), ("Woollen",), ("Casual",), ("Winter",), zoom=1.06),
    Range("Stoles", "Fringed Stole", 5, "Women", a.stole,
          ["Magenta", "Teal", "Mustard", "Maroon", "Black", "Off White", "Purple"], {},
          ("", "Paisley", "Floral", "Geometric", "Striped"), ("Silk", "Cotton"), ("Ethnic", "Casual"),
          ("Fall", "Winter"), brand="Ethnic", zoom=1.06),
    Range("Caps", "Cap", 7, "Unisex", a.cap, ["Black", "Red", "Blue", "White", "Navy Blue", "Olive", "Khaki", "Grey"],
          dict(style=("", "Two-Tone", "Embroidered")), ("", "", "", "Camouflage", "Checked"), ("Cotton",),
          ("Casual", "Sports"), ("Summer",)),
    Range("Hat", "Hat", 3, "Women", a.hat, ["Beige", "Cream", "Tan"], dict(style=("Sun",)), SOLID, ("Straw",),
          ("Casual", "Travel"), ("Summer",)),
    Range("Hat", "Hat", 3, "Men", a.hat, ["Charcoal", "Brown", "Black", "Grey"], dict(style=("Fedora",)),
          ("", "Checked"), ("Felt",), ("Casual", "Smart Casual"), ("Fall",)),
    Range("Gloves", "Gloves", 2, "Women", a.gloves, ["Maroon", "Grey", "Pink", "Cream"], dict(style=("", "Two-Tone")),
          ("", "Striped"), ("Knitted",), ("Casual",), ("Winter",)),
    Range("Gloves", "Gloves", 2, "Men", a.gloves, ["Black", "Brown"], {}, SOLID, ("Leather",), ("Casual",),
          ("Winter",)),
    Range("Socks", "Socks", 9, "Men", a.socks, ["Black", "Navy Blue", "Grey", "White", "Maroon", "Green"],
          dict(length=("Ankle Length", "Calf Length"), pack=("", ", Pack of 2")),
          ("", "Striped", "Argyle", "Polka Dot"), ("Cotton",), ("Casual", "Formal", "Sports"),
          ("Winter", "Summer"), zoom=1.12),
    Range("Socks", "Socks", 4, "Women", a.socks, ["Pink", "White", "Lavender", "Red", "Yellow"],
          dict(length=("Ankle Length",), pack=("", ", Pack of 2")), ("", "Polka Dot", "Striped", "Floral"),
          ("Cotton",), ("Casual",), ("Winter", "Summer"), zoom=1.12),
    Range("Umbrellas", "Umbrella", 3, "Unisex", a.umbrella, ["Black", "Red", "Navy Blue", "Yellow", "Purple"], {},
          ("", "Polka Dot", "Striped", "Floral"), ("",), ("Casual", "Travel"), ("Summer",)),

    # Eyes, wrists and jewellery
    Range("Sunglasses", "Sunglasses", 7, "Men", a.sunglasses, ["Black", "Gold", "Silver", "Brown", "Navy Blue"],
          dict(style=("Wayfarer", "Aviator", "Rectangular"), lens=("", "Brown Lens", "Blue Lens", "Green Lens")),
          SOLID, ("",), ("Casual",), ("Summer",)),
    Range("Sunglasses", "Sunglasses", 5, "Women", a.sunglasses,
          ["Black", "Red", "Brown", "Purple", "Gold", "White", "Pink"],
          dict(style=("Cat Eye", "Round", "Wayfarer"), lens=("", "Brown Lens")), SOLID, ("",), ("Casual",),
          ("Summer",)),
    Range("Watches", "Watch", 6, "Men", a.watch, ["Brown", "Black", "Tan", "Navy Blue"],
          dict(face=("Analog", "Chronograph"), dial=("White Dial", "Black Dial", "Blue Dial"),
               strap=("Leather Strap",)), SOLID, ("",), ("Casual", "Formal"), ("Winter",), brand="Watches",
          zoom=0.97),
    Range("Watches", "Watch", 4, "Men", a.watch, ["Steel", "Silver", "Gold", "Black"],
          dict(face=("Analog", "Chronograph"), dial=("White Dial", "Black Dial", "Blue Dial"),
               strap=("Metal Strap",)), SOLID, ("",), ("Formal", "Casual"), ("Winter",), brand="Watches", zoom=0.97),
    Range("Watches", "Watch", 3, "Unisex", a.watch, ["Black", "Red", "Blue", "Olive", "White"],
          dict(face=("Digital",), strap=("Rubber Strap",)), SOLID, ("",), ("Sports",), ("Winter", "Summer"),
          brand="Watches", zoom=0.97),
    Range("Watches", "Watch", 7, "Women", a.watch, ["Gold", "Silver", "Copper", "Gold"],
          dict(face=("Analog",), dial=("White Dial", "Pink Dial", "Gold Dial", "Black Dial"), strap=("Metal Strap",)),
          SOLID, ("",), ("Casual", "Party"), ("Winter",), brand="Watches", zoom=0.97),
    Range("Watches", "Watch", 4, "Women", a.watch, ["Red", "White", "Pink", "Tan", "Purple"],
          dict(face=("Analog",), dial=("White Dial", "Pink Dial"), strap=("Leather Strap",)), SOLID, ("",),
          ("Casual",), ("Winter",), brand="Watches", zoom=0.97),
    Range("Earrings", "Earrings", 10, "Women", a.earrings, METALS,
          dict(style=("Hoop", "Stud", "Drop", "Jhumka", "Chandelier")), SOLID, ("",),
          ("Casual", "Party", "Ethnic"), ("Winter", "Summer"), brand="Jewellery", zoom=1.12),
    Range("Necklace and Chains", "Necklace", 8, "Women", a.necklace, METALS,
          dict(style=("Chain", "Layered", "Statement", "Heart Pendant", "Drop Pendant")), SOLID, ("",),
          ("Casual", "Party"), ("Winter", "Summer"), brand="Jewellery"),
    Range("Necklace and Chains", "Necklace", 3, "Women", a.necklace,
          ["White", "Turquoise Blue", "Red", "Purple", "Green"], dict(style=("Beaded",)), SOLID, ("",),
          ("Casual", "Ethnic"), ("Summer",), brand="Jewellery"),
    Range("Bangle", "Bangles, Set of 4", 4, "Women", a.bangles, METALS, dict(style=("", "Two-Tone", "Studded")),
          SOLID, ("",), ("Ethnic", "Party"), ("Winter", "Summer"), brand="Jewellery"),
    Range("Bracelet", "Bracelet", 4, "Women", a.bracelet, METALS, dict(style=("Charm", "Beaded", "Cuff")), SOLID,
          ("",), ("Casual", "Party"), ("Summer",), brand="Jewellery"),
    Range("Ring", "Ring", 4, "Women", a.ring, METALS, dict(style=("Solitaire", "Cluster", "Band")), SOLID, ("",),
          ("Party", "Casual"), ("Summer",), brand="Jewellery"),
    Range("Cufflinks", "Cufflinks, Set of 2", 3, "Men", a.cufflinks, ["Silver", "Gold", "Steel"],
          dict(style=("Square", "Round")), SOLID, ("",), ("Formal",), ("Winter", "Fall"), brand="Jewellery",
          zoom=1.1),
]


@dataclasses.dataclass(frozen=True)
class Product:
    id: int
    made: Range
    colour: str
    pattern: str
    material: str
    options: dict
    season: str
    year: int
    usage: str
    name: str
    seed: int

    def row(self):
        master, sub = SECTION_OF[self.made.article]
        return [self.id, self.made.who, master, sub, self.made.article, self.colour,
                self.season, self.year, self.usage, self.name]

    def photo(self):
        """The product's picture."""
        rng = random.Random(self.seed)
        dyes = DENIM if self.material == "Denim" else DYES
        surface = self.material or ("Melange" if self.colour == "Grey Melange" else "")
        cloth = Cloth(varied(dyes[self.colour], rng), accents(self.colour, rng), self.pattern, surface, self.seed)
        zoom = self.made.zoom
        worn = self.made.article not in ("Backpacks", "Casual Shoes")
        grow = (zoom * 0.94, zoom * 0.8) if self.made.who in ("Boys", "Girls") and worn else (zoom, zoom)
        return photograph(lambda pen: self.made.draw(pen, cloth, **self.options), self.made.who, self.seed, grow)


def _name(brand, made, colour, pattern, material, options):
    spoken = [word for word in options.values() if not word.startswith(",")]
    suffix = "".join(word for word in options.values() if word.startswith(","))
    return " ".join(filter(None, [brand, made.who, colour, pattern, material, *spoken, made.noun])) + suffix


def _brand(made, rng):
    house = made.brand or ("Kids" if made.who in ("Boys", "Girls") else made.who)
    return rng.choice(BRANDS.get(house) or BRANDS["Men"] + BRANDS["Women"])


def catalog(seed):
    """Every product, in a shop's mixed order; the same seed gives the same shop."""
    found, names = [], set()
    for made in RANGES:
        rng = random.Random(f"{seed} {made.article} {made.who} {made.noun} {made.options}")
        shelf = _shuffled_forever(made.colours, rng)
        prints = _shuffled_forever(made.patterns, rng)
        cuts = {key: _shuffled_forever(values, rng) for key, values in made.options.items()}
        made_so_far = 0
        while made_so_far < made.count:
            pattern, colour = next(prints), next(shelf)
            if pattern in _PRINT_COLOURS and colour not in _PRINT_COLOURS[pattern]:
                allowed = [c for c in made.colours if c in _PRINT_COLOURS[pattern]]
                colour = rng.choice(allowed or _PRINT_COLOURS[pattern])
            options = {key: next(values) for key, values in cuts.items()}
            material = rng.choice(made.materials)
            name = _name(_brand(made, rng), made, colour, pattern, material, options)
            if name in names:
                continue
            names.add(name)
            made_so_far += 1
            found.append(dict(made=made, colour=colour, pattern=pattern, material=material, options=options,
                              season=rng.choice(made.seasons), year=rng.randint(2023, 2026),
                              usage=rng.choice(made.usage), name=name, seed=zlib.crc32(f"{seed} {name}".encode())))
    random.Random(seed).shuffle(found)
    return [Product(id=FIRST_ID + i, **each) for i, each in enumerate(found)]


def _shuffled_forever(values, rng):
    """Deals the values out like a deck of cards, shuffled anew each time round."""
    while True:
        deck = list(values)
        rng.shuffle(deck)
        yield from deck


def write_csv(products, file):
    with open(file, "w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(HEADER)
        rows.writerows(product.row() for product in products)
