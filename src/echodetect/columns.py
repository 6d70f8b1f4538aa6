"""Columns of plain values made into what detection works on: texts, author codes, instants, ids.

Nothing here knows of frames: lists and datetime64 arrays come in, lists and numpy arrays go out, and rows
with something odd are counted by what is odd.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections import Counter
from collections.abc import Hashable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echodetect.dates import read_dates
from echodetect.errors import ColumnTypeError, UnreadTimesWarning
from echodetect.originals import Listed, Strings

__all__ = ["UNKNOWN_TIME", "Columns", "authors", "bad_value", "ids", "texts", "times", "warn_of_times"]

UNKNOWN_TIME = int(np.iinfo(np.int64).min)
"""The time of a message without one; numpy reads it as NaT."""

SURROGATE = re.compile("[\ud800-\udfff]")
"""What UTF-8, and with it Arrow, cannot hold."""

TEXTS = "strings, null where there is none"
TEXTS_REMEDY = "convert it to strings (decode bytes)"
_ROWS_REMEDY = "pass rows as a list of dict, or a frame"
TIMES = "datetimes, dates, ISO 8601 strings or dates such as 31/03/2026 09:00"
TIMES_REMEDY = "convert it, for numbers with pandas.to_datetime(..., unit='s') or polars.from_epoch"

_UNREAD = ("ambiguous time (day or month first?)", "unparseable time", "out-of-range time")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_CALENDAR = np.array(["0001-01-01T00:00:00", "9999-12-31T23:59:59.999999"], dtype="datetime64[us]")
_ISO = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?P<zone>Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True, slots=True)
class Columns:
    """What detection reads, row by row in the caller's order.

    Attributes
    ----------
    texts : Strings of str, n
        The messages; a null is "". A list, or a column left where it is.
    text_null : bool, (n,)
        Where the message was null.
    author : int64, (n,), or None
        Position in `author_names`, -1 for a null author; None when there is no author column.
    author_names : list
        The distinct authors sorted by their `str`, so codes do not depend on the order of rows.
    time : int64, (n,)
        Microseconds since 1970-01-01 UTC, `UNKNOWN_TIME` (numpy's NaT) where unknown.
    has_time : bool
        Whether there is a time column.
    ids : Strings of n, int (n,), or None
        The ids as they came, None for a null one; None when there is no id column.
    counts : dict of str to int
        Rows with something odd, where there are any: "null text", "lone surrogate", "null author",
        "null time", "unparseable time", "ambiguous time (day or month first?)", "out-of-range time",
        "null id", "duplicate id".
    """

    texts: Strings
    text_null: NDArray[np.bool_]
    author: NDArray[np.int64] | None
    author_names: list[Any]
    time: NDArray[np.int64]
    has_time: bool
    ids: Strings | NDArray[Any] | None
    counts: dict[str, int]

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def timeline(self) -> NDArray[np.int64]:
        """`author`, and -1 for every row where there is no author column; int64 (n,)."""
        return np.full(len(self), -1, dtype=np.int64) if self.author is None else self.author


def texts(
    values: list[Any], name: str, counts: Counter[str], utf8: bool = False
) -> tuple[Listed, NDArray[np.bool_]]:
    """Return the texts, "" for a null, and where they are null; `utf8`: no surrogate can be there."""
    null = np.zeros(len(values), dtype=np.bool_)
    texts = Listed(values)
    if not set(map(type, values)) <= {str}:
        for row in [row for row, value in enumerate(values) if type(value) is not str]:
            value = values[row]
            if isinstance(value, str):
                texts[row] = str(value)
            elif is_null(value):
                texts[row], null[row] = "", True
            else:
                is_row = isinstance(value, tuple | np.void) or hasattr(value, "keys")
                raise bad_value("text", name, row, value, TEXTS, _ROWS_REMEDY if is_row else TEXTS_REMEDY)
    counts["null text"] = int(null.sum())
    counts["lone surrogate"] = 0 if utf8 else _surrogates(texts)
    return texts, null


def _surrogates(texts: list[str]) -> int:
    """Return how many texts hold a code point that UTF-8 cannot."""
    count = 0
    for start in range(0, len(texts), 4096):
        block = texts[start : start + 4096]
        try:
            "".join(block).encode()
        except UnicodeEncodeError:
            count += sum(SURROGATE.search(text) is not None for text in block)
    return count


def authors(values: list[Any], name: str, counts: Counter[str]) -> tuple[NDArray[np.int64], list[Any]]:
    """Return codes (-1 for null) and the distinct authors in the order of their codes.

    An empty string, which is how many a CSV has no author, is null. Whole numbers that came as floats, which
    is what pandas makes of them beside a null, are ints again; ColumnTypeError where floats have made one
    author of several.
    """
    try:
        distinct = set(values)
    except TypeError:
        row = next(row for row, value in enumerate(values) if not isinstance(value, Hashable))
        remedy = "name the column that holds one account per row"
        raise bad_value("author", name, row, values[row], "a hashable value", remedy) from None
    known = [author for author in distinct if not _nobody(author)]
    if any(map(_too_large, known)):
        row = next(row for row, value in enumerate(values) if _too_large(value))
        allowed = "no float of 2**53 or more, which stands for several whole numbers"
        remedy = "read the column as strings or whole numbers (pandas: dtype='Int64')"
        raise bad_value("author", name, row, values[row], allowed, remedy)
    if known and all(isinstance(author, float) and author.is_integer() for author in known):
        known = [int(author) for author in known]  # whole numbers with a null among them, as pandas has them
    names = sorted(known, key=lambda author: (str(author), type(author).__name__))
    code = dict.fromkeys(distinct, -1) | {author: number for number, author in enumerate(names)}
    codes = np.fromiter(map(code.__getitem__, values), np.int64, len(values))
    counts["null author"] = int((codes < 0).sum())
    return codes, names


def _nobody(value: Any) -> bool:
    return not value.strip() if isinstance(value, str) else is_null(value)


def _too_large(value: Any) -> bool:
    return isinstance(value, float) and abs(value) >= 2.0**53


def ids(values: list[Any], counts: Counter[str]) -> Listed:
    """Return the ids as they came, None for any null."""
    if not set(map(type, values)) <= {int, str}:
        values = [None if is_null(value) else value for value in values]
    counts["null id"] = values.count(None)
    with suppress(TypeError):  # ids that cannot be hashed are not compared
        distinct = set(values)
        counts["duplicate id"] = len(values) - counts["null id"] - len(distinct) + (None in distinct)
    return Listed(values)


def times(
    values: list[Any] | NDArray[Any], name: str, counts: Counter[str], day_first: bool | None = None
) -> NDArray[np.int64]:
    """Return microseconds since the epoch, `UNKNOWN_TIME` for a null, unparseable or out-of-range time."""
    if isinstance(values, np.ndarray):
        counts["null time"] += int(np.isnat(values).sum())
        return _within_calendar(values, counts)
    instants = np.full(len(values), UNKNOWN_TIME, dtype=np.int64)
    unread = []
    for row in _parse_alike(values, instants):
        instant = _instant(values[row], row, name, counts)
        if instant is None:
            unread.append(row)
        else:
            instants[row] = instant
    read, unsure = read_dates([values[row] for row in unread], day_first)
    for row, moment in zip(unread, read, strict=True):
        if moment is not None:
            instants[row] = (moment - _EPOCH) // _MICROSECOND
    counts["ambiguous time (day or month first?)"] = unsure
    counts["unparseable time"] = read.count(None) - unsure
    return _within_calendar(instants.view("datetime64[us]"), counts)


def warn_of_times(columns: Columns, name: str | None, stacklevel: int) -> None:
    """Warn where more than half of the times that are no nulls could not be read.

    A report still comes of it, but its saturation is null or a range, which a table alone does not explain.
    """
    unread = {what: columns.counts[what] for what in _UNREAD if what in columns.counts}
    given = len(columns) - columns.counts.get("null time", 0)
    if 2 * sum(unread.values()) > given:
        told = ", ".join(f"{count} {what}" for what, count in unread.items())
        remedy = "say day_first=True or False" if _UNREAD[0] in unread else "convert the column to datetimes"
        head = f"time={name!r}: most of {given} times are unknown, and saturation with them"
        warnings.warn(f"{head}: {told}; {remedy}", UnreadTimesWarning, stacklevel=stacklevel + 1)


def _within_calendar(times: NDArray[np.datetime64], counts: Counter[str]) -> NDArray[np.int64]:
    """Return datetimes of any unit as microseconds; those beyond the years 1 to 9999 become unknown."""
    if np.datetime_data(times.dtype)[0] in (
        "Y",
        "M",
        "W",
        "D",
        "h",
        "m",
        "s",
        "ms",
        "us",
    ):  # finer ones end before
        first, last = _CALENDAR.astype(times.dtype)
        far = (times < first) | (times > last)
        if far.any():
            counts["out-of-range time"] += int(far.sum())
            times = np.where(far, np.datetime64("NaT"), times)
    return times.astype("datetime64[us]").view(np.int64)


def _instant(value: Any, row: int, name: str, counts: Counter[str]) -> int | None:
    """Return one value's microseconds since the epoch, None for a string that is no ISO 8601."""
    if type(value) is dt.datetime:
        pass  # by far the most usual
    elif isinstance(value, str) and value.strip():
        try:
            value = dt.datetime.fromisoformat(value.strip().removesuffix("UTC").rstrip())
        except ValueError:
            return None
    elif isinstance(value, str) or is_null(value):
        counts["null time"] += 1
        return UNKNOWN_TIME
    if isinstance(value, np.datetime64):
        return int(_within_calendar(np.array([value]), counts)[0])
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day)
    if not isinstance(value, dt.datetime):
        raise bad_value("time", name, row, value, TIMES, TIMES_REMEDY)
    aware = value if value.utcoffset() is not None else value.replace(tzinfo=dt.UTC)
    return int((aware - _EPOCH) // _MICROSECOND)


def _parse_alike(values: list[Any], instants: NDArray[np.int64]) -> Iterable[int]:
    """Fill in the ISO 8601 strings that are laid out as the first one is; return the other rows.

    Ten times as fast as `datetime.fromisoformat` on each, and the same where both read a string.
    """
    first = next((value for value in values if type(value) is str), "")
    form = _ISO.fullmatch(first.encode("utf-8", "replace"))
    if form is None:
        return range(len(values))
    size, end = form.end(), form.end() - len(form["zone"] or b"")
    rows = np.array([row for row, value in enumerate(values) if type(value) is str and len(value) == size])
    try:
        raw = np.array([values[row] for row in rows], dtype=f"S{size}")
    except UnicodeEncodeError:
        return range(len(values))
    codes = raw.view(np.uint8).reshape(len(raw), size)
    layout = np.frombuffer(form[0], dtype=np.uint8)
    alike = np.where(layout - 48 < 10, codes - 48 < 10, codes == layout)

    def number(start: int, stop: int) -> NDArray[np.int64]:
        places = codes[:, start:stop].astype(np.int64) - 48
        return places @ 10 ** np.arange(stop - start - 1, -1, -1)

    month, hour, minute, second = (number(at, at + 2) for at in (5, 11, 14, 17))
    months = (number(0, 4) - 1970) * 12 + month - 1
    spans = np.stack([months, months + 1]).astype("datetime64[M]")
    first, after = spans.astype("datetime64[D]").view(np.int64)
    day = first + number(8, 10) - 1
    seconds = ((day * 24 + hour) * 60 + minute) * 60 + second
    in_range = (number(0, 4) >= 1) & (month >= 1) & (month <= 12) & (day >= first) & (day < after)
    in_range &= (hour < 24) & (minute < 60) & (second < 60)
    if size - end > 1:  # +hh:mm
        sign, hours, minutes = codes[:, end], number(end + 1, end + 3), number(end + 4, end + 6)
        seconds -= np.where(sign == ord("-"), -60, 60) * (hours * 60 + minutes)
        alike[:, end] = (sign == ord("+")) | (sign == ord("-"))
        in_range &= (hours < 24) & (minutes < 60)
    good = alike.all(axis=1) & in_range
    micro = number(20, end) * 10 ** (26 - end) if end > 20 else 0
    instants[rows[good]] = (seconds * 1_000_000 + micro)[good]
    left = np.ones(len(values), dtype=np.bool_)
    left[rows[good]] = False
    return [int(row) for row in np.flatnonzero(left)]


def is_null(value: Any) -> bool:
    """Whether a value is None, NaN, NaT or pandas.NA."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, float | np.floating):
        return bool(value != value)
    return isinstance(value, np.datetime64) and bool(np.isnat(value))


def bad_value(
    parameter: str, column: Any, row: int, value: Any, allowed: str, remedy: str
) -> ColumnTypeError:
    """Return the error for one value in a column, by its row."""
    shown = repr(value)
    shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
    received = f"{shown} ({type(value).__name__}) in row {row} (the first is 0)"
    return ColumnTypeError(parameter, column, received, allowed, remedy)
