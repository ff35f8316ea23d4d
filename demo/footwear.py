"""Shoes, mostly in profile with the toe to the left; the pair's other shoe stands behind."""

import skia

from colours import brightness, darker, lighter, thread
from shapes import band, box, common, move, oval, path
from studio import Cloth

GROUND = 336


def _pair(pen, shoe, height=1.0):
    """The same shoe twice, one behind, a little up and to the right; `height` below 1 makes for a low shoe."""
    pen.canvas.translate(-12, 58 - 20 * height + 270 * (1 - height))
    pen.canvas.scale(0.93, 0.93 * height)
    for dx, dy in ((36, -104), (0, 28)):
        pen.canvas.save()
        shadow = skia.ImageFilters.DropShadow(2, 5, 5, 5, skia.Color(20, 20, 30, 90))
        pen.canvas.translate(dx, dy)
        pen.canvas.saveLayer(skia.Rect(-190, 80, 190, 360), skia.Paint(ImageFilter=shadow))
        shoe()
        pen.canvas.restore()
        pen.canvas.restore()


def _lace_rows(pen, start, end, rows, colour, spread=20):
    """Laces crossing between two points on the instep."""
    (x0, y0), (x1, y1) = start, end
    for i in range(rows):
        t = i / (rows - 1)
        x, y = x0 + (x1 - x0) * t, y0 + (y1 - y0) * t
        pen.line(f"M {x - spread * .45 + 1} {y - spread * .34 + 2} L {x + spread} {y + spread * .62 + 2}", (0, 0, 0), 4.6, 0.35)
        pen.line(f"M {x - spread * .45} {y - spread * .34} L {x + spread} {y + spread * .62}", colour, 4.4, 1)
        pen.fill(oval(x + spread, y + spread * .62, 2.6), darker(colour, 0.5))


def sneaker(pen, cloth, style="Low-Top"):
    """A casual lace-up: low, high, or a slip-on."""
    high, slip = style == "High-Top", style == "Slip-On"
    rubber = cloth.plain((246, 245, 240) if brightness(cloth.colour) < 0.9 else (238, 234, 224))
    collar = 118 if high else 190
    laces = (248, 248, 246) if brightness(cloth.colour) < .85 else cloth.accents[0]

    def shoe():
        pen.piece(f"M 8 {collar + 40} L -2 {collar - 8} Q 14 {collar - 20} 34 {collar - 10} L 60 {collar + 40} Z", cloth.shadow(0.15))
        upper = (f"M -150 318 C -156 286 -132 268 -96 262 C -58 254 -36 232 {0 if not high else 4} {collar + 10} Q 20 {collar - 8} 40 {collar} "
                 f"C 66 {collar + 14} 98 {collar + 12} 120 {collar - 4} Q 136 {collar} 138 {collar + 20} C 140 260 146 290 144 320 Z")
        if not high:
            upper = ("M -150 318 C -156 286 -134 270 -98 264 C -58 256 -30 238 0 206 Q 16 192 30 202 C 50 236 92 240 120 208 Q 136 204 138 224 C 140 262 146 290 144 320 Z")
        if slip:
            upper = "M -150 318 C -156 286 -132 266 -96 256 C -60 244 -34 226 -8 212 Q 6 206 14 214 C 44 234 84 226 116 200 Q 134 196 138 214 C 140 260 146 290 144 320 Z"
        pen.piece(upper, cloth)
        pen.fold("M -70 262 Q -52 284 -34 288", 7, 0.2)
        pen.fold("M 60 240 Q 80 280 76 318", 10, 0.14)
        heel = common(path(upper), path("M 112 90 L 200 90 L 200 330 L 104 330 Q 118 240 112 90 Z"))
        pen.piece(heel, cloth.trim() if not cloth.pattern else cloth.plain(), shade=0.7)
        if slip:
            pen.piece("M -10 212 Q 6 204 16 216 L 34 234 L 8 258 L -30 224 Z", cloth.shadow(0.35))
            pen.line("M 10 222 L -12 238 M 18 230 L -2 248", thread(cloth.colour), 1.4, 0.8)
        else:
            quarter = common(path(upper), path(f"M -62 246 L -30 272 Q 20 {collar + 92} 52 {collar + 30} L 40 {collar - 10} L 0 {collar} Z"))
            pen.piece(quarter, cloth.plain(), shade=0.8)
            _lace_rows(pen, (-48, 250), (6, collar + 34) if high else (2, 214), 8 if high else 5, laces, 22)
            pen.line(f"M 8 {collar + 24} C -14 {collar - 4} -26 {collar + 30} 4 {collar + 30} C 36 {collar + 4} 40 {collar + 44} 10 {collar + 34}", laces, 4, 1)
        if high:
            pen.piece(oval(96, 196, 21), rubber)
            pen.line(oval(96, 196, 14), cloth.accents[0], 3)
        if not slip:
            pen.piece("M -153 312 C -158 284 -136 268 -104 264 Q -88 284 -94 314 Z", rubber)
        pen.piece(f"M -156 306 Q -100 316 -20 314 L 146 312 Q 152 324 148 {GROUND} L -140 {GROUND} Q -162 330 -156 306 Z", rubber)
        pen.line("M -154 320 Q -100 327 -20 325 L 148 323", cloth.accents[0] if brightness(cloth.accents[0]) < .85 else darker(cloth.colour, .1), 2.6, 0.9)
    _pair(pen, shoe, 1.0 if high else 0.88)


def loafer(pen, cloth, style="Penny Loafer"):
    """A moccasin with a saddle, tassels, or boat-shoe laces."""
    sole = cloth.plain((244, 240, 230) if style == "Boat" else (58, 42, 34))

    def shoe():
        pen.piece("M -18 238 Q 40 206 122 214 L 120 240 L 10 262 Z", cloth.shadow(0.5))
        pen.piece("M -152 318 C -158 288 -134 268 -100 258 C -66 248 -44 232 -22 222 Q -8 216 0 228 C 30 262 84 250 122 208 Q 138 206 140 226 C 142 262 148 292 146 320 Z", cloth)
        pen.sheen("M -120 280 Q -90 264 -60 258", 9, 0.35)
        pen.fold("M 70 256 Q 90 290 82 318", 9, 0.14)
        pen.seam("M -138 290 C -128 274 -100 276 -78 274 Q -30 268 -6 240", cloth, 2.2)
        for i in range(7):
            pen.line(f"M {-132 + i * 14} {285 - i * 1.6} L {-130 + i * 14} {277 - i * 2}", thread(cloth.colour), 1.6)
        if style == "Boat":
            pen.line("M 6 238 C 40 268 90 258 132 222", lighter(cloth.colour, 0.5), 3.4)
            for i in range(3):
                pen.line(f"M {-48 + i * 15} {238 - i * 6} L {-26 + i * 15} {258 - i * 7}", (236, 226, 200), 4, 1)
        else:
            pen.piece("M -36 230 Q -16 214 0 226 Q 30 262 36 313 L -6 313 Q -10 270 -36 230 Z", cloth, lift=1)
        if style == "Penny Loafer":
            pen.fill("M -14 252 Q 0 250 12 242 L 16 250 Q 4 260 -10 261 Z", darker(cloth.colour, 0.7))
        if style == "Tassel Loafer":
            for dx in (-8, 6):
                pen.piece(f"M {-26 + dx} 246 L {-18 + dx} 244 L {-12 + dx} 272 L {-28 + dx} 274 Z", cloth.shadow(0.1), lift=1)
            pen.piece(oval(-20, 242, 10, 5), cloth, lift=1)
        pen.piece(f"M -156 312 L 148 312 L 148 {GROUND} L 84 {GROUND} L 78 328 L -140 328 Q -158 326 -156 312 Z", sole)
    _pair(pen, shoe, 0.88)


def runner(pen, cloth, style="Running"):
    """A sports shoe: mesh upper, welded overlays, a thick sculpted sole."""
    trim, foam = cloth.trim(), cloth.plain((248, 248, 248) if brightness(cloth.colour) < .88 else (228, 232, 236))

    def shoe():
        pen.piece("M -2 222 L -12 178 Q 6 166 26 178 L 52 222 Z", cloth.shadow(0.2))
        upper = ("M -158 304 C -156 276 -124 262 -88 252 C -52 240 -34 216 -12 196 Q 6 184 24 192 C 48 216 84 222 108 190 "
                 "Q 116 176 132 180 Q 142 190 138 214 C 138 250 146 280 148 310 Z")
        pen.piece(upper, cloth)
        pen.piece(common(path(upper), path("M -170 240 L -96 250 Q -112 280 -82 316 L -170 320 Z")), trim, shade=0.8)
        pen.piece(common(path(upper), path("M 150 170 L 108 180 Q 116 240 84 320 L 160 320 Z")), trim, shade=0.8)
        for i in range(3):
            x = -24 + i * 24
            pen.line(f"M {x - 24 + i * 9} {240 - i * 15} Q {x + 14} 274 {x + 4} 312", trim.colour if brightness(_difference(trim.colour, cloth.colour)) > .12 else lighter(cloth.colour, .5), 8, 1)
        pen.piece(common(path(upper), path("M -68 238 L -44 260 Q 8 240 36 200 L 20 180 L -10 190 Z")), cloth.shadow(0.15), shade=0.8)
        _lace_rows(pen, (-50, 240), (4, 200), 6, foam.colour, 18)
        sole = (f"M -162 300 Q -110 304 -60 308 Q 20 314 80 300 Q 120 290 152 294 Q 162 316 154 {GROUND - 2} L 20 {GROUND} L -10 {GROUND - 6} L -130 {GROUND - 2} Q -168 324 -162 300 Z")
        pen.piece(sole, foam)
        with pen.clip():
            pen.line("M -160 318 Q -60 326 20 322 Q 90 316 156 306", trim.colour, 4, 0.95)
            for x in range(-150, 160, 14):
                pen.line(f"M {x} {GROUND - 8} L {x + 6} {GROUND + 2}", darker(foam.colour, 0.75), 5, 0.85)
    _pair(pen, shoe, 0.88)


def _difference(a, b):
    """How far apart two colours are, channel by channel."""
    return tuple(abs(x - y) for x, y in zip(a, b))


def formal(pen, cloth, style="Oxford"):
    """Polished leather with a low stacked heel."""
    welt = cloth.plain((40, 30, 26))

    def shoe():
        pen.piece("M -14 230 Q 50 204 122 208 L 120 232 L 20 250 Z", cloth.shadow(0.5))
        upper = "M -164 314 C -170 296 -150 282 -120 272 C -84 260 -52 240 -24 216 Q -8 204 8 212 C 40 232 88 226 120 200 Q 136 198 138 218 C 138 256 146 290 146 318 Z"
        pen.piece(upper, cloth)
        pen.sheen("M -140 290 Q -112 278 -84 270", 10, 0.5)
        pen.sheen("M 104 230 Q 122 250 124 290", 8, 0.3)
        pen.seam("M 84 222 Q 74 270 90 316", cloth, 1.6)
        if style == "Monk Strap":
            pen.piece("M -34 226 L -2 206 Q 40 250 66 280 L 42 300 Q -4 280 -34 226 Z", cloth, lift=1.2)
            pen.buckle(40, 278, 26, 24, (206, 178, 110), 4)
        elif style == "Slip-On":
            pen.piece("M -40 230 Q -20 208 4 212 Q 34 254 42 313 L 0 313 Q -8 268 -40 230 Z", cloth, lift=1)
            pen.piece(box(-14, 248, 22, 257, 3), cloth.plain((204, 176, 104)), lift=1)
        else:
            open_lacing = style == "Derby"
            pen.piece(common(path(upper), path("M -60 244 L -40 268 Q 6 262 40 226 L 10 200 L -24 206 Z" if not open_lacing else "M -46 236 L -34 280 Q 20 290 60 320 L 120 320 L 118 190 L 10 196 L -20 206 Z")), cloth, shade=0.9, lift=0.6)
            _lace_rows(pen, (-38, 240), (0, 216), 4, darker(cloth.colour, 0.55), 16)
        if style in ("Oxford", "Brogue"):
            pen.seam("M -104 266 Q -84 288 -92 316", cloth, 1.8)
        if style == "Brogue":
            holes = lighter(cloth.colour, 0.55) if brightness(cloth.colour) < .2 else darker(cloth.colour, 0.6)
            for d in ("M -98 264 Q -78 288 -86 316", "M -36 274 Q 10 268 48 232", "M 78 224 Q 68 270 84 316"):
                pen.line(d, holes, 3.4, 1, dash=(0.8, 5))
        pen.piece(f"M -168 312 L 148 312 L 150 322 L 150 {GROUND} L 92 {GROUND} L 86 325 L -150 325 Q -170 322 -168 312 Z", welt)
        pen.line("M -164 315 L 146 315", lighter(cloth.colour, .35), 1.2, .7, dash=(3, 2.4))
    _pair(pen, shoe, 0.86)


# ---------------------------------------------------------------- women's heels and flats

def heels(pen, cloth, style="Pumps", height="High Heel"):
    """Raised on a stiletto, a block, a kitten heel or a wedge."""
    up = {"High Heel": 118, "Block Heel": 96, "Kitten Heel": 62, "Wedge Heel": 92}[height]
    seat = GROUND - up  # where the heel of the foot rests

    def arch(lift):
        """The line under the foot: flat at the ball, rising to the heel."""
        return f"-74 {GROUND - 8 - lift} C -20 {GROUND - 8 - lift} 20 {seat - lift + 8} 74 {seat - lift} Q 104 {seat - lift - 4} 122 {seat - lift - 2}"

    def heel():
        if height == "Wedge Heel":
            straw = Cloth((206, 172, 122), material="Woven")
            pen.piece(f"M -150 {GROUND - 16} L {arch(4)} L 118 {GROUND} L -132 {GROUND} Q -154 {GROUND - 4} -150 {GROUND - 16} Z", straw)
            return
        shapes = {"High Heel": f"M 74 {seat} L 124 {seat - 4} Q 124 {seat + 36} 112 {GROUND} L 102 {GROUND} Q 106 {seat + 44} 74 {seat + 8} Z",
                  "Kitten Heel": f"M 70 {seat} L 122 {seat - 4} Q 122 {seat + 26} 108 {GROUND} L 96 {GROUND} Q 100 {seat + 30} 70 {seat + 6} Z",
                  "Block Heel": f"M 62 {seat + 2} L 124 {seat - 4} L 122 {GROUND} L 74 {GROUND} Q 78 {seat + 40} 62 {seat + 8} Z"}
        pen.piece(shapes[height], cloth.plain())
        pen.fill(box(96 if height != "Block Heel" else 74, GROUND - 5, 113 if height != "Block Heel" else 122, GROUND, 1), (40, 36, 36))

    def shoe():
        heel()
        pen.piece(f"M -152 {GROUND - 10} Q -120 {GROUND - 14} {arch(0)} L 122 {seat + 6} C 60 {seat + 20} 0 {GROUND} -74 {GROUND} L -132 {GROUND} Q -154 {GROUND - 2} -152 {GROUND - 10} Z", cloth.plain((70, 56, 50)))
        HEELS[style](seat, arch)

    def pumps(seat, arch):
        pen.piece(f"M -70 {GROUND - 44} C -10 {GROUND - 50} 40 {seat - 40} 118 {seat - 54} L 116 {seat - 20} L -60 {GROUND - 20} Z", cloth.shadow(0.45))
        pen.piece(f"M -158 {GROUND - 8} C -158 {GROUND - 30} -120 {GROUND - 46} -84 {GROUND - 56} Q -72 {GROUND - 58} -68 {GROUND - 46} "
                  f"C -40 {GROUND - 22} 40 {seat - 6} 116 {seat - 58} Q 128 {seat - 62} 130 {seat - 40} Q 132 {seat - 12} 124 {seat + 2} Q 100 {seat + 2} 74 {seat + 6} C 20 {seat + 18} -20 {GROUND - 4} -74 {GROUND - 4} Z", cloth)
        pen.sheen(f"M -140 {GROUND - 22} Q -116 {GROUND - 38} -92 {GROUND - 44}", 8, 0.45)
        pen.sheen(f"M 112 {seat - 36} Q 118 {seat - 20} 114 {seat - 8}", 6, 0.35)

    def straps(seat, arch, ankle=True):
        pen.piece(f"M -150 {GROUND - 12} L {arch(4)} L 122 {seat + 4} C 60 {seat + 14} 0 {GROUND - 4} -74 {GROUND - 4} L -146 {GROUND - 4} Z", cloth.plain(lighter(cloth.colour, .35)), shade=0.6)
        for x, y in ((-104, GROUND - 50), (-52, GROUND - 64)):
            pen.piece(f"M {x - 8} {y} Q {x + 26} {y + 10} {x + 30} {GROUND - 10} L {x + 12} {GROUND - 8} Q {x + 10} {y + 24} {x - 8} {y + 12} Z", cloth.shadow(0.35))
            pen.piece(f"M {x - 38} {GROUND - 6} C {x - 36} {GROUND - 34} {x - 18} {y + 2} {x - 2} {y - 2} L {x + 8} {y + 10} C {x - 6} {y + 18} {x - 12} {GROUND - 26} {x - 12} {GROUND - 6} Z", cloth, lift=1)
        pen.piece(f"M 82 {seat - 2} Q 90 {seat - 66} 120 {seat - 72} Q 132 {seat - 70} 130 {seat - 40} Q 130 {seat - 14} 124 {seat} Z", cloth)
        if ankle:
            pen.piece(band(f"M 126 {seat - 64} C 96 {seat - 88} 40 {seat - 84} 34 {seat - 70} C 40 {seat - 54} 90 {seat - 48} 126 {seat - 58}", 8), cloth, lift=1)
            pen.buckle(66, seat - 55, 16, 15, (210, 182, 112), 3)

    def peep(seat, arch):
        pumps(seat, arch)
        pen.fill(f"M -160 {GROUND - 6} Q -150 {GROUND - 26} -134 {GROUND - 22} Q -132 {GROUND - 10} -142 {GROUND - 4} Z", darker(cloth.colour, 0.6))
        bow = cloth.trim() if not cloth.pattern else cloth.plain()
        for k in (-1, 1):
            pen.piece(f"M -92 {GROUND - 50} C {-92 + k * 14} {GROUND - 72} {-92 + k * 30} {GROUND - 66} {-92 + k * 28} {GROUND - 50} C {-92 + k * 28} {GROUND - 36} {-92 + k * 12} {GROUND - 40} -92 {GROUND - 50} Z", bow, lift=1)
        pen.piece(oval(-92, GROUND - 50, 6), bow, lift=1)

    def mary_jane(seat, arch):
        pumps(seat, arch)
        pen.piece(band(f"M -28 {GROUND - 34} Q -30 {seat - 46} 4 {seat - 30} Q 30 {seat - 10} 30 {seat + 8}" if up > 80 else f"M -20 {GROUND - 34} Q -16 {seat - 40} 16 {seat - 26} Q 34 {seat - 8} 30 {seat + 10}", 10), cloth, lift=1.2)

    def boots(seat, arch):
        shaft = 120
        pen.piece(f"M -156 {GROUND - 8} C -158 {GROUND - 36} -110 {GROUND - 56} -70 {GROUND - 72} C -30 {GROUND - 96} -4 {shaft + 90} 4 {shaft} Q 66 {shaft + 12} 124 {shaft - 4} "
                  f"C 122 {shaft + 50} 134 {seat - 50} 124 {seat + 4} Q 100 {seat + 2} 74 {seat + 8} C 20 {seat + 18} -20 {GROUND - 4} -74 {GROUND - 4} Z", cloth)
        pen.fold(f"M -24 {GROUND - 110} Q 20 {seat - 36} 84 {seat - 40}", 8, 0.25)
        pen.fold(f"M 0 {shaft + 70} Q 30 {shaft + 84} 80 {shaft + 74}", 8, 0.2)
        pen.sheen(f"M 34 {shaft + 20} Q 30 {shaft + 70} 10 {shaft + 120}", 10, 0.25)
        pen.zip(f"M 88 {shaft + 10} Q 90 {seat - 60} 84 {seat - 6}", width=4)
        pen.puller(88, shaft + 14, size=.7)

    HEELS = {"Pumps": pumps, "Strappy Sandals": straps, "Peep Toe Pumps": peep, "Mary Jane Pumps": mary_jane, "Ankle Boots": boots}
    _pair(pen, shoe)


def flats(pen, cloth, style="Ballerina Flats"):
    """Low slippers seen from above, side by side."""
    trim = cloth.trim() if not cloth.pattern else cloth.plain()
    for side in (-1, 1):
        pen.canvas.save()
        pen.canvas.translate(side * 74, 0)
        pen.canvas.rotate(side * 3, 0, 256)
        pen.canvas.scale(side, 1)
        tip, bend = (58, 12) if style == "Pointed Toe Flats" else (84, 34)
        outline = path(f"M 1 {tip} C {1 + bend} {tip} 56 130 56 190 C 56 250 44 290 46 350 C 48 402 34 434 2 434 "
                       f"C -30 434 -42 402 -42 350 C -42 290 -56 250 -54 190 C -54 130 {1 - bend} {tip} 1 {tip} Z")
        pen.piece(outline, cloth)
        pen.sheen("M -30 150 Q -26 112 0 100", 9, 0.35)
        inside = path("M 2 182 C 36 182 42 230 36 290 C 33 330 38 350 36 376 C 32 412 20 422 2 422 C -16 422 -28 412 -32 376 C -34 350 -29 330 -32 290 C -40 230 -32 182 2 182 Z")
        if style == "Mules":
            inside = path("M 2 190 C 40 190 44 240 40 290 C 36 330 42 350 42 376 C 38 420 22 430 2 430 C -18 430 -36 420 -38 376 C -38 350 -32 330 -36 290 C -42 240 -36 190 2 190 Z")
        pen.piece(inside, cloth.plain((222, 196, 160)), shade=2)
        pen.shade("M -30 194 Q 2 178 34 196", 14, 0.35)
        pen.label(2, 388, 30, 12)
        pen.line(inside, thread(cloth.colour), 3, 0.8)
        if style == "Bow Flats":
            for k in (-1, 1):
                pen.piece(f"M 2 172 C {2 + k * 14} 148 {2 + k * 34} 152 {2 + k * 32} 172 C {2 + k * 34} 192 {2 + k * 14} 194 2 172 Z", trim, lift=1.4)
            pen.piece(oval(2, 172, 7, 8), trim, lift=1)
        elif style == "Ankle Strap Flats":
            pen.piece(box(-50, 272, 52, 286, 4), trim, lift=1.5)
            pen.buckle(42, 279, 18, 20, (212, 184, 110), 3)
        elif style == "Pointed Toe Flats":
            pen.piece("M -22 164 L 26 164 L 24 178 L -20 178 Z", cloth.plain((214, 184, 104)), lift=1)
        elif style == "Ballerina Flats":
            pen.line("M 2 186 C -14 172 -16 198 2 188 C 20 172 20 200 2 188", darker(cloth.colour, 0.25), 2.6)
        pen.canvas.restore()


# ---------------------------------------------------------------- open shoes, from above

_FOOTBED = ("M 2 70 C 40 70 58 112 56 168 C 54 222 42 260 44 330 C 46 398 34 440 2 440 C -30 440 -40 398 -38 330 C -36 264 -54 222 -52 164 C -50 112 -34 70 2 70 Z")


def _footbeds(pen, bed, rim, straps):
    """A left and a right sole with the straps a function draws on them."""
    for side in (-1, 1):
        pen.canvas.save()
        pen.canvas.translate(side * 76, 0)
        pen.canvas.rotate(side * 4, 0, 256)
        pen.canvas.scale(side, 1)
        outline = path(_FOOTBED)
        pen.piece(outline, rim)
        pen.piece(move(outline, grow=0.9), bed, shade=0.8)
        pen.shade("M 2 380 Q 14 400 2 414 Q -10 400 2 380", 12, 0.12)
        straps()
        pen.canvas.restore()


def flip_flops(pen, cloth, style=""):
    rim = cloth.trim() if style == "Two-Tone" else cloth.shadow(0.25)
    thong = cloth.trim() if style != "Two-Tone" else cloth.plain(darker(cloth.colour, 0.35))

    def straps():
        pen.piece(band("M 0 140 C 14 176 46 190 52 262", 15), thong, lift=3)
        pen.piece(band("M 0 140 C -14 176 -42 190 -46 262", 15), thong, lift=3)
        pen.piece(oval(0, 140, 9), thong, lift=2)
        if style == "Embellished":
            for x, y in ((12, 168), (-12, 168), (30, 190), (-28, 190), (42, 216), (-38, 216)):
                pen.piece(oval(x, y, 5), cloth.plain((236, 220, 160)), lift=1)
    _footbeds(pen, cloth, rim, straps)


def sandals(pen, cloth, style="Two Strap"):
    bed = cloth.plain((206, 172, 128)) if brightness(cloth.colour) < .55 else cloth.plain((150, 110, 74))
    brass = (208, 178, 106)

    def two_strap():
        for y in (128, 214):
            pen.piece(f"M -58 {y + 8} Q 0 {y - 22} 60 {y + 8} L 58 {y + 46} Q 0 {y + 18} -56 {y + 46} Z", cloth, lift=3)
            pen.buckle(34, y + 16, 24, 30, brass, 4)

    def cross():
        pen.piece(band("M -56 136 Q 10 150 56 226", 24), cloth, lift=3)
        pen.piece(band("M 58 136 Q -8 150 -54 226", 24), cloth, lift=3)
        pen.piece(band("M -42 300 Q 2 276 48 300", 17), cloth, lift=3)
        pen.buckle(32, 290, 20, 22, brass, 3)

    def gladiator():
        pen.piece(box(-7, 112, 11, 320, 5), cloth, lift=2)
        for y in (132, 172, 212, 252):
            pen.piece(f"M -56 {y + 8} Q 2 {y - 12} 58 {y + 8} L 57 {y + 22} Q 2 {y + 2} -55 {y + 22} Z", cloth, lift=2.5)
        pen.piece(band("M -44 318 Q 2 296 50 318", 15), cloth, lift=3)
        pen.buckle(36, 309, 18, 20, brass, 3)
        for y in (132, 172, 212, 252):
            pen.piece(oval(2, y + 5, 5), cloth.plain(brass), lift=1)

    def t_strap():
        pen.piece(band("M -54 140 Q 2 120 58 140", 26), cloth, lift=2.5)
        pen.piece(band("M 2 132 L 2 290", 13), cloth, lift=2.5)
        pen.piece(band("M -44 306 Q 2 276 50 306", 14), cloth, lift=2.5)
        pen.buckle(36, 294, 18, 20, brass, 3)

    def sport():
        for y in (126, 204, 296):
            pen.piece(f"M -58 {y + 10} Q 0 {y - 18} 60 {y + 10} L 58 {y + 38} Q 0 {y + 12} -56 {y + 38} Z", cloth, lift=3)
            pen.line(f"M -56 {y + 26} Q 0 {y - 2} 58 {y + 26}", cloth.accents[0], 4)
            pen.piece(box(10, y + 2, 44, y + 30, 4), cloth.shadow(0.35), lift=1.5)

    straps = {"Two Strap": two_strap, "Cross Strap": cross, "Gladiator": gladiator, "T-Strap": t_strap, "Velcro Strap": sport}
    if style == "Velcro Strap":
        bed = cloth.plain((86, 88, 94) if brightness(cloth.colour) > .25 else (132, 134, 140))
    _footbeds(pen, bed, cloth.plain((74, 56, 44)) if style != "Velcro Strap" else cloth.plain((44, 44, 48)), straps[style])


def boots(pen, cloth, style="Lace-Up"):
    """Ankle boots for rough or smart ground."""
    chelsea = style == "Chelsea"

    def shoe():
        upper = ("M -156 312 C -162 276 -134 258 -98 254 C -56 246 -30 216 -22 170 L -20 116 Q 40 128 112 112 Q 124 112 124 128 C 122 200 138 260 142 314 Z")
        pen.piece(upper, cloth)
        pen.fold("M -26 214 Q 10 240 70 236", 9, 0.2)
        pen.fold("M -20 170 Q 20 190 60 180", 8, 0.16)
        pen.sheen("M -130 282 Q -110 266 -84 266", 9, 0.35)
        if chelsea:
            gore = path("M 24 122 L 84 118 Q 78 190 50 226 Q 26 190 24 122 Z")
            pen.piece(gore, Cloth((44, 42, 44), material="Ribbed"))
            pen.piece(band("M 116 118 C 110 88 132 84 128 128", 7), cloth.shadow(.2))
        else:
            pen.piece(common(path(upper), path("M -70 236 L -44 274 Q 10 230 26 120 L -24 110 L -24 180 Z")), cloth.shadow(0.2), shade=0.8)
            _lace_rows(pen, (-54, 250), (-16, 130), 8, (222, 190, 120) if brightness(cloth.colour) < .5 else (90, 60, 40), 20)
            pen.piece("M -20 118 Q 40 130 114 112 Q 126 112 124 132 Q 40 150 -21 138 Z", cloth.shadow(0.4))
            pen.stitch("M 76 150 Q 70 250 84 312 M 82 150 Q 76 250 90 312", lighter(cloth.colour, 0.4))
        pen.stitch("M -104 258 Q -84 284 -90 312", lighter(cloth.colour, 0.4))
        tread = f"M -160 304 L 146 304 L 150 {GROUND} L 84 {GROUND} L 78 328 L 30 328 L 20 {GROUND} L -140 {GROUND} Q -166 330 -160 304 Z"
        pen.piece(tread, cloth.plain((52, 44, 40)))
        pen.line("M -158 309 L 146 309", (214, 180, 120), 1.6, 0.9, dash=(3.5, 2.5))
    _pair(pen, shoe)
