"""Which rows are equal, by sorting numbers that stand for them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["changes", "distinct", "distinct_in", "first_with", "numbered", "ranked", "told_apart"]

_Index = NDArray[np.int64]

_FEW = 1 << 12  # keys with equal high bits that are sorted group by group


def changes(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return True where an entry differs from the one before it, and at the first."""
    flags = np.ones(values.size, np.bool_)
    np.not_equal(values[1:], values[:-1], out=flags[1:])
    return flags


def distinct(values: NDArray[Any]) -> NDArray[Any]:
    """Return the values, sorted in place, without repeats; several times as fast as np.unique."""
    values.sort()
    return np.compress(changes(values), values)


def distinct_in(group: _Index, values: _Index, count: int) -> _Index:
    """Return how many different values, none below zero, each of `count` groups has; int64 (count,)."""
    span = int(values.max(initial=0)) + 1
    return np.bincount(distinct(group * span + values) // span, minlength=count)


def told_apart(codes: _Index) -> _Index:
    """Return the codes, those below zero (unknown) each as another one that is not there yet; int64 (n,).

    Where none is unknown these are the codes given, no copy.
    """
    if codes.min(initial=0) >= 0:
        return codes
    unknown = codes < 0
    return np.where(unknown, np.cumsum(unknown) + codes.max(initial=-1), codes)


def ranked(keys: NDArray[np.uint64]) -> _Index:
    """Return the rows by key, those of one key ascending; int64 (n,).

    The high bits of a key and its row, packed into one number, sort several times faster than rows by key.
    Of keys that are spread evenly few have equal high bits (thirty of ten million): those are sorted again,
    or of any others all.
    """
    bits = np.uint64(keys.size.bit_length())
    packed = keys >> bits << bits
    packed |= np.arange(keys.size, dtype=np.uint64)
    packed.sort()
    packed &= (np.uint64(1) << bits) - np.uint64(1)
    rows = packed.view(np.int64)
    in_order = keys.take(rows)
    fallen = in_order[1:][in_order[1:] < in_order[:-1]]
    if fallen.size > _FEW:
        return np.argsort(keys, kind="stable")
    if fallen.size:
        in_order >>= bits
        ends = (np.searchsorted(in_order, distinct(fallen >> bits), side=side) for side in ("left", "right"))
        for start, stop in zip(*(end.tolist() for end in ends), strict=True):
            tied = rows[start:stop]  # ascending
            rows[start:stop] = tied.take(keys.take(tied).argsort(kind="stable"))
    return rows


def first_with(keys: NDArray[Any], rows: _Index) -> tuple[_Index, _Index]:
    """Return the first row that has each row's key, and the rows that are no first ones; int64 both.

    rows: by key, as `ranked` gives them. The second come with equal keys adjacent.
    """
    in_order = keys.take(rows)
    repeats = np.flatnonzero(in_order[1:] == in_order[:-1]) + 1
    first = np.arange(keys.size)
    if repeats.size:
        begins = np.flatnonzero(np.append(True, repeats[1:] != repeats[:-1] + 1))
        heads = rows.take(repeats[begins] - 1)
        again = rows.take(repeats)
        first[again] = heads.repeat(np.diff(begins, append=repeats.size))
        return first, again
    return first, repeats


def numbered(first: _Index) -> tuple[_Index, _Index]:
    """Return the rows that are the first of their kind, ascending, and each row's place among them."""
    is_head = first == np.arange(first.size)
    return np.flatnonzero(is_head), (np.cumsum(is_head) - 1).take(first)
