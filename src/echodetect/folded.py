"""Folded texts in long strings: a str is made of one when it is first asked for.

Most texts are read by the search alone, as code points, and a str of each would take longer to make, and to
read code points from, than the search takes to hash them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock
from typing import overload

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FoldedTexts",
    "as_text",
    "chunks",
    "code_points",
    "encode",
    "lengths_of",
    "lines",
    "stored",
    "within",
]

_Index = NDArray[np.int64]
_Codes = NDArray[np.uint32]

_MOST_CHARACTERS = 1 << 21  # of a chunk
_MAKING = Lock()
_TEXTS = 4096  # put together at once
_WORTH = 7 / 8  # of the characters kept: more are not copied


class FoldedTexts(Sequence[str]):
    """A sequence of n str without line feeds, which stand one after the other in a few long ones.

    Attributes
    ----------
    lengths
        In characters, int64 (n,).
    stored
        The numbers of the texts in the order in which they stand, int64 (n,): who reads them all does so in
        this order, in which no text waits for memory.
    """

    __slots__ = ("_edges", "_is_made", "_made", "_pieces", "_starts", "lengths", "stored")

    def __init__(self, pieces: list[str], starts: _Index, lengths: _Index, stored: _Index) -> None:
        """pieces: each holds whole texts, a line feed behind each. starts: of each text in all of them."""
        self._pieces, self._starts, self.lengths, self.stored = pieces, starts, lengths, stored
        self._edges = np.cumsum([0, *map(len, pieces)])
        self._made: list[str] = []
        self._is_made = np.empty(0, dtype=np.bool_)

    @classmethod
    def of(cls, pieces: list[str], lengths: _Index) -> FoldedTexts:
        """All texts of the pieces, in their order."""
        return cls(pieces, np.cumsum(lengths + 1) - lengths - 1, lengths, np.arange(lengths.size))

    def chosen(self, order: _Index) -> FoldedTexts:
        """Some of the texts, numbered by `order`, int64 (m,); the others let go of where they are many."""
        number = np.full(len(self), -1, dtype=np.int64)
        number[order] = np.arange(order.size)
        kept = self.stored.compress(number.take(self.stored) >= 0)
        starts, lengths, stored = self._starts.take(order), self.lengths.take(order), number.take(kept)
        pieces = self._pieces
        if (lengths + 1).sum() < self._edges[-1] * _WORTH:  # else copying takes longer than passing over
            some = (self.at(kept[start : start + _TEXTS]) for start in range(0, kept.size, _TEXTS))
            pieces = ["\n".join([*texts, ""]) for texts in some]
            sizes = lengths.take(stored) + 1
            starts[stored] = np.cumsum(sizes) - sizes
        return FoldedTexts(pieces, starts, lengths, stored)

    def __reduce__(self) -> tuple[type[FoldedTexts], tuple[list[str], _Index, _Index, _Index]]:
        return FoldedTexts, (self._pieces, self._starts, self.lengths, self.stored)

    def __len__(self) -> int:
        return self.lengths.size

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        """One text, or a list of some."""
        rows = range(len(self))[at]
        return self.at(np.array([rows]))[0] if isinstance(rows, int) else self.at(np.array(rows, np.int64))

    def at(self, rows: _Index) -> list[str]:
        """The texts of these rows."""
        starts = self._starts.take(rows)
        spans = self._within(self._piece_of(rows), starts, starts + self.lengths.take(rows))
        return [self._pieces[piece][start:stop] for piece, start, stop in spans]

    def listed(self, *rows: _Index) -> list[str]:
        """A list where the texts of these rows stand, int64 each, and of all rows asked for before.

        In any other place is None: whoever reads that has not asked for it.
        """
        with _MAKING:  # else two threads might each fill a list of their own
            if not self._made:
                self._is_made = np.zeros(len(self), dtype=np.bool_)
                self._made = [None] * len(self)  # type: ignore[list-item]
        asked = np.zeros(len(self), dtype=np.bool_)
        for some in rows:
            asked[some] = True
        new = self.stored.compress((asked & ~self._is_made).take(self.stored))
        for row, text in zip(new.tolist(), self.at(new), strict=True):
            self._made[row] = text
        self._is_made[new] = True
        return self._made

    def encoded(self, rows: _Index) -> _Codes:
        """Code points of a stretch of `stored`, one text after the other, uint32 (characters,)."""
        if not rows.size:
            return code_points("")
        first, last = self._piece_of(rows[[0, -1]]).tolist()
        start, stop = int(self._starts[rows[0]]), int(self._starts[rows[-1]] + self.lengths[rows[-1]])
        edges = self._edges.tolist()
        runs = [
            self._pieces[piece][max(start - edges[piece], 0) : stop - edges[piece]]
            for piece in range(first, last + 1)
        ]
        codes = code_points("".join(runs))
        begins = self._starts.take(rows) - start
        ends = begins + self.lengths.take(rows)
        own = np.ones(codes.size, dtype=np.bool_)  # not a break behind a text, nor a text left out
        own[ends[:-1]] = False
        left_out = np.flatnonzero(begins[1:] > ends[:-1] + 1)
        own[within(ends.take(left_out), begins.take(left_out + 1))] = False
        return codes[own]

    def _piece_of(self, rows: _Index) -> _Index:
        return np.searchsorted(self._edges, self._starts.take(rows), side="right") - 1

    def _within(self, piece: _Index, starts: _Index, stops: _Index) -> Iterator[tuple[int, int, int]]:
        """Pieces, and where these spans begin and end in them."""
        edges = self._edges.take(piece)
        return zip(piece.tolist(), (starts - edges).tolist(), (stops - edges).tolist(), strict=True)


def encode(texts: Sequence[str], rows: _Index | None = None) -> tuple[_Codes, _Index]:
    """Code points of all texts in a row and where each begins: uint32 (characters,), int64 (n + 1,).

    rows: of some texts only, int64 (n,); of `FoldedTexts` a stretch of `stored`.
    """
    if isinstance(texts, FoldedTexts):
        rows = texts.stored if rows is None else rows
        codes, lengths = texts.encoded(rows), texts.lengths.take(rows)
    else:
        some = texts if rows is None else [texts[row] for row in rows.tolist()]
        codes, lengths = code_points("".join(some)), lengths_of(some)
    offsets = np.zeros(lengths.size + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return codes[: offsets[-1]], offsets


def stored(texts: Sequence[str]) -> _Index:
    """The numbers of the texts in the order in which they are read fastest, int64 (n,)."""
    return texts.stored if isinstance(texts, FoldedTexts) else np.arange(len(texts))


def lengths_of(texts: Sequence[str]) -> _Index:
    """Characters of each text, int64 (n,)."""
    if isinstance(texts, FoldedTexts):
        return texts.lengths
    return np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))


def chunks(texts: Sequence[str], size: int = 2048) -> Iterator[Sequence[str]]:
    """Stretches of at most `size` texts and of bounded length, as far as one long text allows."""
    pending = [texts[start : start + size] for start in range(0, len(texts), size)][::-1]
    while pending:
        chunk = pending.pop()
        if len(chunk) > 1 and sum(map(len, chunk)) > _MOST_CHARACTERS:
            pending += [chunk[len(chunk) // 2 :], chunk[: len(chunk) // 2]]
        else:
            yield chunk


def code_points(text: str) -> _Codes:
    """Code points of a text, of "" a zero."""
    return np.array([text]).view(np.uint32)


def as_text(codes: NDArray[np.uint16] | NDArray[np.uint32]) -> str:
    """One str of an array of code points."""
    return str(codes.data, "utf-16-le" if codes.itemsize == 2 else "utf-32-le")


def lines(codes: NDArray[np.uint16] | NDArray[np.uint32]) -> list[str]:
    """The texts of an array of code points, each of which ends in a line feed."""
    return as_text(codes).split("\n")[:-1]


def within(starts: _Index, ends: _Index) -> _Index:
    """All positions of the spans, one after the other."""
    lengths = ends - starts
    return np.repeat(ends - np.cumsum(lengths), lengths) + np.arange(int(lengths.sum()))
