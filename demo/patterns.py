"""Prints and weaves. Each pattern fills a rectangle of the page; the studio clips it to the cut piece.

A pattern draws from the cloth's own random stream, reseeded for every piece, so
that the sleeves of a shirt get the same stripe as its body.
"""

import math
import random

import skia

from colours import brightness, darker, lighter, mix
from shapes import band, oval, path


def ink(colour, alpha=1.0, width=0.0, blur=0.0, dash=()):
    """A paint: a fill, or a line where a width is given."""
    paint = skia.Paint(AntiAlias=True, Color=skia.Color(*(int(c) for c in colour), int(255 * alpha)))
    if width:
        paint.setStyle(skia.Paint.kStroke_Style)
        paint.setStrokeWidth(width)
        paint.setStrokeCap(skia.Paint.kButt_Cap if dash else skia.Paint.kRound_Cap)
        paint.setStrokeJoin(skia.Paint.kRound_Join)
    if blur:
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
    if dash:
        paint.setPathEffect(skia.DashPathEffect.Make(list(dash), 0))
    return paint


def _steps(start, stop, step):
    """Multiples of step that cover start..stop, so that neighbouring pieces line up."""
    at = math.floor(start / step) * step
    while at < stop + step:
        yield at
        at += step


def _grid(area, dx, dy):
    """A staggered grid of points over the area, with the row and column of each."""
    for row, y in enumerate(_steps(area.top(), area.bottom(), dy)):
        for column, x in enumerate(_steps(area.left() - dx, area.right(), dx)):
            yield x + (dx / 2 if round(y / dy) % 2 else 0), y, row, column


def striped(canvas, area, cloth, rng):
    pitch = rng.choice([16, 22, 30, 44])
    share = rng.choice([0.3, 0.42, 0.5])
    second = pitch >= 30 and rng.random() < 0.5
    for y in _steps(area.top(), area.bottom(), pitch):
        canvas.drawRect(skia.Rect(area.left(), y, area.right(), y + pitch * share), ink(cloth.accents[0]))
        if second:
            canvas.drawRect(skia.Rect(area.left(), y + pitch * 0.68, area.right(), y + pitch * 0.8), ink(cloth.accents[1]))


def pinstriped(canvas, area, cloth, rng):
    pitch, width = rng.choice([(11, 1.3), (14, 1.7), (20, 2.4)])
    chalk = mix(lighter(cloth.colour, 0.7) if brightness(cloth.colour) < 0.6 else darker(cloth.colour, 0.6), cloth.accents[0], 0.3)
    for x in _steps(area.left(), area.right(), pitch):
        canvas.drawRect(skia.Rect(x, area.top(), x + width, area.bottom()), ink(chalk, 0.85))


def gingham(canvas, area, cloth, rng):
    """Crossing bands: of the cloth's colour on white, or of its companion's where the cloth itself is pale."""
    pitch = rng.choice([18, 24, 30])
    pale = brightness(cloth.colour) > 0.75
    if not pale:
        canvas.drawRect(area, ink((250, 248, 244)))
    paint = ink(cloth.accents[0] if pale else cloth.colour, 0.6)
    for x in _steps(area.left(), area.right(), pitch):
        canvas.drawRect(skia.Rect(x, area.top(), x + pitch / 2, area.bottom()), paint)
    for y in _steps(area.top(), area.bottom(), pitch):
        canvas.drawRect(skia.Rect(area.left(), y, area.right(), y + pitch / 2), paint)


def tartan(canvas, area, cloth, rng):
    pitch = rng.choice([48, 58, 68])
    bands = [(0, 0.34, cloth.accents[0], 0.5), (0.46, 0.05, cloth.accents[1], 0.9),
             (0.62, 0.2, darker(cloth.colour, 0.45), 0.4), (0.92, 0.04, cloth.accents[2], 0.85)]
    for start, share, colour, alpha in bands:
        paint = ink(colour, alpha)
        for x in _steps(area.left() - pitch, area.right(), pitch):
            canvas.drawRect(skia.Rect.MakeXYWH(x + start * pitch, area.top(), share * pitch, area.height()), paint)
        for y in _steps(area.top() - pitch, area.bottom(), pitch):
            canvas.drawRect(skia.Rect.MakeXYWH(area.left(), y + start * pitch, area.width(), share * pitch), paint)


def polka(canvas, area, cloth, rng):
    pitch, radius = rng.choice([(17, 3.2), (24, 5.2), (34, 8.5)])
    for x, y, _, _ in _grid(area, pitch, pitch * 0.72):
        canvas.drawCircle(x, y, radius, ink(cloth.accents[0]))


def _flower(canvas, x, y, size, turn, petal, heart, petals=5):
    for i in range(petals):
        angle = turn + 2 * math.pi * i / petals
        canvas.drawCircle(x + math.cos(angle) * size * 0.56, y + math.sin(angle) * size * 0.56, size * 0.46, ink(petal))
    canvas.drawCircle(x, y, size * 0.3, ink(heart))


def floral(canvas, area, cloth, rng):
    pitch, size = rng.choice([(30, 8), (42, 12), (56, 17)])
    leaf = (86, 128, 78) if brightness(cloth.colour) > 0.4 else (128, 166, 112)
    for x, y, _, _ in _grid(area, pitch, pitch * 0.8):
        x, y = x + rng.uniform(-0.16, 0.16) * pitch, y + rng.uniform(-0.16, 0.16) * pitch
        turn, petal = rng.uniform(0, 6), rng.choice(cloth.accents)
        for side in (2.2, 4.4):
            canvas.save()
            canvas.translate(x, y)
            canvas.rotate(math.degrees(turn + side))
            canvas.drawPath(path(f"M 0 0 Q {size} {-size * .6} {size * 1.7} 0 Q {size} {size * .5} 0 0 Z"), ink(leaf))
            canvas.restore()
        _flower(canvas, x, y, size, turn, petal, lighter((246, 200, 70), 0.1) if brightness(petal) < 0.8 else (232, 168, 60))


def argyle(canvas, area, cloth, rng):
    w, h = rng.choice([(44, 62), (54, 76)])
    fills = [cloth.accents[0], mix(cloth.colour, cloth.accents[1], 0.55)]
    for x, y, row, column in _grid(area, w, h / 2):
        fill = fills[round(y / (h / 2)) % 2]
        canvas.drawPath(path(f"M {x} {y - h / 2} L {x + w / 2} {y} {x} {y + h / 2} {x - w / 2} {y} Z"), ink(fill, 0.92 if fill == fills[0] else 0.5))
    for x, y, _, _ in _grid(area, w, h / 2):
        canvas.drawPath(path(f"M {x} {y} L {x + w / 2} {y + h / 2} M {x} {y} L {x - w / 2} {y + h / 2}"),
                        ink(lighter(cloth.colour, 0.6), 0.8, 1.1, dash=(4, 2.5)))


def chevron(canvas, area, cloth, rng):
    pitch, half = rng.choice([(22, 14), (30, 18), (40, 24)])
    for y in _steps(area.top() - pitch, area.bottom(), pitch):
        line = skia.Path()
        line.moveTo(area.left() - half * 2, y)
        for x in _steps(area.left() - half, area.right() + half, half):
            line.lineTo(x, y - half * 0.7 if round(x / half) % 2 else y)
        canvas.drawPath(line, ink(cloth.accents[0], 1, pitch * 0.34))


def triangles(canvas, area, cloth, rng):
    side = rng.choice([26, 34, 42])
    for x, y, _, _ in _grid(area, side, side * 0.86):
        colour = rng.choice(cloth.accents)
        canvas.drawPath(path(f"M {x} {y} L {x + side / 2} {y + side * .8} {x - side / 2} {y + side * .8} Z"),
                        ink(colour, rng.choice([0.35, 0.7, 0.95])))


def camouflage(canvas, area, cloth, rng):
    tones = [darker(cloth.colour, 0.5), mix(cloth.colour, (92, 66, 40), 0.6), mix(cloth.colour, (214, 200, 150), 0.5)]
    for tone in tones * 2:
        for x, y, _, _ in _grid(area, 88, 66):
            x, y = x + rng.uniform(-44, 44), y + rng.uniform(-30, 30)
            blob, turn = skia.Path(), rng.uniform(0, 6)
            spots = [(x + math.cos(turn + i * 0.9) * rng.uniform(10, 32), y + math.sin(turn + i * 0.9) * rng.uniform(7, 18))
                     for i in range(7)]
            middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in zip(spots, spots[1:] + spots[:1])]
            blob.moveTo(*middles[-1])
            for spot, middle in zip(spots, middles):
                blob.quadTo(*spot, *middle)
            canvas.drawPath(blob, ink(tone))


def colourblock(canvas, area, cloth, rng):
    """Bold bands at set heights of the page, so that the pieces of a garment agree."""
    top = rng.choice([190, 215, 240])
    first, second = rng.choice([(46, 60), (70, 0), (30, 110)])
    canvas.drawRect(skia.Rect(area.left(), top, area.right(), top + first), ink(cloth.accents[0]))
    canvas.drawRect(skia.Rect(area.left(), top + first, area.right(), top + first + second), ink(cloth.accents[1]))


def leopard(canvas, area, cloth, rng):
    dark = darker(mix(cloth.colour, (70, 44, 22), 0.75), 0.35)
    for x, y, _, _ in _grid(area, 27, 21):
        x, y = x + rng.uniform(-5, 5), y + rng.uniform(-4, 4)
        r, turn = rng.uniform(5.5, 8.5), rng.uniform(0, 360)
        canvas.drawCircle(x, y, r * 0.8, ink(mix(cloth.colour, (150, 96, 44), 0.55)))
        for start in (turn, turn + 190):
            canvas.drawArc(skia.Rect(x - r, y - r * 0.85, x + r, y + r * 0.85), start, 130, False, ink(dark, 1, 3.6))


def paisley(canvas, area, cloth, rng):
    w = rng.choice([26, 34])
    drop = path("M -2 14 C -16 10 -14 -12 2 -14 C 12 -15 16 -4 9 0 C 5 2 2 -2 5 -5 C -4 -6 -6 8 -2 14 Z")
    for x, y, row, column in _grid(area, w * 1.4, w * 1.1):
        canvas.save()
        canvas.translate(x, y)
        canvas.rotate(rng.choice([20, 200]))
        canvas.scale(w / 26, w / 26)
        canvas.drawPath(drop, ink(rng.choice(cloth.accents[:2])))
        canvas.drawPath(drop, ink(cloth.accents[2], 0.9, 1.2))
        for i in range(3):
            canvas.drawCircle(-9 + i, -4 + i * 5, 1.2, ink(cloth.colour))
        canvas.restore()
        canvas.drawCircle(x + w * 0.7, y, 1.8, ink(cloth.accents[1]))


def houndstooth(canvas, area, cloth, rng):
    s = rng.choice([15, 20])
    tooth = f"M 0 0 L {s / 2} 0 {s / 2} {s / 4} {s * .75} 0 {s} 0 {s / 2} {s / 2} {s} {s / 2} {s * .75} {s * .75} {s / 2} {s} {s / 2} {s / 2} {s / 4} {s / 2} 0 {s * .75} 0 {s / 2} {s / 4} {s / 4} 0 {s / 4} Z"
    shape = path(tooth)
    for y in _steps(area.top(), area.bottom(), s):
        for x in _steps(area.left(), area.right(), s):
            canvas.save()
            canvas.translate(x, y)
            canvas.drawPath(shape, ink(cloth.accents[0]))
            canvas.restore()


def tiedye(canvas, area, cloth, rng):
    x, y = rng.uniform(-30, 30), rng.uniform(190, 270)
    rings = [cloth.accents[0], cloth.colour, cloth.accents[1], cloth.colour, cloth.accents[2], cloth.colour]
    for i, colour in reversed(list(enumerate(rings * 2))):
        r = 26 * (i + 1)
        edge, turn = skia.Path(), rng.uniform(0, 6)
        for step in range(49):
            angle = turn + 2 * math.pi * step / 48
            reach = r + 7 * math.sin(angle * 9 + i) + 5 * math.sin(angle * 5)
            (edge.lineTo if step else edge.moveTo)(x + reach * math.cos(angle), y + reach * math.sin(angle))
        canvas.drawPath(edge, ink(colour, 0.85, blur=4))


# What the catalog calls a pattern -> the ways it may be drawn.
PATTERNS = {
    "Striped": [striped], "Pinstriped": [pinstriped], "Checked": [gingham, tartan], "Polka Dot": [polka],
    "Floral": [floral], "Argyle": [argyle], "Chevron": [chevron], "Geometric": [triangles],
    "Camouflage": [camouflage], "Color-Block": [colourblock], "Leopard": [leopard], "Paisley": [paisley],
    "Houndstooth": [houndstooth], "Tie-Dye": [tiedye],
}


# ---------------------------------------------------------------- what the cloth itself looks like up close

def _lines(canvas, area, pitch, colour, alpha, width, slant=0.0):
    rise = area.height() * slant
    for x in _steps(area.left() - abs(rise), area.right() + abs(rise), pitch):
        canvas.drawLine(x, area.top(), x + rise, area.bottom(), ink(colour, alpha, width))


def ribs(canvas, area, cloth, pitch=4.2):
    _lines(canvas, area, pitch, darker(cloth.colour, 0.6), 0.16, 1.3)
    _lines(canvas, area, pitch, lighter(cloth.colour, 0.6), 0.12, 1.0)


def knit(canvas, area, cloth):
    for x in _steps(area.left(), area.right(), 9):
        line = skia.Path()
        for y in _steps(area.top(), area.bottom(), 7):
            line.moveTo(x, y)
            line.lineTo(x + 4.5, y + 5)
            line.lineTo(x + 9, y)
        canvas.drawPath(line, ink(darker(cloth.colour, 0.7), 0.15, 1.3))


def denim(canvas, area, cloth):
    _lines(canvas, area, 4, lighter(cloth.colour, 0.5), 0.13, 1.1, slant=-0.6)


def corduroy(canvas, area, cloth):
    _lines(canvas, area, 7, darker(cloth.colour, 0.5), 0.28, 2.4)


def melange(canvas, area, cloth):
    flecks = random.Random(1)
    paints = [ink(darker(cloth.colour, 0.4), 0.3, 1.2), ink(lighter(cloth.colour, 0.7), 0.35, 1.2)]
    for i in range(int(area.width() * area.height() / 110)):
        x, y = flecks.uniform(area.left(), area.right()), flecks.uniform(area.top(), area.bottom())
        canvas.drawLine(x, y, x + 4, y + 0.8, paints[i % 2])


def mesh(canvas, area, cloth):
    for x, y, _, _ in _grid(area, 7, 5):
        canvas.drawCircle(x, y, 1.2, ink(darker(cloth.colour, 0.6), 0.35))


def lace(canvas, area, cloth):
    for x, y, _, _ in _grid(area, 26, 20):
        for i in range(6):
            angle = i * math.pi / 3
            canvas.drawPath(oval(x + math.cos(angle) * 6, y + math.sin(angle) * 6, 3.4), ink(lighter(cloth.colour, 0.55), 0.75, 1.1))
        canvas.drawCircle(x, y, 2.2, ink(lighter(cloth.colour, 0.55), 0.75, 1.1))


def woven(canvas, area, cloth):
    for y in _steps(area.top(), area.bottom(), 8):
        for x in _steps(area.left(), area.right(), 16):
            shift = 8 if round(y / 8) % 2 else 0
            canvas.drawPath(band(f"M {x + shift} {y + 6} Q {x + shift + 6} {y} {x + shift + 12} {y + 6}", 2.2),
                            ink(darker(cloth.colour, 0.5), 0.35))


# Material -> its surface; a material not listed here is smooth.
SURFACES = {"Ribbed": ribs, "Knitted": knit, "Woollen": knit, "Denim": denim, "Corduroy": corduroy,
            "Melange": melange, "Mesh": mesh, "Lace": lace, "Woven": woven, "Straw": woven}

# How strongly a material shines where it bends.
GLOSS = {"Leather": 0.5, "Patent": 0.9, "Satin": 0.7, "Silk": 0.55, "Suede": 0.1, "Nylon": 0.4}
