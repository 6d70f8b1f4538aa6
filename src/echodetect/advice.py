"""Which posts may stay where they are, and when the others should have come instead.

A cluster's effective repeats are held to a goal G: in every window, sum_a v_a - max_a v_a <= G - 1. Posts
are kept at their times one after the other, the one whose followers add most contacts first, as long as the
goal is held; every other one moves to the first later second at which it is held again, in the order in
which they were posted. All posts are still made, so nobody is lost; were the others left out instead, the
kept ones reach what `reach_kept` says.

How good that is, for posts of different authors with equal shares: in every window at most m of them may
stay. Where all stand in one window, the greedy cover reaches at least 1 - 1/e of what the best choice of so
many would (Nemhauser, Wolsey & Fisher 1978, Mathematical Programming 14). Where windows overlap, at least
1/3 of the best (Fisher, Nemhauser & Wolsey 1978, "An analysis of approximations for maximizing submodular
set functions II", Mathematical Programming Study 8): whoever is let in costs at most two that could have
stayed, the nearest on either side, since a window that has become too full holds one of them; that is a
2-system. Without an audience the earliest come first, and no choice keeps more. With unequal shares no
bound is claimed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echodetect import notebook, render
from echodetect.corpus import Corpus
from echodetect.cover import Cover, greedy
from echodetect.errors import ParameterError
from echodetect.frames import UNKNOWN_TIME, Caller, Column
from echodetect.posts import LATEST, gather, named, nullable, plain, stretches
from echodetect.saturation import measure
from echodetect.scores import Scores

__all__ = ["Advice", "advise"]

_Index = NDArray[np.int64]
_Columns = dict[str, NDArray[Any] | Column]
_TIME = "datetime64[us]"
_SECOND = 10**6
_HOUR = 3_600 * _SECOND
_TINY = 1e-9  # of a copy: shares are fractions, and their sums are rounded


@dataclass(frozen=True, slots=True, eq=False)
class Advice:
    """The smallest change found that brings every cluster's effective repeats under a goal.

    Attributes
    ----------
    clusters
        A row per cluster above the goal, in the caller's kind of frame: cluster (int64), posts_kept,
        posts_moved (int64), longest_delay (float64, hours), effective_repeats, effective_repeats_then,
        saturation, saturation_then (float64); with an audience of edges also reach and reach_kept (float64):
        contacts reached by all these posts, and by the kept ones alone.
    posts
        A row per post of these clusters whose time and author are known, by cluster and time: row, cluster
        (int64), author, kept (bool), posted_at, advised_at (datetime, UTC; equal where kept), delay (float64,
        hours), new_contacts (float64): what it added when it was kept, null for moved posts, without an
        audience, and of an audience without edges for all but the first one kept.
    """

    clusters: Any
    posts: Any
    _shown: str

    def __repr__(self) -> str:
        return self._shown

    def _repr_html_(self) -> str:
        return notebook.plain(self._shown)


def advise(caller: Caller, corpus: Corpus, scores: Scores, goal: float) -> Advice:
    """Advice for the clusters whose effective repeats, in the first window, are above a goal of 1 or more."""
    found = scores.clusters["effective_repeats"]
    highest = scores.clusters["saturation_high"]
    assert isinstance(found, Column) and isinstance(highest, Column)
    above = found.valid & (found.values > goal + _TINY)
    every = gather(corpus, scores)
    use = np.flatnonzero(above[every.cluster] & (every.author >= 0) & (every.time != UNKNOWN_TIME))
    cluster, author, time = every.cluster[use], every.author[use], every.time[use]
    share, window = every.verbatim[use], scores.windows[""]
    place, cover = np.full(use.size, -1), None
    if scores.audience is not None:
        place = scores.audience.places(corpus.columns.author_names)[author]
        cover = Cover(scores.audience)
    exact = scores.audience is not None and scores.audience.exact

    kept, new, then = np.zeros(use.size, np.bool_), np.full(use.size, np.nan), time.copy()
    parts = stretches(cluster)
    reach, reach_kept = np.full(len(parts), np.nan), np.full(len(parts), np.nan)
    for number, (low, high) in enumerate(parts):
        part = slice(low, high)
        plan = _Plan(author[part].tolist(), share[part].tolist(), time[part].tolist(), window, goal)
        places = place[part].tolist()
        taken = greedy(cover, places, plan.keep)
        for item, gain in taken:
            # Without edges only the first one's contacts are all new for certain.
            told = place[low + item] >= 0 and (exact or item == taken[0][0])
            kept[low + item], new[low + item] = True, gain if told else np.nan
        moment = plan.times[0]
        for item in np.flatnonzero(~kept[part]).tolist():
            moment = then[low + item] = plan.move(item, max(moment, plan.times[item]))
        if cover is not None and exact and max(places) >= 0:
            reach_kept[number] = sum(gain for _, gain in taken)
            reach[number] = sum(gain for _, gain in greedy(cover, places))

    if then.max(initial=0) > LATEST:
        allowed = "short enough to move posts to before the year 10000"
        raise ParameterError("window", f"{window} microseconds", allowed, "run detect with a shorter one")
    numbers = cluster[[low for low, _ in parts]]
    code = np.repeat(np.arange(len(parts)), [high - low for low, high in parts])
    after = measure(code, author, then, share, window, len(parts))
    delay = (then - time) / _HOUR
    longest = np.zeros(len(parts))
    np.maximum.at(longest, code, delay)
    count = np.bincount(code[kept], minlength=len(parts))
    saturation = scores.clusters["saturation"]
    assert isinstance(saturation, Column)
    clusters: _Columns = {
        "cluster": numbers,
        "posts_kept": count,
        "posts_moved": np.bincount(code, minlength=len(parts)) - count,
        "longest_delay": longest,
        "effective_repeats": found.values[numbers],
        "effective_repeats_then": after["effective_repeats"],
        "saturation": saturation.values[numbers],
        "saturation_then": after["saturation"],
    }
    if exact:
        clusters |= {"reach": nullable(reach), "reach_kept": nullable(reach_kept)}
    posts: _Columns = {
        "row": every.row[use],
        "cluster": cluster,
        "author": named(corpus, author),
        "kept": kept,
        "posted_at": time.view(_TIME),
        "advised_at": then.view(_TIME),
        "delay": delay,
        "new_contacts": nullable(new if cover is not None else np.full(use.size, np.nan)),
    }
    partly = int((highest.values[numbers] > saturation.values[numbers] + _TINY).sum())
    unsure = int((~above & (highest.values > 1 - 1 / (goal + _TINY))).sum())
    shown = render.advice(plain(clusters), goal, partly, unsure)
    return Advice(caller.table(clusters), caller.table(posts), shown)


class _Plan:
    """Posts of one cluster at their moments, of which no window holds more than the goal."""

    def __init__(
        self, authors: list[int], shares: list[float], times: list[int], window: int, goal: float
    ) -> None:
        self._authors, self._shares, self.times = authors, shares, times
        self._window, self._most = window, goal - 1 + _TINY
        self._placed: list[tuple[int, int]] = []  # (moment, item), ascending

    def keep(self, item: int) -> bool:
        """Keep an item at its time if the goal is held; False, and nothing done, if it is not."""
        return self._add(item, self.times[item])

    def move(self, item: int, moment: int) -> int:
        """Place an item where from this moment on the goal is first held, and return the moment.

        Whoever moves does so to a whole second, as calendars and scheduling tools have them.
        """
        while not self._add(item, moment):
            # Whatever stands too close together with it does so until the first of them has left the window.
            at = bisect_left(self._placed, (moment - self._window, -1))
            moment = (self._placed[at][0] + self._window) // _SECOND * _SECOND + _SECOND
        return moment

    def _add(self, item: int, moment: int) -> bool:
        fits = self._fits(item, moment)
        if fits:
            insort(self._placed, (moment, item))
        return fits

    def _fits(self, item: int, moment: int) -> bool:
        """Whether every window that holds this moment holds the goal with the item in it."""
        begin = bisect_left(self._placed, (moment - self._window, -1))
        end = bisect_right(self._placed, (moment + self._window, len(self._authors)))
        near = self._placed[begin:end]
        for start in [*(when for when, _ in near if when <= moment), moment]:
            best = {self._authors[item]: self._shares[item]}
            for when, other in near:
                if start <= when <= start + self._window:
                    author = self._authors[other]
                    best[author] = max(best.get(author, 0.0), self._shares[other])
            if sum(best.values()) - max(best.values()) > self._most:
                return False
        return True
