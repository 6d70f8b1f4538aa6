"""Dates as spreadsheets and social tools write them: 31/03/2026 09:00, 3/31/2026 9:00 AM, 31 Mar 2026.

Whether the day or the month stands first is never guessed: the strings of a column say so themselves, as soon
as one of them holds a day above the twelfth. What can be read both ways stays unread.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

__all__ = ["read_dates"]

_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = {"sept": 9} | {spelt: number for number, name in enumerate(_NAMES, 1) for spelt in (name[:3], name)}
_MONTH = r"[A-Za-z]{3,9}"
_CLOCK = (
    r"(?:(?:T|,?\s+(?:at\s+)?)(?P<hour>\d{1,2}):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6})\d*)?)?(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
_ZONE = r"\s*(?:UTC|GMT|[Zz]|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d))?"
_NUMERIC = re.compile(
    r"\s*(?:(?P<year>\d{4})(?P<between>[/.-])(?P<month>\d{1,2})(?P=between)(?P<day>\d{1,2})"
    r"|(?P<first>\d{1,2})(?P<mark>[/.-])(?P<other>\d{1,2})(?P=mark)(?P<last>\d{4}))"
    rf"{_CLOCK}{_ZONE}\s*",
    re.ASCII,
)
_NAMED = re.compile(
    rf"\s*(?:{_MONTH}\.?,?\s+)?"  # a weekday
    rf"(?:(?P<day>\d{{1,2}})\.?[\s-]+(?P<month>{_MONTH})\.?,?[\s-]+(?P<year>\d{{4}})"
    rf"|(?P<name>{_MONTH})\.?\s+(?P<number>\d{{1,2}})(?:,?\s+(?P<behind>\d{{4}}))?)"
    rf"{_CLOCK}{_ZONE}(?:\s+(?P<last>\d{{4}}))?\s*",
    re.ASCII,
)


def read_dates(strings: Sequence[str], day_first: bool | None = None) -> tuple[list[dt.datetime | None], int]:
    """Read the dates of one column, and count those that can be read both ways.

    Parameters
    ----------
    strings : sequence of str, n
        Those that are no ISO 8601. Read are day, month and year (four digits) in this order with full stops;
        the same, or month first, with slashes or hyphens, whichever all of them allow that are days at all;
        year, month and day with hyphens, slashes or full stops; and English names of months, day before or
        behind, with or without a weekday, the year at the end too as Twitter has it. A time of day may
        follow, of 12 or 24 hours, and "UTC", "GMT", "Z" or an offset such as +0100; without one it is UTC.
    day_first : bool, optional
        Whether the day stands first with slashes or hyphens, for a column that does not show it.

    Returns
    -------
    list of datetime (aware) or None, n; int
        None for what is none of these, and for all that could be either where nothing tells day from month,
        or some say one thing and some the other. How many of the latter there are.
    """
    found = [_NUMERIC.fullmatch(string) for string in strings]
    by_day, by_month = (
        [None if match is None else _numeric(match, first) for match in found] for first in (True, False)
    )
    days = [row for row, match in enumerate(found) if match is not None and match["mark"] in ("/", "-")]
    days = [row for row in days if by_day[row] or by_month[row]]  # what is no day at all has no say
    if day_first is None:
        all_by_day, all_by_month = (all(read[row] for row in days) for read in (by_day, by_month))
        day_first = None if all_by_day == all_by_month else all_by_day
    read = by_month if day_first is False else by_day
    unsure = 0
    for row in days if day_first is None else []:
        both = by_day[row] and by_month[row] and by_day[row] != by_month[row]
        read[row] = None if both else by_day[row] or by_month[row]
        unsure += bool(both)
    for row, match in enumerate(found):
        if match is None and (named := _NAMED.fullmatch(strings[row])) is not None:
            read[row] = _named(named)
    return read, unsure


def _numeric(match: re.Match[str], day_first: bool) -> dt.datetime | None:
    """Return what a date in numbers says, None where there is no such day or time of day."""
    if match["mark"] is None:
        return _moment(match, match["year"], int(match["month"]), match["day"])
    day, month = match["first"], match["other"]
    if match["mark"] != "." and not day_first:
        day, month = month, day
    return _moment(match, match["last"], int(month), day)


def _named(match: re.Match[str]) -> dt.datetime | None:
    """Return what a date with the name of a month says, None where it holds no year, or two."""
    years = [year for year in (match["year"], match["behind"], match["last"]) if year is not None]
    month = _MONTHS.get((match["month"] or match["name"]).lower(), 0)
    return _moment(match, years[0], month, match["day"] or match["number"]) if len(years) == 1 else None


def _moment(match: re.Match[str], year: str, month: int, day: str) -> dt.datetime | None:
    """Return a day with the time of day of its match, None where there is no such."""
    hour = int(match["hour"] or 0)
    if match["half"] is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (match["half"] in "Pp")
    fraction = int((match["fraction"] or "0").ljust(6, "0"))
    ahead = dt.timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
    try:
        zone = dt.timezone(-ahead if match["sign"] == "-" else ahead)
        clock = hour, int(match["minute"] or 0), int(match["second"] or 0), fraction
        return dt.datetime(int(year), month, int(day), *clock, tzinfo=zone)
    except ValueError:
        return None
