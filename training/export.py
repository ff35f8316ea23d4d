"""Write a checkpoint as a Hugging Face CLIPModel folder and check it.

    python export.py --work WORK --out ../models/weft-mini

The averaged weights go to model.safetensors in float16. The folder is then
loaded with transformers, and must give the same embeddings as the training
code (up to float16 rounding) for some noise pictures and texts.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file

import data
import tokenizer as bpe
from evaluate import Exported
from model import Clip, Shape, clip_config, export_state
from train import PIXEL_MEAN, PIXEL_STD, encode_texts


def write_json(path, content):
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def write_folder(model, work, out):
    """All files of the layout but README.md."""
    out.mkdir(parents=True, exist_ok=True)
    draft = out / "model.safetensors.part"
    save_file(export_state(model), draft, metadata={"format": "pt"})
    draft.chmod(0o644)
    os.replace(draft, out / "model.safetensors")
    write_json(out / "config.json", clip_config(model.shape))
    side = model.shape.image_size
    write_json(out / "preprocessor_config.json", {
        "image_processor_type": "CLIPImageProcessor", "do_convert_rgb": True,
        "do_resize": True, "size": {"height": side, "width": side}, "resample": 3,
        "do_center_crop": False, "crop_size": {"height": side, "width": side},
        "do_rescale": True, "rescale_factor": 1 / 255,
        "do_normalize": True, "image_mean": data.CLIP_MEAN, "image_std": data.CLIP_STD})
    bpe.save(*bpe.read(Path(work) / "tokenizer"), out)
    special = {"bos_token": bpe.START, "eos_token": bpe.END, "unk_token": bpe.END, "pad_token": bpe.END}
    write_json(out / "special_tokens_map.json", special)
    write_json(out / "tokenizer_config.json", {
        "tokenizer_class": "CLIPTokenizer", "model_max_length": bpe.CONTEXT, "do_lower_case": True,
        "errors": "replace", **special})


@torch.no_grad()
def check(model, out):
    """The largest difference of unit embeddings between transformers and our code."""
    exported, tokens = Exported(out), bpe.load(out)
    noise = np.random.default_rng(0).integers(0, 256, (8, 14, 10, 3), dtype=np.uint8)
    pictures = [Image.fromarray(n).resize((60, 80), Image.Resampling.BILINEAR) for n in noise]
    side = (model.shape.image_size,) * 2
    pixels = np.stack([np.asarray(p.resize(side, Image.Resampling.BICUBIC)) for p in pictures])
    pixels = (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() - PIXEL_MEAN) / PIXEL_STD
    own_photos = F.normalize(model.image_features(pixels), dim=1).numpy()
    texts = ["red dress", "Cosy jumper, size 42!", "Titan Men Black Dial Watch. Men Black Watches, Winter Casual", "naïve café"]
    own_texts = F.normalize(encode_texts(model, [tokens.encode(t).ids for t in texts]), dim=1).numpy()
    return abs(exported.photos(pictures) - own_photos).max(), abs(exported.texts(texts) - own_texts).max()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", default="work", help="folder that train.py worked in")
    parser.add_argument("--out", required=True, help="folder of the model to write")
    args = parser.parse_args()
    saved = torch.load(Path(args.work) / "checkpoint.pt", weights_only=False)
    model = Clip(Shape(**saved["shape"])).eval()
    model.load_state_dict(saved["average"])
    out = Path(args.out)
    write_folder(model, args.work, out)
    photo_error, text_error = check(model, out)
    size = sum(p.stat().st_size for p in out.iterdir()) / 1e6
    print(f"step {saved['step']}, {saved['spent'] / 60:.1f} min -> {out}, {size:.1f} MB; "
          f"largest difference to the training code: photos {photo_error:.1e}, texts {text_error:.1e}")
    assert max(photo_error, text_error) < 5e-3, "transformers disagrees with the training code"


if __name__ == "__main__":
    main()
