"""Catalogs in the Kaggle layout, the validation split and the photo cache.

A data root is a folder with ``styles.csv`` (Kaggle's ten columns) and the
photos as ``images/<id>.jpg`` files or as an ``images.zip`` holding the same.
Every photo is decoded once, squashed to ``IMAGE_SIZE`` x ``IMAGE_SIZE`` with
Pillow's bicubic filter (what ``preprocessor_config.json`` tells the serving
side to do as well) and kept in one memory-mapped uint8 file per root.
"""

import csv
import hashlib
import io
import json
import os
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

IMAGE_SIZE = 80
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
FIELDS = ("gender", "articleType", "baseColour", "season", "usage")


@dataclass
class Catalog:
    """The products of all roots that have a readable photo.

    rows:    one dict of the CSV columns per product, plus ``root``
    images:  one uint8 array [n_root, S, S, 3] per root (memory-mapped)
    where:   int64 [n, 2], (root, index in its array) of every row
    held_out: bool [n], True for our validation products
    """

    rows: list
    images: list
    where: np.ndarray
    held_out: np.ndarray

    def photos(self, index):
        """uint8 [len(index), S, S, 3] of the given rows."""
        return np.stack([self.images[r][i] for r, i in self.where[index]])


def is_held_out(product_id):
    """The split rule: sha1 of the decimal id, as a number, modulo 20 is 0."""
    return int(hashlib.sha1(str(product_id).encode()).hexdigest(), 16) % 20 == 0


def read_rows(root):
    """The rows of ROOT/styles.csv as dicts, in file order."""
    with open(Path(root) / "styles.csv", newline="", encoding="utf-8") as f:
        rows = [r for r in csv.DictReader(f) if r.get("id")]
    for row in rows:
        for key, value in row.items():
            if isinstance(value, str):
                row[key] = "" if value.strip() in ("NA", "nan") else value.strip()
    return rows


class PhotoReader:
    """Raw bytes of a root's photos, from the folder or from images.zip."""

    def __init__(self, root):
        self.folder = Path(root) / "images"
        archive = Path(root) / "images.zip"
        self.zip = zipfile.ZipFile(archive) if archive.exists() else None
        self.names = set(self.zip.namelist()) if self.zip else set()

    def read(self, product_id):
        """The JPEG bytes, or None when the product has no photo."""
        name = f"images/{product_id}.jpg"
        if name in self.names:
            return self.zip.read(name)
        path = self.folder / f"{product_id}.jpg"
        return path.read_bytes() if path.exists() else None


def squash(jpeg):
    """JPEG bytes -> uint8 [S, S, 3], the whole photo, aspect ratio given up."""
    image = Image.open(io.BytesIO(jpeg)).convert("RGB")
    return np.asarray(image.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC))


def cached_photos(root, work):
    """(ids, uint8 [n, S, S, 3] memory map) of ROOT, built on the first call.

    The cache is rebuilt when styles.csv or the photos changed since.
    """
    root, work = Path(root), Path(work)
    sources = [p for p in (root / "styles.csv", root / "images.zip", root / "images") if p.exists()]
    stamp = [IMAGE_SIZE] + [[p.name, p.stat().st_mtime_ns, p.stat().st_size] for p in sources]
    key = hashlib.sha1(str(root.resolve()).encode()).hexdigest()[:8]
    pixels, index = work / f"photos-{key}.u8", work / f"photos-{key}.json"
    if index.exists():
        meta = json.loads(index.read_text())
        if meta["stamp"] == stamp:
            shape = (len(meta["ids"]), IMAGE_SIZE, IMAGE_SIZE, 3)
            return meta["ids"], np.memmap(pixels, np.uint8, "r", shape=shape)

    work.mkdir(parents=True, exist_ok=True)
    reader, start, ids = PhotoReader(root), time.time(), []

    def decode(row):
        jpeg = reader.read(row["id"])
        try:
            return row["id"], squash(jpeg) if jpeg else None
        except OSError:
            return row["id"], None

    rows, draft = read_rows(root), pixels.with_suffix(".part")
    with open(draft, "wb") as out, ThreadPoolExecutor(2) as pool:
        for product_id, photo in pool.map(decode, rows):
            if photo is not None:
                out.write(photo.tobytes())
                ids.append(product_id)
    os.replace(draft, pixels)
    index.write_text(json.dumps({"stamp": stamp, "ids": ids}))
    print(f"{root.name}: {len(ids)} of {len(rows)} photos decoded in {time.time() - start:.0f} s", flush=True)
    return cached_photos(root, work)


def load_catalog(roots, work):
    """All roots as one Catalog. Only the first root's products are held out."""
    rows, images, where, held_out = [], [], [], []
    for number, root in enumerate(roots):
        ids, photos = cached_photos(root, work)
        by_id = {row["id"]: row for row in read_rows(root)}
        images.append(photos)
        for position, product_id in enumerate(ids):
            rows.append({**by_id[product_id], "root": number})
            where.append((number, position))
            held_out.append(number == 0 and is_held_out(product_id))
    return Catalog(rows, images, np.array(where), np.array(held_out))
