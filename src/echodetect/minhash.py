"""MinHash signatures of a whole corpus at once, in datasketch 2's "affine32" scheme.

The smallest value of ``a * fmix32(h) + b mod 2**32`` over a text's shingle hashes h, for each of `num_perm`
pairs (a odd, b) (Broder 1997, section 3; the permutations and their seed are datasketch's, so signatures can
be handed to its MinHash, LeanMinHash and MinHashLSH as they are).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from echodetect.errors import ParameterError, check_count
from echodetect.shingles import fmix32, rolling
from echodetect.text import check_texts, fold

_BLOCK = 65536  # shingles of texts of about one length that numpy works on at once
_TOGETHER = 8  # permutations a numpy call: 2 MB of values (benchmarks/designs.md has other sizes)
_COPIED = 2048  # rows at once
_FEW = 25  # of a sketch's parts one is still empty: one by one is then faster
_EMPTY = 0xFFFFFFFF  # datasketch's value of a signature that was fed nothing

_Signatures = NDArray[np.uint32]
_Index = NDArray[np.int64]


def minhash(
    texts: Sequence[str], num_perm: int = 128, ngram: int = 5, seed: int = 1, *, workers: int | None = None
) -> _Signatures:
    """Signatures of folded texts, bit for bit those of datasketch's MinHash in its "affine32" scheme.

    Equal texts are folded once, and texts that fold to the same are signed once.

    Parameters
    ----------
    texts
        Sequence of str, length n; folded by `echodetect.fold` first.
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
    check_texts(texts)
    check_count("num_perm", num_perm, 1)
    check_count("ngram", ngram, 1)
    if check_count("seed", seed, 0) >= 1 << 32:
        raise ParameterError("seed", seed, "a whole number from 0 to 2**32 - 1", "choose another seed")
    threads = (os.cpu_count() or 1) if workers is None else check_count("workers", workers, 1)
    given, of_given = _distinct(texts)
    folded, of_folded = _distinct(fold(given, workers=threads))
    which = of_folded[of_given]
    signatures = np.empty((len(texts), num_perm), dtype=np.uint32)
    sign(folded, num_perm, ngram, seed, workers=threads, out=signatures[: len(folded)])
    # Texts are numbered as they appear, so none has its signature further down than itself: from the last
    # row up, what is overwritten is not needed any more.
    for stop in range(len(texts), 0, -_COPIED):
        some = slice(max(stop - _COPIED, 0), stop)
        signatures[some] = signatures[which[some]]
    return signatures


def _distinct(texts: Sequence[str]) -> tuple[list[str], _Index]:
    """The distinct texts in order of appearance, and which of them each text is."""
    rows: dict[str, int] = {}
    first = np.fromiter(map(rows.setdefault, texts, range(len(texts))), dtype=np.int64, count=len(texts))
    return list(rows), (np.cumsum(first == np.arange(first.size)) - 1)[first]


def permutations(num_perm: int, seed: int) -> tuple[_Signatures, _Signatures]:
    """datasketch's factors (odd) and summands, uint32 (num_perm,) each, drawn as its MinHash draws them."""
    generator = np.random.RandomState(seed)  # datasketch's own
    half = generator.randint(0, 1 << 31, num_perm, dtype=np.uint32)
    return half * np.uint32(2) + np.uint32(1), generator.randint(0, 1 << 32, num_perm, dtype=np.uint32)


def sign(
    texts: Sequence[str],
    num_perm: int,
    ngram: int,
    seed: int = 1,
    *,
    workers: int = 1,
    out: _Signatures | None = None,
) -> _Signatures:
    """Signatures of texts as they are, which hold no NUL; uint32 (n, num_perm), in `out` where given.

    Texts of about one length go into one block, so that every numpy call works on thousands of shingles:
    nearly twice as fast as ``minimum.reduceat`` over a flat array (benchmarks/designs.md).
    """
    permuting = permutations(num_perm, seed)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    counts = np.where(lengths > 0, np.maximum(lengths - ngram, 0) + 1, 0)
    signatures = np.empty((len(texts), num_perm), dtype=np.uint32) if out is None else out
    signatures[counts == 0] = _EMPTY

    def work(rows: _Index) -> None:
        signatures[rows] = _sign_block([texts[row] for row in rows.tolist()], counts[rows], ngram, *permuting)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, _blocks(counts)))
    return signatures


def _blocks(counts: _Index) -> list[_Index]:
    """Rows of all texts with shingles, fewest first, in blocks that hold `_BLOCK` shingles when filled up."""
    order = np.argsort(counts, kind="stable")
    order = order[np.searchsorted(counts[order], 1) :]
    blocks, start = [], 0
    while start < order.size:
        tall = counts[order[start : start + _BLOCK // int(counts[order[start]])]]
        fitting = np.searchsorted(tall * np.arange(1, tall.size + 1), _BLOCK, side="right")
        stop = start + max(int(fitting), 1)  # a long text is a block of its own
        blocks.append(order[start:stop])
        start = stop
    return blocks


def _sign_block(
    texts: list[str], counts: _Index, ngram: int, factors: _Signatures, summands: _Signatures
) -> _Signatures:
    """Signatures of texts with so many shingles each, ascending; uint32 (texts, num_perm)."""
    # NUL is the digit 0 of the polynomial: on the left it leaves the hash of a short text as it is. numpy
    # fills up with it on the right; the empty text gives the last n-grams something to reach into.
    if counts[0] == 1:
        texts = [text.rjust(ngram, "\0") for text in texts]
    padded = np.array([*texts, ""])
    codes = padded.view(np.uint32)
    least, tall, width = int(counts[0]), int(counts[-1]), codes.size // padded.size
    hashes = rolling(codes, ngram)[: len(texts) * width].reshape(len(texts), width)[:, :tall]
    if least < tall:  # a shorter text repeats its first shingle
        np.copyto(hashes[:, least:], hashes[:, :1], where=np.arange(least, tall) >= counts[:, None])
    # The longer side goes last, where numpy's inner loops run.
    axis = 1 if tall < len(texts) else 2
    mixed = fmix32(np.ascontiguousarray(hashes.T if axis == 1 else hashes))
    values = np.empty((_TOGETHER, *mixed.shape), dtype=np.uint32)
    lowest = np.empty((factors.size, len(texts)), dtype=np.uint32)
    for first in range(0, factors.size, _TOGETHER):
        some = slice(first, first + _TOGETHER)
        part = values[: factors[some].size]
        np.multiply(factors[some, None, None], mixed, out=part)
        part += summands[some, None, None]
        np.minimum.reduce(part, axis=axis, out=lowest[some])
    return lowest.T


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
    for order in orders[turn:]:
        if not flat.size:
            break
        other = (order.take(part) - part) * count + flat
        values.reshape(-1)[flat] = low.take(other)
        still = empty.take(other)
        flat, part = np.compress(still, flat), np.compress(still, part)
    return ~values


@lru_cache
def _orders(num_perm: int, seed: int) -> _Index:
    """Each part's first, second ... other part, int64 (num_perm, num_perm)."""
    generator = np.random.RandomState(seed)  # a stream that numpy has frozen
    return np.stack([generator.permutation(num_perm) for _ in range(num_perm)], axis=1)
