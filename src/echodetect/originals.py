"""Columns of strings, and which of their rows are equal: in a list, or left where a frame has them.

Strings of polars and Arrow cannot change, so no copy is needed: a str is made of a row when it is asked for.
As Python objects, half a million posts take 150 MB.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import eq
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from echodetect.equal import first_with, ranked

__all__ = ["Held", "Listed", "Strings", "held"]

_Index = NDArray[np.int64]

_SPACES = 0x3001  # code points among which all spaces are


class Listed(list[Any]):
    """Strings, and None for a null, in a list."""

    __slots__ = ()

    def at(self, rows: _Index) -> list[Any]:
        """Return what stands in these rows."""
        return list(map(self.__getitem__, rows.tolist()))

    def lengths(self) -> _Index:
        """Return the characters in each row, int64 (n,); there is no null."""
        return np.fromiter(map(len, self), dtype=np.int64, count=len(self))

    def joined(self, rows: _Index) -> str:
        """Return what stands in these rows, with a line feed between any two; there is no null."""
        return "\n".join(self.at(rows))

    def stripped(self, rows: _Index, places: _Index, values: list[str]) -> Listed:
        """Return what stands in these rows, without spaces at its ends; at some places other values."""
        some = Listed(map(str.strip, self.at(rows)))
        for place, value in zip(places.tolist(), values, strict=True):
            some[place] = value
        return some

    def first_equal(self, few: bool = False) -> _Index:
        """Return the first row that is equal to each row, int64 (n,)."""
        keys = np.fromiter(map(hash, self), dtype=np.int64, count=len(self)).view(np.uint64)
        first, again = first_with(keys, ranked(keys))
        one, other = (map(self.__getitem__, rows.tolist()) for rows in (again, first.take(again)))
        return first if all(map(eq, one, other)) else _by_dict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Strings and nulls in a column of polars or pyarrow; read as `Listed` is."""

    series: nw.Series[Any]

    def __len__(self) -> int:
        return len(self.series)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.at(np.arange(len(self))))

    def __getitem__(self, row: int) -> Any:
        return self.series[row]

    def filled(self) -> Held:
        """Return the same with "" for a null; of polars in one chunk, whose strings stay where they are."""
        filled = self.series.fill_null("")
        if filled.implementation.is_polars():  # to gather from one chunk is up to fifty times faster
            filled = nw.from_native(filled.to_native().rechunk(), series_only=True)
        return Held(filled)

    def at(self, rows: _Index) -> list[Any]:
        """Return what stands in these rows."""
        if not rows.size:
            return []
        some = self._taken(rows)
        plain: list[Any] = some.to_list() if some.implementation.is_polars() else some.to_numpy().tolist()
        return plain

    def _taken(self, rows: _Index) -> nw.Series[Any]:
        low = int(rows.min())  # pyarrow may put together all of what it takes from
        return self.series[low : int(rows.max()) + 1][rows - low]

    def lengths(self) -> _Index:
        """Return the characters in each row, int64 (n,); there is no null."""
        return np.asarray(self.series.str.len_chars().to_numpy(), dtype=np.int64)

    def joined(self, rows: _Index) -> str:
        """Return what stands in these rows, with a line feed between any two; there is no null."""
        if not rows.size or not self.series.implementation.is_polars():
            return "\n".join(self.at(rows))
        text: str = self._taken(rows).to_native().str.join("\n").item()
        return text

    def stripped(self, rows: _Index, places: _Index, values: list[str]) -> Strings:
        """Return what stands in these rows, without spaces at its ends; at some places other values."""
        if not rows.size or not self.series.implementation.is_polars():
            return Listed(self.at(rows)).stripped(np.arange(rows.size), places, values)
        spaces = "".join(filter(str.isspace, map(chr, range(_SPACES))))  # polars strips others than Python
        return Held(self._taken(rows).str.strip_chars(spaces).scatter(places.tolist(), values))

    def first_equal(self, few: bool = False) -> _Index:
        """Return the first row that is equal to each row, int64 (n,); few: whether most rows are repeats."""
        native = self.series.to_native()
        if not self.series.implementation.is_polars():
            encoded = native.dictionary_encode(null_encoding="encode").chunks
            codes = np.concatenate([np.empty(0, np.int32), *(chunk.indices.to_numpy() for chunk in encoded)])
        elif few:  # a dictionary that stays in cache; a large one takes longer than what is below
            numbers = self.series.cast(nw.Categorical()).to_native().to_physical()
            codes = numbers.cast(int).fill_null(-1).to_numpy() + 1
        else:
            keys = native.hash().to_numpy()
            first, _ = first_with(keys, ranked(keys))
            return first if native.eq_missing(native.gather(first)).all() else _by_dict(self)
        if codes.max(initial=0) > 4 * codes.size:  # categories of other columns count too
            codes = np.unique(codes, return_inverse=True)[1]
        first = np.empty(int(codes.max(initial=-1)) + 1, dtype=np.int64)
        first[codes[::-1]] = np.arange(codes.size)[::-1]  # the first is written last
        return first.take(codes)


Strings: TypeAlias = Listed | Held


def held(values: Any) -> Held | None:
    """Return a column as it is held, None where it is no series of strings that cannot change."""
    if not isinstance(values, nw.Series) or values.dtype != nw.String:
        return None
    if values.implementation.is_polars():
        return Held(values)
    native = values.to_native()
    if hasattr(native, "array"):  # pandas, whose strings may be Arrow's
        dtype = native.dtype
        if getattr(dtype, "storage", "pyarrow") != "pyarrow" or not hasattr(native.array, "__arrow_array__"):
            return None
        native = native.array.__arrow_array__()
    if str(getattr(native, "type", "")) not in ("string", "large_string"):
        return None  # views of strings cannot be taken from
    return Held(nw.from_native(native, series_only=True))


def _by_dict(values: Strings) -> _Index:
    """The first equal row the slow way: unlike strings with equal hashes are possible, if hardly ever met."""
    row = dict[Any, int]()
    return np.array([row.setdefault(value, at) for at, value in enumerate(values)], dtype=np.int64)
