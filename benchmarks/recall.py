"""Which of the exact pairs are found? Brute force over slices of real posts, beside the peers.

    python benchmarks/recall.py [--data FILE.parquet] [--slices 8] [--size 20000] [--embedded] [--peers]
                                [--growth 50000 500000] [--check]

pair recall
    of all pairs of distinct folded texts (20 characters or more) that brute force finds near, the share whose
    posts are connected through the verified pairs. "post pairs" counts each pair of posts, equal ones too.
embedded, at share
    the same of the embedded pairs of texts (--embedded); "at share": of those whose verbatim share, the
    words of the shorter folded text over those of the longer, is 0.4 or more.
precision
    share of our embedded links (at a verbatim share of 0.4 or more) that an independent look at every stretch
    of the longer text confirms.
node recall
    of the posts in such a pair (of posts), the share with a label of 0 or more.
below
    verified pairs that are neither near nor embedded when computed anew. Must be 0.
found, read
    per post: candidate pairs, and those of them that are compared by rapidfuzz (by --growth, less those that
    cannot hold for their lengths, which are never compared).
ARI
    of the labels, against the library's splitting applied to the exact pairs. "near" is
    detect(embedded=False) against the near pairs; "default" is against near and embedded ones, so only with
    --embedded.
theory
    what 1 - (1 - s^r)^b predicts, averaged over the near pairs' Jaccard similarities s; for echodetect of its
    bands for texts of any length alone.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import common
import numpy as np
import peers
import polars as pl
from common import MIN_LENGTH, Index
from rapidfuzz.distance import Indel

import echodetect
from echodetect import candidates
from echodetect.text import MOST_CHARACTERS
from echodetect.verify import Edges

LEAST = 0.98  # issue 2, in every slice
LEAST_PAIRS, LEAST_ARI, MOST_READ, MOST_GROWTH, LEAST_EMBEDDED = 0.995, 0.99, 3, 1.5, 0.97  # issue 3
SHARE = 0.4  # verbatim share from which embedded pairs have to be found
HEAD = (
    "contestant", "pair recall", "post pairs", "embedded", "at share", "precision", "node recall", "below",
    "found", "read", "ARI", "theory", "seconds",
)  # fmt: skip
# What is summed over all slices: recall or precision, and the counts that make it.
SUMMED = {
    "pair recall": ("near joined", "near"),
    "embedded": ("embedded joined", "embedded pairs"),
    "at share": ("at share joined", "at share pairs"),
    "precision": ("links confirmed", "links"),
}


@dataclass(frozen=True, slots=True)
class Slice:
    """Texts in the library's order (ties of its splitting go by it), and the exact pairs among them."""

    frame: pl.DataFrame
    texts: list[str]
    text_of: Index  # each post's text, -1 for none
    posts: Index  # of each text
    author: Index  # of each post, as a number
    preference: Index  # which of equally central texts represents
    cut: np.ndarray  # which texts are truncated copies
    near: Index
    embedded: Index | None
    verbatim: np.ndarray | None  # the embedded pairs' verbatim shares


def prepare(frame: pl.DataFrame, similarity: float, embedded: bool) -> Slice:
    corpus = echodetect.detect(frame, id=None, min_authors=1)._corpus
    folded = [text[:MOST_CHARACTERS].rstrip() for text in echodetect.fold(frame["text"].to_list())]
    place = {text: at for at, text in enumerate(corpus.texts)}
    long = {text for text in folded if len(text) >= MIN_LENGTH}
    assert long == set(place) and len(place) == len(corpus.texts), "the library lost or made up a text"
    text_of = np.array([place.get(text, -1) for text in folded], dtype=np.int64)
    texts = list(corpus.texts)
    near = common.near_pairs(texts, similarity)
    inside = common.embedded_pairs(texts, similarity, near) if embedded else None
    verbatim = None if inside is None else shares(texts, inside)
    posts = np.bincount(text_of[text_of >= 0], minlength=len(texts))
    author = corpus.columns.timeline
    return Slice(frame, texts, text_of, posts, author, corpus.plainness, corpus.cut, near, inside, verbatim)


def shares(texts: Sequence[str], pairs: Index) -> np.ndarray:
    """Verbatim shares of pairs, float64 (pairs,)."""
    every = (common.verbatim_share(texts[i], texts[j]) for i, j in zip(*pairs.tolist(), strict=True))
    return np.fromiter(every, dtype=np.float64, count=pairs.shape[1])


def judge(part: Slice, component: Index, labels: Index) -> dict[str, Any]:
    """Recall of a contestant whose posts have these components and labels."""
    first = np.full(len(part.texts), -1, dtype=np.int64)
    rows = np.flatnonzero(part.text_of >= 0)
    first[part.text_of[rows[::-1]]] = rows[::-1]
    held = np.bincount(
        part.text_of[rows[component[rows] == component[first[part.text_of[rows]]]]], minlength=first.size
    )
    spots = component[first]
    joined = spots[part.near[0]] == spots[part.near[1]]
    weight = part.posts[part.near[0]] * part.posts[part.near[1]]
    kept = (held[part.near[0]] * held[part.near[1]])[joined]
    equal, equal_kept = (int((n * (n - 1) // 2).sum()) for n in (part.posts, held))
    paired = np.zeros(first.size, dtype=np.bool_)
    paired[part.near.ravel()] = True
    paired |= part.posts >= 2
    with_pair = rows[paired[part.text_of[rows]]]
    found = {
        "pair recall": share(joined.sum(), joined.size),
        "near joined": int(joined.sum()),
        "near": joined.size,
        "post pairs": share(kept.sum() + equal_kept, weight.sum() + equal),
        "node recall": share((labels[with_pair] >= 0).sum(), with_pair.size),
        "missed": part.near[:, ~joined].T.tolist(),
        **dict.fromkeys(("embedded", "at share", "precision")),
    }
    if part.embedded is None:
        return found
    inside = spots[part.embedded[0]] == spots[part.embedded[1]]
    much = inside[part.verbatim >= SHARE]
    found["missed"] += part.embedded[:, ~inside].T.tolist()
    return found | {
        "embedded": share(inside.sum(), inside.size),
        "embedded joined": int(inside.sum()),
        "embedded pairs": inside.size,
        "at share": share(much.sum(), much.size),
        "at share joined": int(much.sum()),
        "at share pairs": much.size,
    }


def share(some: Any, all_: Any) -> float:
    return float(some) / float(all_) if all_ else 1.0


def exact_labels(part: Slice, similarity: float, embedded: bool) -> Index:
    pairs = part.near
    if embedded:
        assert part.embedded is not None
        pairs = np.concatenate([part.near, part.embedded], axis=1)
    edges = common.edges_of(part.texts, pairs, similarity, embedded)
    if edges.left.size != pairs.shape[1]:
        print(f"  the library's verifier rejects {pairs.shape[1] - edges.left.size} of the exact pairs")
    return labels_of(part, edges, similarity, embedded)


def labels_of(part: Slice, edges: Edges, similarity: float, embedded: bool) -> Index:
    """Each post's cluster after the library's splitting of these links."""
    stars = common.star_clusters(
        part.texts, part.text_of, part.author, edges, similarity, embedded, part.preference, part.cut
    )
    return common.labels_of(stars, part.text_of)


def links(part: Slice, pairs: pl.DataFrame, similarity: float, embedded: bool) -> dict[str, Any]:
    """Our verified pairs of posts, judged anew: how many do not hold, and the precision of embedded ones."""
    one, other = (part.text_of[pairs[side].to_numpy()] for side in ("left", "right"))
    bad = confirmed = asked = 0
    is_embedded = pairs["embedded"].to_numpy()
    for i, j, inside in sorted(set(zip(one.tolist(), other.tolist(), is_embedded.tolist(), strict=True))):
        a, b = (part.texts[i], part.texts[j]) if min(i, j) >= 0 else ("", "?")
        within = embedded and inside and common.is_embedded(a, b, similarity)
        if not (within or common.is_near(a, b, similarity)):
            bad += int(((one == i) & (other == j)).sum())
        if inside and common.verbatim_share(a, b) >= SHARE:
            asked += 1
            confirmed += within
    if not embedded:
        return {"below": bad}
    return {"below": bad, "precision": share(confirmed, asked), "links": asked, "links confirmed": confirmed}


def ours(part: Slice, similarity: float, embedded: bool, exact: Index | None) -> dict[str, Any]:
    start = time.perf_counter()
    report = echodetect.detect(part.frame, id=None, min_authors=1, similarity=similarity, embedded=embedded)
    left, right = (report.pairs[side].to_numpy() for side in ("left", "right"))
    seconds = time.perf_counter() - start
    found = candidates.find(part.texts, workers=2)
    component = common.components(part.frame.height, left, right)
    jaccard = peers.jaccards(part.texts, part.near, peers.grams(candidates.Search().ngram))
    return {
        "contestant": "echodetect default" if embedded else "echodetect near",
        **judge(part, component, report.labels),
        **links(part, report.pairs, similarity, embedded),
        "found": common.before_filter(part.texts) / part.frame.height,
        "read": found.left.size / part.frame.height,
        "ARI": None if exact is None else ari(report.labels, exact),
        "theory": peers.theory(jaccard, candidates.Search().bands, candidates.Search().rows),
        "seconds": seconds,
    }


def ari(labels: Index, exact: Index) -> float:
    return common.adjusted_rand(common.alone(labels.tolist()), common.alone(exact.tolist()))


def theirs(part: Slice, peer: peers.Peer, similarity: float, exact: Index) -> dict[str, Any]:
    start = time.perf_counter()
    pairs = peer.find(part.texts)
    seconds = time.perf_counter() - start
    edges = common.edges_of(part.texts, pairs, similarity, False)
    texts = common.components(len(part.texts), edges.left, edges.right)
    component = np.where(part.text_of >= 0, texts[part.text_of], texts.size + np.arange(part.text_of.size))
    labels = labels_of(part, edges, similarity, False)
    return {
        "contestant": peer.name,
        **judge(part, component, labels),
        "below": 0,
        "found": pairs.shape[1] / part.frame.height,
        "read": pairs.shape[1] / part.frame.height,
        "ARI": ari(labels, exact),
        "theory": peers.theory(peers.jaccards(part.texts, part.near, peer.shingles), peer.bands, peer.rows),
        "seconds": seconds,
    }


def run(
    frame: pl.DataFrame, similarity: float, embedded: bool, with_peers: bool, misses: int
) -> list[dict[str, Any]]:
    start = time.perf_counter()
    part = prepare(frame, similarity, embedded)
    crossing = part.posts[part.near[0]] * part.posts[part.near[1]]
    equal = part.posts * (part.posts - 1) // 2
    print(
        f"  {part.frame.height:,} posts, {len(part.texts):,} distinct texts of {MIN_LENGTH} characters or "
        f"more; near pairs: {part.near.shape[1]:,} of texts, {int(crossing.sum() + equal.sum()):,} of posts "
        f"({int(equal.sum()):,} equal)"
        + (f"; embedded pairs: {part.embedded.shape[1]:,} of texts" if part.embedded is not None else "")
        + f"; brute force {time.perf_counter() - start:.0f} s"
    )
    exact = exact_labels(part, similarity, False)
    rows = [
        ours(part, similarity, False, exact),
        ours(part, similarity, True, exact_labels(part, similarity, True) if embedded else None),
    ]
    if with_peers:
        read = round(rows[0]["found"] * part.frame.height)
        rows += [
            theirs(part, peer, similarity, exact) for peer in peers.everyone(part.texts, part.near, read)
        ]
    print(common.table(HEAD, ([row[name] for name in HEAD] for row in rows)), flush=True)
    for one, other in rows[1]["missed"][:misses]:
        shorter, longer = sorted((part.texts[one], part.texts[other]), key=len)
        print(f"  missed, {Indel.normalized_similarity(shorter, longer):.3f}: {shorter}\n    {longer}")
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", help="parquet file; the real posts, or else generated ones, by default")
    for name, default in (("text", "text"), ("author", "author"), ("time", "posted_at")):
        parser.add_argument(f"--{name}", default=default, help=f"column, {default} by default")
    parser.add_argument("--slices", type=int, default=8)
    parser.add_argument("--size", type=int, default=20_000, help="posts a slice")
    parser.add_argument("--similarity", type=float, default=0.85)
    parser.add_argument("--seed", type=int, default=0, help="of the slices' offsets")
    parser.add_argument("--embedded", action="store_true", help="brute force over embedded pairs too")
    parser.add_argument("--peers", action="store_true", help="datasketch, gaoya and rensa too")
    parser.add_argument("--misses", type=int, default=0, help="print so many missed pairs a slice")
    parser.add_argument("--growth", type=int, nargs="+", metavar="POSTS",
                        help="candidates per message in the file's first so many posts")  # fmt: skip
    parser.add_argument("--check", action="store_true", help="fail when a line of the last table is not met")
    options = parser.parse_args(arguments)

    frame = common.load(options.data, text=options.text, author=options.author, time=options.time)
    every = []
    for offset in common.offsets(frame.height, options.slices, options.size, options.seed):
        print(f"slice from {offset:,}")
        part = frame.slice(offset, options.size)
        every.append(run(part, options.similarity, options.embedded, options.peers, options.misses))
    least = [summary(rows) for rows in zip(*every, strict=True)]
    print(
        "all slices: pair recall, embedded, at share and precision of all pairs together; lowest node "
        "recall, post pairs and ARI;\nsum of below and seconds; mean of found, read and theory. "
        + common.circumstances()
    )
    print(common.table(HEAD, ([row[name] for name in HEAD] for row in least)))
    lines = checks(least, [rows[:2] for rows in every])
    if options.growth:
        lines += growth(frame, options.growth, options.similarity)
    print("\n" + common.table(("check", "least or most", "measured", "met"), lines))
    failed = [what for what, _, _, met in lines if met != "yes"]
    if failed:
        print(f"NOT MET: {'; '.join(failed)}")
    return int(options.check and bool(failed))


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A contestant's slices as one row."""
    row: dict[str, Any] = {"contestant": re.sub(r", \d+ x \d+$", "", rows[0]["contestant"])}
    whole = {"below": sum, "seconds": sum, "found": np.mean, "read": np.mean, "theory": np.mean}
    for name in HEAD[1:]:
        values = [row[name] for row in rows if row[name] is not None]
        value = whole.get(name, min)(values) if values else None
        if values and name in SUMMED and SUMMED[name][1] in rows[0]:
            some, all_ = SUMMED[name]
            value = share(sum(row[some] for row in rows), sum(row[all_] for row in rows))
            row[f"{name}, pairs"] = sum(row[all_] for row in rows)
        row[name] = value.item() if isinstance(value, np.generic) else value
    return row


def checks(least: Sequence[dict[str, Any]], every: Sequence[Sequence[dict[str, Any]]]) -> list[list[Any]]:
    """What issues 2 and 3 ask of our two rows: what, bound, measured, whether it is met."""
    lines = []
    for at, row in enumerate(least[:2]):
        who = row["contestant"].removeprefix("echodetect ")
        slices = [rows[at] for rows in every]
        for name in ("pair recall", "node recall"):
            lowest = min(part[name] for part in slices)
            lines.append(
                line(f"issue 2: {name}, {who}, lowest slice", f">= {LEAST}", lowest, lowest >= LEAST)
            )
        lines.append(line(f"issue 2: links that do not hold, {who}", "0", row["below"], not row["below"]))
        asked = [("pair recall", LEAST_PAIRS), ("ARI", LEAST_ARI)]
        asked += [("at share", LEAST_EMBEDDED), ("precision", LEAST_EMBEDDED)] if at else []
        for name, bound in asked:
            if row[name] is not None and not (name == "precision" and row["at share"] is None):
                what = {"at share": f"embedded recall at verbatim share {SHARE}", "ARI": "ARI, lowest slice"}
                what["precision"] = f"embedded precision at verbatim share {SHARE}"
                pairs = f" ({row[f'{name}, pairs']:,} pairs)" if f"{name}, pairs" in row else ""
                what = f"issue 3: {what.get(name, name)}, {who}{pairs}"
                lines.append(line(what, f">= {bound}", row[name], row[name] >= bound))
                if name == "at share":
                    lowest = min(part[name] for part in slices)
                    lines[-1][2] = f"{row[name]:.4f} (lowest slice {lowest:.4f})"
        most = row["read"]
        lines.append(
            line(f"issue 3: candidates read per message, {who}", f"<= {MOST_READ}", most, most <= MOST_READ)
        )
    return lines


def line(what: str, bound: str, measured: Any, met: bool) -> list[Any]:
    return [what, bound, measured, "yes" if met else "NO"]


def growth(frame: pl.DataFrame, sizes: Sequence[int], similarity: float) -> list[list[Any]]:
    """Candidates per message of the file's first posts, and how they grow from the fewest to the most.

    A file is thicker in echoes here than there, so the mean over all blocks of a size is shown too; and the
    verified links per message, which grow too: more posts have more posts to echo.
    """
    rows = []
    sizes = sorted({min(size, frame.height) for size in sizes})
    for size in sizes:
        blocks = [
            per_message(frame.slice(at, size), similarity) for at in range(0, frame.height - size + 1, size)
        ]
        mean = np.mean(blocks, axis=0).tolist()
        rows.append([f"{size:,}", len(blocks), *blocks[0], *mean])
    counted = ("found", "read", "links")
    head = ("posts", "blocks", *(f"{name}, {which}" for which in ("first", "all blocks") for name in counted))
    print("\ncandidates per message by size; " + common.circumstances() + "\n" + common.table(head, rows))
    lines = []
    for at, name in enumerate(head[2:], 2):
        if name.startswith("links"):
            continue
        ratio = rows[-1][at] / max(rows[0][at], 1e-12)
        what = f"issue 3: growth of candidates {name}, {rows[0][0]} to {rows[-1][0]} posts"
        lines.append(line(what, f"< {MOST_GROWTH}", ratio, ratio < MOST_GROWTH))
    return lines


def per_message(frame: pl.DataFrame, similarity: float) -> tuple[float, float, float]:
    """Candidate pairs found, read, and verified as links."""
    texts = echodetect.detect(frame, id=None, min_authors=1, similarity=similarity)._corpus.texts
    found = candidates.find(texts, workers=2)
    verifier = common.verifier(texts, similarity, True)
    read = int(verifier.possible(found.left, found.right).sum())
    links = verifier.edges(found.left, found.right).left.size
    return tuple(count / frame.height for count in (common.before_filter(texts), read, links))


if __name__ == "__main__":
    raise SystemExit(main())
