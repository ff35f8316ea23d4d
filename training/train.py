"""Train weft-mini on a CPU, in a given number of minutes.

    python train.py --data DIR [--data DIR2=3] --work WORK --minutes 65 [--init MODEL]

The schedule follows the CPU clock: learning rate and token count depend on the
share of --minutes that is spent, minutes of a machine that does nothing else. On
a busy one, or stopped and continued, the run takes longer and is the same. WORK
keeps the caches and a checkpoint, written every --save minutes; the same command
goes on from it, also with other --minutes or --data.
"DIR2=3" shows the products of that root three times per epoch.
--init starts from an exported model folder instead of from nothing; such a model
has learned to look already, and the photo teacher is not asked again.
--train-only PREFIX ... trains the parameters whose names begin so and leaves all
others as they are, to the last bit of the exported file: such a step is cheaper,
and git stores the new file as a small difference to the old one.

Losses, per batch of images with three captions each:
* contrastive, image to text and back, against the batch and the MEMORY pairs
  before it; every pair that fits counts as right (captions.Vocabulary.grades);
* attributes: article type, colour, gender, usage read off the image embedding;
* photo teacher: patch tokens and embedding predict EfficientNet's features;
* text teacher: similarities between texts follow MiniLM's.
"""

import argparse
import copy
import json
import math
import os
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import load_file

import captions
import data
import evaluate
import teachers
import tokenizer as bpe
from model import Clip, Shape, import_state, shape_dict

BATCH, TEACHER_BATCH = 256, 96
MEMORY = 4096                # pairs of earlier steps that a batch is compared with, too
KIN = 0.1                    # share of the right answer that goes to the right type in another colour
KEEP = ((0.67, 28), (1.01, 64))  # until this share of the time: so many of 64 patches
WARM_UP, DECAY = 0.03, 0.45  # shares of the time in which the learning rate rises and falls
RARE = 600                   # article types with fewer products are shown more often
TAP = 4                      # the layer whose tokens predict the photo teacher's
ATTRIBUTES = ("articleType", "baseColour", "gender", "usage")
PIXEL_MEAN = 255 * torch.tensor(data.CLIP_MEAN).view(1, 3, 1, 1)
PIXEL_STD = 255 * torch.tensor(data.CLIP_STD).view(1, 3, 1, 1)


class Heads(nn.Module):
    """What only training needs; not exported."""

    def __init__(self, shape, classes):
        super().__init__()
        self.attributes = nn.ModuleDict({name: nn.Linear(shape.projection, count) for name, count in classes.items()})
        self.dense = nn.Linear(shape.vision_width, teachers.DENSE)
        self.pooled = nn.Linear(shape.projection, teachers.POOLED)
        self.text = nn.Linear(shape.projection, 384)
        self.text_scale = nn.Parameter(torch.tensor(math.log(10.0)))


class Muon(torch.optim.Optimizer):
    """Orthogonalised momentum for the matrices inside the encoder layers.

    The update of a matrix is its momentum with all singular values set to about
    one (five Newton-Schulz steps); equal shapes are done in one batch.
    """

    def __init__(self, params, lr, bf16, momentum=0.95, weight_decay=0.01):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self.dtype = torch.bfloat16 if bf16 else torch.float32

    def orthogonal(self, g):
        """[k, rows, columns] -> the same with singular values near one."""
        tall = g.shape[1] > g.shape[2]
        x = g.transpose(1, 2) if tall else g
        x = (x / (x.flatten(1).norm(dim=1).view(-1, 1, 1) + 1e-7)).to(self.dtype)
        for _ in range(5):
            a = x @ x.transpose(1, 2)
            x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
        return (x.transpose(1, 2) if tall else x).float()

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            by_shape = {}
            for p in group["params"]:
                by_shape.setdefault(p.shape, []).append(p)
            for (rows, columns), params in by_shape.items():
                nesterov = []
                for p in params:
                    m = self.state[p].setdefault("momentum", torch.zeros_like(p))
                    m.lerp_(p.grad, 1 - group["momentum"])
                    nesterov.append(p.grad.lerp(m, group["momentum"]))
                updates = self.orthogonal(torch.stack(nesterov)) * max(1, rows / columns) ** 0.5
                for p, update in zip(params, updates):
                    p.mul_(1 - group["lr"] * group["weight_decay"]).add_(update, alpha=-group["lr"])


class Feeder:
    """Makes batches: photos with three captions each, and texts for the text teacher."""

    def __init__(self, catalog, vocabulary, tokenizer, repeats, targets, teacher_texts, teacher_vectors, seed):
        self.catalog, self.vocabulary, self.tokenizer = catalog, vocabulary, tokenizer
        self.targets, self.teacher_vectors = targets, teacher_vectors
        self.rng, self.numpy_rng = random.Random(seed), np.random.default_rng(seed)
        train = np.flatnonzero(~catalog.held_out)
        counts = Counter(catalog.rows[i]["articleType"] for i in train)
        times = np.array([repeats[catalog.where[i, 0]] * max(1, RARE / counts[catalog.rows[i]["articleType"]]) ** 0.4 for i in train])
        self.pool = np.repeat(train, (times.clip(max=4) + self.numpy_rng.random(len(train))).astype(int))
        self.order = np.zeros(0, np.int64)
        self.captions = vocabulary.name_caption, vocabulary.attribute_caption, vocabulary.plain_caption
        self.memory = np.zeros(0, np.int64), [np.zeros((0, 5), np.int64) for _ in self.captions]
        self.teacher_ids = [e.ids for e in tokenizer.encode_batch(teacher_texts)]
        self.classes = {f: {v: i for i, v in enumerate(sorted({r[f] for r in catalog.rows if r["root"] == 0}))}
                        for f in ATTRIBUTES}  # the first root's: further roots may come in later
        self.labels = {f: torch.tensor([ids.get(r[f], -100) for r in catalog.rows]) for f, ids in self.classes.items()}
        if targets:
            sample = self._targets(train[:: max(1, len(train) // 1500)])
            self.scale = [(x.flatten(0, -2).mean(0), x.flatten(0, -2).std(0) + 1e-3) for x in sample]

    def _targets(self, index):
        """The photo teacher's float dense [n, 64, 112] and pooled [n, 1280]."""
        parts = [[self.targets[r][k][i] for r, i in self.catalog.where[index]] for k in (0, 1)]
        return [torch.from_numpy(np.stack(p)).float() for p in parts]

    def ids(self, texts):
        return [e.ids for e in self.tokenizer.encode_batch(texts)]

    def batch(self):
        if len(self.order) < BATCH:
            self.order = np.concatenate([self.order, self.numpy_rng.permutation(self.pool)])
        index, self.order = self.order[:BATCH], self.order[BATCH:]
        texts, claims = [], []
        for make in self.captions:
            made = [make(i, self.rng) for i in index]
            texts += [text for text, _ in made]
            claims.append(np.array([claim for _, claim in made]))
        images = torch.from_numpy(self.catalog.photos(index)).permute(0, 3, 1, 2).float()
        images = (images - PIXEL_MEAN) / PIXEL_STD
        photo_teacher = {}
        if self.targets:
            dense, pooled = (((x - mean) / std).clamp(-4, 4) for x, (mean, std) in zip(self._targets(index), self.scale))
            images, dense = self._augment(images, dense.transpose(1, 2).unflatten(2, (8, 8)))
            photo_teacher = {"dense": dense.flatten(2).transpose(1, 2), "pooled": pooled}
        else:
            images, = self._augment(images)
        teacher = self.numpy_rng.choice(len(self.teacher_ids), TEACHER_BATCH, replace=False)
        known, grades = self._grades(index, claims)
        return {
            "known": known, "grades": grades, "images": images, **photo_teacher,
            "labels": {f: labels[index] for f, labels in self.labels.items()},
            "texts": self.ids(texts) + [self.teacher_ids[i] for i in teacher],
            "teacher": torch.from_numpy(self.teacher_vectors[teacher]).float(),
        }

    def _grades(self, index, claims):
        """How many earlier pairs are known, and what is right among them and the batch.

        The latter, for each kind of caption: probabilities [captions, all images]
        and [images, all captions], the batch's own before the earlier ones.
        """
        earlier_index, earlier_claims = self.memory
        all_index, grades = np.concatenate([index, earlier_index]), []
        for own, earlier in zip(claims, earlier_claims):
            all_claims = np.concatenate([own, earlier])
            to_image, to_text = self.vocabulary.grades(all_index, own), self.vocabulary.grades(index, all_claims)
            grades.append([torch.from_numpy(shares(*(g.T for g in to_image))), torch.from_numpy(shares(*to_text))])
        self.memory = all_index[:MEMORY], [np.concatenate(c)[:MEMORY] for c in zip(claims, earlier_claims)]
        return len(earlier_index), grades

    def _augment(self, images, *maps):
        """Flip, zoom and shift (the teacher's map alike), a little light; hues stay."""
        n = len(images)
        moved = (torch.rand(n) < 0.7).float()
        theta = torch.zeros(n, 2, 3)
        theta[:, 0, 0] = 1 + moved * (torch.rand(n) * 0.25 - 0.2)
        theta[:, 1, 1] = 1 + moved * (torch.rand(n) * 0.25 - 0.2)
        theta[:, :, 2] = moved.unsqueeze(1) * (torch.rand(n, 2) - 0.5) * 0.16
        theta[:, 0] *= torch.where(torch.rand(n, 1) < 0.5, -1.0, 1.0)
        images, *maps = (
            F.grid_sample(x, F.affine_grid(theta, x.shape, align_corners=False), padding_mode="border", align_corners=False)
            for x in (images, *maps))
        return images * (0.9 + 0.2 * torch.rand(n, 1, 1, 1)) + 0.1 * (torch.rand(n, 1, 1, 1) - 0.5), *maps


def shares(right, kin):
    """Rows of probabilities: RIGHT's, with KIN of each row for its kin where it has any."""
    total = kin.sum(1, keepdims=True)
    share = np.where(total > 0, np.float32(KIN), np.float32(0))
    return (1 - share) * right / right.sum(1, keepdims=True) + share * kin / np.maximum(total, 1e-6)


def choose_patches(patches, count):
    """Ids [n, count] of random patches [n, p, x], those with something on them preferred."""
    noise = -torch.log(-torch.log(torch.rand(patches.shape[:2]).clamp(1e-6, 1 - 1e-6)))
    return (torch.log(patches.std(2) + 0.03) + noise).topk(count, 1).indices.sort(1).values


def encode_texts(model, texts, buckets=4):
    """Lists of token ids -> features [n, projection]; short and long ones apart, to pad little."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    size, parts = -(-len(order) // buckets), []
    for at in range(0, len(order), size):
        some = [texts[i] for i in order[at:at + size]]
        ids = nn.utils.rnn.pad_sequence([torch.tensor(t) for t in some], batch_first=True)
        parts.append(model.text_features(ids, torch.tensor([len(t) for t in some])))
    return torch.cat(parts)[torch.tensor(np.argsort(order))]


class Memory:
    """Features of the photos and captions of earlier steps, the latest first."""

    def __init__(self):
        self.photos, self.texts = None, [None] * 3

    def contrastive(self, photos, texts, scale, batch):
        """The losses of each kind of caption, both ways on unit vectors; remembers the batch."""
        result = []
        photos_too = self._with(photos, self.photos, batch["known"])
        for kind, (to_photos, to_texts) in enumerate(batch["grades"]):
            texts_too = self._with(texts[kind], self.texts[kind], batch["known"])
            by_text = -(to_photos * (scale * texts[kind] @ photos_too.T).log_softmax(1)).sum(1)
            by_photo = -(to_texts * (scale * photos @ texts_too.T).log_softmax(1)).sum(1)
            result.append((by_text.mean() + by_photo.mean()) / 2)
            self.texts[kind] = texts_too[:MEMORY].detach()
        self.photos = photos_too[:MEMORY].detach()
        return result

    @staticmethod
    def _with(own, earlier, known):
        return torch.cat([own, earlier[:known]]) if known else own


def text_teacher_loss(heads, features, target):
    """Similarity ranking as the teacher's, plus its vector from a linear read-out."""
    own = F.normalize(features.float(), dim=1)
    diagonal = torch.eye(len(own), dtype=torch.bool)
    wanted = (target @ target.T / 0.07).masked_fill(diagonal, -1e4).softmax(1)
    got = ((own @ own.T).float() * heads.text_scale.exp()).masked_fill(diagonal, -1e4).log_softmax(1)
    read = F.normalize(heads.text(own).float(), dim=1)
    return F.kl_div(got, wanted, reduction="batchmean") + 2 * (1 - (read * target).sum(1)).mean()


def losses(model, heads, memory, batch, count):
    """The named, weighted losses of a batch, its photos seen through COUNT patches."""
    images = batch["images"]
    keep = choose_patches(model.patches(images), count) if count < model.grid ** 2 else None
    features, tokens = model.image_features(images, keep, TAP)
    texts = encode_texts(model, batch["texts"])
    n = len(images)
    captions, others = texts[:len(batch["grades"]) * n], texts[len(batch["grades"]) * n:]
    unit_photos, unit_texts = F.normalize(features.float(), dim=1), F.normalize(captions.float(), dim=1)
    with torch.autocast("cpu", enabled=False):
        names, words, plain = memory.contrastive(unit_photos, unit_texts.split(n), model.logit_scale.exp(), batch)
    result = {
        "names": names,
        "words": words,
        "plain": plain,
        "attributes": 0.2 * sum(F.cross_entropy(head(features), batch["labels"][f]) for f, head in heads.attributes.items()),
        "text": 0.3 * text_teacher_loss(heads, others, batch["teacher"]),
    }
    if "dense" in batch:
        dense = batch["dense"]
        if keep is not None:
            dense = dense.gather(1, keep.unsqueeze(2).expand(-1, -1, dense.shape[2]))
        result["photo"] = 0.5 * F.mse_loss(heads.dense(tokens), dense) + 0.5 * F.mse_loss(heads.pooled(features), batch["pooled"])
    return result


@torch.no_grad()
def validate(model, catalog, tokenizer):
    """search_metrics of the held-out products, photos from the cache."""
    index = np.flatnonzero(catalog.held_out)
    photos = []
    for at in range(0, len(index), 256):
        pixels = torch.from_numpy(catalog.photos(index[at:at + 256])).permute(0, 3, 1, 2).float()
        photos.append(model.image_features((pixels - PIXEL_MEAN) / PIXEL_STD))

    def encode(texts):
        return evaluate.unit(encode_texts(model, [e.ids for e in tokenizer.encode_batch(texts)], 8).numpy())

    return evaluate.search_metrics([catalog.rows[i] for i in index], evaluate.unit(torch.cat(photos).numpy()), encode)


def prepare(args):
    """Catalog, tokenizer and teacher targets, all cached in WORK -> (Feeder, catalog, tokenizer)."""
    roots = [d.split("=")[0] for d in args.data]
    repeats = [int(d.split("=")[1]) if "=" in d else 1 for d in args.data]
    catalog = data.load_catalog(roots, args.work)
    vocabulary = captions.Vocabulary(catalog.rows)
    first = np.flatnonzero(~catalog.held_out & (catalog.where[:, 0] == 0))
    names = list(dict.fromkeys(catalog.rows[i]["productDisplayName"] for i in first))
    phrases = captions.everyday_phrases(random.Random(2), 8000)
    words, folder = teachers.english_words(), Path(args.work) / "tokenizer"
    if args.init:
        bpe.save(*bpe.read(args.init), folder)
    elif not (folder / "vocab.json").exists():
        weighted = [(t, 1) for t in names + captions.sample_captions(vocabulary, first[::3], 1, 1)]
        weighted += [(t, 2) for t in phrases] + [(w, max(2, 30 - rank // 400)) for rank, w in enumerate(words)]
        bpe.save(*bpe.train_bpe(weighted, Shape.vocab_size), folder)
    tokenizer = bpe.load(folder)
    # Chosen once: neither a further root nor a new word in the lexicon calls the teacher again.
    chosen = Path(args.work) / "teacher-texts.json"
    if not chosen.exists():
        own_words = captions.Vocabulary([catalog.rows[i] for i in first])
        texts = names[::2] + words[:12000] + phrases
        texts += list(dict.fromkeys(captions.sample_captions(own_words, range(0, len(first), 4), 3, 1)))
        chosen.write_text(json.dumps(texts))
    texts = json.loads(chosen.read_text())
    vectors = teachers.text_targets(texts, args.work)
    targets = None if args.init else [
        teachers.photo_targets(photos, f"teacher-{Path(root).name}", args.work, args.bf16)
        for root, photos in zip(roots, catalog.images)]
    feeder = Feeder(catalog, vocabulary, tokenizer, repeats, targets, texts, vectors, seed=int(time.time()))
    return feeder, catalog, tokenizer


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", action="append", required=True, help="data root, or root=times; repeatable")
    parser.add_argument("--work", default="work", help="folder for caches and the checkpoint")
    parser.add_argument("--minutes", type=float, default=65)
    parser.add_argument("--init", help="exported model folder to start from, instead of from nothing")
    parser.add_argument("--train-only", nargs="+", default=[""], metavar="PREFIX",
                        help="train the parameters whose names begin so, and no others")
    parser.add_argument("--float32", dest="bf16", action="store_false", help="do not multiply in bfloat16, for CPUs without it")
    parser.add_argument("--save", type=float, default=4, help="minutes between checkpoints")
    parser.add_argument("--check", type=float, default=9, help="minutes between validations")
    args = parser.parse_args()
    torch.manual_seed(int(time.time()))
    feeder, catalog, tokenizer = prepare(args)

    shape = Shape()
    model = Clip(shape)
    heads = Heads(shape, {f: len(c) for f, c in feeder.classes.items()})
    if args.init:
        model.load_state_dict(import_state(load_file(Path(args.init) / "model.safetensors")))
    average = copy.deepcopy(model).requires_grad_(False)
    for name, p in model.named_parameters():
        p.requires_grad_(name.startswith(tuple(args.train_only)))
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    matrices = [p for name, p in trained.items() if ".encoder.layers." in name and p.ndim == 2]
    chosen = {id(p) for p in matrices}
    others = [p for p in [*trained.values(), *heads.parameters()] if id(p) not in chosen]
    optimizers = [Muon([{"params": matrices}], lr=0.008, bf16=args.bf16),
                  torch.optim.AdamW([{"params": [p for p in others if p.ndim > 1], "weight_decay": 0.02},
                                     {"params": [p for p in others if p.ndim < 2], "weight_decay": 0.0}],
                                    lr=1e-3, betas=(0.9, 0.98), fused=True)]
    averages = dict(average.named_parameters())
    peaks = [[g["lr"] for g in o.param_groups] for o in optimizers]
    step, spent, history = 0, 0.0, []
    checkpoint = Path(args.work) / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=False)
        model.load_state_dict(saved["model"])
        average.load_state_dict(saved["average"])
        step, spent, history = saved["step"], saved["spent"], saved["history"]
        heads.load_state_dict(saved["heads"])
        for optimizer, state in zip(optimizers, saved["optimizers"]):
            optimizer.load_state_dict(state)
        print(f"going on at step {step}, {spent / 60:.1f} min", flush=True)

    def save():
        state = {"model": model.state_dict(), "average": average.state_dict(), "heads": heads.state_dict(),
                 "optimizers": [o.state_dict() for o in optimizers],
                 "shape": shape_dict(shape), "step": step, "spent": spent, "history": history}
        torch.save(state, checkpoint.with_suffix(".part"))
        os.replace(checkpoint.with_suffix(".part"), checkpoint)
        (Path(args.work) / "history.json").write_text(json.dumps(history, indent=1))

    epoch = len(feeder.pool)
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, "
          f"{sum(p.numel() for p in trained.values()) / 1e6:.2f} M of them trained, {epoch} photos per epoch, "
          f"{catalog.held_out.sum()} held out", flush=True)
    if not history and args.init:
        history.append({"step": 0, "minutes": 0, **validate(average, catalog, tokenizer)})
        print(json.dumps(history[-1]), flush=True)
    last_save = last_check = spent
    means, mark, memory = {}, time.time(), Memory()
    with ThreadPoolExecutor(1) as pool:
        upcoming = pool.submit(feeder.batch)
        while spent < 60 * args.minutes:
            start, progress = time.process_time(), spent / (60 * args.minutes)
            factor = min(1, (progress + 1e-3) / WARM_UP, 0.01 + (1 - progress) / DECAY)
            for optimizer, lrs in zip(optimizers, peaks):
                for group, lr in zip(optimizer.param_groups, lrs):
                    group["lr"] = lr * factor
            batch, upcoming = upcoming.result(), pool.submit(feeder.batch)
            with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
                named = losses(model, heads, memory, batch, next(n for until, n in KEEP if progress < until))
            for optimizer in optimizers:
                optimizer.zero_grad()
            sum(named.values()).backward()
            nn.utils.clip_grad_norm_(others, 2.0)
            for optimizer in optimizers:
                optimizer.step()
            with torch.no_grad():
                model.logit_scale.clamp_(0, math.log(100))
                decay = min(0.99, (step + 1) / (step + 10))
                torch._foreach_lerp_([averages[name] for name in trained], list(trained.values()), 1 - decay)
            step += 1
            spent += (time.process_time() - start) / torch.get_num_threads()
            for name, value in named.items():
                means[name] = 0.95 * means.get(name, value.item()) + 0.05 * value.item()
            if step % 20 == 0:
                rate, mark = 20 * BATCH / (time.time() - mark), time.time()
                shown = "  ".join(f"{name} {value:.3f}" for name, value in means.items())
                print(f"step {step}  epoch {step * BATCH / epoch:.2f}  {shown}  {rate:.0f} photos/s  "
                      f"ETA {args.minutes - spent / 60:.1f} min", flush=True)
            if spent - last_save > 60 * args.save:
                last_save = spent
                save()
            if spent - last_check > 60 * args.check:
                last_check = spent
                history.append({"step": step, "minutes": round(spent / 60, 1), **validate(average, catalog, tokenizer)})
                print(json.dumps(history[-1]), flush=True)
    history.append({"step": step, "minutes": round(spent / 60, 1), **validate(average, catalog, tokenizer)})
    print(json.dumps(history[-1]), flush=True)
    save()


if __name__ == "__main__":
    main()
