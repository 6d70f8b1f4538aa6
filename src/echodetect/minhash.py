"""MinHash signatures of a whole corpus at once, in datasketch 2's "affine32" scheme.

The smallest value of ``a * fmix32(h) + b mod 2**32`` over a text's shingle hashes h, for each of `num_perm`
pairs (a odd, b) (Broder 1997, section 3; the permutations and their seed are datasketch's, so signatures can
be handed to its MinHash, LeanMinHash and MinHashLSH as they are).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from echodetect.arrays import check_texts
from echodetect.errors import ParameterError, check_count
from echodetect.folded import chunks, encode
from echodetect.originals import Listed
from echodetect.shingles import fmix32, rolling
from echodetect.text import fold_chunks

_BLOCK = 65536  # shingles of texts of about one length that numpy works on at once
_TOGETHER = 8  # permutations a numpy call: 2 MB of values (benchmarks/designs.md has other sizes)
_GROUP = 65536  # texts whose hashes are kept at once, for blocks of about one length
_COPIED = 2048  # rows at once
_FEW = 25  # of a sketch's parts one is still empty: one by one is then faster
_TURNS = 4  # in which an empty part tries another one, at once
_EMPTY = 0xFFFFFFFF  # datasketch's value of a signature that was fed nothing

_Signatures = NDArray[np.uint32]
_Codes = NDArray[np.uint32]
_Index = NDArray[np.int64]


class _Shingles(NamedTuple):
    """Mixed hashes of texts' shingles (uint32); where each text's begin, and how many they are (int64)."""

    hashes: _Signatures
    starts: _Index
    counts: _Index


def minhash(
    texts: Sequence[str], num_perm: int = 128, ngram: int = 5, seed: int = 1, *, workers: int | None = None
) -> _Signatures:
    """Signatures of folded texts, bit for bit those of datasketch's MinHash in its "affine32" scheme.

    Equal texts are folded once, and those that fold to the same are signed once in each block of texts. The
    hash of a shingle is the library's own, a polynomial of its code points modulo 2**32 mixed by `fmix32`:
    compare signatures with those of this function alone, of the same `ngram` and `seed`, and do not `update`
    a MinHash made of one.

    Parameters
    ----------
    texts
        Sequence, Series or array of str, length n; folded by `echodetect.fold` first.
    num_perm
        Permutations, at least 1.
    ngram
        Characters a shingle, at least 1; a shorter text is one shingle.
    seed
        Of the permutations, 0 to 2**32 - 1, as in datasketch.
    workers
        Threads, all cores by default; the result does not depend on it.

    Returns
    -------
    uint32 array (n, num_perm), C order; a row of 4294967295 for a text that folds to nothing.

    Raises
    ------
    ParameterError
        For anything but a sequence of str, and for a number out of its range.

    Examples
    --------
    >>> signatures = minhash(["Join us on Friday", "join us, on FRIDAY!", "Quarterly figures"])
    >>> signatures.shape, (signatures[0] == signatures[1]).mean(), (signatures[0] == signatures[2]).mean()
    ((3, 128), np.float64(1.0), np.float64(0.0))
    """
    texts = check_texts(texts)
    num_perm, ngram = check_count("num_perm", num_perm, 1), check_count("ngram", ngram, 1)
    seed = check_count("seed", seed, 0)
    if seed >= 1 << 32:
        raise ParameterError("seed", seed, "a whole number from 0 to 2**32 - 1", "choose another seed")
    threads = (os.cpu_count() or 1) if workers is None else check_count("workers", workers, 1)
    first = Listed(texts).first_equal()
    is_first = first == np.arange(first.size)
    heads = np.flatnonzero(is_first)

    def hashed(codes: _Codes, ends: _Index) -> _Shingles:
        return _hashed(codes, np.append(0, ends[:-1] + 1), ends, ngram)

    permuting = permutations(num_perm, seed)
    signatures = np.empty((len(texts), num_perm), dtype=np.uint32)
    for start in range(0, heads.size, _GROUP):
        some = heads[start : start + _GROUP]
        shingles = _joined(fold_chunks(hashed, [texts[row] for row in some.tolist()], threads))
        _sign(shingles, permuting, threads, signatures, some)
    rows, repeats = _rows(signatures), np.flatnonzero(~is_first)
    for start in range(0, repeats.size, _COPIED):
        some = repeats[start : start + _COPIED]
        rows.put(some, rows.take(first[some], mode="clip"))
    return signatures


def permutations(num_perm: int, seed: int) -> tuple[_Signatures, _Signatures]:
    """datasketch's factors (odd) and summands, uint32 (num_perm,) each, drawn as its MinHash draws them."""
    generator = RandomState(seed)  # datasketch's own
    half = generator.randint(0, 1 << 31, num_perm, dtype=np.uint32)
    return half * np.uint32(2) + np.uint32(1), generator.randint(0, 1 << 32, num_perm, dtype=np.uint32)


def sign(texts: Sequence[str], num_perm: int, ngram: int, seed: int = 1, *, workers: int = 1) -> _Signatures:
    """Signatures of texts as they are; uint32 (n, num_perm)."""

    def hashed(chunk: Sequence[str]) -> _Shingles:
        codes, offsets = encode(chunk)
        return _hashed(codes, offsets[:-1], offsets[1:], ngram)

    permuting = permutations(num_perm, seed)
    signatures = np.empty((len(texts), num_perm), dtype=np.uint32)
    for start in range(0, len(texts), _GROUP):
        some = np.arange(start, min(start + _GROUP, len(texts)))
        shingles = _joined(map(hashed, chunks(texts[start : start + _GROUP])))
        _sign(shingles, permuting, workers, signatures, some)
    return signatures


def _hashed(codes: _Codes, starts: _Index, ends: _Index, ngram: int) -> _Shingles:
    """The shingles of texts that stand in `codes` between these places."""
    lengths = ends - starts
    hashes = rolling(np.append(codes, np.zeros(ngram - 1, dtype=np.uint32)), ngram)
    short = np.flatnonzero((lengths > 0) & (lengths < ngram))
    if short.size:
        # NUL is the digit 0 of the polynomial: on the left it leaves the hash of a short text as it is.
        back = np.arange(-ngram, 0)
        padded = codes.take(ends[short, None] + back, mode="clip") * (back >= -lengths[short, None])
        hashes[starts[short]] = rolling(padded.ravel(), ngram)[::ngram]
    return _Shingles(fmix32(hashes), starts, (lengths > 0) * (np.maximum(lengths - ngram, 0) + 1))


def _joined(parts: Iterable[_Shingles]) -> _Shingles:
    """The shingles of all parts in a row, and behind them as many as the longest text has, of nobody."""
    none = np.empty(0, dtype=np.int64)
    hashes, starts, counts, size = [none.astype(np.uint32)], [none], [none], 0
    for part in parts:
        hashes.append(part.hashes)
        starts.append(part.starts + size)
        counts.append(part.counts)
        size += part.hashes.size
    most = max(int(some.max(initial=0)) for some in counts)
    hashes.append(np.zeros(most, dtype=np.uint32))
    return _Shingles(np.concatenate(hashes), np.concatenate(starts), np.concatenate(counts))


def _sign(
    shingles: _Shingles,
    permuting: tuple[_Signatures, _Signatures],
    workers: int,
    signatures: _Signatures,
    places: _Index,
) -> None:
    """Write each text's signature into its place, a row of `signatures`.

    Texts of about one length go into one block, so that every numpy call works on thousands of shingles:
    nearly twice as fast as ``minimum.reduceat`` over a flat array (benchmarks/designs.md). Equal texts are
    neighbours there and signed once.
    """
    hashes = shingles.hashes
    signatures[places[shingles.counts == 0]] = _EMPTY
    some = np.flatnonzero(shingles.counts)
    starts, counts, places = shingles.starts[some], shingles.counts[some], places[some]
    # Few texts but equal ones have as many shingles and the same first, middle and last one.
    sample = hashes.take(starts) ^ hashes.take(starts + counts // 2) ^ hashes.take(starts + counts - 1)
    keys = counts << 32 | sample
    order = np.argsort(keys)
    starts, counts, places, keys = starts[order], counts[order], places[order], keys[order]
    rows = _rows(signatures)

    def work(block: slice) -> None:
        given = _padded(hashes, starts[block], counts[block])
        again = np.flatnonzero(np.diff(keys[block]) == 0) + 1
        new = np.ones(len(given), dtype=np.bool_)
        new[again] = (given[again] != given[again - 1]).any(axis=1)
        lowest = _lowest(given if new.all() else given[new], *permuting)
        own = _rows(np.ascontiguousarray(lowest.T))
        rows.put(places[block], own if new.all() else own.take(np.cumsum(new) - 1))

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, _blocks(counts)))


def _blocks(counts: _Index) -> list[slice]:
    """Texts with so many shingles each, ascending, in blocks that hold `_BLOCK` shingles when filled up."""
    blocks, start = [], 0
    while start < counts.size:
        tall = counts[start : start + _BLOCK // int(counts[start])]
        fitting = np.searchsorted(tall * np.arange(1, tall.size + 1), _BLOCK, side="right")
        stop = start + max(int(fitting), 1)  # a long text is a block of its own
        blocks.append(slice(start, stop))
        start = stop
    return blocks


def _padded(hashes: _Signatures, starts: _Index, counts: _Index) -> _Signatures:
    """A row for each text with so many shingles, ascending; uint32 (texts, most), its first one repeated."""
    least, most = int(counts[0]), int(counts[-1])
    # One item of so many bytes from every place on: several times faster than to pick hash by hash.
    stretches = np.ndarray(hashes.size - most + 1, f"V{most * 4}", hashes, strides=(4,))
    padded = stretches[starts].view(np.uint32).reshape(starts.size, most)
    if least < most:
        np.copyto(padded[:, least:], padded[:, :1], where=np.arange(least, most) >= counts[:, None])
    return padded


def _lowest(hashes: _Signatures, factors: _Signatures, summands: _Signatures) -> _Signatures:
    """The smallest value under each permutation of each row of hashes; uint32 (permutations, texts)."""
    # The longer side goes last, where numpy's inner loops run.
    axis = 1 if hashes.shape[1] < len(hashes) else 2
    mixed = np.ascontiguousarray(hashes.T if axis == 1 else hashes)
    values = np.empty((_TOGETHER, *mixed.shape), dtype=np.uint32)
    lowest = np.empty((factors.size, len(hashes)), dtype=np.uint32)
    for first in range(0, factors.size, _TOGETHER):
        some = slice(first, first + _TOGETHER)
        part = values[: factors[some].size]
        np.multiply(mixed, factors[some, None, None], out=part)
        part += summands[some, None, None]
        np.minimum.reduce(part, axis=axis, out=lowest[some])
    return lowest


def _rows(signatures: _Signatures) -> NDArray[Any]:
    """The rows as one item each, which numpy copies faster; shape (n,)."""
    return signatures.view(np.dtype((np.void, signatures.shape[1] * signatures.itemsize))).ravel()


def sketch(
    mixed: _Signatures, offsets: NDArray[np.int64], num_perm: int, seed: int = 1
) -> NDArray[np.uint16]:
    """Signatures by one permutation, uint16 (num_perm, n): a tenth of `sign`'s work, equal recall.

    mixed, offsets: flat shingle hashes (`echodetect.shingles.shingle`), mixed by `fmix32`.

    The hash range is cut into `num_perm` parts and the smallest hash of each part kept (Li, Owen and Zhang
    2012). A part without any hash takes the value of another, in an order drawn for that part, the same for
    all texts, so that two texts agree there with the probability of their Jaccard similarity (Shrivastava
    2017, section 4). Of each value the low half, which says as much in half the memory. Not datasketch's
    scheme: for candidates only. Texts without shingles get 65535.
    """
    count = offsets.size - 1
    place = mixed >> np.uint32(16)
    place *= np.uint32(num_perm)
    place >>= np.uint32(16)
    at = np.repeat(np.arange(count) * num_perm, np.diff(offsets))
    at += place
    turned = np.zeros(count * num_perm, dtype=np.uint32)  # upside down: a part without any hash has 0
    np.maximum.at(turned, at, ~mixed)
    kept = np.ascontiguousarray(turned.reshape(count, num_perm).T)
    empty = kept == 0
    low = kept.astype(np.uint16)
    values, left = low.copy(), empty.copy()
    orders = _orders(num_perm, seed)
    turn = 0
    # All texts' empty parts at once, each trying its next other part: by whole rows as long as many are left.
    while turn < num_perm and np.count_nonzero(left) * _FEW > left.size:
        tried = low.take(orders[turn], axis=0)
        tried *= left
        values |= tried
        left &= empty.take(orders[turn], axis=0)
        turn += 1
    (flat,) = np.nonzero(left.reshape(-1))
    part = flat // count
    for start in range(turn, num_perm, _TURNS):  # of few, several turns at once
        if not flat.size:
            break
        other = (orders[start : start + _TURNS].take(part, axis=1) - part) * count + flat
        vain = empty.take(other)
        first = vain.argmin(axis=0) * flat.size + np.arange(flat.size)
        values.reshape(-1)[flat] = low.take(other.take(first))
        still = np.flatnonzero(vain.take(first))
        flat, part = flat.take(still), part.take(still)
    return ~values


@lru_cache
def _orders(num_perm: int, seed: int) -> _Index:
    """Each part's first, second ... other part, int64 (num_perm, num_perm)."""
    generator = RandomState(seed)  # a stream that numpy has frozen
    return np.stack([generator.permutation(num_perm) for _ in range(num_perm)], axis=1)
