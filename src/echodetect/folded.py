"""Folded texts in one run of UTF-8: a str is made of one when it is first asked for.

Most texts are read by the search alone, as code points, and a str of each would take longer to make, and to
read code points from, than the search takes to hash them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

__all__ = ["FoldedTexts", "chunks", "code_points", "encode", "lengths_of", "stored"]

_Index = NDArray[np.int64]
_Codes = NDArray[np.uint32]

_MOST_CHARACTERS = 1 << 21  # of a chunk


class FoldedTexts(Sequence[str]):
    """A sequence of n str without line feeds or lone surrogates, which it holds as UTF-8.

    Attributes
    ----------
    lengths
        In characters, int64 (n,).
    stored
        The numbers of the texts in the order in which they stand, int64 (n,): who reads them all does so in
        this order, in which no text waits for memory.
    """

    __slots__ = ("_is_made", "_made", "_starts", "_stops", "_utf8", "lengths", "stored")

    def __init__(self, utf8: bytes, starts: _Index, stops: _Index, lengths: _Index, stored: _Index) -> None:
        """utf8: the texts in the order of `stored`, a byte behind each. starts, stops: int64 (n,)."""
        self._utf8, self._starts, self._stops = utf8, starts, stops
        self.lengths, self.stored = lengths, stored
        self._made: list[str] = []
        self._is_made = np.empty(0, dtype=np.bool_)

    @classmethod
    def chosen(cls, utf8: bytes, sizes: _Index, lengths: _Index, order: _Index) -> FoldedTexts:
        """Some of the texts in `utf8`, numbered by `order`, int64 (n,).

        sizes, lengths: bytes and characters of all, int64; behind each stands one byte more.
        """
        number = np.full(sizes.size, -1, dtype=np.int64)
        number[order] = np.arange(order.size)
        kept = number >= 0
        runs = np.flatnonzero(np.diff(kept, prepend=False, append=False)).reshape(-1, 2)
        ends = np.append(0, np.cumsum(sizes + 1))
        spans = map(slice, *ends.take(runs).T.tolist())
        stops = (np.cumsum((sizes + 1) * kept) - 1).take(order)
        sizes = sizes.take(order)
        run = b"".join(map(utf8.__getitem__, spans))
        return cls(run, stops - sizes, stops, lengths.take(order), number.compress(kept))

    def __reduce__(self) -> tuple[type[FoldedTexts], tuple[bytes, _Index, _Index, _Index, _Index]]:
        return FoldedTexts, (self._utf8, self._starts, self._stops, self.lengths, self.stored)

    def __len__(self) -> int:
        return self.lengths.size

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        """One text, or a list of some."""
        rows = range(len(self))[at]
        return self._spelt(rows) if isinstance(rows, int) else list(map(self._spelt, rows))

    def _spelt(self, row: int) -> str:
        return self._utf8[self._starts[row] : self._stops[row]].decode()

    def listed(self, *rows: _Index) -> list[str]:
        """A list where the texts of these rows stand, int64 each, and of all rows asked for before.

        In any other place is None: whoever reads that has not asked for it.
        """
        if not self._made:
            self._made = [None] * len(self)  # type: ignore[list-item]
            self._is_made = np.zeros(len(self), dtype=np.bool_)
        asked = np.zeros(len(self), dtype=np.bool_)
        for some in rows:
            asked[some] = True
        new = np.flatnonzero(asked & ~self._is_made)
        for row, start, stop in zip(
            new.tolist(), self._starts.take(new).tolist(), self._stops.take(new).tolist(), strict=True
        ):
            self._made[row] = self._utf8[start:stop].decode()
        self._is_made[new] = True
        return self._made

    def encoded(self, rows: _Index) -> _Codes:
        """Code points of a stretch of `stored`, one text after the other, uint32 (characters,)."""
        run = self._utf8[self._starts[rows[0]] : self._stops[rows[-1]]] if rows.size else b""
        return code_points(run.replace(b"\n", b"").decode())


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
