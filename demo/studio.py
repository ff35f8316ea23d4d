"""The photo studio: cut pieces of cloth laid on a white table under one soft lamp."""

import dataclasses
import io
import random

import skia
from PIL import Image, ImageFilter

from colours import brightness, darker, thread
from patterns import GLOSS, PATTERNS, SURFACES, ink
from shapes import box, breadth, flip, oval, path

WIDTH, HEIGHT = 384, 512
_FINE = 2  # drawn this many times larger, then scaled down
_TABLE = (251, 251, 250)


@dataclasses.dataclass(frozen=True)
class Cloth:
    """What a piece is cut from."""
    colour: tuple
    accents: tuple = ((255, 255, 255),) * 3
    pattern: str = ""
    material: str = ""
    seed: int = 0

    def plain(self, colour=None):
        """The same material without its print, for collars, linings and trims."""
        return dataclasses.replace(self, pattern="", colour=colour or self.colour)

    def trim(self):
        return self.plain(self.accents[0])

    def shadow(self, t=0.3):
        return self.plain(darker(self.colour, t))


def metal(colour=(200, 202, 208)):
    return Cloth(colour, material="Patent")


class Pen:
    """Draws one product. `who` is whom it is for, `rng` the little accidents of one particular piece."""

    def __init__(self, canvas, who, rng):
        self.canvas, self.who, self.rng = canvas, who, rng
        self.last = skia.Path()

    @property
    def feminine(self):
        return self.who in ("Women", "Girls")

    def piece(self, shape, cloth, turn=0.0, lift=0.0, shade=1.0):
        """One cut piece of cloth, its print turned with it, lying `lift` above what is under it."""
        canvas = self.canvas
        shape = path(shape) if isinstance(shape, str) else shape
        if lift:
            canvas.save()
            canvas.translate(lift * 0.4, lift)
            canvas.drawPath(shape, ink((0, 0, 0), 0.43, blur=lift))
            canvas.restore()
        canvas.save()
        canvas.clipPath(shape, doAntiAlias=True)
        canvas.drawPaint(ink(cloth.colour))
        self._print(shape, cloth, turn)
        self._volume(shape, cloth, shade)
        canvas.restore()
        canvas.drawPath(shape, ink(thread(cloth.colour), 0.6, 1.1))
        self.last = shape
        return shape

    def both(self, shape, cloth, turn=0.0, lift=0.0, shade=1.0):
        """A piece and its mirror image on the other side."""
        shape = path(shape) if isinstance(shape, str) else shape
        self.piece(flip(shape), cloth, -turn, lift, shade)
        self.piece(shape, cloth, turn, lift, shade)

    def _print(self, shape, cloth, turn):
        bounds = shape.getBounds()
        area = bounds.makeOutset(60, 60) if turn else bounds
        self.canvas.save()
        self.canvas.rotate(turn, bounds.centerX(), bounds.centerY())
        rng = random.Random(cloth.seed)
        if cloth.pattern:
            rng.choice(PATTERNS[cloth.pattern])(self.canvas, area, cloth, rng)
        if cloth.material in SURFACES:
            SURFACES[cloth.material](self.canvas, area, cloth)
        self.canvas.restore()

    def _volume(self, shape, cloth, shade):
        """The edge away from the lamp falls into shade, the edge towards it catches light."""
        reach = min(15.0, max(1.6, breadth(shape) * 0.17))
        dark = brightness(cloth.colour) < 0.26
        gloss = GLOSS.get(cloth.material, 0.25) * min(1, reach / 8)
        for dx, colour, alpha in ((-0.25, (0, 0, 0), 0.5 if dark else 0.3),
                                  (0.3, (255, 255, 255), (0.16 if dark else 0.2) * min(1, reach / 6) + gloss * 0.4)):
            self.canvas.save()
            self.canvas.translate(dx * reach, dx * reach * 1.2)
            self.canvas.drawPath(shape, ink(colour, alpha * shade, reach, blur=reach * 0.42))
            self.canvas.restore()

    def clip(self, shape=None):
        """`with pen.clip():` keeps what follows inside the last piece."""
        return _Clip(self.canvas, shape or self.last)

    def fold(self, d, width=7.0, depth=0.2):
        """A crease in the last piece: a soft valley with a lit ridge beside it."""
        crease = path(d) if isinstance(d, str) else d
        with self.clip():
            self.canvas.drawPath(crease, ink((0, 0, 0), depth, width * 0.8, blur=width * 0.55))
            self.canvas.translate(width * 0.75, width * 0.3)
            self.canvas.drawPath(crease, ink((255, 255, 255), depth * 0.85, width * 0.7, blur=width * 0.55))

    def folds(self, d, width=7.0, depth=0.2):
        """A crease and its mirror image."""
        self.fold(d, width, depth)
        self.fold(flip(path(d)), width, depth)

    def drape(self, count, lean=0.15, depth=0.13):
        """A few loose creases wherever the last piece happened to settle."""
        b = self.last.getBounds()
        for _ in range(count):
            x = self.rng.uniform(b.left() + b.width() * 0.12, b.right() - b.width() * 0.12)
            y = self.rng.uniform(b.top() + b.height() * 0.25, b.top() + b.height() * 0.6)
            long = b.height() * self.rng.uniform(0.2, 0.4)
            swing = self.rng.uniform(-lean, lean) * long
            self.fold(f"M {x} {y} Q {x + swing} {y + long * .5} {x + swing * 1.4} {y + long}",
                      self.rng.uniform(5, 10), depth)

    def sheen(self, d, width=10.0, alpha=0.4):
        """A streak of reflected lamp on the last piece."""
        with self.clip():
            self.canvas.drawPath(path(d), ink((255, 255, 255), alpha, width, blur=width * 0.3))

    def shade(self, d, width=12.0, alpha=0.25):
        """A soft shadow falling on the last piece."""
        with self.clip():
            self.canvas.drawPath(path(d) if isinstance(d, str) else d, ink((0, 0, 0), alpha, width, blur=width * 0.35))

    def line(self, d, colour, width=1.2, alpha=0.9, dash=()):
        self.canvas.drawPath(path(d) if isinstance(d, str) else d, ink(colour, alpha, width, dash=dash))

    def fill(self, d, colour, alpha=1.0, blur=0.0):
        self.canvas.drawPath(path(d) if isinstance(d, str) else d, ink(colour, alpha, blur=blur))

    def seam(self, d, cloth, width=1.2):
        """A seam: a dark ditch with a lit lip."""
        self.line(d, thread(cloth.colour), width, 0.75)
        self.canvas.save()
        self.canvas.translate(0.9, 0.9)
        self.line(d, (255, 255, 255), 0.9, 0.2)
        self.canvas.restore()

    def seams(self, d, cloth, width=1.2):
        self.seam(d, cloth, width)
        self.seam(flip(path(d)), cloth, width)

    def stitch(self, d, colour, width=1.2):
        self.line(d, colour, width, 0.85, dash=(3.2, 2.4))

    def stitches(self, d, colour, width=1.2):
        self.stitch(d, colour, width)
        self.stitch(flip(path(d)), colour, width)

    def button(self, x, y, r=3.4, colour=(244, 242, 236)):
        self.fill(oval(x + 0.6, y + 1.1, r + 0.4), (0, 0, 0), 0.35, blur=0.8)
        self.fill(oval(x, y, r), colour)
        self.line(oval(x, y, r), darker(colour, 0.4), 0.8)
        self.fill(oval(x - r * 0.3, y - r * 0.3, r * 0.4), (255, 255, 255), 0.4)
        for dx, dy in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
            self.fill(oval(x + dx * r * 0.3, y + dy * r * 0.3, r * 0.14), darker(colour, 0.6))

    def zip(self, d, tape=(60, 60, 64), teeth=(206, 208, 212), width=5.0):
        """A zip fastener along a line."""
        self.line(d, darker(tape, 0.2), width + 2.5, 1.0)
        self.line(d, tape, width, 1.0)
        self.line(d, teeth, width * 0.55, 1.0, dash=(1.8, 1.5))

    def puller(self, x, y, colour=(206, 208, 212), size=1.0):
        """The slider and tab of a zip."""
        self.piece(box(x - 3.5 * size, y - 3 * size, x + 3.5 * size, y + 5 * size, 1.5), metal(colour), lift=0.8)
        self.piece(box(x - 2 * size, y + 4 * size, x + 2 * size, y + 15 * size, 1.5), metal(colour), lift=1)

    def buckle(self, x, y, w, h, colour=(206, 208, 212), thick=5.0):
        """A rectangular frame with a prong."""
        outer = box(x - w / 2, y - h / 2, x + w / 2, y + h / 2, thick)
        hole = box(x - w / 2 + thick, y - h / 2 + thick, x + w / 2 - thick, y + h / 2 - thick, thick * 0.5)
        self.piece(skia.Op(outer, hole, skia.kDifference_PathOp), metal(colour), lift=1.5)
        self.piece(box(x - w / 2 + 1, y - thick * 0.35, x + w / 2 - thick * 0.4, y + thick * 0.35, 1.5), metal(colour), lift=0.8)

    def label(self, x, y, w=20, h=10, cloth=None):
        """The woven label inside a neck."""
        tag = (248, 248, 246) if cloth is None or brightness(cloth.colour) < 0.75 else (70, 72, 80)
        self.fill(box(x - w / 2, y, x + w / 2, y + h, 1), tag)
        self.line(f"M {x - w * .3} {y + h * .5} L {x + w * .3} {y + h * .5}", (150, 150, 156), 1.6, 0.8)


class _Clip:
    def __init__(self, canvas, shape):
        self.canvas, self.shape = canvas, shape

    def __enter__(self):
        self.canvas.save()
        self.canvas.clipPath(self.shape, doAntiAlias=True)

    def __exit__(self, *_):
        self.canvas.restore()


def photograph(draw, who, seed, grow=(1.0, 1.0)):
    """Lays a product out and takes its picture: a PIL image of WIDTH x HEIGHT."""
    rng = random.Random(seed)
    surface = skia.Surface(WIDTH * _FINE, HEIGHT * _FINE)
    canvas = surface.getCanvas()
    canvas.scale(_FINE, _FINE)
    canvas.save()
    canvas.translate(WIDTH / 2 + rng.uniform(-3, 3), HEIGHT / 2 + rng.uniform(-3, 3))
    canvas.rotate(rng.uniform(-2.2, 2.2))
    size = rng.uniform(0.97, 1.03)
    canvas.scale(grow[0] * size, grow[1] * size)
    canvas.translate(0, -HEIGHT / 2)
    draw(Pen(canvas, who, rng))
    canvas.restore()
    _lamp(canvas)
    pixels = surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)
    return _on_table(Image.fromarray(pixels).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))


def _on_table(product):
    """The product on the table, with the soft shadow it throws and the tight one where it touches."""
    photo = Image.new("RGB", product.size, _TABLE)
    shape = product.getchannel("A")
    for dx, dy, blur, strength in ((5, 9, 9, 0.33), (1, 2, 1.8, 0.35)):
        fallen = Image.new("L", product.size)
        fallen.paste(shape, (dx, dy))
        photo.paste((30, 30, 42), mask=fallen.filter(ImageFilter.GaussianBlur(blur)).point(lambda a: a * strength))
    photo.paste(product, mask=shape)
    return photo


def _lamp(canvas):
    """Light falls off from the upper left, over the product only."""
    points = [skia.Point(40, 0), skia.Point(WIDTH - 40, HEIGHT)]
    fall = skia.GradientShader.MakeLinear(points, [skia.Color(255, 255, 255, 26), skia.Color(0, 0, 0, 0), skia.Color(0, 0, 16, 40)])
    paint = skia.Paint(Shader=fall)
    paint.setBlendMode(skia.BlendMode.kSrcATop)
    canvas.drawPaint(paint)


def jpeg(photo, budget):
    """The photo as a JPEG of at most `budget` bytes where that can be: busy prints hide a lower quality well."""
    for quality in range(84, 55, -4):
        out = io.BytesIO()
        photo.save(out, "JPEG", quality=quality, optimize=True, subsampling="4:2:0")
        if out.tell() <= budget:
            break
    return out.getvalue()
