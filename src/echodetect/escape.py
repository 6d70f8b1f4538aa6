"""Text made safe for HTML: whatever a post, a name or a column holds, a browser shows it and does no more.

Every user's text goes through here, and only ever into the content of an element, never into an attribute.
Blocks of it carry ``dir="auto"``: what turns the direction of writing ends with its block.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from itertools import pairwise

from echodetect.render import shorten

__all__ = ["block", "inline", "marked", "pieces"]

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_ODD = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def block(text: str) -> str:
    """A text as the content of an element of its own, with its line breaks.

    Control characters become their pictures, what UTF-8 cannot hold becomes U+FFFD.

    Examples
    --------
    >>> block("<b>Fish & chips</b>")
    '&lt;b&gt;Fish &amp; chips&lt;/b&gt;'
    """
    return html.escape(_ODD.sub(_picture, _BREAKS.sub("\n", text)))


def inline(text: str, width: int = 60) -> str:
    """A text on one line of other words, cut to a width in columns, without characters of direction."""
    return html.escape(shorten(text, width))


def marked(pieces: Sequence[tuple[str, bool]]) -> str:
    """Pieces of a text, those that are its author's own words as <mark>."""
    return "".join([f"<mark>{block(text)}</mark>" if own else block(text) for text, own in pieces])


def pieces(
    text: str, own: Sequence[tuple[int, int]], cover: Sequence[tuple[int, int, str]], most: int
) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it is its author's own words.

    own: spans of own words, half-open, ascending. cover: spans, apart and ascending, and what stands there
    instead. What begins behind the first `most` characters is left out.

    Examples
    --------
    >>> pieces("Hi Ann! Join us", [(0, 7)], [(3, 6, "Person x")], 100)
    [('Hi Person x!', True), (' Join us', False)]
    """
    bounds = {0, min(len(text), most)}
    for spans in (own, cover):
        bounds.update(bound for span in spans for bound in span[:2] if bound < most)
    inside = [(start, end, instead) for start, end, instead in cover if start < most]
    found: list[tuple[str, bool]] = []
    mine = replaced = 0
    places = sorted(bounds)
    for start, end in pairwise(places):
        while replaced < len(inside) and inside[replaced][1] <= start:
            replaced += 1
        while mine < len(own) and own[mine][1] <= start:
            mine += 1
        shown = text[start:end]
        if replaced < len(inside) and inside[replaced][0] <= start:
            shown = inside[replaced][2] if inside[replaced][0] == start else ""
        is_own = mine < len(own) and own[mine][0] <= start
        if found and found[-1][1] == is_own:
            found[-1] = (found[-1][0] + shown, is_own)
        elif shown:
            found.append((shown, is_own))
    return found


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(0x2400 + code) if code < 32 else "\u2421" if code == 127 else "\ufffd"
