"""Which pairs of folded texts are worth comparing: three families of keys, then a cheap look at each pair.

- MinHash bands over 3-grams find texts alike as a whole;
- winnowed long shingles find a message inside a longer post, which whole-text MinHash dilutes away;
- more and wider bands find short texts with a letter or a word changed.

What a pair's bitmaps say of the share of shingles in common then spares most of the comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from echodetect.bitmaps import BITS, bitmaps, contained, containment_of
from echodetect.equal import changes
from echodetect.errors import ParameterError, check_count, check_share
from echodetect.folded import encode, lengths_of, stored
from echodetect.heap import give_back
from echodetect.lsh import Candidates, Source, bands, pack, pair_up
from echodetect.minhash import sketch
from echodetect.shingles import fmix32, shingle, winnow

_CHUNK = 1 << 19  # characters: enough for threads not to fight over the interpreter lock
_TEXT = 32  # as many characters is what a text costs beside its own, with the byte a bit of its bitmap
_PART_BITS = 3  # at least, of the long shingles' keys: those of each part are sorted by a thread of their own
_Index = NDArray[np.int64]
_LAST = np.uint32(0xFFFFFFFF)
_SPREAD = np.uint32(0x9E3779B1)


@dataclass(frozen=True, slots=True)
class Search:
    """How candidates are looked for; every default stands on a row of benchmarks/designs.md.

    Attributes
    ----------
    ngram
        Characters a shingle of the MinHash signatures.
    num_perm, bands, rows
        Values of a signature; bands drawn from them, of `rows` values each.
    short, short_bands, short_rows
        Folded characters up to which a text gets more and wider bands.
    long_ngram, window
        Characters of a winnowed shingle and shingles of a window: texts with any
        ``long_ngram + window - 1`` consecutive characters in common are candidates.
    whole
        Texts of a bucket up to which all are paired; in a larger one, those with one more hash in common.
    neighbours
        Texts with which each one of a bucket is paired at most; where more have that hash in common, those
        with another one in common too.
    containment
        Estimated share of the smaller text's shingles in common, below which a pair is not compared.
    seed
        Of the permutations and the bands.
    """

    ngram: int = 3
    num_perm: int = 48
    bands: int = 40
    rows: int = 5
    short: int = 40
    short_bands: int = 28
    short_rows: int = 3
    long_ngram: int = 12
    window: int = 8
    whole: int = 8
    neighbours: int = 12
    containment: float = 0.6
    seed: int = 1

    def __post_init__(self) -> None:
        may_be_zero = ("bands", "short", "short_bands", "seed")
        for name in self.__dataclass_fields__:
            if name == "containment":
                check_share(name, self.containment)
            else:
                count = check_count(name, getattr(self, name), 0 if name in may_be_zero else 1)
                object.__setattr__(self, name, count)  # numpy's integers overflow where Python's do not
        if self.seed >= 1 << 32:
            raise ParameterError("seed", self.seed, "less than 2**32", "choose another seed")


def check_search(search: object) -> None:
    """ParameterError unless this is a Search or None."""
    if search is not None and not isinstance(search, Search):
        raise ParameterError("search", search, "a Search or None", "pass echodetect.Search(...)")


def find(texts: Sequence[str], search: Search | None = None, *, workers: int = 1) -> Candidates:
    """Pairs of folded texts to compare; `dropped`: how often one was found that its bitmaps speak against.

    Texts are distinct and numbered by content (see `echodetect.lsh.pair_up`).
    """
    search = search or Search()
    count = len(texts)
    if count < 2:
        nothing = np.empty(0, dtype=np.int64)
        return Candidates(nothing, nothing, 0, 0, 0)
    signatures = np.empty((search.num_perm, count), dtype=np.uint16)
    maps = np.empty((count, BITS // 64), dtype=np.uint64)
    lengths, order = lengths_of(texts), stored(texts)
    part_bits = min(max(_PART_BITS, (count - 1).bit_length() - 16), 16)  # 8 are left for each hash of a key

    def make(start: int, stop: int) -> list[NDArray[np.uint64]]:
        """Fill in a chunk's signatures and bitmaps; its winnowed keys, by their first bits."""
        some = order[start:stop]
        codes, offsets = encode(texts, some)
        hashes, begins = shingle(codes, offsets, search.ngram)
        mixed = fmix32(hashes)
        signed = sketch(mixed, begins, search.num_perm, search.seed)
        signatures[:, start:stop] = signed
        maps[some] = bitmaps(mixed, begins)
        long, ahead, beyond, of = winnow(codes, offsets, search.long_ngram, search.window)
        spread = (long * _SPREAD).astype(np.uint64) << np.uint64(32)  # the smallest hashes, made even
        for number, further in enumerate((ahead, beyond)):  # how the text goes on; where it ends: what it is
            last = np.flatnonzero(further == _LAST)
            further[last] = signed[number % search.num_perm].take(of.take(last))
        part = (spread >> np.uint64(64 - part_bits)).astype(np.uint16)
        turn = part.argsort(kind="stable")
        keys = pack(spread, ahead, beyond, some.take(of), count, part_bits).take(turn)
        cuts = np.searchsorted(part.take(turn), np.arange(1 << part_bits))
        return [keys[begin:end].copy() for begin, end in pairwise([*cuts.tolist(), keys.size])]

    with ThreadPoolExecutor(workers) as pool:
        sizes = np.cumsum(lengths.take(order) + _TEXT)
        cuts = np.searchsorted(sizes, np.arange(_CHUNK, sizes[-1], _CHUNK))
        made = list(pool.map(make, *zip(*pairwise(np.unique([0, *cuts, count]).tolist()), strict=True)))
        long_keys = list(zip(*made, strict=True))[::-1]
        del made
        give_back()
        long = lengths > BITS  # too many shingles for a bitmap of that size: as one that tells nothing
        maps[long] = np.uint64(2**64 - 1)

        def worth(some: _Index, one: _Index, other: _Index) -> NDArray[np.bool_]:
            return contained(maps.take(some, axis=0), search.containment, one, other)

        def sources() -> Iterator[Source]:
            """One family after the other: what only one needs is made late, and let go of early."""
            while long_keys:
                yield Source(partial(np.concatenate, long_keys.pop()), part_bits)
            yield from bands(
                signatures, search.bands, search.rows, seed=search.seed, numbers=order, shared=True
            )
            yield from bands(
                signatures,
                search.short_bands,
                search.short_rows,
                seed=(search.seed + 1) % 2**32,
                texts=np.flatnonzero(lengths.take(order) <= search.short),
                numbers=order,
                shared=True,
            )

        found = pair_up(
            sources(),
            count,
            whole=search.whole,
            neighbours=search.neighbours,
            worth=worth if search.containment else None,
            workers=workers,
        )
    some = np.flatnonzero(long[found.left] | long[found.right])
    if not some.size:
        return found
    left, right = found.left[some], found.right[some]
    shares = containment_of(texts, lengths, search.ngram, left, right, workers=workers)
    kept = shares >= (search.containment or -np.inf)
    both = np.flatnonzero(kept & long[left] & long[right])
    left, right, shares = left[both], right[both], shares[both]
    alike = shares * np.minimum(lengths[left], lengths[right]) / np.maximum(lengths[left], lengths[right])
    turn = np.zeros(found.left.size, dtype=np.int64)  # those that may be embedded, and those that may be near
    turn[some[both]] = np.minimum(_rank(left, right, shares), _rank(left, right, alike)) // search.neighbours
    out = some[~kept]
    left, right, turn = (np.delete(values, out) for values in (found.left, found.right, turn))
    return replace(found, left=left, right=right, dropped=found.dropped + out.size, turn=turn)


def _rank(left: _Index, right: _Index, shares: NDArray[np.float64]) -> _Index:
    """How many pairs of a larger share one of a pair's texts has, the one that has fewer; int64 (pairs,).

    Comparing two texts of thousands of characters takes as long as comparing hundreds of ordinary ones, and
    near-copies of one message find each other in nearly every band.
    """
    text, share = np.concatenate([left, right]), np.concatenate([shares, shares])
    order = np.lexsort((-share, text))  # of equal shares the first pair
    begins = np.flatnonzero(changes(text[order]))
    rank = np.empty(text.size, dtype=np.int64)
    rank[order] = np.arange(text.size) - np.repeat(begins, np.diff(begins, append=text.size))
    return np.minimum(rank[: left.size], rank[left.size :])
