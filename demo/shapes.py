"""Outlines: SVG-like strings turned into paths.

Everything is drawn on a page 384 wide and 512 high whose origin is the middle
of the top edge, so x runs from -192 to 192 and a symmetric garment is written
as its right half only: `mirror("M 0 80 ... L 0 420")`.
"""

import math

import skia

_POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3, "Z": 0}


def _segments(d):
    """'M 0 0 L 1 2 Z' -> [('M', [(0, 0)]), ('L', [(1, 2)]), ('Z', [])]; a letter may be left out when repeated."""
    words = d.replace(",", " ").split()
    at, op, found = 0, None, []
    while at < len(words):
        if words[at] in _POINTS:
            op, at = words[at], at + 1
        n = 2 * _POINTS[op]
        numbers = [float(w) for w in words[at:at + n]]
        found.append((op, list(zip(numbers[::2], numbers[1::2]))))
        at += n
        if op == "M":
            op = "L"
    return found


def path(d):
    """The path an SVG-like string describes (absolute M, L, Q, C and Z)."""
    out = skia.Path()
    for op, points in _segments(d):
        flat = [n for point in points for n in point]
        {"M": out.moveTo, "L": out.lineTo, "Q": out.quadTo, "C": out.cubicTo, "Z": out.close}[op](*flat)
    return out


def mirror(d):
    """A closed symmetric path from its right half, written from the top centre to the bottom centre."""
    half = _segments(d)
    points = [p for _, segment in half for p in segment]
    back = [(-x, y) for x, y in reversed(points)]
    words, at = [d], 1
    for op, segment in reversed(half[1:]):
        words.append(op)
        words += [f"{x} {y}" for x, y in back[at:at + len(segment)]]
        at += len(segment)
    return path(" ".join(words) + " Z")


def flip(shape):
    """The same path on the other side of the centre line."""
    out = skia.Path(shape)
    out.transform(skia.Matrix.Scale(-1, 1))
    return out


def move(shape, dx=0, dy=0, turn=0, grow=1.0):
    """The path turned by so many degrees and scaled about its own centre, then shifted."""
    box = shape.getBounds()
    matrix = skia.Matrix.Translate(box.centerX() + dx, box.centerY() + dy)
    matrix.preRotate(turn)
    matrix.preScale(grow, grow)
    matrix.preTranslate(-box.centerX(), -box.centerY())
    out = skia.Path(shape)
    out.transform(matrix)
    return out


def oval(x, y, rx, ry=None):
    ry = rx if ry is None else ry
    return skia.Path().addOval(skia.Rect.MakeLTRB(x - rx, y - ry, x + rx, y + ry))


def box(left, top, right, bottom, corner=0):
    return skia.Path().addRoundRect(skia.Rect.MakeLTRB(left, top, right, bottom), corner, corner)


def join(*shapes):
    out = shapes[0]
    for shape in shapes[1:]:
        out = skia.Op(out, shape, skia.kUnion_PathOp)
    return out


def cut(shape, hole):
    return skia.Op(shape, hole, skia.kDifference_PathOp)


def common(a, b):
    return skia.Op(a, b, skia.kIntersect_PathOp)


def band(d, width):
    """The ribbon a broad pen leaves along a line: straps, belts, cords."""
    pen = skia.Paint(Style=skia.Paint.kStroke_Style, StrokeWidth=width, StrokeCap=skia.Paint.kButt_Cap)
    out = skia.Path()
    pen.getFillPath(path(d) if isinstance(d, str) else d, out)
    return skia.Op(out, skia.Path(), skia.kUnion_PathOp)


def breadth(shape):
    """About how broad a shape is: a disc's diameter, a square's side, twice the width of a ribbon or a ring."""
    contours = []
    for verb, points in shape:
        if verb == skia.Path.kMove_Verb:
            contours.append([])
        if points:
            contours[-1] += [(p.x(), p.y()) for p in points]
    areas, around = [], 0.0
    for contour in contours:
        pairs = list(zip(contour, contour[1:] + contour[:1]))
        areas.append(abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2)
        around += sum(math.dist(a, b) for a, b in pairs)
    whole = max(areas, default=0)
    return 4 * abs(2 * whole - sum(areas)) / around if around else 0.0


def star(x, y, r, points=5, inner=0.42, turn=-90):
    out = skia.Path()
    for i in range(points * 2):
        angle = math.radians(turn + 180 * i / points)
        reach = r if i % 2 == 0 else r * inner
        (out.lineTo if i else out.moveTo)(x + reach * math.cos(angle), y + reach * math.sin(angle))
    out.close()
    return out
