"""How near the vectors are to transformers in float32, and whether retrieval suffers."""

import numpy as np

import subject
from goals import COSINE, RECALL_LOSS
from lanes import LaneError, Weft
from report import print_table

SOURCES = ("images", "text8", "text77", "names")


def weft_input(folder, source):
    return ("images", folder / "images.f32") if source == "images" else ("texts", folder / f"{source}.txt")


def vectors_of(lane, folder, source, out):
    if isinstance(lane, Weft):
        lane.vectors(*weft_input(folder, source), out)
    else:
        lane.vectors("image" if source == "images" else source, source, out)
    return np.fromfile(out, np.float32).reshape(-1, 512)


def compare(made, wanted):
    """(least cosine, mean cosine after the mean of the reference is taken from both)."""
    mean = subject.unit(wanted).mean(0)
    cosine = (subject.unit(made) * subject.unit(wanted)).sum(1)
    centred = (subject.unit(subject.unit(made) - mean) * subject.unit(subject.unit(wanted) - mean)).sum(1)
    return float(cosine.min()), float(centred.mean())


def check_cosines(lanes, folder):
    """Prints the table; yields what is missed, of weft alone."""
    body, missed = [], []
    for lane in lanes:
        row = [lane.precision, lane.name]
        for source in SOURCES:
            if source == "names" and not isinstance(lane, Weft):
                row.append("-")  # no peer's model has that shape
                continue
            made = vectors_of(lane, folder, source, folder / "vectors.f32")
            least, centred = compare(made, np.load(folder / f"{source}.reference.npy"))
            row.append(f"{least:.6f} / {centred:.4f}")
            if isinstance(lane, Weft) and not least >= COSINE[lane.precision]:
                missed.append(("must", f"accuracy of {source}, {lane.precision}: least cosine "
                                       f"{least:.6f} of {COSINE[lane.precision]}"))
        body.append(row)
    print("== accuracy: least cosine to transformers in float32 / mean cosine, mean-centred")
    print_table(["", "", *SOURCES], body)
    return missed


def held_out(folder):
    """The rows and photo files of the held-out products, as weft reads them."""
    root, out = subject.shared_data() / "kaggle", folder / "held-out"
    out.mkdir(exist_ok=True)
    photos, rows, files = subject.data.PhotoReader(root), [], []
    for row in subject.data.read_rows(root):
        jpeg = subject.data.is_held_out(row["id"]) and photos.read(row["id"])
        if jpeg:
            file = out / f"{row['id']}.jpg"
            if not file.exists():
                file.write_bytes(jpeg)
            rows.append(row)
            files.append(str(file))
    return rows, files


def check_recall(program, precisions, folder):
    """text -> photo R@10 of weft-mini at each precision against its float32."""
    if not subject.shared_data():
        print("== retrieval: skipped, the Kaggle catalog is not there (WEFT_SHARED)\n")
        return []
    from captions import embed_text
    from evaluate import K, recall

    rows, files = held_out(folder)
    lists = {"photos": files, "name": [row["productDisplayName"] for row in rows],
             "name + attributes": [embed_text(row) for row in rows]}
    found, missed = {}, []
    for precision in dict.fromkeys(("f32", *precisions)):
        try:
            lane = Weft(program, subject.MINI, precision, folder)
        except LaneError:
            continue  # said before
        vectors = {}
        for name, lines in lists.items():
            (folder / "list.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
            lane.vectors("photos" if name == "photos" else "texts", folder / "list.txt", folder / "vectors.f32")
            vectors[name] = np.fromfile(folder / "vectors.f32", np.float32).reshape(len(lines), -1)
        lane.stop()
        found[precision] = {name: recall(vectors[name], vectors["photos"]) for name in lists if name != "photos"}
    print(f"== retrieval: weft-mini, R@{K} of text to photo among {len(rows)} held-out products")
    print_table(["", *list(lists)[1:]],
                [[p, *(f"{100 * value:.2f}" for value in some.values())] for p, some in found.items()])
    for precision, some in found.items():
        for name, value in some.items():
            loss = found["f32"][name] - value
            if precision == "int8" and loss > RECALL_LOSS:
                missed.append(("must", f"retrieval by {name}, int8: R@{K} {100 * loss:.2f} points below f32, "
                                       f"limit {100 * RECALL_LOSS}"))
    return missed
