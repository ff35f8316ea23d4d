"""One piece from shoulder to hem: dresses, jumpsuits, and the saree."""

from colours import darker, lighter, thread
from shapes import band, box, common, mirror, oval, path
from tops import NECK, back_of_neck, block, neckline, sleeves, whole

# How far down each length ends, and how wide each skirt is there.
HEMS = {"": 420, "Midi": 444, "Maxi": 466}
WAIST = 236


def _bodice(pen, cloth, neck, sleeve):
    """Everything above the waist seam; returns the block it was cut by."""
    b = block(pen, hem=WAIST + 40)
    b.armpit, b.waist, b.hem = (b.armpit[0] - 2, 178), 60, (60, WAIST + 4)
    (sx, sy), (ax, ay), w = b.shoulder, b.armpit, b.waist
    if neck in ("Halter", "Strappy"):
        to = 24 if neck == "Halter" else 48
        pen.both(band(f"M 44 148 Q {46 if neck != 'Halter' else 40} 110 {to} 74", 7), cloth.plain(), shade=0.5)
        pen.piece(mirror("M 0 154 Q 40 146 60 148 L 66 180 L 0 190"), cloth.shadow(0.35))
        edge = "M 0 168 Q 22 158 44 136 Q 54 160"
        pen.piece(mirror(f"{edge} {ax} {ay} C {w + 8} 206 {w} 222 {w} {WAIST + 6} L 0 {WAIST + 8}"), cloth)
        pen.stitch(whole("M 0 174 Q 22 164 44 143"), thread(cloth.colour), 1)
        return b
    if neck == "Strapless":
        pen.piece(mirror("M 0 150 Q 40 150 66 144 L 66 180 L 0 190"), cloth.shadow(0.35))
        pen.piece(mirror(f"M 0 164 Q 14 142 40 144 Q 60 146 {ax - 2} 156 L {ax - 4} {ay + 8} C {w + 6} 206 {w} 222 {w} {WAIST + 6} L 0 {WAIST + 8}"), cloth)
        pen.seams("M 34 146 Q 40 190 34 236", cloth, 1)
        return b
    if sleeve == "Sleeveless":
        b.shoulder = (b.neck + 24, 96)
    line, depth = neckline(b, neck)
    back_of_neck(pen, b, cloth, min(depth, 150))
    sleeves(pen, b, cloth, {"Puff Sleeve": "Short Sleeve", "Bell Sleeve": "Three-Quarter Sleeve"}.get(sleeve, sleeve),
            puff=24 if sleeve == "Puff Sleeve" else 0, flare=18 if sleeve == "Bell Sleeve" else 0)
    sx, sy = b.shoulder
    pen.piece(mirror(f"{line} L {sx} {sy} Q {sx - 14} {sy + 44} {ax} {ay} C {w + 8} 206 {w} 222 {w} {WAIST + 6} L 0 {WAIST + 8}"), cloth)
    pen.folds("M 30 168 Q 44 200 34 234", 8, 0.18)
    pen.piece(band(whole(line), 4.5), cloth.plain(), shade=0.4)
    return b


def _skirt(pen, cloth, sweep, hem, fullness=3):
    bulge = sweep * 0.82
    pen.piece(mirror(f"M 0 {WAIST} L 61 {WAIST - 1} C {bulge} {WAIST + 40} {sweep - 8} {hem - 80} {sweep} {hem} Q {sweep * .5} {hem + 18} 0 {hem + 18}"), cloth)
    for i in range(fullness):
        k = (i + 0.4) / fullness
        pen.folds(f"M {56 * k + 3} {WAIST + 6} Q {bulge * k + 4} {(WAIST + hem) * .5} {sweep * k} {hem + 14}", 12, 0.22)
    pen.stitch(f"M {-sweep + 3} {hem - 8} Q 0 {hem + 24} {sweep - 3} {hem - 8}", thread(cloth.colour))


def dress(pen, cloth, style="Fit and Flare", neck="Round Neck", sleeve="Sleeveless", length="", waist=""):
    DRESSES[style](pen, cloth, neck, sleeve, HEMS[length])
    if waist == "Belted":
        pen.piece(box(-64, WAIST - 8, 64, WAIST + 8, 3), cloth.trim(), lift=1.2)
        pen.buckle(0, WAIST, 24, 24, (214, 178, 92), 4)
    elif waist == "Bow":
        bow = cloth.trim()
        pen.piece(box(-63, WAIST - 7, 63, WAIST + 7, 3), bow, lift=1)
        pen.both(f"M 2 {WAIST} C 14 {WAIST - 24} 36 {WAIST - 20} 36 {WAIST} C 36 {WAIST + 20} 14 {WAIST + 22} 2 {WAIST} Z", bow, lift=1.4)
        pen.both(f"M 0 {WAIST} Q 14 {WAIST + 30} 12 {WAIST + 60} L 24 {WAIST + 54} Q 22 {WAIST + 22} 6 {WAIST - 2} Z", bow, lift=1)
        pen.piece(oval(0, WAIST, 8, 9), bow, lift=1)


def _flared(pen, cloth, neck, sleeve, hem):
    _bodice(pen, cloth, neck, sleeve)
    _skirt(pen, cloth, 104 + (hem - 372) * 0.14 + pen.rng.uniform(0, 18), hem, 4)
    pen.seam(f"M -60 {WAIST} Q 0 {WAIST + 6} 60 {WAIST}", cloth)


def _shift(pen, cloth, neck, sleeve, hem):
    """Straight from the armpit, no waist seam."""
    b = block(pen, hem=hem + 40, flare=12)
    b.waist += 4
    if sleeve == "Sleeveless":
        b.shoulder = (b.neck + 24, 96)
    line, depth = neckline(b, neck)
    back_of_neck(pen, b, cloth, min(depth, 150))
    sleeves(pen, b, cloth, sleeve)
    pen.piece(b.body(line), cloth)
    pen.folds(f"M 40 190 Q 50 300 46 {hem - 20}", 11, 0.16)
    pen.fold(f"M 4 230 Q -4 320 6 {hem - 10}", 11, 0.14)
    pen.piece(band(whole(line), 4.5), cloth.plain(), shade=0.4)
    pen.stitch(f"M {-b.hem[0] + 3} {b.hem[1] - 8} Q 0 {b.hem[1] + 6} {b.hem[0] - 3} {b.hem[1] - 8}", thread(cloth.colour))


def _bodycon(pen, cloth, neck, sleeve, hem):
    _bodice(pen, cloth, neck, sleeve)
    pen.piece(mirror(f"M 0 {WAIST} L 60 {WAIST} C 72 {WAIST + 30} 86 {WAIST + 56} 84 {WAIST + 90} C 82 {hem - 60} 72 {hem - 20} 70 {hem - 10} Q 36 {hem - 4} 0 {hem - 4}"), cloth)
    pen.folds(f"M 40 {WAIST + 30} Q 56 {WAIST + 80} 44 {hem - 20}", 12, 0.18)
    for y in (WAIST + 18, WAIST + 44):
        pen.folds(f"M 66 {y} Q 34 {y + 14} 4 {y + 8}", 7, 0.14)


def _wrap(pen, cloth, neck, sleeve, hem):
    """Crosses over at the front and ties at the side."""
    _bodice(pen, cloth, "Deep V-Neck", sleeve)
    pen.seam(f"M 38 {NECK + 2} Q 20 160 -56 {WAIST - 4}", cloth, 1.6)
    pen.shade(f"M 36 {NECK + 8} Q 18 166 -56 {WAIST}", 7, 0.25)
    _skirt(pen, cloth, 100 + pen.rng.uniform(0, 12), hem, 3)
    pen.shade(f"M -40 {WAIST} C -20 {WAIST + 70} 20 {hem - 60} 44 {hem + 10}", 9, 0.25)
    pen.seam(f"M -42 {WAIST} C -22 {WAIST + 70} 18 {hem - 60} 42 {hem + 14}", cloth, 1.6)
    pen.piece(box(-62, WAIST - 8, 62, WAIST + 7, 3), cloth.plain(), lift=1)
    pen.piece(f"M -50 {WAIST} Q -66 {WAIST + 40} -58 {WAIST + 78} L -44 {WAIST + 72} Q -50 {WAIST + 36} -40 {WAIST} Z", cloth.plain(), lift=1)
    pen.piece(oval(-46, WAIST, 9, 10), cloth.plain(), lift=1)


def _tiered(pen, cloth, neck, sleeve, hem):
    """Three gathered tiers, widest at the hem."""
    step = (hem - WAIST) / 3
    for i in (2, 1, 0):
        top, bottom = WAIST + i * step, WAIST + (i + 1) * step + 8
        a, b = 60 + i * 22, 84 + i * 22
        pen.piece(mirror(f"M 0 {top} L {a} {top - 2} L {b} {bottom} Q {b * .5} {bottom + 12} 0 {bottom + 10}"), cloth, lift=1.3)
        for k in (0.1, 0.38, 0.66, 0.9):
            pen.folds(f"M {a * k} {top} Q {a * k * 1.06} {(top + bottom) / 2} {b * k * 1.02} {bottom + 6}", 6, 0.2)
    _bodice(pen, cloth, neck, sleeve)


def _shirt_dress(pen, cloth, neck, sleeve, hem):
    _bodice(pen, cloth, "V-Neck", sleeve)
    _skirt(pen, cloth, 90, hem - 6, 2)
    pen.piece(f"M -8 128 L 8 128 L 9 {hem + 11} L -9 {hem + 11} Z", cloth, shade=0.7, lift=0.5)
    for y in range(146, hem, 32):
        pen.button(0, y, 3)
    pen.both("M -1 126 Q 20 106 35 76 Q 46 80 48 94 L 50 140 L 8 132 Z", cloth, turn=30, lift=1.6)


DRESSES = {"Fit and Flare": _flared, "Shift": _shift, "Bodycon": _bodycon, "Wrap": _wrap, "Tiered": _tiered, "Shirt": _shirt_dress}


def jumpsuit(pen, cloth, neck="V-Neck", sleeve="Sleeveless", leg=""):
    _bodice(pen, cloth, neck, sleeve)
    ankle = 74 if leg == "Wide Leg" else 50
    pen.piece(mirror(f"M 0 {WAIST} L 60 {WAIST} C 70 264 80 290 80 320 L {ankle + 10} 486 Q {ankle * .5 + 10} 492 14 486 L 0 336"), cloth)
    pen.folds("M 4 336 Q 28 342 56 328", 7, 0.2)
    pen.folds(f"M 40 300 Q 46 380 {ankle * .5 + 12} 480", 10, 0.18)
    pen.piece(box(-62, WAIST - 7, 62, WAIST + 8, 3), cloth.trim(), lift=1)
    pen.both(f"M 0 {WAIST} Q 10 {WAIST + 26} 6 {WAIST + 56} L 17 {WAIST + 52} Q 18 {WAIST + 22} 6 {WAIST} Z", cloth.trim(), lift=1)


def saree(pen, cloth):
    """Folded to a long panel, the worked end turned to the front, the blouse piece laid on top."""
    gold = cloth.trim()
    for i, x in enumerate((-12, -6, 0)):
        pen.piece(box(-104 + x, 84 - i * 5, 104 + x, 452 - i * 5, 3), cloth.shadow(0.22 - i * 0.06), lift=1)
    body = pen.piece(box(-104, 66, 104, 440, 3), cloth, lift=1.4)
    for x in (-104, 80):
        pen.piece(common(body, box(x, 66, x + 24, 440)), gold, shade=0.6)
        for y in range(76, 436, 14):
            pen.fill(oval(x + 12, y, 4, 5.5), darker(cloth.colour, 0.1))
            pen.fill(oval(x + 12, y, 1.6), lighter(gold.colour, 0.3))
    for y in (150, 250):
        pen.fold(f"M -104 {y} Q 0 {y + 5} 104 {y}", 8, 0.2)
    pallu = pen.piece(box(-106, 330, 106, 446, 3), gold, lift=2)
    for y in (346, 430):
        pen.line(f"M -104 {y} L 104 {y}", cloth.colour, 5, 0.9)
    for i in range(7):
        x = -84 + i * 28
        pen.fill(path(f"M {x} 362 C {x + 18} 376 {x + 16} 404 {x} 412 C {x - 16} 404 {x - 18} 376 {x} 362 Z"), cloth.colour)
        pen.fill(oval(x, 393, 4.5, 6), lighter(gold.colour, 0.25))
    with pen.clip(pallu):
        pen.shade("M -106 334 L 106 334", 5, 0.2)
    for x in range(-102, 104, 6):
        pen.line(f"M {x} 446 L {x + pen.rng.uniform(-1, 1)} 460", gold.colour, 1.8)
