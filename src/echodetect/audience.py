"""Who follows whom: exactly, counted, or sketched."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echodetect.arrays import coded
from echodetect.errors import ParameterError
from echodetect.windows import changes

__all__ = ["Audience"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_QUIET = Lock()  # the filters of warnings are all threads'


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
        key = key[changes(key)]
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

    @property
    def sketched(self) -> bool:
        """Whether followers are known by sketches."""
        return self._registers is not None

    @property
    def contacts(self) -> int:
        """How many distinct followers there are; 0 unless `exact`."""
        return 0 if self._viewers is None else int(self._viewers.max(initial=-1)) + 1

    @property
    def exact(self) -> bool:
        """Whether it is known who follows whom, not only how many do."""
        return self._viewers is not None

    def places(self, names: Sequence[Any]) -> Ints:
        """Return each author's place in `authors`, int64 (names,), -1 for one who is not among them."""
        at = {value: i for i, value in enumerate(self.authors.tolist())}
        return np.array([at.get(name, -1) for name in names], np.int64)

    def viewers(self, place: int) -> NDArray[np.int32]:
        """Return the followers of the author at a place, as ascending codes from 0; none unless `exact`."""
        if self._viewers is None or self._offsets is None:
            return np.zeros(0, np.int32)
        return self._viewers[self._offsets[place] : self._offsets[place + 1]]

    def merged(self, places: Ints) -> tuple[float, float]:
        """Return how many people follow any of the authors at some places, and its standard error.

        Both are estimates of sketches, NaN where there are none.
        """
        if self._registers is None:
            return np.nan, np.nan
        reach = _estimate(self._sketch, self._registers[places].max(axis=0)) if places.size else 0.0
        each = self.followers[places]
        reach = min(max(reach, float(each.max(initial=0))), float(each.sum()))
        return reach, reach * 1.04 / float(np.sqrt(self._registers.shape[1]))

    def __repr__(self) -> str:
        edges = None if self._viewers is None else f"{self._viewers.size:,} edges"
        universe = "" if self.universe is None else f", of a universe of {self.universe:,.0f}"
        what = edges or ("followers counted" if self._registers is None else "sketches") + universe
        return f"<Audience of {self.authors.size:,} authors: {what}>"


def _estimate(sketch: Any, registers: NDArray[Any]) -> float:
    """Return datasketch's estimate, without its remark on where two formulas meet."""
    union = sketch.copy()
    union.reg = registers.astype(np.int64)  # 2.0 ** int8 is of half precision in numpy 1
    with _QUIET, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return float(union.count())
        except ZeroDivisionError:  # linear counting needs an empty register; the raw estimate does not
            return float(union.alpha * union.m**2 / np.sum(2.0**-union.reg))


def _codes(values: Any, name: str) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Return the distinct values and each entry's place among them, -1 where missing."""
    if isinstance(values, list | tuple) and any(isinstance(value, tuple | frozenset) for value in values):
        values = np.fromiter(values, object, len(values))  # numpy would make a table of them
    names, codes = coded(values, name)
    return names, codes.astype(np.int32)
