"""Candidate pairs by locality-sensitive hashing: keys sorted in place, neighbours with equal keys paired.

A bucket of n texts never becomes n * n pairs. Texts come with one more hash of the same kind, by which a
bucket is ordered: where it holds more than a few (`whole`), only those that have this hash in common too are
paired, as in a deeper level of Bawa, Condie and Ganesan's LSH Forest (2005), and each with the next few
(`neighbours`) only. What chance brings together grows with the square of the texts, and so does no more than
its share of the pairs; `Candidates` counts what was left out. As every band has another such hash, a pair
passed over in one bucket is met in the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from echodetect.shingles import fmix32

_Keys = NDArray[np.uint64]
_Index = NDArray[np.int64]
_Values = NDArray[np.uint16] | NDArray[np.uint32]
_Source = Callable[[], _Keys]

WHOLE, NEIGHBOURS = 8, 12
_BLOCK = 1 << 15  # keys worked on at once: they stay in cache
_PART = 1 << 17  # pairs, likewise
_GOLDEN = 0x9E3779B97F4A7C15
_FACTORS = (np.uint32(0x9E3779B1), np.uint32(0x85EBCA77))  # odd: no value loses a bit


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs worth comparing, and what bounded buckets left out.

    left, right: int64 (pairs,), left < right, unique, ascending. dropped: pairs found beside them, not worth
    comparing. buckets: how many held too many texts to pair them all. passed_over: pairs inside those that
    were not made (some of them by another bucket; a text that has a key twice counts twice).
    """

    left: _Index
    right: _Index
    dropped: int
    buckets: int
    passed_over: int

    @property
    def counts(self) -> dict[str, int]:
        """What was bounded, for the report."""
        return {"large buckets bounded": self.buckets, "pairs passed over in them": self.passed_over}


def s_curve(similarity: float, bands: int, rows: int) -> float:
    """Chance that a pair of this Jaccard similarity shares a band: 1 - (1 - s**r)**b.

    Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, section 3.4.2.
    """
    return float(1 - (1 - similarity**rows) ** bands)


def pack(keys: _Keys, order: _Values, texts: _Index, count: int) -> _Keys:
    """Bucket, order inside it and text number in 64 bits each, so that one sort does all; uint64.

    The text takes what bits `count` texts need, the order up to 16 of those that leave the bucket six more
    than the text: chance then gives fewer than one wrong pair to a hundred texts and source.
    """
    text_bits, low = _bits(count)
    packed = keys >> low
    packed <<= low
    packed |= (order.astype(np.uint64) << text_bits) & ((np.uint64(1) << low) - np.uint64(1))
    packed |= texts.view(np.uint64)
    return packed


def bands(
    signatures: _Values,
    count: int,
    rows: int,
    *,
    seed: int = 1,
    texts: _Index | None = None,
) -> list[_Source]:
    """Sources of `count` bands of `rows` values each, drawn from signatures (num_perm, n), uint16 or uint32.

    Bands may share values (each draws its own), so many selective bands cost no more signature
    (benchmarks/designs.md).

    One value more than a band's own orders its buckets. `texts`, int64, ascending: those to use, all by
    default.
    """
    total, width = signatures.shape
    generator = np.random.RandomState(seed)  # a stream that numpy has frozen
    chosen = np.arange(width) if texts is None else texts
    values = signatures if texts is None else signatures[:, texts]

    def keys(band: int, draw: _Index) -> _Keys:
        packed = np.empty(chosen.size, dtype=np.uint64)
        for start in range(0, chosen.size, _BLOCK):
            some = slice(start, start + _BLOCK)
            lanes = []  # two hashes of 32 bits take half the time of one of 64
            for lane, factor in enumerate(_FACTORS):
                key = values[draw[0], some].astype(np.uint32) ^ np.uint32(
                    (2 * band + lane + 1) * _GOLDEN % 2**32
                )
                for row in draw[1:rows].tolist():
                    key *= factor
                    key ^= values[row, some]
                lanes.append(fmix32(key))
            key64 = lanes[0].astype(np.uint64)
            key64 <<= np.uint64(32)
            key64 |= lanes[1]
            packed[some] = pack(key64, values[draw[rows], some], chosen[some], width)
        return packed

    draws = [generator.permutation(total)[np.arange(rows + 1) % total] for _ in range(count)]
    return [partial(keys, band, draw) for band, draw in enumerate(draws)]


def pair_up(
    sources: Iterable[_Source],
    count: int,
    *,
    whole: int = WHOLE,
    neighbours: int = NEIGHBOURS,
    worth: Callable[[_Index, _Index], NDArray[np.bool_]] | None = None,
    workers: int = 1,
) -> Candidates:
    """Candidate pairs among `count` texts from sources, each a callable that gives packed keys (`pack`).

    A source's keys are made when their turn comes, by the thread that sorts them, and may be in any order.
    Texts numbered by content make the pairs depend on content alone. `worth` says which of some pairs (left,
    right) to keep; all by default.
    """
    text_bits, _ = _bits(count)
    text = (np.uint64(1) << text_bits) - np.uint64(1)

    def finish(some: list[_Keys]) -> tuple[_Index, _Index, int]:
        """The distinct pairs of a range of left texts: few enough for the cache."""
        packed = _distinct(np.concatenate(some))
        left, right = (packed >> text_bits).view(np.int64), (packed & text).view(np.int64)
        if worth is None:
            return left, right, 0
        kept = worth(left, right)
        return np.compress(kept, left), np.compress(kept, right), packed.size - int(kept.sum())

    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(lambda source: _pairs(source(), count, whole, neighbours), sources))
        pairs = [made for made, _, _ in found] or [np.empty(0, dtype=np.uint64)]
        parts = sum(made.size for made in pairs) // _PART + 1
        starts = (np.arange(1, parts) * count // parts).astype(np.uint64) << text_bits
        split = [np.split(made, np.searchsorted(made, starts)) for made in pairs]
        done = list(pool.map(finish, zip(*split, strict=True)))
    left, right, dropped = zip(*done, strict=True)
    return Candidates(
        np.concatenate(left),
        np.concatenate(right),
        sum(dropped),
        sum(buckets for _, buckets, _ in found),
        sum(passed for _, _, passed in found),
    )


def _bits(count: int) -> tuple[np.uint64, np.uint64]:
    """Bits of a text number, and of the order and a text number."""
    text_bits = max(count - 1, 1).bit_length()
    order_bits = max(2, min(16, 64 - 2 * text_bits - 6))
    return np.uint64(text_bits), np.uint64(text_bits + order_bits)


def _pairs(packed: _Keys, count: int, whole: int, neighbours: int) -> tuple[_Keys, int, int]:
    """Pairs of one source, left above right, ascending; how many buckets were bounded; pairs left out."""
    text_bits, low = _bits(count)
    packed.sort()
    shared, at = _adjacent(packed, low)
    if (packed[at] == packed[at + 1]).any():  # a text that has a key twice
        packed = _distinct(packed)
        shared, at = _adjacent(packed, low)
    heads = np.flatnonzero(np.diff(at, prepend=-2) != 1)
    sizes = np.diff(np.append(heads, at.size)) + 1
    every = int((sizes * (sizes - 1) // 2).sum())
    large = sizes > whole
    if large.any():  # there, the next text counts only if the hash that orders the bucket is the same
        apart = (packed.take(at) ^ packed.take(at + 1)) >= (np.uint64(1) << text_bits)
        apart &= np.repeat(large, sizes - 1)
        shared[at[apart]] = False
        at = np.compress(~apart, at)
    text = (np.uint64(1) << text_bits) - np.uint64(1)
    pairs = [packed[:0]]
    for step in range(1, neighbours + 1):
        first, second = packed.take(at) & text, packed.take(at + step) & text
        pairs.append((np.minimum(first, second) << text_bits) | np.maximum(first, second))
        at = at[at + step < shared.size]
        at = np.compress(shared.take(at + step), at)  # one more text in the same bucket
        if not at.size:
            break
    made = np.concatenate(pairs)
    passed_over = every - made.size
    itself = (made >> text_bits) == (made & text)  # a text that has a key twice, with another hash each
    made = np.compress(~itself, made) if itself.any() else made
    made.sort()
    return made, int((sizes > min(whole, neighbours + 1)).sum()), passed_over


def _adjacent(packed: _Keys, low: np.uint64) -> tuple[NDArray[np.bool_], _Index]:
    """Which sorted keys are in the same bucket as the next one, and where; most buckets hold one text."""
    shared = (packed[1:] ^ packed[:-1]) < (np.uint64(1) << low)
    return shared, np.flatnonzero(shared)


def _distinct(values: _Keys) -> _Keys:
    """Sorted without repeats, in place; several times faster than np.unique, which hashes first."""
    values.sort()
    repeated = values[1:] == values[:-1]
    return values if not repeated.any() else np.append(values[:1], np.compress(~repeated, values[1:]))
