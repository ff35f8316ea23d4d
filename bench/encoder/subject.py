"""What is measured: CLIP ViT-B/32 with random weights, its inputs and the reference vectors.

Everything lies in one folder and is made once:

    clip-vit-b-32/          the model in the Hugging Face layout
    images.f32              float32 [IMAGES][3][224][224], real photos, preprocessed
    images.calibration.f32  others, for the int8 calibration
    text8.txt text77.txt    TEXTS lines of exactly 8 and 77 tokens, both end tokens included
    names.txt               product names as they are, of many lengths
    *.ids.npy               the tokens of each
    *.reference.npy         unit vectors by transformers in float32
"""

import hashlib
import io
import json
import os
import random
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
MINI = ROOT / "models" / "weft-mini"
sys.path.append(str(ROOT / "training"))

import data  # noqa: E402  (training/data.py: catalogs in the Kaggle layout)

VERSION = 1  # of everything below: another one is made anew
IMAGES, CALIBRATION_IMAGES, TEXTS = 32, 128, 32
PRODUCTS = IMAGES + CALIBRATION_IMAGES
VOCABULARY, START, END = 49408, 49406, 49407
TEXT_TOKENS = 77


def gigaflop(form):
    """Of one example, every token through every layer: what a peer that saves nothing must do."""
    tokens, width = (50, 768) if form == "image" else (int(form[4:]), 512)
    products = 12 * (24 * tokens * width ** 2 + 4 * tokens ** 2 * width)
    patches = 2 * 49 * 3 * 32 * 32 * width if form == "image" else 0
    return (products + patches + 2 * width * 512) / 1e9


# --- data ---------------------------------------------------------------------------

def shared_data():
    """The folder of real data, or None; WEFT_SHARED names the folder around it."""
    folder = Path(os.environ.get("WEFT_SHARED") or ROOT.parent / "shared") / "data"
    return folder if (folder / "kaggle" / "styles.csv").exists() else None


def products():
    """(row, JPEG) of PRODUCTS real products, always the same ones. The demo's drawings where the Kaggle catalog is not there."""
    shared = shared_data()
    root = shared / "kaggle" if shared else ROOT / "demo"
    rows, photos = data.read_rows(root), data.PhotoReader(root)
    rows.sort(key=lambda row: hashlib.sha1(("bench" + row["id"]).encode()).digest())
    return [(row, jpeg) for row in rows[:3 * PRODUCTS] if (jpeg := photos.read(row["id"]))][:PRODUCTS]


# --- the model ----------------------------------------------------------------------

def make_tokenizer(folder):
    """weft-mini's merges; the two end tokens where ViT-B/32 has them."""
    vocabulary = json.loads((MINI / "vocab.json").read_text(encoding="utf-8"))
    vocabulary["<|startoftext|>"], vocabulary["<|endoftext|>"] = START, END
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_bytes((MINI / "merges.txt").read_bytes())


def open_tokenizer(folder):
    from transformers import CLIPTokenizer

    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    lines = (folder / "merges.txt").read_text(encoding="utf-8").split("\n")[1:]
    return CLIPTokenizer(vocab=vocabulary, merges=[tuple(line.split()) for line in lines if line],
                         model_max_length=TEXT_TOKENS)


def make_model(folder):
    import torch
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(1)
    CLIPModel(CLIPConfig()).save_pretrained(folder)
    make_tokenizer(folder)
    square = {"height": 224, "width": 224}
    (folder / "preprocessor_config.json").write_text(json.dumps(
        {"size": {"shortest_edge": 224}, "crop_size": square, "resample": 3}), encoding="utf-8")


# --- inputs -------------------------------------------------------------------------

def tensors_of(jpegs):
    from PIL import Image
    from transformers import CLIPImageProcessor

    processor = CLIPImageProcessor()
    pictures = [Image.open(io.BytesIO(jpeg)).convert("RGB") for jpeg in jpegs]
    pixels = processor(pictures, return_tensors="np")["pixel_values"]
    return np.ascontiguousarray(pixels, np.float32)


def make_texts(folder, tokens, count):
    """COUNT lines of words that are one token each."""
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    words = sorted(word[:-4] for word in vocabulary
                   if word.endswith("</w>") and word[:-4].isascii() and word[:-4].isalpha() and len(word) > 6)
    draw = random.Random(tokens)
    return [" ".join(draw.choice(words) for _ in range(tokens - 2)) for _ in range(count)]


def make_inputs(folder):
    model = folder / "clip-vit-b-32"
    tokenizer, rows = open_tokenizer(model), products()
    chosen = [jpeg for _, jpeg in rows]
    tensors_of(chosen[:IMAGES]).tofile(folder / "images.f32")
    tensors_of(chosen[IMAGES:]).tofile(folder / "images.calibration.f32")
    texts = {"text8": make_texts(model, 8, TEXTS), "text77": make_texts(model, 77, TEXTS),
             "names": [row["productDisplayName"].replace("\n", " ") for row, _ in rows[:TEXTS]],
             "text8.calibration": make_texts(model, 8, 8 * TEXTS)[TEXTS:],
             "text77.calibration": make_texts(model, 77, 8 * TEXTS)[TEXTS:]}
    for name, lines in texts.items():
        ids = tokenizer(lines, truncation=True, max_length=TEXT_TOKENS,
                        padding=True, return_tensors="np")["input_ids"]
        if name != "names" and ids.shape[1] != int(name.split(".")[0][4:]):
            raise SystemExit(f"{name} has texts of {ids.shape[1]} tokens")
        np.save(folder / f"{name}.ids.npy", ids.astype(np.int64))
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def images(folder, name="images"):
    """float32 [n][3][224][224], mapped."""
    return np.memmap(folder / f"{name}.f32", np.float32, "r").reshape(-1, 3, 224, 224)


# --- the reference --------------------------------------------------------------------

def unit(x):
    x = np.asarray(x, np.float64)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def towers(folder):
    """{"image": module, "text": module} from pixels or ids to unit vectors, in float32."""
    import torch
    from transformers import CLIPModel

    model = CLIPModel.from_pretrained(folder, dtype=torch.float32).eval()

    class Image(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.tower, self.projection = model.vision_model, model.visual_projection

        def forward(self, pixel_values):
            vectors = self.projection(self.tower(pixel_values=pixel_values).pooler_output)
            return vectors / vectors.norm(dim=-1, keepdim=True)

    class Text(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.tower, self.projection = model.text_model, model.text_projection

        def forward(self, input_ids):
            vectors = self.projection(self.tower(input_ids=input_ids).pooler_output)
            return vectors / vectors.norm(dim=-1, keepdim=True)

    return {"image": Image().eval(), "text": Text().eval()}


def make_references(folder):
    import torch

    modules = towers(folder / "clip-vit-b-32")
    with torch.inference_mode():
        inputs = {"images": torch.from_numpy(np.array(images(folder)))}
        for name in ("text8", "text77", "names"):
            inputs[name] = torch.from_numpy(np.load(folder / f"{name}.ids.npy"))
        for name, value in inputs.items():
            module = modules["image" if name == "images" else "text"]
            np.save(folder / f"{name}.reference.npy", module(value).numpy())


def prepare(folder):
    """Makes what is missing; the mark is last, so that a broken run is repeated."""
    mark = folder / "subject.ready"
    state = f"{VERSION} {'kaggle' if shared_data() else 'demo'}"
    if mark.exists() and mark.read_text() == state:
        return
    print("making the model, its inputs and the reference vectors (once)", flush=True)
    from transformers import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    (folder / "converted" / "ready").unlink(missing_ok=True)
    model = folder / "clip-vit-b-32"
    model.mkdir(parents=True, exist_ok=True)
    make_model(model)
    make_inputs(folder)
    make_references(folder)
    mark.write_text(state)


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
