"""Columns out: numpy arrays made into a frame library's series, or into lists of plain Python.

The dtypes are those of the table in `frames.Caller`; each library is reached through the caller's own frame.
"""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from echodetect.columns import SURROGATE
from echodetect.originals import Held, Strings

__all__ = ["Column", "Text", "listed", "records", "series"]

_BLOCK = 4096  # strings encoded at once


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column that may hold nulls.

    Attributes
    ----------
    values : bool, int, float, datetime64 (UTC) or object (str), (n,)
        The values; whatever stands at a null is ignored.
    valid : bool, (n,)
        False where it is null. Without any null too, such a column gets the library's nullable dtype.
    """

    values: NDArray[Any]
    valid: NDArray[np.bool_]


class Text(Column):
    """A column of str without nulls, left where it is until somebody asks for values."""

    strings: Strings

    def __init__(self, strings: Strings) -> None:
        object.__setattr__(self, "strings", strings)  # a Column is frozen

    def __reduce__(self) -> tuple[type[Text], tuple[Strings]]:
        return Text, (self.strings,)

    @cached_property
    def values(self) -> NDArray[Any]:
        """Return the strings, object (n,)."""
        return np.array(list(self.strings), dtype=object)

    @cached_property
    def valid(self) -> NDArray[np.bool_]:
        """Return that none is a null."""
        return np.ones(len(self.strings), dtype=np.bool_)


class Spread(Column):
    """A column that holds values in some rows and nulls in all others; put together when asked for.

    count: its length. rows: where values are, int64 (m,). some: the values, (m,). known: which of them are no
    nulls, bool (m,); all by default.
    """

    parts: tuple[int, NDArray[np.int64], NDArray[Any], NDArray[np.bool_] | None]

    def __init__(
        self,
        count: int,
        rows: NDArray[np.int64],
        some: NDArray[Any],
        known: NDArray[np.bool_] | None = None,
    ) -> None:
        object.__setattr__(self, "parts", (count, rows, some, known))  # a Column is frozen

    def __reduce__(self) -> tuple[type[Spread], tuple[Any, ...]]:
        return Spread, self.parts

    @cached_property
    def values(self) -> NDArray[Any]:
        """Return what stands in each row, a zero where there is nothing; (count,)."""
        count, rows, some, _ = self.parts
        every = np.zeros(count, dtype=some.dtype)
        every[rows] = some
        return every

    @cached_property
    def valid(self) -> NDArray[np.bool_]:
        """Return where values are, bool (count,)."""
        count, rows, _, known = self.parts
        valid = np.zeros(count, dtype=np.bool_)
        valid[rows] = True if known is None else known
        return valid


def _parts(column: NDArray[Any] | Column) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Return values, datetimes in microseconds, and validity, None for a column without nulls."""
    values, valid = (column.values, column.valid) if isinstance(column, Column) else (column, None)
    return (values.astype("datetime64[us]") if values.dtype.kind == "M" else values), valid


def listed(column: NDArray[Any] | Column) -> list[Any]:
    """Return plain Python values, None for null, datetimes aware."""
    values, valid = _parts(column)
    plain: list[Any] = values.tolist()
    if values.dtype.kind == "M":
        plain = [None if value is None else value.replace(tzinfo=dt.UTC) for value in plain]
    if valid is None:
        return plain
    return [value if ok else None for value, ok in zip(plain, valid.tolist(), strict=True)]


def records(columns: Mapping[str, NDArray[Any] | Column]) -> list[dict[str, Any]]:
    """Return a dict per row."""
    lists = [listed(column) for column in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def series(frame: nw.DataFrame[Any], name: str, column: NDArray[Any] | Column, index: Any) -> nw.Series[Any]:
    """Return a Series of the frame's library with the dtypes of the table in `Caller`."""
    if isinstance(column, Text) and isinstance(column.strings, Held) and frame.implementation.is_polars():
        return column.strings.series.alias(name)
    library: Any = nw.get_native_namespace(frame)
    values, valid = _parts(column)
    strings = _encodable(listed(column)) if values.dtype.kind in "OUT" else None
    if frame.implementation.is_polars():
        native = _polars(library, values, valid, strings)
    elif frame.implementation.is_pyarrow():
        native = _pyarrow(library, values, valid, strings)
    elif frame.implementation.is_modin():  # it warns of whatever it leaves to pandas
        pandas = importlib.import_module("pandas")
        native = library.Series(_pandas(pandas, values, valid, strings, index).rename(name))
    else:
        native = _pandas(library, values, valid, strings, index)
    made: nw.Series[Any] = nw.from_native(native, series_only=True)
    return made if made.name == name else made.alias(name)


def _polars(polars: Any, values: NDArray[Any], valid: Any, strings: list[str | None] | None) -> Any:
    if strings is not None:
        return polars.Series(strings, dtype=polars.String)
    series = polars.Series(values)
    if valid is not None:
        series = series.set(polars.Series(~valid), None)
    return series.dt.replace_time_zone("UTC") if values.dtype.kind == "M" else series


def _pyarrow(pyarrow: Any, values: NDArray[Any], valid: Any, strings: list[str | None] | None) -> Any:
    if strings is not None:
        array = pyarrow.array(strings, pyarrow.string())
    else:
        dtype = pyarrow.timestamp("us", "UTC") if values.dtype.kind == "M" else None
        array = pyarrow.array(values, dtype, mask=None if valid is None else ~valid)
    return array if isinstance(array, pyarrow.ChunkedArray) else pyarrow.chunked_array([array])


def _pandas(
    pandas: Any, values: NDArray[Any], valid: Any, strings: list[str | None] | None, index: Any
) -> Any:
    if strings is not None:
        usual = pandas.Series(["text"]).dtype  # str, or object before pandas 3
        return pandas.Series(strings, index=index, dtype=usual)
    series = pandas.Series(values, index=index)
    if valid is not None:
        if values.dtype.kind in "iu":
            series = series.astype(f"{'U' * (values.dtype.kind == 'u')}Int{values.dtype.itemsize * 8}")
        series = (series.astype("boolean") if values.dtype.kind == "b" else series).where(valid)
    return series.dt.tz_localize("UTC") if values.dtype.kind == "M" else series


def _encodable(strings: list[str | None]) -> list[str | None]:
    """Return the strings with any lone surrogate as U+FFFD."""
    try:
        for start in range(0, len(strings), _BLOCK):
            "".join(filter(None, strings[start : start + _BLOCK])).encode()
    except UnicodeEncodeError:
        return [value if value is None else SURROGATE.sub("\ufffd", value) for value in strings]
    return strings
