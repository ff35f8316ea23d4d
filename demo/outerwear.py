"""Worn over the rest: jackets, blazers, waistcoats, rain jackets, shrugs."""

from colours import brightness, darker
from shapes import band, box, common, flip, mirror, path
from tops import NECK, back_of_neck, block, body_folds, hem_stitch, hood, neckline, ribbed, sleeves, whole


def _welt(pen, cloth, x, y, w=40, h=9, turn=-12):
    """A slit pocket with a welt, on both sides."""
    pen.both(f"M {x} {y} L {x + w} {y + turn} L {x + w} {y + turn + h} L {x} {y + h} Z", cloth, lift=0.8)


def _opening(pen, b, cloth, top=108):
    """The front edges of a garment that meets in the middle."""
    pen.shade(f"M 3 {top} L 3 {b.hem[1] + 6}", 6, 0.35)
    pen.seam(f"M 0 {top} L 0 {b.hem[1] + 6}", cloth)


def bomber(pen, cloth):
    b = block(pen, hem=396, fit=12)
    line, depth = neckline(b, "")
    back_of_neck(pen, b, cloth, depth)
    sleeves(pen, b, cloth, "Long Sleeve", cuff=24, cuff_cloth=ribbed(cloth.trim() if cloth.pattern else cloth.shadow(0.15)), puff=6)
    pen.piece(b.body(line), cloth)
    body_folds(pen, b, 0.2)
    _welt(pen, cloth, 34, 318, 34, 9, -34)
    hx, hy = b.hem
    rib = ribbed(cloth.trim() if cloth.pattern else cloth.shadow(0.15))
    pen.piece(mirror(f"M 0 {hy - 20} L {hx + 1} {hy - 28} Q {hx + 2} {hy - 8} {hx - 7} {hy} Q {hx * .5} {hy + 7} 0 {hy + 7}"), rib)
    pen.zip(f"M 0 112 L 0 {hy + 6}")
    pen.piece(band(whole(line), 16), rib, lift=1)
    pen.puller(0, 128)


def puffer(pen, cloth):
    """A quilted jacket: every channel is its own little pillow."""
    b = block(pen, hem=414, fit=12)
    line, depth = neckline(b, "")
    back_of_neck(pen, b, cloth, depth)
    sleeves(pen, b, cloth, "Long Sleeve", puff=10)
    (sx, sy) = b.shoulder
    right = pen.last
    for i in range(9):
        y = 140 + i * 30
        channel = common(right, path(f"M {sx - 40} {y + 16} L {sx + 90} {y - 10} L {sx + 90} {y + 20} L {sx - 40} {y + 46} Z"))
        pen.both(channel, cloth, shade=1.3)
    body = pen.piece(b.body(line), cloth)
    for y in range(124, int(b.hem[1]), 34):
        channel = common(body, box(-150, y, 150, y + 34))
        pen.piece(channel, cloth, shade=1.5)
    pen.zip(f"M 0 104 L 0 {b.hem[1] + 6}", width=6)
    pen.both("M 3 122 L 3 74 Q 24 62 42 78 L 46 98 Q 26 118 3 122 Z", cloth, lift=1.6, shade=1.4)
    pen.puller(0, 116)


def denim_jacket(pen, cloth):
    b = block(pen, hem=388, fit=8)
    hx, hy = b.hem
    gold = (206, 150, 74)
    sleeves(pen, b, cloth, "Long Sleeve", cuff=22)
    back_of_neck(pen, b, cloth, 112)
    pen.piece(b.body(f"M 0 124 L {b.neck} {NECK}"), cloth)
    body_folds(pen, b, 0.18)
    (sx, sy) = b.shoulder
    pen.stitches(f"M 10 176 L {sx - 16} 174", gold, 1.6)
    pen.stitches(f"M 26 178 L 20 {hy - 26} M 66 178 L 44 {hy - 26}", gold, 1.4)
    for side in (1, -1):
        flap = path("M 24 172 L 70 172 L 70 188 L 47 200 L 24 188 Z")
        pen.piece(flap if side == 1 else flip(flap), cloth, lift=1)
        pen.button(side * 47, 191, 3.2, (190, 140, 90))
    pen.piece(mirror(f"M 0 {hy - 18} L {hx - 2} {hy - 24} L {hx} {hy} Q {hx * .5} {hy + 7} 0 {hy + 7}"), cloth)
    pen.stitches(f"M 0 {hy - 12} L {hx - 4} {hy - 18}", gold, 1.4)
    pen.piece(f"M -9 118 L 9 118 L 9 {hy + 7} L -9 {hy + 7} Z", cloth, lift=0.6)
    pen.stitches(f"M 6 120 L 6 {hy + 4}", gold, 1.3)
    for i in range(6):
        pen.button(0, 140 + i * (hy - 142) / 5.1, 3.8, (190, 140, 90))
    pen.both("M -1 116 Q 20 102 36 74 Q 48 80 50 96 L 54 142 L 8 120 Z", cloth, turn=30, lift=1.8)
    pen.stitches("M 10 118 L 50 136 L 46 96", gold, 1.2)


def biker(pen, cloth):
    """A leather jacket with an off-centre zip and broad lapels."""
    b = block(pen, hem=388, fit=5)
    hx, hy = b.hem
    sleeves(pen, b, cloth, "Long Sleeve", cuff=14)
    back_of_neck(pen, b, cloth, 120)
    pen.piece(b.body(f"M 0 168 L {b.neck} {NECK}"), cloth)
    body_folds(pen, b, 0.3)
    pen.sheen("M -60 140 Q -72 220 -60 300", 12, 0.22)
    pen.sheen("M 62 150 Q 66 220 54 280", 10, 0.2)
    pen.zip(f"M 24 172 L 34 {hy - 2}", width=6)
    pen.zip("M -66 262 L -30 244", width=4.5)
    pen.zip("M 50 330 L 76 304 M -76 304 L -44 332", width=4.5)
    pen.puller(-30, 246, size=.8)
    pen.piece(mirror(f"M 0 {hy - 20} L {hx - 2} {hy - 26} L {hx} {hy} Q {hx * .5} {hy + 7} 0 {hy + 7}"), cloth)
    pen.buckle(-34, hy - 9, 28, 22)
    lapel = "M 2 172 L 14 186 L 64 152 L 56 132 L 64 124 L 48 92 L 36 74 Q 28 110 2 150 Z"
    pen.both(lapel, cloth, lift=2)
    pen.both("M 0 128 Q 24 106 38 72 L 52 84 L 60 122 L 30 116 Z", cloth, lift=1.4)
    pen.button(54, 142, 3, (200, 202, 208))
    pen.button(-54, 142, 3, (200, 202, 208))


def sports_jacket(pen, cloth):
    """A track top: stand collar, zip, stripes down the sleeves."""
    b = block(pen, hem=414, fit=5)
    line, depth = neckline(b, "")
    back_of_neck(pen, b, cloth, depth)
    sleeves(pen, b, cloth, "Long Sleeve", cuff=18, cuff_cloth=ribbed(cloth))
    (sx, sy) = b.shoulder
    for i in (0, 8):
        pen.line(whole(f"M {sx - 4 - i} {sy + 6} C {sx + 8 - i} {sy + 40} {sx + 34 - i} {sy + 150} {sx + 50 - i} {sy + 248}"), cloth.accents[0], 4, 1)
    body = pen.piece(b.body(line), cloth)
    yoke = common(body, path("M -160 60 L 160 60 L 160 176 L 0 214 L -160 176 Z"))
    pen.piece(yoke, cloth.trim(), shade=0.8)
    pen.piece(common(body, path("M -160 60 L 160 60 L 160 166 L 0 204 L -160 166 Z")), cloth, shade=0.6)
    body_folds(pen, b, 0.2)
    _welt(pen, cloth, 36, 330, 30, 8, -34)
    pen.zip(f"M 0 100 L 0 {b.hem[1] + 6}", tape=darker(cloth.colour, 0.4))
    pen.both("M 3 120 L 3 74 Q 22 66 40 80 L 44 98 Q 26 114 3 120 Z", cloth, lift=1.4)
    pen.puller(0, 112)


JACKETS = {"Bomber": bomber, "Quilted": puffer, "": denim_jacket, "Biker": biker, "Track": sports_jacket}


def jacket(pen, cloth, style="Bomber"):
    JACKETS[style](pen, cloth)


def rain_jacket(pen, cloth):
    b = block(pen, hem=436, fit=10, flare=8)
    line, depth = neckline(b, "")
    back_of_neck(pen, b, cloth, depth)
    sleeves(pen, b, cloth, "Long Sleeve", cuff=14)
    pen.piece(b.body(line), cloth)
    body_folds(pen, b, 0.22)
    pen.sheen("M -62 160 Q -70 260 -60 350", 12, 0.28)
    hem_stitch(pen, b, cloth)
    for side in (1, -1):
        flap = path("M 26 322 L 76 316 L 78 338 L 28 344 Z")
        pen.piece(flap if side == 1 else flip(flap), cloth, lift=1)
    pen.piece(f"M -10 120 L 10 120 L 10 {b.hem[1] + 7} L -10 {b.hem[1] + 7} Z", cloth, lift=1)
    for i in range(6):
        pen.button(0, 146 + i * 52, 4, (222, 224, 228))
    hood(pen, cloth)


def blazer(pen, cloth, style="Single-Breasted"):
    b = block(pen, hem=428, fit=5)
    double = style == "Double-Breasted"
    hx, hy = b.hem
    stop = 268 if not double else 252
    sleeves(pen, b, cloth, "Long Sleeve")
    for side in (-1, 1):
        for i in range(3):
            pen.button(side * (b.shoulder[0] + 40 - i * 2), b.shoulder[1] + 264 - i * 9, 2.2, darker(cloth.colour, 0.5))
    lining = cloth.plain(darker(cloth.colour, 0.5) if brightness(cloth.colour) > .3 else (92, 88, 98))
    pen.piece(mirror(f"M 0 96 Q {b.neck * .6} 94 {b.neck + 6} {NECK - 4} L {b.neck + 6} 130 L 20 {stop} L 0 {stop + 6}"), lining, shade=1.8)
    pen.label(0, 106, 26, 12)
    front = b.body(f"M 0 {stop} L {b.neck} {NECK}")
    skirt = path(f"M -200 60 L 200 60 L 200 {hy - 4} L {hx - 26} {hy + 12} Q 26 {hy + 12} 10 {hy - 34} L 2 {stop + 60} L -10 {hy - 34} Q -26 {hy + 12} {-hx + 26} {hy + 12} L -200 {hy - 4} Z")
    pen.piece(front if double else common(front, skirt), cloth)
    body_folds(pen, b, 0.16)
    pen.seams(f"M {b.waist * .55} 220 Q {b.waist * .5} 290 {b.waist * .58} 340", cloth, 1)
    for side in (1, -1):
        flap = path("M 30 338 L 76 334 L 77 352 Q 54 358 31 355 Z")
        pen.piece(flap if side == 1 else flip(flap), cloth, lift=1)
    pen.piece("M 38 186 L 68 180 L 69 190 L 39 196 Z", cloth, lift=0.7)
    edge = 22 if double else 6
    pen.seam(f"M {-edge if double else 0} {stop} L {-edge if double else 0} {hy - 30}", cloth)
    notch = f"M 0 {stop} Q 34 226 58 168 L 52 156 L 66 146 L 40 96 L {b.neck} {NECK - 8} Q 30 160 0 {stop - 26} Z"
    pen.both(notch, cloth, turn=25, lift=2)
    pen.both(f"M 40 140 Q 34 104 {b.neck - 2} {NECK - 10} Q 52 84 56 108 L 70 142 L 52 152 Z", cloth, turn=25, lift=1.4)
    dark = darker(cloth.colour, 0.55) if brightness(cloth.colour) > 0.25 else (24, 24, 28)
    brass = (204, 166, 84) if double else dark
    for y in (stop + 10, stop + 44) + ((stop + 78,) if double else ()):
        for x in (-24, 24) if double else (2,):
            pen.button(x, y, 4.6, brass)


def waistcoat(pen, cloth):
    b = block(pen, hem=376, fit=-4)
    hx, hy = b.hem
    b.shoulder = (b.shoulder[0] - 30, 96)
    pen.piece(mirror(f"M 0 98 Q 20 96 {b.neck} {NECK} L {b.neck + 10} 120 L 10 232 L 0 236"), cloth.plain((112, 112, 120)), shade=1.6)
    pen.label(0, 106)
    points = path(f"M -200 60 L 200 60 L 200 {hy - 20} L {hx} {hy - 22} L 30 {hy + 26} L 0 {hy - 8} L -30 {hy + 26} L {-hx} {hy - 22} L -200 {hy - 20} Z")
    b.hem = (hx, hy + 24)
    pen.piece(common(b.body(f"M 0 226 L {b.neck} {NECK}"), points), cloth)
    body_folds(pen, b, 0.14)
    _welt(pen, cloth, 34, 318, 38, 9, -8)
    pen.seam(f"M 0 226 L 0 {hy - 8}", cloth)
    for i in range(5):
        pen.button(0, 240 + i * 28, 3.6, darker(cloth.colour, 0.6) if brightness(cloth.colour) > .25 else (28, 28, 32))


def nehru_jacket(pen, cloth):
    """Sleeveless, buttoned to a short standing collar."""
    b = block(pen, hem=412, fit=-2)
    b.shoulder = (b.shoulder[0] - 18, 102)
    hx, hy = b.hem
    back_of_neck(pen, b, cloth, 108)
    pen.piece(b.body(f"M 0 122 L {b.neck} {NECK}"), cloth)
    body_folds(pen, b, 0.16)
    _welt(pen, cloth, 34, 338, 40, 9, -4)
    pen.piece("M 34 188 L 66 183 L 67 193 L 35 198 Z", cloth, lift=0.7)
    pen.line("M 42 186 L 50 172 L 58 184 Z", cloth.accents[0], 5, 1)
    _opening(pen, b, cloth, 116)
    for i in range(6):
        pen.button(3, 138 + i * 46, 4, (206, 172, 96))
    pen.both("M 1 126 Q 22 116 40 86 L 33 70 Q 20 98 -1 108 Z", cloth, lift=1.2)


def shrug(pen, cloth, sleeve="Three-Quarter Sleeve"):
    """An open little jacket that ends at the waist."""
    b = block(pen, hem=320)
    sleeves(pen, b, cloth, sleeve, cuff=10)
    pen.piece(mirror(f"M 0 96 Q 24 95 {b.neck + 4} {NECK - 2} L {b.neck + 16} 110 Q 26 118 0 118"), cloth.shadow(0.3))
    pen.label(0, 98)
    (sx, sy), (ax, ay) = b.shoulder, b.armpit
    pen.both(f"M {b.neck} {NECK} L {sx} {sy} Q {sx - 14} {sy + 44} {ax} {ay} C {ax - 4} {ay + 50} {b.waist + 6} 270 {b.waist + 8} 318 "
             f"Q 48 330 30 300 C 14 250 16 190 {b.neck} {NECK} Z", cloth, lift=0.6)
    pen.fold("M 50 200 Q 40 260 52 318", 8, 0.18)
    edge = f"M {b.neck + 1} {NECK} C 17 190 15 250 31 300 Q 46 328 {b.waist + 6} 316"
    pen.both(band(edge, 9), ribbed(cloth), lift=0.5)
