"""The only door for frames: columns in, tables out in the caller's own kind.

Everything that narwhals reads comes in, and lists and dicts of plain Python. pandas, polars, pyarrow and
DuckDB are touched only through the caller's own object, so none of them is imported for another's sake.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
from narwhals.exceptions import DuplicateError
from numpy.typing import NDArray

from echodetect import columns as parse
from echodetect.columns import UNKNOWN_TIME, Columns
from echodetect.equal import first_with, numbered, ranked
from echodetect.errors import ColumnNotFoundError, ColumnTypeError, ParameterError, check_columns
from echodetect.originals import Strings, held
from echodetect.tables import Column, Spread, Text, listed, records, series

__all__ = ["UNKNOWN_TIME", "Caller", "Column", "Columns", "Spread", "Text", "read"]

_DEFAULTS = {"text": "text", "author": "author", "time": "posted_at", "id": "id"}
_KINDS = "a frame, a list of str, a list of dict or a dict of sequences"
_NO_MESSAGES = "read a file first, with polars.read_parquet or pandas.read_csv; put a single text in a list"
_ARROW = ("__arrow_c_stream__", "__arrow_c_array__")
_TEXT_DTYPES = (nw.String, nw.Categorical, nw.Enum, nw.Object, nw.Unknown)
_TIME_DTYPES = (*_TEXT_DTYPES, nw.Datetime, nw.Date)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # odd: unlike numbers stay unlike, and small ones get high bits

Values: TypeAlias = "nw.Series[Any] | list[Any] | NDArray[Any]"


@dataclass(frozen=True, slots=True, eq=False)
class Caller:
    """The caller's messages and their kind, so that tables go back in that kind.

    New columns are numpy arrays or `Column`s and come out as

    | numpy | pandas | polars | pyarrow, DuckDB | list, dict |
    |---|---|---|---|---|
    | int64 | int64 | Int64 | int64 | int |
    | int64 with nulls | Int64 | Int64 | int64 | int or None |
    | bool | bool | Boolean | bool | bool |
    | bool with nulls | boolean | Boolean | bool | bool or None |
    | float64 | float64 | Float64 | double | float |
    | float64 with nulls | float64, NaN | Float64, null | double, null | float or None |
    | object (str, None) | str; object before pandas 3 | String | string | str or None |
    | datetime64 | datetime64[us, UTC] | Datetime("us", "UTC") | timestamp[us, UTC] | aware datetime or None |

    DuckDB shows zoned times in the zone of its session. A lone surrogate, which Arrow's strings cannot hold,
    becomes U+FFFD in new columns of every frame.
    """

    kind: str
    """"strings", "records" (list of dict), "columns" (dict of sequences), "frame" or "relation" (DuckDB)."""
    native: Any
    """The messages: list, dict, or an eager narwhals frame."""
    text: str = "text"
    """The name of the text column."""
    bare: bool = False
    """Whether there are texts alone (list of str, Series), no column of another kind."""
    relation: Any = None
    """The DuckDB relation, whose connection tables go back to."""

    def with_columns(self, columns: Mapping[str, NDArray[Any] | Column]) -> Any:
        """Return the caller's messages with these columns added.

        Same rows, order, index (pandas) and other columns; the caller's object stays as it is. A column of
        the same name is replaced. A list of str comes back as a list of dict, a lazy frame as an eager one,
        record batches as a pyarrow Table, any other source of rows as what narwhals collects it to.

        Parameters
        ----------
        columns : mapping of str to ndarray or Column, (n,)
            In the order of the caller's rows.
        """
        if self.kind == "columns":
            return {**self.native, **{name: listed(column) for name, column in columns.items()}}
        if self.kind in ("strings", "records"):
            old = self.native if self.kind == "records" else [{self.text: value} for value in self.native]
            return [{**row, **new} for row, new in zip(old, records(columns), strict=True)]
        index = getattr(self.native.to_native(), "index", None)
        added = [series(self.native, name, column, index) for name, column in columns.items()]
        return self._out(self.native.with_columns(*added))

    def names(self) -> set[str]:
        """Return the names of the caller's columns; of dicts, every key that any of them has."""
        if self.kind == "records":
            return set[str]().union(*self.native)
        return set({"strings": [self.text], "columns": self.native}.get(self.kind) or self.native.columns)

    def table(self, columns: Mapping[str, NDArray[Any] | Column]) -> Any:
        """Return a new table of the caller's kind (for a list of str: a list of dict).

        Parameters
        ----------
        columns : mapping of str to ndarray or Column, (m,)
            At least one, all of the same length.
        """
        if self.kind == "columns":
            return {name: listed(column) for name, column in columns.items()}
        if self.kind in ("strings", "records"):
            return records(columns)
        first, *others = [series(self.native, name, column, None) for name, column in columns.items()]
        return self._out(first.to_frame().with_columns(*others))

    def _out(self, frame: nw.DataFrame[Any]) -> Any:
        """Return the native frame, or a DuckDB relation over it."""
        table = frame.to_native()
        if self.kind != "relation":
            return table
        duckdb = importlib.import_module("duckdb")
        alias = f"echodetect_{id(table):x}"
        if int(duckdb.__version__.split(".")[0]) >= 2:  # an older query() leaves a view in the database
            echodetect_table = table  # noqa: F841  # read by name
            try:  # on the caller's connection, so that the result joins with the caller's relations
                query = "SELECT * FROM echodetect_table"
                return self.relation.query("echodetect_source", query).set_alias(alias)
            except duckdb.Error:  # the caller forbids to read Python variables
                pass
        return duckdb.from_arrow(table).set_alias(alias)

    def _column(self, parameter: str, name: str | None) -> Values | None:
        """Return a column; None when there is none, and that may be."""
        if name is None or (self.bare and parameter != "text" and name == _DEFAULTS[parameter]):
            return None
        there: Iterable[Any] = [self.text]
        if self.kind == "records":
            if any(name in row for row in self.native):
                return [row.get(name) for row in self.native]
            there = list(dict.fromkeys(key for row in self.native for key in row))
        elif self.kind == "strings":
            if parameter == "text":
                return list(self.native)
        else:
            there = list(self.native) if self.kind == "columns" else self.native.columns
            if name in there:
                column = self.native[name] if self.kind == "columns" else self.native.get_column(name)
                return _sequence(column)
        if parameter == "id" and name == _DEFAULTS["id"]:
            return None
        remedy = "" if parameter == "text" else f", or pass {parameter}=None when there is none"
        raise ColumnNotFoundError(parameter, name, there, f"name one of them with {parameter}=...{remedy}")


def read(
    messages: Any,
    *,
    text: str = "text",
    author: str | None = "author",
    time: str | None = "posted_at",
    id: str | None = "id",
    day_first: bool | None = None,
) -> tuple[Columns, Caller]:
    """Return the columns that detection needs, and the caller to hand tables back to.

    Parameters
    ----------
    messages : frame, Series of str, sequence of str, sequence of dict, dict of sequences
        pandas, polars (lazy ones are collected), pyarrow (Table, RecordBatch, RecordBatchReader), DuckDB
        relations and whatever else narwhals or the Arrow C interface reads; an iterator or a list of frames
        is put together. In a list of dict a key may be missing: null.
    text, author, time, id : str or None
        The columns; None where there is none. Strings and a Series have no other columns, so there the
        defaults mean None; elsewhere only a missing "id" means None.
        Texts are strings, any null among them. Authors are any hashable values. Times are datetimes of any
        unit and zone, dates (midnight), or strings, mixed as they come: ISO 8601, and what `dates.read_dates`
        reads, such as 31/03/2026 09:00 where the column shows which is the day. A time without a zone is
        UTC, and one that cannot be read is unknown and counted. Times are cut to microseconds.
    day_first : bool or None
        Whether the day stands first in 02/03/2026; None for what the column shows.

    Raises
    ------
    ParameterError
        `messages` is none of these.
    ColumnNotFoundError
        A column is missing; the message lists those there are.
    ColumnTypeError
        A column, or a value in it, has a type that cannot be used.
    """
    check_columns(text=text, author=author, time=time, id=id)
    caller = _open(messages, text)
    counts: Counter[str] = Counter()
    texts, text_null = _texts(caller._column("text", text), text, counts)
    codes, names = None, list[Any]()
    if (authors := caller._column("author", author)) is not None:
        codes, names = _authors(authors, str(author), counts)
    instants = np.full(len(texts), UNKNOWN_TIME, dtype=np.int64)
    if (times := caller._column("time", time)) is not None:
        instants = parse.times(_time_values(times, time), str(time), counts, day_first)
    known = None if (ids := caller._column("id", id)) is None else _ids(ids, counts)
    odd = {what: count for what, count in counts.items() if count}
    return Columns(texts, text_null, codes, names, instants, times is not None, known, odd), caller


# --- messages in -------------------------------------------------------------------------------------------


def _open(messages: Any, text: str) -> Caller:
    """Return the caller of any accepted messages."""
    if isinstance(messages, Mapping):
        for name, values in messages.items():
            if isinstance(values, str | bytes) or not hasattr(values, "__len__"):
                raise ParameterError("messages", {name: values}, "a dict of sequences", "put it in a list")
        lengths = {name: len(values) for name, values in messages.items()}
        if len(set(lengths.values())) > 1:
            raise ParameterError("messages", lengths, "columns of one length", "make them equally long")
        return Caller("columns", messages, text)
    native = _narwhal(messages)
    if hasattr(native, "to_pylist") and not hasattr(native, "schema"):  # a pyarrow.Array
        native = _narwhal(importlib.import_module("pyarrow").chunked_array([messages]))
    if isinstance(native, nw.Series):
        return Caller("frame", native.alias(text).to_frame(), text, bare=True)
    if (frame := _frame(messages)) is not None:
        if isinstance(native, nw.LazyFrame) and native.implementation.is_duckdb():
            return Caller("relation", frame, text, relation=messages)
        return Caller("frame", frame, text)
    if isinstance(messages, str | bytes) or not isinstance(messages, Iterable):
        raise ParameterError("messages", messages, _KINDS, _NO_MESSAGES)
    rows = messages.tolist() if isinstance(messages, np.ndarray) else list(messages)
    first = next((row for row in rows if row is not None), None)
    if isinstance(first, Mapping):
        for number, row in enumerate(rows):
            if not isinstance(row, Mapping):
                raise parse.bad_value("messages", text, number, row, "a dict, as others are", "drop the row")
        return Caller("records", rows, text)
    if any(hasattr(type(first), name) for name in ("columns", *_ARROW)):
        frames = [frame for row in rows if (frame := _frame(row)) is not None]
        if len(frames) == len(rows):
            return Caller("frame", _together(frames), text)
    return Caller("strings", rows, text, bare=True)


def _together(frames: list[nw.DataFrame[Any]]) -> nw.DataFrame[Any]:
    """One frame of several; their columns may be in any order."""
    first = frames[0].columns
    alike = [frame.select(first) if set(frame.columns) == set(first) else frame for frame in frames]
    try:
        return nw.concat(alike)
    except Exception as error:  # each library has its own for frames that do not fit
        shown = f"{len(frames)} frames that do not fit ({error})"
        allowed = "frames of one kind, with the same columns and dtypes"
        raise ParameterError("messages", shown, allowed, "put them together first") from error


def _narwhal(native: Any) -> Any:
    """Return a narwhals frame or Series over what is one, and anything else as it is."""
    try:
        return nw.from_native(native, pass_through=True, allow_series=True)
    except DuplicateError as error:
        raise ParameterError("messages", type(native), "a frame with unique columns", str(error)) from error


def _frame(messages: Any) -> nw.DataFrame[Any] | None:
    """Return an eager narwhals frame, None when this is no frame."""
    native = _narwhal(messages)
    try:
        if isinstance(native, nw.LazyFrame):
            native = native.collect()
        elif any(hasattr(messages, name) for name in _ARROW) and not isinstance(
            native, nw.DataFrame | nw.Series
        ):
            native = _narwhal(importlib.import_module("pyarrow").table(messages))
    except ModuleNotFoundError as error:
        message = f"{type(messages).__name__} is read through a library that is missing: {error}"
        raise ModuleNotFoundError(f"{message}; pip install pyarrow") from error
    return native if isinstance(native, nw.DataFrame) else None


def _sequence(values: Any) -> Values:
    """Return a caller's sequence as a Series, a datetime64 array, or a list."""
    column = _narwhal(values)
    if isinstance(column, nw.Series):
        return _narwhal(column.to_pandas()) if column.implementation.is_modin() else column
    if hasattr(values, "to_pylist"):  # a pyarrow.Array
        return list(values.to_pylist())
    if isinstance(values, np.ndarray):
        return values if values.dtype.kind == "M" else list(values.tolist())
    return list(values)


def _listed_values(values: Values) -> list[Any]:
    """Return plain Python values by the fastest right road (Arrow's dictionaries lose nulls in numpy)."""
    if not isinstance(values, nw.Series):
        return list(values)
    is_text = values.dtype == nw.String and not values.implementation.is_polars()
    by_numpy = is_text or (values.dtype.is_integer() and not values.null_count())
    plain: list[Any] = values.to_numpy().tolist() if by_numpy else values.to_list()
    return plain


def _texts(values: Any, name: str, counts: Counter[str]) -> tuple[Strings, NDArray[np.bool_]]:
    """Return a column's texts, "" for a null, and where they are null."""
    _check_dtype(values, "text", name, _TEXT_DTYPES, parse.TEXTS, parse.TEXTS_REMEDY)
    if (strings := held(values)) is not None:
        null = np.asarray(values.is_null().to_numpy(), dtype=np.bool_)
        counts["null text"] = int(null.sum())
        return strings.filled(), null
    is_pandas = isinstance(values, nw.Series) and values.implementation.is_pandas_like()
    utf8 = isinstance(values, nw.Series) and not is_pandas
    return parse.texts(_listed_values(values), name, counts, utf8)


def _authors(values: Values, name: str, counts: Counter[str]) -> tuple[NDArray[np.int64], list[Any]]:
    """Return author codes, -1 for a null, and the distinct authors in the order of their codes."""
    if (strings := held(values)) is not None:
        heads, place = numbered(strings.first_equal(few=True))
        distinct = strings.at(heads)
    elif (numbers := _whole_numbers(values)) is not None:
        keys = numbers.astype(np.uint64) * _SPREAD
        heads, place = numbered(first_with(keys, ranked(keys))[0])
        distinct = numbers.take(heads).tolist()
    else:
        return parse.authors(_listed_values(values), name, counts)
    codes, names = parse.authors(distinct, name, counts)
    codes = codes.take(place)
    counts["null author"] = int((codes < 0).sum())
    return codes, names


def _ids(values: Values, counts: Counter[str]) -> Strings | NDArray[Any]:
    """Return the ids as they came, None for any null."""
    if (numbers := _whole_numbers(values)) is not None:
        ascending = np.sort(numbers)
        counts["duplicate id"] = int((ascending[1:] == ascending[:-1]).sum())
        return numbers
    if (strings := held(values)) is None:
        return parse.ids(_listed_values(values), counts)
    counts["null id"] = strings.series.null_count()
    heads, _ = numbered(strings.first_equal(few=True))
    counts["duplicate id"] = len(strings) - heads.size - max(counts["null id"] - 1, 0)
    return strings


def _whole_numbers(values: Values) -> NDArray[Any] | None:
    """Return the whole numbers of a Series without nulls, None for anything else."""
    if not isinstance(values, nw.Series) or not values.dtype.is_integer() or values.null_count():
        return None
    numbers = values.to_numpy()
    return numbers if numbers.dtype.kind in "iu" else None


def _time_values(values: Values, name: str | None) -> list[Any] | NDArray[Any]:
    """Return times as datetime64 in UTC where the column holds them, else one by one."""
    _check_dtype(values, "time", name, _TIME_DTYPES, parse.TIMES, parse.TIMES_REMEDY)
    if isinstance(values, nw.Series) and isinstance(values.dtype, nw.Datetime | nw.Date):
        if getattr(values.dtype, "time_zone", None) is not None:
            values = values.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        array = values.to_numpy()
        return array if array.dtype.kind == "M" else values.to_list()
    return values if isinstance(values, np.ndarray) else _listed_values(values)


def _check_dtype(
    values: Values, parameter: str, column: Any, dtypes: tuple[Any, ...], allowed: str, remedy: str
) -> None:
    """Raise for a Series of another dtype; one of nulls alone says nothing, whatever its dtype."""
    if isinstance(values, nw.Series) and not isinstance(values.dtype, dtypes):  # noqa: SIM102
        if values.null_count() < len(values):
            raise ColumnTypeError(parameter, column, f"a column of {values.dtype}", allowed, remedy)
