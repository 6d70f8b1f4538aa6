"""The timeline of one message as an inline figure: people by time, a mark for every post.

Marks are subpaths of hardly any length with wide caps (of none, viewers of PDF show no square), one path for
each class of marks: some fifteen bytes a post, and a browser draws five shapes however many posts there are.
The page gives the classes their colours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from echodetect.escape import inline
from echodetect.render import instant

__all__ = ["CLASSES", "MOST_MARKS", "MOST_ROWS", "Mark", "timeline"]

Mark = tuple[int, int, float]
"""Row of the figure, microseconds since 1970, verbatim share."""

CLASSES = ("v0", "v1", "v2", "v3", "v4")
"""Of marks, by verbatim share: below 1/4, 1/2, 3/4, 1, and exactly 1."""

_WIDTH, _MARGIN, _NAMES, _TOP, _FOOT = 760, 20, 150, 20, 26
_PITCH, _HEIGHT, _LEAST_PITCH = 16, 480, 3
_LABELLED = _HEIGHT // _PITCH  # rows
MOST_ROWS = _HEIGHT // _LEAST_PITCH
MOST_MARKS = 500
_SECOND = 10**6
_DAY = 86_400 * _SECOND
_STEPS = [
    *(step * _SECOND for step in (1, 5, 15, 30, 60, 300, 600, 900, 1800, 3600, 10_800, 21_600, 43_200)),
    *(step * _DAY for step in (1, 2, 7, 14, 28, 91, 365)),
]
_TICKS = 6
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # no locale's


def timeline(names: Sequence[str], marks: Sequence[Mark], shaded: tuple[int, int] | None, label: str) -> str:
    """An <svg> element.

    Parameters
    ----------
    names
        Of each row from above, at most `MOST_ROWS`; written out where there is room.
    marks
        At least one, in order of time; of more than `MOST_MARKS` that many are drawn, evenly picked.
    shaded
        From when to when posts stand most densely, microseconds; None where that is unknown.
    label
        What a screen reader says of it.
    """
    if len(marks) > MOST_MARKS:
        marks = [marks[at] for at in np.linspace(0, len(marks) - 1, MOST_MARKS).astype(int).tolist()]
    low, high = _domain(marks, shaded)
    pitch = min(_PITCH, max(_LEAST_PITCH, _HEIGHT / len(names)))
    bottom = _TOP + pitch * len(names)
    labelled = len(names) <= _LABELLED
    left, right = _MARGIN + _NAMES * labelled, _WIDTH - _MARGIN
    scale = (right - left) / (high - low)

    def across(moment: int) -> float:
        return left + (min(max(moment, low), high) - low) * scale

    def down(row: int) -> float:
        return _TOP + pitch * (row + 0.5)

    height = bottom + _FOOT
    parts = [f'<svg viewBox="0 0 {_WIDTH} {height:g}" role="img" aria-label="{inline(label, 300)}">']
    if shaded is not None:
        start, end = across(shaded[0]), across(shaded[1])
        parts.append(
            f'<rect class="w" x="{start - 6:.1f}" y="{_TOP - 4}" width="{end - start + 12:.1f}" '
            f'height="{bottom - _TOP + 8:g}" rx="4"/>'
        )
    lines = []
    if labelled:
        lines = [f"M{left} {down(row):g}H{right}" for row in range(len(names))]
        parts += [
            f'<text class="r" x="{left - 12}" y="{down(row) + 4:g}">{inline(name, 22)}</text>'
            for row, name in enumerate(names)
        ]
    for moment, text in _ticks(low, high):
        x = across(moment)
        lines.append(f"M{x:.1f} {bottom:g}v5")
        parts.append(f'<text class="a" x="{x:.1f}" y="{bottom + 18:g}">{text}</text>')
    parts.append(f'<path class="g" d="{"".join(lines)}"/>')
    size = max(2.0, min(9.0, pitch - 1))
    places: list[dict[str, None]] = [{} for _ in CLASSES]
    for row, moment, verbatim in marks:
        places[4 if verbatim >= 1 else int(verbatim * 4)][f"M{across(moment):.1f} {down(row):g}h0.01"] = None
    for name, place in zip(CLASSES, places, strict=True):
        if place:
            parts.append(f'<path class="{name}" stroke-width="{size:.3g}" d="{"".join(place)}"/>')
    return "".join([*parts, "</svg>"])


def _domain(marks: Sequence[Mark], shaded: tuple[int, int] | None) -> tuple[int, int]:
    """First and last moment of the figure: all marks, and no more of the shaded stretch than looks well."""
    low, high = min(mark[1] for mark in marks), max(mark[1] for mark in marks)
    if shaded is not None:
        high = max(high, min(shaded[1], high + (high - low) // 4))
    room = max((high - low) // 50, 0) or 30 * _SECOND
    return low - room, high + room


def _ticks(low: int, high: int) -> list[tuple[int, str]]:
    """At most some six round moments, and what to write there."""
    span = high - low
    step = next((step for step in _STEPS if span // step <= _TICKS), 0)
    if not step:
        step = -(-span // (_TICKS * 365 * _DAY)) * 365 * _DAY
    first = -(-low // step) * step
    days = first // _DAY != high // _DAY or step >= _DAY
    shown = []
    for number, moment in enumerate(range(first, high + 1, step)):
        time = _calendar(moment)
        if time is None:
            continue
        new = not number or (moment - step) // _DAY != moment // _DAY
        text = "" if step >= _DAY else f"{time:%H:%M:%S}" if step < 60 * _SECOND else f"{time:%H:%M}"
        month = _MONTHS[time.month - 1]
        if step >= 91 * _DAY:
            text = f"{month} {time.year}"
        elif step >= _DAY or (days and new):
            text = f"{time.day} {month}" + (f", {text}" if text.strip("0:") else "")
        shown.append((moment, text))
    return shown


def _calendar(moment: int) -> dt.datetime | None:
    """The time, None before the year 1 or beyond 9999."""
    try:
        return instant(moment)
    except OverflowError:
        return None
