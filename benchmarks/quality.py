"""How right, where the truth is known? The embedded sample and generated timelines.

    python benchmarks/quality.py [--size 20000] [--seeds 1 2 3] [--languages nl en] [--peers] [--check]

`detect` runs as users run it: min_authors=2, since the truth calls a message an echo only when two timelines
carry it. A post whose `message` is null is a group of its own, and so is a post outside every cluster; a
cluster of posts that copy nothing therefore costs precision.

P, R, F1    over pairs of posts
B3, ARI     B-cubed F1 and the adjusted Rand index, over all posts; "in" leaves out posts whose truth is null
verbatim    mean absolute error of the verbatim share, over posts with a truth that are in a cluster
missed      share of posts with a truth that are in no cluster
joined      share of posts that copy nothing (unrelated posts and hard negatives) that are in a cluster
recall      of a level: share of its posts in the cluster that holds most posts of their message
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from typing import Any

import common
import numpy as np
import peers
from common import MIN_LENGTH, Index

import echodetect
from echodetect.simulate import LANGUAGES

LEAST_F1, MOST_ERROR = 0.97, 0.05
HEAD = (
    "data", "contestant", "posts", "clusters", "P", "R", "F1", "B3", "ARI", "ARI in", "verbatim", "missed",
    "joined",
)  # fmt: skip
SHOWN = ("id", "author", "posted_at", "text")
LOOSE = "low overlap"  # copies that are no longer the same message: truth null, right in or out


def figures(
    rows: list[dict[str, Any]], labels: Index, verbatim: Sequence[float | None] | None
) -> dict[str, Any]:
    truth = common.alone([row["message"] for row in rows])
    found = common.alone(labels.tolist())
    copies = np.array([row["message"] is not None for row in rows])
    nothing = ~copies & np.array([row["kind"] != LOOSE for row in rows])
    precision, recall, f1 = common.pairwise(found, truth)
    told = [
        abs(share - row["verbatim"])
        for row, share in zip(rows, verbatim or [], strict=verbatim is not None)
        if share is not None and row["verbatim"] is not None
    ]
    return {
        "posts": len(rows),
        "clusters": int(np.unique(labels[labels >= 0]).size),
        "P": precision,
        "R": recall,
        "F1": f1,
        "B3": common.b_cubed(found, truth)[2],
        "ARI": common.adjusted_rand(found, truth),
        "ARI in": common.adjusted_rand(_renumber(found[copies]), _renumber(truth[copies])),
        "verbatim": float(np.mean(told)) if told else None,
        "missed": float((labels[copies] < 0).mean()),
        "joined": float((labels[nothing] >= 0).mean()),
    }


def _renumber(labels: Index) -> Index:
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def levels(rows: list[dict[str, Any]], labels: Index, verbatim: Sequence[float | None], by: str) -> list[Any]:
    """Per kind (or language): posts, recall, share in a cluster, verbatim truth, found and error."""
    seen: dict[Any, Counter[int]] = {}
    for row, label in zip(rows, labels.tolist(), strict=True):
        if row["message"] is not None and label >= 0:
            seen.setdefault(row["message"], Counter())[label] += 1
    home = {message: counts.most_common(1)[0][0] for message, counts in seen.items()}
    groups: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        groups.setdefault(row[by], []).append(at)
    table = []
    for name, members in sorted(groups.items()):
        true = [at for at in members if rows[at]["message"] is not None]
        hits = [at for at in true if labels[at] >= 0 and labels[at] == home.get(rows[at]["message"])]
        told = [(verbatim[at], rows[at]["verbatim"]) for at in true if verbatim[at] is not None]
        share = np.array(told, dtype=np.float64).reshape(-1, 2)
        table.append(
            (
                name,
                len(members),
                len(hits) / len(true) if true else None,
                float((labels[members] >= 0).mean()),
                *((float(share[:, 1].mean()), float(share[:, 0].mean())) if told else (None, None)),
                float(np.abs(share[:, 0] - share[:, 1]).mean()) if told else None,
            )
        )
    return table


def peer_labels(rows: list[dict[str, Any]], peer: peers.Peer | None) -> Index:
    """Labels from the same folding, verification and splitting; by equal folded text alone for no peer."""
    folded = echodetect.fold([row["text"] for row in rows])
    texts = sorted({text for text in folded if len(text) >= MIN_LENGTH})
    place = {text: at for at, text in enumerate(texts)}
    text_of = np.array([place.get(text, -1) for text in folded], dtype=np.int64)
    number = {name: at for at, name in enumerate(sorted({row["author"] for row in rows}))}
    author = np.array([number[row["author"]] for row in rows], dtype=np.int64)
    pairs = np.empty((2, 0), dtype=np.int64) if peer is None else peer.find(texts)
    edges = common.edges_of(texts, pairs, 0.85, True)
    stars = common.star_clusters(texts, text_of, author, edges, 0.85, True)
    labels = common.labels_of(stars, text_of)
    authors: dict[int, set[str]] = {}
    for label, row in zip(labels.tolist(), rows, strict=True):
        authors.setdefault(label, set()).add(row["author"])
    return np.array([label if len(authors[label]) > 1 else -1 for label in labels.tolist()])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", type=int, default=20_000, help="posts of a generated set")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--languages", nargs="+", default=["nl", "en"], help="'all' for every one")
    parser.add_argument("--min-authors", type=int, default=2)
    parser.add_argument("--similarity", type=float, default=0.85)
    parser.add_argument("--peers", action="store_true", help="exact match, datasketch, gaoya and rensa too")
    parser.add_argument(
        "--check", action="store_true", help=f"fail at F1 < {LEAST_F1} or error > {MOST_ERROR}"
    )
    options = parser.parse_args(arguments)

    languages = LANGUAGES if options.languages == ["all"] else options.languages
    sets = {"sample": echodetect.sample()}
    for seed in options.seeds:
        sets[f"seed {seed}"] = echodetect.simulate(options.size, seed=seed, languages=languages)
    table, parts, failed = [], [], []
    generated: list[tuple[list[dict[str, Any]], Index, list[float | None]]] = []
    for name, rows in sets.items():
        shown = [{column: row[column] for column in SHOWN} for row in rows]  # and nothing of the truth
        report = echodetect.detect(shown, min_authors=options.min_authors, similarity=options.similarity)
        verbatim = [row["verbatim"] for row in report.messages]
        row = {"data": name, "contestant": "echodetect", **figures(rows, report.labels, verbatim)}
        table.append([row[key] for key in HEAD])
        if row["F1"] < LEAST_F1 or (row["verbatim"] or 0) > MOST_ERROR:
            failed.append(name)
        if name == "sample":
            parts.append(("sample, by kind", levels(rows, report.labels, verbatim, "kind")))
        else:
            generated.append((rows, report.labels, verbatim))
        if options.peers:
            texts = sorted({t for t in echodetect.fold([r["text"] for r in rows]) if len(t) >= MIN_LENGTH})
            none = np.empty((2, 0), dtype=np.int64)
            for peer in (None, *peers.everyone(texts, none, None)):
                row = {"data": name, "contestant": peer.name if peer else "equal folded text"}
                row |= figures(rows, peer_labels(rows, peer), None)
                table.append([row[key] for key in HEAD])
    if generated:
        rows, labels, verbatim = _join(generated)
        for by in ("kind", "language"):
            parts.append((f"generated, by {by}", levels(rows, labels, verbatim, by)))
    print(common.table(HEAD, table))
    for title, lines in parts:
        head = (title, "posts", "recall", "in a cluster", "verbatim, truth", "found", "error")
        print("\n" + common.table(head, lines))
    if options.check and failed:
        print(f"FAILED: {', '.join(failed)}")
    return int(options.check and bool(failed))


def _join(parts: list[tuple[list[dict[str, Any]], Index, list[float | None]]]) -> tuple[Any, Index, Any]:
    """Several generated sets as one; messages and labels keep apart."""
    rows, labels, verbatim, shift = [], [], [], 0
    for number, (own, label, share) in enumerate(parts):
        rows += [{**row, "message": row["message"] and (number, row["message"])} for row in own]
        labels.append(np.where(label >= 0, label + shift, -1))
        verbatim += share
        shift += int(label.max(initial=-1)) + 1
    return rows, np.concatenate(labels), verbatim


if __name__ == "__main__":
    raise SystemExit(main())
