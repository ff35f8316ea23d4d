#!/usr/bin/env python3
"""How far a model's vectors move when large JPEGs are shrunk while they are decoded.

    shrink_cosine.py PATH/TO/preprocess_dump FOLDER... [--model models/weft-mini]

For each photo of the folders: two tensors, one of its every pixel and one as `weft embed`
makes it, and the cosine of the two vectors. --model is a folder that transformers can
read; "random" is a ViT-B/32 of random weights, of which it prints the cosine of vectors
less their mean as well, since they are all alike. Prints, per folder, how many photos
were shrunk and the worst; exits with 1 when one is beyond 0.001.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

LIMIT = 1e-3
BATCH = 32


def open_model(name):
    """The vision tower, bench_image's size argument, and the crop."""
    if name == "random":
        torch.manual_seed(0)
        config = CLIPVisionConfig(hidden_size=768, intermediate_size=3072, num_hidden_layers=12,
                                  num_attention_heads=12, patch_size=32, projection_dim=512)
        return CLIPVisionModelWithProjection(config).eval(), "224", 224
    model = CLIPVisionModelWithProjection.from_pretrained(name, dtype=torch.float32).eval()
    side = model.config.image_size
    return model, f"{side}x{side}" if side == 80 else str(side), side


def tensors(program, photo, size, crop):
    made = []
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "tensor")
        for extra in ([], ["shrunk"]):
            subprocess.run([program, photo, size, str(crop), out, *extra], check=True,
                           stdout=subprocess.DEVNULL)
            made.append(np.fromfile(out, np.float32).reshape(3, crop, crop))
    return made


def vectors(model, batch):
    with torch.no_grad():
        found = [model(torch.from_numpy(np.stack(batch[i:i + BATCH]))).image_embeds.double()
                 for i in range(0, len(batch), BATCH)]
    return torch.nn.functional.normalize(torch.cat(found), dim=-1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the preprocess_dump that meson built")
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--model", default="models/weft-mini")
    options = parser.parse_args()
    model, size, crop = open_model(options.model)
    worst = 0.0
    for folder in options.folders:
        photos = sorted(p for p in folder.iterdir() if p.is_file())
        pairs = [tensors(options.program, photo, size, crop) for photo in photos]
        whole, shrunk = (vectors(model, [pair[i] for pair in pairs]) for i in (0, 1))
        away = 1 - (whole * shrunk).sum(-1)
        mean = whole.mean(0)
        centred = 1 - torch.cosine_similarity(whole - mean, shrunk - mean)
        count = sum(bool((a != b).any()) for a, b in pairs)
        at = int(away.argmax())
        print(f"{folder.name}: {count} of {len(photos)} photos shrunk; 1 - cosine: mean "
              f"{away.mean():.1e}, worst {away[at]:.1e} ({photos[at].name}), less the mean "
              f"vector {centred.max():.1e}")
        worst = max(worst, float(away.max()))
    print(f"worst of all {worst:.1e}, limit {LIMIT:.0e}")
    return 1 if worst > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
