"""Would a peak come about without orchestration? A permutation test with times shuffled within authors.

Every author keeps their posts and their moments of posting, day and night, busy weeks and holidays, but which
post stands at which moment is drawn anew. What is left of a cluster's peak is what people who merely post
as often and at such hours would show. With B permutations

    p = (1 + #{peak* >= peak}) / (1 + B)

as in Davison & Hinkley 1997, "Bootstrap Methods and their Application", chapter 4; the 1 counts what was
seen among what may be, so that p is never 0 and the test keeps its level (Phipson & Smyth 2010, "Permutation
P-values Should Never Be Zero", Statistical Applications in Genetics and Molecular Biology 9(1)).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echodetect.corpus import Corpus
from echodetect.frames import UNKNOWN_TIME, Column
from echodetect.scores import Scores
from echodetect.windows import changes, peaks

__all__ = ["chance"]

_Index = NDArray[np.int64]
_BLOCK = 1 << 15  # posts worked on at once, so that every array stays in cache


def chance(corpus: Corpus, scores: Scores, permutations: int, seed: int) -> dict[str, NDArray[Any] | Column]:
    """Columns cluster, peak, expected_peak and probability, the last three for every window."""
    columns = corpus.columns
    author = columns.timeline
    sure = np.flatnonzero((author >= 0) & (columns.time != UNKNOWN_TIME))
    echoing = np.zeros(len(columns.author_names) + 1, np.bool_)
    echoing[author[scores.labels >= 0]] = True
    sure = sure[echoing[author[sure]]]  # other people's times change nothing
    # Who posts and where, and when they post, each author's in a stretch of its own: both in an order that
    # the order of rows has no part in.
    slot = sure[np.lexsort((scores.labels[sure], author[sure]))]
    time = columns.time[sure[np.lexsort((columns.time[sure], author[sure]))]]
    who, where = author[slot], scores.labels[slot]
    inside = np.flatnonzero(where >= 0)
    inside = inside[np.argsort(where[inside], kind="stable")]
    seen, cluster = np.unique(where[inside], return_inverse=True)

    k = scores.representatives.size
    result: dict[str, NDArray[Any] | Column] = {"cluster": np.arange(k)}
    reached = {suffix: np.zeros(seen.size, np.int64) for suffix in scores.windows}
    total = {suffix: np.zeros(seen.size, np.int64) for suffix in scores.windows}
    observed = {suffix: _peak(scores, suffix) for suffix in scores.windows}
    rng = np.random.Generator(np.random.PCG64(seed))
    for _ in range(permutations if seen.size else 0):
        moment = time[_shuffled(who, rng)[inside]]
        for suffix, window in scores.windows.items():
            drawn = _peaks(cluster, who[inside], moment, window)
            reached[suffix] += drawn >= observed[suffix].values[seen]
            total[suffix] += drawn
    for suffix in scores.windows:
        known = observed[suffix].valid
        p, expected = np.ones(k), np.ones(k)  # a timeline alone has a peak of 1 at whatever times
        p[seen] = (1 + reached[suffix]) / (1 + permutations)
        expected[seen] = total[suffix] / permutations
        result[f"peak{suffix}"] = observed[suffix]
        result[f"expected_peak{suffix}"] = Column(expected, known)
        result[f"probability{suffix}"] = Column(p, known)
    return result


def _peak(scores: Scores, suffix: str) -> Column:
    column = scores.clusters[f"peak{suffix}"]
    assert isinstance(column, Column)
    return column


def _shuffled(author: _Index, rng: np.random.Generator) -> _Index:
    """A place for each entry, drawn anew among those of its author; author: ascending codes, int64 (n,)."""
    n, bits = author.size, author.size.bit_length()
    room = min(32, 63 - bits - int(author[-1]).bit_length())
    key = rng.integers(0, 1 << room, n)  # of two equal ones, a rare thing, the first stays first
    packed = (((author << room) | key) << bits) | np.arange(n)
    packed.sort()  # several times faster than an argsort
    return packed & ((1 << bits) - 1)


def _peaks(cluster: _Index, author: _Index, time: _Index, window: int) -> _Index:
    """`windows.peaks` in blocks of clusters that fit the cache and one axis of time."""
    span = int(time.max()) - int(time.min())
    axis = max(1, (1 << 61) // (span + min(window, span) + 1))  # clusters that fit one axis
    first = np.flatnonzero(changes(cluster))
    starts = first[changes(first // _BLOCK) | changes(np.arange(first.size) // axis)]
    parts = [
        peaks(cluster[low:high] - cluster[low], author[low:high], time[low:high], window)
        for low, high in pairwise([*starts.tolist(), cluster.size])
    ]
    return np.concatenate(parts)
