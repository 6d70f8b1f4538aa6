"""Running sums over sliding windows: posts lined up by cluster and time, and what every window holds of them.

Posts are sorted by (cluster, time); `reach` is, for each, the first post of its cluster within the window
before it, so that post k stands in the windows that start at posts reach[k]..k.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echodetect.equal import changes

__all__ = [
    "before",
    "by_author",
    "changes",
    "crowds",
    "line_up",
    "opened",
    "peaks",
    "previous",
    "repeated",
    "stable_order",
    "window_max",
    "window_sum",
]

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_MOST = int(np.iinfo(np.int64).max)


def line_up(cluster: Ints, time: Ints, window: int) -> tuple[Ints, Ints]:
    """Return the order by (cluster, time), cluster ascending, and in that order each post's reach."""
    begin = np.flatnonzero(changes(cluster))
    least, last = np.minimum.reduceat(time, begin), np.maximum.reduceat(time, begin)
    window = min(window, int((last - least).max(initial=0)))
    room = last - least + window + 1  # end to end and a window apart, the clusters share one axis
    key = time + np.repeat(np.cumsum(room) - room - least, np.diff(begin, append=time.size))
    order = stable_order(key, int(room.sum()))
    key = key[order]
    # Merging two sorted runs is twice as fast as searching: how many keys come before each key - window?
    merged = np.argsort(np.concatenate([key - window, key]), kind="stable")
    return order, np.flatnonzero(merged < key.size) - np.arange(key.size)


def by_author(cluster: Ints, author: Ints) -> tuple[Ints, Flags]:
    """Return the posts by (cluster, author), each author's in order, and flags at each author's first."""
    bound = int(author.max(initial=0)) + 1
    group = cluster * bound + author
    post = stable_order(group, bound * (int(cluster.max(initial=0)) + 1))
    return post, changes(group[post])


def repeated(post: Ints, first: Flags) -> tuple[Ints, Flags]:
    """Keep the authors with several posts."""
    many = ~first
    many[:-1] |= many[1:]
    return post[many], first[many]


def previous(post: Ints, first: Flags) -> Ints:
    """Return the same author's post before each, -1 for the first."""
    return np.where(first, -1, np.roll(post, 1))


def opened(start: Ints) -> Ints:
    """Return, per i, how many starts are at most i; less i, how many of the ranges start[k]..k hold i."""
    return np.cumsum(np.bincount(start, minlength=start.size))


def crowds(reach: Ints, post: Ints, first: Flags, at: Ints) -> Ints:
    """Return how many authors each of the windows that start at posts `at` holds.

    post, first: the authors who repeat. An author counts once: from just after their previous post.
    """
    start = reach.copy()
    start[post] = np.maximum(reach[post], previous(post, first) + 1)
    return opened(start)[at] - at


def peaks(cluster: Ints, author: Ints, time: Ints, window: int) -> Ints:
    """Return the largest number of distinct authors in a window, per cluster, ascending.

    cluster: ascending codes; author: codes from 0; time, window: microseconds. Each shape (n,); the spans of
    the clusters and a window for each add up to less than 2**62.
    """
    order, reach = line_up(cluster, time, window)
    post, first = repeated(*by_author(cluster, author[order]))
    at = np.flatnonzero(changes(opened(reach)))
    crowd = crowds(reach, post, first, at)
    most: Ints = np.maximum.reduceat(crowd, np.flatnonzero(changes(cluster[at])))
    return most


def window_sum(reach: Ints, post: Ints, first: Flags, weight: Ints) -> Ints:
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


def window_max(value: Ints, at: Ints, end: Ints) -> Ints:
    """Return max(value[at:end]) for each window, as the larger of two overlapping powers of two."""
    result = value[at]
    power = np.frexp(end - at)[1] - 1
    for j in range(1, int(power.max(initial=0)) + 1):
        half = 1 << (j - 1)
        value = np.maximum(value[:-half], value[half:])  # now over 2**j entries
        these = np.flatnonzero(power == j)
        result[these] = np.maximum(value[at[these]], value[end[these] - 2 * half])
    return result


def before(cluster: Ints, time: Ints, reach: Ints, end: Ints, post: Ints, first: Flags) -> Ints:
    """Return, per post, the number of other authors from its reach up to the last strictly earlier time."""
    n = time.size
    new = changes(cluster) | changes(time)
    ties = np.append(np.flatnonzero(new), n)
    run = np.cumsum(new) - 1
    count: Ints = ties[run] - reach
    if post.size:
        # Of two posts of one author that both lie in the range, the later is taken away ...
        prior = previous(post, first)
        low, high = ties[run[post] + 1], end[prior]  # high means nothing where first
        both = ~first & (low < high)
        step = np.bincount(low[both], minlength=n) - np.bincount(high[both], minlength=n + 1)[:n]
        count -= np.cumsum(step)
        # ... and so is the post's own author.
        fresh = first | changes(run[post])
        own = prior[np.maximum.accumulate(np.where(fresh, np.arange(post.size), 0))]
        count[post] -= own >= reach[post]
    return count


def stable_order(key: Ints, bound: int) -> Ints:
    """Return the stable order by key, 0..bound-1; where they fit one number, key and row sort fastest."""
    row, bits = np.arange(key.size), key.size.bit_length()
    if (key[1:] >= key[:-1]).all():
        return row
    if bound << bits > _MOST:
        return np.argsort(key, kind="stable")
    packed = (key << bits) | row
    packed.sort()
    return packed & ((1 << bits) - 1)
