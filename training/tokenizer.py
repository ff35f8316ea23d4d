"""Our own byte-level BPE in CLIP's file format (vocab.json + merges.txt).

Ids: 256 byte symbols, the same 256 with "</w>", one per merge, then
<|startoftext|> and <|endoftext|>, which is thus the highest id.
"""

import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CONTEXT = 77
START, END = "<|startoftext|>", "<|endoftext|>"
CLIP_SPLIT = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def byte_symbols():
    """The 256 printable stand-ins for bytes, in the order of CLIP's vocabulary."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    return [chr(b) for b in plain] + [chr(256 + i) for i in range(256 - len(plain))]


def assemble(vocab, merges):
    """The tokenizer over a vocabulary {token: id} and merges [(left, right)]."""
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges, end_of_word_suffix="</w>",
                                     continuing_subword_prefix="", fuse_unk=False, unk_token=END if vocab else None))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(CLIP_SPLIT), behavior="removed", invert=True),
         pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    if vocab:
        tokenizer.add_special_tokens([START, END])
        tokenizer.post_processor = processors.RobertaProcessing(
            (END, vocab[END]), (START, vocab[START]), trim_offsets=False, add_prefix_space=False)
        tokenizer.enable_truncation(CONTEXT)
    return tokenizer


def train_bpe(weighted_texts, size):
    """Learn a vocabulary of SIZE tokens from (text, times) pairs -> (vocab, merges)."""
    learner = assemble({}, [])
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                  end_of_word_suffix="</w>", show_progress=False)
    learner.train_from_iterator((text for text, times in weighted_texts for _ in range(times)), trainer)
    symbols = byte_symbols()
    tokens = dict.fromkeys(symbols + [s + "</w>" for s in symbols])
    merges = []
    for left, right in json.loads(learner.to_str())["model"]["merges"]:
        if left + right not in tokens and len(tokens) < size - 2:  # one merge per token, so that ids follow merges
            tokens[left + right] = None
            merges.append((left, right))
    return {token: i for i, token in enumerate([*tokens, START, END])}, merges


def save(vocab, merges, folder):
    """Write vocab.json and merges.txt, and the faster tokenizer.json of the same."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2"] + [" ".join(m) for m in merges]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assemble(vocab, merges).save(str(folder / "tokenizer.json"), pretty=False)


def read(folder):
    """(vocab, merges) saved in FOLDER."""
    vocab = json.loads((Path(folder) / "vocab.json").read_text(encoding="utf-8"))
    lines = (Path(folder) / "merges.txt").read_text(encoding="utf-8").splitlines()[1:]
    return vocab, [tuple(line.split(" ")) for line in lines]


def load(folder):
    """The tokenizer saved in FOLDER."""
    return assemble(*read(folder))
