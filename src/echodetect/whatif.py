"""What if the posts had been others: fewer, further apart, or with more words of their authors' own."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echodetect.corpus import Corpus
from echodetect.cover import Cover, greedy
from echodetect.errors import ParameterError
from echodetect.exposure import WINDOWED, measure_audience
from echodetect.frames import UNKNOWN_TIME, Column
from echodetect.posts import LATEST, Posts, gather, named, nullable, stretches, take, word_counts
from echodetect.saturation import measure, measure_windows
from echodetect.scores import Scores
from echodetect.windows import changes

__all__ = ["changed", "one_post"]

_Index = NDArray[np.int64]
_Columns = dict[str, NDArray[Any] | Column]
_MOST = 1 << 21  # posts scored at once


def changed(corpus: Corpus, scores: Scores, gap: int | None, own_words: int) -> _Columns:
    """Columns of clusters as they are and, with `_then`, as they would be.

    gap: no two posts of a cluster closer than this, microseconds. own_words: words that everyone adds.
    """
    posts = gather(corpus, scores)
    time = posts.time if gap is None else _spaced(posts, gap)
    verbatim = posts.verbatim
    if own_words:
        length = word_counts(corpus, posts.text)
        verbatim = verbatim * (length / (length + own_words))
    k, windows = scores.representatives.size, scores.windows
    then = measure_windows(posts.cluster, posts.author, time, verbatim, windows, k)
    names = ["effective_repeats", "saturation"]
    figures: dict[str, NDArray[Any]] = dict(then)
    if scores.audience is not None:
        high = {suffix: then[f"saturation_high{suffix}"] for suffix in windows}
        line = posts.cluster, posts.author, time, verbatim
        seen = measure_audience(scores.audience, corpus.columns.author_names, *line, windows, high)
        figures |= seen.clusters
        names += WINDOWED[:2]
    moved = np.bincount(posts.cluster[time != posts.time], minlength=k)
    columns: _Columns = {"cluster": np.arange(k), "posts_moved": moved}
    for name in [name + suffix for suffix in windows for name in names]:
        columns |= {name: scores.clusters[name], f"{name}_then": nullable(figures[name])}
    return columns


def _spaced(posts: Posts, gap: int) -> _Index:
    """Times at which no post follows the one before it, of its cluster, by less than a gap; none earlier."""
    time = posts.time.copy()
    for low, high in stretches(posts.cluster):
        low += int(np.count_nonzero(time[low:high] == UNKNOWN_TIME))  # they come first
        if high - low > 1:
            if int(time[high - 1]) + gap * (high - low) > LATEST:
                allowed = "short enough to keep all posts before the year 10000"
                raise ParameterError("gap", f"{gap} microseconds", allowed, "pass a shorter one")
            step = gap * np.arange(high - low)
            time[low:high] = np.maximum.accumulate(time[low:high] - step) + step
    return time


def one_post(corpus: Corpus, scores: Scores) -> _Columns:
    """Columns of a row per cluster and author: what the cluster is without them, and who should have posted.

    Sorted by cluster and rank; without ranks, those first whose absence changes most.
    """
    posts = gather(corpus, scores)
    known = np.flatnonzero(posts.author >= 0)
    span = int(posts.author.max(initial=0)) + 1
    pair, count = np.unique(posts.cluster[known] * span + posts.author[known], return_counts=True)
    owner, author = np.divmod(pair, span)
    without = _without(posts, owner, author, scores.windows[""])
    saturation = scores.clusters["saturation"]
    assert isinstance(saturation, Column)
    now = np.where(saturation.valid[owner], saturation.values[owner], np.nan)
    columns: _Columns = {
        "cluster": owner,
        "author": named(corpus, author),
        "posts": count,
        "saturation": nullable(now),
        "saturation_without": nullable(without),
    }
    order = np.lexsort((author, without, owner))
    if scores.audience is not None:
        place = scores.audience.places(corpus.columns.author_names)[author]
        followers, new = np.full(owner.size, np.nan), np.full(owner.size, np.nan)
        followers[place >= 0] = scores.audience.followers[place[place >= 0]]
        rank, cover = np.full(owner.size, -1), Cover(scores.audience)
        for low, high in stretches(owner):
            some = low + np.flatnonzero(place[low:high] >= 0)
            for number, (item, gain) in enumerate(greedy(cover, place[some].tolist())):
                rank[some[item]], new[some[item]] = number + 1, gain
        if not scores.audience.exact:
            new[rank != 1] = np.nan
        columns |= {
            "followers": nullable(followers),
            "rank": Column(rank, rank > 0),
            "new_contacts": nullable(new),
        }
        order = np.lexsort((author, np.where(rank > 0, rank, rank.size + 1), owner))
    return {name: take(column, order) for name, column in columns.items()}


def _without(posts: Posts, owner: _Index, author: _Index, window: int) -> NDArray[np.float64]:
    """Saturation of each cluster without each of its authors, NaN where nothing is left to say."""
    result = np.full(owner.size, np.nan)
    begin = np.searchsorted(posts.cluster, owner)
    size = np.searchsorted(posts.cluster, owner, side="right") - begin
    load = np.cumsum(size) // _MOST
    for low, high in pairwise([*np.flatnonzero(changes(load)).tolist(), owner.size]):
        length = size[low:high]
        case = np.repeat(np.arange(high - low), length)
        at = np.arange(case.size) + np.repeat(begin[low:high] - (np.cumsum(length) - length), length)
        rest = posts.author[at] != author[low:high][case]
        case, at = case[rest], at[rest]
        part = posts.author[at], posts.time[at], posts.verbatim[at]
        result[low:high] = measure(case, *part, window, high - low)["saturation"]
    return result
