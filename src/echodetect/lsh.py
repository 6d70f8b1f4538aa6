"""Candidate pairs by locality-sensitive hashing: keys sorted in place, neighbours with equal keys paired.

A bucket of n texts never becomes n * n pairs. Texts come with two more hashes of the same kind, by which a
bucket is ordered: where it holds more than a few (`whole`), only those that have the first in common too are
paired, and where that leaves more than can all be paired, those that have the second as well: deeper levels
of Bawa, Condie and Ganesan's LSH Forest (2005). Each text is paired with the next few (`neighbours`) only.
What chance brings together grows with the square of the texts, and so does no more than its share of the
pairs; `Candidates` counts what was left out. As every band has other such hashes, a pair passed over in one
bucket is met in the next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from echodetect.equal import distinct
from echodetect.shingles import fmix32

_Keys = NDArray[np.uint64]
_Index = NDArray[np.int64]
_Values = NDArray[np.uint16] | NDArray[np.uint32]
_Worth = Callable[[_Index, _Index, _Index], NDArray[np.bool_]]
_Found = tuple[_Index, int, int, int]  # pairs; those not worth it; buckets bounded; pairs left out

WHOLE, NEIGHBOURS = 8, 12
_KEYS = 1 << 18  # worked on at once: they stay in cache
_LINKED = 1 << 15  # paired with those behind them at once
_PARTS = 4  # of a union, for each thread
HELD = 8  # pairs a text that are held at once
_GOLDEN = 0x9E3779B97F4A7C15
_FACTORS = (np.uint32(0x9E3779B1), np.uint32(0x85EBCA77))  # odd: no value loses a bit


@dataclass(frozen=True, slots=True)
class Source:
    """Packed keys to be made, without the first bits of their buckets that are known: all share them."""

    make: Callable[[], _Keys]
    known: int = 0


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs worth comparing, and what bounded buckets left out.

    left, right: int64 (pairs,), left < right, unique, ascending. dropped: pairs found beside them, not worth
    comparing; one that is found in several buckets counts in each. buckets: how many held too many texts to
    pair them all. passed_over: pairs inside those that were not made (some of them by another bucket; a text
    that has a key twice counts twice). turn: int64 (pairs,), when a pair is compared, those above 0 only if
    nothing links their texts by then; None where all are compared at once.
    """

    left: _Index
    right: _Index
    dropped: int
    buckets: int
    passed_over: int
    turn: _Index | None = None

    @property
    def at_once(self) -> tuple[_Index, _Index]:
        """Left and right texts of the pairs that are compared in any case."""
        if self.turn is None:
            return self.left, self.right
        return self.left[self.turn == 0], self.right[self.turn == 0]

    @property
    def waiting(self) -> tuple[_Index, _Index, _Index]:
        """Left, right and turn of the others."""
        if self.turn is None:
            return self.left[:0], self.right[:0], self.left[:0]
        wait = self.turn > 0
        return self.left[wait], self.right[wait], self.turn[wait]

    @property
    def counts(self) -> dict[str, int]:
        """What was bounded, for the report."""
        return {"large buckets bounded": self.buckets, "pairs passed over in them": self.passed_over}


def s_curve(similarity: float, bands: int, rows: int) -> float:
    """Chance that a pair of this Jaccard similarity shares a band: 1 - (1 - s**r)**b.

    Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, section 3.4.2.
    """
    return float(1 - (1 - similarity**rows) ** bands)


def pack(
    keys: _Keys, order: NDArray[Any], deeper: NDArray[Any], texts: _Index, count: int, known: int = 0
) -> _Keys:
    """Bucket, two hashes that order it and text number in 64 bits each, so that one sort does all; uint64.

    The text takes what bits `count` texts need, each hash up to 8 of those that leave the bucket six more
    than the text: chance then gives fewer than one wrong pair to a hundred texts and source. `known` first
    bits of the bucket, which all keys of a source share, are left out (`Source`).
    """
    text_bits, middle, low = _bits(count, known)
    packed = keys << np.uint64(known) >> low
    for values, begin, end in ((order, middle, low), (deeper, text_bits, middle)):
        packed <<= end - begin
        packed |= values & ((np.uint64(1) << (end - begin)) - np.uint64(1))
    packed <<= text_bits
    packed |= texts.view(np.uint64)
    return packed


def bands(
    signatures: _Values,
    count: int,
    rows: int,
    *,
    seed: int = 1,
    texts: _Index | None = None,
    numbers: _Index | None = None,
    shared: bool = False,
) -> list[Source]:
    """Sources of `count` bands of `rows` values each, drawn from signatures (num_perm, n), uint16 or uint32.

    Bands may share values (each draws its own), so many selective bands cost no more signature
    (benchmarks/designs.md).

    Two values more than a band's own order its buckets. `texts`, int64, ascending: those to use, all by
    default. `numbers`, int64 (n,): theirs, where signatures come in another order. `shared`: leave out most
    keys of buckets that hold one text, before they are packed and sorted.
    """
    total, width = signatures.shape
    generator = RandomState(seed)  # a stream that numpy has frozen
    chosen = np.arange(width) if numbers is None else numbers
    values = signatures
    if texts is not None:
        chosen, values = chosen.take(texts), values[:, texts]
    *_, low = _bits(width)

    def keys(band: int, draw: _Index) -> _Keys:
        own = [values[row] for row in draw.tolist()]
        first, kept = _mixed(own[:rows], 2 * band), None
        if shared:
            kept = _recurring(first >> np.uint32(max(int(low) - 32, 0)))
            first, *own = (some.take(kept) for some in (first, *own))
        key64 = first.astype(np.uint64) << np.uint64(32)
        if low < 32:  # else these bits are not of the bucket
            key64 |= _mixed(own[:rows], 2 * band + 1)
        return pack(key64, own[rows], own[rows + 1], chosen if kept is None else chosen.take(kept), width)

    draws = [generator.permutation(total)[np.arange(rows + 2) % total] for _ in range(count)]
    return [Source(partial(keys, band, draw)) for band, draw in enumerate(draws)]


def _mixed(values: list[_Values], number: int) -> NDArray[np.uint32]:
    """A 32-bit hash of these values of each text, another one for each number."""
    factor = _FACTORS[number % 2]
    key = values[0].astype(np.uint32)
    key ^= np.uint32((number + 1) * _GOLDEN % 2**32)
    for more in values[1:]:
        key *= factor
        key ^= more
    return fmix32(key)


def _recurring(hashes: NDArray[np.uint32]) -> _Index:
    """Where hashes stand that are there more than once, and a few more; ascending.

    Most keys of a band occur once, and a table of last places tells so in a fraction of the time of a sort.
    """
    slots = (hashes & np.uint32((1 << hashes.size.bit_length()) - 1)).astype(np.int64)
    place = np.arange(hashes.size, dtype=np.uint32)
    table = np.empty(1 << hashes.size.bit_length(), dtype=np.uint32)
    table[slots] = place
    last = table.take(slots)  # with hashes of these bits
    kept = last != place
    others = np.flatnonzero(kept)
    last = last.take(others)
    kept[np.compress(hashes.take(last) == hashes.take(others), last)] = True
    return np.flatnonzero(kept)


def pair_up(
    sources: Iterable[Source],
    count: int,
    *,
    whole: int = WHOLE,
    neighbours: int = NEIGHBOURS,
    worth: _Worth | None = None,
    held: int = HELD,
    workers: int = 1,
) -> Candidates:
    """Candidate pairs among `count` texts from sources, which make packed keys (`pack`).

    Sources are asked for one by one, and their keys, in any order, made by the thread that sorts them. Texts
    numbered by content make the pairs depend on content alone. `worth`, given some texts and the
    places of some pairs among them, says which to keep; all by default: texts of several pairs are then
    fetched once. `held` bounds the memory that repeats take: at so many kept pairs a text, or twice those
    that were left the last time, they are let go of before more are looked for.
    """
    found: list[_Index] = []
    dropped = buckets = passed_over = 0
    most = max(held * count, 1)
    with ThreadPoolExecutor(workers) as pool:
        work = partial(_pairs, count=count, whole=whole, neighbours=neighbours, worth=worth)
        for pairs, unworthy, large, passed in _ahead(pool, work, sources, workers):
            found.append(pairs)
            dropped += unworthy
            buckets += large
            passed_over += passed
            if sum(map(len, found)) >= most:
                found = [_union(pool, found, workers)]
                most = max(most, 2 * found[0].size)
        pairs = _union(pool, found, workers)
    text_bits = int(_bits(count)[0])
    return Candidates(pairs >> text_bits, pairs & ((1 << text_bits) - 1), dropped, buckets, passed_over)


def _ahead(
    pool: Executor, work: Callable[[Source], _Found], sources: Iterable[Source], workers: int
) -> Iterator[_Found]:
    """What `work` makes of each source, in order; a few are worked on ahead, and let go of when done."""
    waiting = iter(sources)
    begun = deque(pool.submit(work, source) for source in islice(waiting, workers + 1))
    try:
        while begun:
            yield begun.popleft().result()
            begun.extend(pool.submit(work, source) for source in islice(waiting, 1))
    finally:  # if one has failed: the others are not waited for
        for future in begun:
            future.cancel()


def _bits(count: int, known: int = 0) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Bits of a text number; of that and the second hash; of that and both."""
    text_bits = max(count - 1, 1).bit_length()
    hash_bits = max(1, min(8, (64 + known - 2 * text_bits - 6) // 2))
    return np.uint64(text_bits), np.uint64(text_bits + hash_bits), np.uint64(text_bits + 2 * hash_bits)


def _pairs(source: Source, count: int, whole: int, neighbours: int, worth: _Worth | None) -> _Found:
    """Pairs of one source worth keeping; how many are not; how many buckets were bounded; pairs left out."""
    bits = _bits(count, source.known)
    rest = (np.uint64(1) << bits[-1]) - np.uint64(1)  # what of a key is not of the bucket
    packed = source.make()
    packed.sort()
    kept = [np.empty(0, dtype=np.int64)]
    unworthy = buckets = passed_over = start = 0
    while start < packed.size:  # some keys at a time, whole buckets of them: their arrays stay in cache
        last = packed[min(start + _KEYS, packed.size) - 1]
        stop = int(np.searchsorted(packed, last | rest, side="right"))
        texts, same, large, every = _linked(packed[start:stop], bits, whole, neighbours)
        buckets += large
        passed_over += every
        for pairs, made, others in _worthy(texts, same, int(bits[0]), neighbours, worth):
            kept.append(pairs)
            passed_over -= made
            unworthy += others
        start = stop
    return distinct(np.concatenate(kept)), unworthy, buckets, passed_over


def _linked(
    packed: _Keys, bits: tuple[np.uint64, np.uint64, np.uint64], whole: int, neighbours: int
) -> tuple[_Index, NDArray[np.bool_], int, int]:
    """Texts of keys, sorted, of whole buckets; whether each is paired with the next one.

    And how many of the buckets are bounded, and how many pairs all of them hold.
    """
    text_bits, middle, low = bits
    differ = packed[1:] ^ packed[:-1]
    if not differ.all():  # a text that has a key twice
        packed = np.append(packed[:1], np.compress(differ != 0, packed[1:]))
        differ = packed[1:] ^ packed[:-1]
    packed, same = _several(packed, np.append(differ < (np.uint64(1) << low), False))
    last = np.flatnonzero(~same)  # of each bucket
    sizes = np.diff(last, prepend=-1)
    every = int((sizes * (sizes - 1) // 2).sum())
    buckets = int((sizes > min(whole, neighbours + 1)).sum())
    large = _in_chosen(sizes > whole, last, sizes)
    if large.any():  # there, the next text counts only if the first hash is the same
        differ = packed[1:] ^ packed[:-1]
        same[:-1] &= ~(large & (differ >= np.uint64(1) << middle))
        last = np.flatnonzero(~same)
        sizes = np.diff(last, prepend=-1)
        large &= _in_chosen(sizes > neighbours + 1, last, sizes)  # and of too many, the second one too
        same[:-1] &= ~(large & (differ >= np.uint64(1) << text_bits))
        packed, same = _several(packed, same)
    texts = packed & ((np.uint64(1) << text_bits) - np.uint64(1))
    return texts.view(np.int64), same, buckets, every


def _several(packed: _Keys, same: NDArray[np.bool_]) -> tuple[_Keys, NDArray[np.bool_]]:
    """Keys that go together with the one before or the next; most are alone."""
    shared = same.copy()
    shared[1:] |= same[:-1]
    at = np.flatnonzero(shared)
    return packed.take(at), same.take(at)


def _worthy(
    texts: _Index, same: NDArray[np.bool_], text_bits: int, neighbours: int, worth: _Worth | None
) -> Iterator[tuple[_Index, int, int]]:
    """Pairs of texts that stand together, each as one number; how many were made, how many not worth it."""
    linked = np.flatnonzero(same)
    for start in range(0, linked.size, _LINKED):
        low, high = int(linked[start]), int(linked[min(start + _LINKED, linked.size) - 1]) + 1
        some, goes_on = texts[low : high + neighbours], same[low : high + neighbours]
        ends, paired = [], goes_on[: high - low]
        for step in range(1, neighbours + 1):
            at = np.flatnonzero(paired)
            if not at.size:
                break
            ends.append((at, at + step))
            # One more in the same bucket.
            paired = paired[: goes_on.size - step] & goes_on[step : step + paired.size]
        one, other = map(np.concatenate, zip(*ends, strict=True))
        made = one.size
        if worth is not None:
            kept = worth(some, one, other)
            one, other = np.compress(kept, one), np.compress(kept, other)
        unworthy = made - one.size
        one, other = some.take(one), some.take(other)
        pairs = np.minimum(one, other) << text_bits
        pairs |= np.maximum(one, other)
        yield np.compress(one != other, pairs), made, unworthy  # a text may have a key twice


def _in_chosen(chosen: NDArray[np.bool_], last: _Index, sizes: _Index) -> NDArray[np.bool_]:
    """Which keys but the last one stand in chosen buckets; `last` and `sizes` are of all buckets, in order.

    What np.repeat would give, which takes twice as long and holds the interpreter lock.
    """
    steps = np.zeros(int(sizes.sum()) + 1, dtype=np.int8)
    last = last.compress(chosen)
    steps[last - sizes.compress(chosen) + 1] += 1
    steps[last + 1] -= 1
    return np.cumsum(steps, out=steps)[:-2].view(np.bool_)


def _union(pool: Executor, some: list[_Index], workers: int) -> _Index:
    """What is in any of the arrays, sorted, without repeats; each of them is sorted."""
    most = max((int(pairs[-1]) for pairs in some if pairs.size), default=0) + 1
    parts = workers * _PARTS if sum(map(len, some)) > _KEYS else 1
    bounds = [most * part // parts for part in range(parts + 1)]
    cuts = [np.searchsorted(pairs, bounds).tolist() for pairs in some]

    def part(number: int) -> _Index:
        slices = (pairs[cut[number] : cut[number + 1]] for pairs, cut in zip(some, cuts, strict=True))
        return distinct(np.concatenate([np.empty(0, dtype=np.int64), *slices]))

    return np.concatenate(list(pool.map(part, range(parts))))
