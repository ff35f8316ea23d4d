#!/usr/bin/env python3
"""Compares weft's photo preprocessing with Pillow and transformers, on 100 odd photos.

    preprocess_parity.py PATH/TO/preprocess_dump [--keep DIR]

For each photo, three comparisons:
  decode   every byte equals Pillow's exif_transpose, flattened on white, RGB
  resize   every byte equals Pillow's bicubic at an odd size, given the same pixels
  tensor   within 1e-5 of CLIPImageProcessor's PIL version, shorter side and exact size

Pillow wheels carry their own libjpeg-turbo and libwebp. If theirs decode some format a
little differently than this system's do, DECODE_TOLERANCE says by how much that may be;
resize and tensor are then judged on weft's decoded pixels and must stay exact.

Pillow 13 began to run the vertical pass first where the height shrinks much more than the
width, which changes such pixels by a level or so. weft keeps the order of every Pillow
before, with which the CLIP models were trained; so this script makes Pillow run one pass
at a time in that order, and only prints how far the installed Pillow's own order is off.

Photos are drawn from a fixed seed. Exit status: 0 equal, 1 not, 77 modules are missing.
"""

import argparse
import io
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

try:
    import numpy as np
    from PIL import Image, ImageOps
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
except ImportError as missing:
    print(f"skip: preprocess_parity needs numpy, pillow, torch and transformers ({missing})")
    sys.exit(77)

# Largest difference of a decoded byte, by format; 0 is byte-equal.
DECODE_TOLERANCE = {"jpg": 0, "png": 0, "webp": 0}
TENSOR_TOLERANCE = 1e-5
EDGE, CROP, EXACT = 224, 224, (200, 260)
RESIZED = (97, 131)
SIZES = [(1, 1), (1, 7), (9, 1), (2, 3), (17, 31), (64, 64), (223, 225), (640, 480), (333, 1000),
         (1600, 40), (30, 1200), (1, 600), (500, 1), (1999, 1501)]


def picture(rng, width, height, channels):
    """Smooth color waves plus noise: edges, flats and grain in one."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = []
    for _ in range(channels):
        fx, fy, phase = rng.uniform(0.005, 0.3, 2).tolist() + [rng.uniform(0, 6)]
        planes.append(127 + 110 * np.sin(fx * x + fy * y + phase) + rng.normal(0, 20, x.shape))
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def encode(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_16(samples, color_type):
    """A 16-bit PNG; Pillow can read every kind of these but not write them."""
    height, width = samples.shape[:2]
    rows = samples.astype(">u2").reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    chunk = lambda name, data: (struct.pack(">I", len(data)) + name + data
                                + struct.pack(">I", zlib.crc32(name + data)))
    header = struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw))
            + chunk(b"IEND", b""))


def exif(orientation):
    data = Image.Exif()
    data[0x0112] = orientation
    return data.tobytes()


def palette_transparent(rgb):
    image = rgb.quantize(16)
    image.info["transparency"] = bytes(range(0, 256, 16))
    return encode(image, "PNG", transparency=image.info["transparency"])


# name -> (extension, maker of the bytes out of rng and a size)
def makers():
    rgb = lambda r, s: Image.fromarray(picture(r, *s, 3))
    rgba = lambda r, s: Image.fromarray(picture(r, *s, 4), "RGBA")
    gray = lambda r, s: Image.fromarray(picture(r, *s, 1)[..., 0])
    deep = lambda r, s, n: picture(r, *s, n).astype(np.uint16) * 256 + r.integers(
        0, 256, (s[1], s[0], n), dtype=np.uint16)
    found = {
        "jpeg-420": ("jpg", lambda r, s: encode(rgb(r, s), "JPEG", quality=85)),
        "jpeg-444": ("jpg", lambda r, s: encode(rgb(r, s), "JPEG", quality=95, subsampling=0)),
        "jpeg-422": ("jpg", lambda r, s: encode(rgb(r, s), "JPEG", quality=70, subsampling=1)),
        "jpeg-progressive": ("jpg", lambda r, s: encode(rgb(r, s), "JPEG", progressive=True)),
        "jpeg-gray": ("jpg", lambda r, s: encode(gray(r, s), "JPEG")),
        "jpeg-cmyk": ("jpg", lambda r, s: encode(
            Image.fromarray(picture(r, *s, 4), "CMYK"), "JPEG", quality=90)),
        "png-rgb": ("png", lambda r, s: encode(rgb(r, s), "PNG")),
        "png-rgba": ("png", lambda r, s: encode(rgba(r, s), "PNG")),
        "png-gray": ("png", lambda r, s: encode(gray(r, s), "PNG")),
        "png-gray-alpha": ("png", lambda r, s: encode(rgba(r, s).convert("LA"), "PNG")),
        "png-palette": ("png", lambda r, s: encode(rgb(r, s).quantize(37), "PNG")),
        "png-palette-4": ("png", lambda r, s: encode(rgb(r, s).quantize(5), "PNG", bits=4)),
        "png-palette-alpha": ("png", lambda r, s: palette_transparent(rgb(r, s))),
        "png-key": ("png", lambda r, s: encode(gray(r, s), "PNG", transparency=127)),
        "png-1": ("png", lambda r, s: encode(gray(r, s).convert("1"), "PNG")),
        "png-rgb-16": ("png", lambda r, s: png_16(deep(r, s, 3), 2)),
        "png-rgba-16": ("png", lambda r, s: png_16(deep(r, s, 4), 6)),
        "png-gray-16": ("png", lambda r, s: png_16(deep(r, s, 1), 0)),
        "png-gray-alpha-16": ("png", lambda r, s: png_16(deep(r, s, 2), 4)),
        "webp-lossy": ("webp", lambda r, s: encode(rgb(r, s), "WEBP", quality=80)),
        "webp-lossless": ("webp", lambda r, s: encode(rgb(r, s), "WEBP", lossless=True)),
        "webp-alpha": ("webp", lambda r, s: encode(rgba(r, s), "WEBP", quality=75)),
        "webp-animated": ("webp", lambda r, s: encode(
            rgba(r, s), "WEBP", save_all=True, append_images=[rgba(r, s)], duration=50)),
    }
    for n in range(1, 9):
        found[f"jpeg-exif-{n}"] = (
            "jpg", lambda r, s, n=n: encode(rgb(r, s), "JPEG", exif=exif(n)))
    found["png-exif-6"] = ("png", lambda r, s: encode(rgb(r, s), "PNG", exif=exif(6)))
    found["webp-exif-8"] = ("webp", lambda r, s: encode(rgb(r, s), "WEBP", exif=exif(8)))
    return found


def photos(count):
    """count photos: every kind in turn, every size in turn (the two cycles are coprime)."""
    kinds = list(makers().items())
    for i in range(count):
        name, (extension, make) = kinds[i % len(kinds)]
        size = SIZES[(i * 5 + i // len(kinds)) % len(SIZES)]
        yield f"{name}-{size[0]}x{size[1]}", extension, make(np.random.default_rng(i), size)


def pillow_rgb(data, name):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if name.startswith("png-gray-16"):
        # Pillow's convert("RGB") clips 16-bit gray at 255; weft keeps the high byte.
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if "A" in image.getbands() or image.info.get("transparency") is not None:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return image.convert("RGB")


native_resize = Image.Image.resize


def resize_width_first(image, size, resample=None, box=None, reducing_gap=None):
    """Image.resize in the order of Pillow up to 12: one dimension per call leaves no choice."""
    assert box is None and reducing_gap is None
    across = native_resize(image, (size[0], image.height), resample)
    return native_resize(across, size, resample)


def dump(program, photo, size, crop):
    out = photo.with_suffix(".out")
    done = subprocess.run([program, str(photo), size, crop, str(out)],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return out.read_bytes(), tuple(map(int, done.stdout.split()))


def compare(program, photo, extension, name):
    """Largest differences: decoded bytes, resized bytes, tensor, and Pillow's own order."""
    expected = pillow_rgb(photo.read_bytes(), name)
    raw, size = dump(program, photo, "full", "rgb")
    if size != expected.size:
        raise RuntimeError(f"size {size}, Pillow says {expected.size}")
    decoded = np.frombuffer(raw, np.uint8).reshape(size[1], size[0], 3)
    decode = int(np.abs(decoded.astype(int) - np.asarray(expected, int)).max())

    base = Image.fromarray(decoded)
    raw, _ = dump(program, photo, "%dx%d" % RESIZED, "rgb")
    resized = np.frombuffer(raw, np.uint8).reshape(RESIZED[1], RESIZED[0], 3).astype(int)
    by_width = np.asarray(resize_width_first(base, RESIZED, Image.BICUBIC), int)
    native = np.asarray(native_resize(base, RESIZED, Image.BICUBIC), int)
    resize = int(np.abs(resized - by_width).max())
    order = int(np.abs(resized - native).max())

    tensor = 0.0
    forms = [(str(EDGE), {"shortest_edge": EDGE}),
             ("%dx%d" % EXACT, {"width": EXACT[0], "height": EXACT[1]})]
    for argument, setting in forms:
        processor = CLIPImageProcessorPil(size=setting, crop_size={"height": CROP, "width": CROP})
        # transformers materialises the whole resized picture; ours does not.
        wanted = np.asarray(processor(base, return_tensors="np")["pixel_values"][0])
        raw, _ = dump(program, photo, argument, str(CROP))
        made = np.frombuffer(raw, np.float32).reshape(3, CROP, CROP)
        tensor = max(tensor, float(np.abs(made - wanted).max()))
    return decode, resize, tensor, order


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the preprocess_dump that meson built")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--keep", help="leave the photos in this folder")
    options = parser.parse_args()
    Image.Image.resize = resize_width_first  # CLIPImageProcessorPil calls it
    failed, worst = 0, {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(options.keep or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for number, (name, extension, data) in enumerate(photos(options.count)):
            photo = folder / f"{number:03d}-{name}.{extension}"
            photo.write_bytes(data)
            try:
                found = compare(options.program, photo, extension, name)
            except RuntimeError as error:
                print(f"FAIL {photo.name}: {error}")
                failed += 1
                continue
            decode, resize, tensor, _ = found
            if (decode > DECODE_TOLERANCE[extension] or resize > 0
                    or tensor > TENSOR_TOLERANCE):
                print(f"FAIL {photo.name}: decode {decode}, resize {resize}, tensor {tensor:.2e}")
                failed += 1
            old = worst.get(extension, (0, 0, 0.0, 0))
            worst[extension] = tuple(map(max, old, found))
    for extension, (decode, resize, tensor, order) in sorted(worst.items()):
        print(f"{extension:5} largest difference: decode {decode}, resize {resize}, "
              f"tensor {tensor:.1e} (Pillow's own pass order: {order})")
    print(f"preprocess parity: {options.count - failed} of {options.count} photos equal")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
