"""Captions: what a photo may be called, and which photos a caption fits.

A caption is a sampled text plus what it claims: the words it used for the
article type, colour, wearer and occasion, or the product's own name. In a
batch every product that satisfies the claims is a right answer, so "black
watch" never pushes another black watch away (see Vocabulary.grades).
"""

import random
from collections import defaultdict

import numpy as np

import lexicon

ANY = 0
NEAR = 0.3  # how well a navy shirt answers "blue shirt", where plain blue ones are meant first


def embed_text(row):
    """The text of a product for text embeddings (what ``weft embed`` uses).

    "{productDisplayName}. {gender} {baseColour} {articleType}, {season} {usage}";
    empty or NA values are left out, and so is a part with no values.
    """
    def value(key):
        text = (row.get(key) or "").strip()
        return "" if text in ("NA", "nan") else text

    first = " ".join(filter(None, map(value, ("gender", "baseColour", "articleType"))))
    second = " ".join(filter(None, map(value, ("season", "usage"))))
    return ". ".join(filter(None, (value("productDisplayName"), ", ".join(filter(None, (first, second))))))


def plural(phrase):
    """shoe -> shoes, watch -> watches; a phrase that is plural already stays."""
    if phrase.endswith("s") and not phrase.endswith("ss"):
        return phrase
    if phrase.endswith(("ch", "sh", "ss", "x")):
        return phrase + "es"
    if phrase.endswith("y") and phrase[-2] not in "aeiou":
        return phrase[:-1] + "ies"
    return phrase + "s"


def type_phrases(article_type):
    """Names of an article type, the plainest singular first."""
    return lexicon.TYPES.get(article_type) or [article_type.lower()]


def colour_phrases(colour):
    return lexicon.COLOURS.get(colour) or [colour.lower()]


def split(text):
    return [p.strip() for p in text.split(",") if p.strip()]


class Vocabulary:
    """Claims as numbers, and the tables that say which product satisfies them.

    products: int32 [n, 4], every product's (type, colour, gender, name) number
    fits:     bool [n, occasions + 1]
    """

    def __init__(self, rows):
        self.rows = rows
        self.columns = {}
        for field in ("articleType", "baseColour", "gender", "productDisplayName"):
            values = sorted({row[field] for row in rows})
            self.columns[field] = {value: i for i, value in enumerate(values)}
        self.products = np.array([[self.columns[f][row[f]] for f in self.columns] for row in rows], np.int32)

        self.words, self.allowed = {}, {}
        for field, phrases in (("articleType", type_phrases), ("baseColour", colour_phrases),
                               ("gender", lambda g: lexicon.GENDERS.get(g) or [g.lower()])):
            means = defaultdict(set)
            for value in self.columns[field]:
                for phrase in phrases(value):
                    means[phrase].add(value)
            self.words[field] = {phrase: i + 1 for i, phrase in enumerate(sorted(means))}
            owner = {phrases(value)[0]: value for value in reversed(self.columns[field])}
            table = np.ones((len(means) + 1, len(self.columns[field])), np.float32)
            for phrase, number in self.words[field].items():
                table[number] = [(1 if owner.get(phrase, value) == value else NEAR) if value in means[phrase] else 0
                                 for value in self.columns[field]]
            self.allowed[field] = table
        frequency = np.bincount(self.products[:, 0])[self.products[:, 0]]
        self.rarity = (frequency.mean() / frequency.astype(np.float32)) ** 0.5

        self.occasions = []
        self.fits = np.ones((len(rows), len(lexicon.OCCASIONS) + 1), bool)
        for number, (before, after, alone, usages, types) in enumerate(lexicon.OCCASIONS.values(), 1):
            usages, types = set(split(usages)), set(split(types))
            self.fits[:, number] = [r["usage"] in usages or r["articleType"] in types for r in rows]
            self.occasions.append((split(before), split(after), split(alone)))
        self.occasions_of = [np.flatnonzero(row[1:]) for row in self.fits]

    def grades(self, index, claims):
        """float32 [len(index), len(claims)] twice: how well product i answers caption j, and its kin.

        The first is 1 for what the caption says, NEAR for a wider sense of one of
        its words, 0 else. A caption that names no type wants all that fit, so
        that frequent types weigh less there. Kin are products of the caption's
        type that are not what it says: second best, before anything else.

        claims: int [m, 5] of (type word, colour word, gender word, occasion,
        name number + 1), 0 for no claim.
        """
        products, name = self.products[index], claims[:, 4]
        of_type = self.allowed["articleType"].T[products[:, 0]][:, claims[:, 0]]
        result = of_type * self.fits[index][:, claims[:, 3]]
        for column, field in ((1, "baseColour"), (2, "gender")):
            result *= self.allowed[field].T[products[:, column]][:, claims[:, column]]
        result *= (name == ANY) | (products[:, 3:4] == name - 1)
        kin = of_type * ((result == 0) & (claims[:, 0] != ANY))
        loose = (claims[:, 0] == ANY) & (name == ANY)
        result[:, loose] *= self.rarity[index][:, None]
        return result, kin

    def name_caption(self, i, rng):
        """(text, claims): the display name, whole, with words left out, or with attributes."""
        row = self.rows[i]
        name, dice = row["productDisplayName"], rng.random()
        if dice < 0.25:
            text = embed_text(row)
        elif dice < 0.40:
            words = name.split()
            kept = [w for w in words if rng.random() > 0.25]
            text = " ".join(kept if len(kept) > 1 else words)
        elif dice < 0.50:
            text = f"{name}, {self._pick(colour_phrases(row['baseColour']), rng)} {self._pick(type_phrases(row['articleType']), rng)}"
        else:
            text = name
        return text, (ANY, ANY, ANY, ANY, int(self.products[i, 3]) + 1)

    def attribute_caption(self, i, rng):
        """(text, claims): what a shopper would type who wants such a thing."""
        row = self.rows[i]
        kind = self._pick(type_phrases(row["articleType"]), rng)
        colour = self._pick(colour_phrases(row["baseColour"]), rng) if row["baseColour"] else ""
        gender = self._pick(lexicon.GENDERS.get(row["gender"], [row["gender"].lower()]), rng)
        type_claim = self.words["articleType"][kind]
        colour_claim = self.words["baseColour"].get(colour, ANY)
        gender_claim = self.words["gender"].get(gender, ANY)
        raw = row["articleType"].lower()
        shown = kind if rng.random() < 0.6 else plural(kind)
        if kind == type_phrases(row["articleType"])[0] and rng.random() < 0.3:
            shown = raw
        if shown == kind and rng.random() < 0.15 and not kind.endswith("s"):
            shown = rng.choice(("a ", "the ", "photo of a ")) + kind

        dice = rng.random()
        if dice < 0.48 and colour:
            text = f"{colour} {shown}" if not shown.startswith(("a ", "the ", "photo")) else shown.replace(kind, f"{colour} {kind}")
            if rng.random() < 0.1:
                text = f"{shown} in {colour}"
            return text, (type_claim, colour_claim, ANY, ANY, ANY)
        if dice < 0.68 and colour:
            forms = (f"{colour} {shown} for {gender}", f"{gender} {colour} {shown}", f"{row['gender'].lower()} {colour} {shown}")
            return rng.choice(forms), (type_claim, colour_claim, gender_claim, ANY, ANY)
        if dice < 0.74:
            return rng.choice((f"{shown} for {gender}", f"{gender} {shown}")), (type_claim, ANY, gender_claim, ANY, ANY)
        if dice < 0.80:
            return shown, (type_claim, ANY, ANY, ANY, ANY)
        fitting = self.occasions_of[i]
        if len(fitting) == 0:
            return f"{colour} {shown}".strip(), (type_claim, colour_claim, ANY, ANY, ANY)
        occasion = int(rng.choice(fitting))
        before, after, alone = self.occasions[occasion]
        if dice < 0.86:
            if rng.random() < 0.3:
                return f"{rng.choice(alone)} for {gender}", (ANY, ANY, gender_claim, occasion + 1, ANY)
            return rng.choice(alone), (ANY, ANY, ANY, occasion + 1, ANY)
        claims = (type_claim, ANY, ANY, occasion + 1, ANY)
        text = f"{rng.choice(before)} {shown}" if rng.random() < 0.6 else f"{shown} for {rng.choice(after)}"
        if colour and rng.random() < 0.4:
            text, claims = f"{colour} {text}", (type_claim, colour_claim, ANY, occasion + 1, ANY)
        return text, claims

    def plain_caption(self, i, rng):
        """(text, claims): the catalog's colour and the plainest word for the type, "navy blue shirt"."""
        row = self.rows[i]
        colour, kind = row["baseColour"].lower(), type_phrases(row["articleType"])[0]
        claims = (self.words["articleType"][kind], self.words["baseColour"].get(colour, ANY), ANY, ANY, ANY)
        return f"{colour} {kind}".strip(), claims

    @staticmethod
    def _pick(phrases, rng):
        """The plainest phrase every other time, else any of them."""
        return phrases[0] if rng.random() < 0.5 else rng.choice(phrases)


def everyday_phrases(rng, count):
    """COUNT phrases that shoppers may type, from the lexicon's words."""
    types = [p for phrases in lexicon.TYPES.values() for p in phrases]
    colours = [p for phrases in lexicon.COLOURS.values() for p in phrases]
    wearers = ["", "", "", " for men", " for women", " for kids", " for a girl", " for boys"]
    occasions = [split(o[1]) for o in lexicon.OCCASIONS.values()]
    forms = (
        lambda: f"{rng.choice(lexicon.STYLES)} {rng.choice(types)}",
        lambda: f"{rng.choice(lexicon.STYLES)} {rng.choice(colours)} {rng.choice(types)}",
        lambda: f"{rng.choice(colours)} {rng.choice(types)}{rng.choice(wearers)}",
        lambda: f"{rng.choice(types)}{rng.choice(wearers)}",
        lambda: f"{rng.choice(types)} for {rng.choice(rng.choice(occasions))}",
        lambda: f"something {rng.choice(lexicon.STYLES)} for {rng.choice(rng.choice(occasions))}",
        lambda: f"{rng.choice(lexicon.STYLES)} outfit",
    )
    fixed = lexicon.QUERIES + types + colours + lexicon.STYLES
    for before, after, alone, _, _ in lexicon.OCCASIONS.values():
        fixed += split(before) + split(after) + split(alone)
    phrases = dict.fromkeys(fixed)
    while len(phrases) < count:
        phrases[rng.choice(forms)()] = None
    return list(phrases)


def sample_captions(vocabulary, index, seed, per_product):
    """PER_PRODUCT attribute captions of every given product, for tokenizer and teacher."""
    rng = random.Random(seed)
    return [vocabulary.attribute_caption(i, rng)[0] for i in index for _ in range(per_product)]
