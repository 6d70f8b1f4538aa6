"""MinHash signatures of a whole corpus at once, in datasketch 2's "affine32" scheme.

The smallest value of ``a * fmix32(h) + b mod 2**32`` over a text's shingle hashes h, for each of `num_perm`
pairs (a odd, b) (Broder 1997, section 3; the permutations and their seed are datasketch's, so signatures can
be handed to its MinHash, LeanMinHash and MinHashLSH as they are).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from echodetect.errors import ParameterError, check_count
from echodetect.shingles import fmix32, shingle
from echodetect.text import encode, fold

_ROWS = 1024  # texts a block, all of about one length
_TOGETHER = 8  # permutations a numpy call
_CHUNK = 16384
_EMPTY = 0xFFFFFFFF  # datasketch's value of a signature that was fed nothing

_Signatures = NDArray[np.uint32]


def minhash(texts: Sequence[str], num_perm: int = 128, ngram: int = 5, seed: int = 1) -> _Signatures:
    """Signatures of folded texts, bit for bit those of datasketch's MinHash in its "affine32" scheme.

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

    Returns
    -------
    uint32 array (n, num_perm), C order; a row of 4294967295 for a text that folds to nothing.

    Examples
    --------
    >>> signatures = minhash(["Join us on Friday", "join us, on FRIDAY!", "Quarterly figures"])
    >>> signatures.shape, (signatures[0] == signatures[1]).mean(), (signatures[0] == signatures[2]).mean()
    ((3, 128), np.float64(1.0), np.float64(0.0))
    """
    check_count("num_perm", num_perm, 1)
    check_count("ngram", ngram, 1)
    if check_count("seed", seed, 0) >= 1 << 32:
        raise ParameterError("seed", seed, "a whole number from 0 to 2**32 - 1", "choose another seed")
    signatures = np.empty((len(texts), num_perm), dtype=np.uint32)
    for start in range(0, len(texts), _CHUNK):
        chunk = fold(texts[start : start + _CHUNK])
        signatures[start : start + _CHUNK] = sign(*shingle(*encode(chunk), ngram), num_perm, seed).T
    return signatures


def permutations(num_perm: int, seed: int) -> tuple[_Signatures, _Signatures]:
    """datasketch's factors (odd) and summands, uint32 (num_perm,) each, drawn as its MinHash draws them."""
    generator = np.random.RandomState(seed)  # datasketch's own
    half = generator.randint(0, 1 << 31, num_perm, dtype=np.uint32)
    return half * np.uint32(2) + np.uint32(1), generator.randint(0, 1 << 32, num_perm, dtype=np.uint32)


def sign(hashes: _Signatures, offsets: NDArray[np.int64], num_perm: int, seed: int = 1) -> _Signatures:
    """Signatures from flat shingle hashes (`echodetect.shingles.shingle`); uint32 (num_perm, n).

    Texts of about one length are laid side by side, shingle by shingle, so that every numpy call works on
    whole blocks: twice as fast as ``minimum.reduceat`` over the flat array (benchmarks/designs.md).
    """
    factors, summands = permutations(num_perm, seed)
    mixed = fmix32(hashes)
    counts = np.diff(offsets)
    order = np.argsort(counts, kind="stable")
    signatures = np.full((num_perm, counts.size), _EMPTY, dtype=np.uint32)
    order = order[np.searchsorted(counts[order], 1) :]
    for start in range(0, order.size, _ROWS):
        rows = order[start : start + _ROWS]
        tall = int(counts[rows[-1]])
        if tall > 8 * int(counts[rows[0]]) + 64:  # a block of unlike lengths: no sense in filling it up
            for row in rows.tolist():
                values = mixed[offsets[row] : offsets[row + 1], None] * factors + summands
                signatures[:, row] = values.min(axis=0)
            continue
        # Column j holds the shingles of text j; a shorter text repeats its last one.
        places = np.minimum(np.arange(tall)[:, None], counts[rows] - 1) + offsets[rows]
        block = mixed[places]
        values = np.empty((_TOGETHER, *block.shape), dtype=np.uint32)
        lowest = np.empty((num_perm, rows.size), dtype=np.uint32)
        for first in range(0, num_perm, _TOGETHER):
            some = slice(first, first + _TOGETHER)
            part = values[: factors[some].size]
            np.multiply(factors[some, None, None], block, out=part)
            part += summands[some, None, None]
            np.minimum.reduce(part, axis=1, out=lowest[some])
        signatures[:, rows] = lowest
    return signatures


def sketch(hashes: _Signatures, offsets: NDArray[np.int64], num_perm: int, seed: int = 1) -> _Signatures:
    """Signatures by one permutation, uint32 (num_perm, n): a tenth of `sign`'s work, equal recall.

    The hash range is cut into `num_perm` parts and the smallest hash of each part kept (Li, Owen and Zhang
    2012). A part without any hash takes the value of another, in an order drawn for that part, the same for
    all texts, so that two texts agree there with the probability of their Jaccard similarity (Shrivastava
    2017, section 4). Not datasketch's scheme: for candidates only. Texts without shingles get 4294967295.
    """
    count = offsets.size - 1
    mixed = fmix32(hashes)
    place = (((mixed >> np.uint32(16)) * np.uint32(num_perm)) >> np.uint32(16)).astype(np.int64)
    place += np.repeat(np.arange(count) * num_perm, np.diff(offsets))
    kept = np.full(count * num_perm, _EMPTY, dtype=np.uint32)
    np.minimum.at(kept, place, mixed)
    generator = np.random.RandomState(seed)  # a stream that numpy has frozen
    orders = np.stack([generator.permutation(num_perm) for _ in range(num_perm)], axis=1)
    signatures = kept.copy()
    empty = np.flatnonzero(kept == _EMPTY)
    text = empty // num_perm
    part = empty - text * num_perm
    text *= num_perm
    for order in orders:  # all texts' empty parts at once, each trying its next other part
        if not empty.size:
            break
        values = kept[text + order[part]]
        signatures[empty] = values
        left = values == _EMPTY
        empty, text, part = (np.compress(left, some) for some in (empty, text, part))
    return np.ascontiguousarray(signatures.reshape(count, num_perm).T)
