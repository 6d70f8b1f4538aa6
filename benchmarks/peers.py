"""Other libraries on the same distinct folded texts: candidate pairs at documented and chosen settings."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from common import Index

Shingles = Callable[[str], set[str]]


@dataclass(frozen=True, slots=True)
class Peer:
    """A library at one setting.

    find: candidate pairs of texts, int64 (2, pairs), first < second. bands, rows: what the theory needs.
    shingles: what a text is cut into.
    """

    name: str
    find: Callable[[Sequence[str]], Index]
    bands: int
    rows: int
    shingles: Shingles


def words(text: str) -> set[str]:
    return set(text.split())


def grams(*sizes: int) -> Shingles:
    """Character n-grams of all these sizes; a shorter text is one shingle."""
    return partial(_grams, sizes=sizes)


def _grams(text: str, sizes: Sequence[int]) -> set[str]:
    return {text[i : i + n] for n in sizes for i in range(max(len(text) - n + 1, 1))}


def theory(jaccard: Iterable[float], bands: int, rows: int) -> float:
    """Share of pairs that `bands` of `rows` should find, averaged over the pairs' Jaccard similarities."""
    s = np.fromiter(jaccard, dtype=np.float64)
    return float((1 - (1 - s**rows) ** bands).mean()) if s.size else 1.0


def jaccards(texts: Sequence[str], pairs: Index, shingles: Shingles) -> list[float]:
    sets = {i: shingles(texts[i]) for i in np.unique(pairs).tolist()}
    return [len(sets[i] & sets[j]) / len(sets[i] | sets[j]) for i, j in zip(*pairs.tolist(), strict=True)]


def matched_bands(
    texts: Sequence[str], near: Index, shingles: Shingles, candidates: int, values: int = 256
) -> tuple[int, int]:
    """The bands and rows of best predicted recall with up to `values` values and as many candidates."""
    signatures = _datasketch_signatures(texts, shingles, values)
    jaccard = jaccards(texts, near, shingles)
    settings = {(values // 6, 6): -1.0}  # where even this gives too many
    for rows in range(2, 7):
        known = np.empty(0, dtype=np.int64)
        for band in range(values // rows):
            key = np.ascontiguousarray(signatures[:, band * rows : (band + 1) * rows])
            known = np.union1d(known, _bucket_pairs(key, 20 * candidates))
            if known.size > candidates:
                break
            if band:
                settings[band + 1, rows] = theory(jaccard, band + 1, rows)
    return max(settings, key=settings.__getitem__)


def _bucket_pairs(key: np.ndarray, most: int) -> Index:
    """All pairs of equal rows, packed; stops growing at `most`, which is far too many anyway."""
    bucket = np.unique(key, axis=0, return_inverse=True)[1].ravel()
    order = np.argsort(bucket, kind="stable")
    ranked, pairs, total = bucket[order], [], 0
    for step in range(1, len(order)):
        at = np.flatnonzero(ranked[step:] == ranked[:-step])
        total += at.size
        if not at.size or total > most:
            break
        pairs.append(
            order[at] * np.int64(len(order)) + order[at + step]
        )  # a stable sort keeps first < second
    return np.concatenate(pairs) if pairs else np.empty(0, dtype=np.int64)


def _unique(lists: Iterable[Iterable[int]]) -> Index:
    """Pairs (query, hit) with query < hit from each query's hits."""
    both = [(i, j) for i, hits in enumerate(lists) for j in hits if i < j]
    return np.unique(np.array(both, dtype=np.int64).reshape(-1, 2), axis=0).T


# --- datasketch --------------------------------------------------------------------------------------------


def _datasketch_signatures(texts: Sequence[str], shingles: Shingles, num_perm: int) -> np.ndarray:
    from datasketch import MinHash

    sketches = MinHash.bulk([[s.encode() for s in shingles(text)] for text in texts], num_perm=num_perm)
    return np.array([sketch.hashvalues for sketch in sketches])


def datasketch(
    texts: Sequence[str], *, shingles: Shingles, threshold: float = 0.5, params: tuple[int, int] | None = None
) -> Index:
    from datasketch import MinHash, MinHashLSH

    num_perm = (
        256 if params else 128
    )  # the values that `matched_bands` looked at, of which the first are used
    index = MinHashLSH(threshold=threshold, num_perm=num_perm, params=params)
    sketches = MinHash.bulk([[s.encode() for s in shingles(text)] for text in texts], num_perm=num_perm)
    for key, sketch in enumerate(sketches):
        index.insert(key, sketch, check_duplication=False)
    return _unique(index.query(sketch) for sketch in sketches)


def datasketch_params(threshold: float) -> tuple[int, int]:
    from datasketch import MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=128)
    return index.b, index.r


# --- gaoya -------------------------------------------------------------------------------------------------


def gaoya(
    texts: Sequence[str], *, threshold: float, bands: int, rows: int, analyzer: str, ngrams: tuple[int, int]
) -> Index:
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=threshold,
        num_bands=bands,
        band_size=rows,
        analyzer=analyzer,
        ngram_range=ngrams,
        id_container="smallvec",
    )
    index.par_bulk_insert_docs(list(range(len(texts))), list(texts))
    return _unique(index.par_bulk_query(list(texts)))


# --- rensa -------------------------------------------------------------------------------------------------


def rensa(texts: Sequence[str], *, threshold: float, bands: int, rows: int, shingles: Shingles) -> Index:
    from rensa import RMinHash, RMinHashLSH

    sketches = RMinHash.from_token_sets([list(shingles(text)) for text in texts], bands * rows, 42)
    index = RMinHashLSH(threshold, bands * rows, bands)
    index.insert_many(sketches)
    return _unique(index.query_all(sketches))


# --- settings ----------------------------------------------------------------------------------------------


def everyone(texts: Sequence[str], near: Index, candidates: int | None) -> list[Peer]:
    """The libraries that are installed, at documented settings and, if asked, with as many candidates."""
    three, five = grams(3), grams(5)
    peers = []
    for name, shingles in (("3-grams", three), ("5-grams", five)):
        bands, rows = datasketch_params(0.5)
        run = partial(datasketch, shingles=shingles, threshold=0.5)
        peers.append(Peer(f"datasketch 0.5, {name}", run, bands, rows, shingles))
    run = partial(gaoya, threshold=0.5, bands=42, rows=3, analyzer="word", ngrams=(1, 1))
    peers.append(Peer("gaoya README: words", run, 42, 3, words))
    run = partial(gaoya, threshold=0.5, bands=50, rows=4, analyzer="char", ngrams=(3, 4))
    peers.append(Peer("gaoya notebook: 3-4-grams", run, 50, 4, grams(3, 4)))
    run = partial(rensa, threshold=0.8, bands=8, rows=16, shingles=words)
    peers.append(Peer("rensa benchmark: words", run, 8, 16, words))
    run = partial(rensa, threshold=0.5, bands=32, rows=4, shingles=five)
    peers.append(Peer("rensa 32 bands, 5-grams", run, 32, 4, five))
    if candidates is not None:
        bands, rows = matched_bands(texts, near, three, candidates)
        note = f"equal candidates, 3-grams, {bands} x {rows}"
        run = partial(datasketch, shingles=three, params=(bands, rows))
        peers.append(Peer(f"datasketch {note}", run, bands, rows, three))
        run = partial(gaoya, threshold=0.0, bands=bands, rows=rows, analyzer="char", ngrams=(3, 3))
        peers.append(Peer(f"gaoya {note}", run, bands, rows, three))
        run = partial(rensa, threshold=0.5, bands=bands, rows=rows, shingles=three)
        peers.append(Peer(f"rensa {note}", run, bands, rows, three))
    return [peer for peer in peers if importlib.util.find_spec(peer.name.split()[0])]
