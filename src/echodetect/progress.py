"""Progress: a callable told (stage, done, total), bars of tqdm, or one line where it is not installed."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from echodetect.errors import ParameterError

__all__ = ["Progress", "telling"]

Progress = Callable[[str, int, int], None]


@contextmanager
def telling(progress: bool | Progress) -> Iterator[Progress]:
    """What to call as the work goes on, and the end of it, however the work ends.

    Nothing for False. For True, on standard error: a bar of tqdm for each stage (a widget in a notebook that
    has ipywidgets), or one line where tqdm is not installed. A callable is told as it is.

    Raises
    ------
    ParameterError
        For anything else.
    """
    if callable(progress):
        yield progress
        return
    if not isinstance(progress, bool):
        allowed = "True, False or a callable(stage, done, total)"
        raise ParameterError("progress", progress, allowed, "pass one of them")
    if not progress or sys.stderr is None:  # a program without a terminal may have none
        yield lambda stage, done, total: None
        return
    shown = _Line() if (tqdm := _tqdm()) is None else _Bars(tqdm)
    try:
        yield shown
    finally:
        shown.close()


def _tqdm() -> Any:
    """The tqdm of a notebook or a terminal, whichever this is; None where it is not installed."""
    if (known := getattr(sys.modules.get("tqdm.auto"), "tqdm", None)) is not None:
        return known
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a notebook without ipywidgets, and takes the other one
        try:
            return importlib.import_module("tqdm.auto").tqdm
        except ImportError:
            return None


class _Bars:
    """A bar for each stage; the one of a finished stage stays where it is."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm, self._bar, self._stage = tqdm, None, ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage:
            if self._bar is not None:  # not every stage tells of its end
                self._bar.update(self._bar.total - self._bar.n)
            self.close()
            self._stage = stage
            if stage != "done":
                self._bar = self._tqdm(total=total, desc=stage)
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """End the bar there is, where it stands."""
        if self._bar is not None:
            self._bar.close()
        self._bar = None


class _Line:
    """One line, written anew; each finished stage keeps its own where standard error is no terminal."""

    def __init__(self) -> None:
        self._told = ""  # the stage, as one of nothing is at its end from the beginning

    def __call__(self, stage: str, done: int, total: int) -> None:
        if sys.stderr.isatty():
            share = f"{done / total:4.0%}" if total else "100%"
            print(f"\r\033[K{stage:<12}{share}", end="\r", file=sys.stderr, flush=True)
        elif done == total and stage not in ("done", self._told):
            self._told = stage
            print(f"{stage}: {total:,}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leave a terminal's line empty."""
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
