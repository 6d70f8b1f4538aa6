"""Who follows whom: what the contacts of a cluster's authors get to see; columns in docs/saturation.md.

f_u is f of `saturation` over the posts of those authors whom viewer u follows, N1 the number of viewers who
follow any author of the cluster: redundant impressions are sum_u (f_u - 1), audience saturation is
1 - N1 / sum_u f_u. Only who follows two of the authors can have f_u > 1; for these a window slides over the
posts, each of which touches its author's followers a fixed number of times. The definitions are our own.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echodetect.arrays import coded
from echodetect.errors import ParameterError

__all__ = ["FIGURES", "Audience", "Exposure", "measure_audience"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_NAT = int(np.iinfo(np.int64).min)
_SCALE = 1 << 40  # shares are summed in whole numbers of this fineness, which leaves no trace of the order
# fmt: off
FIGURES = (
    "authors_unknown", "impressions", "reach", "reach_low", "reach_high", "reach_error", "mean_frequency",
    "repeat_share", "redundant_impressions", "audience_saturation", "audience_saturation_low",
    "audience_saturation_high",
)
_LINES = ("cluster", "author", "posts", "followers", "redundant_reach", "redundant_share")
_TIMES = ("cluster", "times", "contacts", "contacts_at_least")
# fmt: on


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Audience:
    """Who follows each author, or how many do; made by `from_edges`, `from_counts` or `from_sketches`.

    Attributes
    ----------
    authors : array, shape (authors,)
        The distinct authors, as they came.
    followers : float64, shape (authors,)
        How many distinct followers each has; estimates where they come from sketches.
    universe : float or None
        How many people there are who might follow anyone.
    """

    authors: NDArray[Any]
    followers: Floats
    universe: float | None = None
    _offsets: Ints | None = None  # author i's followers: _viewers[_offsets[i] : _offsets[i + 1]], ascending
    _viewers: NDArray[np.int32] | None = None
    _registers: NDArray[Any] | None = None  # (authors, m)
    _sketch: Any = None

    @classmethod
    def from_edges(cls, author: ArrayLike, follower: ArrayLike) -> Audience:
        """Make an exact audience, 4 bytes an edge, from one entry per author and follower.

        Parameters
        ----------
        author, follower : array-like of anything hashable, shape (edges,)
            An edge that comes twice counts once. Without follower (None, NaN) it tells of an author who may
            have none, without author nothing. Whole numbers that lie close together are coded soonest.

        Raises
        ------
        ParameterError
            For columns of unequal length or not one-dimensional, and for floats beyond 2**53.

        Examples
        --------
        >>> Audience.from_edges(["ann", "ann", "bob"], ["x", "y", "y"])
        <Audience of 2 authors: 3 edges>
        """
        names, one = _codes(author, "author")
        contacts, other = _codes(follower, "follower")
        if one.size != other.size:
            allowed = f"as long as author, {one.size} entries"
            raise ParameterError("follower", f"{other.size} entries", allowed, "pass an entry per edge")
        people, edges = max(contacts.size, 1), (one >= 0) & (other >= 0)
        key = one[edges].astype(np.int64)
        key *= people
        key += other[edges]
        key.sort()
        key = key[_changes(key)]
        offsets = np.searchsorted(key, np.arange(names.size + 1) * people)
        key %= people
        return cls(names, np.diff(offsets).astype(np.float64), None, offsets, key.astype(np.int32))

    @classmethod
    def from_counts(cls, author: ArrayLike, followers: ArrayLike, universe: float | None = None) -> Audience:
        """Make an audience of which only numbers are known; they leave bounds, and a universe an estimate.

        Parameters
        ----------
        author : array-like of anything hashable, shape (authors,)
            Each author once.
        followers : array-like of numbers, shape (authors,)
            How many followers each has. None and NaN are unknown, as if the author were missing.
        universe : number, optional
            How many people might follow anyone. With it, reach is Sainsbury's estimate, universe *
            (1 - prod(1 - followers / universe)), as of the reach of media: as if people followed each author
            independently of the others, often too high (Agostini 1961, "How to Estimate Unduplicated
            Audiences", Journal of Advertising Research 1(3); Metheringham 1964, "Measuring the Net Cumulative
            Coverage of a Print Campaign", same journal 4(4)).

        Raises
        ------
        ParameterError
            For columns of unequal length, missing or repeated authors, followers below zero or above the
            universe, or a universe that is no positive number.
        """
        names, codes = _codes(author, "author")
        counts, allowed = np.zeros(0), "a number of followers, zero or more, for each author"
        try:
            counts = np.asarray(followers, dtype=np.float64)
        except (TypeError, ValueError):
            raise ParameterError("followers", followers, allowed, "convert it to numbers") from None
        if counts.shape != codes.shape:
            raise ParameterError("followers", f"shape {counts.shape}", allowed, f"pass {codes.size} entries")
        if names.size < codes.size:
            again = names[np.argmax(np.bincount(codes[codes >= 0]))] if (codes >= 0).all() else None
            raise ParameterError("author", again, "known, and there once", "leave out all but its last count")
        wrong = np.flatnonzero((counts < 0) | np.isinf(counts))
        if wrong.size:
            value = f"{counts[wrong[0]]} at entry {wrong[0]}"
            raise ParameterError("followers", value, allowed, "pass None where it is unknown")
        known = ~np.isnan(counts)
        if universe is not None:
            number = isinstance(universe, int | float | np.number) and not isinstance(universe, bool)
            if not number or not 0 < universe < np.inf or counts[known].max(initial=0) > universe:
                allowed = f"a positive number, {counts[known].max(initial=0):g} (the most followers) or more"
                remedy = "count all who might follow, or pass None"
                raise ParameterError("universe", universe, allowed, remedy)
            universe = float(universe)
        return cls(names[codes[known]], counts[known], universe)

    @classmethod
    def from_sketches(cls, sketches: Mapping[Any, Any]) -> Audience:
        """Make an audience from a sketch of each author's followers; reach is estimated by merging them.

        Parameters
        ----------
        sketches : mapping of author to datasketch.HyperLogLog or HyperLogLogPlusPlus
            All of one class, precision p and hash function; registers are copied. The standard error is
            1.04 / sqrt(2**p) of the estimate, 1.6 per cent at p = 12 (Flajolet, Fusy, Gandouet, Meunier 2007,
            "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm", AofA '07).

        Raises
        ------
        ParameterError
            For anything that is no mapping to such sketches, and for sketches that cannot be merged.
        """
        values = list(sketches.values()) if isinstance(sketches, Mapping) else [sketches]
        if not all(hasattr(value, "reg") and hasattr(value, "count") for value in values):
            allowed, remedy = "a mapping of authors to sketches", "pass {author: datasketch.HyperLogLog}"
            raise ParameterError("sketches", sketches, allowed, remedy)
        kinds = {(type(value), value.reg.size, value.hashfunc) for value in values}
        if len(kinds) > 1:
            allowed = "of one class, precision and hash function"
            raise ParameterError("sketches", kinds, allowed, "make all with the same p and hashfunc")
        registers = np.stack([value.reg for value in values]) if values else np.zeros((0, 16), np.int8)
        followers = np.array([_estimate(value, value.reg) for value in values], np.float64)
        names = np.fromiter(sketches, object, len(values))
        return cls(names, followers, None, None, None, registers, values[0] if values else None)

    def __repr__(self) -> str:
        edges = None if self._viewers is None else f"{self._viewers.size:,} edges"
        universe = "" if self.universe is None else f", of a universe of {self.universe:,.0f}"
        what = edges or ("followers counted" if self._registers is None else "sketches") + universe
        return f"<Audience of {self.authors.size:,} authors: {what}>"


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """What the audience got to see: columns of float64, NaN where unknown; codes and counts are int64.

    clusters: `FIGURES`, an entry per cluster. timelines, a row per cluster and known author: cluster, author,
    posts, followers, redundant_reach (how many of them follow another known author of the cluster) and
    redundant_share (of followers). exposure: cluster, times (posts seen), contacts (who saw so many),
    contacts_at_least (so many or more), ascending; no rows unless edges are known.
    """

    clusters: dict[str, NDArray[Any]]
    timelines: dict[str, NDArray[Any]]
    exposure: dict[str, NDArray[Any]]


def measure_audience(
    audience: Audience, names: list[Any], cluster: Ints, author: Ints, time: Ints, verbatim: Floats,
    window: int, saturation_high: Floats,
) -> Exposure:  # fmt: skip
    """Measure what the audience saw of clusters given as codes; the order of rows changes nothing.

    names: each author code's author, to be found in the audience. cluster, author, time, verbatim, window: as
    `saturation.measure` takes them, shape (n,). saturation_high: what it says of them, shape (k,).
    """
    if not isinstance(audience, Audience):
        raise ParameterError("audience", audience, "an Audience or None", "make one with Audience.from_edges")
    k, span = saturation_high.size, len(names) + 1
    at = {value: i for i, value in enumerate(audience.authors.tolist())}
    place = np.array([*(at.get(name, -1) for name in names), -1])[author]
    missing = np.flatnonzero((author >= 0) & (place < 0))
    missing = np.unique(cluster[missing] * span + author[missing])
    unknown = np.bincount(np.append(missing // span, cluster[author < 0]), minlength=k)
    rows = np.flatnonzero(place >= 0)
    rows = rows[np.lexsort((verbatim[rows], time[rows], place[rows], cluster[rows]))]
    # A pair is a cluster and one of its authors; a pair's posts are adjacent, as are a cluster's pairs.
    first = np.flatnonzero(_changes(cluster[rows]) | _changes(place[rows]))
    owner, member, posts = cluster[rows][first], place[rows][first], np.diff(first, append=rows.size)
    followers = audience.followers[member]
    total = np.bincount(owner, weights=followers, minlength=k).astype(np.float64)
    authors = np.bincount(owner, minlength=k)
    shared, exposure = np.where(authors[owner] == 1, 0, np.nan), np.zeros((4, 0), np.int64)
    if audience._viewers is not None:
        weight = np.rint(verbatim[rows] * _SCALE).astype(np.int64)
        seen = _count(audience, owner, member, posts, time[rows], weight, window, k)
        reach, redundant, redundant_high, shared, exposure = seen
        error, low, high = np.zeros(k), reach.copy(), reach.copy()
        most = _share(redundant_high, reach + redundant_high)
    else:
        reach, error, low, high = _estimate_reach(audience, owner, member, total)
        # An author counts once, so sum_u f_u <= sum_a followers_a; and nobody sees more than all of it.
        most = np.fmin(saturation_high, 1 - _share(low, total))
        redundant = np.where((most == 0) | (total == 0) | (authors == 1), 0, np.nan)
    impressions = np.bincount(owner, weights=followers * posts, minlength=k).astype(np.float64)
    for figure in (impressions, reach, error, redundant):
        figure[authors == 0] = np.nan
    high[unknown > 0] = np.nan if audience.universe is None else audience.universe
    value = _share(redundant, reach + redundant)
    least = np.where(unknown > 0, 0, np.nan_to_num(value))
    most = np.where(unknown > 0, saturation_high, most)
    least[(unknown == 0) & (total == 0)] = most[(unknown == 0) & (total == 0)] = np.nan
    repeat_share, frequency = 1 - _share(reach, impressions), _share(impressions, reach)
    columns = (
        unknown, impressions, reach, low, high, error, frequency, repeat_share, redundant, value, least, most,
    )  # fmt: skip
    lines = (owner, author[rows][first], posts, followers, shared, _share(shared, followers))
    tables = zip((FIGURES, _LINES, _TIMES), (columns, lines, tuple(exposure)), strict=True)
    clusters, timelines, times = (dict(zip(*table, strict=True)) for table in tables)
    return Exposure(clusters, timelines, times)


def _estimate_reach(audience: Audience, owner: Ints, member: Ints, total: Floats) -> tuple[Floats, ...]:
    """Return reach, its standard error and its bounds per cluster, from sketches or counts."""
    most = np.zeros(total.size)
    np.maximum.at(most, owner, audience.followers[member])
    if audience._registers is not None:
        reach = np.zeros(total.size)
        for start, stop in pairwise([*np.flatnonzero(_changes(owner)).tolist(), owner.size]):
            merged = audience._registers[member[start:stop]].max(axis=0)
            reach[owner[start]] = _estimate(audience._sketch, merged)
        reach = np.clip(reach, most, total)
        error = reach * (1.04 / np.sqrt(audience._registers.shape[1]))
        return reach, error, np.maximum(reach - 2 * error, 0), reach + 2 * error
    universe = np.inf if audience.universe is None else audience.universe
    high = np.minimum(total, universe)
    with np.errstate(divide="ignore"):  # log 0: someone is followed by everyone
        stranger = np.bincount(owner, np.log1p(-audience.followers / universe)[member], total.size)
    reach = np.full(total.size, np.nan) if audience.universe is None else -universe * np.expm1(stranger)
    reach = np.where(most == high, high, np.clip(reach, most, high))
    return reach, np.where(most == high, 0, np.nan), most, high


def _estimate(sketch: Any, registers: NDArray[Any]) -> float:
    """Return datasketch's estimate, without its remark on where two formulas meet."""
    union = sketch.copy()
    union.reg = registers.astype(np.int64)  # 2.0 ** int8 is of half precision in numpy 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return float(union.count())
        except ZeroDivisionError:  # linear counting needs an empty register; the raw estimate does not
            return float(union.alpha * union.m**2 / np.sum(2.0**-union.reg))


def _count(
    audience: Audience, owner: Ints, member: Ints, posts: Ints, time: Ints, share: Ints, window: int, k: int
) -> tuple[Floats, Floats, Floats, Floats, Ints]:
    """Return reach, redundant impressions, their most, per pair who is shared, and the exposure's columns."""
    offsets, viewers = audience._offsets, audience._viewers
    assert offsets is not None and viewers is not None
    follows = np.zeros(int(viewers.max(initial=-1)) + 1, np.int32)
    slot, reach, redundant, highest = np.zeros_like(follows), np.zeros(k), np.zeros(k), np.zeros(k)
    shared, seen, row = np.zeros(owner.size), [np.zeros((4, 0), np.int64)], np.cumsum(posts) - posts
    for start, stop in pairwise([*np.flatnonzero(_changes(owner)).tolist(), owner.size]):
        c, times = owner[start], posts[start:stop]
        lists = [viewers[offsets[a] : offsets[a + 1]] for a in member[start:stop].tolist()]
        bounds, flat = np.cumsum([0, *map(len, lists)]), np.concatenate(lists).astype(np.intp)
        np.add.at(follows, flat, np.int32(1))  # of the array's own type: some hundred times faster
        several = follows[flat] > 1
        follows[flat] = 0
        among = np.diff(np.append(0, np.cumsum(several))[bounds])
        # Those who follow several get numbers 0..size-1; of equal places the one written last stays.
        flat, entry = flat[several], np.arange(among.sum(), dtype=np.int32)
        slot[flat] = entry
        last = flat[slot[flat] == entry]
        slot[last], size = entry[: last.size], last.size
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
            floor = np.zeros(times.size, np.int64)
            sure = who[timed], t[timed], w[timed], window
            redundant[c] = highest[c] = _excess(own, size, *sure, floor) if timed.any() else np.nan
            if not timed.all():
                np.maximum.at(floor, who[~timed], w[~timed])
                highest[c] = _excess(own, size, *sure, floor)
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
    return float(best.sum(dtype=np.float64)) / _SCALE


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


def _codes(values: Any, name: str) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Return the distinct values and each entry's place among them, -1 where missing."""
    if isinstance(values, list | tuple) and any(isinstance(value, tuple | frozenset) for value in values):
        values = np.fromiter(values, object, len(values))  # numpy would make a table of them
    names, codes = coded(values, name)
    return names, codes.astype(np.int32)


def _share(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """Return part / whole, NaN where the whole is zero or unknown."""
    result: Floats = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return result


def _changes(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return True where an entry differs from the one before it, and at the first."""
    return np.append(np.ones(min(values.size, 1), np.bool_), values[1:] != values[:-1])
