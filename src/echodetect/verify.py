"""Scores of pairs, by rapidfuzz: the only place where two texts are really compared.

near
    rapidfuzz's normalised Indel similarity of the folded texts, 0..1: ``1 - distance / (len(a) + len(b))``.
embedded
    The share of the shorter text's characters found, in order, in the best-matching stretch of the longer
    one, 0..1: the largest LCS of the shorter text with any stretch of its own length, over that length.
    A text not much longer than `min_embedded` has to stand there verbatim: of so few characters the letters
    of other words that happen to come in order make up too much (benchmarks/designs.md, min_embedded).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from operator import contains, itemgetter

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Indel

_Index = NDArray[np.int64]
_Scores = NDArray[np.float64]

SHORT, VERBATIM = 4 / 3, 0.97  # below SHORT * min_embedded characters: the share that stands for verbatim
_CHUNK = 8192  # pairs handed over at once: their texts stay in cache
_WORTH = 1 << 16  # characters of them from which threads begin sooner than they end; of stretches an eighth


@dataclass(frozen=True, slots=True)
class Edges:
    """Verified pairs: left, right int64 (pairs,); near and embedded float64, NaN where not computed."""

    left: _Index
    right: _Index
    near: _Scores
    embedded: _Scores

    def at_least(self, similarity: float) -> NDArray[np.bool_]:
        """Which pairs hold at this similarity."""
        return (self.near >= similarity) | (self.embedded >= similarity)

    def score(self, similarity: float) -> _Scores:
        """The score by which a pair holds: near where that is enough, else embedded."""
        return np.where(self.near >= similarity, self.near, self.embedded)

    def take(self, chosen: NDArray[np.bool_] | _Index) -> Edges:
        """Some of the pairs."""
        return Edges(self.left[chosen], self.right[chosen], self.near[chosen], self.embedded[chosen])

    def joined(self, others: Edges) -> Edges:
        """These pairs and others behind them."""
        return Edges(
            np.concatenate([self.left, others.left]),
            np.concatenate([self.right, others.right]),
            np.concatenate([self.near, others.near]),
            np.concatenate([self.embedded, others.embedded]),
        )


@dataclass(frozen=True, slots=True)
class Verifier:
    """What decides whether two texts are linked.

    texts: folded, n of them. similarity: 0..1. embedded: whether the second kind of link counts.
    min_embedded: characters below which a text embeds in nothing, and below a third more of which it embeds
    verbatim only. workers: threads.
    """

    texts: Sequence[str]
    lengths: _Index
    similarity: float
    embedded: bool
    min_embedded: int
    workers: int

    def edges(self, left: _Index, right: _Index) -> Edges:
        """Those of the pairs that hold at `similarity`, in their order."""
        possible = self.possible(left, right)
        left, right = left[possible], right[possible]
        shorter = np.minimum(self.lengths[left], self.lengths[right])
        total = self.lengths[left] + self.lengths[right]
        distance = self._distances(left, right, self._allowed(shorter, total))
        near = (total - distance) / total  # one rounding only: a pair that is exactly at the threshold holds
        edges = Edges(left, right, near, np.full(left.size, np.nan))
        if self.embedded:
            # The stretch holds no more of the shorter text than the whole longer text does.
            common = (total - distance) // 2
            hopeful = (common >= self._least(shorter) * shorter - 1e-9) & (shorter >= self.min_embedded)
            edges = self._embed(edges, np.flatnonzero(hopeful & (near < self.similarity)))
        return edges.take(edges.at_least(self.similarity))

    def _least(self, shorter: _Index) -> _Scores:
        """The embedded share that texts of so many characters need, float64."""
        least = np.full(shorter.size, self.similarity)
        np.maximum(least, VERBATIM, out=least, where=shorter < SHORT * self.min_embedded)
        return least

    def possible(self, left: _Index, right: _Index) -> NDArray[np.bool_]:
        """Which of the pairs are compared at all, bool (pairs,): the others cannot hold for their lengths."""
        shorter = np.minimum(self.lengths[left], self.lengths[right])
        # 2 * LCS / total is at most 2 * shorter / total: unlike lengths cannot be near.
        possible: NDArray[np.bool_] = (
            2 * shorter / (self.lengths[left] + self.lengths[right]) >= self.similarity
        )
        if self.embedded:
            possible |= shorter >= self.min_embedded
        return possible

    def stricter(self, edges: Edges) -> Edges:
        """Those of `edges` (verified at a lower similarity) that hold at this one."""
        if self.embedded:
            shorter = np.minimum(self.lengths[edges.left], self.lengths[edges.right])
            unknown = (
                (edges.near < self.similarity) & np.isnan(edges.embedded) & (shorter >= self.min_embedded)
            )
            edges = self._embed(edges, np.flatnonzero(unknown))
        return edges.take(edges.at_least(self.similarity))

    def _allowed(self, shorter: _Index, total: _Index) -> _Index:
        """The Indel distance beyond which a pair is neither near nor embedded, int64 (pairs,)."""
        allowed: _Index = np.floor((1 - self.similarity) * total + 1e-6).astype(np.int64)
        if self.embedded:
            held = total - 2 * np.floor(self._least(shorter) * shorter).astype(np.int64)
            np.maximum(allowed, held, out=allowed, where=shorter >= self.min_embedded)
        return allowed

    def _distances(self, left: _Index, right: _Index, allowed: _Index) -> _Index:
        """Indel distances, int64 (pairs,); any that is above `allowed` may come out as something above it.

        Pairs go to rapidfuzz by the size of what is allowed, so that it can give up early on unlike ones.
        """
        distances = np.empty(left.size, dtype=np.int64)
        size = np.frexp(allowed.astype(np.float64))[1]
        order = np.argsort(size, kind="stable")
        ends = (
            np.flatnonzero(np.append(size[order][1:] != size[order][:-1], True)) + 1 if order.size else order
        )
        for begin, end in pairwise([0, *ends.tolist()]):
            for start in range(begin, end, _CHUNK):
                some = order[start : min(start + _CHUNK, end)]
                characters = int(self.lengths.take(left[some]).sum() + self.lengths.take(right[some]).sum())
                distances[some] = process.cpdist(
                    _some(self.texts, left[some]),
                    _some(self.texts, right[some]),
                    scorer=Indel.distance,
                    score_cutoff=int(allowed[some].max()),
                    dtype=np.int32,
                    workers=self.workers if characters > _WORTH else 1,
                )
        return distances

    def _embed(self, edges: Edges, chosen: _Index) -> Edges:
        """The edges with `embedded` filled in for the chosen ones."""
        left, right = edges.left[chosen], edges.right[chosen]
        swap = self.lengths[left] > self.lengths[right]
        shorter, longer = np.where(swap, right, left), np.where(swap, left, right)
        embedded = edges.embedded.copy()
        for start in range(0, chosen.size, _CHUNK):
            some = slice(start, start + _CHUNK)
            embedded[chosen[some]] = _stretch_shares(
                _some(self.texts, shorter[some]),
                _some(self.texts, longer[some]),
                self.similarity,
                self.workers,
            )
        short = self._least(self.lengths[shorter]) > embedded[chosen]
        embedded[chosen[short]] = 0.0
        return Edges(edges.left, edges.right, edges.near, embedded)


def embedded_share(shorter: str, longer: str, similarity: float = 0.0) -> float:
    """Share of the shorter text found in order in the best stretch of the longer; 0.0 if below `similarity`.

    Texts of equal length have one stretch each: the share is then their near similarity.
    """
    return float(_stretch_shares([shorter], [longer], similarity, 1)[0])


def _stretch_shares(
    shorter: Sequence[str], longer: Sequence[str], similarity: float, workers: int
) -> _Scores:
    """`embedded_share` of each pair, float64 (pairs,).

    rapidfuzz's partial_ratio is the largest 2 * LCS / (m + w) with a stretch of w characters, m or, at either
    end of the longer text, fewer: those flatter it. Where both ends are padded with what matches nothing, all
    stretches worth a look have m characters, and the ratio is LCS / m.
    """
    verbatim = np.fromiter(map(contains, longer, shorter), dtype=np.bool_, count=len(shorter))
    shares: _Scores = verbatim.astype(np.float64)
    rest = np.flatnonzero(~verbatim)
    if not rest.size:
        return shares
    shorter, longer = _some(shorter, rest), _some(longer, rest)
    size = np.fromiter(map(len, shorter), dtype=np.int64, count=rest.size)
    widths = 2 * size + np.fromiter(map(len, longer), dtype=np.int64, count=rest.size)
    ratios = process.cpdist(
        shorter,
        list(map(str.center, longer, widths.tolist(), repeat("\0"))),
        scorer=fuzz.partial_ratio,
        score_cutoff=max(similarity * 100 - 0.1, 0),  # it rounds; what holds is decided below
        dtype=np.float64,
        workers=workers if int(widths.sum()) > _WORTH // 8 else 1,
    )
    found = np.rint(ratios / 100 * size) / size
    shares[rest] = np.where(found >= similarity, found, 0.0)
    return shares


def _some(texts: Sequence[str], rows: _Index) -> Sequence[str]:
    """Texts by their rows; itemgetter's loop waits for memory half as long as one of Python's own."""
    if rows.size == 1:  # of which itemgetter makes no tuple
        return [texts[int(rows[0])]]
    chosen: tuple[str, ...] = itemgetter(*rows.tolist())(texts)
    return chosen
