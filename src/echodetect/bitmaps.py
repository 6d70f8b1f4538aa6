"""Which shingles a text has, as a bitmap: tells in a few instructions how much of one text is in another.

A text's bitmap has a bit set for the first bits of each shingle's hash. How many bits are set in one bitmap,
in another and in either tells how many shingles each has and both have together, and so how many they have in
common (linear counting: Whang, Vander-Zanden and Taylor 1990, section 2; its use on unions: Swamidass and
Baldi 2007). All shingles count, so at equal size the estimate is closer than that of MinHash values, which
are a sample (benchmarks/designs.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from echodetect.folded import chunks, encode
from echodetect.shingles import fmix32, shingle

_Maps = NDArray[np.uint64]
_Index = NDArray[np.int64]

BITS = 512  # of an ordinary text's bitmap; texts of more than half as many shingles get larger ones
_PAIRS = 8192  # at once: their bitmaps stay in cache
_BYTES = (np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0001000100010001))


def bitmaps(mixed: NDArray[np.uint32], offsets: _Index, bits: int = BITS) -> _Maps:
    """Bitmaps of texts from their flat shingle hashes (`echodetect.shingles.shingle`), mixed by `fmix32`.

    Returns uint64 (n, bits / 64); `bits` is a power of two, 64 or more.
    """
    count = offsets.size - 1
    at = np.repeat(np.arange(count) * bits, np.diff(offsets))
    at += mixed >> np.uint32(33 - bits.bit_length())
    bit = np.zeros((count, bits), dtype=np.bool_)
    bit.reshape(-1)[at] = True
    maps: _Maps = np.packbits(bit, axis=1).view(np.uint64)
    return maps


def containment(maps: _Maps, size: _Index, left: _Index, right: _Index) -> NDArray[np.float64]:
    """Estimated share of the smaller text's shingles that the other has too; float64 (pairs,), about 0..1.

    maps: of all texts, uint64 (n, words). size: `ones` of it. left, right: rows of it, int64 (pairs,). An
    empty text has all of its shingles in any other; where a pair sets every bit nothing can be told: that
    counts as 1.
    """
    bits = maps.shape[1] * 64
    counted = _counted(bits)
    shares = np.empty(left.size, dtype=np.float64)
    for some, either in _either(maps, size, left, right):
        in_one, in_other = counted.take(size.take(left[some])), counted.take(size.take(right[some]))
        smaller, share = np.minimum(in_one, in_other), in_one
        share += in_other
        share -= counted.take(either)
        with np.errstate(divide="ignore", invalid="ignore"):
            share /= smaller
        share[(smaller == 0) | (either == bits)] = 1.0
        shares[some] = share
    return shares


def contained(maps: _Maps, least: float, left: _Index, right: _Index) -> NDArray[np.bool_]:
    """Whether the `containment` of pairs of rows of these maps is `least` or more; bool (pairs,)."""
    size = ones(maps)
    counted = _counted(maps.shape[1] * 64)
    inside = counted.take(size)
    enough = np.empty(left.size, dtype=np.bool_)
    for some, either in _either(maps, size, left, right):
        one, other = inside.take(left[some]), inside.take(right[some])
        least_common = np.minimum(one, other)
        least_common *= least
        one += other
        one -= counted.take(either)
        np.greater_equal(one, least_common, out=enough[some])
    return enough


def _either(maps: _Maps, size: _Index, left: _Index, right: _Index) -> Iterator[tuple[slice, _Index]]:
    """How many bits either of a pair sets, for some pairs at a time."""
    for start in range(0, left.size, _PAIRS):
        some = slice(start, start + _PAIRS)
        one, other = left[some], right[some]
        both = maps.take(one, axis=0)  # `take` gathers several times faster than an index in brackets
        both &= maps.take(other, axis=0)
        either = size.take(one)
        either += size.take(other)
        either -= ones(both)
        yield some, either


@cache
def _counted(bits: int) -> NDArray[np.float64]:
    """How many shingles set 0 to `bits` bits of so many; of all of them nothing can be told: 0."""
    return np.append(np.log1p(-np.arange(bits) / bits) * -bits, 0.0)


def containment_of(
    texts: Sequence[str], lengths: _Index, ngram: int, left: _Index, right: _Index, *, workers: int = 1
) -> NDArray[np.float64]:
    """`containment` of pairs of texts of any length, by bitmaps of the size that the longer of a pair needs.

    Sizes are powers of two, of twice to four times as many bits as the longer text has characters.
    """
    size = np.frexp(np.maximum(lengths[left], lengths[right]) * 2 - 1)[1]  # bits as a power of two
    shares = np.empty(left.size, dtype=np.float64)
    with ThreadPoolExecutor(workers) as pool:
        for power in np.unique(size).tolist():
            pairs = np.flatnonzero(size == power)
            involved = np.unique(np.concatenate([left[pairs], right[pairs]]))
            parts = chunks([texts[text] for text in involved.tolist()])
            bits = max(1 << power, BITS)
            made = pool.map(partial(_mapped, ngram, bits), parts)
            maps = np.concatenate(list(made))
            one, other = (np.searchsorted(involved, some[pairs]) for some in (left, right))
            step = max(_PAIRS * BITS // bits, 1)
            cuts = np.arange(step, pairs.size, step)
            each = pool.map(
                partial(containment, maps, ones(maps)), np.split(one, cuts), np.split(other, cuts)
            )
            shares[pairs] = np.concatenate(list(each))
    return shares


def _mapped(ngram: int, bits: int, texts: Sequence[str]) -> _Maps:
    hashes, offsets = shingle(*encode(texts), ngram)
    return bitmaps(fmix32(hashes), offsets, bits)


def ones(maps: _Maps) -> _Index:
    """How many bits of each row are set, int64."""
    counts = np.bitwise_count(maps)  # uint8
    if counts.shape[1] % 8:
        every: _Index = counts.sum(axis=1, dtype=np.int64)
        return every
    # Eight counts in a word at once, several times faster than a sum over so short an axis.
    low, fold = _BYTES
    words = np.ascontiguousarray(counts).view(np.uint64)
    odd = words >> np.uint64(8)
    odd &= low
    words &= low
    words += odd
    words *= fold
    words >>= np.uint64(48)
    return (words[:, 0] if words.shape[1] == 1 else words.sum(axis=1)).view(np.int64)
