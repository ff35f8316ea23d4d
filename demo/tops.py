"""Everything worn above the waist, next to the skin: T-shirts, shirts, tops, knitwear, kurtas.

A garment's options are the words of its name ("V-Neck", "Long Sleeve", ...), so
that what the catalog says is what is drawn. Numbers are left to chance.
"""

import dataclasses
import math

from colours import brightness, darker, lighter, thread
from shapes import band, box, common, cut, flip, join, mirror, oval, path, star

NECK = 84  # the height of the point where neck meets shoulder


@dataclasses.dataclass
class Block:
    """The pattern cutter's block of the right half of a body."""
    neck: float
    shoulder: tuple
    armpit: tuple
    waist: float
    hem: tuple
    flare: float = 0.0

    def body(self, neckline):
        """The front, from its neckline to its hem."""
        (sx, sy), (ax, ay), (hx, hy) = self.shoulder, self.armpit, self.hem
        middle = (ay + hy) / 2
        return mirror(f"{neckline} L {sx} {sy} Q {sx - 14} {sy + 44} {ax} {ay} "
                      f"C {ax - 2} {ay + 40} {self.waist} {middle - 40} {self.waist} {middle - 8} "
                      f"C {self.waist} {middle + 30} {hx - self.flare} {hy - 60} {hx} {hy} "
                      f"Q {hx * .5} {hy + 7} 0 {hy + 7}")


def block(pen, hem=424, fit=0.0, flare=0.0, neck=0.0):
    """A block for the wearer, with the small differences between one maker and the next."""
    slack, drop = pen.rng.uniform(-4, 4) + fit, pen.rng.uniform(-10, 10)
    if pen.feminine:
        return Block(39 + neck, (84 + slack, 106), (76 + slack, 182), 66 + slack, (78 + slack + flare, hem - 8 + drop), flare * .4)
    return Block(37 + neck, (102 + slack, 108), (92 + slack, 192), 89 + slack, (91 + slack + flare, hem + drop), flare * .4)


def neckline(b, style):
    """The right half of the front neckline, and how deep it dips."""
    n = b.neck
    if style == "V-Neck":
        return f"M 0 152 Q {n * .7} 118 {n} {NECK}", 152
    if style == "Deep V-Neck":
        return f"M 0 186 Q {n * .6} 138 {n} {NECK}", 186
    if style == "Scoop Neck":
        return f"M 0 144 C {n * .8} 144 {n} 116 {n + 4} {NECK + 1}", 144
    if style == "Boat Neck":
        return f"M 0 102 Q {n + 4} 101 {n + 18} {NECK + 6}", 102
    if style == "Square Neck":
        return f"M 0 136 L {n} 136 L {n + 6} {NECK + 2}", 136
    return f"M 0 116 C {n * .66} 116 {n * .94} 104 {n} {NECK}", 116


def whole(half):
    """Both sides of a half line."""
    line = path(half)
    line.addPath(flip(line))
    return line


def back_of_neck(pen, b, cloth, depth):
    """The inside of the back, seen through the neck, with its label."""
    n = b.neck
    pen.piece(mirror(f"M 0 97 Q {n * .6} 96 {n + 6} {NECK} L {n + 8} {NECK + 14} L {n * .8} {depth} L 0 {depth + 10}"),
              cloth.plain(darker(cloth.colour, 0.3)), shade=1.6)
    pen.label(0, 102, cloth=cloth)


# The end of a sleeve, outer and inner corner, measured from the shoulder point; and the tilt of its print.
SLEEVES = {"Cap Sleeve": ((18, 52), (-6, 74), -22), "Short Sleeve": ((48, 88), (12, 108), -32),
           "Three-Quarter Sleeve": ((56, 196), (24, 208), -17), "Long Sleeve": ((62, 268), (34, 276), -13)}


def sleeves(pen, b, cloth, length, cuff=0.0, cuff_cloth=None, puff=0.0, flare=0.0):
    """A pair of sleeves, laid under the body; `cuff` is the depth of a cuff, `puff` the fullness at the shoulder."""
    if length not in SLEEVES:
        return
    (ox, oy), (ix, iy), turn = SLEEVES[length]
    (sx, sy), (ax, ay) = b.shoulder, b.armpit
    ox, oy, ix, iy = sx + ox + flare, sy + oy, sx + ix - flare * .4, sy + iy + flare * .2
    bulge = 10 + puff
    shape = (f"M {sx - 22} {sy - 4} L {sx - 1} {sy - puff * .5} C {sx + bulge + 4} {sy + 8} {ox - 16 + puff * .7} {sy + (oy - sy) * .5} {ox} {oy} "
             f"L {ix} {iy} C {ix - 6} {iy - (iy - ay) * .4} {ax + 8} {ay + 16} {ax} {ay} L {ax - 22} {ay - 10} Z")
    pen.both(shape, cloth, turn)
    pen.folds(f"M {ax + 6} {ay - 12} Q {ax + 20} {ay + 8} {(ox + ix) / 2 - 4} {iy - (iy - ay) * .45}", 8, 0.2)
    if length in ("Long Sleeve", "Three-Quarter Sleeve"):
        pen.folds(f"M {ix + 2} {iy - 96} Q {ix + 12} {iy - 84} {ox - 8} {oy - 96}", 6, 0.16)
        pen.folds(f"M {ix} {iy - 40} Q {ix + 10} {iy - 34} {ox - 10} {oy - 52}", 5, 0.14)
    along = math.atan2(iy - ay, ix - ax)
    ux, uy = math.cos(along), math.sin(along)
    if cuff:
        band_shape = (f"M {ox - ux * cuff + 1} {oy - uy * cuff} L {ox + 1} {oy} {ix - 1} {iy} {ix - ux * cuff - 1} {iy - uy * cuff} Z")
        pen.both(band_shape, cuff_cloth or cloth, turn)
    else:
        pen.stitches(f"M {ox - ux * 6} {oy - uy * 6} L {ix - ux * 6} {iy - uy * 6}", thread(cloth.colour))


def hem_stitch(pen, b, cloth):
    hx, hy = b.hem
    pen.stitch(path(f"M {-hx + 2} {hy - 7} Q 0 {hy + 6} {hx - 2} {hy - 7}"), thread(cloth.colour))


def body_folds(pen, b, depth=0.15):
    """How a body drapes: from the armpits, and loosely from the chest."""
    (ax, ay), (hx, hy) = b.armpit, b.hem
    pen.folds(f"M {ax - 4} {ay + 6} Q {ax - 30} {ay + 50} {ax - 36} {ay + 104}", 9, depth)
    pen.folds(f"M {hx - 20} {hy - 4} Q {hx - 30} {hy - 60} {b.waist - 28} {hy - 110}", 9, depth)
    pen.drape(3, depth=depth * 0.8)


# ---------------------------------------------------------------- T-shirts

def _mountain(pen, ink1, ink2):
    pen.fill(oval(26, 196, 17), ink2)
    pen.fill("M -58 262 L -14 186 12 226 26 210 58 262 Z", ink1)
    pen.fill("M -14 186 L -27 209 -16 204 -8 212 -2 203 Z", (250, 250, 250))


def _stars(pen, ink1, ink2):
    pen.fill(star(0, 220, 44), ink1)
    pen.fill(star(0, 220, 22), ink2)


def _sunset(pen, ink1, ink2):
    pen.fill(oval(0, 220, 42), ink1)
    for i, y in enumerate((222, 234, 246, 256)):
        pen.fill(box(-46, y, 46, y + 3 + i), ink2)


def _heart(pen, ink1, ink2):
    pen.fill(mirror("M 0 200 C 12 176 52 178 50 210 C 48 234 16 250 0 268"), ink1)
    pen.line("M -26 208 Q -26 194 -12 192", ink2, 5)


def _bolt(pen, ink1, ink2):
    pen.fill(oval(0, 222, 46), ink2)
    pen.fill("M 12 178 L -26 230 -4 230 -12 266 26 212 4 212 Z", ink1)


def _wave(pen, ink1, ink2):
    for i, colour in enumerate((ink1, ink2, ink1)):
        y = 204 + 20 * i
        pen.line(f"M -56 {y} Q -42 {y - 20} -28 {y} Q -14 {y + 20} 0 {y} Q 14 {y - 20} 28 {y} Q 42 {y + 20} 56 {y}", colour, 9)


GRAPHICS = {"Mountain Graphic": _mountain, "Star Graphic": _stars, "Sunset Graphic": _sunset,
            "Heart Graphic": _heart, "Lightning Graphic": _bolt, "Wave Graphic": _wave}


def _polo_collar(pen, cloth):
    pen.piece(box(-9, 118, 9, 196, 2), cloth, lift=1)
    pen.stitch("M -6 120 L -6 193 M 6 120 L 6 193", thread(cloth.colour))
    for y in (134, 158, 182):
        pen.button(0, y, 3)
    pen.both("M 0 120 L 8 128 L 26 150 Q 42 124 46 92 L 36 78 Q 20 100 0 104 Z", cloth.plain(), lift=1.6)


def tshirt(pen, cloth, neck="", sleeve="", graphic="", fit="", style=""):
    b = block(pen, fit={", Slim Fit": -7, ", Relaxed Fit": 9}.get(fit, 0))
    polo = neck == "Polo"
    line, depth = neckline(b, neck)
    arm = cloth.trim() if style == "Raglan" else cloth
    back_of_neck(pen, b, cloth, depth)
    sleeves(pen, b, arm, sleeve or "Short Sleeve", cuff=9 if polo or sleeve == "Long Sleeve" else 0, cuff_cloth=cloth.plain())
    pen.piece(b.body(line), cloth)
    body_folds(pen, b)
    if style == "Raglan":
        (sx, sy), (ax, ay) = b.shoulder, b.armpit
        pen.both(common(path(f"M {b.neck - 12} 60 L {sx + 10} {sy - 20} {ax + 2} {ay - 2} Q {b.neck + 8} 150 {b.neck - 12} 112 Z"), b.body(line)), arm, -32)
    hem_stitch(pen, b, cloth)
    if graphic:
        GRAPHICS[graphic](pen, *cloth.accents[:2])
    if style == "Pocket":
        pen.piece("M 28 172 L 66 170 L 67 208 L 48 218 L 30 210 Z", cloth, lift=0.8)
        pen.stitch("M 30 180 L 66 178", thread(cloth.colour))
    if polo:
        _polo_collar(pen, cloth)
    else:
        rib = cloth.trim() if style == "Ringer" else cloth.plain()
        pen.piece(band(whole(line), 9), rib, shade=0.6)
        if neck == "Henley":
            pen.piece(box(-9, 116, 9, 184, 3), cloth, lift=0.8)
            for y in (130, 150, 170):
                pen.button(0, y, 3)


def vest(pen, cloth, neck="Round Neck"):
    """A sleeveless vest."""
    b = block(pen)
    b.shoulder, b.neck = (b.neck + 24, 94), b.neck - 2
    depth = 168 if neck == "Deep Neck" else 148
    line = f"M 0 {depth} C {b.neck * .8} {depth} {b.neck} 122 {b.neck} {NECK}"
    back_of_neck(pen, b, cloth, 120)
    pen.piece(b.body(line), cloth)
    body_folds(pen, b)
    hem_stitch(pen, b, cloth)
    (sx, sy), (ax, ay) = b.shoulder, b.armpit
    pen.piece(band(whole(line), 7), cloth.plain(), shade=0.5)
    pen.both(band(f"M {sx - 1} {sy} Q {sx - 15} {sy + 44} {ax - 1} {ay - 1}", 6), cloth.plain(), shade=0.5)


# ---------------------------------------------------------------- shirts

def _shirt_collar(pen, cloth, style, spread=0.0):
    """A stand with two leaves, or a plain band."""
    if style == "Mandarin Collar":
        pen.piece("M -36 86 Q 0 112 36 86 L 33 72 Q 0 92 -33 72 Z", cloth.shadow(0.2))
        pen.both("M 1 124 Q 22 116 38 86 L 31 74 Q 20 100 -1 108 Z", cloth, lift=1)
        return
    pen.piece("M -38 84 Q 0 60 38 84 L 30 100 Q 0 92 -30 100 Z", cloth.shadow(0.28))
    pen.label(0, 84, cloth=cloth)
    leaf = f"M -2 112 Q 20 100 34 74 Q 46 78 48 92 L {42 + spread} 142 L 6 118 Z"
    pen.both(leaf, cloth, turn=35, lift=1.8)
    pen.stitches(f"M 8 114 L {40 + spread} 136 L 44 94", thread(cloth.colour), 1)
    if style == "Button-Down Collar":
        for side in (-1, 1):
            pen.button(side * (38 + spread), 134, 2.2)
    pen.button(0, 116, 2.8)


def shirt(pen, cloth, collar="", sleeve="Long Sleeve", pocket="", fit=""):
    b = block(pen, hem=430, fit={", Slim Fit": -7, ", Regular Fit": 3}.get(fit, 0))
    (hx, hy), line = b.hem, f"M 0 130 L {b.neck} {NECK}"
    button = darker(cloth.colour, 0.55) if brightness(cloth.colour) > 0.72 and pen.rng.random() < .3 else (246, 244, 238)
    sleeves(pen, b, cloth, sleeve, cuff=26 if sleeve == "Long Sleeve" else 0)
    if sleeve == "Long Sleeve":
        (ox, oy), (ix, iy), _ = SLEEVES[sleeve]
        for side in (-1, 1):
            pen.button(side * (b.shoulder[0] + ix + 9), b.shoulder[1] + iy - 15, 2.4, button)
    shape = b.body(line)
    tail = mirror(f"M 0 {hy - 90} L {hx + 20} {hy - 90} L {hx + 6} {hy - 34} Q {hx * .9} {hy + 2} {hx * .45} {hy + 9} L 0 {hy + 10}")
    pen.piece(join(cut(shape, box(-200, hy - 60, 200, 520)), common(join(shape, box(-hx, hy - 60, hx, hy + 12)), tail)), cloth)
    body_folds(pen, b)
    (sx, sy) = b.shoulder
    pen.seams(f"M {b.neck + 6} {NECK + 18} Q {sx * .7} {sy + 10} {sx - 6} {sy + 22}", cloth, 1)
    pen.piece(f"M -9 126 L 9 126 L 9 {hy + 8} L -9 {hy + 8} Z", cloth, shade=0.7, lift=0.5)
    pen.stitch(f"M -6 128 L -6 {hy + 5} M 6 128 L 6 {hy + 5}", thread(cloth.colour), 1)
    for i in range(7):
        pen.button(0, 146 + i * (hy - 166) / 6.5, 2.9, button)
    if pocket:
        for side in (1, -1) if pocket == "Two Pocket" else (1,):
            shape = path("M 27 178 L 68 176 L 69 216 L 49 227 L 29 218 Z")
            pen.piece(shape if side == 1 else flip(shape), cloth, lift=0.8)
            pen.stitch(f"M {side * 29} 187 L {side * 68} 185", thread(cloth.colour), 1)
            if pocket == "Two Pocket":
                flap = path("M 26 174 L 70 172 L 70 188 L 49 196 L 27 190 Z")
                pen.piece(flap if side == 1 else flip(flap), cloth, lift=1)
                pen.button(side * 49, 189, 2.2, button)
    _shirt_collar(pen, cloth, collar, pen.rng.uniform(-4, 4))


# ---------------------------------------------------------------- women's tops

def _ruffle(pen, cloth, x0, x1, y, drop, waves=9):
    """A gathered frill hanging from a line."""
    step = (x1 - x0) / waves
    d = f"M {x0} {y} L {x1} {y} L {x1 + 5} {y + drop}"
    for i in range(waves):
        x = x1 + 5 - (i + 1) * (step + 10 / waves)
        d += f" Q {x + step * .55} {y + drop + (11 if i % 2 else -7)} {x} {y + drop}"
    pen.piece(d + " Z", cloth, lift=1.5)
    for i in range(1, waves):
        x = x0 + i * step
        pen.fold(f"M {x} {y} Q {x + (x - (x0 + x1) / 2) * .02} {y + drop * .5} {x * 1.04} {y + drop}", 4, 0.2)


def camisole(pen, cloth, trim="", hem="", neck="V-Neck"):
    """A strappy top."""
    b, bottom = block(pen, flare=6), 398
    pen.both(band("M 52 150 Q 50 110 44 76", 5), cloth.plain(), shade=0.5)
    pen.piece(mirror("M 0 150 Q 40 146 58 140 L 64 176 L 0 190"), cloth.shadow(0.35))
    dip = 172 if neck == "V-Neck" else 150
    shape = mirror(f"M 0 {dip} Q 34 {dip - 6} 52 138 Q 60 168 {b.armpit[0] - 2} 186 C {b.waist} 230 {b.waist} 260 {b.hem[0] + 6} {bottom} Q 40 {bottom + 8} 0 {bottom + 8}")
    pen.piece(shape, cloth)
    body_folds(pen, b, 0.18)
    if trim == "Lace Trim":
        pen.line(whole(f"M 0 {dip + 5} Q 36 {dip - 2} 54 144"), lighter(cloth.colour, 0.55), 6, 0.95, dash=(5, 2))
    else:
        pen.stitch(whole(f"M 0 {dip + 6} Q 36 {dip - 1} 55 145"), thread(cloth.colour), 1)
    if hem == "Ruffle Hem":
        _ruffle(pen, cloth, -b.hem[0] - 4, b.hem[0] + 4, bottom - 34, 46)


def top(pen, cloth, neck="Round Neck", sleeve="Cap Sleeve", detail="", style=""):
    """A blouse in one of many cuts."""
    if sleeve == "Strappy":
        return camisole(pen, cloth, neck=neck, hem=detail if detail == "Ruffle Hem" else "", trim=detail if detail == "Lace Trim" else "")
    if neck == "Off-Shoulder":
        return off_shoulder(pen, cloth, sleeve)
    short = 318 if style == "Crop" else 412
    b = block(pen, hem=short, flare=22 if style == "Peplum" else 8 if style != "Crop" else 0)
    if sleeve == "Sleeveless":
        b.shoulder = (b.neck + 26 + (18 if neck == "Boat Neck" else 0), 96)
    line, depth = neckline(b, neck)
    back_of_neck(pen, b, cloth, depth)
    bell, puff = sleeve == "Bell Sleeve", sleeve == "Puff Sleeve"
    sleeves(pen, b, cloth, {"Bell Sleeve": "Three-Quarter Sleeve", "Puff Sleeve": "Short Sleeve"}.get(sleeve, sleeve),
            flare=20 if bell else 0, puff=26 if puff else 0, cuff=8 if puff else 0)
    pen.piece(b.body(line), cloth)
    body_folds(pen, b, 0.17)
    hem_stitch(pen, b, cloth)
    pen.piece(band(whole(line), 4.5), cloth.plain(), shade=0.4)
    _top_detail(pen, b, cloth, detail, depth)
    if style == "Peplum":
        x, y = b.waist + 2, 296
        pen.piece(mirror(f"M 0 {y} L {x} {y - 4} Q {x + 20} {y + 60} {b.hem[0] + 24} {b.hem[1]} Q {b.hem[0] * .6} {b.hem[1] + 18} 0 {b.hem[1] + 10}"), cloth, lift=1.2)
        for k in (0.15, 0.45, 0.75):
            pen.folds(f"M {x * k} {y + 4} Q {x * k * 1.1} {y + 50} {(b.hem[0] + 24) * k * 1.12} {b.hem[1] + 12}", 9, 0.22)
        pen.piece(box(-x - 1, y - 10, x + 1, y + 3, 2), cloth.plain())


def _top_detail(pen, b, cloth, detail, depth):
    if detail == "Bow":
        y = depth + 10
        bow = cloth.plain() if not cloth.pattern else cloth.trim()
        pen.both(f"M 4 {y + 4} Q 20 {y + 40} 14 {y + 66} L 26 {y + 60} Q 24 {y + 26} 8 {y} Z", bow, lift=1)
        pen.both(f"M 2 {y} C 16 {y - 22} 40 {y - 20} 42 {y} C 40 {y + 18} 16 {y + 14} 2 {y + 2} Z", bow, lift=1.4)
        pen.piece(oval(0, y, 7, 8), bow, lift=1)
    elif detail == "Ruffle":
        for y in (depth + 34, depth + 12):
            _ruffle(pen, cloth, -44, 44, y, 26, 8)
    elif detail == "Button Front":
        hy = b.hem[1]
        pen.piece(f"M -8 {depth} L 8 {depth} L 8 {hy + 6} L -8 {hy + 6} Z", cloth, shade=0.6)
        for i in range(6):
            pen.button(0, depth + 14 + i * (hy - depth - 24) / 5.2, 3.2)
    elif detail == "Tie Waist":
        x = b.waist + 3
        pen.piece(box(-x, 284, x, 300, 3), cloth.trim(), lift=1)
        pen.both("M 2 296 Q 12 330 8 364 L 20 360 Q 22 322 8 294 Z", cloth.trim(), lift=1)
        pen.piece(oval(0, 293, 9, 8), cloth.trim(), lift=1)


def off_shoulder(pen, cloth, sleeve):
    b, bottom = block(pen, flare=10), 396
    pen.both("M 58 128 C 110 122 138 160 142 224 Q 120 240 96 226 Q 92 196 74 186 Z", cloth, -20)
    pen.folds("M 100 140 Q 122 170 124 222", 8, 0.2)
    pen.piece(mirror(f"M 0 142 Q 60 140 84 128 Q 82 160 {b.armpit[0]} 190 C {b.waist} 240 {b.waist} 280 {b.hem[0]} {bottom} Q 40 {bottom + 8} 0 {bottom + 8}"), cloth)
    body_folds(pen, b, 0.18)
    hem_stitch(pen, dataclasses.replace(b, hem=(b.hem[0], bottom)), cloth)
    _ruffle(pen, cloth, -104, 104, 128, 58, 12)
    pen.line("M -103 131 L 103 131", thread(cloth.colour), 1.2, dash=(3, 2))


def tunic(pen, cloth, neck="V-Neck", sleeve="Three-Quarter Sleeve", detail=""):
    """A long loose top with side slits."""
    b = block(pen, hem=466, flare=26)
    b.waist += 4
    line, depth = neckline(b, neck)
    back_of_neck(pen, b, cloth, depth)
    sleeves(pen, b, cloth, sleeve, cuff=12, cuff_cloth=cloth.trim() if detail == "Embroidered" else None)
    pen.piece(b.body(line), cloth)
    body_folds(pen, b, 0.18)
    pen.folds(f"M {b.waist * .4} 300 Q {b.waist * .5} 380 {b.hem[0] * .55} 460", 9, 0.16)
    if detail == "Embroidered":
        _embroidery(pen, b, cloth, depth)
    elif detail == "Belted":
        pen.piece(box(-b.waist - 5, 292, b.waist + 5, 308, 3), cloth.trim(), lift=1.2)
        pen.buckle(0, 300, 26, 24, (212, 176, 90), 4)
    pen.piece(band(whole(line), 6), cloth.trim() if detail == "Embroidered" else cloth.plain(), shade=0.5)
    hem_stitch(pen, b, cloth)


def _embroidery(pen, b, cloth, depth):
    """A worked yoke: rows of chain stitch and little drops along the neck, and a border at the hem."""
    gold = cloth.accents[0]
    for i in range(3):
        pen.line(f"M {-6 - 5 * i} {depth + 4} L {-6 - 5 * i} {depth + 72 - 8 * i} M {6 + 5 * i} {depth + 4} L {6 + 5 * i} {depth + 72 - 8 * i}", gold, 2.2, 0.95, dash=(4, 2))
    for i in range(6):
        pen.fill(oval(0, depth + 12 + i * 12, 2.8), gold)
    for x in (-26, 26):
        for i in range(4):
            pen.fill(oval(x, depth + 8 + i * 15, 3.4, 5.4), gold)


# ---------------------------------------------------------------- kurtas

def kurta(pen, cloth, collar="Mandarin Collar", sleeve="Long Sleeve", detail=""):
    """Straight, knee length, slit at the sides, opened by a short placket."""
    b = block(pen, hem=478, flare=10)
    b.waist += 3
    (hx, hy), line = b.hem, f"M 0 124 L {b.neck - 2} {NECK}"
    back_of_neck(pen, b, cloth, 112)
    sleeves(pen, b, cloth, sleeve, cuff=10, cuff_cloth=cloth.trim() if detail else None)
    pen.piece(b.body(line), cloth)
    body_folds(pen, b)
    pen.fold("M -30 250 Q -34 350 -26 470", 9, 0.14)
    pen.fold("M 34 260 Q 30 360 38 470", 9, 0.14)
    pen.seams(f"M {hx - 7} 348 L {hx - 9} {hy}", cloth, 1.2)
    pen.shade(f"M {hx} 350 L {hx + 1} {hy}", 8, 0.25)
    pen.shade(f"M {-hx} 350 L {-hx - 1} {hy}", 8, 0.25)
    hem_stitch(pen, b, cloth)
    if detail == "Embroidered":
        _embroidery(pen, b, cloth, 122)
    if detail == "Contrast Trim":
        pen.piece(common(b.body(line), box(-200, hy - 24, 200, 512)), cloth.trim(), shade=0.5)
    if detail != "Embroidered":
        pen.piece("M -8 118 L 8 118 L 8 220 L 0 230 L -8 220 Z", cloth.trim() if detail else cloth, lift=0.8)
        for y in (134, 160, 186, 212):
            pen.button(0, y, 2.8, (206, 176, 110) if detail else (240, 236, 226))
    if collar == "Mandarin Collar":
        pen.both("M 1 126 Q 22 116 39 86 L 31 73 Q 20 100 -1 109 Z", cloth.trim() if detail == "Contrast Trim" else cloth, lift=1)
    else:
        pen.piece(band(whole(line), 6), cloth.trim() if detail else cloth.plain(), shade=0.5)


def kurti(pen, cloth, neck="Round Neck", sleeve="Three-Quarter Sleeve", detail=""):
    """A woman's kurta: flared, with a worked or bordered neck and hem."""
    b = block(pen, hem=474, flare=34)
    line, depth = neckline(b, neck)
    back_of_neck(pen, b, cloth, depth)
    sleeves(pen, b, cloth, sleeve, cuff=12, cuff_cloth=cloth.trim())
    shape = b.body(line)
    pen.piece(shape, cloth)
    body_folds(pen, b, 0.17)
    for k in (0.3, 0.7):
        pen.folds(f"M {b.waist * k} 290 Q {b.waist * k} 380 {b.hem[0] * k * 1.05} 480", 9, 0.18)
    (hx, hy) = b.hem
    pen.piece(common(shape, path(f"M -200 {hy - 22} Q 0 {hy - 8} 200 {hy - 22} L 200 512 L -200 512 Z")), cloth.trim(), shade=0.5)
    if detail == "Embroidered":
        _embroidery(pen, b, cloth, depth)
    pen.piece(band(whole(line), 10), cloth.trim(), shade=0.5)


# ---------------------------------------------------------------- knitwear and fleece

def ribbed(cloth):
    return dataclasses.replace(cloth.plain(), material="Ribbed")


def _ribbed_hem(pen, b, cloth, depth=24):
    hx, hy = b.hem
    pen.piece(mirror(f"M 0 {hy + 4 - depth} L {hx + 2} {hy - depth - 4} Q {hx + 3} {hy - 8} {hx - 6} {hy} Q {hx * .5} {hy + 7} 0 {hy + 7}"), ribbed(cloth))


def sweater(pen, cloth, neck="Round Neck", style="", fit=""):
    b = block(pen, hem=420, fit=4)
    cardigan = style == "Cardigan"
    line, depth = neckline(b, "Deep V-Neck" if cardigan else neck)
    back_of_neck(pen, b, cloth, min(depth, 150))
    if style == "Sleeveless":
        b.shoulder = (b.shoulder[0] - 12, 102)
    else:
        sleeves(pen, b, cloth, "Long Sleeve", cuff=24, cuff_cloth=ribbed(cloth))
    pen.piece(b.body(line), cloth)
    body_folds(pen, b, 0.17)
    if style == "Cable Knit":
        _cables(pen, b, cloth)
    _ribbed_hem(pen, b, cloth)
    if cardigan:
        pen.piece(join(band(whole(line), 13), box(-7, 184, 7, b.hem[1] + 6)), ribbed(cloth), lift=0.8)
        for i in range(5):
            pen.button(0, 200 + i * (b.hem[1] - 212) / 4.2, 4.2, darker(cloth.colour, 0.45) if brightness(cloth.colour) > .35 else (214, 206, 190))
        for side in (-1, 1):
            pen.piece(box(side * 46 - 22, 322, side * 46 + 22, 332, 2), ribbed(cloth), lift=0.6)
    elif neck == "Turtle Neck":
        pen.piece(mirror("M 0 60 Q 28 60 36 68 Q 40 90 44 104 Q 24 122 0 122"), ribbed(cloth), lift=1.5)
        pen.shade("M -36 68 Q 0 80 36 68", 7, 0.3)
    else:
        pen.piece(band(whole(line), 13), ribbed(cloth), lift=0.8)
    if style == "Sleeveless":
        (sx, sy), (ax, ay) = b.shoulder, b.armpit
        pen.both(band(f"M {sx - 3} {sy} Q {sx - 17} {sy + 44} {ax - 3} {ay}", 9), ribbed(cloth))


def _cables(pen, b, cloth):
    with pen.clip():
        for x in (-52, 0, 52):
            for y in range(100, int(b.hem[1]), 30):
                for side in (-1, 1):
                    twist = f"M {x - side * 9} {y} C {x - side * 9} {y + 16} {x + side * 9} {y + 14} {x + side * 9} {y + 30}"
                    pen.line(twist, darker(cloth.colour, 0.45), 9, 0.45)
                    pen.line(twist, lighter(cloth.colour, 0.12), 6.5, 1.0)
            pen.line(f"M {x - 17} 90 L {x - 17} 430 M {x + 17} 90 L {x + 17} 430", darker(cloth.colour, 0.5), 2, 0.45)


def sweatshirt(pen, cloth, style="", graphic=""):
    """Fleece: crew neck, hooded, or hooded with a zip."""
    b = block(pen, hem=420, fit=7)
    hooded = style in ("Hooded", "Hooded Zip")
    line, depth = neckline(b, "Round Neck")
    back_of_neck(pen, b, cloth, depth)
    sleeves(pen, b, cloth, "Long Sleeve", cuff=24, cuff_cloth=ribbed(cloth))
    pen.piece(b.body(line), cloth)
    body_folds(pen, b, 0.2)
    if graphic:
        GRAPHICS[graphic](pen, *cloth.accents[:2])
    _ribbed_hem(pen, b, cloth)
    if style == "Hooded Zip":
        pen.zip(f"M 0 116 L 0 {b.hem[1] + 6}", tape=darker(cloth.colour, 0.3))
        for side in (1, -1):
            pocket = path("M 8 318 L 44 318 L 68 372 L 68 394 L 8 394 Z")
            pen.piece(pocket if side == 1 else flip(pocket), cloth, lift=0.9)
    elif hooded:
        pen.piece(mirror("M 0 306 L 42 306 L 70 362 L 70 394 L 0 394"), cloth, lift=1.2)
        pen.stitches("M 40 310 L 65 362", thread(cloth.colour))
    if hooded:
        hood(pen, cloth)
        if style == "Hooded Zip":
            pen.puller(0, 132)
    else:
        pen.piece(band(whole(line), 12), ribbed(cloth), lift=0.8)
        pen.seam("M -12 122 L 0 142 L 12 122", cloth)


def hood(pen, cloth):
    pen.piece(mirror("M 0 36 C 44 34 66 62 64 96 Q 52 124 0 128"), cloth, lift=2)
    pen.piece(mirror("M 0 52 C 30 50 44 70 44 92 Q 30 112 0 128"), cloth.plain(darker(cloth.colour, 0.42)), shade=2.0)
    pen.both("M 0 130 C 30 116 46 96 44 76 L 64 92 Q 62 124 22 150 Z", cloth, lift=1.2)
    pen.folds("M 58 70 Q 60 100 36 128", 7, 0.2)
    string = lighter(cloth.colour, 0.8) if brightness(cloth.colour) < 0.6 else darker(cloth.colour, 0.35)
    for x, bottom in ((-18, 206), (18, 196)):
        pen.fill(oval(x, 136, 3), (190, 190, 196))
        pen.line(f"M {x} 136 Q {x * 1.25} 170 {x * 1.1} {bottom}", string, 3)
        pen.line(f"M {x * 1.1} {bottom - 8} L {x * 1.1} {bottom + 2}", darker(string, 0.3), 4)
