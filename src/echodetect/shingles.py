"""Shingle hashes of whole chunks of texts at once, on flat code-point arrays with offsets."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_Codes = NDArray[np.uint32]
_Keys = NDArray[np.uint64]
_Index = NDArray[np.int64]

_BASE = 0x9E3779B1  # odd: multiplication by it is a bijection modulo 2**32
_GOLDEN = 0x9E3779B97F4A7C15
_LAST = np.uint32(0xFFFFFFFF)
_BLOCK = 1 << 17  # characters
_POWERS: tuple[_Keys, _Keys] = (np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint64))


def fmix32(hashes: _Codes) -> _Codes:
    """MurmurHash3's 32-bit finaliser, a bijection to spread structured input (Appleby 2011); a new array."""
    # The one array beside the result: new ones cost more than what they hold.
    shifted = hashes >> np.uint32(16)
    mixed = hashes ^ shifted
    mixed *= np.uint32(0x85EBCA6B)
    np.right_shift(mixed, np.uint32(13), out=shifted)
    mixed ^= shifted
    mixed *= np.uint32(0xC2B2AE35)
    np.right_shift(mixed, np.uint32(16), out=shifted)
    mixed ^= shifted
    return mixed


def fmix64(hashes: _Keys) -> _Keys:
    """MurmurHash3's 64-bit finaliser; a new array."""
    shifted = hashes >> np.uint64(33)
    mixed = hashes ^ shifted
    mixed *= np.uint64(0xFF51AFD7ED558CCD)
    np.right_shift(mixed, np.uint64(33), out=shifted)
    mixed ^= shifted
    mixed *= np.uint64(0xC4CEB9FE1A85EC53)
    np.right_shift(mixed, np.uint64(33), out=shifted)
    mixed ^= shifted
    return mixed


def rolling(codes: _Codes, ngram: int) -> _Codes:
    """The polynomial hash of the `ngram` code points from each position on; uint32, `ngram` - 1 fewer.

    Built by doubling: the hash of 2k code points is that of the first k, times the base to the k, plus that
    of the next k (Karp and Rabin 1987, section 2, with 2**32 for the prime; mix before use).
    """
    if codes.size < ngram:
        return np.empty(0, dtype=np.uint32)
    hashes, done = codes[:0], 0
    power, width = codes, 1  # `power` covers `width` code points from each position
    while True:
        shift = np.uint32(pow(_BASE, width, 1 << 32))
        if ngram & width:
            size = codes.size - done - width + 1
            hashes = hashes[:size] * shift + power[done : done + size] if done else power
            done += width
        if done == ngram:
            return hashes
        power = power[: power.size - width] * shift + power[width:]
        width *= 2


def shingle(codes: _Codes, offsets: _Index, ngram: int) -> tuple[_Codes, _Index]:
    """Hashes of all character n-grams of each text.

    Parameters
    ----------
    codes, offsets
        Code points of all texts in a row, uint32 (characters,), and where each begins, int64 (n + 1,), as
        `echodetect.text.encode` gives them.
    ngram
        Length in characters; a shorter text has one shingle, the whole of it; an empty text has none.

    Returns
    -------
    hashes, uint32 (shingles,), and offsets, int64 (n + 1,): the shingles of text i are
    ``hashes[offsets[i]:offsets[i + 1]]``, in the order of the text, repeats kept.
    """
    lengths = np.diff(offsets)
    counts = np.where(lengths >= ngram, lengths - ngram + 1, np.minimum(lengths, 1))
    starts = np.zeros(counts.size + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    every = rolling(codes, ngram)
    if lengths.size and lengths.min() >= ngram:
        whole = np.ones(codes.size, dtype=np.bool_)  # not those that reach into the next text
        for back in range(1, ngram):
            whole[offsets[1:] - back] = False
        return every[whole[: every.size]], starts  # copies stretches, which `compress` does not
    inside = np.repeat(offsets[:-1] - starts[:-1], counts) + np.arange(starts[-1])
    hashes = (
        every[np.minimum(inside, max(every.size - 1, 0))] if every.size else np.zeros(inside.size, np.uint32)
    )
    for text in np.flatnonzero((lengths > 0) & (lengths < ngram)).tolist():
        hashes[starts[text]] = rolling(codes[offsets[text] : offsets[text + 1]], int(lengths[text]))[0]
    return hashes, starts


def winnow(codes: _Codes, offsets: _Index, ngram: int, window: int) -> tuple[_Codes, _Codes, _Codes, _Index]:
    """Fingerprints of each text: in every `window` consecutive shingles the one with the smallest hash.

    Two texts that share any ``window + ngram - 1`` consecutive characters share a fingerprint, wherever in
    the texts they stand (Schleimer, Wilkerson and Aiken 2003, section 3): this is what finds a message
    inside a longer post. All shingles that equal the minimum of a window are kept, not only the rightmost.
    A text with fewer shingles than a window gives its smallest one; shorter than `ngram`: none.

    Returns hashes, uint32 (fingerprints,), mixed by `fmix32`; likewise those of the shingles two thirds of
    `ngram` further on in the text and as far again, 4294967295 where there is none; and the text of each,
    int64, ascending.
    """
    size = codes.size
    every = fmix32(rolling(codes, ngram))
    if not every.size:
        return every, every, every, np.empty(0, dtype=np.int64)
    lengths = np.diff(offsets)
    # As if no shingle began in a text's last characters.
    hashes = np.full(size + max(2 * ngram, window), _LAST)
    hashes[: every.size] = every
    tails = np.maximum(offsets[1:][lengths > 0] - np.arange(1, ngram + window - 1)[:, None], 0)
    hashes[tails[: ngram - 1]] = _LAST
    # A window counts that ends within its text's shingles.
    minima = np.zeros(size + window - 1, dtype=np.uint32)
    behind = minima[window - 1 :]
    behind[:] = _slide(np.minimum, hashes[: size + window - 1], window)
    behind[tails] = 0
    # A shingle is a fingerprint when it equals the minimum of some window that holds it; as no such minimum
    # is above it, when it equals the largest of them.
    chosen = _slide(np.maximum, minima, window) == hashes[:size]
    chosen &= hashes[:size] != _LAST
    shingles = np.maximum(lengths - ngram + 1, 0)
    few = np.flatnonzero((shingles > 0) & (shingles < window))
    if few.size:  # the window of each starts with it, and goes on into characters where none begins
        own = hashes[offsets[few, None] + np.arange(window)]
        own[np.arange(window) >= shingles[few, None]] = _LAST
        row, at = np.nonzero((own == own.min(axis=1)[:, None]) & (own != _LAST))
        chosen[offsets[few[row]] + at] = True
    at = np.flatnonzero(chosen)
    texts = np.repeat(np.arange(lengths.size), np.diff(np.searchsorted(at, offsets)))
    step = 2 * ngram // 3
    ahead, beyond = hashes.take(at + step), hashes.take(at + 2 * step)
    beyond[ahead == _LAST] = _LAST  # it is the next text's
    return hashes.take(at), ahead, beyond, texts


def _slide(extreme: np.ufunc, values: _Codes, window: int) -> _Codes:
    """The extreme of `window` values from each position on, `window` - 1 fewer, by doubling."""
    span = 1
    while span < window:
        step = min(span, window - span)
        values = extreme(values[:-step], values[step:])
        span += step
    return values


def content_keys(codes: NDArray[np.unsignedinteger[Any]], offsets: _Index) -> _Keys:
    """A 64-bit hash of each text, uint64 (n,), from its code points alone: equal texts, equal keys.

    The polynomial of the code points modulo 2**64, as a sum times the inverse of the power at which the text
    begins (the base is odd, so there is one).
    """
    keys = np.empty(offsets.size - 1, dtype=np.uint64)
    start = 0
    while start < keys.size:  # some texts at a time: their terms and powers stay in cache
        stop = max(int(np.searchsorted(offsets, offsets[start] + _BLOCK, side="right")) - 1, start + 1)
        edges = offsets[start : stop + 1] - offsets[start]
        size = int(edges[-1])
        power, inverse = _powers(size)
        terms = np.empty(size + 1, dtype=np.uint64)
        terms[-1] = 0  # where empty texts at the end begin
        np.multiply(codes[offsets[start] : offsets[stop]], power[:size], out=terms[:-1])
        begins = edges[:-1]
        keys[start:stop] = np.add.reduceat(terms, begins) * inverse[begins]
        keys[start:stop][edges[1:] == begins] = 0
        start = stop
    return fmix64(keys)


def _powers(count: int) -> tuple[_Keys, _Keys]:
    """Powers 0 to `count` of an odd base, and their inverses, modulo 2**64."""
    global _POWERS
    powers = _POWERS  # another thread may put in shorter ones meanwhile
    if powers[0].size <= count:
        size = 1 << count.bit_length()
        steps = [np.full(size, base, dtype=np.uint64) for base in (_GOLDEN, pow(_GOLDEN, -1, 1 << 64))]
        for step in steps:
            step[0] = 1
        _POWERS = powers = np.multiply.accumulate(steps[0]), np.multiply.accumulate(steps[1])
    return powers
