"""Bags, belts, hats, things for the neck, the wrist and the eyes."""

import dataclasses
import math

import skia

from colours import brightness, darker, lighter, mix, thread
from shapes import band, box, common, cut, flip, join, mirror, move, oval, path, star
from studio import metal

BRASS, STEEL = (212, 178, 98), (202, 205, 211)


def _hardware(cloth):
    return BRASS if cloth.seed % 2 else STEEL


def _polished(cloth, colour):
    return dataclasses.replace(cloth.plain(colour), material="Patent")


# ---------------------------------------------------------------- bags

def _tote(pen, cloth, shine):
    for y, c in ((64, cloth.shadow(0.3)), (84, cloth.plain())):
        pen.piece(band(f"M -62 214 C -62 {y - 10} 62 {y - 10} 62 214", 12), c, lift=1)
    pen.piece(mirror("M 0 184 L 136 184 L 118 420 Q 116 428 104 428 L 0 428"), cloth)
    pen.drape(3)
    pen.piece(mirror("M 0 184 L 137 184 L 135 206 L 0 206"), cloth.plain(), shade=0.6)
    pen.stitch("M -134 200 L 134 200", thread(cloth.colour))
    for x in (-62, 62):
        pen.piece(box(x - 9, 190, x + 9, 236, 4), cloth.plain(), lift=1)
        pen.piece(oval(x, 224, 4), cloth.plain(shine))


def _satchel(pen, cloth, shine):
    pen.piece(band("M -54 196 C -54 84 54 84 54 196", 13), cloth.plain(), lift=1.5)
    pen.piece(mirror("M 0 192 L 128 192 Q 150 192 152 216 L 158 400 Q 158 416 140 416 L 0 416"), cloth)
    pen.folds("M 118 210 Q 124 300 128 412", 8, 0.18)
    flap = pen.piece(mirror("M 0 188 L 130 188 Q 152 190 152 212 L 146 282 Q 140 316 104 318 L 0 322"), cloth, lift=2.2)
    pen.stitch(move(flap, grow=0.94), thread(cloth.colour))
    for x in (-54, 54):
        pen.piece(oval(x, 200, 10), cloth.plain(shine), lift=1)
        pen.piece(oval(x, 200, 5), cloth.shadow(0.2))
    pen.piece(box(-20, 298, 20, 340, 5), cloth.plain(shine), lift=1.5)
    pen.piece(box(-9, 308, 9, 330, 3), cloth.plain(darker(shine, 0.25)), lift=0.8)


def _hobo(pen, cloth, shine):
    pen.piece(band("M -118 262 C -100 40 100 40 118 262", 16), cloth.plain(), lift=1.5)
    pen.piece(mirror("M 0 286 C 54 284 92 262 118 232 C 152 270 160 340 132 392 C 108 426 50 430 0 430"), cloth)
    for k in (0.25, 0.6):
        pen.folds(f"M {120 * k} 282 Q {140 * k} 350 {104 * k} 420", 12, 0.22)
    pen.zip("M -112 246 C -80 274 -40 292 0 292 C 40 292 80 274 112 246", tape=darker(cloth.colour, 0.4), teeth=shine)
    for x in (-118, 118):
        pen.piece(cut(oval(x, 244, 13), oval(x, 244, 7)), cloth.plain(shine), lift=1)
    pen.piece("M 40 300 L 50 300 L 56 356 L 34 356 Z", cloth.plain(), lift=1)


def _bucket(pen, cloth, shine):
    pen.piece(band("M -84 186 C -90 30 90 30 84 186", 10), cloth.plain(), lift=1)
    pen.piece(mirror("M 0 164 Q 60 164 92 182 L 116 408 Q 70 430 0 430"), cloth)
    for k in (0.15, 0.5, 0.85):
        pen.folds(f"M {90 * k} 176 Q {94 * k} 230 {100 * k} 280", 9, 0.25)
    pen.line("M -94 214 Q 0 240 94 214", darker(cloth.colour, 0.5), 5)
    pen.line("M -14 228 Q -20 270 -16 306 M 12 228 Q 20 262 16 296", darker(cloth.colour, 0.5), 5)
    for x, y in ((-16, 310), (16, 300)):
        pen.piece(f"M {x - 4} {y - 8} L {x + 4} {y - 8} L {x + 8} {y + 22} L {x - 8} {y + 22} Z", cloth.plain(), lift=1)
    pen.piece(mirror("M 0 402 Q 70 400 115 378 L 118 408 Q 70 432 0 432"), cloth.shadow(0.25))


def _sling(pen, cloth, shine):
    pen.line("M -112 250 C -150 20 150 20 112 250", shine, 4, 1, dash=(7, 3))
    pen.piece(mirror("M 0 232 L 112 232 Q 128 232 128 250 L 124 388 Q 122 404 104 404 L 0 404"), cloth)
    flap = pen.piece(mirror("M 0 228 L 114 228 Q 130 230 130 250 Q 118 330 0 348"), cloth, lift=2)
    pen.stitch(move(flap, grow=0.93), thread(cloth.colour))
    pen.piece(cut(oval(0, 338, 15), oval(0, 338, 8)), cloth.plain(shine), lift=1.2)
    for x in (-112, 112):
        pen.piece(oval(x, 244, 7), cloth.plain(shine), lift=1)


HANDBAGS = {"Tote Bag": _tote, "Satchel": _satchel, "Hobo Bag": _hobo, "Bucket Bag": _bucket, "Sling Bag": _sling}


def handbag(pen, cloth, style="Tote Bag"):
    HANDBAGS[style](pen, cloth, _hardware(cloth))


def backpack(pen, cloth, style=""):
    trim = cloth.trim() if style == "Two-Tone" else cloth.shadow(0.22)
    pen.piece(band("M -30 86 C -30 44 30 44 30 86", 11), trim, lift=1)
    pen.both(band("M 70 110 C 138 150 146 300 118 420", 22), trim, lift=0.6)
    pen.piece(mirror("M 0 76 C 70 74 104 104 112 170 L 120 408 Q 118 440 88 442 L 0 444"), cloth)
    pen.folds("M 92 150 Q 100 270 102 420", 10, 0.18)
    pen.zip("M -98 214 C -92 112 -60 100 0 100 C 60 100 92 112 98 214", tape=darker(cloth.colour, 0.45))
    pen.puller(-84, 140)
    if style == "Flap":
        pen.piece(mirror("M 0 70 C 74 70 106 100 112 160 L 112 236 Q 60 258 0 258"), cloth, lift=2.4)
        for x in (-52, 52):
            pen.piece(box(x - 8, 214, x + 8, 320, 3), cloth.plain((150, 98, 58)), lift=1.2)
            pen.buckle(x, 286, 26, 22, BRASS, 4)
    pocket = pen.piece(mirror("M 0 272 L 80 272 Q 94 274 94 290 L 94 408 Q 92 422 78 422 L 0 422"), trim if style == "Two-Tone" else cloth, lift=1.8)
    if style != "Flap":
        pen.zip("M -80 296 L 80 296", tape=darker(cloth.colour, 0.45))
        pen.puller(62, 298)
        pen.piece(box(-20, 196, 20, 222, 3), cloth.plain((240, 240, 240)) if brightness(cloth.colour) < .8 else cloth.plain((60, 62, 70)), lift=0.8)
        pen.line("M -12 204 L 12 204 M -8 212 L 8 212", (140, 140, 146), 2.2)
    pen.stitch(move(pocket, grow=0.94), thread(cloth.colour))


def laptop_bag(pen, cloth, style="Messenger"):
    pen.canvas.translate(0, 10)
    shine = STEEL
    if style == "Messenger":
        pen.piece(band("M -142 220 C -150 40 150 40 142 220", 14), cloth.shadow(0.2), lift=1)
    else:
        pen.piece(band("M -46 196 C -46 120 46 120 46 196", 12), cloth.shadow(0.25), lift=1)
    pen.piece(box(-156, 188, 156, 404, 12), cloth)
    if style == "Messenger":
        flap = pen.piece(mirror("M 0 184 L 148 184 Q 160 186 160 200 L 158 330 Q 156 350 132 350 L 0 350"), cloth, lift=2.4)
        pen.stitch(move(flap, grow=0.95), thread(cloth.colour))
        for x in (-84, 84):
            pen.piece(box(x - 11, 280, x + 11, 378, 4), cloth.plain((120, 78, 48) if brightness(cloth.colour) > .2 else (70, 70, 76)), lift=1.4)
            pen.buckle(x, 346, 32, 26, shine, 5)
    else:
        pen.zip("M -146 208 L 146 208", tape=darker(cloth.colour, 0.4))
        pen.piece(box(-134, 262, 134, 390, 8), cloth, lift=1.6)
        pen.zip("M -122 276 L 122 276", tape=darker(cloth.colour, 0.4))
        pen.puller(104, 278)
        pen.puller(-120, 210)
        for x in (-46, 46):
            pen.piece(box(x - 8, 186, x + 8, 246, 3), cloth.shadow(0.25), lift=1)


def duffel(pen, cloth):
    trim = cloth.trim()
    pen.canvas.translate(0, 6)
    pen.piece(band("M -70 330 L -62 190 C -56 96 56 96 62 190 L 70 330", 13), trim, lift=1)
    pen.piece(mirror("M 0 198 L 116 198 C 164 200 172 240 172 300 C 172 372 160 392 116 394 L 0 394"), cloth)
    pen.folds("M 118 202 Q 136 300 118 392", 9, 0.22)
    pen.both(common(mirror("M 0 198 L 116 198 C 164 200 172 240 172 300 C 172 372 160 392 116 394 L 0 394"), box(134, 180, 200, 410)), trim, shade=0.7)
    pen.zip("M -112 216 L 112 216", tape=darker(cloth.colour, 0.4))
    pen.puller(-90, 218)
    for x in (-66, 66):
        pen.piece(box(x - 8, 200, x + 8, 392, 1), trim, lift=1)
    pen.piece(box(-48, 280, 48, 372, 6), cloth, lift=1.4)
    pen.zip("M -42 292 L 42 292", tape=darker(cloth.colour, 0.4))


def clutch(pen, cloth, style="Envelope"):
    shine = _hardware(cloth)
    if style == "Wristlet":
        pen.piece(band("M 124 236 C 180 150 120 100 112 190 C 108 214 118 226 128 236", 9), cloth.plain(), lift=1)
    if style == "Box":
        body = pen.piece(box(-150, 190, 150, 348, 16), cloth, shade=1.6)
        pen.piece(box(-152, 184, 152, 200, 6), cloth.plain(shine), lift=1)
        for k in (-1, 1):
            pen.piece(oval(k * 7, 182, 9), _polished(cloth, shine), lift=1)
        pen.sheen("M -120 226 L -40 330", 18, 0.28)
        return
    body = pen.piece(box(-156, 180, 156, 356, 10), cloth)
    if style == "Envelope":
        flap = pen.piece("M -158 186 Q -158 176 -148 176 L 148 176 Q 158 176 158 186 L 10 300 Q 0 308 -10 300 Z", cloth, lift=2.6)
        pen.stitch(move(flap, grow=0.92), thread(cloth.colour))
        pen.piece(oval(0, 292, 10), _polished(cloth, shine), lift=1.4)
    elif style == "Quilted":
        with pen.clip(body):
            for x in range(-340, 340, 30):
                pen.line(f"M {x} 170 L {x + 190} 360 M {x + 190} 170 L {x} 360", darker(cloth.colour, 0.55), 1.8, 0.7)
        pen.piece(mirror("M 0 176 L 150 176 Q 160 178 160 190 L 150 256 Q 90 270 0 272"), cloth, lift=2.4)
        pen.piece(cut(oval(0, 264, 15), oval(0, 264, 8)), cloth.plain(shine), lift=1.4)
    else:
        pen.zip("M -148 194 L 148 194", tape=darker(cloth.colour, 0.4), teeth=shine)
        pen.puller(130, 196, shine)
        pen.drape(3)


def wallet(pen, cloth, style="Bifold"):
    if style == "Bifold":
        pen.piece(box(-116, 176, 122, 350, 8), cloth.shadow(0.4), lift=1)
        for i, c in enumerate(((214, 220, 226), (120, 150, 190))):
            pen.piece(box(-96, 164 + i * 8, 96, 220, 4), cloth.plain(c), lift=0.6)
        front = pen.piece(box(-120, 182, 116, 356, 10), cloth, lift=2)
        pen.shade("M -112 190 L -112 350", 10, 0.3)
    elif style == "Zip Around":
        front = pen.piece(box(-150, 176, 150, 336, 20), cloth, lift=1)
        pen.zip(move(front, grow=0.975), tape=darker(cloth.colour, 0.4), teeth=BRASS, width=4)
        pen.piece(band("M 150 256 C 190 256 184 330 176 360", 7), cloth.plain(), lift=1)
        pen.puller(146, 250, BRASS)
    else:
        pen.piece(box(-150, 178, 150, 340, 8), cloth.shadow(0.25))
        front = pen.piece(mirror("M 0 172 L 146 172 Q 154 174 154 184 L 150 270 Q 148 282 132 282 L 0 284"), cloth, lift=2.2)
        pen.piece(oval(0, 262, 9), cloth.plain(_hardware(cloth)), lift=1.2)
    pen.stitch(move(front, grow=0.93), lighter(cloth.colour, 0.35) if brightness(cloth.colour) < .3 else thread(cloth.colour))
    pen.fill(box(50, 306, 92, 316, 2), darker(cloth.colour, 0.35), 0.7)


# ---------------------------------------------------------------- belts, ties, scarves

def belt(pen, cloth, style="Classic Buckle"):
    """Coiled, seen a little from above, its end and buckle to the front."""
    shine = _hardware(cloth)
    for grow, shade in ((0.62, 0.45), (0.8, 0.3)):
        ring = skia.Op(oval(0, 232, 150 * grow, 84 * grow), oval(0, 232, 150 * grow - 12, 84 * grow - 12), skia.kDifference_PathOp)
        pen.piece(join(ring, oval(0, 232 + 84 * grow - 8, 1, 1)), cloth.shadow(shade), lift=1)
    back = cut(oval(0, 236, 152, 92), oval(0, 240, 136, 74))
    pen.piece(back, cloth.shadow(0.35), lift=1)
    front = "M -152 236 C -152 292 -84 328 0 328 C 84 328 152 292 152 236 L 152 276 C 152 334 84 372 0 372 C -84 372 -152 334 -152 276 Z"
    pen.piece(front, cloth, lift=2)
    pen.line("M -147 252 C -140 300 -80 333 0 333 C 80 333 140 300 147 252 M -148 278 C -140 330 -80 366 0 366 C 80 366 140 330 148 278",
             lighter(cloth.colour, 0.35) if brightness(cloth.colour) < .4 else thread(cloth.colour), 1.3, 0.8, dash=(4, 3))
    if style == "Braided":
        with pen.clip():
            for x in range(-170, 170, 13):
                pen.line(f"M {x} 230 Q {x + 16} 310 {x + 4} 380 M {x + 12} 230 Q {x - 10} 310 {x + 8} 380", darker(cloth.colour, 0.5), 3, 0.55)
    if style == "Plate Buckle":
        pen.piece(box(-40, 318, 40, 384, 7), _polished(cloth, shine), lift=2.5)
        pen.line(box(-32, 326, 32, 376, 4), darker(shine, 0.35), 2)
        pen.sheen("M -26 370 L 14 330", 8, 0.6)
        return
    for i in range(4):
        pen.fill(oval(64 + i * 18, 338 - i * 8, 3.4), darker(cloth.colour, 0.7))
    pen.buckle(-2, 350, 74, 64, shine, 8)
    pen.piece("M 48 322 L 62 318 L 66 368 L 52 372 Z", cloth, lift=1.4)


def tie(pen, cloth, style=""):
    slim = 0.72 if style == "Slim" else 1.0
    pen.piece(f"M {-10 * slim} 96 L {16 * slim} 96 L {40 * slim} 420 L {20 * slim} 446 L {4 * slim} 424 Z", cloth.shadow(0.35), turn=38)
    pen.piece(mirror(f"M 0 92 L {19 * slim} 92 L {46 * slim} 404 L 0 462"), cloth, turn=38, lift=2)
    pen.sheen(f"M {-8 * slim} 110 L {-22 * slim} 400", 10, 0.2)
    pen.folds(f"M 0 100 Q {8 * slim} 140 {5 * slim} 190", 5, 0.2)
    pen.piece(mirror(f"M 0 46 L {30 * slim} 48 Q {33 * slim} 54 {30 * slim} 64 L {19 * slim} 94 Q 0 100 0 98"), cloth, turn=-30, lift=2)
    pen.piece(band(f"M {-28 * slim} 50 C -64 22 64 22 {28 * slim} 50", 9), cloth.shadow(0.15), lift=0.6)


def scarf(pen, cloth, style="Fringed"):
    """Looped once, both ends hanging."""
    pen.piece("M -58 150 Q -76 300 -70 430 L -8 436 Q -4 300 6 180 Z", cloth, turn=4, lift=1)
    pen.fold("M -40 180 Q -52 300 -46 430", 9, 0.24)
    pen.fold("M -20 200 Q -28 300 -24 432", 9, 0.2)
    pen.piece("M 0 190 Q 22 290 16 404 L 76 396 Q 80 280 58 160 Z", cloth, turn=-6, lift=2)
    pen.fold("M 30 210 Q 46 300 36 400", 9, 0.24)
    pen.fold("M 48 190 Q 66 290 58 396", 9, 0.2)
    if style == "Fringed":
        for x0, x1, y0, y1 in ((-70, -8, 430, 436), (16, 76, 404, 396)):
            for i in range(13):
                t = i / 12
                x, y = x0 + (x1 - x0) * t, y0 + (y1 - y0) * t
                pen.line(f"M {x} {y - 1} Q {x + pen.rng.uniform(-3, 3)} {y + 16} {x + pen.rng.uniform(-3, 3)} {y + 32}", darker(cloth.colour, .1), 2.6, 1)
    ring = cut(join(oval(0, 140, 104, 74)), oval(0, 118, 66, 34))
    pen.piece(ring, cloth, lift=2.4)
    pen.fold("M -96 140 C -80 196 80 196 96 140", 10, 0.26)
    pen.fold("M -84 126 C -70 176 70 176 84 126", 9, 0.24)
    pen.fold("M -90 110 C -60 60 60 60 90 110", 9, 0.24)
    pen.piece("M -38 170 Q 0 150 40 172 Q 44 206 34 226 Q 0 240 -34 224 Q -44 200 -38 170 Z", cloth, turn=20, lift=2)
    pen.fold("M -14 164 Q -20 200 -12 230", 6, 0.26)
    pen.fold("M 14 164 Q 16 200 10 230", 6, 0.26)


def stole(pen, cloth):
    """A long shawl folded over itself, its worked ends fanned out."""
    for i, (x, top) in enumerate(((44, 92), (0, 76))):
        pen.piece(f"M {x - 92} {top + 8} Q {x} {top - 8} {x + 62} {top} L {x + 76} 424 Q {x} 436 {x - 100} 428 Z", cloth.shadow(0.16) if i == 0 else cloth, lift=1.6)
        for k in (-60, -26, 10, 42):
            pen.fold(f"M {x + k} {top + 6} Q {x + k * 1.1 - 3} 260 {x + k * 1.12} 426", 8, 0.2)
        border = common(pen.last, box(-200, 376, 200, 440))
        pen.piece(border, cloth.trim(), shade=0.5)
        for j in range(24):
            u = x - 99 + j * 7.4
            pen.line(f"M {u} 428 Q {u + pen.rng.uniform(-2, 2)} 444 {u + pen.rng.uniform(-3, 3)} 456", cloth.accents[0], 2.2)


# ---------------------------------------------------------------- head and hands

def cap(pen, cloth, style=""):
    brim = cloth.trim() if style == "Two-Tone" else cloth.plain()
    crown = "M -104 300 C -118 180 -62 116 20 116 C 104 118 138 190 132 296 Q 30 270 -104 300 Z"
    pen.piece(crown, cloth)
    pen.seam("M 20 116 C -24 160 -40 230 -34 288", cloth)
    pen.seam("M 20 116 C 60 160 84 220 86 284", cloth)
    for x, y in ((-62, 200), (104, 200), (18, 190)):
        pen.fill(oval(x, y, 4), darker(cloth.colour, 0.55))
        pen.line(oval(x, y, 5), thread(cloth.colour), 1.4)
    pen.piece(oval(20, 115, 10, 7), brim, lift=1)
    pen.piece("M -108 298 Q 30 266 134 294 Q 130 306 128 312 Q 20 290 -96 318 Z", cloth.shadow(.12))
    pen.piece("M -106 300 C -150 312 -176 344 -170 366 C -120 340 20 328 110 306 C 30 280 -50 286 -106 300 Z", brim, lift=2.4)
    for i in range(3):
        pen.stitch(f"M {-104 + i * 6} {308 + i * 6} C {-140 + i * 8} {318 + i * 5} {-160 + i * 8} {338 + i * 3} {-158 + i * 10} {352 - i * 2}", thread(brim.colour))
    if style == "Embroidered":
        pen.fill(star(-2, 232, 26), cloth.accents[0])
        pen.line(star(-2, 232, 26), darker(cloth.accents[0], 0.3), 1.6)


def hat(pen, cloth, style="Fedora"):
    ribbon = cloth.trim()
    if style == "Sun":
        pen.piece(oval(0, 306, 178, 70), cloth)
        pen.line(oval(0, 306, 164, 62), darker(cloth.colour, 0.3), 1.6, .7)
        pen.piece("M -92 296 C -96 190 -60 150 0 150 C 60 150 96 190 92 296 C 60 322 -60 322 -92 296 Z", cloth, lift=1.5)
        pen.piece("M -93 268 C -60 296 60 296 93 268 L 92 298 C 60 324 -60 324 -92 298 Z", ribbon, lift=1)
        return
    pen.piece("M -176 306 C -120 276 120 276 176 306 C 150 366 -150 366 -176 306 Z", cloth)
    pen.piece("M -96 312 C -98 240 -86 170 -56 152 C -30 140 -14 164 0 164 C 14 164 30 140 56 152 C 86 170 98 240 96 312 C 50 334 -50 334 -96 312 Z", cloth, lift=1.5)
    pen.fold("M 0 166 Q -6 200 4 232", 12, 0.3)
    pen.folds("M 52 160 Q 44 200 56 240", 10, 0.2)
    pen.piece("M -97 280 C -50 304 50 304 97 280 L 96 314 C 50 336 -50 336 -96 314 Z", ribbon, lift=1)
    pen.piece("M 66 288 L 92 280 L 92 312 L 70 320 Z", ribbon.shadow(0.1), lift=1)


def gloves(pen, cloth, style=""):
    glove = path("M -40 420 L -46 330 C -52 300 -60 270 -62 230 L -60 150 Q -58 128 -46 130 Q -36 132 -36 150 L -34 226 L -30 116 Q -28 96 -16 97 Q -4 98 -4 118 L -4 222 L 4 118 Q 6 100 18 102 Q 29 104 28 122 L 22 232 L 34 160 Q 38 144 49 148 Q 58 152 55 170 L 44 262 "
                 "L 74 236 Q 90 226 97 236 Q 102 246 92 258 C 70 290 58 316 46 340 L 46 420 Q 4 430 -40 420 Z")
    for side, dx, turn in ((-1, -80, -7), (1, 82, 7)):
        pen.canvas.save()
        pen.canvas.translate(dx, 0)
        pen.canvas.rotate(turn, 0, 256)
        pen.canvas.scale(-side * 0.98, 1)
        pen.piece(glove, cloth, lift=1)
        for d in ("M -32 232 L -36 292", "M -4 228 L -6 290", "M 22 236 L 18 290"):
            pen.seam(d, cloth)
        pen.fold("M -44 320 Q 0 336 44 322", 7, 0.2)
        cuff = dataclasses.replace(cloth.trim() if style == "Two-Tone" else cloth.shadow(0.15), material="Ribbed" if cloth.material != "Leather" else "Leather")
        pen.piece("M -44 366 Q 2 376 47 366 L 47 424 Q 4 434 -42 424 Z", cuff)
        pen.canvas.restore()


def socks(pen, cloth, length="Ankle Length", pack=""):
    top = {"Ankle Length": 190, "Calf Length": 84}[length]
    pairs = [cloth.trim(), cloth] if pack else [cloth]
    sock = path(f"M -34 {top} L 34 {top} C 34 {top + 60} 36 270 42 312 C 48 356 30 374 -4 386 L -84 424 C -116 436 -138 420 -132 396 C -128 374 -106 366 -84 350 C -50 328 -34 312 -34 280 Z")
    n = 0
    for each in pairs:
        for dx in (-18, 22):
            pen.canvas.save()
            pen.canvas.translate(dx + 24 + (n // 2) * 18 - (len(pairs) - 1) * 52 + (n // 2) * 52, -14 + (n % 2) * 18)
            outline = pen.piece(sock, each, lift=1.8)
            trim = each.trim() if not pack else each.shadow(0.25)
            pen.piece(common(outline, path("M -150 340 L -96 350 Q -90 390 -76 440 L -150 450 Z")), trim, shade=0.8)
            pen.piece(common(outline, path("M 60 296 L 28 300 Q 8 340 6 400 L 60 400 Z")), trim, shade=0.8)
            pen.piece(common(outline, box(-60, top, 60, top + 34)), dataclasses.replace(trim, material="Ribbed"), shade=0.8)
            pen.fold("M -36 306 Q -8 330 30 300", 7, 0.18)
            pen.canvas.restore()
            n += 1


def umbrella(pen, cloth):
    pen.line("M 0 90 L 0 410", (90, 90, 96), 6, 1)
    pen.line("M 0 390 L 0 424 C 0 452 40 452 40 424", (110, 72, 44), 11, 1)
    canopy = path("M -172 262 C -166 130 -80 84 0 84 C 80 84 166 130 172 262 Q 144 236 116 262 Q 86 236 58 262 Q 28 236 0 262 Q -28 236 -58 262 Q -86 236 -116 262 Q -144 236 -172 262 Z")
    pen.piece(canopy, cloth)
    for x in (-116, -58, 0, 58, 116):
        pen.seam(f"M 0 84 Q {x * 1.06} 140 {x} 262", cloth)
        pen.fold(f"M {x * .2} 100 Q {x * 1.16 + 16} 160 {x + 14} 250", 12, 0.18)
    pen.piece(box(-3, 64, 3, 88, 2), cloth.plain((90, 90, 96)))


# ---------------------------------------------------------------- eyes and wrists

def sunglasses(pen, cloth, style="Wayfarer", lens=""):
    """From the front, arms folded behind."""
    tint = {"Brown": (96, 62, 42), "Blue": (54, 92, 150), "Green": (52, 82, 62)}.get(lens.split(" ")[0], (46, 48, 54))
    frame = _polished(cloth, cloth.colour)
    shapes = {"Wayfarer": "M 22 226 Q 80 208 150 222 Q 156 250 144 282 Q 128 312 86 310 Q 38 306 28 268 Q 20 244 22 226 Z",
              "Aviator": "M 22 228 Q 80 206 142 222 Q 152 262 132 300 Q 104 334 66 312 Q 28 286 22 228 Z",
              "Cat Eye": "M 22 240 Q 70 218 158 200 Q 164 236 146 274 Q 124 306 84 304 Q 38 298 26 268 Q 20 252 22 240 Z",
              "Rectangular": "M 22 228 L 148 224 Q 154 226 152 250 Q 150 292 138 294 L 44 296 Q 28 294 24 266 Z"}
    glass = oval(84, 262, 60, 58) if style == "Round" else path(shapes[style])
    thin = style in ("Aviator", "Round")
    pen.both("M 138 222 L 158 214 C 150 182 60 168 -40 176 L -42 188 C 50 184 120 196 138 236 Z" if style != "Round" else "M 134 236 L 150 226 C 146 190 60 176 -40 182 L -42 192 C 50 190 120 202 134 250 Z", frame.shadow(0.2), lift=1)
    outer = move(glass, grow=1.06 if thin else 1.2)
    pen.both(outer, frame, lift=2)
    pen.piece(band("M -26 238 Q 0 214 26 238", 6 if thin else 11), frame, lift=1)
    if style == "Aviator":
        pen.piece(band("M -34 218 L 34 218", 5), frame, lift=1)
    for shape in (flip(glass), glass):
        pen.piece(shape, cloth.plain(tint), shade=0.8)
        b = shape.getBounds()
        fade = skia.GradientShader.MakeLinear([skia.Point(0, b.top()), skia.Point(0, b.bottom())],
                                              [skia.Color(0, 0, 0, 90), skia.Color(255, 255, 255, 70)])
        with pen.clip():
            pen.canvas.drawPaint(skia.Paint(Shader=fade))
        pen.sheen(f"M {b.left() + 26} {b.bottom() - 16} L {b.left() + 66} {b.top() + 8}", 13, 0.35)
        pen.sheen(f"M {b.left() + 50} {b.bottom() - 12} L {b.left() + 84} {b.top() + 12}", 5, 0.3)


def watch(pen, cloth, strap="Leather Strap", dial="", face="Analog"):
    """Laid flat, straight on: strap, case, dial, hands at ten past ten."""
    case = _polished(cloth, BRASS if cloth.seed % 3 == 0 else STEEL)
    ladies = pen.feminine
    r, w = (64, 27) if ladies else (80, 37)
    if strap == "Metal Strap":
        band_cloth = _polished(cloth, cloth.colour)
        case = band_cloth
        for top, bottom in ((26, 256), (256, 486)):
            pen.piece(box(-w, top, w, bottom, 6), band_cloth)
            for y in range(top + 4, bottom, 15):
                pen.piece(box(-w, y, w, y + 13, 3), band_cloth, shade=1.2)
                pen.piece(box(-w * .4, y, w * .4, y + 13, 3), band_cloth.shadow(0.08), shade=1.2)
    else:
        lining = cloth.plain()
        pen.piece(mirror(f"M 0 22 L {w * .8} 24 L {w + 5} 190 L 0 200"), lining, lift=1)
        pen.piece(mirror(f"M 0 318 L {w + 5} 322 L {w * .8} 472 Q {w * .5} 490 0 492"), lining, lift=1)
        pen.stitches(f"M {w * .8 - 5} 34 L {w - 1} 190 M {w - 1} 322 L {w * .8 - 5} 466", lighter(cloth.colour, 0.5) if strap == "Leather Strap" else darker(cloth.colour, .2))
        pen.buckle(0, 28, w * 2 + 12, 30, case.colour, 5)
        for y in range(380, 466, 19):
            pen.fill(oval(0, y, 3), darker(cloth.colour, 0.75))
    for y0, y1 in ((172, 210), (302, 340)):
        pen.both(box(w - 4, y0, w + 9, y1, 4), case, lift=0.8)
    white = {"White Dial": (248, 248, 246), "Black Dial": (30, 30, 34), "Blue Dial": (30, 54, 110), "Gold Dial": (226, 196, 120), "Pink Dial": (240, 186, 200)}[dial or "White Dial"]
    marks = (40, 40, 46) if brightness(white) > .5 else (236, 236, 236)
    if face == "Digital":
        pen.piece(box(-r, 256 - r, r, 256 + r, 24), cloth, lift=2.5, shade=1.4)
        pen.piece(box(-r + 14, 256 - r + 16, r - 14, 256 + r - 16, 12), cloth.plain((34, 36, 40)))
        pen.piece(box(-r + 22, 228, r - 22, 288, 5), cloth.plain((178, 190, 170)), shade=0.6)
        _digits(pen, r)
        for y in (220, 292):
            pen.both(box(r - 2, y - 10, r + 8, y + 10, 3), case, lift=0.8)
        return
    pen.piece(box(r - 2, 246, r + 12, 266, 3), case, lift=1)
    pen.piece(oval(0, 256, r), case, lift=2.5, shade=1.5)
    pen.piece(oval(0, 256, r - 10), cloth.plain(white), shade=0.7)
    for i in range(12):
        a = math.radians(30 * i)
        inner = r - (26 if i % 3 == 0 else 21)
        pen.line(f"M {math.sin(a) * inner} {256 - math.cos(a) * inner} L {math.sin(a) * (r - 15)} {256 - math.cos(a) * (r - 15)}", marks, 4.4 if i % 3 == 0 else 2, 1)
    if face == "Chronograph":
        for x, y in ((-26, 256), (26, 256), (0, 284)):
            pen.fill(oval(x, y, 13), mix(white, marks, 0.18))
            pen.line(oval(x, y, 13), marks, 1.4)
            pen.line(f"M {x} {y} L {x + 5} {y - 7}", marks, 1.6)
        for y in (216, 296):
            pen.piece(box(r - 8, y - 7, r + 9, y + 7, 3), case, lift=1)
    for angle, long, width in ((-57, r * .45, 5.5), (60, r * .66, 4), (200, r * .7, 1.4)):
        a = math.radians(angle)
        pen.line(f"M {-math.sin(a) * 8} {256 + math.cos(a) * 8} L {math.sin(a) * long} {256 - math.cos(a) * long}", marks if width > 2 else (196, 40, 40), width, 1)
    pen.fill(oval(0, 256, 4.5), marks)
    pen.canvas.save()
    pen.canvas.clipPath(oval(0, 256, r - 10), doAntiAlias=True)
    pen.line(f"M {-r} 246 L 10 {250 - r}", (255, 255, 255), 22, 0.16)
    pen.canvas.restore()


_SEGMENTS = {"1": "bc", "0": "abcdef", "8": "abcdefg"}


def _digits(pen, r):
    """10:08 in seven segments."""
    lines = {"a": (0, 0, 1, 0), "b": (1, 0, 1, 1), "c": (1, 1, 1, 2), "d": (0, 2, 1, 2), "e": (0, 1, 0, 2), "f": (0, 0, 0, 1), "g": (0, 1, 1, 1)}
    w, h = r * 0.2, 17
    for digit, x in zip("1008", (-r * .62, -r * .32, r * .1, r * .42)):
        for s in _SEGMENTS[digit]:
            x0, y0, x1, y1 = lines[s]
            pen.line(f"M {x + x0 * w} {241 + y0 * h} L {x + x1 * w} {241 + y1 * h}", (30, 34, 30), 4.2, 1)
    for y in (252, 266):
        pen.fill(oval(0, y, 2.6), (30, 34, 30))


# ---------------------------------------------------------------- jewellery

def _gem(pen, x, y, r, colour):
    pen.piece(oval(x, y, r), metal(colour), lift=1)
    pen.line(f"M {x - r * .7} {y - r * .2} L {x} {y - r * .6} L {x + r * .7} {y - r * .2} L {x} {y + r * .8} Z", (255, 255, 255), 1, 0.5)
    pen.fill(oval(x - r * .3, y - r * .4, r * .24), (255, 255, 255), 0.85)


def _hook(pen, x, y, gold):
    pen.line(f"M {x} {y} C {x - 4} {y - 22} {x + 26} {y - 34} {x + 24} {y - 4}", darker(gold, .1), 3.4, 1)


def earrings(pen, cloth, style="Drop"):
    gold = cloth.colour
    shiny, stone = _polished(cloth, gold), cloth.accents[0]
    for side in (-1, 1):
        pen.canvas.save()
        pen.canvas.translate(side * 82, 0)
        EARRINGS[style](pen, shiny, stone)
        pen.canvas.restore()


def _hoop(pen, shiny, stone):
    pen.piece(cut(oval(0, 270, 68, 84), oval(0, 274, 56, 72)), shiny, lift=1.5, shade=1.4)
    pen.piece(oval(0, 188, 7), shiny, lift=1)
    pen.line("M 0 186 C -2 160 22 160 20 182", darker(shiny.colour, .15), 3, 1)


def _stud(pen, shiny, stone):
    for i in range(10):
        a = 2 * math.pi * i / 10
        pen.piece(oval(math.cos(a) * 36, 256 + math.sin(a) * 36, 13), shiny, lift=1)
    _gem(pen, 0, 256, 30, stone)


def _drop(pen, shiny, stone):
    _hook(pen, 0, 160, shiny.colour)
    _gem(pen, 0, 176, 15, stone)
    pen.line("M 0 190 L 0 222", shiny.colour, 3.4, 1)
    pen.piece("M 0 214 C 10 250 42 280 42 320 C 42 350 22 366 0 366 C -22 366 -42 350 -42 320 C -42 280 -10 250 0 214 Z", shiny, lift=1.5)
    pen.piece("M 0 252 C 8 276 28 296 28 320 C 28 340 14 350 0 350 C -14 350 -28 340 -28 320 C -28 296 -8 276 0 252 Z", _polished(shiny, stone), lift=1)
    pen.sheen("M -12 310 Q -12 336 0 342", 5, 0.7)


def _jhumka(pen, shiny, stone):
    _hook(pen, 0, 140, shiny.colour)
    pen.piece(oval(0, 164, 28), shiny, lift=1)
    _gem(pen, 0, 164, 14, stone)
    pen.line("M 0 190 L 0 214", shiny.colour, 6, 1)
    pen.piece("M 0 206 C 34 208 56 250 62 306 Q 0 324 -62 306 C -56 250 -34 208 0 206 Z", shiny, lift=1.5)
    for x in (-36, -12, 12, 36):
        pen.fill(oval(x, 278, 6, 10), stone)
    pen.line("M -60 298 Q 0 316 60 298 M -50 256 Q 0 268 50 256", darker(shiny.colour, 0.35), 2.4, dash=(3, 2))
    for i in range(9):
        x = -56 + i * 14
        pen.piece(oval(x, 322 + 6 * (1 - (x / 56) ** 2), 6.5), shiny, lift=1)


def _chandelier(pen, shiny, stone):
    _hook(pen, 0, 150, shiny.colour)
    pen.piece(mirror("M 0 152 Q 24 170 50 222 Q 20 214 0 236"), shiny, lift=1)
    _gem(pen, 0, 196, 13, stone)
    for x, long in ((-44, 40), (-22, 66), (0, 92), (22, 66), (44, 40)):
        pen.line(f"M {x} 220 L {x} {226 + long}", shiny.colour, 2.6, 1)
        pen.piece(f"M {x} {220 + long} C {x + 12} {244 + long} {x + 10} {262 + long} {x} {262 + long} C {x - 10} {262 + long} {x - 12} {244 + long} {x} {220 + long} Z", _polished(shiny, stone), lift=1)


EARRINGS = {"Hoop": _hoop, "Stud": _stud, "Drop": _drop, "Jhumka": _jhumka, "Chandelier": _chandelier}


def necklace(pen, cloth, style="Chain"):
    gold, stone = _polished(cloth, cloth.colour), cloth.accents[0]
    curve = "M -112 66 C -150 260 -70 378 0 380 C 70 378 150 260 112 66"
    if style == "Beaded":
        line = skia.PathMeasure(path(curve), False)
        count = 40
        for i in range(count):
            at, _ = line.getPosTan(line.getLength() * i / (count - 1))
            r = 6 + 6.5 * math.sin(math.pi * i / (count - 1))
            pen.piece(oval(at.x(), at.y(), r), gold if i % 3 else _polished(cloth, stone), lift=1.2)
        return
    pen.line(curve, darker(cloth.colour, 0.35), 6.2, 1, dash=(7, 2.4))
    pen.line(curve, cloth.colour, 5, 1, dash=(6, 3.4))
    pen.line(curve, (255, 255, 255), 1.4, 0.55, dash=(6, 3.4))
    if style == "Layered":
        for inner in ("M -100 66 C -120 220 -60 312 0 314 C 60 312 120 220 100 66", "M -88 66 C -96 180 -48 248 0 250 C 48 248 96 180 88 66"):
            pen.line(inner, darker(cloth.colour, 0.35), 4.6, 1, dash=(6, 2))
            pen.line(inner, cloth.colour, 3.6, 1, dash=(5, 3))
        _gem(pen, 0, 316, 10, stone)
        _gem(pen, 0, 384, 14, stone)
    elif style == "Statement":
        for x, y, r in ((-92, 310, 15), (-66, 350, 19), (-34, 376, 22), (0, 386, 27), (34, 376, 22), (66, 350, 19), (92, 310, 15)):
            pen.piece(oval(x, y, r + 4), gold, lift=1.2)
            _gem(pen, x, y, r, stone)
    elif style == "Heart Pendant":
        pen.piece(mirror("M 0 396 C 12 374 48 378 46 408 C 44 434 14 448 0 464"), gold, lift=2)
        pen.sheen("M -26 410 Q -24 396 -12 396", 5, 0.7)
    elif style == "Drop Pendant":
        pen.piece("M 0 384 C 12 412 34 424 34 446 C 34 466 18 476 0 476 C -18 476 -34 466 -34 446 C -34 424 -12 412 0 384 Z", gold, lift=2)
        _gem(pen, 0, 444, 20, stone)
    else:
        pen.piece(box(-5, 372, 5, 388, 2), gold, lift=1)


def bangles(pen, cloth, style=""):
    """A stack seen from the side and above."""
    shiny, stone = _polished(cloth, cloth.colour), cloth.accents[0]
    for i in range(4):
        y = 330 - i * 42
        ring = cut(oval(0, y, 132, 66), oval(0, y - 2, 114, 51))
        pen.piece(ring, shiny if i % 2 == 0 or style != "Two-Tone" else _polished(cloth, stone), lift=2.4, shade=1.4)
        if style == "Studded":
            for k in range(9):
                a = math.radians(20 + k * 17.5)
                pen.fill(oval(math.cos(a) * 123, y + math.sin(a) * 58, 4.2), stone)


def bracelet(pen, cloth, style="Charm"):
    shiny, stone = _polished(cloth, cloth.colour), cloth.accents[0]
    if style == "Cuff":
        pen.piece(cut(cut(oval(0, 256, 134, 104), oval(0, 248, 112, 78)), path("M -34 256 L 34 256 L 54 120 L -54 120 Z")), shiny, lift=2, shade=1.5)
        pen.sheen("M -100 300 Q 0 370 100 300", 8, 0.5)
        return
    count = 26
    for i in range(count):
        a = 2 * math.pi * i / count
        x, y = math.cos(a) * 122, 240 + math.sin(a) * 96
        if style == "Beaded":
            pen.piece(oval(x, y, 15), shiny if i % 4 else _polished(cloth, stone), lift=1.4)
        else:
            pen.piece(cut(oval(x, y, 17, 11), oval(x, y, 10, 5)), shiny, lift=1)
    if style == "Charm":
        for x, y, draw in ((-70, 326, star(-70, 356, 22)), (0, 340, mirror("M 0 362 C 10 348 32 350 30 370 C 28 386 10 394 0 404")), (70, 326, oval(70, 354, 18))):
            pen.line(f"M {x} {y - 6} L {x} {y + 22}", cloth.colour, 3, 1)
            pen.piece(draw, shiny, lift=1.6)


def ring(pen, cloth, style="Solitaire"):
    shiny, stone = _polished(cloth, cloth.colour), cloth.accents[0]
    pen.piece(cut(oval(0, 300, 104, 112), oval(0, 302, 86, 94)), shiny, lift=2.4, shade=1.6)
    if style == "Band":
        pen.piece(cut(oval(0, 296, 112, 120), oval(0, 302, 86, 94)), shiny, lift=1.5, shade=1.4)
        pen.line(oval(0, 299, 99, 107), darker(cloth.colour, 0.35), 2, dash=(4, 3))
        return
    if style == "Cluster":
        for i in range(8):
            a = 2 * math.pi * i / 8
            _gem(pen, math.cos(a) * 40, 164 + math.sin(a) * 40, 17, lighter(stone, 0.35))
    pen.piece("M -34 200 L -44 150 L -24 176 L 0 142 L 24 176 L 44 150 L 34 200 Z", shiny, lift=1)
    _gem(pen, 0, 160, 34, stone)


def cufflinks(pen, cloth, style="Square"):
    shiny, stone = _polished(cloth, cloth.colour), cloth.accents[0]
    for x, y in ((-76, 214), (76, 298)):
        pen.piece(box(x - 8, y + 10, x + 8, y + 92, 4), shiny, lift=1)
        pen.piece(box(x - 34, y + 84, x + 34, y + 104, 9), shiny, lift=1.4)
        face = oval(x, y, 52) if style == "Round" else box(x - 50, y - 50, x + 50, y + 50, 8)
        pen.piece(face, shiny, lift=2.4, shade=1.4)
        pen.piece(move(face, grow=0.74), _polished(cloth, stone), shade=1.2)
        pen.sheen(f"M {x - 24} {y + 24} L {x + 20} {y - 24}", 9, 0.4)
