"""Dates as spreadsheets and social tools write them: 31/03/2026 09:00, 3/31/2026 9:00 AM, 31.03.2026.

Whether the day or the month stands first is never guessed: the strings of a column say so themselves, as soon
as one of them holds a day above the twelfth. What can be read both ways stays unread.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

__all__ = ["day_and_month"]

_CLOCK = r"(?:(?:T|,?\s+)(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,6})\d*)?)?(?:\s*([AaPp])\.?[Mm]\.?)?)?"
_NUMERIC = re.compile(
    rf"\s*(?:(\d{{4}})[/.](\d{{1,2}})[/.](\d{{1,2}})|(\d{{1,2}})([/.-])(\d{{1,2}})\5(\d{{4}}))"
    rf"{_CLOCK}\s*(?:UTC|GMT|Z)?\s*",
    re.ASCII,
)


def day_and_month(strings: Sequence[str]) -> tuple[list[dt.datetime | None], int]:
    """Read numeric dates of one column, and count those that can be read both ways.

    Parameters
    ----------
    strings : sequence of str, n
        Those that are no ISO 8601. Read are day, month and year (four digits) in this order with full stops;
        the same, or month first, with slashes or hyphens, whichever all of them allow; and year, month and
        day with slashes or full stops. A time of day may follow, of 12 or 24 hours, and "UTC", "GMT" or "Z".

    Returns
    -------
    list of datetime (UTC) or None, n; int
        None for what is none of these, and for all that could be either where nothing tells day from month.
        How many of the latter there are.
    """
    found = [_NUMERIC.fullmatch(string) for string in strings]
    day_first = [None if match is None else _moment(match, True) for match in found]
    month_first = [None if match is None else _moment(match, False) for match in found]
    open_rows = [row for row, match in enumerate(found) if match is not None and match[5] in ("/", "-")]
    by_day = all(day_first[row] is not None for row in open_rows)
    by_month = all(month_first[row] is not None for row in open_rows)
    if not by_day and by_month:
        return month_first, 0
    read = list(day_first)
    unsure = 0
    for row in open_rows:
        if not by_day or (by_month and day_first[row] != month_first[row]):
            read[row] = None
            unsure += by_day
    return read, unsure


def _moment(match: re.Match[str], day_first: bool) -> dt.datetime | None:
    """Return what a match says, None where there is no such day or time of day."""
    year, month, day, first, mark, second, last, hours, minutes, seconds, fraction, half = match.groups()
    if mark is not None:
        year = last
        day, month = (first, second) if day_first or mark == "." else (second, first)
    hour = int(hours or 0)
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (half in "Pp")
    clock = hour, int(minutes or 0), int(seconds or 0), int((fraction or "0").ljust(6, "0"))
    try:
        return dt.datetime(int(year), int(month), int(day), *clock, tzinfo=dt.UTC)
    except ValueError:
        return None
