"""How densely the posts of a cluster stand in time: windows, effective repeats, saturation.

For a closed window [s, s + W] let v_a be the largest verbatim share of author a inside it. Then

    f     = 1 + max over s of (sum_a v_a - max_a v_a)      effective repeats, in copies
    sigma = 1 - 1/f                                        saturation, 0 <= sigma <= 1 - 1/authors

It is enough to let a window start at each post. With posts sorted by (cluster, time) a post k stands in the
windows that start at posts reach[k]..k, where reach[k] is the first post of its cluster within W before it;
so every figure here is a running sum over the starts of windows. Shares are summed in whole numbers, which
makes the results exact and independent of the order of rows.

Saturation describes redundancy, not harm: repeated exposure first helps a message, then wears it out (Schmidt
& Eisend 2015, "Advertising Repetition: A Meta-Analysis on Effective Frequency in Advertising", Journal of
Advertising 44(4)). The definitions are this library's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echodetect.arrays import checked_shares, coded, microseconds
from echodetect.audience import Audience
from echodetect.equal import told_apart
from echodetect.errors import ParameterError, check_windows
from echodetect.exposure import check_audience, measure_audience
from echodetect.windows import (
    before,
    by_author,
    changes,
    crowds,
    line_up,
    opened,
    repeated,
    stable_order,
    window_max,
    window_sum,
)

__all__ = ["NAT", "WINDOWED", "measure", "measure_windows", "saturation"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NAT = int(np.iinfo(np.int64).min)  # an unknown time: numpy's NaT, viewed as int64
_MOST = int(np.iinfo(np.int64).max)
_BLOCK = 1 << 15  # posts worked on at once, so that every array stays in cache
_TIMES = ("first_seen", "last_seen", "peak_start")
_COUNTS = ("authors", "self_repeats", "first_seen", "last_seen", "peak", "peak_start")
_FIGURES = ("effective_repeats", "saturation", "saturation_low", "saturation_high")
WINDOWED = ("peak", "peak_start", *_FIGURES)
"""The figures that depend on the window."""


def saturation(
    cluster: ArrayLike,
    author: ArrayLike | None,
    time: ArrayLike | None,
    verbatim: ArrayLike | None = None,
    window: Any = "1h",
    audience: Audience | None = None,
) -> dict[str, NDArray[Any]]:
    """Score clusters of posts that you bring yourself: how saturated is a contact who follows everyone.

    Parameters
    ----------
    cluster : array-like, shape (n,)
        Each post's cluster: numbers or strings. -1, None and NaN stand outside every cluster.
    author : array-like, shape (n,), or None
        Each post's author: numbers or strings; None and NaN are unknown authors.
    time : array-like of datetime64 or datetime, shape (n,), or None
        When each post appeared, UTC, any unit, counted in microseconds; NaT and None are unknown times.
    verbatim : array-like of float, shape (n,), optional
        The share of each post that is the ready-made message, 0..1; anything outside every cluster. All 1
        where not given.
    window : str, timedelta or timedelta64, or a list of such
        How long a contact remembers, W. Two posts exactly W apart still share a window. Of several, the
        first gives the names below, every further one the same with its spelling: peak_24h.
    audience : Audience, optional
        Who follows the authors: adds the columns of `exposure.FIGURES` (docs/saturation.md).

    Returns
    -------
    dict of arrays, shape (clusters,), clusters ascending
        cluster (the caller's dtype). posts (int64). authors: distinct known ones, and self_repeats: posts by
        known authors beyond each one's first (int64; if a cluster has no known author, float64 with NaN).
        first_seen, last_seen (datetime64[us], NaT where no time is known). peak: the largest number of
        distinct authors in a window (float64); peak_start: the earliest start of such a window
        (datetime64[us]); effective_repeats: f, 1..authors; saturation: sigma, 0..1 - 1/authors (float64):
        over the posts whose time and author are both known, NaN where there is none and the cluster may have
        two timelines. saturation_low, saturation_high (float64, never NaN): the bounds if posts of unknown
        time may stand at any moment and each post of unknown author may be a timeline of its own.

    Raises
    ------
    ParameterError
        For arrays of unequal length or not one-dimensional, clusters that cannot be sorted, times that are no
        dates of the years 1 to 9999, verbatim outside 0..1, a window that is no length of time, two of the
        same length, or an audience that is none.

    Examples
    --------
    >>> minutes = np.datetime64("2025-03-03T09:00") + np.arange(0, 50, 10).astype("timedelta64[m]")
    >>> result = saturation([7] * 5, ["ann", "bob", "cy", "dee", "eve"], minutes)
    >>> float(result["effective_repeats"][0]), float(result["saturation"][0])
    (5.0, 0.8)
    """
    windows = check_windows(window)
    check_audience(audience)
    names, labels = coded(cluster, "cluster")
    n = labels.size
    people, authors = coded([] if author is None else author, "author")
    columns: list[Any] = [
        np.full(n, -1) if author is None else authors,
        np.full(n, NAT) if time is None else microseconds(time),
        np.ones(n) if verbatim is None else checked_shares(verbatim, labels),
    ]
    for name, column in zip(("author", "time", "verbatim"), columns, strict=True):
        if column.size != n:
            allowed = f"as long as cluster, {n} entries"
            raise ParameterError(name, f"{column.size} entries", allowed, "pass an entry per post")
    if n and labels.min() < 0:
        inside = labels >= 0
        labels, columns = labels[inside], [column[inside] for column in columns]
    authors, times, shares = columns
    result = measure_windows(labels, authors, times, shares, windows, names.size)
    result = {name: values for name, values in result.items() if not name.startswith("repeats_before")}
    if not np.isnan(result["authors"]).any():
        result |= {name: result[name].astype(np.int64) for name in ("authors", "self_repeats")}
    for name in ("first_seen", "last_seen", *(f"peak_start{suffix}" for suffix in windows)):
        result[name] = result[name].view("datetime64[us]")
    if audience is not None:
        high = {suffix: result[f"saturation_high{suffix}"] for suffix in windows}
        posts = labels, authors, times, shares
        result |= measure_audience(audience, people.tolist(), *posts, windows, high).clusters
    return {"cluster": names, **result}


def measure_windows(
    cluster: Ints,
    author: Ints,
    time: Ints,
    verbatim: Floats,
    windows: Mapping[str, int],
    n_clusters: int | None = None,
) -> dict[str, NDArray[Any]]:
    """Score clusters as `measure` does, for several windows: suffix of the columns to microseconds.

    Adds `WINDOWED` and repeats_before with the suffix for every window but the first, which has none.
    """
    result: dict[str, NDArray[Any]] = {}
    for suffix, window in windows.items():
        figures = measure(cluster, author, time, verbatim, window, n_clusters)
        more = {f"{name}{suffix}": figures[name] for name in (*WINDOWED, "repeats_before")}
        result |= more if result else figures
    return result


def measure(
    cluster: Ints, author: Ints, time: Ints, verbatim: Floats, window: int, n_clusters: int | None = None
) -> dict[str, NDArray[Any]]:
    """Score clusters given as codes; rows in any order, those sorted by cluster soonest.

    Parameters
    ----------
    cluster, author : int64, shape (n,)
        Codes: clusters 0..k-1, every post in one; authors below 2**31, -1 where unknown.
    time : int64, shape (n,)
        Microseconds, all within 2**59 of each other, NAT where unknown.
    verbatim : float64, shape (n,)
        0..1.
    window : int
        Microseconds, zero or more.
    n_clusters : int, optional
        k; the largest code and one more where not given.

    Returns
    -------
    dict of arrays
        Shape (k,), as `saturation` describes them: posts (int64); first_seen, last_seen, peak_start (int64
        microseconds, NAT where unknown); authors, self_repeats, peak, effective_repeats, saturation,
        saturation_low, saturation_high (float64, NaN where unknown). A code without posts has 0 posts and all
        else unknown. Shape (n,): repeats_before (int64), the number of other known authors with a post in the
        same cluster in [t - window, t), -1 where the post's own time or author is unknown.
    """
    n = cluster.size
    k = int(cluster.max(initial=-1)) + 1 if n_clusters is None else n_clusters
    result: dict[str, NDArray[Any]] = {"posts": np.bincount(cluster, minlength=k)}
    result |= {name: np.full(k, NAT if name in _TIMES else np.nan) for name in (*_COUNTS, *_FIGURES)}
    result["repeats_before"] = np.full(n, -1, np.int64)

    order = None
    if (cluster[1:] < cluster[:-1]).any():
        order = stable_order(cluster, k)
        time = time[order]
    codes = np.flatnonzero(result["posts"])
    size = result["posts"][codes]
    start = np.cumsum(size) - size
    last = result["last_seen"][codes] = np.maximum.reduceat(time, start)  # NAT is the smallest int64
    first = np.minimum.reduceat(np.where(time == NAT, _MOST, time), start)
    first = result["first_seen"][codes] = np.where(last == NAT, NAT, first)
    window = min(window, int((last - first).max(initial=0)))
    # A block ends with whichever comes first: posts enough, or keys of time (see _line_up) that pass 2**61.
    load = np.cumsum(size / _BLOCK + (last - first + window + 1) / 2.0**61).astype(np.int64)
    for low, high in pairwise([*np.flatnonzero(changes(load)).tolist(), start.size]):
        lines = slice(int(start[low]), int(start[high - 1] + size[high - 1]))
        rows = lines if order is None else order[lines]
        scores = _score(size[low:high], author[rows], time[lines], verbatim[rows], window)
        result["repeats_before"][rows] = scores.pop("repeats_before")
        for name, values in scores.items():
            result[name][codes[low:high]] = values
    return result


def _score(size: Ints, author: Ints, time: Ints, verbatim: Floats, window: int) -> dict[str, NDArray[Any]]:
    """Score a block of clusters, each of size[c] >= 1 adjacent posts, in any order within."""
    k = size.size
    cluster = np.repeat(np.arange(k), size)
    # Fixed point: the largest power of two, up to 2**52, with which a cluster's sum stays below 2**62.
    scale = np.ldexp(1.0, np.minimum(52, 62 - np.frexp(size)[1]))
    weight = np.rint(verbatim * np.repeat(scale, size)).astype(np.int64)
    known = author >= 0
    sure = known & (time != NAT)
    partly = not sure.all()
    c = cluster[sure] if partly else cluster
    order, reach = line_up(c, time[sure] if partly else time, window)
    use = np.flatnonzero(sure)[order] if partly else order
    t, w = time[use], weight[use]
    post, first = by_author(c, author[use])

    authors, most = np.bincount(c[post[first]], minlength=k), np.zeros(k, np.int64)
    by_known = np.add.reduceat(known, np.cumsum(size) - size, dtype=np.int64)
    if partly:
        open_ = np.bincount(cluster[~sure], minlength=k) > 0
        part = open_[cluster]
        highest, named = _upper(cluster[part], author[part], time[part], weight[part], k, window)
        most[open_], authors[open_] = highest[open_], named[open_]

    f, peak, peak_start = np.full(k, np.nan), np.full(k, np.nan), np.full(k, NAT)
    lone = (size == 1) | ((authors == 1) & (by_known == size))  # one timeline, whatever its times
    f[lone] = peak[lone] = 1
    post, first = repeated(post, first)
    end = opened(reach)  # the window that starts at post i holds i..end[i] - 1
    at = np.flatnonzero(changes(end))  # the windows that are no part of an earlier one
    begin = np.flatnonzero(changes(c[at]))
    seen = c[at[begin]]
    excess = window_sum(reach, post, first, w)[at] - window_max(w, at, end[at])
    f[seen] = 1 + np.maximum.reduceat(excess, begin) / scale[seen]
    crowd = crowds(reach, post, first, at)
    peak[seen] = np.maximum.reduceat(crowd, begin)
    top = at[crowd == peak[c[at]]]
    peak_start[c[top][::-1]] = t[top][::-1]  # the earliest is written last
    earlier = np.full(cluster.size, -1)
    earlier[use] = before(c, t, reach, end, post, first)
    low = np.where(np.isnan(f), 1, f)
    return {
        "authors": np.where(authors > 0, authors, np.nan),
        "self_repeats": np.where(authors > 0, by_known - authors, np.nan),
        "peak": peak,
        "peak_start": peak_start,
        "effective_repeats": f,
        "saturation": 1 - 1 / f,
        "saturation_low": 1 - 1 / low,
        "saturation_high": 1 - 1 / np.maximum(low, 1 + most / scale),
        "repeats_before": earlier,
    }


def _upper(cluster: Ints, author: Ints, time: Ints, weight: Ints, k: int, window: int) -> tuple[Ints, Ints]:
    """Return f - 1 in fixed point, at most, and the number of known authors, per cluster.

    Posts without a time count in every window. An author counts with the larger of u_a, the largest share of
    those, and v_a: sum_a max(u_a, v_a) = sum_a u_a + sum_a max(0, v_a - u_a), the same running sum again.
    """
    line = told_apart(author)  # a timeline of its own for each unknown
    post, first = by_author(cluster, line)
    owner = cluster[post[first]]
    timed = time != NAT
    best = np.maximum.reduceat(np.where(timed, 0, weight)[post], np.flatnonzero(first))
    always, largest = np.zeros(k, np.int64), np.zeros(k, np.int64)
    np.add.at(always, owner, best)
    np.maximum.at(largest, owner, best)
    gain = np.empty_like(weight)
    gain[post] = np.maximum(weight[post] - best[np.cumsum(first) - 1], 0)
    authors = np.bincount(owner[author[post[first]] >= 0], minlength=k)

    c = cluster[timed]
    order, reach = line_up(c, time[timed], window)
    use = np.flatnonzero(timed)[order]
    post, first = repeated(*by_author(c, line[use]))
    end = opened(reach)
    at = np.flatnonzero(changes(end))
    total = always[c[at]] + window_sum(reach, post, first, gain[use])[at]
    excess = total - np.maximum(largest[c[at]], window_max(weight[use], at, end[at]))
    most = always - largest
    np.maximum.at(most, c[at], excess)
    return most, authors
