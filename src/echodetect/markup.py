"""Links, mentions, repost marks and outer hashtags in a chunk of folded text: found and blanked.

The chunk is two arrays, folded code points and their flags (`foldtable`), messages parted by breaks, with
`MARGIN` spaces at both ends, so that a look behind or ahead never leaves it. Everything is looked for at the
few positions that hold markup characters; where a name or a link ends is seen in a window of as many
characters from there.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echodetect.equal import changes
from echodetect.folded import as_text, within
from echodetect.foldtable import DENSE, NAME, STOP, WORD

Codes = NDArray[np.unsignedinteger[Any]]  # 16 bits where that is enough, or 32
Flags = NDArray[np.uint8]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

MARGIN = 64  # characters
_MOST_WINDOWS = 3  # looked at one after the other; for what is longer, or very many, all ends are listed

# Top-level domains that make a link of a bare "example.org"; behind others there must be a path, because
# they are words or abbreviations too ("say.it", "etc.in", "mehr.news").
_DOMAINS = (
    "com|org|net|edu|gov|mil|info|biz|nl|uk|fr|ru|eu|ua|ch|pl|dk|fi|cz|gr|jp|cn|kr|br|app|dev|xyz|example"
)
_WORDS_TOO = "pro|link|news|blog|site|online|shop|store|tech|club|live|media|world|today|page|cloud"
_BARE_LINK = re.compile(
    r"(?<![\w.@-])(?:www\.\w\S*"
    r"|(?:[\w-]++\.)+"
    rf"(?:(?:{_DOMAINS})(?:\.[a-z]{{2}})?(?![\w@-])(?::\d+)?(?:[/?#]\S*)?|(?:[a-z]{{2}}|{_WORDS_TOO})/\S*)"
    r"|ht(?:tp?s?)?(?::/{0,2})?(?:…|\.\.)\S*)"
)
_CUT_LINK = 9  # an ellipsis this far behind "ht" may end a link: https://…
_LATIN = 0x250  # Latin letters come before it
_OPENING = np.zeros(0x2020, dtype=np.bool_)  # what stands between an RT and a mention
_OPENING[[ord(sign) for sign in ' :."“„«(']] = True
_MOST_JOINTS = 8  # in one name or tag
_LONGEST_NAME = 30  # of an account in a script without spaces; beyond it the text just goes on


def ellipses(code: Codes, marks: Index) -> Index:
    """Of the positions of markup, those where an ellipsis begins or goes on: … or two full stops."""
    sign = code.take(marks)
    dots = (sign == ord(".")) & (code.take(marks + 1) == ord("."))
    return marks.compress((sign == ord("…")) | dots)


def blank_markup(code: Codes, flags: Flags, marks: Index, breaks: Index) -> None:
    """The flags, in place, as if links, mentions, repost marks, and hashtags at either end were spaces.

    marks: positions of the characters that markup is made of, the breaks where messages end among them;
    breaks: of those alone; both ascending.
    """
    if marks.size == breaks.size:
        return
    sign = code.take(marks)
    colons = marks.compress(sign == ord(":"))
    colons = colons.compress(_spelt(code, colons + 1, "//"))
    dots = marks.compress((sign == ord(".")) | (sign == ord("…")))
    before = code.take(dots - 1)
    inside = (flags.take(dots - 1) & WORD != 0) | (before == ord("/")) | (before == ord(":"))
    dots = dots.compress(inside)
    if colons.size or dots.size:
        goes_on = flags & STOP == 0
        _blank(flags, *_links(code, colons, goes_on))
        _blank(flags, *_bare_links(code, flags, dots, goes_on))
    ats, hashes = marks.compress(sign == ord("@")), marks.compress(sign == ord("#"))
    if ats.size or hashes.size:
        named = flags & (WORD | NAME) != 0
        tag_ends = _glued(code, flags, named, run_ends(named, hashes + 1), "-&")
        _blank(flags, *_mentions(code, flags, ats, tag_ends, named))
        _blank(flags, *_outer_hashtags(code, flags, hashes, tag_ends, breaks))


def _blank(flags: Flags, starts: Index, ends: Index) -> None:
    """Take all flags off in the spans, by ascending end; they may overlap."""
    lengths = ends - starts
    if int(lengths.sum()) * 8 < flags.size:
        flags[within(starts, ends)] = 0
        return
    starts = np.minimum.accumulate(starts[::-1])[::-1]
    edges = np.stack([starts, ends], axis=1).ravel()  # where much goes, one pass over all is faster
    np.maximum.accumulate(edges, out=edges)
    stays = np.arange(edges.size + 1, dtype=np.uint8) % 2 == 0
    flags *= np.repeat(stays, np.diff(edges, prepend=0, append=flags.size))


def sparse(mask: Mask) -> Index:
    """Where a large mask is True that is so in few places: np.flatnonzero takes twice as long or more."""
    end = mask.size & ~7
    eight = mask[:end].view(np.uint64)
    some = np.flatnonzero(eight != 0)
    inner = np.flatnonzero(eight.take(some).view(np.bool_))
    at = some.take(inner >> 3)
    at <<= 3
    at |= inner & 7
    return np.concatenate([at, np.flatnonzero(mask[end:]) + end])


def _spelt(code: Codes, at: Index, word: str) -> Mask:
    """Where `word` stands at positions `at`."""
    found = np.ones(at.size, dtype=np.bool_)
    for step, letter in enumerate(word):
        found &= code.take(at + step) == ord(letter)
    return found


def wordless(flags: Flags, breaks: Index) -> Mask:
    """All that is no word, but for the breaks and the margins: what is left of a message ends there."""
    found: Mask = flags & WORD == 0
    found[breaks] = found[:MARGIN] = found[-MARGIN:] = False
    return found


def run_ends(inside: Mask, starts: Index, step: int = 1, rounds: int = _MOST_WINDOWS) -> Index:
    """The first position from each start on, forward or (-1) backward, that is not inside."""
    if not rounds or starts.size > inside.size // 16:
        outside = np.flatnonzero(~inside)
        if step > 0:
            return outside.take(np.searchsorted(outside, starts))
        return outside.take(np.searchsorted(outside, starts, side="right") - 1)
    windows = _windows(inside, MARGIN)
    if step > 0:
        seen = windows[starts]
    else:  # turned round, eight at a time
        seen = windows[starts - (MARGIN - 1)].view(np.uint64)[:, ::-1].byteswap().view(np.bool_)
    lengths = seen.argmin(axis=1)
    ends: Index = starts + step * lengths
    longer = np.flatnonzero((lengths == 0) & seen[:, 0])
    if longer.size:
        ends[longer] = run_ends(inside, starts.take(longer) + step * MARGIN, step, rounds - 1)
    return ends


def _windows(values: NDArray[Any], width: int) -> NDArray[Any]:
    """As many values from each position on; a view (numpy's own function takes 50 us to make it)."""
    return np.ndarray((values.size - width + 1, width), values.dtype, values, strides=values.strides * 2)


def _glued(code: Codes, flags: Flags, inside: Mask, ends: Index, joints: str) -> Index:
    """The ends of runs that go on behind one of the joints: @ann.b.nl, #covid-19."""
    ends, some = ends.copy(), np.arange(ends.size)
    for _ in range(_MOST_JOINTS):
        at = ends.take(some)
        sign = code.take(at)
        joined = np.logical_or.reduce([sign == ord(joint) for joint in joints])
        joined &= flags.take(at + 1) & WORD != 0
        some = some[joined]
        if not some.size:
            break
        ends[some] = run_ends(inside, ends.take(some) + 1)
    return ends


def _links(code: Codes, at: Index, goes_on: Mask) -> tuple[Index, Index]:
    """Links with a scheme, "://" at `at`: from "http" (or the last stop) to the next stop."""
    ends = run_ends(goes_on, at)
    starts = at - 4 - (code.take(at - 1) == ord("s"))  # a link may be glued to the word before it
    other = np.flatnonzero(~_spelt(code, starts, "http"))
    starts[other] = run_ends(goes_on, at[other], -1) + 1
    first = changes(ends)  # of links glued to each other it holds all
    return starts[first], ends[first]


def _bare_links(code: Codes, flags: Flags, dots: Index, goes_on: Mask) -> tuple[Index, Index]:
    """Links without a scheme (bit.ly/x, www.a.org) and links cut off by an ellipsis (htt…)."""
    dots = dots.compress(flags.take(dots) != 0)  # not those inside links blanked before
    candidate = flags.take(dots + 1) & WORD != 0
    others = dots[~candidate]
    before = _windows(code, _CUT_LINK)[others - _CUT_LINK]
    candidate[~candidate] = ((before[:, :-1] == ord("h")) & (before[:, 1:] == ord("t"))).any(axis=1)
    starts = run_ends(goes_on, dots[candidate], -1) + 1
    starts = starts[changes(starts)]
    ends = run_ends(goes_on, starts)
    tokens = code.take(within(starts, ends + 1))  # one after the other, with a space for the stop of each
    offsets = np.cumsum(ends + 1 - starts)
    tokens[offsets - 1] = ord(" ")
    found = [link.span() for link in _BARE_LINK.finditer(as_text(tokens))]
    spans = np.array(found, dtype=np.int64).reshape(-1, 2)
    spans += (ends + 1 - offsets)[np.searchsorted(offsets, spans[:, :1], side="right")]
    return spans[:, 0], spans[:, 1]


def _mentions(code: Codes, flags: Flags, at: Index, tag_ends: Index, named: Mask) -> tuple[Index, Index]:
    """@name and @name@host, with an RT, MT, HT, h/t or via before them."""
    at = at[(flags.take(at + 1) & WORD != 0) | (code.take(at + 1) == ord("_"))]
    # A Latin letter or digit before it makes a mail address, but for "RT@name" and "#tag@name".
    mail = np.flatnonzero((flags.take(at - 1) & WORD != 0) & (code.take(at - 1) < _LATIN))
    doubt = at.take(mail)
    name = _spelt(code, doubt - 2, "rt") & (flags.take(doubt - 3) & WORD == 0)
    if tag_ends.size:
        name |= tag_ends.take(np.searchsorted(tag_ends, doubt), mode="clip") == doubt
    starts = np.delete(at, mail[~name])
    # @小明 goes on to the next space or mark, @ann你好 does not
    sparse = named & (flags & DENSE == 0)
    ends = _glued(code, flags, sparse, run_ends(sparse, starts + 1), ".-")
    dense = np.flatnonzero(flags.take(starts + 1) & DENSE != 0)
    if dense.size:
        ends[dense] = run_ends(named, starts[dense] + 1)
        short = np.ones(starts.size, dtype=np.bool_)
        short[dense] = ends[dense] - starts[dense] - 1 <= _LONGEST_NAME
        starts, ends = starts[short], ends[short]
    hosted = np.flatnonzero((code.take(ends) == ord("@")) & (flags.take(ends + 1) & WORD != 0))
    if hosted.size:
        host = sparse | (code == ord(".")) | (code == ord("-"))
        ends[hosted] = run_ends(host, ends[hosted] + 1)
        ends, first = np.unique(ends, return_index=True)  # in @aй@b one mention ends with another: it goes
        starts = starts[first]
    last = starts - 1  # of what stands before the mention
    for _ in range(3):
        last -= _OPENING.take(code.take(last), mode="clip")
    third, second, first = _windows(code, 3)[last - 2].T
    width = 2 * ((first == ord("t")) & ((second == ord("r")) | (second == ord("m")) | (second == ord("h"))))
    width += 3 * ((first == ord("t")) & (second == ord("/")) & (third == ord("h")))
    width += 3 * ((first == ord("a")) & (second == ord("i")) & (third == ord("v")))
    marked = (width > 0) & (flags.take(last - width) & WORD == 0)
    return np.where(marked, last - width + 1, starts), ends


def _outer_hashtags(code: Codes, flags: Flags, at: Index, ends: Index, breaks: Index) -> tuple[Index, Index]:
    """Hashtags, marked at `at`, with no word between them and the start, or the end, of their message."""
    closing = np.zeros(at.size, dtype=np.bool_)
    glued = np.append(False, at[1:] == ends[:-1])[: at.size]
    glued &= (flags.take(at - 1) | flags.take(at + 1)) & DENSE != 0
    if glued.any():  # #topic#text: in scripts without spaces every second mark closes a tag
        order = np.arange(at.size)
        closing = (order - np.maximum.accumulate(np.where(glued, 0, order))) % 2 == 1
    tag = (ends > at + 1) & ~closing
    for mark in np.flatnonzero(tag & (code.take(at + 1) <= ord("9"))).tolist():  # "#1" is a number
        tag[mark] = code[at[mark] + 1 : ends[mark]].max() > ord("9")
    starts, ends = at[tag], ends[tag]
    if not starts.size:
        return starts, ends
    message = np.searchsorted(breaks, starts)
    opens = changes(message)  # the first tag of its message
    closes = np.append(opens[1:], True)
    own = np.cumsum(opens) - 1
    # Is there a word before each tag, behind the tag before it? And behind the last?
    begins = np.append(0, ends[:-1])
    begins[opens] = np.append(MARGIN, breaks + 1)[message[opens]]
    gap = wordless(flags, breaks)
    before = run_ends(gap, begins) < starts
    behind = run_ends(gap, ends[closes]) < breaks[message[closes]]
    words: Index = np.cumsum(before)
    leading = words == (words - before)[opens][own]
    trailing = (words == words[closes][own]) & ~behind[own]
    outer = np.logical_or(leading, trailing)
    return starts[outer], ends[outer]
