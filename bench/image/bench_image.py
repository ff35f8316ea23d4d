#!/usr/bin/env python3
"""Photos a second from JPEG bytes to CLIP's input tensor, on one thread: weft, Pillow,
OpenCV and pyvips in turn, ROUNDS times over, so that a machine that drifts drifts for all.

    bench_image.py PATH/TO/bench_image [--photos FOLDER] [--rounds 5] [--seconds 1]

Without --photos it draws photos of 1080x1440 and 60x80 from a fixed seed. Each tool goes
the way its users go: the shorter side to 224 and the middle cut out (CLIP), or 80x80
(weft-mini), then scaled, normalised, channels first. "draft", "reduced" and pyvips shrink
while they decode, to no less than twice the size wanted, as weft does; the rows "whole"
decode every pixel. A peer that is not installed (bench/image/requirements.txt) is left
out, and a line says so. Prints the median and what weft makes of the best peer.
"""

import argparse
import io
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

os.environ["VIPS_CONCURRENCY"] = "1"  # read when libvips starts

import numpy as np
from PIL import Image

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
# name, argument of bench_image, crop
MODELS = [("CLIP 224", "224", 224), ("weft-mini 80", "80x80", 80)]


def wanted_size(width, height, edge):
    """Size to resize to: the shorter side, or the exact square."""
    if edge == 80:
        return 80, 80
    return (edge, edge * height // width) if height >= width else (edge * width // height, edge)


def tensor(pixels, edge):
    """The middle, normalised, channels first; one multiply and one add per value."""
    top, left = (pixels.shape[0] - edge) // 2, (pixels.shape[1] - edge) // 2
    crop = pixels[top:top + edge, left:left + edge].astype(np.float32)
    crop *= 1 / (255 * STD)
    crop -= MEAN / STD
    return np.ascontiguousarray(crop.transpose(2, 0, 1))


def pillow(data, edge, draft=False):
    image = Image.open(io.BytesIO(data))
    size = wanted_size(*image.size, edge)
    if draft:
        image.draft("RGB", (2 * size[0], 2 * size[1]))
    return tensor(np.asarray(image.convert("RGB").resize(size, Image.BICUBIC)), edge)


def opencv_with(cv2):
    cv2.setNumThreads(1)
    reduced = {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2,
               4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}

    def read(data, edge, flag):
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
        height, width = image.shape[:2]
        size = wanted_size(width, height, edge)
        method = cv2.INTER_AREA if size[0] < width else cv2.INTER_CUBIC
        return tensor(cv2.cvtColor(cv2.resize(image, size, interpolation=method),
                                   cv2.COLOR_BGR2RGB), edge)

    def whole(data, edge):
        return read(data, edge, cv2.IMREAD_COLOR)

    def shrunk(data, edge):
        width, height = Image.open(io.BytesIO(data)).size  # cv2 does not tell it
        size = wanted_size(width, height, edge)
        fits = [n for n in (1, 2, 4, 8) if width >= 2 * n * size[0] and height >= 2 * n * size[1]]
        return read(data, edge, reduced[max(fits, default=1)])

    return {"OpenCV": whole, "OpenCV reduced": shrunk}


def pyvips_with(pyvips):
    def shrunk(data, edge):
        options = {"size": "force"} if edge == 80 else {"crop": "centre"}
        image = pyvips.Image.thumbnail_buffer(data, edge, height=edge, **options)
        return tensor(image.numpy()[..., :3], edge)

    return {"pyvips": shrunk}


def peers():
    found = {"Pillow": pillow, "Pillow draft": lambda data, edge: pillow(data, edge, True)}
    for module, make in (("cv2", opencv_with), ("pyvips", pyvips_with)):
        try:
            found |= make(__import__(module))
        except (ImportError, OSError) as error:
            print(f"left out: {module} ({error})")
    return found


def draw_photos(folder, width, height, count):
    """Waves of color with grain and fine stripes, as a camera would store them."""
    for i in range(count):
        rng = np.random.default_rng(i)
        y, x = np.mgrid[0:height, 0:width].astype(np.float32) * (1080 / width)
        planes = []
        for _ in range(3):
            fx, fy, fine = rng.uniform(0.002, 0.02), rng.uniform(0.002, 0.02), rng.uniform(0.2, 0.6)
            planes.append(127 + 80 * np.sin(fx * x + fy * y) + 15 * np.sin(fine * (x + y)))
        pixels = np.stack(planes, -1) + rng.normal(0, 6, (height, width, 1))
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(
            folder / f"{i:03d}.jpg", quality=85)


def rate(function, photos, edge, seconds):
    start, done = time.process_time(), 0
    while time.process_time() - start < seconds:
        function(photos[done % len(photos)], edge)
        done += 1
    return done / (time.process_time() - start)


def measure(program, folder, options):
    photos = [p.read_bytes() for p in sorted(folder.iterdir())]
    size = Image.open(io.BytesIO(photos[0])).size
    bytes_each = sum(map(len, photos)) // len(photos)
    print(f"\n{len(photos)} photos, the first {size[0]}x{size[1]}, {bytes_each / 1000:.1f} kB each")
    functions = peers()
    for name, argument, edge in MODELS:
        rates = {}
        for _ in range(options.rounds):
            for mode in ("shrunk", "whole"):
                out = subprocess.run([program, folder, str(options.seconds), argument, str(edge),
                                      mode], check=True, capture_output=True, text=True).stdout
                rates.setdefault(f"weft {mode}", []).append(float(out))
            for peer, function in functions.items():
                rates.setdefault(peer, []).append(rate(function, photos, edge, options.seconds))
        medians = {peer: statistics.median(values) for peer, values in rates.items()}
        best = max(value for peer, value in medians.items() if not peer.startswith("weft"))
        print(f"{name}: " + ", ".join(f"{peer} {value:,.0f}" for peer, value in medians.items()))
        print(f"{name}: weft is {medians['weft shrunk'] / best:.2f} x the best peer")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the bench_image that meson built")
    parser.add_argument("--photos", type=pathlib.Path, help="a folder of JPEGs instead")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    if options.photos:
        return measure(options.program, options.photos, options)
    with tempfile.TemporaryDirectory() as scratch:
        for width, height, count in ((1080, 1440, 16), (60, 80, 200)):
            folder = pathlib.Path(scratch, f"{width}x{height}")
            folder.mkdir()
            draw_photos(folder, width, height, count)
            measure(options.program, folder, options)


if __name__ == "__main__":
    main()
