"""How well a model searches the held-out photos.

    python evaluate.py --model ../models/weft-mini --data DIR

Recall@10: a held-out product's text finds its own photo among the ten nearest
of all held-out photos. Precision@10: of the ten photos nearest to "red dress",
how many are dresses (and how many red dresses), over the 200 most frequent
pairs of colour and article type among the held-out products. Most of these have
fewer than ten photos: "ten or more" is over the others, where 1 can be reached.
"""

import argparse
import io
import json
from collections import Counter

import numpy as np
import torch
from PIL import Image

import captions
import data

K, PAIRS = 10, 200


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def recall(texts, photos, k=K):
    """Rows of TEXTS [n, d] whose own row of PHOTOS [n, d] is among the k nearest."""
    scores = texts @ photos.T
    return float(((scores > scores.diagonal()[:, None]).sum(1) < k).mean())


def search_metrics(rows, photos, encode):
    """Metrics of unit photo vectors [n, d] of ROWS, with encode(texts) -> unit [m, d]."""
    names = [row["productDisplayName"] for row in rows]
    types = np.array([row["articleType"] for row in rows])
    colours = np.array([row["baseColour"] for row in rows])
    frequent = Counter((c, t) for c, t in zip(colours, types) if c).most_common(PAIRS)
    queries = [f"{c} {captions.type_phrases(t)[0]}".lower() for (c, t), _ in frequent]
    nearest = np.argsort(-(encode(queries) @ photos.T), axis=1)[:, :K]
    want_colour = np.array([[c] for (c, _), _ in frequent])
    want_type = np.array([[t] for (_, t), _ in frequent])
    right_type = types[nearest] == want_type
    right_both = right_type & (colours[nearest] == want_colour)
    plenty = [n >= K for _, n in frequent]
    type_counts = Counter(types)
    text_vectors = encode(names)
    return {
        "products": len(rows),
        "recall@10 name": recall(text_vectors, photos),
        "recall@1 name": recall(text_vectors, photos, 1),
        "recall@10 name+attributes": recall(encode([captions.embed_text(r) for r in rows]), photos),
        "precision@10 type": float(right_type.mean()),
        "precision@10 type, best possible": float(np.mean([min(K, type_counts[t]) / K for (_, t), _ in frequent])),
        "precision@10 colour and type": float(right_both.mean()),
        "precision@10 colour and type, best possible": float(np.mean([min(K, n) / K for _, n in frequent])),
        "precision@10 colour and type, ten or more": float(right_both[plenty].mean()) if any(plenty) else None,
        "pairs with ten or more": sum(plenty),
    }


class Exported:
    """A model folder, run by transformers in float32 of the shipped float16 weights."""

    def __init__(self, folder):
        from transformers import CLIPImageProcessor, CLIPModel, CLIPTokenizerFast

        self.model = CLIPModel.from_pretrained(folder, dtype=torch.float32).eval()
        self.tokenizer = CLIPTokenizerFast.from_pretrained(folder)
        self.processor = CLIPImageProcessor.from_pretrained(folder)

    @torch.no_grad()
    def photos(self, pictures, batch=128):
        """PIL pictures (an iterable) -> unit vectors [n, d]."""
        result, some = [], []

        def flush():
            pixels = self.processor(some, return_tensors="pt")["pixel_values"]
            hidden = self.model.vision_model(pixel_values=pixels).pooler_output
            result.append(self.model.visual_projection(hidden).numpy())
            some.clear()

        for picture in pictures:
            some.append(picture)
            if len(some) == batch:
                flush()
        if some:
            flush()
        return unit(np.concatenate(result))

    @torch.no_grad()
    def texts(self, texts, batch=256):
        """Strings -> unit vectors [n, d]."""
        result = []
        for at in range(0, len(texts), batch):
            inputs = self.tokenizer(texts[at:at + batch], padding=True, truncation=True, max_length=77, return_tensors="pt")
            result.append(self.model.text_projection(self.model.text_model(**inputs).pooler_output).numpy())
        return unit(np.concatenate(result))


def read_products(root, everything=False):
    """(rows, PIL pictures) of ROOT's held-out products, or all, that have a photo."""
    reader, rows, pictures = data.PhotoReader(root), [], []
    for row in data.read_rows(root):
        if everything or data.is_held_out(row["id"]):
            jpeg = reader.read(row["id"])
            if jpeg:
                rows.append(row)
                pictures.append(Image.open(io.BytesIO(jpeg)).convert("RGB"))
    return rows, pictures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="folder of the exported model")
    parser.add_argument("--data", required=True, help="data root in the Kaggle layout")
    parser.add_argument("--all", action="store_true", help="search all products, not only the held-out ones")
    parser.add_argument("--json", help="write the metrics there")
    args = parser.parse_args()
    model = Exported(args.model)
    rows, pictures = read_products(args.data, args.all)
    result = search_metrics(rows, model.photos(pictures), model.texts)
    for name, value in result.items():
        print(f"{name:45} {value:.4f}" if isinstance(value, float) else f"{name:45} {value}")
    if args.json:
        with open(args.json, "w") as f:
            json.dump(result, f, indent=1)


if __name__ == "__main__":
    main()
