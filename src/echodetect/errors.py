"""The exceptions of echodetect and the argument checks that raise them.

Every message names the parameter, the value received, what is allowed and what to do about it.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import numbers
import operator
import re
import sys
from collections.abc import Hashable, Iterable
from fractions import Fraction
from typing import Any

__all__ = [
    "ColumnNotFoundError",
    "ColumnTypeError",
    "EchodetectError",
    "ParameterError",
    "UnreadTimesWarning",
    "check_at_least",
    "check_cluster",
    "check_columns",
    "check_count",
    "check_flag",
    "check_share",
    "check_window",
    "check_windows",
    "spelled",
]


class EchodetectError(Exception):
    """Base of everything that echodetect raises on purpose."""


class ParameterError(EchodetectError, ValueError):
    """An argument outside what is allowed.

    Parameters
    ----------
    name : str
        The parameter.
    value : object
        What was received.
    allowed : str
        What is allowed, so that "must be <allowed>" reads well.
    remedy : str
        What to do, in the imperative; may be empty.
    """

    def __init__(self, name: str, value: object, allowed: str, remedy: str = "") -> None:
        super().__init__(name, value, allowed, remedy)  # all of them in args: the error can be pickled
        self.name, self.value, self.allowed, self.remedy = name, value, allowed, remedy

    def __str__(self) -> str:
        return _sentence(f"{self.name}={_short(self.value)}: must be {self.allowed}", self.remedy)


class ColumnNotFoundError(EchodetectError, KeyError):
    """A column that was asked for is not in the frame.

    Parameters
    ----------
    parameter : str
        The parameter that named the column ("text", "author", "time", "id").
    column : object
        The name that was asked for.
    columns : iterable
        The columns there are; close matches among them are suggested.
    remedy : str
        What to do, in the imperative; empty for "name one of the columns there are".
    """

    def __init__(self, parameter: str, column: object, columns: Iterable[Any], remedy: str = "") -> None:
        super().__init__(parameter, column, list(columns), remedy)
        self.parameter, self.column, self.columns, self.remedy = self.args

    def __str__(self) -> str:  # KeyError would show the repr of its argument
        names = [str(name) for name in self.columns]
        there = ", ".join(map(repr, names[:50])) + (f" and {len(names) - 50} more" if len(names) > 50 else "")
        by_case = {name.casefold(): name for name in reversed(names)}
        close = difflib.get_close_matches(str(self.column).casefold(), by_case, n=3, cutoff=0.6)
        message = f"{self.parameter}={_short(self.column)}: no such column; there are: {there or 'none'}"
        if close:
            message += f"; did you mean {' or '.join(repr(by_case[name]) for name in close)}?"
        remedy = self.remedy or f"name one of them with {self.parameter}=..."
        if len(names) == 1 and (mark := next((mark for mark in ";\t|," if mark in names[0]), None)):
            remedy = f"read the file with {mark!r} as its separator"
        return f"{message} {_capital(remedy)}" if close else _sentence(message, remedy)


class ColumnTypeError(EchodetectError, TypeError):
    """A column, or one value in it, of a type that cannot be used.

    Parameters
    ----------
    parameter : str
        The parameter that named the column.
    column : object
        The column.
    received : str
        The dtype, or the row number and the value, received.
    allowed : str
        What is allowed, so that "must be <allowed>" reads well.
    remedy : str
        What to do, in the imperative; may be empty.
    """

    def __init__(self, parameter: str, column: object, received: str, allowed: str, remedy: str = "") -> None:
        super().__init__(parameter, column, received, allowed, remedy)
        self.parameter, self.column, self.received = parameter, column, received
        self.allowed, self.remedy = allowed, remedy

    def __str__(self) -> str:
        head = f"{self.parameter}={_short(self.column)}: got {self.received}, must be {self.allowed}"
        return _sentence(head, self.remedy)


class UnreadTimesWarning(UserWarning):
    """More than half of the times could not be read: saturation is unknown, or a wide range."""


def check_share(name: str, value: object) -> float:
    """Return `value` as a float from 0 to 1; ParameterError for anything else, booleans and NaN included."""
    allowed = "a number from 0 to 1"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ParameterError(name, value, allowed, "pass a float such as 0.85")
    share = float(value)
    if math.isnan(share):
        raise ParameterError(name, value, allowed, "NaN is no share")
    if not 0.0 <= share <= 1.0:
        percent = 2 <= share <= 100
        remedy = f"for {share:g} per cent pass {share / 100:g}" if percent else "pass a float such as 0.85"
        raise ParameterError(name, value, allowed, remedy)
    return share


def check_flag(name: str, value: object) -> bool:
    """Return `value` if it is True or False; ParameterError for anything else."""
    if not isinstance(value, bool):
        raise ParameterError(name, value, "True or False", "pass one of them")
    return value


def check_columns(text: object, **others: object) -> None:
    """ParameterError unless `text` may name a column, and each of the others may or is None."""
    for name, value in {"text": text, **others}.items():
        if not isinstance(value, Hashable) or (value is None and name == "text"):
            allowed = "the name of a column" + (", or None" if name != "text" else "")
            raise ParameterError(name, value, allowed, "name one, such as 'text'")


def check_count(name: str, value: object, minimum: int) -> int:
    """Return `value` as an int of at least `minimum`; ParameterError for anything else, booleans included."""
    allowed = f"a whole number of at least {minimum}"
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise ParameterError(name, value, allowed, f"pass an int such as {max(minimum, 1)}")
    count = operator.index(value)
    if count < minimum:
        raise ParameterError(name, value, allowed, f"pass {minimum} or more")
    return count


def check_at_least(name: str, value: object, minimum: float) -> float:
    """Return `value` as a finite float of at least `minimum`; ParameterError for anything else."""
    allowed = f"a finite number of at least {minimum:g}"
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
        raise ParameterError(name, value, allowed, f"pass a float such as {minimum:g}")
    if value < minimum:
        raise ParameterError(name, value, allowed, f"pass {minimum:g} or more")
    return float(value)


def check_cluster(name: str, value: object, total: int) -> int:
    """Return `value` as the number of one of `total` clusters; ParameterError for anything else."""
    if not total:
        raise ParameterError(name, value, "a cluster", "there are none in this report")
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    number = operator.index(value) if whole else -1  # type: ignore[arg-type]
    if not 0 <= number < total:
        raise ParameterError(name, value, f"a cluster from 0 to {total - 1}", "see report.clusters")
    return number


# Microseconds in each unit, as strings spell it and as numpy does; both "m" are minutes.
_UNITS: dict[str, Fraction] = {
    "as": Fraction(1, 10**12),
    "fs": Fraction(1, 10**9),
    "ps": Fraction(1, 10**6),
    "ns": Fraction(1, 1000),
    "us": Fraction(1),
    "ms": Fraction(1000),
    "s": Fraction(10**6),
    "min": Fraction(60 * 10**6),
    "m": Fraction(60 * 10**6),
    "h": Fraction(3600 * 10**6),
    "d": Fraction(86_400 * 10**6),
    "w": Fraction(7 * 86_400 * 10**6),
}
_SHORT = "us|µs|μs|ms|s|m|h|H|d|D|w|W"
_LONG = "sec(?:ond)?s?|min(?:ute)?s?|hrs?|hours?|days?|weeks?"
_SPELLED = re.compile(rf"([0-9]{{1,18}}(?:\.[0-9]{{1,9}})?)\s*({_SHORT}|(?i:{_LONG}))(?![A-Za-z])\s*")
_CALENDAR = re.compile(r"[0-9.]+\s*(?:M|[Mm]o|[Mm]on|[Mm]onths?|ME|q|Q|y|Y|[Yy]ears?)\s*")
_LONGEST = 10_000 * 366 * 86_400 * 10**6  # beyond datetime's calendar: nothing is further apart
_WINDOW = 'a length of time such as "1h", "90min", "1h30min" or datetime.timedelta(hours=1), zero or longer'


def check_window(value: object, name: str = "window") -> int:
    """Return a length of time in microseconds, zero or more, rounded to the nearest.

    Parameters
    ----------
    value : str, datetime.timedelta, pandas.Timedelta or numpy.timedelta64
        Strings are numbers with units, added up: us, ms, s, min or m, h, d, w; "1h30min" is 90 minutes. The
        units may be words, "24 hours"; they are seconds (sec), minutes, hours (hr), days and weeks.
    name : str
        The parameter to name in an error.

    Raises
    ------
    ParameterError
        For a negative length, NaT, months and years (they have no fixed length), bare numbers (of what?)
        and anything else. A length beyond 10,000 years, which no two times are apart, counts as that.
    """
    length = _microseconds(value, name)
    if length < 0:
        raise ParameterError(name, value, _WINDOW, "drop the minus sign; a window has no direction")
    return min(round(length), _LONGEST)


def check_windows(value: object, name: str = "window") -> dict[str, int]:
    """Return the suffix that each window gives its columns, and its microseconds, in the order given.

    The first, or the only one, has none; every further one has an underscore and its length as it was spelt,
    without spaces and with short units: {"": 3600000000, "_24h": 86400000000} for ["1h", "24 hours"]. Lengths
    that are no strings are spelt in the largest units they have: timedelta(hours=36) is "1d12h".

    Parameters
    ----------
    value : anything `check_window` takes, or a list or tuple of such
        One or more, no two of the same length.
    name : str
        The parameter to name in an error.

    Raises
    ------
    ParameterError
        For no window at all, two of one length, and whatever `check_window` refuses.
    """
    given = list(value) if isinstance(value, list | tuple) else [value]
    lengths = [check_window(window, name) for window in given]
    if not lengths or len(set(lengths)) < len(lengths):
        allowed = "one length of time or several different ones"
        raise ParameterError(name, value, allowed, 'pass "1h" or ["1h", "24h"], say')
    further = zip(given[1:], lengths[1:], strict=True)
    return {"": lengths[0]} | {f"_{_spelling(window, length)}": length for window, length in further}


def _spelling(window: object, length: int) -> str:
    """Return a window as it was spelt, in short units; other lengths in the largest units they have."""
    if isinstance(window, str):
        return "".join(number + _unit(unit) for number, unit in _SPELLED.findall(window))
    return spelled(length)


def _unit(spelt: str) -> str:
    """Return the short name of a unit that `_SPELLED` found, a key of `_UNITS`."""
    unit = spelt.replace("µ", "u").replace("μ", "u").lower()
    return unit if unit in _UNITS else {"m": "min"}.get(unit[0], unit[0])


def spelled(length: int) -> str:
    """Return a length of time in microseconds as `check_window` reads it, in the largest units it has."""
    parts, rest = [], length
    for unit in ("d", "h", "min", "s", "ms", "us"):
        count, rest = divmod(rest, int(_UNITS[unit]))
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def _microseconds(value: object, name: str) -> Fraction:
    """Return the exact length of any accepted value, negative ones included."""
    if isinstance(value, str):
        return _spelled_microseconds(value, name)
    if isinstance(value, dt.timedelta):  # pandas.Timedelta is one
        return Fraction((value.days * 86_400 + value.seconds) * 10**6 + value.microseconds)
    numpy: Any = sys.modules.get("numpy")  # whoever holds a timedelta64 has imported it
    if numpy is not None and isinstance(value, numpy.timedelta64):
        unit, step = numpy.datetime_data(value.dtype)
        if numpy.isnat(value):
            raise ParameterError(name, value, _WINDOW, "NaT is no length; pass one that is known")
        if unit in ("M", "Y"):
            raise ParameterError(name, value, _WINDOW, "months and years vary in length; pass days")
        if unit == "generic":
            raise ParameterError(name, value, _WINDOW, "give the timedelta64 a unit")
        return _UNITS[unit.lower()] * int(value.astype("int64")) * int(step)
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        example = f'"{value}min"' if isinstance(value, int | float) else '"60min"'
        raise ParameterError(name, value, _WINDOW, f"say of what: {example}, say")
    remedy = "NaT is no length; pass one that is known" if type(value).__name__ == "NaTType" else ""
    raise ParameterError(name, value, _WINDOW, remedy or "pass a string or a timedelta")


def _spelled_microseconds(value: str, name: str) -> Fraction:
    """Return the length that a string such as "1h30min" spells."""
    text = value.strip()
    sign, text = (-1, text[1:].lstrip()) if text.startswith("-") else (1, text)
    total, end = Fraction(0), 0
    while text and (part := _SPELLED.match(text, end)):
        total, end = total + Fraction(part[1]) * _UNITS[_unit(part[2])], part.end()
    if text and end == len(text):
        return sign * total
    if re.fullmatch(r"[0-9.]+", text[end:]):
        raise ParameterError(name, value, _WINDOW, f'say of what: "{text}min", say')
    if _CALENDAR.match(text, end):
        raise ParameterError(name, value, _WINDOW, "months and years vary in length; pass days")
    raise ParameterError(
        name, value, _WINDOW, "the units are us, ms, s, min (or m), h, d and w, or words such as hours"
    )


def _short(value: object) -> str:
    """Return the repr of a value, cut to a length that a message can hold."""
    shown = repr(value).replace("\n", " ")
    return shown if len(shown) <= 80 else f"{shown[:77]}..."


def _capital(remedy: str) -> str:
    return remedy[:1].upper() + remedy[1:]


def _sentence(head: str, remedy: str) -> str:
    return f"{head}; {remedy}" if remedy else head
