#!/usr/bin/env python3
"""Draws the demo catalog: styles.csv and images/<id>.jpg, the same every time for the same seed."""

import argparse
import concurrent.futures
import os
import pathlib
import random
import sys

from PIL import Image

from catalog import catalog, write_csv
from studio import HEIGHT, WIDTH, jpeg

HERE = pathlib.Path(__file__).resolve().parent


def save_photo(product, folder, budget):
    data = jpeg(product.photo(), budget)
    (folder / f"{product.id}.jpg").write_bytes(data)
    return len(data)


def contact_sheet(products, columns, width):
    """Thumbnails side by side, to look the whole shop over."""
    height = width * HEIGHT // WIDTH
    sheet = Image.new("RGB", (columns * width, -(-len(products) // columns) * height), "white")
    for i, product in enumerate(products):
        sheet.paste(product.photo().resize((width, height), Image.Resampling.LANCZOS), (i % columns * width, i // columns * height))
    return sheet


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=HERE, help="where styles.csv and images/ go (default: beside this script)")
    parser.add_argument("--seed", type=int, default=2024, help="another seed stocks another shop")
    parser.add_argument("--budget", type=int, default=10900, metavar="BYTES", help="size a photo is brought down to")
    parser.add_argument("--only", metavar="TYPE", help="only this article type, e.g. Heels (with --sheet)")
    parser.add_argument("--sheet", metavar="FILE", type=pathlib.Path, help="write one contact sheet instead of the catalog")
    parser.add_argument("--sample", type=int, metavar="N", help="put only N products, chosen at random, on the sheet")
    parser.add_argument("--columns", type=int, default=12, help="columns of the sheet")
    parser.add_argument("--thumb", type=int, default=120, help="width of a thumbnail on the sheet")
    options = parser.parse_args()

    products = catalog(options.seed)
    if options.sheet:
        shown = [p for p in products if options.only in (None, p.made.article)]
        if options.sample:
            shown = random.Random(options.seed).sample(shown, min(options.sample, len(shown)))
        contact_sheet(shown, options.columns, options.thumb).save(options.sheet)
        return

    folder = options.out / "images"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.jpg"):
        old.unlink()
    write_csv(products, options.out / "styles.csv")
    total = 0
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(save_photo, product, folder, options.budget) for product in products]
        for done, job in enumerate(concurrent.futures.as_completed(jobs), 1):
            total += job.result()
            if done % 20 == 0 or done == len(jobs):
                print(f"\r{done} of {len(jobs)} photos, {total / 1e6:.1f} MB", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


if __name__ == "__main__":
    main()
