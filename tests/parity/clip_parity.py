#!/usr/bin/env python3
"""Compares weft's CLIP encoder with transformers: tokens, texts, photos.

    clip_parity.py PATH/TO/clip_dump [--shared DIR] [--model DIR] [--keep DIR]

Three models with random weights are made and saved as transformers saves them:
  vit-b-32   the full size, float32, the old eos_token_id 2, only a tokenizer.json
  deep-16    float16, 16 thin layers, patches of 16, only vocab.json and merges.txt
  gelu-14    bfloat16, 24 thin layers, patches of 14, exact gelu, text_config_dict

Each must agree with transformers (the same weights, run in float32) on 200 texts and
200 photos: cosine at least 0.99999. Random models give all inputs similar vectors, so
the cosine of what is left after subtracting the mean is shown as well, and vectors
that are all alike fail.

Then the tokenizer must give equal ids for 20,000 strings: every assigned character,
product names, and hostile mixtures; with the real CLIP vocabulary where DIR has it
(clip-golden/bpe_simple_vocab_16e6.txt.gz), and with --model.

Known differences, all that there are: NEWER below, characters younger than the Unicode
of the system's utf8proc. They cannot be told to be letters and get other ids.

Exit status: 0 equal, 1 not, 77 modules or a vocabulary are missing.
"""

import argparse
import csv
import gzip
import io
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time
import unicodedata

try:
    import numpy as np
    import torch
    from PIL import Image
    from transformers import CLIPConfig, CLIPModel, CLIPTokenizer
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
    from transformers.utils import logging
except ImportError as missing:
    print(f"skip: clip_parity needs numpy, pillow, torch and transformers ({missing})")
    sys.exit(77)

LEAST_COSINE = {"f32": 0.99999, "bf16": 0.9995, "int8": 0.99}
MOST_ALIKE = 0.98  # mean cosine of two different inputs; above it a comparison says little
COUNT, FEW, PHOTO_FILES, STRINGS = 200, 60, 25, 20000
ROOT = pathlib.Path(__file__).resolve().parents[2]

# Letters and digits that Unicode 15.1, 16 and 17 added; utf8proc 2.8 has Unicode 15.0.
NEWER = [(0x1C89, 0x1C8A), (0xA7CB, 0xA7CE), (0xA7D2, 0xA7D2), (0xA7D4, 0xA7D4),
         (0xA7DA, 0xA7DC), (0x105C0, 0x105F3), (0x10D40, 0x10D85), (0x10EC2, 0x10EC7),
         (0x11380, 0x113E2), (0x11BC0, 0x11BF9), (0x13460, 0x143FA), (0x16100, 0x16139),
         (0x16D40, 0x16D79), (0x16EA0, 0x16ED3), (0x18CFF, 0x18CFF), (0x1E5D0, 0x1E5FA),
         (0x2EBF0, 0x2EE5D)]

TEXTS = [
    "", " ", "red dress", "RED DRESS", "Men's blue denim shirt", "a photo of a cat",
    "don't, I'll, we've, you're, it's, I'm, he'd", "'s't're've'm'll'd", "rock'n'roll ''' '",
    "size 42/44, 100% cotton, $19.99", "1234567890", "x1y2z3", "snake_case-kebab.dot,comma",
    "caf\u00e9", "cafe\u0301", "\u212b \u00c5 A\u030a", "q\u0307\u0323 q\u0323\u0307",
    "\u1e9b\u0323 \ufb01 \u01c5 \u00df \u0130 I\u0307 \u03a3\u03a3 \u1f88", "\uac00 \u1100\u1161\u11a8",
    "\U0001F457\U0001F45F\U0001F576\ufe0f \U0001F469\u200d\U0001F4BB \U0001F1E9\U0001F1EA",
    "&amp; &lt;b&gt;bold&lt;/b&gt; &#39; &nbsp;", "<b>bold</b> <|startoftext|", "\u7d05\u3044\u30c9\u30ec\u30b9",
    "\u7ea2\u8272\u8fde\u8863\u88d9 \u5973\u58eb", "\u0641\u0633\u062a\u0627\u0646 \u0623\u062d\u0645\u0631 \u0661\u0662\u0663",
    "\u05e9\u05b4\u05c1\u05de\u05b0\u05dc\u05b8\u05d4", "\u0932\u093e\u0932 \u092a\u094b\u0936\u093e\u0915", "\u0e0a\u0e38\u0e14\u0e2a\u0e35\u0e41\u0e14\u0e07",
    "<|endoftext|>", "red <|endoftext|> dress", "<|startoftext|>red dress", "<|ENDOFTEXT|> shout",
    "a<|endoftext|><|startoftext|>b", "<|endoftext|", "tab\tnew\nline\r\nfeed\x0cform\x0bvertical",
    "\x00\x01\x02 \x1b[31m \x7f \x85 \u200b\u2060\ufeff", "\u00a0\u1680\u2003\u2028\u2029\u202f\u205f\u3000dress",
    "a" * 10000, "red dress " * 1000, "\U0001F457" * 2500, "e" + "\u0301" * 300, "\ud55c" * 200,
    "!" * 400, "1" * 300, "\ufffd \uffff \U0010ffff", "\u00b2\u00bd\u2167\u3024",
]


# --- making models ------------------------------------------------------------------

def spread(model, seed):
    """Weights with which different inputs give different vectors."""
    draw = torch.Generator().manual_seed(seed)
    normal = lambda like, std: torch.empty(like.shape).normal_(0, std, generator=draw)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "logit_scale" in name:
                continue
            if "norm" in name or "layrnorm" in name:
                value.copy_(normal(value, 0.1) + (1 if name.endswith("weight") else 0))
            elif name.endswith("bias"):
                value.copy_(normal(value, 0.1))
            elif "embedding" in name:
                value.copy_(normal(value, 1.0 if "token" in name else 0.2))
            else:
                gain = 1.6 if "q_proj" in name or "k_proj" in name else 1.0
                value.copy_(normal(value, gain * value[0].numel() ** -0.5))
        model.vision_model.embeddings.patch_embedding.weight.mul_(3)


def sections(name, tokenizer_end, vocab_size):
    """The text and vision part of config.json, the dtype, the photo side."""
    text = {"vocab_size": vocab_size, "eos_token_id": tokenizer_end, "bos_token_id": tokenizer_end - 1}
    if name == "vit-b-32":
        return dict(text, eos_token_id=2, bos_token_id=0), {}, torch.float32, 512
    if name == "deep-16":
        text.update(hidden_size=192, intermediate_size=640, num_hidden_layers=16,
                    num_attention_heads=6, projection_dim=320)
        vision = dict(hidden_size=160, intermediate_size=512, num_hidden_layers=16,
                      num_attention_heads=5, patch_size=16, image_size=112, projection_dim=320)
        return text, vision, torch.float16, 320
    text.update(hidden_size=144, intermediate_size=600, num_hidden_layers=12, hidden_act="gelu",
                num_attention_heads=12, projection_dim=200, layer_norm_eps=1e-6)
    vision = dict(hidden_size=176, intermediate_size=700, num_hidden_layers=24, hidden_act="gelu",
                  num_attention_heads=11, patch_size=14, projection_dim=200, layer_norm_eps=1e-6)
    return text, vision, torch.bfloat16, 200


def write_json(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")


def write_tokenizer(name, folder, vocab, merges):
    """In each of the layouts that published models have."""
    CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=77).save_pretrained(folder)
    if name == "deep-16":
        (folder / "tokenizer.json").unlink()
        write_json(folder / "vocab.json", vocab)
        lines = ["#version: 0.2"] + [" ".join(merge) for merge in merges]
        (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_preprocessor(name, folder, size):
    square = {"height": size, "width": size}
    form = {"vit-b-32": {"size": {"shortest_edge": size}, "crop_size": square},
            "deep-16": {"size": square, "crop_size": square, "do_center_crop": False},
            "gelu-14": {"size": size, "crop_size": size, "do_center_crop": True}}[name]
    write_json(folder / "preprocessor_config.json", dict(form, resample=3))


def make_model(name, folder, vocab, merges, seed):
    text, vision, dtype, dim = sections(name, vocab["<|endoftext|>"], len(vocab))
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=dim)
    model = CLIPModel(config)
    spread(model, seed)
    model.to(dtype).save_pretrained(folder)
    if name == "gelu-14":  # the form of 2022: the short dictionaries decide
        saved = json.loads((folder / "config.json").read_text())
        saved.update(text_config_dict=text, vision_config_dict=vision,
                     text_config={}, vision_config={})
        write_json(folder / "config.json", saved)
    write_tokenizer(name, folder, vocab, merges)
    write_preprocessor(name, folder, config.vision_config.image_size)


def clip_vocabulary(path):
    """The published vocabulary: bytes, bytes that end a word, merges, two special tokens."""
    lines = gzip.open(path, "rt", encoding="utf-8").read().split("\n")
    merges = [tuple(line.split()) for line in lines[1:49152 - 256 - 2 + 1]]
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    characters = [chr(b) for b in printable] + [chr(256 + i) for i in range(len(others))]
    tokens = characters + [c + "</w>" for c in characters] + ["".join(m) for m in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    return {token: i for i, token in enumerate(tokens)}, merges


def folder_vocabulary(folder):
    vocab = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    lines = (folder / "merges.txt").read_text(encoding="utf-8").split("\n")[1:]
    return vocab, [tuple(line.split()) for line in lines if line]


# --- inputs -------------------------------------------------------------------------

def product_names(shared):
    try:
        with open(shared / "kaggle" / "styles.csv", encoding="utf-8", newline="") as file:
            return [row[-1] for row in csv.reader(file) if len(row) >= 10][1:]
    except OSError:
        return []


def texts_for(names, rng):
    words = ["red", "Blue", "shirt", "DRESS", "Nike's", "42", "-", "&", "\u00e9t\u00e9", "\U0001F457"]
    found = list(TEXTS)
    while len(found) < COUNT:
        if names and len(found) % 2:
            found.append(names[int(rng.integers(len(names)))])
        else:
            found.append(" ".join(rng.choice(words, int(rng.integers(1, 40)))))
    return found[:COUNT]


def is_newer(c):
    return any(low <= c <= high for low, high in NEWER)


def assigned_strings():
    """Every assigned character once, after a letter; a dozen to a string, so none is cut off."""
    known = [chr(c) for c in range(0x110000)
             if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co") and not is_newer(c)]
    # Syllables and ideographs are alike among themselves: every eleventh is enough.
    bulk = lambda c: "\uac00" <= c <= "\ud7a3" or "\u3400" <= c <= "\u9fff" or c >= "\U00017000" and c < "\U00018d00" or c >= "\U00020000"
    known = [c for i, c in enumerate(known) if not bulk(c) or i % 11 == 0]
    return [" ".join("x" + c for c in known[i:i + 12]) for i in range(0, len(known), 12)]


def hostile_string(rng):
    pools = ["abcXYZ", "0123456789", " \t\n\r\x0b\x0c\x1c\x1f\x85\xa0\u2003\u2028\u3000\u200b\u180e\ufeff",
             "'stremldSTREMLD", "\u0300\u0301\u0307\u0323\u0327\u0345\u05b4\u3099\u0f71\u0f72\u1161\u11a8",
             "\u1100\uac00\u0b47\u0b3e\u212b\u1e9b\u0130\u0131\u01c5\u03a3\u03c2\u1fbc\ufb03\u2126",
             "!?.,;:-_/\\|<>&%$#@()[]{}\"", "\u0410\u044f\u0391\u03c9\u05d0\u0627\u0905\u0e01\u4e2d\u3042\ud55c",
             "\U0001F457\U0001F3FD\u200d\ufe0f\U0001F1E9\u2764", "\x00\x01\x1b\x7f\ufffd\ue000\U0010ffff"]
    parts = ["<|endoftext|>", "<|startoftext|>", "<|EndOfText|>", "'Re", "don't", "&amp;", "</w>", "\u0120"]
    out = []
    for _ in range(int(rng.integers(1, 14))):
        choice = int(rng.integers(len(pools) + 2))
        if choice == len(pools):
            out.append(parts[int(rng.integers(len(parts)))])
        elif choice == len(pools) + 1:
            c = int(rng.integers(0x110000))
            out.append("" if 0xD800 <= c < 0xE000 or is_newer(c) else chr(c))
        else:
            pool = pools[choice]
            out.append("".join(pool[int(i)] for i in rng.integers(len(pool), size=int(rng.integers(1, 9)))))
    return "".join(out)


def strings_for(names, rng):
    found = list(TEXTS) + assigned_strings()
    if names:
        found += [names[int(i)] for i in rng.integers(len(names), size=(STRINGS - len(found)) // 2)]
    while len(found) < STRINGS:
        found.append(hostile_string(rng))
    return found


def pictures(rng, size):
    """Smooth waves in color, of many frequencies, a little larger than the tensor. Square,
    because Pillow 13 resizes others in another order than weft (see preprocess_parity.py)."""
    for _ in range(COUNT):
        side = size + int(rng.integers(1, 40))
        y, x = np.mgrid[0:side, 0:side]
        planes = [127 + 120 * np.sin(rng.uniform(-0.4, 0.4) * x + rng.uniform(-0.4, 0.4) * y
                                     + rng.uniform(0, 6)) + rng.normal(0, 15, x.shape)
                  for _ in range(3)]
        planes = np.stack(planes, -1) * rng.uniform(0.2, 1, 3) + rng.uniform(0, 60, 3)
        yield Image.fromarray(np.clip(planes, 0, 255).astype(np.uint8))


# --- running weft ---------------------------------------------------------------------

def framed(items):
    return b"".join(struct.pack("=I", len(item)) + item for item in items)


def dump(program, model, what, data, scratch, precision="f32"):
    """clip_dump's answer as bytes, the items per second, and the instructions used."""
    source, target = scratch / "in", scratch / "out"
    source.write_bytes(data)
    done = subprocess.run([program, str(model), precision, what, str(source), str(target)],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"FAIL {model.name} {what}: {done.stderr.strip() or done.returncode}")
    count, _, seconds, backend = done.stdout.split()
    return target.read_bytes(), int(count) / max(float(seconds), 1e-9), backend


# --- comparing ------------------------------------------------------------------------

def unit(x):
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-30)


def compare(label, made, wanted, rate, precision="f32"):
    made = np.frombuffer(made, np.float32).reshape(wanted.shape).astype(np.float64)
    wanted = unit(wanted.astype(np.float64))
    cosine = (unit(made) * wanted).sum(1)
    mean = wanted.mean(0)
    # A vector equal to the mean (all inputs alike) has no direction left to compare.
    centred = (unit(made - mean) * unit(wanted - mean)).sum(1)
    length = float(np.abs(np.linalg.norm(made, axis=1) - 1).max())
    n = len(wanted)
    alike = float(((wanted.sum(0) ** 2).sum() - n) / (n * (n - 1)))
    ok = cosine.min() >= LEAST_COSINE[precision] and length < 1e-5 and alike < MOST_ALIKE
    print(f"{'ok  ' if ok else 'FAIL'} {label:16} {precision:4} {n:4} least cosine {cosine.min():.8f}, centred "
          f"{centred.min():.8f}, length off by {length:.1e}, inputs alike {alike:.3f}, "
          f"{rate:.1f}/s")
    return bool(ok)


def reference_texts(model, tokenizer, texts):
    found = []
    with torch.no_grad():
        for i in range(0, len(texts), 25):
            inputs = tokenizer(texts[i:i + 25], truncation=True, max_length=77, padding=True,
                               return_tensors="pt")
            pooled = model.text_model(**inputs).pooler_output
            found.append(model.text_projection(pooled).numpy())
    return np.concatenate(found)


def reference_photos(model, tensors):
    found = []
    with torch.no_grad():
        for i in range(0, len(tensors), 25):
            pooled = model.vision_model(torch.from_numpy(tensors[i:i + 25])).pooler_output
            found.append(model.visual_projection(pooled).numpy())
    return np.concatenate(found)


def check_encoder(program, folder, texts, scratch):
    model = CLIPModel.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    wanted_texts = reference_texts(model, tokenizer, texts)

    processor = CLIPImageProcessorPil.from_pretrained(folder)
    photos = list(pictures(np.random.default_rng(5), model.config.vision_config.image_size))
    tensors = np.concatenate([processor(p, return_tensors="np")["pixel_values"] for p in photos])
    tensors = np.ascontiguousarray(tensors, np.float32)
    wanted = reference_photos(model, tensors)
    ok = True
    for precision in LEAST_COSINE:
        count = COUNT if precision == "f32" else FEW
        made, rate, backend = dump(program, folder, "texts",
                                   framed([t.encode() for t in texts[:count]]), scratch, precision)
        ok &= compare(f"{folder.name} texts", made, wanted_texts[:count], rate, precision)
        made, rate, _ = dump(program, folder, "tensors", tensors[:count].tobytes(), scratch, precision)
        ok &= compare(f"{folder.name} photos", made, wanted[:count], rate, precision)

    files = []
    for photo in photos[:PHOTO_FILES]:
        out = io.BytesIO()
        photo.save(out, "PNG")
        files.append(out.getvalue())
    made, rate, _ = dump(program, folder, "photos", framed(files), scratch)
    return ok & compare(f"{folder.name} files", made, wanted[:PHOTO_FILES], rate), backend


def check_tokenizer(program, folder, strings, scratch):
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    data, _, _ = dump(program, folder, "tokens", framed([s.encode() for s in strings]), scratch)
    numbers, at, wrong = np.frombuffer(data, np.uint32), 0, 0
    for i in range(0, len(strings), 5000):
        part = strings[i:i + 5000]
        for text, wanted in zip(part, tokenizer(part, truncation=True, max_length=77)["input_ids"]):
            end = at + 1 + int(numbers[at])
            made = numbers[at + 1:end].tolist()
            at = end
            if made != wanted:
                wrong += 1
                if wrong <= 5:
                    print(f"     {ascii(text[:60])}: {made[:12]}, transformers {wanted[:12]}")
    print(f"{'FAIL' if wrong else 'ok  '} {folder.name} tokens: {len(strings) - wrong} of "
          f"{len(strings)} strings have equal ids")
    return wrong == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the clip_dump that meson built")
    parser.add_argument("--shared", type=pathlib.Path, help="folder with clip-golden and kaggle",
                        default=os.environ.get("WEFT_SHARED") or ROOT.parent / "shared" / "data")
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "models" / "weft-mini")
    parser.add_argument("--keep", type=pathlib.Path, help="make the models here and leave them")
    options = parser.parse_args()
    shared, program = pathlib.Path(options.shared), str(pathlib.Path(options.program).resolve())
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(min(2, os.cpu_count() or 1))

    golden, started = shared / "clip-golden" / "bpe_simple_vocab_16e6.txt.gz", time.monotonic()
    if golden.exists():
        vocab, merges = clip_vocabulary(golden)
    elif (options.model / "vocab.json").exists():
        print(f"note: {golden.name} is not there; the vocabulary of {options.model.name} instead")
        vocab, merges = folder_vocabulary(options.model)
    else:
        print("skip: clip_parity finds neither the CLIP vocabulary nor a model")
        return 77
    names = product_names(shared)
    if not names:
        print("note: styles.csv is not there; no product names among the strings")
    texts = texts_for(names, np.random.default_rng(1))
    strings = strings_for(names, np.random.default_rng(2))

    ok, backend = True, ""
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for seed, name in enumerate(["deep-16", "gelu-14", "vit-b-32"]):
            folder = (options.keep or scratch) / name
            folder.mkdir(parents=True, exist_ok=True)
            make_model(name, folder, vocab, merges, seed)
            agrees, backend = check_encoder(program, folder, texts, scratch)
            ok &= agrees
        for folder in (folder, options.model):  # the last one made has the real vocabulary
            if (folder / "config.json").exists():
                ok &= check_tokenizer(program, folder, strings, scratch)
            else:
                print(f"note: no model at {folder.name}; its tokenizer is not compared")
    print(f"clip parity: {'equal' if ok else 'NOT equal'} ({backend}, "
          f"{time.monotonic() - started:.0f} s)")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
