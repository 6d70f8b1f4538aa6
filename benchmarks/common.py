"""What the benchmarks share: data, exact pairs, figures of a clustering, tables."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Indel, LCSseq
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

import echodetect
from echodetect.candidates import Search, find
from echodetect.clusters import stars
from echodetect.forms import cut_forms
from echodetect.text import words
from echodetect.verify import Edges, Verifier, embedded_share

Index = NDArray[np.int64]

REAL = Path(__file__).resolve().parents[2] / "shared/data/timelines-2015h2.parquet"
MIN_LENGTH, MIN_EMBEDDED = 20, 30  # the defaults of echodetect.detect
VERBATIM = 0.97  # share that a text of less than 4 / 3 of MIN_EMBEDDED characters needs to be embedded
_TINY = 1e-9


def load(
    path: str | None, *, text: str = "text", author: str = "author", time: str = "posted_at"
) -> pl.DataFrame:
    """Columns text, author, posted_at: of the file; else of the real posts; else of generated ones."""
    if path is None and not REAL.exists():
        print("no data: echodetect.simulate(100_000, seed=0)")
        return echodetect.simulate(100_000, seed=0, backend="polars").select("text", "author", "posted_at")
    frame = pl.read_parquet(path or REAL, columns=[text, author, time])
    return frame.rename({text: "text", author: "author", time: "posted_at"}, strict=False)


def offsets(rows: int, count: int, size: int, seed: int) -> list[int]:
    """First rows of `count` slices that do not overlap, ascending."""
    blocks = rows // size
    if blocks == 0:
        return [0]
    rng = np.random.Generator(np.random.PCG64(seed))
    chosen = np.sort(rng.choice(blocks, size=min(count, blocks), replace=False))
    return (chosen * size + rng.integers(0, rows - blocks * size + 1)).tolist()


def before_filter(texts: Sequence[str], search: Search | None = None) -> int:
    """How many pairs the search finds before any bitmaps are looked at, each counted once."""
    return int(find(texts, replace(search or Search(), containment=0.0), workers=2).left.size)


# --- exact pairs -------------------------------------------------------------------------------------------


def near_pairs(texts: Sequence[str], similarity: float) -> Index:
    """All pairs of texts that are near, int64 (2, pairs), first < second: every one is compared.

    A pair is skipped only where the lengths rule it out: the score is at most 2 * shorter / (both lengths).
    """
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    order = np.argsort(lengths, kind="stable")
    ranked, lengths = [texts[i] for i in order.tolist()], lengths[order]
    found, step = [np.empty((2, 0), dtype=np.int64)], 1000
    for start in range(0, len(ranked), step):
        longest = lengths[min(start + step, len(ranked)) - 1]
        stop = int(np.searchsorted(lengths, longest * (2 - similarity) / similarity + 1, side="right"))
        scores = process.cdist(
            ranked[start : start + step],
            ranked[start:stop],
            scorer=Indel.normalized_similarity,
            score_cutoff=similarity - _TINY,
            dtype=np.float32,
            workers=-1,
        )
        one, other = np.nonzero(scores)
        found.append(np.stack([one, other])[:, other > one] + start)
    return np.sort(order[np.concatenate(found, axis=1)], axis=0)


def embedded_pairs(
    texts: Sequence[str],
    similarity: float,
    near: Index,
    min_embedded: int = MIN_EMBEDDED,
    *,
    graded: bool = True,
) -> Index:
    """All pairs of which the shorter text stands in a stretch of the longer, those of `near` left out.

    graded: whether texts not much longer than `min_embedded` have to stand there verbatim (`needed`).

    The stretch holds no more of the shorter text than the whole longer one, whose LCS is cheap to have for
    all pairs; what is left after that is looked at one by one.
    """
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    order = np.argsort(lengths, kind="stable")
    order = order[lengths[order] >= min_embedded]
    ranked, lengths = [texts[i] for i in order.tolist()], lengths[order]
    least = np.ceil(similarity * lengths - _TINY).astype(np.int64)
    known = np.sort(near[0] * len(texts) + near[1])
    found, step = [np.empty((2, 0), dtype=np.int64)], 500
    for start in range(0, len(ranked), step):
        common = process.cdist(
            ranked[start : start + step],
            ranked[start:],
            scorer=LCSseq.similarity,
            score_cutoff=int(least[start]),
            dtype=np.int32,
            workers=-1,
        )
        one, other = np.nonzero(common >= least[start : start + step, None])
        one, other = one[other > one] + start, other[other > one] + start
        pairs = np.sort(np.stack([order[one], order[other]]), axis=0)
        fresh = ~np.isin(pairs[0] * len(texts) + pairs[1], known)
        one, other, pairs = one[fresh], other[fresh], pairs[:, fresh]
        ratios = process.cpdist(
            [ranked[i] for i in one.tolist()],
            [ranked[i] for i in other.tolist()],
            scorer=fuzz.partial_ratio,
            score_cutoff=100 * similarity - 1e-6,
            dtype=np.float64,
            workers=-1,
        )
        hits = [
            at
            for at in np.flatnonzero(ratios).tolist()
            if embedded_share(ranked[one[at]], ranked[other[at]], similarity)
            >= (needed(len(ranked[one[at]]), similarity, min_embedded) if graded else similarity - _TINY)
        ]
        found.append(pairs[:, hits])
    return np.concatenate(found, axis=1)


def needed(size: int, similarity: float, min_embedded: int = MIN_EMBEDDED) -> float:
    """The share of a text of so many characters that has to be found for it to be embedded."""
    return (max(similarity, VERBATIM) if 3 * size < 4 * min_embedded else similarity) - _TINY


def is_near(one: str, other: str, similarity: float) -> bool:
    return Indel.normalized_similarity(one, other) >= similarity - _TINY


def is_embedded(one: str, other: str, similarity: float) -> bool:
    return stretch_share(one, other) >= needed(min(len(one), len(other)), similarity)


def stretch_share(one: str, other: str, min_embedded: int = MIN_EMBEDDED) -> float:
    """The embedded score by looking at every stretch: slow, and owing nothing to the library.

    0.0 where the shorter text is too short to embed.
    """
    shorter, longer = sorted((one, other), key=len)
    size = len(shorter)
    if size < min_embedded:
        return 0.0
    starts = range(len(longer) - size + 1)
    return max(LCSseq.similarity(shorter, longer[start : start + size]) for start in starts) / size


def verbatim_share(one: str, other: str) -> float:
    """Words of the shorter folded text over those of the longer; 0..1."""
    shorter, longer = sorted((one, other), key=len)
    return min(len(words(shorter)) / max(len(words(longer)), 1), 1.0)


def edges_of(texts: Sequence[str], pairs: Index, similarity: float, embedded: bool) -> Edges:
    """The pairs that are links, with their scores, as the library keeps them."""
    return verifier(texts, similarity, embedded).edges(pairs[0], pairs[1])


def verifier(
    texts: Sequence[str], similarity: float, embedded: bool, min_embedded: int = MIN_EMBEDDED
) -> Verifier:
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    return Verifier(texts, lengths, similarity, embedded, min_embedded, 2)


def star_clusters(
    texts: Sequence[str],
    text_of: Index,
    author: Index,
    edges: Edges,
    similarity: float,
    embedded: bool,
    preference: Index | None = None,
    cut: np.ndarray | None = None,
) -> Index:
    """Each text's representative after the library's own splitting; int64 (texts,).

    text_of: each post's text, -1 for none; author: each post's author as a number. preference: which of
    equally central texts represents; the shorter one by default. cut: which texts are truncated copies.
    """
    verify = verifier(texts, similarity, embedded).edges
    if preference is None:
        preference = -np.array([len(text) for text in texts], dtype=np.int64)
    rows = text_of >= 0
    posts = np.bincount(text_of[rows], minlength=len(texts))
    representative, more = stars(posts, edges, verify, preference, cut)
    links = edges.joined(more)
    return cut_forms(texts, representative, text_of[rows], author[rows], links, verify, preference)[0]


def labels_of(representative: Index, text_of: Index, least: int = 2) -> Index:
    """Each post's cluster, -1 for one of fewer than `least` posts and for posts without a text."""
    star = np.where(text_of >= 0, representative[text_of] if representative.size else -1, -1)
    posts = np.bincount(star[star >= 0], minlength=max(representative.size, 1))
    return np.where((star >= 0) & (posts[star] >= least), star, -1)


# --- figures -----------------------------------------------------------------------------------------------


def components(count: int, left: Index, right: Index) -> Index:
    """Each node's connected component; int64 (count,)."""
    graph = coo_array((np.ones(left.size, dtype=np.int8), (left, right)), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def alone(labels: Iterable[Any]) -> Index:
    """Labels as numbers; each -1 or None becomes a group of its own."""
    number: dict[Any, int] = {}
    values = [
        number.setdefault(("alone", at) if label is None or label == -1 else label, len(number))
        for at, label in enumerate(labels)
    ]
    return np.array(values, dtype=np.int64)


def _together(one: Index, other: Index) -> tuple[Index, Index, Index, Index]:
    """Sizes of the groups of each side, and of each post's shared group; inputs from `alone`."""
    cell = one * (int(other.max(initial=0)) + 1) + other
    _, back, shared = np.unique(cell, return_inverse=True, return_counts=True)
    return np.bincount(one), np.bincount(other), shared, back


def _pairs(sizes: Index) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def pairwise(found: Index, truth: Index) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs of posts."""
    ours, theirs, both, _ = _together(found, truth)
    return _f1(_pairs(both) / max(_pairs(ours), 1), _pairs(both) / max(_pairs(theirs), 1))


def b_cubed(found: Index, truth: Index) -> tuple[float, float, float]:
    """Precision, recall and F1 over posts (Bagga and Baldwin 1998)."""
    ours, theirs, both, back = _together(found, truth)
    shared = both[back]
    return _f1(float((shared / ours[found]).mean()), float((shared / theirs[truth]).mean()))


def adjusted_rand(found: Index, truth: Index) -> float:
    """Hubert and Arabie (1985), equation 5."""
    ours, theirs, both, _ = _together(found, truth)
    one, other, total = _pairs(ours), _pairs(theirs), found.size * (found.size - 1) / 2
    chance = one * other / max(total, 1)
    most = (one + other) / 2
    return 1.0 if most == chance else (_pairs(both) - chance) / (most - chance)


def _f1(precision: float, recall: float) -> tuple[float, float, float]:
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12)


# --- tables ------------------------------------------------------------------------------------------------


def circumstances() -> str:
    """What a table of timings should say beside it: the day and how busy the machine was."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return f"{datetime.date.today().isoformat()}, load average {load}"


def show(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) <= 1 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Plain text, first column to the left."""
    lines = [list(head), *([show(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
