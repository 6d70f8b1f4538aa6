"""Progress: a callable told (stage, done, total), or one line on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable

from echodetect.errors import ParameterError

Progress = Callable[[str, int, int], None]


def make_progress(progress: bool | Progress) -> Progress:
    """What to call as the work goes on: nothing for False, a line on standard error for True."""
    if callable(progress):
        return progress
    if not isinstance(progress, bool):
        raise ParameterError("progress", progress, "True, False or a callable(stage, done, total)", "")
    return _line if progress else _silent


def _silent(stage: str, done: int, total: int) -> None:
    """Say nothing."""


def _line(stage: str, done: int, total: int) -> None:
    """Rewrite one line; each finished stage keeps its own where standard error is no terminal."""
    share = f"{done / total:4.0%}" if total else "100%"
    if sys.stderr.isatty():
        end = "\r" if stage != "done" else "\r\033[K"
        print(f"\r\033[K{stage:<12}{share}" if stage != "done" else "", end=end, file=sys.stderr, flush=True)
    elif done == total and stage != "done":
        print(f"{stage}: {total:,}", file=sys.stderr, flush=True)
