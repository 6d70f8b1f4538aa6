"""Text that matplotlib can draw: no letter that its fonts lack, and no mathematics by mistake."""

from __future__ import annotations

import importlib
from functools import cache

from echodetect.render import shorten

__all__ = ["legible"]

_GENERIC = ("serif", "sans-serif", "cursive", "fantasy", "monospace")


def legible(text: str, width: int) -> str:
    """Text on one line, cut to a width in columns, with a replacement mark for what no font has.

    The fonts are those of matplotlib's settings at this moment. A dollar sign is a dollar sign.
    """
    known = _letters(tuple(_fonts()))
    mark = "\ufffd" if 0xFFFD in known else "?"
    return "".join(c if ord(c) in known else mark for c in shorten(text, width)).replace("$", r"\$")


def _fonts() -> list[str]:
    """The files of the fonts that matplotlib takes letters from, one after the other."""
    settings = importlib.import_module("matplotlib").rcParams
    manager = importlib.import_module("matplotlib.font_manager")
    found = []
    for family in settings["font.family"]:
        for name in settings[f"font.{family}"] if family in _GENERIC else [family]:
            try:
                found.append(str(manager.findfont(name, fallback_to_default=False)))
            except ValueError:  # not on this machine
                continue
    return found or [str(manager.findfont("DejaVu Sans"))]  # matplotlib brings it along


@cache
def _letters(paths: tuple[str, ...]) -> frozenset[int]:
    """The code points that some of the fonts have."""
    manager = importlib.import_module("matplotlib.font_manager")
    return frozenset().union(*(manager.get_font(path).get_charmap() for path in paths))
