"""The greedy cover: which authors together reach the most contacts, one after the other.

Taking, k times, whoever adds most reaches at least 1 - 1/e = 63 % of what the best k authors reach
(Nemhauser, Wolsey & Fisher 1978, "An analysis of approximations for maximizing submodular set functions I",
Mathematical Programming 14). No gain ever grows, so that one which is still the largest when counted anew
is the largest (Minoux 1978, "Accelerated greedy algorithms for maximizing submodular set functions").
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

import numpy as np

from echodetect.audience import Audience

__all__ = ["Cover", "greedy"]


class Cover:
    """Contacts reached so far, of an audience of edges; of one of numbers, authors taken so far."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._reached = np.zeros(audience.contacts, np.bool_)
        self._taken: set[int] = set()

    def gain(self, place: int) -> float:
        """How many contacts an author adds; of an audience without edges, their followers the first time.

        place: in the audience, -1 for an author whom it does not know, who adds none.
        """
        if place < 0 or place in self._taken:
            return 0.0
        if not self._audience.exact:
            return float(self._audience.followers[place])
        viewers = self._audience.viewers(place)
        return float(viewers.size - np.count_nonzero(self._reached[viewers]))

    def take(self, place: int) -> None:
        """Count an author's followers as reached."""
        if place >= 0:
            self._taken.add(place)
            self._reached[self._audience.viewers(place)] = True

    def clear(self) -> None:
        """Begin anew."""
        for place in self._taken:
            self._reached[self._audience.viewers(place)] = False
        self._taken.clear()


def greedy(
    cover: Cover | None, places: Sequence[int], fits: Callable[[int], bool] | None = None
) -> list[tuple[int, float]]:
    """Take items one after the other, the one that adds most first; of equal ones the earlier.

    Parameters
    ----------
    cover
        Emptied first; None where nothing is known, and every item adds 0.
    places
        Each item's author in the audience, -1 where unknown.
    fits
        Whether an item may be taken now; one that may not, never may again. All may where not given.

    Returns
    -------
    list of (item, what it added), in the order taken.
    """
    taken: list[tuple[int, float]] = []
    if cover is not None:
        cover.clear()
    heap = [(0.0 if cover is None else -cover.gain(place), item) for item, place in enumerate(places)]
    heapq.heapify(heap)
    while heap:
        gain, item = heapq.heappop(heap)
        now = 0.0 if cover is None or gain == 0 else -cover.gain(places[item])
        if now > gain:
            heapq.heappush(heap, (now, item))
        elif fits is None or fits(item):
            taken.append((item, -gain + 0.0))
            if cover is not None:
                cover.take(places[item])
    return taken
