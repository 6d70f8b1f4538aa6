"""What does every default stand on? Recall and candidates for the values around each of them.

    python benchmarks/defaults.py [--data FILE.parquet] [--slices 2] [--size 20000] [--posts 200000]
                                  [--only NAME ...]

A row changes one thing and leaves the other defaults as they are; "*" marks the default. The slices are
taken evenly from the eight of recall.py: two are one that is thick in echoes and a thin one.

pairs, embedded, at share
    share of the exact near pairs, embedded pairs, and embedded pairs of a verbatim share of 0.4 or more,
    whose texts are connected by verified candidates; all slices together, mean of three seeds (of the
    permutations and bands), since one seed differs from another as much as neighbouring values do.
read
    candidates compared by rapidfuzz, per post: in the slices, and (one seed) in the file's first --posts.
found
    candidates before the filter, in the latter.
seconds
    of the search (no folding, no verification) in the latter, one run: on a busy machine a hint only.

Groups (--only): see GROUPS below. "scripts" looks at generated posts in languages without spaces, and in
others. "min_embedded", "min_length" and "fillings" (of a form, on the whole file) have tables of their own:
what a lower or higher minimum finds, and how many links tie texts first posted more than three days apart.
Echoes come in bursts, so a share above that of others tells of links that are accidental: common phrases,
forms that come back with other words filled in, not messages.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import common
import numpy as np
import polars as pl
from common import MIN_EMBEDDED, MIN_LENGTH, Index

import echodetect
from echodetect import forms
from echodetect.candidates import Search, find

SIMILARITY, SHARE = 0.85, 0.4
FAR = 3 * 24 * 3600 * 1_000_000  # microseconds
HEAD = ("value", "pairs", "embedded", "at share", "read", "found, many", "read, many", "seconds")
BASE = Search()
SEEDS = (1, 2, 3)


def _values(name: str, values: Iterable[int | float]) -> list[dict[str, Any]]:
    return [{name: value} for value in values]


def _both(one: str, other: str, values: Iterable[tuple[int, int]]) -> list[dict[str, Any]]:
    return [{one: first, other: second} for first, second in values]


GROUPS: dict[str, list[dict[str, Any]]] = {
    "ngram": _values("ngram", (2, 3, 4, 5)),
    "num_perm": _values("num_perm", (24, 32, 48, 64)),
    "bands": _both(
        "bands", "rows", ((8, 4), (16, 4), (20, 4), (40, 4), (20, 5), (32, 5), (40, 5), (60, 5), (80, 6))
    ),
    "short": [
        {"short_bands": 0},
        *_values("short", (32, 40, 48)),
        *_both("short_bands", "short_rows", ((14, 3), (56, 3), (28, 4))),
    ],
    "long": [
        {"long_ngram": 10**8},  # none at all
        *_both("long_ngram", "window", ((10, 8), (12, 4), (12, 8), (12, 12), (16, 4), (16, 8), (20, 4))),
    ],
    "whole": _values("whole", (2, 4, 8, 13, 10**9)),  # the last: large buckets like all others
    "neighbours": _values("neighbours", (3, 5, 8, 12, 16)),
    "containment": _values("containment", (0.0, 0.45, 0.5, 0.55, 0.6, 0.65)),
    "together": [
        {},
        {"num_perm": 32},
        {"bands": 20, "rows": 4},
        {"short_bands": 56},
        {"bands": 80, "short_bands": 56, "num_perm": 96},
        {"bands": 80, "short_bands": 56, "num_perm": 96, "neighbours": 16, "window": 4},
    ],
    "seed": _values("seed", (1, 2, 3)),  # how much of a difference is chance
}
SCRIPTS = {
    "ja": ["ja"],
    "zh": ["zh"],
    "th": ["th"],
    "en nl ru ar hi": ["en", "nl", "ru", "ar", "hi"],
}
OWN = ("scripts", "min_embedded", "min_length", "fillings")


@dataclass(frozen=True, slots=True)
class Known:
    """Texts in the library's order and the exact pairs among them."""

    posts: int
    texts: list[str]
    near: Index
    embedded: Index
    shorter: Index  # characters of the shorter text of each embedded pair
    share: np.ndarray  # of the shorter text, found in the best stretch of the longer
    verbatim: np.ndarray  # words of the shorter over those of the longer

    def counts(self, min_embedded: int) -> np.ndarray:
        """Which embedded pairs are links at this minimum, bool (pairs,)."""
        least = [common.needed(size, SIMILARITY, min_embedded) for size in self.shorter.tolist()]
        return (self.shorter >= min_embedded) & (self.share >= np.array(least, dtype=np.float64))


def known(frame: pl.DataFrame, least: int = MIN_EMBEDDED) -> Known:
    texts = list(echodetect.detect(frame, id=None, min_authors=1)._corpus.texts)
    near = common.near_pairs(texts, SIMILARITY)
    embedded = common.embedded_pairs(texts, SIMILARITY, near, least, graded=False)
    ends = embedded.T.tolist()
    shorter = np.array([min(len(texts[i]), len(texts[j])) for i, j in ends], dtype=np.int64)
    verbatim = np.array([common.verbatim_share(texts[i], texts[j]) for i, j in ends], dtype=np.float64)
    share = np.array([common.stretch_share(texts[i], texts[j], least) for i, j in ends], dtype=np.float64)
    return Known(frame.height, texts, near, embedded, shorter, share, verbatim)


def recall(parts: Sequence[Known], search: Search, min_embedded: int = MIN_EMBEDDED) -> list[Any]:
    """`recall_once`, mean of three seeds."""
    every = [recall_once(parts, replace(search, seed=seed), min_embedded) for seed in SEEDS]
    return np.mean(every, axis=0).tolist()


def recall_once(parts: Sequence[Known], search: Search, min_embedded: int = MIN_EMBEDDED) -> list[Any]:
    """Recall of near, embedded, and embedded pairs at share, over all parts; candidates read per post."""
    hits, totals, read = np.zeros(3), np.zeros(3), 0
    for part in parts:
        found = find(part.texts, search, workers=2)
        read += found.left.size
        edges = common.verifier(part.texts, SIMILARITY, True, min_embedded).edges(found.left, found.right)
        spots = common.components(len(part.texts), edges.left, edges.right)
        near = spots[part.near[0]] == spots[part.near[1]]
        counts = part.counts(min_embedded)
        inside = (spots[part.embedded[0]] == spots[part.embedded[1]])[counts]
        much = inside[part.verbatim[counts] >= SHARE]
        for at, joined in enumerate((near, inside, much)):
            hits[at] += joined.sum()
            totals[at] += joined.size
    return [*(hits / np.maximum(totals, 1)).tolist(), read / sum(part.posts for part in parts)]


def many(texts: Sequence[str], posts: int, search: Search) -> list[Any]:
    start = time.perf_counter()
    found = find(texts, search, workers=2)
    seconds = time.perf_counter() - start
    return [common.before_filter(texts, search) / posts, found.left.size / posts, seconds]


def label(changes: dict[str, Any]) -> str:
    """The values, and whether they are the defaults."""
    default = all(getattr(BASE, name) == value for name, value in changes.items())
    if changes.get("short_bands") == 0 or changes.get("long_ngram", 0) > 10**6:
        return f"{next(iter(changes)).split('_')[0]} off"
    values = ", ".join(f"{name} {value}" for name, value in changes.items())
    return f"{values or 'defaults'} *" if default else values


def search_rows(
    changes: Iterable[dict[str, Any]], parts: Sequence[Known], texts: Sequence[str], posts: int
) -> list[list[Any]]:
    rows = []
    for change in changes:
        search = replace(BASE, **change)
        shares = recall_once(parts, search) if "seed" in change else recall(parts, search)
        rows.append([label(change), *shares, *many(texts, posts, search)])
    return rows


# --- shortest texts ----------------------------------------------------------------------------------------


def _far(corpus: Any, left: Index, right: Index) -> np.ndarray:
    """Whether the first posts of each pair's texts are more than three days apart, bool (pairs,)."""
    first = corpus.columns.time[corpus.first]
    return np.abs(first[left] - first[right]) > FAR


def _share(far: np.ndarray) -> str:
    return f"{far.mean():.3f} ({far.size:,})" if far.size else "-"


def distant(frame: pl.DataFrame, least: int) -> str:
    """Share of links whose texts are first posted far apart, by length and by score."""
    report = echodetect.detect(frame, id=None, min_authors=1, min_embedded=least)
    corpus, edges = report._corpus, report._edges
    far = _far(corpus, edges.left, edges.right)
    shorter = np.minimum(corpus.lengths[edges.left], corpus.lengths[edges.right])
    inside = edges.near < SIMILARITY
    score = edges.score(SIMILARITY)
    lengths = [*range(least, 30, 5), 30, 34, 38, 46, 52, 65, 10**9]
    scores = [(0.85, 0.91), (0.91, 0.97), (0.97, 1.01)]
    rows = []
    for low, high in pairwise(lengths):
        own = (shorter >= low) & (shorter < high)
        some = own & inside
        rows.append(
            [
                f"{low}-{high}" if high < 10**9 else f"{low}+",
                *(_share(far[some & (score >= a) & (score < b)]) for a, b in scores),
                _share(far[some]),
                _share(far[own & ~inside]),
            ]
        )
    rng = np.random.Generator(np.random.PCG64(0))
    one, other = rng.integers(0, len(corpus.texts), (2, 100_000))
    head = ("shorter text", *(f"{a:.2f}-{min(b, 1):.2f}" for a, b in scores), "embedded", "near")
    return common.table(head, rows) + f"\nany two texts: {_share(_far(corpus, one, other))}"


def min_embedded(frame: pl.DataFrame, slices: Sequence[pl.DataFrame], posts: int) -> str:
    values = (20, 30, 40, 50)
    parts = [known(part, min(values)) for part in slices]
    rows = []
    for value in values:
        report = echodetect.detect(frame.head(posts), id=None, min_embedded=value)
        links = int((report._edges.near < SIMILARITY).sum())
        pairs, embedded, at_share, _ = recall(parts, BASE, value)
        exact = sum(int(part.counts(value).sum()) for part in parts)
        star = " *" if value == MIN_EMBEDDED else ""
        clustered = float((report.labels >= 0).mean())
        rows.append([f"{value}{star}", exact, pairs, embedded, at_share, links, clustered])
    head = (
        "min_embedded",
        "exact pairs",
        "pairs",
        "embedded",
        "at share",
        "links, many",
        "in a cluster, many",
    )
    return (
        common.table(head, rows)
        + f"\n\nembedded links in {posts:,} posts, by score: share more than three days apart (links)\n"
        + distant(frame.head(posts), min(values))
    )


def min_length(frame: pl.DataFrame, slices: Sequence[pl.DataFrame], posts: int) -> str:
    values = (10, 15, 20, 25, 30)
    exact = []
    for part in slices:
        texts = list(echodetect.detect(part, id=None, min_length=min(values))._corpus.texts)
        exact.append((texts, common.near_pairs(texts, SIMILARITY)))
    report = echodetect.detect(frame.head(posts), id=None, min_authors=1, min_length=min(values))
    corpus, edges = report._corpus, report._edges
    near = edges.near >= SIMILARITY
    far = _far(corpus, edges.left, edges.right)
    shorter = np.minimum(corpus.lengths[edges.left], corpus.lengths[edges.right])
    length = np.where(corpus.text_of >= 0, corpus.lengths[corpus.text_of], 0)
    rows = []
    for value, end in zip(values, (*values[1:], 10**9), strict=True):
        hits = pairs = 0
        for texts, known_pairs in exact:
            place = np.cumsum([len(text) >= value for text in texts]) - 1
            kept = [text for text in texts if len(text) >= value]
            own = np.array(
                [len(texts[i]) >= value and len(texts[j]) >= value for i, j in known_pairs.T.tolist()]
            )
            some = place[known_pairs[:, own]]
            found = find(kept, BASE, workers=2)
            links = common.edges_of(kept, np.stack([found.left, found.right]), SIMILARITY, True)
            spots = common.components(len(kept), links.left, links.right)
            hits += int((spots[some[0]] == spots[some[1]]).sum())
            pairs += some.shape[1]
        star = " *" if value == MIN_LENGTH else ""
        rows.append(
            [
                f"{value}{star}",
                pairs,
                hits / max(pairs, 1),
                float((length < value).mean()),
                f"{value}-{end}" if end < 10**9 else f"{value}+",
                _share(far[near & (shorter >= value) & (shorter < end)]),
            ]
        )
    head = ("min_length", "exact pairs", "pairs", "set aside, many", "shorter text", "near links far apart")
    return common.table(head, rows)


def fillings(frame: pl.DataFrame) -> str:
    """What is cut at each number of fillings: how far from its old representative in time."""
    default = forms.FILLINGS
    forms.FILLINGS = 10**9
    report = echodetect.detect(frame, id=None, min_authors=1)
    corpus, edges, label = report._corpus, report._edges, report.labels[report._corpus.first]
    lone = np.arange(label.size)
    before = np.where(label >= 0, np.append(report._scores.representatives, -1)[label], lone)
    verify = common.verifier(corpus.texts, SIMILARITY, True).edges
    rows = []
    for value in (2, 3, 4, 5, 8, 16):
        forms.FILLINGS = value
        after, _ = forms.cut_forms(corpus.texts, before, *corpus.carried, edges, verify, corpus.plainness)
        cut, moved = np.unique(before[after != before]), np.flatnonzero(after != before)
        kept = np.flatnonzero((after == before) & (before != lone))
        lost = (np.bincount(after, minlength=lone.size)[after] == 1) & (corpus.posts == 1)
        rows.append(
            [
                f"{value}{' *' * (value == default)}",
                cut.size,
                moved.size,
                int(lost[moved].sum()),
                _share(_far(corpus, moved, before[moved])),
                _share(_far(corpus, kept, before[kept])),
            ]
        )
    forms.FILLINGS = default
    head = ("fillings", "clusters cut", "texts parted", "alone now", "parted, far apart", "others, far apart")
    return common.table(head, rows)


def scripts(size: int) -> str:
    rows = []
    for name, languages in SCRIPTS.items():
        frame = echodetect.simulate(size, seed=1, languages=languages, backend="polars")
        frame = frame.select("text", "author", "posted_at")
        part = known(frame)
        for change in GROUPS["ngram"]:
            search = replace(BASE, **change)
            found, read, seconds = many(part.texts, size, search)
            pairs, embedded, at_share, _ = recall([part], search)
            rows.append([name, label(change), pairs, embedded, at_share, found, read, seconds])
    head = ("generated", "value", "pairs", "embedded", "at share", "found", "read", "seconds")
    return common.table(head, rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", help="parquet file; the real posts, or else generated ones, by default")
    parser.add_argument("--slices", type=int, default=2)
    parser.add_argument(
        "--size", type=int, default=20_000, help="posts a slice; a quarter of it a generated set"
    )
    parser.add_argument("--posts", type=int, default=200_000, help="for candidates per post and for links")
    parser.add_argument("--seed", type=int, default=0, help="of the slices' offsets")
    parser.add_argument("--only", nargs="+", choices=[*GROUPS, *OWN], metavar="NAME", help="of GROUPS")
    options = parser.parse_args(arguments)

    asked = options.only or [*GROUPS, *OWN]
    frame = common.load(options.data)
    every = common.offsets(frame.height, max(8, options.slices), options.size, options.seed)
    offsets = every[:: max(len(every) // options.slices, 1)][: options.slices]
    slices = [frame.slice(offset, options.size) for offset in offsets]
    posts = min(options.posts, frame.height)
    print(f"{BASE}\nslices of {options.size:,} from {offsets}; many: the first {posts:,} posts")
    if any(name in GROUPS for name in asked):
        parts = [known(part) for part in slices]
        texts = list(echodetect.detect(frame.head(posts), id=None)._corpus.texts)
        links = [part.counts(MIN_EMBEDDED) for part in parts]
        much = [link & (part.verbatim >= SHARE) for link, part in zip(links, parts, strict=True)]
        print(
            f"exact pairs of texts: near {sum(part.near.shape[1] for part in parts):,}, embedded "
            f"{sum(int(link.sum()) for link in links):,}, at a verbatim share of {SHARE} or more "
            f"{sum(int(link.sum()) for link in much):,}"
        )
    for name in asked:
        if name in GROUPS:
            shown = common.table(HEAD, search_rows(GROUPS[name], parts, texts, posts))
        elif name == "scripts":
            shown = scripts(options.size // 4)
        elif name == "fillings":
            shown = fillings(frame)
        else:
            shown = {"min_embedded": min_embedded, "min_length": min_length}[name](frame, slices, posts)
        print(f"\n{name}; {common.circumstances()}\n{shown}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
