"""Shop words: what people call garments, colours, wearers and occasions.

Every table maps a catalog value to the phrases for it, the plainest first.
A phrase may stand under several values ("trainers" are Casual or Sports
Shoes); captions.py then counts all of them as right answers.
"""


def _table(text):
    """Lines 'Value: phrase, phrase' -> {value: [phrases]}."""
    rows = (line.split(":", 1) for line in text.strip().splitlines())
    return {key.strip(): [p.strip() for p in phrases.split(",")] for key, phrases in rows}


TYPES = _table("""
Tshirts: t-shirt, tshirt, tee, t shirt, tee shirt, round neck tee, polo shirt, crew neck t-shirt
Shirts: shirt, button-up shirt, button-down, collared shirt, dress shirt
Casual Shoes: casual shoe, shoe, sneaker, trainer, loafer, canvas shoe, footwear
Watches: watch, wristwatch, wrist watch, timepiece
Sports Shoes: sports shoe, sport shoe, running shoe, trainer, sneaker, gym shoe, athletic shoe, shoe, footwear
Kurtas: kurta, ethnic tunic, indian tunic, ethnic wear
Tops: top, blouse, women's top, ladies top
Handbags: handbag, purse, tote bag, tote, shoulder bag, hand bag, bag, ladies bag
Heels: heel, high heel, stiletto, pump, court shoe, heeled sandal, wedge, shoe, footwear
Sunglasses: sunglasses, shades, eyewear, sunnies
Flip Flops: flip flop, flip-flop, slipper, slide, thong sandal, beach slipper, footwear
Wallets: wallet, purse, billfold, card holder, coin purse
Sandals: sandal, open shoe, strappy sandal, floater, summer shoe, footwear
Briefs: brief, underwear, panty, underpants, knickers
Belts: belt, leather belt, waist belt
Backpacks: backpack, rucksack, school bag, knapsack, bag
Socks: socks, sock, ankle socks, hosiery
Formal Shoes: formal shoe, dress shoe, oxford, brogue, derby, office shoe, leather shoe, business shoe, shoe, footwear
Perfume and Body Mist: perfume, fragrance, body mist, scent, cologne, eau de toilette
Jeans: jeans, denim, denim trousers, denim pants, pants
Shorts: shorts, bermuda shorts, short pants
Trousers: trousers, pants, chinos, slacks, dress pants
Flats: flat, flat shoe, ballerina, ballet flat, flat sandal, slip-on, shoe, footwear
Bra: bra, brassiere, lingerie, underwear
Dresses: dress, frock, gown, sundress, summer dress
Sarees: saree, sari, indian drape, ethnic wear
Earrings: earrings, ear studs, drop earrings, jewellery, jewelry, studs
Deodorant: deodorant, deo, body spray, antiperspirant
Nail Polish: nail polish, nail paint, nail varnish, nail enamel
Lipstick: lipstick, lip colour, lip color, makeup
Track Pants: track pants, joggers, sweatpants, tracksuit bottoms, jogging bottoms, gym pants, pants
Clutches: clutch, clutch bag, evening bag, purse, bag
Caps: cap, baseball cap, hat, headwear
Sweatshirts: sweatshirt, hoodie, pullover, jumper, hooded top, sweat top
Sweaters: sweater, jumper, pullover, knit, cardigan, knitwear, woolly jumper, woollen
Ties: tie, necktie, neck tie
Jackets: jacket, coat, bomber jacket, windbreaker, outerwear
Innerwear Vests: vest, undershirt, inner vest, tank top, innerwear
Kurtis: kurti, short kurta, ethnic top, ethnic wear
Tunics: tunic, long top
Nightdress: nightdress, nightgown, nightie, sleepwear, nightwear
Pendant: pendant, locket, necklace, jewellery, jewelry
Capris: capris, capri, cropped trousers, three-quarter pants, pants
Leggings: leggings, legging, stretch pants, pants
Necklace and Chains: necklace, chain, jewellery, jewelry
Night suits: night suit, pyjamas, pajamas, pyjama set, sleepwear, nightwear
Trunk: trunk, boxer brief, men's underwear, underwear
Lip Gloss: lip gloss, gloss, makeup
Skirts: skirt, mini skirt, midi skirt, long skirt
Dupatta: dupatta, indian scarf, ethnic stole
Scarves: scarf, neck scarf, neckerchief
Ring: ring, finger ring, jewellery, jewelry
Accessory Gift Set: accessory gift set, gift set, tie and wallet set, gift box
Kajal and Eyeliner: eyeliner, kajal, kohl, eye pencil, makeup
Cufflinks: cufflinks, cuff links, shirt studs
Kurta Sets: kurta set, kurta pyjama, salwar suit, ethnic set, ethnic wear
Free Gifts: free gift, gift
Duffel Bag: duffel bag, gym bag, holdall, sports bag, bag
Stoles: stole, shawl, wrap, scarf
Bangle: bangle, bangles, jewellery, jewelry
Foundation and Primer: foundation, primer, face base, makeup
Laptop Bag: laptop bag, office bag, briefcase, computer bag, bag
Sports Sandals: sports sandal, outdoor sandal, floater, sandal, footwear
Bracelet: bracelet, wrist chain, jewellery, jewelry
Face Moisturisers: face moisturiser, face cream, moisturizer, skin cream, skincare
Jewellery Set: jewellery set, necklace and earrings set, jewelry set, jewellery, jewelry
Lounge Pants: lounge pants, pyjama bottoms, pajama pants, lounge trousers, pants
Fragrance Gift Set: fragrance gift set, perfume gift set, gift set
Highlighter and Blush: blush, blusher, highlighter, makeup
Boxers: boxers, boxer shorts, underwear
Mobile Pouch: mobile pouch, phone case, phone cover, phone pouch
Compact: compact, face powder, pressed powder, makeup
Lip Liner: lip liner, lip pencil, makeup
Messenger Bag: messenger bag, satchel, crossbody bag, sling bag, bag
Camisoles: camisole, cami, slip top, strappy top
Mufflers: muffler, winter scarf, woollen scarf, scarf
Patiala: patiala, patiala pants, ethnic trousers
Eyeshadow: eyeshadow, eye shadow, makeup
Suspenders: suspenders, braces
Jeggings: jeggings, denim leggings, pants
Salwar: salwar, shalwar, ethnic trousers
Churidar: churidar, ethnic leggings
Stockings: stockings, hosiery, tights
Lounge Shorts: lounge shorts, pyjama shorts, sleep shorts
Tracksuits: tracksuit, track suit, jogging suit, sweatsuit
Face Wash and Cleanser: face wash, cleanser, skincare
Sunscreen: sunscreen, sun cream, sunblock, skincare
Gloves: gloves, mittens
Rain Jacket: rain jacket, raincoat, waterproof jacket, anorak
Bath Robe: bathrobe, bath robe, dressing gown
Swimwear: swimwear, swimsuit, bikini, bathing suit, swimming costume
Jumpsuit: jumpsuit, playsuit, romper, one-piece
Waistcoat: waistcoat, vest, suit vest
Waist Pouch: waist pouch, bum bag, fanny pack, belt bag
Mascara: mascara, makeup
Water Bottle: water bottle, sipper, flask
Booties: booties, baby shoes
Rucksacks: rucksack, hiking backpack, trekking bag, bag
Rompers: romper, playsuit, baby suit
Clothing Set: clothing set, two-piece set, outfit set
Tights: tights, hosiery
Blazers: blazer, suit jacket, sports coat
Suits: suit, business suit
Nehru Jackets: nehru jacket, ethnic jacket
Lehenga Choli: lehenga choli, lehenga, ethnic gown
Trolley Bag: trolley bag, suitcase, luggage
Umbrellas: umbrella, brolly
Hat: hat, sun hat, headwear
Headband: headband, hair band
Shrug: shrug, bolero
Coats: coat, overcoat, winter coat, outerwear
Hoodies: hoodie, hooded sweatshirt, hooded top, pullover
Cardigans: cardigan, knit, knitwear, buttoned sweater
Boots: boot, ankle boot, footwear
Beanies: beanie, woolly hat, knit hat, winter hat
Bags: bag, handbag
Blouses: blouse, top
Polo Shirts: polo shirt, polo
Tank Tops: tank top, sleeveless top, vest
""")

COLOURS = _table("""
Black: black, jet black, dark
White: white, snow white, plain white
Blue: blue, mid blue, sky blue, denim blue, light blue
Brown: brown, chocolate, dark brown
Grey: grey, gray, silver grey
Red: red, bright red, scarlet, crimson
Green: green, bright green, dark green
Pink: pink, rose, light pink, hot pink
Navy Blue: navy blue, navy, dark blue, blue
Purple: purple, violet, plum
Silver: silver, silver tone, metallic
Yellow: yellow, lemon, bright yellow
Beige: beige, sand, tan, neutral
Gold: gold, golden, gold tone, metallic
Maroon: maroon, burgundy, wine, dark red
Orange: orange, tangerine
Olive: olive, olive green, khaki, army green
Multi: multicoloured, multi, multicolor, colourful, colorful
Cream: cream, ivory, off white, ecru, beige
Steel: steel, silver, steel grey, metallic
Charcoal: charcoal, dark grey, anthracite, charcoal grey
Peach: peach, apricot, light orange
Off White: off white, ivory, cream, white
Skin: skin, nude, skin colour, beige
Lavender: lavender, lilac, light purple
Khaki: khaki, tan, sand
Grey Melange: grey melange, heather grey, grey
Magenta: magenta, fuchsia, hot pink
Teal: teal, blue green, dark turquoise
Tan: tan, camel, light brown, cognac
Bronze: bronze, metallic brown
Mustard: mustard, mustard yellow, ochre
Copper: copper, metallic brown
Turquoise Blue: turquoise blue, turquoise, aqua
Rust: rust, rust orange, terracotta
Burgundy: burgundy, wine, maroon
Metallic: metallic, silver
Coffee Brown: coffee brown, coffee, dark brown, brown
Rose: rose, rose pink, pink
Mauve: mauve, dusky purple
Nude: nude, skin colour
Sea Green: sea green, aqua green, green
Mushroom Brown: mushroom brown, taupe, brown
Taupe: taupe, grey brown
Lime Green: lime green, lime, neon green
Fluorescent Green: fluorescent green, neon green
""")

GENDERS = _table("""
Men: men, man, mens, him, gentlemen, guys, male, men's
Women: women, woman, womens, her, ladies, female, women's, lady
Boys: boys, boy, kids, children, little boys, boy's
Girls: girls, girl, kids, children, little girls, girl's
Unisex: unisex, everyone, men and women
""")

SEASONS = _table("""
Summer: summer, hot weather, warm days
Fall: fall, autumn
Winter: winter, cold weather
Spring: spring
""")

# Occasion: (phrases used as "X {type}", phrases used as "{type} for X",
#            phrases that stand alone, usages, article types).
# A product fits if its usage or its article type is listed.
OCCASIONS = {
    "cold": ("cosy, cozy, warm, winter, thick, woollen, snug, chunky, soft", "winter, cold weather, chilly evenings, snow, cold days",
             "warm clothes, winter wear, something warm, cosy knitwear, winter clothing, cold weather outfit", "",
             "Sweaters, Sweatshirts, Jackets, Mufflers, Gloves, Coats, Hoodies, Cardigans, Beanies"),
    "office": ("formal, office, business, work, smart, professional, corporate", "the office, work, business, an interview, a meeting",
               "office outfit, office wear, formal wear, business attire, work clothes, interview outfit, smart outfit",
               "Formal, Smart Casual", "Formal Shoes, Ties, Trousers, Blazers, Suits, Laptop Bag, Cufflinks, Waistcoat"),
    "sport": ("sports, gym, workout, athletic, running, training, sporty, fitness", "the gym, sports, running, workout, jogging, training, exercise",
              "gym wear, sportswear, activewear, workout clothes, gym outfit, running gear, gym clothes", "Sports",
              "Sports Shoes, Track Pants, Tracksuits, Sports Sandals, Duffel Bag"),
    "party": ("party, evening, glamorous, cocktail, fancy, dressy, elegant", "a party, a night out, an evening out, a date, dancing",
              "party wear, night out outfit, party outfit, evening wear, date night look", "Party", "Heels, Clutches, Dresses, Jewellery Set"),
    "festive": ("ethnic, festive, traditional, indian, wedding, desi, ceremonial", "a wedding, a festival, diwali, ceremonies, puja, eid",
                "ethnic wear, festive wear, traditional indian clothes, wedding guest outfit, indian wear, festive kurta", "Ethnic",
                "Kurtas, Kurtis, Sarees, Kurta Sets, Lehenga Choli, Dupatta, Salwar, Churidar, Patiala, Nehru Jackets"),
    "beach": ("beach, summer, holiday, vacation", "the beach, holidays, the pool, vacation, hot weather, the seaside",
              "beach wear, beach outfit, holiday essentials, summer holiday, vacation outfit", "",
              "Flip Flops, Swimwear, Shorts, Sunglasses, Sandals, Hat, Sunscreen, Flats"),
    "rain": ("rainy day, waterproof, monsoon", "rain, rainy days, monsoon, wet weather", "rainwear, something for the rain", "",
             "Rain Jacket, Umbrellas, Rain Trousers"),
    "sleep": ("bedtime, comfy, sleep, lounge", "sleeping, bed, lounging at home, a lazy sunday", "sleepwear, nightwear, loungewear, comfy home clothes", "",
              "Nightdress, Night suits, Lounge Pants, Robe, Bath Robe, Baby Dolls, Lounge Shorts, Lounge Tshirts"),
    "travel": ("travel, cabin, weekend", "travel, a trip, a weekend away, commuting, carrying things", "luggage, travel bag, bags", "Travel",
               "Backpacks, Duffel Bag, Rucksacks, Trolley Bag, Laptop Bag, Messenger Bag, Handbags"),
    "gift": ("gift", "a gift, a present, an anniversary, a birthday", "gift idea, birthday present, anniversary gift", "",
             "Watches, Wallets, Earrings, Pendant, Perfume and Body Mist, Accessory Gift Set, Fragrance Gift Set, Cufflinks, Ties, Bracelet, Ring, Jewellery Set, Necklace and Chains"),
    "school": ("school, college, student", "school, college, university, class", "school bag, back to school", "", "Backpacks, Rucksacks"),
    "casual": ("casual, everyday, relaxed, comfortable, simple, daily", "every day, the weekend, daily wear, casual outings", "casual wear, everyday clothes, weekend outfit", "Casual", ""),
    "beauty": ("beauty", "a beauty routine, the vanity case", "beauty products, cosmetics, make-up, make up", "",
               "Lipstick, Nail Polish, Lip Gloss, Kajal and Eyeliner, Foundation and Primer, Compact, Lip Liner, Eyeshadow, Highlighter and Blush, Mascara, Concealer"),
}

# What shoppers type that no catalog says: the text tower learns from MiniLM
# where these belong.
STYLES = """cosy, cozy, warm, comfy, elegant, classy, chic, sporty, formal, smart, casual, vintage, retro, boho, bohemian, minimalist,
preppy, grunge, punk, gothic, streetwear, hipster, glamorous, sexy, cute, cool, trendy, fashionable, stylish, modern, classic, timeless,
luxury, designer, cheap, affordable, premium, lightweight, thick, thin, soft, fluffy, stretchy, tight, loose, baggy, oversized, slim fit,
skinny, wide leg, high waisted, low rise, cropped, long, short, knee length, floor length, sleeveless, long sleeve, short sleeve, v-neck,
crew neck, turtleneck, hooded, zipped, buttoned, striped, checked, plaid, floral, polka dot, printed, plain, solid, embroidered, sequinned,
leather, denim, cotton, wool, woollen, silk, satin, linen, lace, suede, velvet, canvas, cashmere, knitted, waterproof, breathable, padded,
quilted, reflective, shiny, matte, metallic, pastel, neon, bright, dark, light, colourful, monochrome, maternity, plus size, petite, tall,
handmade, sustainable, organic, vegan""".replace("\n", " ").split(", ")

QUERIES = """outfit for a summer wedding, office outfit, first date outfit, something for the beach, what to wear in the rain, running gear,
football jersey, cricket shirt, yoga clothes, hiking boots, gym clothes for women, back to school, gift for my father, gift for my mother,
gift for my girlfriend, gift for my boyfriend, birthday present, christmas jumper, halloween costume, black tie, cocktail dress, little black dress,
prom dress, wedding guest dress, bridal jewellery, engagement ring, job interview clothes, business casual, smart casual, weekend outfit,
lazy sunday, pyjama party, winter coat, snow boots, rain boots, wellington boots, leather jacket, biker jacket, denim jacket, puffer jacket,
trench coat, wool coat, fleece, ski gloves, woolly hat, sun hat, straw hat, baseball cap, aviator sunglasses, reading glasses, diver watch,
smart watch, digital watch, gold necklace, pearl earrings, silver ring, leather wallet, laptop backpack, school bag, travel bag, weekend bag,
evening clutch, shopping bag, tote bag, crossbody bag, high heels, stilettos, ballet flats, loafers, brogues, chelsea boots, sneakers,
white trainers, running shoes, football boots, flip flops, sandals, slippers, ankle socks, woollen socks, swimming trunks, bikini, boxer shorts,
sports bra, lingerie, stockings, leggings, ripped jeans, skinny jeans, chinos, cargo pants, tracksuit bottoms, pleated skirt, mini skirt,
maxi dress, summer dress, floral dress, polka dot dress, striped shirt, checked shirt, hawaiian shirt, polo shirt, graphic tee, band t-shirt,
hoodie, sweatshirt, cardigan, turtleneck, cosy jumper, christmas sweater, silk scarf, bow tie, cufflinks, suspenders, leather belt, umbrella,
red lipstick, nail varnish, perfume for women, aftershave, deodorant, sunscreen, moisturiser, party shoes, dancing shoes, baby clothes,
kids t-shirt, toddler dress, superhero t-shirt, cartoon print, animal print, leopard print, camouflage, tie dye, ethnic wear, saree for wedding,
festive kurta, diwali outfit, eid outfit, traditional dress""".replace("\n", " ").split(", ")
