"""Everything from the waist down."""

from colours import darker, lighter, thread
from shapes import box, common, flip, mirror, oval, path

TOP = 62  # where waistbands sit


def _legs(waist, hip, knee, hem, bottom, crotch=206, gap=5):
    """A pair of trousers laid flat; the numbers are half widths, of the whole at waist and hip, of one leg below."""
    inner = gap
    return mirror(f"M 0 {TOP} L {waist} {TOP} C {waist + 4} {TOP + 40} {hip} 140 {hip} 178 "
                  f"C {hip} 240 {inner + knee + 22} 300 {inner + knee + 20} 340 L {inner + hem + 20} {bottom} "
                  f"Q {inner + hem * .5 + 12} {bottom + 6} {inner + 12} {bottom} L {inner + 8} 330 Q {inner + 2} 250 0 {crotch}")


def _waistband(pen, cloth, waist, depth=18, loops=True, button=None):
    pen.piece(f"M {-waist + 6} {TOP - 4} Q 0 {TOP + 10} {waist - 6} {TOP - 4} L {waist - 8} {TOP + 6} Q 0 {TOP + 18} {-waist + 8} {TOP + 6} Z", cloth.shadow(0.4))
    pen.piece(f"M {-waist - 1} {TOP} Q 0 {TOP + 14} {waist + 1} {TOP} L {waist + 3} {TOP + depth} Q 0 {TOP + depth + 14} {-waist - 3} {TOP + depth} Z", cloth)
    if loops:
        for x in (-waist * .72, -waist * .32, waist * .32, waist * .72):
            sag = 7 - abs(x) * .06
            pen.piece(box(x - 3, TOP + sag - 5, x + 3, TOP + sag + depth + 1, 1), cloth, lift=0.6)
    if button:
        pen.button(0, TOP + 7 + depth / 2, 4.4, button)


def _fly(pen, cloth, colour):
    pen.seam(f"M 0 {TOP + 24} L 0 204", cloth)
    pen.stitch(f"M 14 {TOP + 24} L 14 140 Q 14 166 1 174", colour, 1.2)


def _leg_folds(pen, cloth, bottom, depth=0.18):
    pen.folds("M 6 204 Q 32 212 58 200", 7, depth)
    pen.folds("M 4 214 Q 24 236 48 240", 7, depth * .8)
    pen.folds("M 30 334 Q 46 342 62 330", 7, depth * .8)
    pen.folds(f"M 42 250 Q 50 340 44 {bottom - 30}", 10, depth * .5)


def jeans(pen, cloth, fit="Regular Fit", wash="", finish=""):
    hem, knee = {"Skinny Fit": (30, 34), "Slim Fit": (36, 40), "Bootcut": (54, 40)}.get(fit, (46, 47))
    waist, hip = (66, 84) if pen.feminine else (74, 86)
    bottom = 462 + pen.rng.uniform(-5, 5)
    gold = (208, 150, 72) if cloth.colour[2] > 60 else (150, 150, 154)
    shape = pen.piece(_legs(waist, hip, knee, hem, bottom), cloth)
    if wash:
        for side in (-1, 1):
            pen.sheen(f"M {side * 46} 180 Q {side * 54} 260 {side * 48} 350", 30, 0.34 if wash == "Light Wash" else 0.26)
    _leg_folds(pen, cloth, bottom)
    pen.seams(f"M {hip - 8} 190 Q {knee + 20} 290 {hem + 18} {bottom}", cloth, 1)
    for curve, colour in ((f"M {waist - 26} {TOP + 20} Q {waist - 22} 118 {hip - 3} 126", gold), (f"M {waist - 30} {TOP + 20} Q {waist - 27} 123 {hip - 2} 131", gold)):
        pen.stitches(curve, colour, 1.4)
    pen.fill(oval(waist - 12, 112, 2), (196, 140, 90))
    pen.fill(oval(-waist + 12, 112, 2), (196, 140, 90))
    _fly(pen, cloth, gold)
    pen.stitches(f"M 14 {bottom - 9} Q {hem * .6 + 16} {bottom - 3} {hem + 24} {bottom - 9}", gold, 1.5)
    _waistband(pen, cloth, waist, 19, button=(196, 140, 90))
    pen.stitch(f"M {-waist} {TOP + 4} Q 0 {TOP + 18} {waist} {TOP + 4}", gold, 1.2)
    if finish == "Ripped":
        for x, y, w in ((44, 268, 30), (46, 322, 36), (-48, 298, 34)):
            pen.fill(oval(x, y, w * .5, 9), (236, 238, 240), 0.95)
            for dy in (-6, -2, 2, 6):
                pen.line(f"M {x - w * .46} {y + dy} Q {x} {y + dy + 3} {x + w * .46} {y + dy - 1}", lighter(cloth.colour, .3), 1.2)
    if finish == "Rolled Hem":
        turned = common(shape, box(-200, bottom - 30, 200, bottom + 12))
        pen.piece(turned, cloth.plain(lighter(cloth.colour, 0.45)), lift=1.5)


def trousers(pen, cloth, fit="", front="Flat Front"):
    hem, knee = {"Slim Fit": (34, 39), "Wide Leg": (66, 58)}.get(fit, (42, 45))
    waist, hip = (64, 82) if pen.feminine else (73, 86)
    bottom = 464 + pen.rng.uniform(-5, 5)
    pen.piece(_legs(waist, hip, knee, hem, bottom), cloth)
    _leg_folds(pen, cloth, bottom, 0.14)
    crease = knee * .5 + 14
    pen.seams(f"M {waist * .5} {TOP + 26} Q {crease + 8} 220 {crease} {bottom}", cloth, 1)
    pen.folds(f"M {waist * .5} {TOP + 30} Q {crease + 8} 220 {crease} {bottom}", 7, 0.2)
    if front == "Pleated":
        pen.folds(f"M {waist * .32} {TOP + 20} L {waist * .34} 132", 6, 0.4)
        pen.seams(f"M {waist * .32} {TOP + 20} L {waist * .34} 126", cloth)
    pen.seams(f"M {waist - 20} {TOP + 20} L {hip - 6} 138", cloth, 1.4)
    _fly(pen, cloth, thread(cloth.colour))
    _waistband(pen, cloth, waist, 18, button=darker(cloth.colour, 0.5))


def cargo(pen, cloth, fit=""):
    """Trousers with bellows pockets on the thighs."""
    trousers(pen, cloth, fit)
    for side in (1, -1):
        pocket, flap = path("M 46 262 L 84 260 L 82 312 L 46 314 Z"), path("M 44 256 L 87 254 L 86 274 L 45 276 Z")
        pen.piece(pocket if side == 1 else flip(pocket), cloth, lift=1.2)
        pen.piece(flap if side == 1 else flip(flap), cloth, lift=1)
        pen.button(side * 66, 268, 2.6, darker(cloth.colour, 0.4))


def shorts(pen, cloth, style=""):
    """Laid lower on the table than trousers, to sit in the middle of the picture."""
    pen.canvas.translate(0, 70)
    length = {"Bermuda": 352, "Hot": 262, "Running": 286}.get(style, 318) - (24 if pen.feminine and style != "Hot" else 0)
    waist, hip = (76, 100) if pen.feminine else (84, 106)
    hem = hip + (16 if style == "Running" else 8)
    outline = mirror(f"M 0 {TOP} L {waist} {TOP} C {waist + 6} 110 {hip} 160 {hip + 2} 194 L {hem} {length} "
                     f"Q {hem * .55} {length + 12} 9 {length + 5} L 0 218")
    pen.piece(outline, cloth)
    pen.folds("M 6 216 Q 36 226 72 208", 9, 0.2)
    pen.folds(f"M 54 190 Q 66 240 58 {length}", 11, 0.15)
    stitch = (208, 150, 72) if cloth.material == "Denim" else thread(cloth.colour)
    pen.stitches(f"M 10 {length - 5} Q {hem * .55} {length + 2} {hem - 2} {length - 10}", stitch)
    if style == "Running":
        side = common(outline, path(f"M {hip - 12} 60 L 200 60 L 200 400 L {hem - 12} 400 Z"))
        pen.both(side, cloth.trim(), shade=0.7)
        pen.seam("M 0 84 L 0 218", cloth)
        _elastic(pen, cloth, waist)
        return
    pen.seams(f"M {waist - 24} {TOP + 20} Q {waist - 18} 118 {hip - 6} 132", cloth, 1.4)
    pen.stitches(f"M {waist - 28} {TOP + 20} Q {waist - 22} 122 {hip - 5} 137", stitch)
    if style == "Cargo":
        for flank in (1, -1):
            pocket, flap = path("M 52 206 L 98 202 L 102 262 L 54 266 Z"), path("M 50 200 L 100 196 L 101 216 L 51 220 Z")
            pen.piece(pocket if flank == 1 else flip(pocket), cloth, lift=1.2)
            pen.piece(flap if flank == 1 else flip(flap), cloth, lift=1)
            pen.button(flank * 75, 211, 2.8, darker(cloth.colour, 0.4))
    _fly(pen, cloth, stitch)
    _waistband(pen, cloth, waist, 18, button=(196, 140, 90) if cloth.material == "Denim" else darker(cloth.colour, 0.45))


def _elastic(pen, cloth, waist, string=True):
    """A gathered waistband, with a drawstring."""
    pen.piece(f"M {-waist - 1} {TOP} Q 0 {TOP + 12} {waist + 1} {TOP} L {waist + 3} {TOP + 22} Q 0 {TOP + 36} {-waist - 3} {TOP + 22} Z", cloth)
    for x in range(int(-waist) + 8, int(waist) - 2, 9):
        sag = 7 - abs(x) * .09
        pen.fold(f"M {x} {TOP + sag} L {x} {TOP + sag + 22}", 3, 0.28)
    if string:
        cord = (246, 246, 246) if sum(cloth.colour) < 560 else (60, 60, 66)
        for side in (-1, 1):
            pen.line(f"M {side * 3} {TOP + 20} C {side * 14} {TOP + 34} {side * 8} {TOP + 54} {side * 13} {TOP + 78}", cord, 3.4)
        pen.line(oval(-8, TOP + 22, 8, 5), cord, 3)
        pen.line(oval(8, TOP + 22, 8, 5), cord, 3)


def track_pants(pen, cloth, detail="", hem=""):
    cuffed = hem == "Cuffed Hem"
    waist, hip = (66, 84) if pen.feminine else (74, 90)
    ankle, bottom = (30 if cuffed else 44), 462
    legs = pen.piece(_legs(waist, hip, 46, ankle, bottom), cloth)
    _leg_folds(pen, cloth, bottom)
    if detail:
        trim = cloth.accents[0]
        for i in range({"Side Stripe": 1, "Double Stripe": 2, "Triple Stripe": 3}[detail]):
            x = i * (7 if detail == "Triple Stripe" else 10)
            with pen.clip(legs):
                for side in (-1, 1):
                    line = path(f"M {waist - 3 - x} {TOP} C {waist + 1 - x} {TOP + 40} {hip - 5 - x} 140 {hip - 5 - x} 178 C {hip - 5 - x} 240 {68 - x} 300 {66 - x} 340 L {ankle + 20 - x} {bottom + 4}")
                    pen.line(line if side == 1 else flip(line), trim, 4 if detail == "Triple Stripe" else 6, 1)
    pen.stitches(f"M {waist - 8} {TOP + 40} L {hip - 12} 142", thread(cloth.colour))
    if cuffed:
        pen.both(box(15, bottom - 22, ankle + 26, bottom + 8, 4), cloth.shadow(0.15))
        for x in range(20, ankle + 24, 6):
            pen.line(f"M {x} {bottom - 20} L {x} {bottom + 6} M {-x} {bottom - 20} L {-x} {bottom + 6}", thread(cloth.colour), 1.1, 0.45)
    else:
        pen.stitches(f"M 18 {bottom - 8} L {ankle + 22} {bottom - 8}", thread(cloth.colour))
    _elastic(pen, cloth, waist)


def leggings(pen, cloth, length=""):
    bottom = 372 if length == "Cropped" else 462
    pen.canvas.translate(0, 40 if length == "Cropped" else 0)
    pen.piece(mirror(f"M 0 {TOP} L 58 {TOP} C 62 100 76 140 74 176 C 72 250 56 300 50 {min(360, bottom - 30)} L 38 {bottom} Q 26 {bottom + 5} 14 {bottom} "
                     "C 12 380 6 280 0 204"), cloth)
    pen.folds("M 4 204 Q 24 208 44 196", 6, 0.18)
    pen.folds(f"M 38 220 Q 42 300 32 {bottom - 20}", 12, 0.16)
    for y in (300, 316, bottom - 40, bottom - 26):
        pen.folds(f"M 14 {y} Q 28 {y + 7} 46 {y - 3}", 5, 0.14)
    pen.stitches(f"M 14 {bottom - 7} L 39 {bottom - 7}", thread(cloth.colour))
    _elastic(pen, cloth, 58, string=False)


def capris(pen, cloth, hem=""):
    """Trousers that stop at mid calf."""
    pen.canvas.translate(0, 44)
    bottom, waist, hip = 368, 66, 84
    shape = pen.piece(mirror(f"M 0 {TOP} L {waist} {TOP} C {waist + 4} 102 {hip} 140 {hip} 178 L 72 {bottom} Q 44 {bottom + 7} 15 {bottom} L 0 206"), cloth)
    _leg_folds(pen, cloth, bottom, 0.16)
    pen.seams(f"M {waist - 22} {TOP + 20} Q {waist - 16} 116 {hip - 4} 128", cloth, 1.4)
    _fly(pen, cloth, thread(cloth.colour))
    if hem == "Rolled Hem":
        pen.piece(common(shape, box(-200, bottom - 24, 200, bottom + 20)), cloth.plain(lighter(cloth.colour, 0.2)), lift=1.4)
    else:
        pen.stitches(f"M 16 {bottom - 8} L 72 {bottom - 8}", thread(cloth.colour))
    _waistband(pen, cloth, waist, 18, button=darker(cloth.colour, 0.4))


# ---------------------------------------------------------------- skirts

def skirt(pen, cloth, style="A-Line"):
    pen.canvas.translate(0, 0 if style == "Maxi" else 46)
    SKIRTS[style](pen, cloth)


def _a_line(pen, cloth, bottom=340, sweep=126):
    pen.piece(mirror(f"M 0 {TOP} L 62 {TOP} C 74 120 96 200 {sweep} {bottom} Q {sweep * .5} {bottom + 22} 0 {bottom + 22}"), cloth)
    for k in (0.12, 0.4, 0.7):
        pen.folds(f"M {62 * k + 8} {TOP + 50} Q {80 * k + 8} {bottom * .6} {sweep * k * 1.06} {bottom + 18}", 12, 0.2)
    pen.stitch(f"M {-sweep + 3} {bottom - 8} Q 0 {bottom + 30} {sweep - 3} {bottom - 8}", thread(cloth.colour))
    _waistband(pen, cloth, 62, 16, loops=False)


def _pencil(pen, cloth):
    pen.piece(mirror(f"M 0 {TOP} L 60 {TOP} C 70 110 88 150 88 200 C 88 270 78 330 72 384 Q 36 390 0 390"), cloth)
    pen.folds("M 34 190 Q 44 280 36 384", 12, 0.16)
    pen.folds("M 80 172 Q 50 190 20 186", 8, 0.12)
    pen.seams("M 34 80 L 40 124", cloth, 1)
    pen.seam("M 0 326 L 0 390", cloth, 1.6)
    pen.shade("M 3 326 L 3 390", 6, 0.3)
    pen.stitch("M -71 376 Q 0 386 71 376", thread(cloth.colour))
    _waistband(pen, cloth, 60, 18, loops=False)


def _pleated(pen, cloth, bottom=336, sweep=124):
    count = 13
    for i in range(count):
        left, right = -1 + 2 * i / count, -1 + 2 * (i + 1) / count
        sag = lambda k: 16 * (1 - k * k)
        pen.piece(f"M {62 * left} {TOP + 8} L {62 * right + .6} {TOP + 8} L {sweep * right + 4} {bottom + sag(right)} L {sweep * left} {bottom + sag(left) - 3} Z", cloth, shade=1.3)
    _waistband(pen, cloth, 62, 18, loops=False)


def _maxi(pen, cloth):
    _a_line(pen, cloth, bottom=446, sweep=132)


def _denim_skirt(pen, cloth):
    gold = (208, 150, 72)
    pen.piece(mirror(f"M 0 {TOP} L 66 {TOP} C 78 120 96 190 106 300 Q 50 316 0 316"), cloth)
    pen.folds("M 50 180 Q 64 240 60 310", 12, 0.16)
    pen.piece(f"M -8 {TOP + 14} L 8 {TOP + 14} L 9 315 L -9 315 Z", cloth, lift=0.6)
    for y in range(106, 310, 38):
        pen.button(0, y, 4.2, (196, 140, 90))
    pen.stitches(f"M 40 {TOP + 18} Q 44 118 84 128", gold, 1.4)
    pen.stitches("M 12 306 Q 60 304 105 290", gold, 1.4)
    _waistband(pen, cloth, 66, 18)


def _tiered(pen, cloth):
    for top, bottom, a, b in ((280, 356, 106, 132), (186, 290, 84, 110), (TOP, 196, 62, 88)):
        pen.piece(mirror(f"M 0 {top} L {a} {top} L {b} {bottom} Q {b * .5} {bottom + 14} 0 {bottom + 12}"), cloth, lift=1.4)
        for k in (0.1, 0.35, 0.6, 0.85):
            pen.folds(f"M {a * k} {top} Q {a * k * 1.08} {(top + bottom) / 2} {b * k * 1.04} {bottom + 8}", 6, 0.2)
    _elastic(pen, cloth, 62, string=False)


SKIRTS = {"A-Line": _a_line, "Pencil": _pencil, "Pleated": _pleated, "Maxi": _maxi, "Button-Front": _denim_skirt, "Tiered": _tiered}
