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

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echodetect.arrays import checked_shares, coded, microseconds
from echodetect.audience import Audience, measure_audience
from echodetect.errors import ParameterError, check_window

__all__ = ["NAT", "measure", "saturation"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NAT = int(np.iinfo(np.int64).min)  # an unknown time: numpy's NaT, viewed as int64
_MOST = int(np.iinfo(np.int64).max)
_BLOCK = 1 << 15  # posts worked on at once, so that every array stays in cache
_TIMES = ("first_seen", "last_seen", "peak_start")
_COUNTS = ("authors", "self_repeats", "first_seen", "last_seen", "peak", "peak_start")
_FIGURES = ("effective_repeats", "saturation", "saturation_low", "saturation_high")


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
        The share of each post that is the ready-made message, 0..1. All 1 where not given.
    window : str, timedelta or timedelta64
        How long a contact remembers, W. Two posts exactly W apart still share a window.
    audience : Audience, optional
        Who follows the authors: adds the columns of `audience.FIGURES` (docs/saturation.md).

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
        dates of the years 1 to 9999, verbatim outside 0..1, or a window that is no length of time.

    Examples
    --------
    >>> minutes = np.datetime64("2025-03-03T09:00") + np.arange(0, 50, 10).astype("timedelta64[m]")
    >>> result = saturation([7] * 5, ["ann", "bob", "cy", "dee", "eve"], minutes)
    >>> float(result["effective_repeats"][0]), float(result["saturation"][0])
    (5.0, 0.8)
    """
    width = check_window(window)
    names, labels = coded(cluster, "cluster")
    n = labels.size
    people, authors = coded([] if author is None else author, "author")
    columns: list[Any] = [
        np.full(n, -1) if author is None else authors,
        np.full(n, NAT) if time is None else microseconds(time),
        np.ones(n) if verbatim is None else checked_shares(verbatim),
    ]
    for name, column in zip(("author", "time", "verbatim"), columns, strict=True):
        if column.size != n:
            allowed = f"as long as cluster, {n} entries"
            raise ParameterError(name, f"{column.size} entries", allowed, "pass an entry per post")
    if n and labels.min() < 0:
        inside = labels >= 0
        labels, columns = labels[inside], [column[inside] for column in columns]
    authors, times, shares = columns
    result = measure(labels, authors, times, shares, width, names.size)
    del result["repeats_before"]
    if not np.isnan(result["authors"]).any():
        result |= {name: result[name].astype(np.int64) for name in ("authors", "self_repeats")}
    result |= {name: result[name].view("datetime64[us]") for name in _TIMES}
    if audience is not None:
        sure = labels, authors, times, shares, width, result["saturation_high"]
        result |= measure_audience(audience, people.tolist(), *sure).clusters
    return {"cluster": names, **result}


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
        order = _order(cluster, k)
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
    for low, high in pairwise([*np.flatnonzero(_changes(load)).tolist(), start.size]):
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
    order, reach = _line_up(c, time[sure] if partly else time, window)
    use = np.flatnonzero(sure)[order] if partly else order
    t, w = time[use], weight[use]
    post, first = _by_author(c, author[use])

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
    post, first = _repeated(post, first)
    end = _opened(reach)  # the window that starts at post i holds i..end[i] - 1
    at = np.flatnonzero(_changes(end))  # the windows that are no part of an earlier one
    begin = np.flatnonzero(_changes(c[at]))
    seen = c[at[begin]]
    excess = _sum(reach, post, first, w)[at] - _window_max(w, at, end[at])
    f[seen] = 1 + np.maximum.reduceat(excess, begin) / scale[seen]
    start = reach.copy()  # an author counts once: from just after the author's previous post
    start[post] = np.maximum(reach[post], _previous(post, first) + 1)
    crowd = _opened(start)[at] - at
    peak[seen] = np.maximum.reduceat(crowd, begin)
    top = at[crowd == peak[c[at]]]
    peak_start[c[top][::-1]] = t[top][::-1]  # the earliest is written last
    before = np.full(cluster.size, -1)
    before[use] = _before(c, t, reach, end, post, first)
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
        "repeats_before": before,
    }


def _upper(cluster: Ints, author: Ints, time: Ints, weight: Ints, k: int, window: int) -> tuple[Ints, Ints]:
    """Return f - 1 in fixed point, at most, and the number of known authors, per cluster.

    Posts without a time count in every window. An author counts with the larger of u_a, the largest share of
    those, and v_a: sum_a max(u_a, v_a) = sum_a u_a + sum_a max(0, v_a - u_a), the same running sum again.
    """
    alone = int(author.max()) + 1 + np.arange(author.size)  # a timeline of its own for each unknown
    line = np.where(author < 0, alone, author)
    post, first = _by_author(cluster, line)
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
    order, reach = _line_up(c, time[timed], window)
    use = np.flatnonzero(timed)[order]
    post, first = _repeated(*_by_author(c, line[use]))
    end = _opened(reach)
    at = np.flatnonzero(_changes(end))
    total = always[c[at]] + _sum(reach, post, first, gain[use])[at]
    excess = total - np.maximum(largest[c[at]], _window_max(weight[use], at, end[at]))
    most = always - largest
    np.maximum.at(most, c[at], excess)
    return most, authors


def _line_up(cluster: Ints, time: Ints, window: int) -> tuple[Ints, Ints]:
    """Return the order by (cluster, time), cluster ascending, and in that order each post's reach."""
    begin = np.flatnonzero(_changes(cluster))
    least, last = np.minimum.reduceat(time, begin), np.maximum.reduceat(time, begin)
    window = min(window, int((last - least).max(initial=0)))
    room = last - least + window + 1  # end to end and a window apart, the clusters share one axis
    key = time + np.repeat(np.cumsum(room) - room - least, np.diff(begin, append=time.size))
    order = _order(key, int(room.sum()))
    key = key[order]
    # Merging two sorted runs is twice as fast as searching: how many keys come before each key - window?
    merged = np.argsort(np.concatenate([key - window, key]), kind="stable")
    return order, np.flatnonzero(merged < key.size) - np.arange(key.size)


def _by_author(cluster: Ints, author: Ints) -> tuple[Ints, Flags]:
    """Return the posts by (cluster, author), each author's in order, and flags at each author's first."""
    bound = int(author.max(initial=0)) + 1
    group = cluster * bound + author
    post = _order(group, bound * (int(cluster.max(initial=0)) + 1))
    return post, _changes(group[post])


def _repeated(post: Ints, first: Flags) -> tuple[Ints, Flags]:
    """Keep the authors with several posts."""
    many = ~first
    many[:-1] |= many[1:]
    return post[many], first[many]


def _previous(post: Ints, first: Flags) -> Ints:
    """Return the same author's post before each, -1 for the first."""
    return np.where(first, -1, np.roll(post, 1))


def _opened(start: Ints) -> Ints:
    """Return, per i, how many starts are at most i; less i, how many of the ranges start[k]..k hold i."""
    return np.cumsum(np.bincount(start, minlength=start.size))


def _sum(reach: Ints, post: Ints, first: Flags, weight: Ints) -> Ints:
    """Return sum_a v_a for the window that starts at each post; post, first: the authors who repeat."""
    n = reach.size
    start, stop = reach.copy(), np.arange(1, n + 1)
    if post.size:
        # A post is its author's largest where the window holds no earlier one at least as large and no later
        # larger one. Where it never is, its weight is added and taken away at the same place.
        earlier, later = _larger(weight[post], first)
        start[post] = np.maximum(reach[post], np.append(post, -1)[earlier] + 1)
        stop[post] = np.minimum(post + 1, np.append(reach[post], n)[later])
        np.minimum(start, stop, out=start)
    step = np.zeros(n + 1, np.int64)
    np.add.at(step, start, weight)
    np.subtract.at(step, stop, weight)
    return np.cumsum(step[:n])


def _larger(value: Ints, first: Flags) -> tuple[Ints, Ints]:
    """Return the nearest earlier entry >= and the nearest later entry > each, within groups; -1 for none."""
    place = np.arange(value.size) + np.cumsum(first)
    wall = np.full(int(place[-1]) + 2, _MOST)  # it stands before every group and after the last
    wall[place] = value
    entry = np.full(wall.size, -1)
    entry[place] = np.arange(value.size)
    longest = int(np.diff(np.flatnonzero(first), append=value.size).max())
    earlier = _skip(wall, longest, np.less)
    later = wall.size - 1 - _skip(wall[::-1], longest, np.less_equal)[::-1]
    return entry[earlier[place]], entry[later[place]]


def _skip(value: Ints, longest: int, below: np.ufunc) -> Ints:
    """Return the nearest earlier entry that is not below each, at most `longest` away, by halving leaps."""
    leaps = [value]  # leaps[j][i] = max(value[i : i + 2**j])
    while 1 << len(leaps) <= longest:
        half = 1 << (len(leaps) - 1)
        leaps.append(np.maximum(leaps[-1][:-half], leaps[-1][half:]))
    at = np.arange(value.size) - 1
    for j in reversed(range(len(leaps))):
        ahead = leaps[j][np.maximum(at + 1 - (1 << j), 0)]
        at -= below(ahead, value).astype(np.int64) << j
    return np.maximum(at, 0)


def _window_max(value: Ints, at: Ints, end: Ints) -> Ints:
    """Return max(value[at:end]) for each window, as the larger of two overlapping powers of two."""
    result = value[at]
    power = np.frexp(end - at)[1] - 1
    for j in range(1, int(power.max(initial=0)) + 1):
        half = 1 << (j - 1)
        value = np.maximum(value[:-half], value[half:])  # now over 2**j entries
        these = np.flatnonzero(power == j)
        result[these] = np.maximum(value[at[these]], value[end[these] - 2 * half])
    return result


def _before(cluster: Ints, time: Ints, reach: Ints, end: Ints, post: Ints, first: Flags) -> Ints:
    """Return, per post, the number of other authors from its reach up to the last strictly earlier time."""
    n = time.size
    new = _changes(cluster) | _changes(time)
    ties = np.append(np.flatnonzero(new), n)
    run = np.cumsum(new) - 1
    count: Ints = ties[run] - reach
    if post.size:
        # Of two posts of one author that both lie in the range, the later is taken away ...
        previous = _previous(post, first)
        low, high = ties[run[post] + 1], end[previous]  # high means nothing where first
        both = ~first & (low < high)
        step = np.bincount(low[both], minlength=n) - np.bincount(high[both], minlength=n + 1)[:n]
        count -= np.cumsum(step)
        # ... and so is the post's own author.
        fresh = first | _changes(run[post])
        own = previous[np.maximum.accumulate(np.where(fresh, np.arange(post.size), 0))]
        count[post] -= own >= reach[post]
    return count


def _changes(values: NDArray[Any]) -> Flags:
    """Return True where an entry differs from the one before it, and at the first."""
    flags = np.ones(values.size, np.bool_)
    np.not_equal(values[1:], values[:-1], out=flags[1:])
    return flags


def _order(key: Ints, bound: int) -> Ints:
    """Return the stable order by key, 0..bound-1; where they fit one number, key and row sort fastest."""
    row, bits = np.arange(key.size), key.size.bit_length()
    if (key[1:] >= key[:-1]).all():
        return row
    if bound << bits > _MOST:
        return np.argsort(key, kind="stable")
    packed = (key << bits) | row
    packed.sort()
    return packed & ((1 << bits) - 1)
