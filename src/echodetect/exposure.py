"""What the contacts of a cluster's authors get to see; the columns are those of docs/saturation.md.

f_u is f of `saturation` over the posts of those authors whom viewer u follows, N1 the number of viewers who
follow any author of the cluster: redundant impressions are sum_u (f_u - 1), audience saturation is
1 - N1 / sum_u f_u. Only who follows two of the authors can have f_u > 1; for these a window slides over the
posts, each of which touches its author's followers a fixed number of times. The definitions are our own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echodetect.audience import Audience
from echodetect.errors import ParameterError
from echodetect.windows import changes

__all__ = [
    "FIGURES",
    "WINDOWED",
    "Exposure",
    "check_audience",
    "measure_audience",
    "ratio",
    "reach_of",
    "unknown_authors",
]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_NAT = int(np.iinfo(np.int64).min)
_SCALE = 1 << 40  # shares are summed in whole numbers of this fineness, which leaves no trace of the order
# fmt: off
WINDOWED = (
    "redundant_impressions", "audience_saturation", "audience_saturation_low", "audience_saturation_high",
)
FIGURES = (
    "authors_unknown", "impressions", "reach", "reach_low", "reach_high", "reach_error", "mean_frequency",
    "repeat_share", *WINDOWED,
)
_LINES = ("cluster", "author", "posts", "followers", "redundant_reach", "redundant_share")
_TIMES = ("cluster", "times", "contacts", "contacts_at_least")
# fmt: on


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """What the audience got to see: columns of float64, NaN where unknown; codes and counts are int64.

    clusters: `FIGURES`, an entry per cluster, and `WINDOWED` again for each further window. timelines, a row
    per cluster and known author: cluster, author, posts, followers, redundant_reach (how many of them follow
    another known author of the cluster) and redundant_share (of followers). exposure: cluster, times (posts
    seen), contacts (who saw so many), contacts_at_least (so many or more), ascending; no rows unless edges
    are known.
    """

    clusters: dict[str, NDArray[Any]]
    timelines: dict[str, NDArray[Any]]
    exposure: dict[str, NDArray[Any]]


def check_audience(audience: object) -> None:
    """Raise ParameterError unless this is an Audience or None."""
    if audience is not None and not isinstance(audience, Audience):
        raise ParameterError("audience", audience, "an Audience or None", "make one with Audience.from_edges")


def unknown_authors(audience: Audience, names: list[Any], author: Ints | None) -> dict[str, int]:
    """Return how many posts are by authors whom the audience does not know, by what to call it; {} for none.

    author: codes of names, -1 where unknown, int64 (n,); None where there is no author column.
    """
    if author is None:
        return {}
    missing = int((np.append(audience.places(names), 0)[author] < 0).sum())
    return {"author not in the audience": missing} if missing else {}


def measure_audience(
    audience: Audience,
    names: list[Any],
    cluster: Ints,
    author: Ints,
    time: Ints,
    verbatim: Floats,
    windows: Mapping[str, int],
    saturation_high: Mapping[str, Floats],
) -> Exposure:
    """Measure what the audience saw of clusters given as codes; the order of rows changes nothing.

    names: each author code's author, to be found in the audience. cluster, author, time, verbatim: as
    `saturation.measure` takes them, shape (n,). windows: suffix of the columns to microseconds, the first ""
    as a rule. saturation_high: for each of them what `measure` says of the clusters, shape (k,).
    """
    check_audience(audience)
    k, span = next(iter(saturation_high.values())).size, len(names) + 1
    place = np.append(audience.places(names), -1)[author]
    missing = np.flatnonzero((author >= 0) & (place < 0))
    missing = np.unique(cluster[missing] * span + author[missing])
    unknown = np.bincount(np.append(missing // span, cluster[author < 0]), minlength=k)
    rows = np.flatnonzero(place >= 0)
    rows = rows[np.lexsort((verbatim[rows], time[rows], place[rows], cluster[rows]))]
    # A pair is a cluster and one of its authors; a pair's posts are adjacent, as are a cluster's pairs.
    first = np.flatnonzero(changes(cluster[rows]) | changes(place[rows]))
    owner, member, posts = cluster[rows][first], place[rows][first], np.diff(first, append=rows.size)
    followers = audience.followers[member]
    total = np.bincount(owner, weights=followers, minlength=k).astype(np.float64)
    authors = np.bincount(owner, minlength=k)
    shared, exposure = np.where(authors[owner] == 1, 0, np.nan), np.zeros((4, 0), np.int64)
    if audience.exact:
        weight = np.rint(verbatim[rows] * _SCALE).astype(np.int64)
        seen = _count(audience, owner, member, posts, time[rows], weight, list(windows.values()), k)
        reach, redundants, highest, shared, exposure = seen
        error, low, high = np.zeros(k), reach.copy(), reach.copy()
        mosts = [ratio(highest_, reach + highest_) for highest_ in highest]
    else:
        reach, error, low, high = reach_of(audience, owner, member, k)
        # An author counts once, so sum_u f_u <= sum_a followers_a; and nobody sees more than all of it.
        mosts = [np.fmin(saturation_high[name], 1 - ratio(low, total)) for name in windows]
        redundants = np.stack(
            [np.where((most == 0) | (total == 0) | (authors == 1), 0, np.nan) for most in mosts]
        )
    impressions = np.bincount(owner, weights=followers * posts, minlength=k).astype(np.float64)
    for figure in (impressions, reach, error, *redundants):
        figure[authors == 0] = np.nan
    high[unknown > 0] = np.nan if audience.universe is None else audience.universe
    repeat_share, frequency = 1 - ratio(reach, impressions), ratio(impressions, reach)
    columns = unknown, impressions, reach, low, high, error, frequency, repeat_share
    clusters: dict[str, NDArray[Any]] = dict(zip(FIGURES, columns, strict=False))
    for name, redundant, most in zip(windows, redundants, mosts, strict=True):
        value = ratio(redundant, reach + redundant)
        least = np.where(unknown > 0, 0, np.nan_to_num(value))
        most = np.where(unknown > 0, saturation_high[name], most)
        least[(unknown == 0) & (total == 0)] = most[(unknown == 0) & (total == 0)] = np.nan
        figures = zip(WINDOWED, (redundant, value, least, most), strict=True)
        clusters |= {figure + name: values for figure, values in figures}
    lines = (owner, author[rows][first], posts, followers, shared, ratio(shared, followers))
    timelines: dict[str, NDArray[Any]] = dict(zip(_LINES, lines, strict=True))
    return Exposure(clusters, timelines, dict(zip(_TIMES, exposure, strict=True)))


def reach_of(audience: Audience, owner: Ints, member: Ints, k: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return reach, its standard error and its bounds per group, from sketches or counts.

    owner: the group of each pair, 0..k-1, ascending; member: its author's place in the audience, each once a
    group.
    """
    followers = audience.followers[member]
    total = np.bincount(owner, weights=followers, minlength=k).astype(np.float64)
    most = np.zeros(k)
    np.maximum.at(most, owner, followers)
    if audience.sketched:
        reach, error = np.zeros(k), np.zeros(k)
        for start, stop in pairwise([*np.flatnonzero(changes(owner)).tolist(), owner.size]):
            reach[owner[start]], error[owner[start]] = audience.merged(member[start:stop])
        return reach, error, np.maximum(reach - 2 * error, 0), reach + 2 * error
    universe = np.inf if audience.universe is None else audience.universe
    high = np.minimum(total, universe)
    with np.errstate(divide="ignore"):  # log 0: someone is followed by everyone
        stranger = np.bincount(owner, np.log1p(-followers / universe), k)
    reach = np.full(k, np.nan) if audience.universe is None else -universe * np.expm1(stranger)
    reach = np.where(most == high, high, np.clip(reach, most, high))
    return reach, np.where(most == high, 0, np.nan), most, high


def _count(
    audience: Audience,
    owner: Ints,
    member: Ints,
    posts: Ints,
    time: Ints,
    share: Ints,
    windows: list[int],
    k: int,
) -> tuple[Floats, Floats, Floats, Floats, Ints]:
    """Return reach, redundant impressions, their most, per pair who is shared, and the exposure's columns.

    Redundant impressions and their most have a row for each window.
    """
    several_authors = np.bincount(owner, minlength=1).max(initial=0)
    kind = np.uint16 if several_authors < 1 << 16 else np.uint32  # small, to stay in cache
    follows: NDArray[Any] = np.zeros(audience.contacts, kind)
    slot, reach = np.zeros(audience.contacts, np.int32), np.zeros(k)
    redundant, highest = np.zeros((len(windows), k)), np.zeros((len(windows), k))
    shared, seen, row = np.zeros(owner.size), [np.zeros((4, 0), np.int64)], np.cumsum(posts) - posts
    for start, stop in pairwise([*np.flatnonzero(changes(owner)).tolist(), owner.size]):
        c, times = owner[start], posts[start:stop]
        lists = [audience.viewers(place) for place in member[start:stop].tolist()]
        bounds, flat = np.cumsum([0, *map(len, lists)]), np.concatenate(lists).astype(np.intp)
        np.add.at(follows, flat, kind(1))  # of the array's own type: some hundred times faster
        several = np.flatnonzero(follows[flat] > kind(1))
        among = np.diff(np.searchsorted(several, bounds))
        # Those who follow several get numbers 0..size-1: each once, found in whichever is the shorter.
        if 4 * flat.size > follows.size:
            once, flat = np.flatnonzero(follows > kind(1)), flat[several]
            follows.fill(0)
        else:
            follows[flat] = 0
            flat, entry = flat[several], np.arange(several.size, dtype=np.int32)
            slot[flat] = entry  # of equal places the one written last stays
            once = flat[slot[flat] == entry]
        size = once.size
        slot[once] = np.arange(size, dtype=np.int32)
        ids, alone = slot[flat].astype(np.intp), np.diff(bounds) - among
        shared[start:stop], reach[c] = among, alone.sum() + size
        saw = np.bincount(ids, np.repeat(times, among), size).astype(np.int64)
        count = np.bincount(np.append(saw, times), np.append(np.ones(size), alone)).astype(np.int64)
        at = np.flatnonzero(count)
        seen.append(np.stack([np.full(at.size, c), at, count[at], np.cumsum(count[at][::-1])[::-1]]))
        if size:
            rows = slice(int(row[start]), int(row[stop - 1] + times[-1]))
            who, t, w = np.repeat(np.arange(times.size), times), time[rows], share[rows]
            own, timed = np.split(ids, np.cumsum(among)[:-1]), t != _NAT
            for number, window in enumerate(windows):
                floor = np.zeros(times.size, np.int64)
                sure = who[timed], t[timed], w[timed], window
                low = _excess(own, size, *sure, floor) if timed.any() else np.nan
                redundant[number, c] = highest[number, c] = low
                if not timed.all():
                    np.maximum.at(floor, who[~timed], w[~timed])
                    highest[number, c] = _excess(own, size, *sure, floor)
    return reach, redundant, highest, shared, np.concatenate(seen, axis=1)


def _excess(own: list[Ints], size: int, who: Ints, time: Ints, w: Ints, window: int, floor: Ints) -> float:
    """Return sum_u (f_u - 1) over viewers 0..size-1; floor: each author's share in every window."""
    together = time.size == 0 or int(time.max()) - int(time.min()) <= window
    always, flat = floor.copy(), np.concatenate(own)
    if together:
        np.maximum.at(always, who, w)
    each = np.repeat(always, [ids.size for ids in own])
    now, top = np.zeros(size, np.int64), np.zeros(size, np.int64)
    np.add.at(now, flat, each)
    np.maximum.at(top, flat, each)
    best = now - top if together else _slide(own, who, time, w, window, floor.tolist(), now, top)
    # In two halves, so that whole numbers hold the sum: it then does not depend on the order of viewers.
    return (int((best >> 20).sum()) * (1 << 20) + int((best & ((1 << 20) - 1)).sum())) / _SCALE


def _slide(
    own: list[Ints], who: Ints, time: Ints, share: Ints, window: int, floor: list[int], now: Ints, base: Ints
) -> Ints:
    """Return max over windows of sum_a v_a - max_a v_a per viewer; now, base: sum and maximum of the floors.

    The sum follows each author's v_a as posts come and go. A maximum cannot be taken back, so the window is
    cut at a post `start`: `head` is the maximum from there on, `tail` that of the posts before it, built
    backwards on a record of what each post replaced, so that posts undo themselves as they leave.
    """
    order = np.argsort(time, kind="stable")
    opens = np.searchsorted(time[order], time[order] - window).tolist()
    fans, shares, authors = [own[a] for a in who[order]], share[order].tolist(), who[order].tolist()
    head, tail, best, left, start = base.copy(), np.zeros_like(base), now - base, 0, 0
    falling: list[deque[int]] = [deque() for _ in own]  # posts that are or may become their author's v_a
    replaced: dict[int, Ints] = {}
    for k, (a, w) in enumerate(zip(authors, shares, strict=True)):
        for j in range(left, opens[k]):
            if j in replaced:
                tail[fans[j]] = replaced.pop(j)
            mine, least = falling[authors[j]], floor[authors[j]]
            if mine[0] == j:
                mine.popleft()
                now[fans[j]] += max(shares[mine[0]] if mine else 0, least) - max(shares[j], least)
        left = opens[k]
        if left > start:
            for j in range(start, k):
                head[fans[j]] = base[fans[j]]
            for j in range(k - 1, left - 1, -1):
                replaced[j] = tail[fans[j]]
                tail[fans[j]] = np.maximum(replaced[j], shares[j])
            start = k
        mine, fan = falling[a], fans[k]
        before = max(shares[mine[0]] if mine else 0, floor[a])
        while mine and shares[mine[-1]] <= w:
            mine.pop()
        mine.append(k)
        now[fan] += max(shares[mine[0]], floor[a]) - before
        head[fan] = np.maximum(head[fan], w)
        best[fan] = np.maximum(best[fan], now[fan] - np.maximum(head[fan], tail[fan]))
    return best


def ratio(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """Return part / whole, shape (n,), NaN where the whole is zero or either is unknown."""
    result: Floats = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return result
